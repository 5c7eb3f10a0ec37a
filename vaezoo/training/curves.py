"""curves.png of a run: drawn from its log whenever the training ends, for whatever reason."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from vaezoo import images
from vaezoo.report import curves


@contextlib.contextmanager
def drawn(run: Path, *, writes: bool = True) -> Iterator[None]:
    """Draws curves.png after the block, which trains, has ended or was interrupted.

    Args:
        run: its folder.
        writes: whether this process does; of several workers only the chief.
    """
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):  # what ended the training is to be seen, not this
            draw(run, writes=writes)
        raise
    draw(run, writes=writes)


def draw(run: Path, *, writes: bool = True) -> None:
    """Draws curves.png of a run's folder from its log.csv, if that has an epoch. The file is
    complete or absent."""
    picture = curves.curves(curves.read_log(run)) if writes else None
    if picture is not None:
        images.save_png(run / curves.PICTURE, picture)
