"""Quality of samples, in a feature space: usually a layer of a classifier."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vaezoo._checks import check_array, positive
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array, ArrayLike

_CHUNK = 2**21  # distances at once, 16 MiB
# A squared distance below this fraction of the squared norm is rounding (F up to 1e3), and is 0.
_ROUNDING = 1e-12


def frechet_distance(a: ArrayLike, b: ArrayLike) -> float:
    """Squared Fréchet distance of the normals with the moments of `a` and of `b`.

        |mean_a - mean_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^1/2)

    Heusel et al. 2017, eq. 6, https://arxiv.org/abs/1706.08500 ("FID", with features of
    Inception). It is biased upwards, more so with fewer rows: compare only at equal numbers.

    Args:
        a: features, [N, F], N of 2 or more.
        b: features, [M, F], M of 2 or more.

    Example:
        >>> round(frechet_distance([[0.0], [2.0]], [[3.0], [5.0]]), 6)  # (4 - 1)^2
        9.0
    """
    a = check_rows(a, "a", least=2)
    b = check_rows(b, "b", least=2, width=a.shape[1])
    s_a, s_b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    # With the symmetric roots A and B, tr (S_a S_b)^1/2 = tr (A S_b A)^1/2: singular values of AB.
    cross = np.linalg.norm(_square_root(s_a) @ _square_root(s_b), "nuc")
    means = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    return max(float(means + np.trace(s_a) + np.trace(s_b) - 2 * cross), 0.0)


def _square_root(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(values.clip(min=0)) @ vectors.T


def precision_recall(real: ArrayLike, fake: ArrayLike, k: int = 3) -> dict[str, float]:
    """Fraction of the fakes among the real examples, and of the real ones among the fakes.

    Kynkäänniemi et al. 2019, eq. 1-2, https://arxiv.org/abs/1904.06991. A row is among others
    if it lies in the ball of one of them, which reaches to its k-th nearest neighbour.

    Args:
        real: features of data, [N, F].
        fake: features of samples, [M, F].
        k: neighbours, fewer than N and M.

    Returns:
        precision, and recall: 0 to 1.

    Example:
        >>> x = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]
        >>> precision_recall(x, [[0.0], [0.1], [0.2], [0.3]])["precision"]
        1.0
    """
    real, fake = _real_and_fake(real, fake)
    real_radii, fake_radii = _squared_radii(real, k, "real"), _squared_radii(fake, k, "fake")
    among_real, among_fake = np.zeros(len(fake), bool), np.zeros(len(real), bool)
    for rows, squares in squared_distances(fake, real):
        among_real[rows] = (squares <= real_radii).any(axis=1)
        among_fake |= (squares <= fake_radii[rows, None]).any(axis=0)
    return {"precision": float(among_real.mean()), "recall": float(among_fake.mean())}


def density_coverage(real: ArrayLike, fake: ArrayLike, k: int = 5) -> dict[str, float]:
    """How many balls of real examples a fake lies in, and how many of them contain a fake.

        density = 1/(k M) sum_ij [fake_j in ball_i]     coverage = 1/N sum_i [any fake in ball_i]

    Naeem et al. 2020, sec. 3.2, https://arxiv.org/abs/2002.09797; ball_i reaches from real_i to
    its k-th nearest other, and contains its surface, so that copies and discrete data count too.

    Args:
        real: features of data, [N, F].
        fake: features of samples, [M, F].
        k: neighbours, fewer than N.

    Returns:
        density: 0 or more; 1 in expectation for fakes distributed as the real examples;
        coverage: 0 to 1; for such fakes 1 - prod_{i=1..k} (N - i) / (N + M - i) in expectation,
        about 1 - 2^-k for N = M (their Lemma 2).

    Example:
        >>> x = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]
        >>> density_coverage(x, x, k=1)["coverage"]
        1.0
    """
    real, fake = _real_and_fake(real, fake)
    radii = _squared_radii(real, k, "real")
    covered, num = np.zeros(len(real), bool), 0
    for _, squares in squared_distances(fake, real):
        inside = squares <= radii
        num += int(inside.sum())
        covered |= inside.any(axis=0)
    return {"density": num / (k * len(fake)), "coverage": float(covered.mean())}


def memorisation_ratio(train: ArrayLike, test: ArrayLike, fake: ArrayLike) -> float:
    """How often an unseen example is nearest to a sample, relative to chance.

        P[min_j |fake - test_j| < min_i |fake - train_i|] / (M / (N + M)),    ties count half

    Samples that do not depend on which of the real examples were trained on have an expectation
    of 1, whatever N and M are, since each of these is equally likely to be the nearest one;
    copies of training examples have 0. Related: the three-sample test of Meehan et al.
    2020, https://arxiv.org/abs/2004.05675.

    Args:
        train: features of all the training examples, [N, F]: a copy of one that is left out
            would not be noticed.
        test: features of unseen examples of the same distribution, [M, F].
        fake: features of samples, [L, F].

    Example:
        >>> memorisation_ratio(train=[[0.0], [1.0]], test=[[5.0], [6.0]], fake=[[0.0], [1.0]])
        0.0
    """
    train, test = check_rows(train, "train"), check_rows(test, "test")
    fake = check_rows(fake, "fake", width=train.shape[1])
    test = check_rows(test, "test", width=train.shape[1])
    to_train, to_test = nearest_distances(fake, train), nearest_distances(fake, test)
    unseen = np.where(to_test == to_train, 0.5, to_test < to_train)
    return float(unseen.mean() * (len(train) + len(test)) / len(test))


def class_histogram(probabilities: ArrayLike) -> list[float]:
    """Fraction of the rows in which each class is the most probable, [C]; of ties the first.

    Args:
        probabilities: of C classes, by a classifier, [N, C].

    Example:
        >>> class_histogram([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
        [0.75, 0.25]
    """
    probabilities = _probabilities(probabilities)
    counts = np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1])
    return (counts / len(probabilities)).tolist()


def confident_share(probabilities: ArrayLike, threshold: float = 0.95) -> float:
    """Fraction of the samples whose most probable class has at least `threshold`.

    Args:
        probabilities: of C classes, by a classifier, [N, C].
        threshold: 0 to 1.

    Example:
        >>> confident_share([[0.97, 0.03], [0.5, 0.5]])
        0.5
    """
    if not 0 <= threshold <= 1:
        raise ConfigError(f"threshold={threshold!r}: give a number from 0 to 1.")
    return float((_probabilities(probabilities).max(axis=1) >= threshold).mean())


def nearest_distances(a: Array, b: Array, k: int = 1) -> Array:
    """Euclidean distance of each row of `a`, [N, F], to its k-th nearest row of `b`: [N]."""
    kth = np.empty(len(a))
    for rows, squares in squared_distances(a, b):
        kth[rows] = squares.min(axis=1) if k == 1 else np.partition(squares, k - 1)[:, k - 1]
    return np.sqrt(kth)


def check_rows(x: ArrayLike, what: str, least: int = 1, width: int | None = None) -> Array:
    """`x` as float64, [N, F], with F of `width`.

    Raises:
        DataError: another shape, not numbers, NaN or infinite, or fewer rows than `least`.
    """
    x = np.asarray(x)
    if x.ndim != 2 or not x.shape[1]:
        raise DataError(f"{what} has shape {list(x.shape)}: expected [N, F], one row per example.")
    check_array(x, (x.shape[1] if width is None else width,), what=what)
    if len(x) < least:
        raise DataError(f"{what} has {len(x)} rows: expected {least} or more.")
    return x.astype(np.float64, copy=False)


def _real_and_fake(real: ArrayLike, fake: ArrayLike) -> tuple[Array, Array]:
    real = check_rows(real, "real")
    return real, check_rows(fake, "fake", width=real.shape[1])


def _probabilities(x: ArrayLike) -> Array:
    x = check_rows(x, "probabilities")
    if x.min() < 0 or np.abs(x.sum(axis=1) - 1).max() > 1e-3:
        raise DataError(
            f"probabilities range from {x.min():g} to {x.max():g} and have sums from "
            f"{x.sum(axis=1).min():g} to {x.sum(axis=1).max():g}: expected rows of 0 or more with "
            "a sum of 1; apply softmax to logits."
        )
    return x


def _squared_radii(x: Array, k: int, what: str) -> Array:
    """Squared distance of each row to its k-th nearest other one, with a margin for rounding."""
    if positive("k", k) >= len(x):
        raise ConfigError(
            f"k={k} neighbours: {what} has {len(x)} rows; give a smaller k, or more rows."
        )
    return nearest_distances(x, x, k + 1) ** 2 * (1 + 1e-9)  # the nearest one is the row itself


def squared_distances(a: Array, b: Array) -> Iterator[tuple[slice, Array]]:
    """(rows, squared distances of these rows of `a` to all rows of `b`), some rows at a time."""
    center = b.mean(axis=0)  # small norms, little cancellation
    a, b = a - center, b - center
    a_norms, b_norms = (a**2).sum(axis=1), (b**2).sum(axis=1)
    step, across = max(1, _CHUNK // len(b)), -2 * b.T
    for start in range(0, len(a), step):
        rows = slice(start, start + step)
        squares = a[rows] @ across
        squares += a_norms[rows, None]
        squares += b_norms
        squares[squares < _ROUNDING * a_norms[rows, None]] = 0
        yield rows, squares
