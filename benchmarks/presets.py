"""Lists what is published: the zoo's index, and the table of presets in docs/presets.md.

    python benchmarks/presets.py

Reads export/ and saved_models/, checks every hash, and writes vaezoo/zoo/index.json.
"""

from __future__ import annotations

from report import ROOT, write_docs

from vaezoo.zoo import index, table

if __name__ == "__main__":
    index.write(ROOT / "vaezoo" / "zoo" / index.FILE, index.build(ROOT))
    write_docs("presets", table.markdown(ROOT / "saved_models"))
