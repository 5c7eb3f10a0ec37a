"""How well edits change one attribute of images, and nothing else."""

from __future__ import annotations

import numpy as np

from vaezoo.errors import DataError
from vaezoo.metrics.attribute_codes import spearman
from vaezoo.protocols import Array, ArrayLike


def edit_accuracy(asked: ArrayLike, before: ArrayLike, after: ArrayLike) -> float:
    """Rank correlation of the change that was asked for with the change that is measured: -1 to 1.

    Edits of NaN, such as a picture without a stroke, are left out.

    Args:
        asked: in any unit, the same for all, [N]; two or more different ones.
        before: the attribute of the images that were edited, [N].
        after: the same of the edited ones, [N].

    Example:
        >>> edit_accuracy([-1, 0, 1, 2], before=[5, 3, 4, 5], after=[4, 3, 6, 8])
        1.0
    """
    asked, before, after = _vectors(asked=asked, before=before, after=after)
    change = after - before
    known = ~np.isnan(change)
    if len(np.unique(asked[known])) < 2:
        raise DataError("edit accuracy compares different amounts: ask for two or more.")
    return float(spearman(asked[known, None], change[known, None])[0, 0])


def label_kept(before: ArrayLike, after: ArrayLike) -> float:
    """Share of the edits after which a classifier sees the class that it saw before: 0 to 1.

    Args:
        before: classes of the images that were edited, [N].
        after: classes of the edited ones, [N].

    Example:
        >>> label_kept([3, 3, 8, 1], [3, 8, 8, 1])
        0.75
    """
    before, after = _vectors(before=before, after=after)
    return float((before == after).mean())


def leak(before: ArrayLike, after: ArrayLike, spread: ArrayLike, edited: int) -> float:
    """How much the other attributes change: mean of |change| in their standard deviations.

        mean over the edits and the attributes b other than the edited one of |dy_b| / spread_b

    Edits of NaN are left out.

    Args:
        before: attributes of the images that were edited, [N, A], A of 2 or more.
        after: of the edited ones, [N, A].
        spread: standard deviation of each attribute in the data, [A], above 0.
        edited: place of the attribute that was to change.

    Example:
        >>> leak([[0, 0], [0, 0]], [[3, 1], [5, -1]], spread=[1, 2], edited=0)
        0.5
    """
    before, after = (_table(x, name) for x, name in ((before, "before"), (after, "after")))
    (spread,) = _vectors(spread=spread)
    if before.shape != after.shape or before.shape[1] != len(spread) or len(spread) < 2:
        raise DataError(
            f"before has shape {list(before.shape)}, after {list(after.shape)} and spread "
            f"{list(spread.shape)}: expected [N, A] twice and [A], with A of 2 or more."
        )
    if not 0 <= edited < len(spread) or not (spread > 0).all():
        raise DataError(
            f"edited={edited} and spread from {spread.min():g}: expected a place below "
            f"{len(spread)} and deviations above 0."
        )
    others = np.delete(np.abs(after - before) / spread, edited, axis=1)
    if np.isnan(others).all():
        raise DataError("no edited image has attributes to compare: all are NaN.")
    return float(np.nanmean(others))


def _vectors(**arrays: ArrayLike) -> list[Array]:
    """Arrays of one length, [N] each. Raises `DataError`."""
    found = [np.asarray(x, np.float64) for x in arrays.values()]
    if any(x.ndim != 1 or not x.size or x.shape != found[0].shape for x in found):
        shapes = ", ".join(f"{n} {list(x.shape)}" for n, x in zip(arrays, found, strict=True))
        raise DataError(f"the shapes are {shapes}: expected [N] with the same N of 1 or more.")
    return found


def _table(x: ArrayLike, what: str) -> Array:
    x = np.asarray(x, np.float64)
    if x.ndim != 2 or not x.size:
        raise DataError(f"{what} has shape {list(x.shape)}: expected [N, A].")
    return x
