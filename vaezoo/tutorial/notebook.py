"""Chapters as notebooks of Jupyter, without outputs: a reader runs them."""

from __future__ import annotations

import os
import re
from typing import Any

from vaezoo._storage import files
from vaezoo.tutorial.cells import Cell
from vaezoo.tutorial.lookup import Chapter

_LINK = re.compile(r"\[([^\]]+)\]\((\.\./)?([\w-]+)\.md\)")


def notebook(chapter: Chapter) -> dict[str, Any]:
    """The notebook's content, format 4.5: what an .ipynb holds as JSON.

    Example:
        >>> from vaezoo import tutorial
        >>> content = tutorial.notebook(tutorial.find("6"))
        >>> content["cells"][0]["source"].splitlines()[0]
        '# 6 · Variational inference'
    """
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": [_cell(number, cell) for number, cell in enumerate(chapter.cells)],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def write_notebook(chapter: Chapter, path: str | os.PathLike[str]) -> None:
    """Writes the notebook as .ipynb; the file is complete or absent."""
    files.write_json(path, notebook(chapter))


def _cell(number: int, cell: Cell) -> dict[str, Any]:
    """Solutions are folded: prose by its HTML, code by the notebook."""
    named: dict[str, Any] = {"id": f"cell-{number}", "source": cell.text, "metadata": {}}
    if cell.prose:
        named["source"] = _LINK.sub(_link, cell.text)
        if cell.solution:
            summary = f"<summary>Solution {cell.solution}</summary>"
            named["source"] = f"<details>{summary}\n\n{named['source']}\n\n</details>"
        return {"cell_type": "markdown", **named}
    if cell.solution:
        named["metadata"] = {"jupyter": {"source_hidden": True}}
    return {"cell_type": "code", **named, "execution_count": None, "outputs": []}


def _link(match: re.Match[str]) -> str:
    """To a notebook in the same folder; pages of the site are not there."""
    text, elsewhere, name = match.groups()
    return text if elsewhere else f"[{text}]({name}.ipynb)"
