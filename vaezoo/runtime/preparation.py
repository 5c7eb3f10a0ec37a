"""How data become what a model takes, and on which values its figures are likelihoods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from vaezoo._storage import fields
from vaezoo.errors import DataError
from vaezoo.protocols import Array

BINARISE = ("none", "static", "dynamic")
RESIZE = ("crop", "stretch")
MODES = ("grey", "rgb", "rgba")
AUGMENT = ("flip", "shift", "crop", "rotate", "jitter")  # of training images


@dataclass(frozen=True)
class Preparation:
    """How the data were prepared that a model was trained and measured on.

    The size of images is the model's `data_shape`.

    Attributes:
        counts: whether bytes stand for themselves, 0…255; else for the levels 0…1.
        binarise: how levels became 0 or 1: "none", "static" or "dynamic".
        resize: how a folder's images were brought to their size: "crop" or "stretch".
        image_mode: "grey", "rgb" or "rgba"; None where the channels say so.
        background: colour that was put behind transparent pixels of a folder's images.
        labels: the column of the user's own data that held the labels, where it was named.
        attributes: the columns that held the attributes.

    Example:
        >>> from vaezoo.runtime.preparation import Preparation
        >>> Preparation.of({"name": "mnist", "binarise": "dynamic"}).binarise
        'dynamic'
    """

    counts: bool = False
    binarise: str = "none"
    resize: str = "crop"
    image_mode: str | None = None
    background: str = "white"
    labels: str | None = None
    attributes: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Mapping[str, object]) -> Preparation | None:
        """Of arguments of `vaezoo.datasets.load`, as metadata.json has them; None of none.

        Raises:
            ValueError: a value that none of these arguments has.
        """
        return cls.parse(data) if "name" in data else None

    @classmethod
    def of_metadata(cls, metadata: Mapping[str, object]) -> Preparation | None:
        """Of the content of a preset's metadata.json: what it says, or what follows from the
        recipe's arguments in it, which is all that older ones have.

        Raises:
            ValueError: a value that no preparation has.
        """
        if metadata.get("preparation") is not None:
            return cls.parse(metadata["preparation"])
        return cls.of(fields.mapping(metadata.get("data", {})))

    @classmethod
    def parse(cls, value: object) -> Preparation:
        """From a manifest. Raises `ValueError`."""
        values, default = fields.mapping(value), cls()
        mode = values.get("image_mode")
        return cls(
            counts=fields.flag(values.get("counts", default.counts)),
            binarise=fields.choice(values.get("binarise", default.binarise), BINARISE),
            resize=fields.choice(values.get("resize", default.resize), RESIZE),
            image_mode=None if mode is None else fields.choice(mode, MODES),
            background=fields.text(values.get("background", default.background)),
            labels=None if values.get("labels") is None else fields.text(values["labels"]),
            attributes=tuple(map(fields.text, fields.sequence(values.get("attributes", [])))),
        )

    def check_bytes(self, x: object) -> None:
        """Refuses bytes 0…255 where the model was trained on levels 0…1.

        Raises:
            DataError: x is such an array.
        """
        if self.counts or not isinstance(x, np.ndarray) or x.dtype != np.uint8:
            return
        if x.size and x.max() > 1:
            raise DataError(
                f"x has bytes up to {x.max()}: the model was trained on levels from 0 to 1; "
                "divide by 255 (vaezoo.datasets.as_float does)."
            )


def _binary(x: Array, levels: float) -> bool:
    return bool(((x == 0) | (x == 1)).all())


def _whole(x: Array, levels: float) -> bool:
    return bool((x == np.round(x)).all())


def _levels(x: Array, levels: float) -> bool:
    steps = x * (levels - 1)  # k / (levels - 1) was rounded to float32
    return bool((np.abs(steps - np.round(steps)) < 0.01).all())


# Of the likelihoods that are mass functions: whether x has only values that have a mass.
_SUPPORTS: dict[str, Callable[[Array, float], bool]] = {
    "Bernoulli": _binary,
    "Categorical": _levels,
    "ColourLogisticMixture": _levels,
    "DiscretisedLogistic": _levels,
    "NegativeBinomial": _whole,
    "Poisson": _whole,
}


def is_mass(likelihood: str) -> bool:
    """Whether p(x|z) is a mass function, by the name of its class: its logarithms are then not
    comparable with those of a density.

    Example:
        >>> from vaezoo.runtime.preparation import is_mass
        >>> is_mass("Bernoulli"), is_mass("Normal")
        (True, False)
    """
    return likelihood in _SUPPORTS


def is_normalised_on(likelihood: str, numbers: Mapping[str, float], x: Array) -> bool:
    """Whether p(x|z) is a normalised density or mass function on all values of x.

    Args:
        likelihood: name of its class.
        numbers: its constants, as `vaezoo.runtime.manifest.Family` has them.
        x: data.

    Example:
        >>> import numpy as np
        >>> from vaezoo.runtime.preparation import is_normalised_on
        >>> [is_normalised_on("Bernoulli", {}, np.array(x)) for x in ([0.0, 1.0], [0.0, 0.5])]
        [True, False]
    """
    support = _SUPPORTS.get(likelihood)
    return support is None or support(x, numbers.get("levels", 256))
