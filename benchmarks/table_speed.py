"""How fast tables are made: whole commands, and rows per second with and without rules.

    python benchmarks/table_speed.py [NAME ...]

"cold" are whole processes of `vaezoo generate PRESET -n 1000 --seed 0 -o rows.csv`, each anew: the
median of nine, on the clock and of the processor's time. "rows" are rows per second of a model
that is loaded, on all cores: as columns, and as the lines of a .csv, the best of three runs of
50,000 rows; "decoder" of the decoder alone, which no generation can beat. Of each, rows per second
on the clock, and of one core's time, which depends less on what else the machine does.
nhanes_table has the 16 rules of vaezoo/datasets/nhanes.toml, and is measured without them, too;
"adult_table, with rules" has 20 rules that hold in the data but in few rows. "train" are
`vaezoo train PRESET` of 8 epochs: rows per second in the middle one, and the most memory that the
process had.

What else the machine does is written beside: its load when a measurement begins. Needs the presets
in export/, VAEZOO_DATA and vaezoo[train]. Writes benchmarks/results/table_speed.json after each;
--docs rewrites the section of docs/tables.md.
"""

from __future__ import annotations

import csv
import dataclasses
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from report import ROOT, report

import vaezoo
from vaezoo import datasets
from vaezoo.tables import Rules, TableModel
from vaezoo.tables.constraints import facts_of

SIZE, RUNS, COLD_RUNS = 50_000, 3, 9
COLD = ["cold adult_table", "cold nhanes_table"]
ROWS = [
    "rows adult_table",
    "rows adult_table, with rules",
    "rows nhanes_table",
    "rows nhanes_table, without rules",
]
TRAINING, EPOCHS = ["train adult_table", "train nhanes_table"], 8
YEARS = (
    "Preschool", "1st-4th", "5th-6th", "7th-8th", "9th", "10th", "11th", "12th", "HS-grad",
    "Some-college", "Assoc-voc", "Assoc-acdm", "Bachelors", "Masters", "Prof-school", "Doctorate",
)  # fmt: skip
ADULT = [
    *(f"education = `{name}` => `education-num` = {n}" for n, name in enumerate(YEARS, 1)),
    "relationship = Husband => sex = Male",
    "relationship = Wife => sex = Female",
    "relationship in {Husband, Wife} => `marital-status` != `Never-married`",
    "`capital-gain` = 0 or `capital-loss` = 0",
]


def machine() -> dict[str, Any]:
    """The processor, and how busy it is."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return {"processor": name, "cores": os.cpu_count(), "load": round(load, 1)}


def cold(preset: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "vaezoo", "generate", str(ROOT / "export" / preset)]
    command += ["-n", "1000", "--seed", "0", "-o", "rows.csv"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(1 + COLD_RUNS):  # the first one compiles
            start, before = time.perf_counter(), processor_time()
            subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
            found.append((time.perf_counter() - start, processor_time() - before))
    clock, processor = zip(*found[1:], strict=True)
    return {
        "seconds": statistics.median(clock),
        "least": min(clock),
        "processor_seconds": statistics.median(processor),
    }


def processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def training(preset: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "vaezoo", "train", preset, "--out", "run"]
    changes = {"training.epochs": EPOCHS, "evaluation.max_scored": 100}
    command += [part for name, value in changes.items() for part in ("--set", f"{name}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, cwd=folder, **quiet)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        with open(Path(folder) / "run" / "log.csv", newline="", encoding="utf-8") as file:
            seconds = statistics.median(float(epoch["seconds"]) for epoch in csv.DictReader(file))
    num = len(datasets.load(preset.removesuffix("_table")).train)
    return {"rows_per_second": num / seconds, "rows": num, "mebibytes": used.ru_maxrss / 1024}


def rows(name: str) -> dict[str, Any]:
    preset, _, how = name.partition(", ")
    model = vaezoo.load(ROOT / "export" / preset)
    table = TableModel(model, rules=how != "without rules")
    if how and how != "without rules":
        rules = Rules.from_texts(ADULT, facts_of(table.schema))
        table.schema = dataclasses.replace(table.schema, rules=rules.to_json())
    z = model.sample_latents(SIZE // 4, seed=0)
    return {
        "columns": fastest(lambda: consume(table.pieces(SIZE, seed=0)), SIZE),
        "csv": fastest(lambda: consume(table.lines(SIZE, seed=0)), SIZE),
        "decoder": fastest(lambda: table.cells(z), len(z)),
        "num_columns": len(table.schema.columns),
        "num_rules": len((table.schema.rules or {}).get("rules", {})),
    }


def consume(pieces: Iterator[object]) -> None:
    for _ in pieces:
        pass


def fastest(run: Callable[[], object], num: int) -> dict[str, float]:
    """Rows per second, after a first run that loads and plans."""
    run()
    clock, processor = [], []
    for _ in range(RUNS):
        start, before = time.perf_counter(), time.process_time()
        run()
        clock.append(time.perf_counter() - start)
        processor.append(time.process_time() - before)
    return {"per_second": num / min(clock), "per_core_second": num / min(processor)}


def each(names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        kind, _, what = name.partition(" ")
        known = machine()
        yield {**{"cold": cold, "train": training, "rows": rows}[kind](what), **known}


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "| a new process | of the processor's time | on the clock | load |",
        "|---" * 4 + "|",
    ]
    for name in filter(results.__contains__, COLD):
        r = results[name]
        command = f"`vaezoo generate {name.split()[1]} -n 1000`"
        clock = f"{r['seconds']:.2f} s" if is_quiet(r) else "–"
        lines.append(f"| {command} | {r['processor_seconds']:.2f} s | {clock} | {r['load']} |")
    lines += [
        "",
        "| rows a second of one core | columns, rules | in arrays | as .csv | decoder alone | "
        "as .csv on the clock | load |",
        "|---" * 7 + "|",
    ]
    for name in filter(results.__contains__, ROWS):
        r = results[name]
        speeds = [f"{r[key]['per_core_second']:,.0f}" for key in ("columns", "csv", "decoder")]
        speeds.append(f"{r['csv']['per_second']:,.0f}" if is_quiet(r) else "–")
        size = f"{r['num_columns']}, {r['num_rules']}"
        cells = [name.removeprefix("rows "), size, *speeds, str(r["load"])]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| training | rows a second | memory | load |", "|---" * 4 + "|"]
    for name in filter(results.__contains__, TRAINING):
        r = results[name]
        speed = f"{r['rows_per_second']:,.0f}" if is_quiet(r) else "–"
        preset = name.removeprefix("train ")
        lines.append(f"| {preset} | {speed} | {r['mebibytes']:,.0f} MiB | {r['load']} |")
    known = next(iter(results.values()), None)
    text = "\n".join(lines) + "\n"
    return text + (f"\n{known['cores']} cores of an {known['processor']}.\n" if known else "")


def is_quiet(r: dict[str, Any]) -> bool:
    """Whether others left the machine to the measurement: else the clock says little."""
    return bool(r["load"] <= 1)


if __name__ == "__main__":
    report("table_speed", __doc__ or "", [*COLD, *ROWS, *TRAINING], each, table)
