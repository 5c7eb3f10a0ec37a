"""The public API: pinned by name, reachable after `import vaezoo`, and light to import."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

import vaezoo

SNAPSHOT = Path(__file__).with_name("public_api.txt")
HAS_TENSORFLOW = importlib.util.find_spec("tensorflow") is not None
SERVING = {
    "datasets", "errors", "explorer", "images", "latent", "metrics", "protocols",
    "reference_classifiers", "report", "runtime", "tables", "tutorial", "world", "zoo",
}  # fmt: skip
# The command line, and the recipes, which are data.
NO_MODULES_OF_THE_API = {"cli", "recipes"}

LIST = """
import json, sys, vaezoo
assert not {"numpy", "tensorflow", "keras", "onnxruntime"} & set(sys.modules)
names = {}
for module in sys.argv[1:]:
    value = getattr(vaezoo, module)
    names[module] = sorted(value.__all__)
    missing = [name for name in value.__all__ if not hasattr(value, name)]
    assert not missing, (module, missing)
print(json.dumps(names))
"""


def pinned() -> dict[str, list[str]]:
    """Public names by module: a line each, the module's name before a colon."""
    lines = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    return {module: names.split() for module, _, names in (line.partition(":") for line in lines)}


def listed(*modules: str) -> dict[str, list[str]]:
    """`__all__` of modules, in a fresh process that imports nothing but vaezoo."""
    command = [sys.executable, "-c", LIST, *modules]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    names: dict[str, list[str]] = json.loads(result.stdout)
    return names


def test_the_package() -> None:
    assert sorted(vaezoo.__all__) == pinned()["vaezoo"] == dir(vaezoo)
    with pytest.raises(AttributeError, match="no attribute 'loud'"):
        _ = vaezoo.loud


def test_the_half_that_serves() -> None:
    names = pinned()
    assert listed(*SERVING) == {module: names[module] for module in SERVING}


@pytest.mark.skipif(not HAS_TENSORFLOW, reason="TensorFlow is not installed")
def test_every_module() -> None:
    """To change the public API, change the snapshot, and say so in the changelog."""
    names = pinned()
    names.pop("vaezoo")
    assert listed(*names) == names


def test_every_other_module_is_private() -> None:
    folder = Path(vaezoo.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")}
    modules |= {path.name for path in folder.iterdir() if path.is_dir()}
    public = {name for name in modules if not name.startswith("_")}
    assert public == ({*pinned()} - {"vaezoo"}) | NO_MODULES_OF_THE_API
