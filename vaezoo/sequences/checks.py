"""Sequences that a model was given, checked: NumPy only.

Letters: N sequences, T steps, A numbers of an action. What comes after the end of an episode
that is shorter than T is padding: its mask is 0, and it may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vaezoo._checks import as_array, check_array, check_range
from vaezoo.errors import DataError, unknown_name
from vaezoo.protocols import Array, ArrayLike

PARTS = ("action", "reward", "done", "mask")


def check_sequences(
    sequences: Mapping[str, ArrayLike],
    observed: str,
    shape: Sequence[int],
    num_actions: int,
    *,
    needed: Sequence[str] = (),
    value_range: tuple[float, float] | None = None,
    reason: str = "",
) -> dict[str, Array]:
    """Sequences as float32 arrays, with zeros in place of padding.

    Args:
        sequences: by name: `observed`, [N, T, *shape]; "action", [N, T, A], or numbers of actions
            from 0 to A - 1, [N, T]; "reward" and "done", [N, T]; "mask", [N, T], 1 for steps that
            are there and 0 for padding after them, by default 1 everywhere.
        observed: name of what is seen: "z" or "x".
        shape: of what is seen at one step.
        num_actions: A.
        needed: what may not be missing of "reward" and "done"; the others are zeros then.
        value_range: of what is seen; None: any finite numbers.
        reason: what asks for that range, for messages.

    Returns:
        `observed`, "action", "reward", "done" and "mask".

    Raises:
        DataError: a part is missing or of another shape, numbers are not finite or out of their
            range, an episode has one step only, or goes on after its end.
        UnknownNameError: a part that there is not.
    """
    _check_names(sequences, observed, needed)
    seen = as_array(sequences[observed], observed)
    if seen.ndim != 2 + len(shape) or seen.shape[2:] != tuple(shape) or not seen.size:
        raise DataError(
            f"{observed} has shape {list(seen.shape)}: expected "
            f"[N, T, {', '.join(map(str, shape))}], T steps of each of N sequences."
        )
    size = seen.shape[:2]
    there = _check_mask(sequences.get("mask"), size)
    parts = {
        observed: _finite(seen, there, observed),
        "action": _actions(sequences["action"], there, num_actions),
        "reward": _scalars(sequences, "reward", there),
        "done": _scalars(sequences, "done", there),
        "mask": there.astype(np.float32),
    }
    values = parts[observed][there]
    low, high = float(values.min()), float(values.max())
    check_range(low, high, value_range, what=observed, reason=reason)
    _check_ends(parts["done"], there)
    return parts


def _check_names(sequences: object, observed: str, needed: Sequence[str]) -> None:
    names = (observed, *PARTS)
    if not isinstance(sequences, Mapping):
        raise DataError(
            f"sequences are a {type(sequences).__name__}: expected a dictionary of arrays, "
            f"{', '.join(names)}."
        )
    for name in sequences:
        if name not in names:
            raise unknown_name("part of sequences", name, names)
    for name in (observed, "action", *needed):
        if name not in sequences:
            raise DataError(f"sequences have no {name!r}: give {', '.join(names)}.")


def _check_mask(mask: ArrayLike | None, size: tuple[int, int]) -> Array:
    """Which steps are there, bool [N, T]."""
    array = _sized(np.ones(size) if mask is None else mask, "mask", size)
    there = array == 1
    if not (there | (array == 0)).all():
        raise DataError("mask has other values than 0 and 1: 1 is a step that is there.")
    holes = np.flatnonzero((there[:, 1:] > there[:, :-1]).any(axis=1))
    if len(holes):
        raise DataError(
            f"mask has a 1 after a 0 in {len(holes)} sequences, first in {holes[0]}: padding comes "
            "after the steps; give what follows a gap as a sequence of its own."
        )
    short = np.flatnonzero(there.sum(axis=1) < 2)
    if len(short):
        raise DataError(
            f"{len(short)} of {size[0]} sequences have fewer than 2 steps, first {short[0]}: "
            "nothing follows there that could be predicted; leave them out."
        )
    return there


def _check_ends(done: Array, there: Array) -> None:
    if not ((done == 0) | (done == 1)).all():
        raise DataError("done has other values than 0 and 1: 1 is the last step of an episode.")
    late = np.flatnonzero(((done[:, :-1] == 1) & there[:, 1:]).any(axis=1))
    if len(late):
        raise DataError(
            f"{len(late)} sequences go on after done is 1, first {late[0]}: give each episode as a "
            "sequence of its own, with mask 0 after its end."
        )


def _actions(actions: ArrayLike, there: Array, num_actions: int) -> Array:
    array = as_array(actions, "action")
    if array.ndim == 3:
        return _finite(_sized(array, "action", (*there.shape, num_actions)), there, "action")
    number = np.where(there, _sized(array, "action", there.shape), 0)
    if not ((number >= 0) & (number < num_actions) & (number == np.floor(number))).all():
        raise DataError(
            f"action has values from {number.min():g} to {number.max():g}: expected whole numbers "
            f"from 0 to {num_actions - 1}, [N, T], or vectors, [N, T, {num_actions}]."
        )
    one_hot = np.eye(num_actions, dtype=np.float32)[number.astype(np.int64)]
    return np.asarray(one_hot * there[..., None], np.float32)


def _scalars(sequences: Mapping[str, ArrayLike], name: str, there: Array) -> Array:
    if name not in sequences:
        return np.zeros(there.shape, np.float32)
    return _finite(_sized(sequences[name], name, there.shape), there, name)


def _sized(value: ArrayLike, name: str, size: Sequence[int]) -> Array:
    array = as_array(value, name)
    if array.shape != tuple(size):
        raise DataError(f"{name} has shape {list(array.shape)}: expected {list(size)}.")
    return array


def _finite(array: Array, there: Array, name: str) -> Array:
    """float32, with zeros in place of padding, which may hold anything."""
    mask = there.reshape(*there.shape, *(1,) * (array.ndim - 2))
    return check_array(np.where(mask, array, 0), array.shape[1:], what=name)
