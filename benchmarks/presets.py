"""Writes what is published about the presets: their cards, the zoo's index, the table in docs/.

    python benchmarks/presets.py

Reads export/ and saved_models/, verifies every hash, and writes saved_models/*/README.md,
vaezoo/zoo/index.json and the table in docs/presets.md.
"""

from __future__ import annotations

from report import ROOT, write_docs

from vaezoo.training.publishing import rewrite_card
from vaezoo.zoo import index, table

if __name__ == "__main__":
    for path in sorted((ROOT / "saved_models").glob("*/metrics.json")):
        rewrite_card(path.parent)
    index.write(ROOT / "vaezoo" / "zoo" / index.FILE, index.build(ROOT))
    write_docs("presets", table.markdown(ROOT / "saved_models"))
