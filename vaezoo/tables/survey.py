"""What a column holds, gathered a piece at a time: memory does not grow with the rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection

import numpy as np

from vaezoo.errors import DataError
from vaezoo.protocols import Array
from vaezoo.tables.cells import (
    LARGEST,
    MISSING,
    as_text,
    date_unit,
    has_comma,
    has_thousands,
    is_infinite,
    is_number,
)

MOST_DISTINCT = 50_000  # that are counted; beyond, new ones are only told from each other no more


class Survey:
    """Of one column.

    Attributes:
        name: of the column.
        num: rows so far.
        missing: those of them that are missing.
        counts: rows of each distinct text, up to `MOST_DISTINCT` of them.
        more: rows whose text is not among these.
    """

    def __init__(self, name: str, missing: Collection[str] = MISSING) -> None:
        self.name, self._tokens = name, missing
        self.num = self.missing = self.more = 0
        self.counts: Counter[str] = Counter()
        self._first_row: dict[str, int] = {}

    def add(self, column: Array) -> None:
        """Adds the next rows.

        Raises:
            DataError: a number that is infinite or too large; the message names row and column.
        """
        texts = as_text(column, self._tokens).tolist()
        counts = Counter(texts)
        rows = dict(zip(reversed(texts), range(len(texts) - 1, -1, -1), strict=True))
        self.missing += counts.pop(None, 0)
        for text, number in counts.items():
            if text not in self.counts:
                self._refuse_extremes(text, self.num + rows[text])
            if text in self.counts or len(self.counts) < MOST_DISTINCT:
                self._first_row.setdefault(text, self.num + rows[text])
                self.counts[text] += number
            else:
                self.more += number
        self.num += len(texts)

    def _refuse_extremes(self, text: str, row: int) -> None:
        too_large = is_number(text) and not abs(float(text)) <= LARGEST
        is_wide = too_large and text.lstrip("+-").isdigit()  # a key, as it may be
        if is_infinite(text) or (too_large and not is_wide):
            raise DataError(
                f"column {self.name!r}, row {row}: {text[:40]!r} is no finite number up to "
                f"{LARGEST:.0e}; make it a missing cell, or choose another unit."
            )

    @property
    def known(self) -> int:
        """Rows that are not missing."""
        return self.num - self.missing

    @property
    def all_differ(self) -> bool:
        """Whether no two rows have the same cell, as far as they were counted."""
        return len(self.counts) > 1 and max(self.counts.values()) == 1

    def share_of(self, test: Callable[[str], bool]) -> float:
        """The share of distinct texts for which a test, such as `is_number`, holds."""
        return sum(map(test, self.counts)) / max(1, len(self.counts))

    def kind_of_text(self) -> str:
        """ "number", "comma" (before decimals), "date", "time" or "text".

        Raises:
            DataError: most are numbers and some are not, or commas may mean either.
        """
        if self.share_of(is_number) == 1:
            return "number"
        if self.share_of(lambda text: has_comma(text) or is_number(text)) == 1:
            return "comma"
        self._refuse_thousands()
        units = {date_unit(text) for text in self.counts}
        if None not in units:
            return "time" if "s" in units else "date"
        self._refuse_mixture()
        return "text"

    def _refuse_thousands(self) -> None:
        if self.share_of(lambda text: has_thousands(text) or is_number(text)) == 1:
            text = next(text for text in self.counts if has_thousands(text))
            raise DataError(
                f"column {self.name!r}, row {self._first_row[text]}: {text!r} may be "
                "thousands or have a decimal comma: write its numbers without commas."
            )

    def _refuse_mixture(self) -> None:
        if self.share_of(is_number) > 0.8 and len(self.counts) > 20:
            wrong = next(text for text in self.counts if not is_number(text))
            raise DataError(
                f"column {self.name!r} has numbers, and others such as {wrong[:40]!r} in row "
                f"{self._first_row[wrong]}: correct them, or write in the schema that "
                "they are missing cells, or that the column is a category."
            )

    def numbers(self, comma: bool = False) -> tuple[Array, Array]:
        """Distinct numbers in order, and the rows of each."""
        texts = [text.replace(",", ".") if comma else text for text in self.counts]
        values, places = np.unique(np.array(texts, np.float64), return_inverse=True)
        counts = np.array(list(self.counts.values()), np.float64)
        return values, np.bincount(places, weights=counts)

    def step(self, values: Array) -> float:
        """What all numbers are multiples of, to their last digit: a power of ten of 10^-9 up; 0
        where there is none."""
        largest = np.abs(values).max()
        for digits in range(10):
            parts = 10**digits
            if largest * parts > 2**53:
                break
            if np.all(np.rint(values * parts) / parts == values):
                return 1 / parts if digits else _whole_step(values)
        return 0.0


def _whole_step(values: Array) -> float:
    """1, 10, 100 or 1000 of whole numbers."""
    for step in (1000.0, 100.0, 10.0):
        if len(values) > 5 and np.all(values % step == 0):
            return step
    return 1.0


def is_wide(text: str) -> bool:
    """Whether a whole number has more digits than float64 keeps."""
    digits = text.lstrip("+-")
    return digits.isdigit() and math.log10(max(1, int(digits[:400]))) > 15.95


__all__ = ["MOST_DISTINCT", "Survey", "is_wide"]
