"""CMA-ES: a population of vectors that moves towards higher scores."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vaezoo._checks import above_zero, not_negative_integer, positive
from vaezoo.errors import DataError, need
from vaezoo.protocols import Array

# Parameters above which only the variances are adapted: the whole covariance has their square.
FULL = 1000
POPULATION = 32


@dataclass(frozen=True)
class Generation:
    """One step of the search.

    Attributes:
        number: of it, from 0.
        mean: the distribution's mean after it, [n].
        scores: of its population, [P].
    """

    number: int
    mean: Array
    scores: Array


def evolve(
    score: Callable[[int, Array], Array],
    num_parameters: int,
    *,
    generations: int,
    population: int = POPULATION,
    sigma: float = 0.5,
    seed: int = 0,
    each: Callable[[Generation], bool] | None = None,
) -> Array:
    """The mean of the distribution that covariance matrix adaptation ends with, [n].

    Hansen & Ostermeier 2001 (https://doi.org/10.1162/106365601750190398), from N(0, sigma^2 I); of
    more than `FULL` parameters only the variances are adapted (Ros & Hansen 2008).

    Args:
        score: number of the generation and vectors [P, n] -> how good each is, [P]; higher is
            better.
        num_parameters: n.
        generations: steps.
        population: P, vectors in each.
        sigma: standard deviation of the first ones.
        seed: decides them all.
        each: is called after each generation; the search ends once it returns False.

    Raises:
        MissingExtraError: `cma` is not installed.
        DataError: a score is not finite.
        ConfigError: an argument is out of range.

    Example:
        >>> from vaezoo.world import evolve
        >>> def score(generation, x):
        ...     return -((x - [1.0, -2.0]) ** 2).sum(axis=1)
        >>> evolve(score, 2, generations=60, population=8).round(2).tolist()  # doctest: +SKIP
        [1.0, -2.0]
    """
    need("control", "cma", "a search for controllers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that nothing can be plotted by it
        import cma

    size, rng = positive("num_parameters", num_parameters), _generator(seed)
    options = {
        "popsize": positive("population", population), "verbose": -9, "seed": np.nan,
        "randn": lambda *shape: rng.standard_normal(shape), "CMA_diagonal": size > FULL,
    }  # fmt: skip
    # cma wants two parameters or more: of one, a second stands by, which no score depends on.
    start = np.zeros(max(size, 2))
    strategy = cma.CMAEvolutionStrategy(start, above_zero("sigma", sigma), options)
    for number in range(positive("generations", generations)):
        vectors = np.array(strategy.ask())
        scores = _checked(score(number, vectors[:, :size]), len(vectors))
        strategy.tell(list(vectors), (-scores).tolist())
        mean = np.array(strategy.result.xfavorite)[:size]
        if each is not None and not each(Generation(number, mean, scores)):
            break
    return mean


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng([not_negative_integer("seed", seed), 2])


def _checked(scores: Array, num: int) -> Array:
    scores = np.asarray(scores, np.float64)
    if scores.shape != (num,) or not np.isfinite(scores).all():
        raise DataError(
            f"scores have shape {list(scores.shape)} and "
            f"{int((~np.isfinite(scores)).sum())} that are not finite: expected [{num}], finite."
        )
    return scores
