"""The chapters of the tutorial, as notebooks, and the pictures that they show. No TensorFlow."""

from vaezoo.tutorial.cells import Cell, parse
from vaezoo.tutorial.lookup import Chapter, chapters, find
from vaezoo.tutorial.notebook import notebook, write_notebook
from vaezoo.tutorial.pictures import chart, show

__all__ = [
    "Cell",
    "Chapter",
    "chapters",
    "chart",
    "find",
    "notebook",
    "parse",
    "show",
    "write_notebook",
]
