"""The models, read from their source, so that they can be listed without TensorFlow."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "models"
_AXES = (
    "network",
    "objective",
    "posterior",
    "prior",
    "likelihood",
    "condition",
    "corruption",
    "quantiser",
)
_CITATION = re.compile(
    r"(?P<authors>(?:van den )?[A-Z][\w-]+(?: et al\.| & [A-Z][\w-]+)?) (?P<year>\d{4})"
    r".*?(?P<url>https?://\S+?)[.,:;]?(?:\s|$)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Entry:
    """A model.

    Attributes:
        name: of the class.
        family: the group of `vaezoo.models.FAMILIES` that it belongs to.
        summary: one line.
        authors: of the first paper that its docstring cites.
        year: of that paper.
        url: of that paper.
        axes: which components it fixes: "network", "objective", "posterior", "prior",
            "likelihood", "condition", "corruption", "quantiser"; none of them for the plain VAE.
    """

    name: str
    family: str
    summary: str
    authors: str
    year: int
    url: str
    axes: tuple[str, ...]

    @property
    def paper(self) -> str:
        """Authors and year."""
        return f"{self.authors} {self.year}"


def models() -> list[Entry]:
    """Every model of `vaezoo.models.MODELS`, in that order."""
    tree = ast.parse((_FOLDER / "__init__.py").read_text(encoding="utf-8"))
    files = {
        alias.name: str(node.module).rpartition(".")[2]
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return [_entry(name, family, files[name]) for family, name in _families(tree)]


def markdown() -> str:
    """The table of the models, as README.md has it: one row per model, grouped by family."""
    lines = ["| model | year | what it is | paper |", "|---|---|---|---|"]
    for family, entries in itertools.groupby(models(), lambda entry: entry.family):
        lines.append(f"| **{family}** | | | |")
        lines += [
            f"| {entry.name} | {entry.year} | {entry.summary} | [{entry.authors}]({entry.url}) |"
            for entry in entries
        ]
    return "\n".join(lines) + "\n"


def _families(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Family and name of each model, as FAMILIES lists them."""
    (families,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "FAMILIES"
    )
    assert isinstance(families, ast.Dict)
    for key, members in zip(families.keys, families.values, strict=True):
        for member in ast.walk(members):
            if key is not None and isinstance(member, ast.Name):
                yield ast.literal_eval(key), member.id


def _entry(name: str, family: str, file: str) -> Entry:
    tree = ast.parse((_FOLDER / f"{file}.py").read_text(encoding="utf-8"))
    (model,) = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)
    doc = ast.get_docstring(model) or ""
    citation = _CITATION.search(doc)
    if citation is None:
        raise ValueError(f"{file}.py: the docstring of {name} cites no paper")
    keywords = {
        keyword.arg
        for call in ast.walk(model)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__"
        for keyword in call.keywords
    }
    axes = tuple(axis for axis in _AXES if axis in keywords) if name != "VAE" else ()
    authors = " ".join(citation["authors"].split())
    return Entry(
        name, family, doc.splitlines()[0], authors, int(citation["year"]), citation["url"], axes
    )
