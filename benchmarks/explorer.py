"""How large the page of a preset is, and how long it takes to open and to decode.

    pip install -e ".[dev]"
    apt-get install chromium chromium-driver
    python benchmarks/explorer.py [PRESET ...]

Writes each page as `vaezoo explore PRESET -o page.html` does, and opens it three times in Chromium,
headless, from its file with the network off. The least figures count, and beside the time on the
clock stands that of the processor: the former also measures what else the machine does.
Needs Linux.

Writes benchmarks/results/explorer.json; --docs also rewrites the table in docs/explorer.md.
"""

from __future__ import annotations

import contextlib
import os
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

PRESETS = ("mnist_vae_2d", "mnist_vae", "mnist_vqvae", "mnist_hvae")
TIMES = 3
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
                **{key: min(one[key] for one in opened) for key in opened[0]},
            }


def open_page(address: str) -> dict[str, float]:
    """Seconds until a page is ready, in a browser of its own, and milliseconds of a decoding."""
    page = Page()
    try:
        if page.open(address) != "yes":
            raise RuntimeError(page.text("#status"))
        ready, processor = float(page.driver.execute_script(READY)) / 1000, processor_seconds()
        page.run("await explorer.model.last; return 1")
        decoding = round(float(page.run(DECODE)), 2)
        return {"ready_s": ready, "processor_s": processor, "decode_ms": decoding}
    finally:
        page.close()


def processor_seconds() -> float:
    """What the processes below this one that show pages have taken."""
    parents: dict[str, str] = {}
    taken: dict[str, float] = {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            parents[path.name] = fields[1]
            if "--type=renderer" in (path / "cmdline").read_text():
                ticks = int(fields[11]) + int(fields[12])
                taken[path.name] = ticks / os.sysconf("SC_CLK_TCK")
    return max(taken[name] for name in taken if str(os.getpid()) in ancestors(name, parents))


def ancestors(name: str, parents: dict[str, str]) -> Iterator[str]:
    while name in parents:
        name = parents[name]
        yield name


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "| preset | page | ready after | of the processor's time | one picture decoded in |",
        "|---|---|---|---|---|",
    ]
    for name, result in results.items():
        lines.append(
            f"| `{name}` | {result['bytes'] / 1e6:.1f} MB | {result['ready_s']:.1f} s | "
            f"{result['processor_s']:.1f} s | {milliseconds(result['decode_ms'])} |"
        )
    return "\n".join(lines) + "\n"


def milliseconds(value: float) -> str:
    """Browsers' clocks have steps of 0.1."""
    return "less than 0.1 ms" if value < 0.1 else f"{value:.1f} ms"


if __name__ == "__main__":
    report("explorer", __doc__, PRESETS, measure, table)
