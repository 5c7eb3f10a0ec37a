"""Types that the constructors of components and networks share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias, TypedDict

if TYPE_CHECKING:
    import keras

# A dtype policy as Keras takes it: an object, a name such as "mixed_bfloat16", or the default.
DType: TypeAlias = "keras.DTypePolicy | str | None"


class KerasArguments(TypedDict, total=False):
    """Arguments of every Keras layer."""

    name: str
    dtype: DType
    trainable: bool


class PriorArguments(KerasArguments, total=False):
    """Arguments of every prior, in addition to `latent_dim`."""

    data_shape: Sequence[int]
    condition_dim: int
