"""What a controller sees of a frame: a model's code, principal components, a projection, pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vaezoo._checks import check_array, positive
from vaezoo.errors import ConfigError
from vaezoo.protocols import Array, GenerativeModel
from vaezoo.world import seeds

_LEAST = 1e-6  # share of the largest scale below which a feature counts as constant


class Features(Protocol):
    """Frames -> numbers for a controller.

    Attributes:
        frame_shape: [H, W, C].
        size: D.
    """

    @property
    def frame_shape(self) -> tuple[int, ...]: ...

    @property
    def size(self) -> int: ...

    def encode(self, frames: Array) -> Array:
        """Features [N, D], float32, of frames [N, H, W, C]."""


@dataclass(frozen=True)
class ModelFeatures:
    """Means of q(z|x): "V" of Ha & Schmidhuber 2018.

    Attributes:
        model: of Keras, or an export (`vaezoo.load`).
    """

    model: GenerativeModel

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """[H, W, C]."""
        return tuple(self.model.data_shape)

    @property
    def size(self) -> int:
        """D, the model's `latent_dim`."""
        return int(self.model.latent_dim)

    def encode(self, frames: Array) -> Array:
        """Means of q(z|x), [N, D]. Raises `DataError` for frames that the model cannot take."""
        return np.asarray(self.model.encode_mean(frames), np.float32)


@dataclass(frozen=True)
class LinearFeatures:
    """A linear map of the pixels, less an offset: principal components, or a random projection.

    Attributes:
        frame_shape: [H, W, C].
        matrix: [H W C, D].
        offset: subtracted from the pixels before, [H W C].
    """

    frame_shape: tuple[int, ...]
    matrix: Array
    offset: Array

    @property
    def size(self) -> int:
        """D."""
        return int(self.matrix.shape[1])

    def encode(self, frames: Array) -> Array:
        """Features [N, D]. Raises `DataError` for frames of another shape."""
        return (_flat(frames, self.frame_shape) - self.offset) @ self.matrix


@dataclass(frozen=True)
class RawPixels:
    """The pixels themselves.

    Attributes:
        frame_shape: [H, W, C].
    """

    frame_shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """H W C."""
        return math.prod(self.frame_shape)

    def encode(self, frames: Array) -> Array:
        """The pixels in a row, [N, H W C]. Raises `DataError` for frames of another shape."""
        return _flat(frames, self.frame_shape)


@dataclass(frozen=True)
class Units:
    """Mean and standard deviation of features on some frames.

    A controller in these units sees (f - mean) / scale, so that one step size of CMA-ES suits all
    features. What is constant becomes 0.

    Attributes:
        mean, scale: [D].
    """

    mean: Array
    scale: Array

    @classmethod
    def fit(cls, features: Features, frames: Array) -> Units:
        """Of the features of `frames`, [N, H, W, C].

        Example:
            >>> import numpy as np
            >>> from vaezoo.world import RawPixels, Units
            >>> frames = np.array([[0.0, 0.5], [1.0, 0.5]], np.float32).reshape(2, 1, 2, 1)
            >>> units = Units.fit(RawPixels((1, 2, 1)), frames)
            >>> units.mean.tolist(), units.scale.tolist()
            ([0.5, 0.5], [0.5, inf])
        """
        codes = features.encode(frames).astype(np.float64)
        scale = codes.std(axis=0)
        scale[scale <= _LEAST * scale.max()] = np.inf
        return cls(codes.mean(axis=0), scale)

    def extended(self, size: int) -> Units:
        """With further features that are left as they are, up to `size`."""
        more = size - len(self.mean)
        return Units(np.pad(self.mean, (0, more)), np.pad(self.scale, (0, more), constant_values=1))


def principal_components(frames: Array, size: int) -> LinearFeatures:
    """The coordinates of largest variance (Pearson 1901), by the eigenvectors of the covariance.

    Args:
        frames: to fit to, [N, H, W, C].
        size: D, at most as many as pixels.

    Raises:
        ConfigError: `size` is below 1, or more than the pixels.

    Example:
        >>> import numpy as np
        >>> from vaezoo.world import principal_components
        >>> frames = np.random.default_rng(0).random((50, 2, 3, 1), np.float32)
        >>> codes = principal_components(frames, 6).encode(frames)
        >>> bool(np.allclose(np.cov(codes.T), np.diag(np.var(codes, axis=0, ddof=1)), atol=1e-6))
        True
    """
    shape = tuple(frames.shape[1:])
    if positive("size", size) > math.prod(shape):
        raise ConfigError(f"size={size}: frames of shape {list(shape)} have no more components.")
    x = _flat(frames, shape).astype(np.float64)
    offset = x.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(x.T).reshape(x.shape[1], -1))
    matrix = vectors[:, ::-1][:, :size]
    return LinearFeatures(shape, matrix.astype(np.float32), offset.astype(np.float32))


def random_projection(frame_shape: tuple[int, ...], size: int, seed: int) -> LinearFeatures:
    """Pixels times a matrix of normal numbers with variance 1 / D (Johnson & Lindenstrauss 1984).

    Args:
        frame_shape: [H, W, C].
        size: D.
        seed: decides the matrix.

    Example:
        >>> from vaezoo.world import random_projection
        >>> random_projection((10, 10, 4), 8, seed=0).matrix.shape
        (400, 8)
    """
    rows, size = math.prod(frame_shape), positive("size", size)
    noise = seeds.generator(seed, seeds.PROJECTING).standard_normal((rows, size))
    matrix = (noise / math.sqrt(size)).astype(np.float32)
    return LinearFeatures(tuple(frame_shape), matrix, np.zeros(rows, np.float32))


def _flat(frames: Array, shape: tuple[int, ...]) -> Array:
    return check_array(frames, shape, what="frames").reshape(len(frames), -1)
