"""A column's survey -> what kind of column it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from vaezoo.errors import DataError
from vaezoo.protocols import Array
from vaezoo.tables.cells import is_number
from vaezoo.tables.kinds import (
    MOST_LABELS,
    MOST_SPECIAL,
    Category,
    Column,
    Constant,
    Count,
    Date,
    Identifier,
    Number,
    YesNo,
)
from vaezoo.tables.survey import Survey, is_wide

_YES_NO = (
    {"yes", "no"}, {"true", "false"}, {"y", "n"}, {"t", "f"}, {"0", "1"}, {"on", "off"},
)  # fmt: skip
_KEY = re.compile(r"(^|[_\s])(id|key|uuid|seqn|index|number|no|nr)$", re.IGNORECASE)
_CAMEL = re.compile(r"[a-z](ID|Id)$")
_SPIKE = 0.04  # of the rows, at an end; ten times as many elsewhere
_FEW = 12  # distinct numbers that need no spikes
_LONG = 40  # characters of a label, on average; texts are longer


def column_of(survey: Survey, rare: int = 0) -> Column:
    """What a column is, as far as its cells say.

    Args:
        survey: of all its rows.
        rare: labels of fewer rows are pooled as "(other)"; 0: none are.

    Raises:
        DataError: free text, numbers among text, or too many labels; with advice.
    """
    missing = "learned" if survey.missing else "ignored"
    if not survey.counts:
        return Constant(survey.name)
    if len(survey.counts) == 1 and not survey.missing:
        (text,) = survey.counts
        return Constant(survey.name, text, is_number(text) and not is_wide(text))
    if _is_yes_no(survey):
        labels = tuple(sorted(survey.counts))
        return YesNo(survey.name, missing, labels, numeric=labels == ("0", "1"))
    kind = survey.kind_of_text()
    if kind in ("date", "time"):
        return _date(survey, missing, "D" if kind == "date" else "s")
    if kind == "text" or any(map(is_wide, survey.counts)):
        return _text(survey, missing, rare)
    return _number(survey, missing, comma=kind == "comma")


def _is_yes_no(survey: Survey) -> bool:
    return {text.lower() for text in survey.counts} in _YES_NO and len(survey.counts) == 2


def _date(survey: Survey, missing: str, unit: str) -> Date:
    days = np.array([text.replace(" ", "T") for text in survey.counts], f"M8[{unit}]")
    numbers = days.astype(np.int64).astype(np.float64)
    low, high = float(numbers.min()), float(numbers.max())
    return Date(survey.name, missing, low=low, high=max(high, low + 1), unit=unit)


def _text(survey: Survey, missing: str, rare: int) -> Column:
    if survey.all_differ and not survey.missing and survey.num >= 20:
        texts = list(survey.counts)
        if np.mean([" " in text.strip() for text in texts]) < 0.5 and _mean_length(texts) <= _LONG:
            return Identifier(survey.name, _prefix(texts))
    labels, pooled = _labels(survey, rare)
    _refuse_free_text(survey, labels)
    return Category(survey.name, missing, labels, pooled)


def _prefix(texts: list[str]) -> str:
    """The letters that all begin with, of keys such as P0001; "" for whole numbers."""
    if all(text.isdigit() for text in texts):
        return ""
    found = re.match(r"[^\d\s]{1,12}", texts[0])
    shared = found[0] if found and all(text.startswith(found[0]) for text in texts) else "row_"
    return shared


def _labels(survey: Survey, rare: int) -> tuple[tuple[str, ...], str | None]:
    kept = sorted(text for text, count in survey.counts.items() if count >= rare)
    if len(kept) == len(survey.counts) and not survey.more:
        return tuple(kept), None
    if rare:
        return (*kept, "(other)"), "(other)"
    return tuple(kept), None


def _refuse_free_text(survey: Survey, labels: tuple[str, ...]) -> None:
    texts = list(survey.counts)
    is_text = len(labels) > max(20, survey.known / 2) or _mean_length(texts) > 2 * _LONG
    if len(labels) <= MOST_LABELS and not survey.more and not is_text:
        return
    what = "free text" if is_text or _mean_length(texts) > _LONG else "too many labels"
    raise DataError(
        f"column {survey.name!r} looks like {what}: {len(texts):,} distinct cells in "
        f"{survey.known:,} rows, such as {texts[0][:40]!r}; leave it out (--set data.leave_out), "
        "pool rare labels (--set data.rare=10), or write in a schema what it is."
    )


def _mean_length(texts: list[str]) -> float:
    return float(np.mean([len(text) for text in texts]))


def _number(survey: Survey, missing: str, comma: bool) -> Column:
    values, counts = survey.numbers(comma)
    step = survey.step(values)
    if _is_key(survey, values, step):
        return Identifier(survey.name, "", int(values.min()))
    special = _special(values, counts)
    usual = ~np.isin(values, special)
    if usual.sum() < 2:
        special, usual = (), np.ones(len(values), bool)
    if len(values) == 1:
        return Category(survey.name, missing, tuple(survey.counts), numeric=not comma)
    arguments = _shape(values[usual], counts[usual], step)
    arguments |= {"special": special, "comma": comma}
    if step == 1 and values[0] in (0, 1) and len(values) > _FEW:
        return Count(survey.name, missing, **arguments | {"low": 0.0})
    return Number(survey.name, missing, step=step, **arguments)


def _is_key(survey: Survey, values: Array, step: float) -> bool:
    """Whole numbers that are different in all rows, and named or counted as a key is."""
    if step < 1 or not survey.all_differ or survey.missing or survey.num < 20:
        return False
    named = _KEY.search(survey.name) or _CAMEL.search(survey.name) or survey.name == "ID"
    return bool(named) or bool((np.diff(values) == 1).all())


def _special(values: Array, counts: Array) -> tuple[float, ...]:
    """Numbers with a probability of their own: many rows have them, or they lie far outside."""
    if len(values) < 4:
        return ()
    shares = counts / counts.sum()
    ends = np.zeros(len(values), bool)
    ends[[0, -1]] = True
    found = (shares > _SPIKE) & (ends | (values == 0)) | (shares > 10 * _SPIKE)
    found &= len(values) > _FEW
    span = values[-2] - values[1]
    found[-1] |= values[-1] - values[-2] > span / 2 and counts[-1] >= 5
    found[0] |= values[1] - values[0] > span / 2 and counts[0] >= 5
    places = np.flatnonzero(found)
    best = places[np.argsort(-shares[places], kind="stable")][:MOST_SPECIAL]
    return tuple(sorted(values[best].tolist()))


def _shape(values: Array, counts: Array, step: float) -> dict[str, Any]:
    """Bounds and map of numbers, from distinct values and the rows of each."""
    places = np.cumsum(counts) / counts.sum()
    low, high = float(values[0]), float(values[-1])
    q1, middle, q99 = (float(values[np.searchsorted(places, q)]) for q in (0.01, 0.5, 0.99))
    is_skewed = low >= 0 and q99 - middle > 4 * (middle - q1)
    shift = max(step, 0.1 * (middle - low)) or (0.0 if low > 0 else 1e-3 * (high - low))
    if is_skewed:
        bounds = {"low": 0.0 if not step or low <= shift else low, "high": high if step else None}
        return {**bounds, "map": "log", "shift": shift if step else 0.0 if low > 0 else shift}
    return {"low": low if step else None, "high": high if step else None}


def columns_of(surveys: Mapping[str, Survey], rare: int = 0) -> list[Column]:
    """`column_of` of each."""
    return [column_of(survey, rare) for survey in surveys.values()]
