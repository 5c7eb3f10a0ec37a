"""The models, read from their source: what they are can be listed without TensorFlow."""

from __future__ import annotations

import ast
import re
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
        summary: one line.
        paper: authors and year of the first paper that its docstring cites.
        url: of that paper.
        axes: which of the parts it chooses: "network", "objective", "posterior", "prior",
            "likelihood", "condition", "corruption", "quantiser"; none of them for the plain VAE.
    """

    name: str
    summary: str
    paper: str
    url: str
    axes: tuple[str, ...]


def models() -> list[Entry]:
    """Every model of `vaezoo.models.MODELS`, in that order."""
    tree = ast.parse((_FOLDER / "__init__.py").read_text(encoding="utf-8"))
    files = {
        alias.name: str(node.module).rpartition(".")[2]
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    (listed,) = (node for node in tree.body if _assigns(node, "MODELS"))
    names = [node.id for node in ast.walk(listed) if isinstance(node, ast.Name)]
    return [_entry(name, files[name]) for name in names if name in files]


def markdown() -> str:
    """The table of the models, as README.md has it."""
    lines = ["| model | what it is | paper | what it chooses |", "|---|---|---|---|"]
    for entry in models():
        axes = ", ".join(entry.axes) or "nothing"
        paper = f"[{entry.paper}]({entry.url})"
        lines.append(f"| {entry.name} | {entry.summary} | {paper} | {axes} |")
    return "\n".join(lines) + "\n"


def _assigns(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name


def _entry(name: str, file: str) -> Entry:
    tree = ast.parse((_FOLDER / f"{file}.py").read_text(encoding="utf-8"))
    (model,) = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)
    doc = ast.get_docstring(model) or ""
    cited = _CITATION.search(doc)
    if cited is None:
        raise ValueError(f"{file}.py: the docstring of {name} cites no paper")
    chosen = {
        keyword.arg
        for call in ast.walk(model)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__"
        for keyword in call.keywords
    }
    axes = tuple(axis for axis in _AXES if axis in chosen) if name != "VAE" else ()
    paper = f"{' '.join(cited['authors'].split())} {cited['year']}"
    return Entry(name, doc.splitlines()[0], paper, cited["url"], axes)
