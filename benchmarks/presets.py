"""Lists what is published: the zoo's index, and the README's table of the presets.

    python benchmarks/presets.py

Reads export/ and saved_models/, checks every hash, and writes vaezoo/zoo/index.json.
"""

from __future__ import annotations

from report import README, write_readme

from vaezoo.zoo import index, table

if __name__ == "__main__":
    root = README.parent
    index.write(root / "vaezoo" / "zoo" / index.FILE, index.build(root))
    write_readme("presets", table.markdown(root / "saved_models"))
