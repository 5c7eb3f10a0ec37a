"""The rules of the architecture, read from the imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "vaezoo"
SERVES = {
    "vaezoo", "_bounds", "_catalogue", "_checks", "_lazy", "_loading", "_named_figures", "_noise",
    "_progress", "_storage", "_text", "anomalies", "cli", "datasets", "errors", "explorer",
    "images", "imputation", "latent", "metrics", "protocols", "reference_classifiers", "report",
    "runtime", "tables", "tutorial", "world", "zoo",
}  # fmt: skip
TRAINING_PACKAGES = {"tensorflow", "keras", "tensorflow_probability", "tf2onnx", "onnx", "tomli_w"}


def imports(path: Path, top_level: bool) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else list(ast.walk(tree))
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def part(path: Path) -> str:
    """The package or module, directly below vaezoo, that a file belongs to."""
    name = path.relative_to(ROOT).parts[0].removesuffix(".py")
    return "vaezoo" if name == "__init__" else name


def imported_parts(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("vaezoo.")}


FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports(path: Path) -> None:
    here, every, top = part(path), imports(path, False), imports(path, True)
    packages = {name.split(".")[0] for name in every}
    parts = imported_parts(every) - {here}
    if here != "distributions":
        assert "tensorflow_probability" not in packages
    if here in SERVES - {"cli"}:
        assert not packages & TRAINING_PACKAGES
        # the package's own names are lazy: it lists Trace for type checkers only
        assert parts <= SERVES or (here, parts - SERVES) == ("vaezoo", {"_trace"})
    if here == "runtime":
        assert "zoo" not in parts
    if here in {"cli", "__main__"}:  # python -m vaezoo
        assert not {name.split(".")[0] for name in top} & TRAINING_PACKAGES
        assert imported_parts(top) <= {"_text", "cli", "errors"}
    else:
        assert "cli" not in parts
    if here in {
        "conditions", "objectives", "posteriors", "priors", "likelihoods", "networks",
        "corruptions", "quantisers",
    }:  # fmt: skip
        assert not parts & {"_model", "models", "training", "evaluation", "export"}
    if here == "_core":
        assert parts <= {"_checks", "_training", "errors", "protocols"}
    if here == "_model":
        assert not imported_parts(top) & {"models", "training", "evaluation"}
    if here == "evaluation":
        assert "models" not in parts


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_pickle_and_no_lambda_layers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "import pickle" not in text and "layers.Lambda" not in text
    assert "allow_pickle=True" not in text and "safe_mode=False" not in text


PARTS = (
    "models", "objectives", "posteriors", "priors", "likelihoods", "conditions", "corruptions",
    "quantisers", "networks", "distributions", "samplers",
)  # fmt: skip
SHARED = 5  # lines of logic in a row that no two files have in common


def logic(path: Path) -> list[list[str]]:
    """Each function's statements, a line each, with its own names masked: no docstrings."""
    functions = []
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        nodes = list(ast.walk(function))
        own = {node.arg for node in nodes if isinstance(node, ast.arg)} - {"self"}
        own |= {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        for node in nodes:
            if isinstance(node, ast.Name) and node.id in own:
                node.id = "_"
        body = function.body[ast.get_docstring(function) is not None :]
        lines = "\n".join(map(ast.unparse, body)).splitlines()
        functions.append([line.strip() for line in lines])
    return functions


def shared_logic(paths: list[Path]) -> dict[tuple[str, ...], set[str]]:
    places: dict[tuple[str, ...], set[str]] = {}
    for path in paths:
        for lines in logic(path):
            for start in range(len(lines) - SHARED + 1):
                places.setdefault(tuple(lines[start : start + SHARED]), set()).add(path.name)
    return {lines: names for lines, names in places.items() if len(names) > 1}


def test_no_two_parts_share_their_logic() -> None:
    paths = [path for folder in PARTS for path in sorted((ROOT / folder).glob("*.py"))]
    assert len(paths) > 100
    assert shared_logic(paths) == {}


def test_shared_logic_is_found_under_other_names(tmp_path: Path) -> None:
    body = "    {0} = f({1})\n    {0} += 1\n    for i in {0}:\n        g(i)\n    return {0}\n"
    (tmp_path / "a.py").write_text("def one(x):\n    'Doc.'\n" + body.format("y", "x"))
    (tmp_path / "b.py").write_text("def two(z):\n" + body.format("w", "z"))
    (tmp_path / "c.py").write_text("def two(z):\n" + body.format("w", "z + 1"))
    (found,) = shared_logic(sorted(tmp_path.glob("*.py"))).values()
    assert found == {"a.py", "b.py"}
