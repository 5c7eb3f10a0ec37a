"""How long a cold `vaezoo generate` and `vaezoo --help` take, against a bare import.

    python benchmarks/cold_start.py

Every command is a new process. They are run in turn, and the medians of the ratios within a
round are printed: a machine that slows down slows all of them.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
IMPORT = [sys.executable, "-c", "import numpy, onnxruntime, PIL.Image"]
VAEZOO = str(Path(sys.executable).with_name("vaezoo"))
GENERATE = [VAEZOO, "generate", "digits_vae", "-n", "64", "--seed", "0", "-o", "grid.png"]
HELP = [VAEZOO, "--help"]


def measure(command: list[str], folder: str) -> tuple[float, float]:
    """Wall seconds and peak MiB of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    names = {"import": IMPORT, "generate": GENERATE, "help": HELP}
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        for round_ in range(ROUNDS + 1):
            for name, command in names.items():
                result = measure(command, folder)
                if round_:  # the first round warms the file cache
                    runs[name].append(result)
    print(f"{'':10}{'seconds':>10}{'MiB':>8}{'× time':>9}{'× memory':>10}   medians of {ROUNDS}")
    for name, results in runs.items():
        median = [statistics.median(values) for values in zip(*results, strict=True)]
        pairs = zip(results, runs["import"], strict=True)
        ratios = [[a / b for a, b in zip(mine, base, strict=True)] for mine, base in pairs]
        ratio = [statistics.median(values) for values in zip(*ratios, strict=True)]
        print(f"{name:10}{median[0]:10.3f}{median[1]:8.1f}{ratio[0]:9.2f}{ratio[1]:10.2f}")


if __name__ == "__main__":
    main()
