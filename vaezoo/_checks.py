"""Checks of arrays and arguments, for both halves of the package: NumPy only."""

from __future__ import annotations

import contextlib
import math
import operator
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import SupportsIndex

import numpy as np

from vaezoo.errors import ConfigError, DataError, unknown_name
from vaezoo.protocols import ArrayLike

# The label of an example whose class is not known: written on purpose, never what a wrong label
# becomes.
UNKNOWN = -1
_MOST_SAMPLES = 2**31 - 1


def check_array(
    x: ArrayLike,
    shape: Sequence[int],
    *,
    what: str = "x",
    value_range: tuple[float, float] | None = None,
    reason: str = "",
) -> np.ndarray:
    """`x` as a float32 array that a graph can take.

    Args:
        x: numbers, [N, *shape].
        shape: shape of one example.
        what: name of the array, for messages.
        value_range: least and greatest value allowed; None allows any finite value.
        reason: what asks for that range, for messages.

    Raises:
        DataError: empty, not numbers, another shape, NaN or infinite, or out of range.
    """
    x = as_array(x, what)
    if x.shape[1:] != tuple(shape) or x.ndim == 0:
        hint = " (one example: add the batch axis, x[None])" if x.shape == tuple(shape) else ""
        raise DataError(f"{what} has shape {list(x.shape)}: expected {_batch(shape)}{hint}.")
    if x.size == 0:
        raise DataError(
            f"{what} is empty, shape {list(x.shape)}: expected {_batch(shape)} with N of 1 or more."
        )
    if x.dtype != np.float32:
        with np.errstate(over="ignore"):  # too large a float64 is infinite, and refused below
            x = x.astype(np.float32)
    low, high = _extremes(x)
    if not (math.isfinite(low) and math.isfinite(high)):
        rows = _rows(~np.isfinite(x))
        raise DataError(
            f"{what} has NaN or infinite values in {len(rows)} of {len(x)} rows, "
            f"first in row {rows[0]}: remove or fill them."
        )
    if value_range is not None and not value_range[0] <= low <= high <= value_range[1]:
        rows = _rows((x < value_range[0]) | (x > value_range[1]))
        where = f" (not so in {len(rows)} of {len(x)} rows, first in row {rows[0]})"
        check_range(low, high, value_range, what=what, reason=reason, where=where)
    return x


def _extremes(x: np.ndarray) -> tuple[float, float]:
    """The least and the greatest number, in which NaN and infinity show. Small batches are served
    in microseconds, of which min() and max() would take twice as many."""
    return float(np.minimum.reduce(x, axis=None)), float(np.maximum.reduce(x, axis=None))


def all_finite(x: np.ndarray) -> bool:
    """Whether no number is NaN or infinite."""
    return not x.size or all(map(math.isfinite, _extremes(x)))


def as_array(x: ArrayLike, what: str = "x") -> np.ndarray:
    """`x` as an array of numbers, of the type that it has.

    Raises:
        DataError: no numbers, parts of different shapes, or masked values.
    """
    if type(x) is not np.ndarray and isinstance(x, np.ma.MaskedArray):  # np.ma loads slowly
        if np.ma.getmaskarray(x).any():
            rows = _rows(np.atleast_1d(np.ma.getmaskarray(x)))
            raise DataError(
                f"{what} has masked values, first in row {rows[0]}: fill them, or leave these rows "
                "out; a mask is lost on the way."
            )
        x = x.data
    try:
        array = np.asarray(x)
    except MemoryError:
        raise DataError(f"{what} does not fit into memory: give fewer rows at once.") from None
    except (ValueError, TypeError, RuntimeError):  # such as too deep, or a tensor of other packages
        raise DataError(f"{what} is no array: its parts differ in shape or type.") from None
    if array.dtype.kind not in "fiub":
        raise DataError(f"{what} has dtype {array.dtype}: expected numbers, preferably float32.")
    return array


def _rows(wrong: np.ndarray) -> np.ndarray:
    """The rows that have anything wrong, of [N, ...]."""
    return np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))


def _batch(shape: Sequence[int]) -> str:
    return f"[N, {', '.join(map(str, shape))}]"


def check_range(
    low: float,
    high: float,
    value_range: tuple[float, float] | None,
    *,
    what: str = "x",
    reason: str = "",
    where: str = "",
) -> None:
    """Checks that data from `low` to `high` lie in `value_range`.

    Raises:
        DataError: they do not.
    """
    if value_range is None or (value_range[0] <= low and high <= value_range[1]):
        return
    scale = "divide by 255" if low >= 0 and high > 1 else "rescale it"
    raise DataError(
        f"{what} has values from {low:g} to {high:g}: {reason or 'the model'} needs "
        f"{value_range[0]:g} to {value_range[1]:g}{where}; {scale}, or choose another likelihood."
    )


def warn_of_cross_entropy(likelihood: str) -> None:
    """Warns whoever called a model's method that its figure is not a likelihood."""
    warnings.warn(
        f"x has values on which {likelihood} is not normalised (grey values under Bernoulli): the "
        "figure is a cross-entropy, no likelihood; binarise the data.",
        stacklevel=4,
    )


@contextlib.contextmanager
def comparing_only() -> Iterator[None]:
    """Without that warning, where figures of the same data are only compared with each other, or
    where it is said in other words."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="x has values on which")
        yield


def check_codes(z: np.ndarray, codebook_size: int | None) -> None:
    """Raises `DataError` unless z are codes: whole numbers from 0 to `codebook_size` - 1; for
    None z may be anything."""
    if codebook_size is None or not z.size:
        return
    if not ((z >= 0) & (z < codebook_size) & (z == np.floor(z))).all():
        raise DataError(
            f"z has values from {z.min()} to {z.max()}: expected codes, whole numbers from 0 to "
            f"{codebook_size - 1}."
        )


def check_noise(noise: ArrayLike | None, num: int, size: int) -> np.ndarray | None:
    """Noise of `num` examples, [num, K, size], as float32; None where `size` is 0, as no draw is
    made of noise there. Raises `DataError` for anything else."""
    if noise is None and size:
        raise DataError(f"noise is None: expected [{num}, K, {size}], draws of N(0, I).")
    if noise is None:
        return None
    array = as_array(noise, "noise")
    if not size:
        raise DataError(
            f"noise has shape {list(array.shape)}: q(z|x) is a point here; leave noise= out."
        )
    if array.ndim != 3 or (len(array), array.shape[2]) != (num, size):
        raise DataError(f"noise has shape {list(array.shape)}: expected [{num}, K, {size}].")
    return check_array(array, array.shape[1:], what="noise")


def named_labels(labels: ArrayLike, names: Sequence[str]) -> ArrayLike:
    """Labels that are given by name as numbers; any others as they are.

    Args:
        labels: a name, or names, [N] or [N, 1]; or what `label_vectors` takes.
        names: of the classes, in their order.

    Raises:
        UnknownNameError: a label is none of the names.
        DataError: the classes have no names.

    Example:
        >>> named_labels(["dog", "cat"], ["cat", "dog"]).tolist()
        [1, 0]
    """
    given = None
    with contextlib.suppress(ValueError, TypeError, NotImplementedError):
        given = np.asarray(labels)
    if given is None or not _is_text(given):
        return labels
    if not names:
        raise DataError(
            f"labels have dtype {given.dtype}, the first is {str(given.ravel()[0])!r}: the model's "
            "classes have no names; give whole numbers."
        )
    numbers = {name: number for number, name in enumerate(names)}
    for name in given.ravel().tolist():
        if name not in numbers:
            raise unknown_name("label", name, names)
    return np.array([numbers[name] for name in given.ravel().tolist()]).reshape(given.shape)


def _is_text(values: np.ndarray) -> bool:
    """Whether all are strings: of NumPy, or objects, as columns of pandas are."""
    if values.dtype.kind == "O":
        return bool(values.size) and all(isinstance(value, str) for value in values.ravel())
    return bool(values.size) and values.dtype.kind in "UT"


def label_vectors(
    labels: ArrayLike, num_classes: int, num: int | None = None, names: Sequence[str] = ()
) -> np.ndarray:
    """Labels as rows of probabilities, float32 [N, num_classes]: zeros where unknown.

    Args:
        labels: whole numbers from 0 to `num_classes` - 1, or `UNKNOWN`, [N] or [N, 1], or one for
            all; or names; or probabilities of the classes, [N, num_classes], of which zeros are
            unknown.
        num_classes: C.
        num: examples; None: as many as labels.
        names: of the classes, if they have any.

    Raises:
        DataError: neither, or another number of rows.
        UnknownNameError: a name that no class has.
    """
    c = as_array(named_labels(labels, names), "condition")
    if c.ndim == 0 and num is not None:
        c = np.broadcast_to(c, (num,))
    if c.ndim == 2 and c.shape[1] == 1 and (num_classes > 1 or c.dtype.kind in "iu"):
        c = c[:, 0]
    if c.shape[1:] not in ((), (num_classes,)) or c.ndim == 0:
        raise DataError(
            f"labels have shape {list(c.shape)}: expected [N], [N, 1] or [N, {num_classes}]."
        )
    _check_number(c, num)
    return _one_hot(c, num_classes) if c.ndim == 1 else _probabilities(c)


def _one_hot(c: np.ndarray, num_classes: int) -> np.ndarray:
    wrong = np.flatnonzero(~((c >= UNKNOWN) & (c < num_classes) & (c == np.floor(c))))
    if len(wrong):
        raise DataError(
            f"labels have {len(wrong)} wrong values, the first in row {wrong[0]}: {c[wrong[0]]:g}; "
            f"expected whole numbers from 0 to {num_classes - 1}, or {UNKNOWN} where unknown."
        )
    rows = np.zeros((len(c), num_classes), np.float32)
    known = np.flatnonzero(c != UNKNOWN)
    rows[known, c[known].astype(np.int64)] = 1
    return rows


def _probabilities(c: np.ndarray) -> np.ndarray:
    c = check_array(c, c.shape[1:], what="condition")
    sums = c.sum(axis=1)
    right = (c >= 0).all(axis=1) & ((np.abs(sums - 1) < 1e-3) | (sums == 0))
    wrong = np.flatnonzero(~right)
    if len(wrong):
        raise DataError(
            f"labels have {len(wrong)} rows that are no probabilities, the first is row "
            f"{wrong[0]}: expected numbers of 0 or more that sum to 1, or zeros where unknown."
        )
    return c


def vectors(c: ArrayLike, dim: int, num: int | None = None) -> np.ndarray:
    """Attributes as rows, float32 [N, dim].

    Args:
        c: [N, dim], or one for all, [dim].
        dim: of each.
        num: examples; None: as many as rows.

    Raises:
        DataError: another shape, or not finite.
    """
    c = as_array(c, "condition")
    if c.ndim == 1 and num is not None:
        c = np.broadcast_to(c, (num, *c.shape))
    c = check_array(c, (dim,), what="condition")
    _check_number(c, num)
    return c


def _check_number(c: np.ndarray, num: int | None) -> None:
    if num is not None and len(c) != num:
        raise DataError(f"condition has {len(c)} rows: expected {num}, one per example.")


def check_num_samples(num: object) -> int:
    """K, draws of each example; raises `ConfigError` unless a tensor can have so many."""
    found = positive("num_samples", num)
    if found > _MOST_SAMPLES:
        raise ConfigError(f"num_samples={found}: give an integer of 1 to {_MOST_SAMPLES}.")
    return found


def check_shape(data_shape: object) -> tuple[int, ...]:
    """The shape of one example; raises `ConfigError` unless its sizes are 1 or more."""
    if isinstance(data_shape, np.ndarray) and data_shape.ndim != 1:
        raise ConfigError(
            f"data_shape is an array of shape {list(data_shape.shape)}: give the shape of one "
            "example, x.shape[1:]."
        )
    is_text = isinstance(data_shape, (str, bytes))
    sizes = tuple(data_shape) if isinstance(data_shape, Iterable) and not is_text else ()
    if not sizes:
        raise ConfigError(
            f"data_shape={data_shape!r}: give the shape of one example, such as (28, 28, 1)."
        )
    return tuple(positive("data_shape", size) for size in sizes)


def _integer(value: object, otherwise: int) -> int:
    """`value` as an integer; `otherwise` for what is none, as an array is not."""
    try:
        return operator.index(value) if isinstance(value, SupportsIndex) else otherwise
    except TypeError:
        return otherwise


def positive(name: str, value: object) -> int:
    """`value` as an integer of 1 or more; raises `ConfigError` otherwise."""
    number = _integer(value, 0)
    if number < 1 or isinstance(value, bool):
        raise ConfigError(f"{name}={value!r}: give an integer of 1 or more.")
    return number


def not_negative_integer(name: str, value: object) -> int:
    """`value` as an integer of 0 or more; raises `ConfigError` otherwise."""
    number = operator.index(value) if isinstance(value, SupportsIndex) else -1
    if number < 0 or isinstance(value, bool):
        raise ConfigError(f"{name}={value!r}: give an integer of 0 or more.")
    return number


def check_seed(seed: object) -> int:
    """`seed` as an integer that TensorFlow takes too; raises `ConfigError` otherwise."""
    number = _integer(seed, -1)
    if not 0 <= number < 2**31:
        raise ConfigError(f"seed={seed!r}: give an integer from 0 to 2^31 - 1.")
    return number


def above_zero(name: str, value: object) -> float:
    """`value` as a number above 0; raises `ConfigError` otherwise."""
    number = not_negative(name, value)
    if not number:
        raise ConfigError(f"{name}={value!r}: give a finite number above 0.")
    return number


def not_negative(name: str, value: object) -> float:
    """`value` as a finite number of 0 or more; raises `ConfigError` otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ConfigError(f"{name}={value!r}: give a finite number of 0 or more.")
    return value
