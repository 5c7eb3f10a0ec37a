"""Linear controllers: a score for each action, of which the highest is taken."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vaezoo._checks import all_finite, as_array
from vaezoo._storage.files import replaced_file
from vaezoo.errors import DamagedFileError, DataError
from vaezoo.protocols import Array
from vaezoo.world.features import LinearFeatures, Units

_LARGEST = 2**28  # bytes of a file


@dataclass(frozen=True)
class LinearController:
    """Scores W f + b of the actions (Ha & Schmidhuber 2018, arXiv 1803.10122, equation 1, for
    discrete actions); the first of the highest is taken.

    Attributes:
        weights: W, [A, F], float32.
        bias: b, [A], float32.

    Raises:
        DataError: shapes that do not fit each other, or numbers that are not finite.

    Example:
        >>> import numpy as np
        >>> from vaezoo.world import LinearController
        >>> controller = LinearController(np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([0.0, 0.5]))
        >>> controller.scores(np.array([[3.0, 1.0]])).tolist()
        [[3.0, 2.5]]
        >>> controller.act(np.array([[3.0, 1.0], [1.0, 3.0]])).tolist()
        [0, 1]
    """

    weights: Array
    bias: Array

    def __post_init__(self) -> None:
        weights = as_array(self.weights, "weights").astype(np.float32)
        bias = as_array(self.bias, "bias").astype(np.float32)
        if weights.ndim != 2 or bias.shape != weights.shape[:1] or not weights.size:
            raise DataError(
                f"weights have shape {list(weights.shape)}, bias {list(bias.shape)}: expected "
                "[A, F] and [A]."
            )
        if not (all_finite(weights) and all_finite(bias)):
            raise DataError("weights or bias of a controller are NaN or infinite: fit it again.")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "bias", bias)

    @property
    def num_features(self) -> int:
        """F."""
        return int(self.weights.shape[1])

    @property
    def num_actions(self) -> int:
        """A."""
        return len(self.bias)

    def scores(self, features: Array) -> Array:
        """W f + b, [N, A], of features [N, F]."""
        return np.asarray(features, np.float32) @ self.weights.T + self.bias

    def act(self, features: Array, rows: Array | None = None) -> Array:
        """The actions for features [N, F]: integers, [N]. `rows` are not looked at."""
        return self.scores(features).argmax(axis=1)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes weights and bias as .npz; the file is complete or absent."""
        with replaced_file(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> LinearController:
        """The controller of a file that `save` has written.

        Raises:
            DamagedFileError: there is none, or it is another file.
        """
        try:
            if Path(path).stat().st_size > _LARGEST:
                raise ValueError("it is larger than any controller")
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as content:
                return cls(content["weights"], content["bias"])
        except Exception as error:  # damage can show anywhere: in zip, zlib, tokenizer or array
            raise DamagedFileError(
                f"{path} is no readable controller ({error}): fit it again."
            ) from None


@dataclass(frozen=True)
class Population:
    """Several linear controllers at once, each of which plays some of the episodes.

    Attributes:
        weights: W of each, [P, A, F].
        bias: b of each, [P, A].
        members: which of them plays an episode, [N].
    """

    weights: Array
    bias: Array
    members: Array

    def act(self, features: Array, rows: Array) -> Array:
        """The actions for features [n, F] of the episodes `rows`, [n]."""
        members = self.members[rows]
        scores = np.matmul(self.weights[members], features[:, :, None])[:, :, 0]
        return (scores + self.bias[members]).argmax(axis=1)


def unpack(vectors: Array, num_actions: int, units: Units | None = None) -> tuple[Array, Array]:
    """Weights [P, A, F] and biases [P, A] of vectors [P, A (F + 1)] of parameters.

    Args:
        vectors: a row of W and its entry of b, for each action in turn.
        num_actions: A.
        units: in which the vectors are meant; the weights are for features as they are.

    Example:
        >>> import numpy as np
        >>> from vaezoo.world import Units
        >>> from vaezoo.world.controllers import unpack
        >>> vectors = np.arange(6.0)[None]
        >>> weights, bias = unpack(vectors, num_actions=2)
        >>> weights[0].tolist(), bias[0].tolist()
        ([[0.0, 1.0], [3.0, 4.0]], [2.0, 5.0])
        >>> units = Units(mean=np.array([0.0, 1.0]), scale=np.array([1.0, 2.0]))
        >>> weights, bias = unpack(vectors, num_actions=2, units=units)
        >>> weights[0].tolist(), bias[0].tolist()
        ([[0.0, 0.5], [3.0, 2.0]], [1.5, 3.0])
    """
    table = vectors.reshape(len(vectors), num_actions, -1)
    weights, bias = table[..., :-1], table[..., -1]
    if units is not None:
        weights = weights / units.scale
        bias = bias - weights @ units.mean
    return np.ascontiguousarray(weights, np.float32), bias.astype(np.float32)


def on_pixels(controller: LinearController, features: LinearFeatures) -> LinearController:
    """The controller of pixels that does what another one does on a linear map of them."""
    weights = controller.weights.astype(np.float64) @ features.matrix.T.astype(np.float64)
    return LinearController(weights, controller.bias - weights @ features.offset)
