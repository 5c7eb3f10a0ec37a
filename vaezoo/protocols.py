"""What a trained model offers, in Keras and as an export: one protocol for both halves.

`vaezoo.load(...)` and every model of `vaezoo.models` keep it to the letter, so that the same lines
run on either. Letters: N examples, D latent dimensions, K importance samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from vaezoo.metrics import ImportanceWeights

__all__ = ["NUM_SAMPLES", "Array", "ArrayLike", "Distribution", "GenerativeModel", "Spec"]

Array: TypeAlias = np.ndarray
ArrayLike: TypeAlias = npt.ArrayLike
# A component by its name, or by its name and arguments: {"name": "normal", "scale": 0.1}.
Spec: TypeAlias = str | Mapping[str, object]

# K of log-likelihoods, where none is given. Published figures state theirs, most of them 5000.
NUM_SAMPLES = 100


class Distribution(Protocol):
    """q(z|x) or p(x|z) of N examples: a `tfd.Distribution`, or the runtime's record of one."""

    def mean(self) -> Array:
        """Its mean, [N, ...]."""

    def stddev(self) -> Array:
        """Its standard deviation, [N, ...]."""

    def sample(self, *, seed: int | None = None) -> Array:
        """One draw for each example, [N, ...]."""

    def log_prob(self, x: ArrayLike, /) -> Array:
        """log p(x) of each example, nats, [N], for x of the shape of a draw."""

    def log_prob_per_value(self, x: ArrayLike, /) -> Array:
        """log p(x_i) of each value, nats, [N, ...], where it factorises over them."""


@runtime_checkable
class GenerativeModel(Protocol):
    """A model p(x) = E_p(z)[p(x|z)] with an approximate posterior q(z|x).

    Arrays in, arrays out; `encode` and `decode` alone give distributions. Of a model p(x|c),
    `condition` is c: labels [N], or one for all; probabilities of them [N, classes]; or a vector
    of attributes for each [N, dim], or one for all [dim].

    Attributes:
        data_shape: shape of one example.
        latent_dim: D, the size of z.

    Example:
        >>> import vaezoo
        >>> from vaezoo.protocols import GenerativeModel
        >>> model = vaezoo.load("digits_vae")
        >>> isinstance(model, GenerativeModel)
        True
        >>> x = model.generate(3, seed=0)
        >>> x.shape, model.encode(x).stddev().shape
        ((3, 8, 8, 1), (3, 8))
    """

    data_shape: tuple[int, ...]
    latent_dim: int

    def encode(self, x: ArrayLike, *, condition: ArrayLike | None = None) -> Distribution:
        """q(z|x), for x of shape [N, *data_shape]."""

    def encode_mean(self, x: ArrayLike, *, condition: ArrayLike | None = None) -> Array:
        """The mean of q(z|x), or the point that replaces it, [N, D]."""

    def decode(self, z: ArrayLike, *, condition: ArrayLike | None = None) -> Distribution:
        """p(x|z), for z of shape [N, D]."""

    def decode_mean(self, z: ArrayLike, *, condition: ArrayLike | None = None) -> Array:
        """The mean of p(x|z), [N, *data_shape]."""

    def reconstruct(self, x: ArrayLike, *, condition: ArrayLike | None = None) -> Array:
        """The mean of p(x|z) at the mean of q(z|x), [N, *data_shape]."""

    def sample_latents(
        self,
        num: int,
        *,
        condition: ArrayLike | None = None,
        seed: int | None = None,
        source: str | None = None,
    ) -> Array:
        """`num` draws z ~ p(z), [num, D]: those that `generate` decodes."""

    def generate(
        self,
        num: int,
        *,
        condition: ArrayLike | None = None,
        seed: int | None = None,
        source: str | None = None,
    ) -> Array:
        """Means of p(x|z) for `num` draws of z, [num, *data_shape]."""

    def score(
        self, x: ArrayLike, *, noise: ArrayLike | None = None, condition: ArrayLike | None = None
    ) -> Array:
        """log p(x, z) - log q(z|x) for the z made of the noise, nats, [N, K]."""

    def importance_weights(
        self,
        x: ArrayLike,
        *,
        num_samples: int = NUM_SAMPLES,
        condition: ArrayLike | None = None,
        seed: int = 0,
        progress: bool = False,
    ) -> ImportanceWeights:
        """The weights p(x, z_k) / q(z_k|x) behind `log_likelihood` and `elbo`."""

    def log_likelihood(
        self,
        x: ArrayLike,
        *,
        num_samples: int = NUM_SAMPLES,
        condition: ArrayLike | None = None,
        seed: int = 0,
        progress: bool = False,
    ) -> Array:
        """Importance-weighted estimate of log p(x), nats per example, [N]."""

    def elbo(
        self,
        x: ArrayLike,
        *,
        num_samples: int = NUM_SAMPLES,
        condition: ArrayLike | None = None,
        seed: int = 0,
        progress: bool = False,
    ) -> Array:
        """The evidence lower bound, estimated by K draws, nats per example, [N]."""
