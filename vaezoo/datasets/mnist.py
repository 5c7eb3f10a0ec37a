"""MNIST."""

from vaezoo.datasets.base import Dataset
from vaezoo.datasets.idx import load_idx_dataset

LICENCE = "CC BY-SA 3.0"

URL = "https://ossci-datasets.s3.amazonaws.com/mnist"
HASHES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def load() -> Dataset:
    """Handwritten digits, 28×28 grey levels, uint8 [N, 28, 28, 1]: 50,000 / 10,000 / 10,000."""
    return load_idx_dataset(
        "mnist",
        URL,
        HASHES,
        licence=LICENCE,
        source="LeCun, Cortes & Burges, http://yann.lecun.com/exdb/mnist/",
    )
