"""Scores of examples, higher for odder ones: one function for each method, `METHODS` by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypedDict, Unpack

import numpy as np

from vaezoo._checks import as_array, comparing_only
from vaezoo.anomalies.complexity import compressed_size
from vaezoo.errors import DataError
from vaezoo.protocols import NUM_SAMPLES, Array, ArrayLike, GenerativeModel


class Options(TypedDict, total=False):
    """What `GenerativeModel.log_likelihood` takes besides x.

    Attributes:
        num_samples: K, importance samples per example.
        condition: of each example, or of all, for a model that has one.
        seed: decides the samples.
        progress: shows a progress bar.
    """

    num_samples: int
    condition: ArrayLike | None
    seed: int
    progress: bool


class Background(Protocol):
    """A model of what the examples of interest and others have in common."""

    def log_likelihood(
        self,
        x: ArrayLike,
        *,
        num_samples: int = NUM_SAMPLES,
        condition: ArrayLike | None = None,
        seed: int = 0,
        progress: bool = False,
    ) -> Array:
        """log p(x), nats per example, [N]."""


def log_likelihood(model: GenerativeModel, x: ArrayLike, **options: Unpack[Options]) -> Array:
    """-log p(x) by importance samples, nats, [N].

        -log 1/K sum_k p(x, z_k) / q(z_k|x)

    Bishop 1994, https://doi.org/10.1049/ip-vis:19941330. Alone it calls simple pictures likely,
    whatever they show: Nalisnick et al. 2019, https://arxiv.org/abs/1810.09136.

    Args:
        model: with a density.
        x: examples, [N, *data_shape].
        options: of the estimate.

    Example:
        >>> import vaezoo
        >>> from vaezoo import anomalies
        >>> model = vaezoo.load("digits_vae")
        >>> x = model.generate(3, seed=0).round()
        >>> usual, odd = anomalies.log_likelihood(model, x), anomalies.log_likelihood(model, 1 - x)
        >>> bool((usual < odd).all())
        True

    Raises:
        ConfigError: the model has no density.
        DataError: x is not as the model takes it.
    """
    with comparing_only():
        return -model.log_likelihood(x, **options)


def elbo(model: GenerativeModel, x: ArrayLike, **options: Unpack[Options]) -> Array:
    """-ELBO, nats, [N]: E_q[log q(z|x) - log p(x, z)], an upper bound of -log p(x).

    Kingma & Welling 2014, eq. 3, https://arxiv.org/abs/1312.6114. Cheap: few samples are enough.
    Arguments and errors as `log_likelihood`.
    """
    with comparing_only():
        return -model.elbo(x, **options)


def reconstruction(model: GenerativeModel, x: ArrayLike, **options: Unpack[Options]) -> Array:
    """Squared error of the mean reconstruction, per value, [N]. The model needs no density.

        1/D sum_i (x_i - E[x_i|z])^2,    z = E[z|x]

    Japkowicz et al. 1995, https://www.ijcai.org/Proceedings/95-1/Papers/068.pdf. Of `options`
    only the condition matters. Arguments and errors as `log_likelihood`.
    """
    copies = model.reconstruct(x, condition=options.get("condition"))
    return _rows((copies - np.asarray(x, np.float64)) ** 2).mean(axis=1)


def typicality(
    model: GenerativeModel, x: ArrayLike, *, reference: ArrayLike, **options: Unpack[Options]
) -> Array:
    """How far log p(x) is from its mean over usual examples, on either side: nats, [N].

        | -log p(x) - H |,    H = mean of -log p over the reference

    Nalisnick et al. 2019, sec. 3 with batches of one, https://arxiv.org/abs/1906.02994: examples
    can be too likely. Other arguments and errors as `log_likelihood`.

    Args:
        model: with a density.
        x: examples, [N, *data_shape].
        reference: log-likelihoods of usual examples that were not trained on, [M], nats.
        options: of the estimate, as of the reference's.

    Example:
        >>> import vaezoo
        >>> from vaezoo import anomalies
        >>> model = vaezoo.load("digits_vae")
        >>> x = model.generate(50, seed=0).round()
        >>> reference = model.log_likelihood(x)  # better: of validation data
        >>> anomalies.typicality(model, x[:3], reference=reference).shape
        (3,)
    """
    usual = _reference(reference)
    return np.abs(log_likelihood(model, x, **options) + usual.mean())


def likelihood_ratio(
    model: GenerativeModel,
    x: ArrayLike,
    *,
    background: Background,
    **options: Unpack[Options],
) -> Array:
    """log p_background(x) - log p(x), nats, [N].

    Ren et al. 2019, sec. 3, https://arxiv.org/abs/1906.02845: what both models explain, such as
    how many pixels are dark, cancels. Other arguments and errors as `log_likelihood`.

    Args:
        model: with a density.
        x: examples, [N, *data_shape].
        background: another model, of other or perturbed data; or `IndependentPixels`.
        options: of both estimates; the condition is the model's.
    """
    unconditional: Options = {**options, "condition": None}
    with comparing_only():
        common = background.log_likelihood(x, **unconditional)
    return common + log_likelihood(model, x, **options)


def input_complexity(model: GenerativeModel, x: ArrayLike, **options: Unpack[Options]) -> Array:
    """-log p(x) - L(x), nats, [N], L the size of x in a lossless compressor.

    Serrà et al. 2020, sec. 4, https://arxiv.org/abs/1909.11480: a ratio to a universal model, for
    which simple pictures are likely too. The compressor is that of `compressed_size`. Arguments
    and errors as `log_likelihood`; x lies between 0 and 1.
    """
    return log_likelihood(model, x, **options) - compressed_size(x)


METHODS: Mapping[str, Callable[..., Array]] = {
    "log_likelihood": log_likelihood,
    "elbo": elbo,
    "reconstruction": reconstruction,
    "typicality": typicality,
    "likelihood_ratio": likelihood_ratio,
    "input_complexity": input_complexity,
}


def _reference(log_likelihoods: ArrayLike) -> Array:
    usual = as_array(log_likelihoods, "reference").astype(np.float64)
    if usual.ndim != 1 or not len(usual) or not np.isfinite(usual).all():
        raise DataError(
            f"reference has shape {list(usual.shape)}: expected log-likelihoods of usual "
            "examples, [M], finite."
        )
    return usual


def _rows(values: Array) -> Array:
    return values.reshape(len(values), -1)
