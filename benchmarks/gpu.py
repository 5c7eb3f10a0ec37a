"""An exported model on an NVIDIA GPU: the same numbers as on the CPU, and images per second.

    python benchmarks/gpu.py [EXPORT ...] [--docs]

For each export (digits_vae by default) and each of its variants: the largest difference of
decoded pixels and of scores from those of the CPU; then decoding at several batch sizes, from and
to NumPy arrays, and with I/O binding, where z and pictures stay on the device. Needs
onnxruntime-gpu; skips with the reason where there is none. Writes benchmarks/results/gpu.json;
--docs writes its table into docs/benchmarks/gpu.md, which needs no GPU.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from report import write_docs

import vaezoo
from vaezoo.errors import VaezooError
from vaezoo.runtime.model import Model

BATCHES, SECONDS, ROUNDS = (1, 256, 4096), 0.3, 7
CUDA = "CUDAExecutionProvider"
RESULTS = Path(__file__).parent / "results" / "gpu.json"


def parity(name: str, variant: str | None) -> dict[str, float]:
    """Largest differences of the GPU from the CPU, on 256 examples drawn from the model."""
    cpu, cuda = (vaezoo.load(name, device=device, variant=variant) for device in ("cpu", "cuda"))
    rng = np.random.default_rng(0)
    z = cpu.sample_latents(256, seed=0)
    pixels = cpu.decode_mean(z)
    figures = {"pixels": float(np.abs(cuda.decode_mean(z) - pixels).max())}
    if "score" in cpu.manifest.graphs:
        x = (pixels > rng.random(pixels.shape)).astype(np.float32)
        scores = [model.log_likelihood(x, num_samples=16) for model in (cpu, cuda)]
        figures["nats"] = float(np.abs(scores[0] - scores[1]).max())
    return figures


def rate(call: Callable[[], object], batch: int) -> float:
    """Examples per second."""
    call()
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        call()
        calls += 1
    return calls * batch / (time.perf_counter() - start)


def throughput(name: str, variant: str | None) -> dict[str, dict[str, float]]:
    """Examples per second of each contender, the median over rounds in turn."""
    models = {
        device: vaezoo.load(name, device=device, variant=variant) for device in ("cpu", "cuda")
    }
    cuda: Model = models["cuda"]
    result = {}
    for batch in BATCHES:
        z = models["cpu"].sample_latents(batch, seed=0)
        there = cuda.to_device(z)
        contenders: dict[str, Callable[[], object]] = {
            "CPU": lambda z=z: models["cpu"].decode_mean(z),
            "GPU, NumPy": lambda z=z: cuda.decode_mean(z),
            "GPU, I/O binding": lambda z=there: cuda.decode_on_device(z),
        }
        rounds = [
            {key: rate(call, batch) for key, call in contenders.items()} for _ in range(ROUNDS)
        ]
        result[str(batch)] = {
            key: statistics.median(each[key] for each in rounds) for key in contenders
        }
    return result


def measured(names: list[str]) -> dict[str, Any]:
    """Results by export and variant; none, and the reason printed, where there is no GPU."""
    available = onnxruntime.get_available_providers()
    if CUDA not in available:
        print(f"skipped: this onnxruntime has no {CUDA}, only {', '.join(available)}")
        return {}
    results: dict[str, Any] = {}
    for name in names:
        try:
            vaezoo.load(name, device="cuda").generate(1)
        except VaezooError as error:
            print(f"skipped: {error}")
            return {}
        for variant in (None, *vaezoo.load(name).manifest.variants):
            results[f"{Path(name).name} {variant or 'fp32'}"] = {
                "parity": parity(name, variant),
                "examples_per_second": throughput(name, variant),
            }
    return results


def table(results: dict[str, Any]) -> str:
    """The results as Markdown: images per second on the CPU, the GPU's as multiples of them."""
    lines = [
        "| decoding | batch | CPU | GPU, NumPy | GPU, I/O binding | pixels differ by |",
        "|---|---|---|---|---|---|",
    ]
    for title, figures in results.items():
        for batch, rates in figures["examples_per_second"].items():
            cpu, *gpu = rates.values()
            cells = [title, batch, f"{cpu:,.0f}/s", *(f"{rate / cpu:.2f}×" for rate in gpu)]
            lines.append("| " + " | ".join([*cells, f"{figures['parity']['pixels']:.0e}"]) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=["digits_vae"], metavar="EXPORT")
    parser.add_argument("--docs", action="store_true", help="rewrite the table in docs/")
    arguments = parser.parse_args()
    results = measured(arguments.names)
    if results:
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")
        print(table(results))
    if arguments.docs:
        write_docs("gpu", table(json.loads(RESULTS.read_text())))


if __name__ == "__main__":
    main()
