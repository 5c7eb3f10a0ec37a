"""Runs what documentation shows: examples in docstrings, and Python in Markdown."""

from __future__ import annotations

import doctest
import importlib
import io
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from vaezoo.errors import MissingExtraError

ROOT = Path(__file__).parents[1]
_FENCED = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def modules(name: str) -> Iterator[ModuleType]:
    """A module and everything in it."""
    room = importlib.import_module(name)
    yield room
    for found in pkgutil.walk_packages(getattr(room, "__path__", []), f"{name}."):
        yield importlib.import_module(found.name)


class _Runner(doctest.DocTestRunner):
    """Stops a docstring whose example needs an extra that is not installed."""

    def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:
        if isinstance(exc_info[1], MissingExtraError):
            raise exc_info[1]
        super().report_unexpected_exception(out, test, example, exc_info)


def run_docstrings(name: str) -> int:
    """Runs the examples in a module and everything in it; how many lines there were."""
    finder, lines = doctest.DocTestFinder(exclude_empty=True), 0
    runner = _Runner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for module in modules(name):
        for test in finder.find(module, module.__name__):
            output = io.StringIO()
            lines += len(test.examples)
            try:
                failed = runner.run(test, out=output.write).failed
            except MissingExtraError:
                continue
            assert not failed, output.getvalue()
    return lines


def python_blocks(page: str) -> list[str]:
    """The Python in a Markdown page, a path from the repository's root."""
    return _FENCED.findall((ROOT / page).read_text(encoding="utf-8"))


def run_page(page: str) -> dict[str, Any]:
    """Runs a page's Python from top to bottom in one namespace, and returns that."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, block in enumerate(python_blocks(page), 1):
        exec(compile(block, f"{page}, block {number}", "exec"), names)
    return names
