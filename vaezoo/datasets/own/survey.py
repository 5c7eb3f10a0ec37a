"""Reads images once: what they are, which cannot be read, and their pixels where these fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vaezoo.datasets.base import Source
from vaezoo.datasets.own.array_checks import range_note
from vaezoo.datasets.own.memory import fits
from vaezoo.datasets.own.pictures import (
    Files,
    Form,
    Pictures,
    check_options,
    decode,
    form_of,
    has_alpha,
    is_deep,
    is_grey,
    opened,
)
from vaezoo.datasets.own.rows import Reading
from vaezoo.datasets.own.table import few
from vaezoo.errors import DataError
from vaezoo.protocols import Array


def read_pictures(what: str, files: Files, reading: Reading) -> tuple[Source, Array, list[str]]:
    """Images as examples: the source, the rows that it has of the files, and notes.

    First the header of each is read, from which the mode of all follows; then each is decoded,
    once: pixels stay in memory where they fit, and are decoded again when needed where not.

    Raises:
        DataError: some cannot be read: all of them are named at once.
        ConfigError, UnknownNameError: options that no image can have.
    """
    check_options(reading)
    headers = Headers()
    bad = _each(files, range(len(files)), headers.read)
    form = form_of(reading, grey=not headers.coloured, deep=bool(headers.deep))
    rows = np.setdiff1d(np.arange(len(files)), list(bad))
    pixels = _Pixels(form, len(rows))
    bad |= _each(files, rows.tolist(), pixels.read)
    notes = [*headers.notes(files, form), *pixels.notes(what)]
    if bad:
        notes.insert(0, _bad(what, files, bad, reading.skip_bad))
        rows = np.setdiff1d(rows, list(bad))
    if pixels.array is not None:
        return pixels.array[: len(rows)], rows, notes
    return Pictures(files, form, rows), rows, notes


def _each(files: Files, rows: Any, read: Callable[[int, Any], None]) -> dict[int, str]:
    """Reads files: why some cannot be, by row."""
    bad = {}
    for row in rows:
        try:
            read(row, files.open(row))
        except Exception as error:  # damage can show anywhere in a decoder
            bad[row] = str(error) or type(error).__name__
    return bad


@dataclass
class Headers:
    """What the headers of images say.

    Attributes:
        coloured: whether an image has colours.
        alpha, deep, pages: rows that may have transparent pixels, more than 8 bits, and several
            frames or pages.
    """

    coloured: bool = False
    alpha: list[int] = field(default_factory=list)
    deep: list[int] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)

    def read(self, row: int, file: Any) -> None:
        """Reads the header of one."""
        with opened(file) as image:
            self.coloured = self.coloured or not is_grey(image)
            if has_alpha(image):
                self.alpha.append(row)
            if is_deep(image.mode):
                self.deep.append(row)
            # A second picture in a photograph of a phone is a preview.
            if getattr(image, "is_animated", False) and image.format != "MPO":
                self.pages.append(row)

    def notes(self, files: Files, form: Form) -> list[str]:
        """What the user may not expect."""

        def first(rows: list[int]) -> str:
            return f"{len(rows)} of {len(files)} images (first: {files.name(rows[0])})"

        notes = []
        if self.pages:
            notes.append(f"{first(self.pages)} have several frames or pages: the first is taken.")
        if self.alpha and form.mode != "rgba":
            notes.append(
                f"{first(self.alpha)} may have transparent pixels: {form.background} is put behind "
                "them (data.background); image_mode 'rgba' keeps them."
            )
        if self.deep and len(self.deep) < len(files):
            notes.append(f"{first(self.deep)} have more than 8 bits: all become float32 levels.")
        return notes


class _Pixels:
    """Rows of one form, in memory where they fit, without those that cannot be read."""

    def __init__(self, form: Form, num: int) -> None:
        self.form, self.filled = form, 0
        size = num * int(np.prod(form.shape)) * form.dtype.itemsize
        self.array = np.empty((num, *form.shape), form.dtype) if fits(size) else None
        self.low, self.high = np.inf, -np.inf

    def read(self, row: int, file: Any) -> None:
        """Reads one, the next."""
        x = self.form.pixels(decode(file))
        self.low, self.high = min(self.low, float(x.min())), max(self.high, float(x.max()))
        if self.array is not None:
            self.array[self.filled] = x
        self.filled += 1

    def notes(self, what: str) -> list[str]:
        if not (self.form.deep and self.filled):
            return []
        return range_note(what, self.low, self.high, True, False)


def _bad(what: str, files: Files, bad: dict[int, str], skip: bool) -> str:
    """A note that images are left out. Raises `DataError` where they may not be."""
    rows = sorted(bad)
    found = (
        f"{len(rows)} of {len(files)} files in {what} cannot be read as an image "
        f"({few([files.name(row) for row in rows])}; the first: {bad[rows[0]]})"
    )
    if not skip or len(rows) == len(files):
        raise DataError(
            f"{found}: repair or remove them; training leaves them out by --set data.skip_bad=true."
        )
    return f"{found}: they are left out."
