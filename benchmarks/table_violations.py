"""Ten million rows of NHANES, written to files, read back, and held against all rules.

    python benchmarks/table_violations.py [NAME ...]

"million 1" to "million 10" are rows of `nhanes_table` (with the million's number as the seed),
written as `vaezoo generate` writes them, 100,000 a file, and read as any .csv: how many break each
rule. "as drawn" are 1,000,000 rows that the same model draws without the map that makes rules
hold. A million takes minutes; memory stays below a gigabyte.

Needs the presets in export/. Writes benchmarks/results/table_violations.json after each; --docs
rewrites the table in docs/rules.md.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from report import ROOT, report

import vaezoo
from vaezoo.tables import Schema, TableModel, read_table
from vaezoo.tables.constraints import Constraints
from vaezoo.tables.csv_files import write_lines

MILLION, FILES = 1_000_000, 10
MILLIONS = [f"million {number}" for number in range(1, 11)]
DRAWN = "as drawn"


def model_of() -> TableModel:
    return TableModel(vaezoo.load(ROOT / "export" / "nhanes_table"))


def ruled(schema: Schema) -> Schema:
    """The columns that rules are about, and the rules."""
    names = (schema.rules or {})["columns"]
    columns = tuple(column for column in schema.columns if column.name in names)
    return dataclasses.replace(schema, columns=columns)


def counted(pieces: Iterator[np.ndarray], constraints: Constraints) -> dict[str, Any]:
    """How many encoded rows there are, and break each rule, and any."""
    broken: Counter[str] = Counter({rule.name: 0 for rule in constraints.rules.rules})
    rows = some = 0
    for piece in pieces:
        found = constraints.check_rows(piece)
        broken.update({name: int(each.sum()) for name, each in found.items()})
        some += int(np.any(list(found.values()), axis=0).sum())
        rows += len(piece)
    return {"rows": rows, "break_any": some, "broken": dict(broken)}


def read_back(model: TableModel, schema: Schema, seed: int) -> Iterator[np.ndarray]:
    """Rows that were written and read: of each file, a piece after the other."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        for file in range(FILES):
            write_lines(path, model.lines(MILLION // FILES, seed=FILES * seed + file))
            for piece in read_table(path, 2_000):
                yield schema.encode(piece)


def drawn(model: TableModel, schema: Schema) -> Iterator[np.ndarray]:
    for piece in TableModel(model.model, rules=False).pieces(MILLION, seed=0):
        yield schema.encode(piece)


def each(names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        model, start = model_of(), time.perf_counter()
        schema = ruled(model.schema)
        made = drawn(model, schema) if name == DRAWN else read_back(model, schema, int(name[8:]))
        found = counted(made, Constraints(schema))
        yield {**found, "seconds": time.perf_counter() - start}


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    whole = [results[name] for name in MILLIONS if name in results]
    free = results.get(DRAWN)
    num = sum(one["rows"] for one in whole)
    header = ["rule", f"of {num:,} rows of the preset, after a .csv"]
    header += [f"of {free['rows']:,} as drawn"] if free else []
    lines = [f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
    for name in (whole or [free])[0]["broken"]:
        cells = [name, f"{sum(one['broken'][name] for one in whole):,}"]
        cells += [share(free["broken"][name], free["rows"])] if free else []
        lines.append(f"| {' | '.join(cells)} |")
    cells = ["any", f"{sum(one['break_any'] for one in whole):,}"]
    cells += [share(free["break_any"], free["rows"])] if free else []
    return "\n".join([*lines, f"| {' | '.join(cells)} |"]) + "\n"


def share(broken: int, rows: int) -> str:
    return f"{broken:,} ({broken / rows:.2%})"


if __name__ == "__main__":
    report("table_violations", __doc__ or "", [DRAWN, *MILLIONS], each, table)
