"""Writes what is published about the presets: their cards, the zoo's index, the README's table.

    python benchmarks/presets.py

Reads export/ and saved_models/, verifies every hash, and writes saved_models/*/README.md and
vaezoo/zoo/index.json.
"""

from __future__ import annotations

from report import README, write_readme

from vaezoo.training.cards import rewrite_card
from vaezoo.zoo import index, table

if __name__ == "__main__":
    root = README.parent
    for path in sorted((root / "saved_models").glob("*/metrics.json")):
        rewrite_card(path.parent)
    index.write(root / "vaezoo" / "zoo" / index.FILE, index.build(root))
    write_readme("presets", table.markdown(root / "saved_models"))
