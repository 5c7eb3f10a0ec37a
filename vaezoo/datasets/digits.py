"""The small digits that come with scikit-learn."""

import numpy as np

from vaezoo.datasets.base import Dataset
from vaezoo.errors import missing_extra

LICENCE = "CC BY 4.0"


def load() -> Dataset:
    """Handwritten digits, 8×8 pixels of 17 levels, float32 [N, 8, 8, 1]: 1,297 / 200 / 300."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise missing_extra("train", "scikit-learn", "the data set 'digits'") from None
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.images))
    images = (digits.images / 16).astype(np.float32)[order][..., None]
    parts = {"train": slice(1297), "validation": slice(1297, 1497), "test": slice(1497, None)}
    return Dataset(
        "digits",
        train=images[parts["train"]],
        validation=images[parts["validation"]],
        test=images[parts["test"]],
        licence=LICENCE,
        source="Alpaydin & Kaynak 1998, https://doi.org/10.24432/C50P49, by scikit-learn",
        splits="1,297 / 200 / 300 of one fixed permutation",
        labels={split: digits.target[order][rows] for split, rows in parts.items()},
    )
