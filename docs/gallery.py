"""Writes docs/gallery/: a card for each preset, with its picture, a sentence and its figures.

    python docs/gallery.py [--explorers]

--explorers also writes the pages that explore them (`vaezoo site`, some 150 MB), which the cards
then link to. mkdocs runs the rest by itself. Needs no TensorFlow.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path

from vaezoo import explorer
from vaezoo._storage import files

ROOT = Path(__file__).parents[1]
PRESETS = ROOT / "saved_models"
GALLERY = ROOT / "docs" / "gallery"
EXPLORERS = GALLERY / "explorers"

HEAD = """---
hide:
  - toc
---

# Gallery

All presets. What the figures mean, and the other ones, are in
[the table of presets](../presets.md).

"""
FIGURES = {
    "log_likelihood": "log p(x) {:.2f} nats",
    "mean_squared_error": "squared error {:.4f}",
}


def cards() -> str:
    """The page."""
    folders = sorted(path.parent for path in PRESETS.glob("*/recipe.toml"))
    return "\n".join([HEAD + '<div class="gallery">', *map(_card, folders), "</div>\n"])


def _card(folder: Path) -> str:
    name = folder.name
    recipe = tomllib.loads((folder / "recipe.toml").read_text(encoding="utf-8"))
    page = EXPLORERS / "explore" / f"{name}.html"
    link = page.relative_to(GALLERY).as_posix()
    command = f"<code>vaezoo explore {name}</code>"
    parts = [
        f'<img loading="lazy" alt="of {name}" src="{name}.png">',
        f"<strong>{name}</strong>",
        escape(recipe["summary"]),
        escape("; ".join(_facts(folder))),
        f'<a href="{link}">explore</a>' if page.is_file() else command,
    ]
    return "<div>" + "<br>".join(parts) + "</div>"


def _facts(folder: Path) -> Iterator[str]:
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    for key, text in FIGURES.items():
        if key in metrics:
            yield text.format(metrics[key]["mean"]).replace("-", "−")
    weights = (folder / "model.weights.h5").stat().st_size
    yield f"{weights / 1e6:.1f} MB"


def write() -> None:
    """The page and its pictures; what has not changed is not written, or mkdocs would go round."""
    contents = {GALLERY / "index.md": cards().encode()}
    for picture in PRESETS.glob("*/picture.png"):
        contents[GALLERY / f"{picture.parent.name}.png"] = picture.read_bytes()
    GALLERY.mkdir(exist_ok=True)
    for path, content in contents.items():
        if not path.is_file() or path.read_bytes() != content:
            with files.replaced_file(path) as temporary:
                temporary.write_bytes(content)


def on_pre_build(config: object) -> None:
    """As a hook of mkdocs: the page that its navigation names is there."""
    write()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--explorers", action="store_true", help="write the pages to explore too")
    if parser.parse_args().explorers:
        GALLERY.mkdir(exist_ok=True)
        explorer.write_site(EXPLORERS, told=print)
    write()


if __name__ == "__main__":
    main()
