"""Output that ends well: closed or full streams, readers that leave, terminals without Unicode."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
import unicodedata
import warnings
from collections.abc import Iterator
from typing import Any

READER_LEFT = 141  # 128 + SIGPIPE, what shells report of programs that the signal ends
_PLAIN = {
    "…": "...", "±": "+-", "−": "-", "–": "-", "—": "-", "×": "x", "÷": "/", "→": "->", "≤": "<=",
    "≥": ">=", "’": "'", "‘": "'", "“": '"', "”": '"', "·": ".", "•": "*",
}  # fmt: skip


def plain(text: str) -> str:
    """ASCII in place of what a terminal cannot show.

    Example:
        >>> plain("−1 ± 2…")
        '-1 +- 2...'
    """
    text = "".join(_PLAIN.get(letter, letter) for letter in text)
    letters = unicodedata.normalize("NFKD", text)
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return letters.encode("ascii", "replace").decode("ascii")


def _encode_plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end


def _in_one_line(message: Warning | str, *_: object, **__: object) -> str:
    return f"Warning: {' '.join(str(message).split())}\n"


def prepare() -> None:
    """Opens what is closed of the standard streams, and lets them print every letter."""
    for number in range(3):  # in order: a file that is opened gets the lowest free number
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    codecs.register_error("vaezoo", _encode_plainly)
    warnings.formatwarning = _in_one_line
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        stream: Any = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="vaezoo")


@contextlib.contextmanager
def finishing() -> Iterator[None]:
    """Flushes at the end, and ends in silence where the reader of a pipe has left."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _discard()
        raise SystemExit(READER_LEFT) from None
    except OSError as error:  # a full disk behind a redirection shows when it is flushed
        _discard()
        sys.stderr.write(f"Error: the output cannot be written: {error.strerror or error}.\n")
        raise SystemExit(1) from None


def _discard() -> None:
    """What is still in stdout's buffer would fail again when Python exits."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
