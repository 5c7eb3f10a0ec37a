"""How large the page of a preset is, and how long it takes to open and to decode.

    pip install -e ".[dev]"
    apt-get install chromium chromium-driver
    python benchmarks/explorer.py [PRESET ...]

Writes each page as `vaezoo explore PRESET -o page.html` does, and opens it five times in Chromium,
headless, from its file with the network off. The least time counts: others measure what else the
machine does.

Writes benchmarks/results/explorer.json; --docs also rewrites the table in docs/explorer.md.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from report import ROOT, report

import vaezoo
from vaezoo.explorer import write_page

sys.path.append(str(ROOT / "tests"))

from chromium import Page

PRESETS = ("mnist_vae_2d", "mnist_vae", "mnist_cvae", "mnist_flow", "mnist_vqvae", "mnist_hvae")
TIMES = 5
DECODE = """
const z = explorer.state.get("z"), condition = explorer.state.get("condition");
const times = [];
for (let i = 0; i < 20; i++) {
  const begin = performance.now();
  await explorer.model.decodeMean(z, condition);
  times.push(performance.now() - begin);
}
return Math.min(...times);
"""
READY = "return Number(document.getElementById('status').textContent.match(/[0-9]+/)[0])"


def measure(presets: list[str]) -> Iterator[dict[str, Any]]:
    """Measures presets in turn."""
    for preset in presets:
        with tempfile.TemporaryDirectory() as folder:
            begin = time.perf_counter()
            path = write_page(Path(folder) / "page.html", vaezoo.load(preset))
            written = time.perf_counter() - begin
            opened = [open_page(path.as_uri()) for _ in range(TIMES)]
            yield {
                "bytes": path.stat().st_size,
                "written_seconds": round(written, 1),
                "ready_ms": min(ready for ready, _ in opened),
                "decode_ms": round(min(decode for _, decode in opened), 2),
            }


def open_page(address: str) -> tuple[float, float]:
    """Milliseconds until a page is ready, in a browser of its own, and those of one decoding."""
    page = Page()
    try:
        if page.open(address) != "yes":
            raise RuntimeError(page.text("#status"))
        page.run("await explorer.model.last; return 1")
        return float(page.driver.execute_script(READY)), float(page.run(DECODE))
    finally:
        page.close()


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = ["| preset | page | ready after | one picture decoded in |", "|---|---|---|---|"]
    for name, result in results.items():
        lines.append(
            f"| `{name}` | {result['bytes'] / 1e6:.1f} MB | {result['ready_ms'] / 1000:.1f} s | "
            f"{result['decode_ms']:.1f} ms |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    report("explorer", __doc__, PRESETS, measure, table)
