"""`impute`: draws of what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vaezoo._checks import check_num_samples, comparing_only, not_negative_integer, positive
from vaezoo._noise import generator
from vaezoo.imputation.gaps import NUMBERS, Gaps
from vaezoo.imputation.gibbs import sweeps
from vaezoo.imputation.resampling import STARTS, propose
from vaezoo.protocols import NUM_SAMPLES, Array, ArrayLike, GenerativeModel


@dataclass(frozen=True)
class Imputation:
    """Examples whose gaps are filled; observed values are as they were.

    Attributes:
        draws: of x_missing given x_observed, [draws, N, *data_shape].
        mean: E[x_missing|x_observed], [N, *data_shape]: of least squared error, and blurred where
            there are several ways to go on.
        effective_sample_size: of the importance weights, 1 to K, [N]. Near 1, one proposal has
            all the weight: take more, or refine.
    """

    draws: Array
    mean: Array
    effective_sample_size: Array


def impute(
    model: GenerativeModel,
    x: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    condition: ArrayLike | None = None,
    num_samples: int = NUM_SAMPLES,
    draws: int = 1,
    refine: int = 0,
    observation_noise: bool = True,
    seed: int = 0,
) -> Imputation:
    """Fills in missing values by draws of p(x_missing|x_observed).

        z_k ~ q(z|x'),    w_k = p(x_observed|z_k) p(z_k) / q(z_k|x'),
        z = z_k with probability w_k / sum_j w_j,    x_missing ~ p(x_missing|z)

    Sampling importance resampling, exact as K grows: Rubin 1987,
    https://doi.org/10.1080/01621459.1987.10478461; of a VAE, Mattei & Frellsen 2019,
    https://arxiv.org/abs/1812.02633. x' are first fills of x, which decide the proposals only:
    samples of the model, reconstructed together with what is observed. Each sweep of `refine`
    proposes z ~ q(z|x') from the last draw x', accepts it with the probability that leaves
    p(z, x_missing|x_observed) as it is, and draws x_missing: Metropolis within Gibbs, Mattei &
    Frellsen 2018, https://arxiv.org/abs/1802.04826.

    Where q(z|x) is no diagonal normal, as of flows, hierarchies and codes, proposals come from
    p(z), of which many more are needed, and sweeps accept every draw: pseudo-Gibbs, Rezende et
    al. 2014, app. F, https://arxiv.org/abs/1401.4082, an approximation, with the point of
    `encode_mean` where the model does not draw z.

    Args:
        model: with a density, whose values are independent given z: an export or a Keras model.
        x: [N, *data_shape]; missing values may be anything.
        mask: bool, True where x is observed, [N, *data_shape], or [*data_shape] for all; None:
            what is NaN is missing.
        condition: labels [N], one for all, or rows [N, dim], for a model that has one.
        num_samples: K, proposals for each example.
        draws: of each example.
        refine: sweeps after that.
        observation_noise: whether draws have the noise of p(x|z); else they are its means, as
            those of `generate` are, and vary less than data do.
        seed: decides everything.

    Raises:
        ConfigError: the model has no density, or a number is out of its range.
        DataError: x or the mask has another shape or type, or an observed value is not finite or
            out of the model's range.

    Example:
        >>> import vaezoo
        >>> from vaezoo.imputation import impute
        >>> model = vaezoo.load("digits_vae")
        >>> x = model.generate(5, seed=0).round()
        >>> mask = x >= 0
        >>> mask[:, 4:] = False  # the lower half is missing
        >>> filled = impute(model, x, mask, draws=3)
        >>> filled.draws.shape, filled.mean.shape
        ((3, 5, 8, 8, 1), (5, 8, 8, 1))
        >>> bool((filled.draws[:, mask] == x[mask]).all())
        True
    """
    gaps = Gaps.checked(model, x, mask, condition)
    num, draws = check_num_samples(num_samples), positive("draws", draws)
    refine = not_negative_integer("refine", refine)
    generator(seed)  # refuses a negative one
    parts = []
    with comparing_only():
        gaps[:1].check_density()
        normal = gaps[:1].has_normal_posterior()
        for rows in _pieces(gaps, max(draws, num, STARTS)):
            rng = np.random.default_rng([seed, rows.start])
            parts.append(_impute(gaps[rows], num, draws, refine, normal, observation_noise, rng))
    drawn, means, sizes = zip(*parts, strict=True)
    return Imputation(np.concatenate(drawn, axis=1), np.concatenate(means), np.concatenate(sizes))


def _pieces(gaps: Gaps, copies: int) -> Iterator[slice]:
    """Rows of which so many copies can be decoded at once."""
    size = max(1, NUMBERS // (copies * math.prod(gaps.x.shape[1:])))
    for start in range(0, len(gaps), size):
        yield slice(start, start + size)


def _impute(
    gaps: Gaps,
    num: int,
    draws: int,
    refine: int,
    normal: bool,
    noise: bool,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array]:
    """The three parts of `Imputation`, for some of the rows."""
    proposals = propose(gaps, num, normal, rng)
    chains = gaps.repeat(draws)
    z, filled, means = sweeps(chains, proposals.draw(draws, rng), refine, normal, rng)
    if not noise:
        filled = chains.fill(np.asarray(chains.decode(z).mean()))
    filled, means = (v.reshape(len(gaps), draws, *v.shape[1:]) for v in (filled, means))
    mean = means.mean(axis=1) if refine else proposals.mean
    return filled.swapaxes(0, 1), gaps.fill(mean), proposals.effective_sample_size()
