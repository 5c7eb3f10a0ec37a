"""What commands do with a model of tables: rows of a .csv in, rows of a .csv out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaezoo.cli import outputs, terminal
from vaezoo.errors import ConfigError

if TYPE_CHECKING:
    from vaezoo.protocols import Array
    from vaezoo.runtime.model import Model
    from vaezoo.tables import Schema, TableModel

ENDINGS = (".csv",)
_ODDEST = 5


def is_of_tables(model: Model) -> bool:
    """Whether a model is one of tables."""
    return model.manifest.schema is not None


def refuse_options(given: Mapping[str, object], of: str) -> None:
    """Raises `ConfigError` for options that are not for this kind of model.

    Args:
        given: values of options by name, of which those that say something are refused.
        of: what such a model is of.
    """
    for name, value in given.items():
        if value:
            raise ConfigError(f"--{name} is not for a model of {of}: leave it out.")


def generate(
    model: Model, preset: str, num: int, given: Sequence[str], seed: int | None, out: Path
) -> None:
    """Writes new rows, a piece after the other."""
    from vaezoo.tables.csv_files import write_lines
    from vaezoo.tables.model import TableModel

    outputs.check_file(out, ENDINGS)
    table = TableModel(model)

    def report(effective: float, draws: int) -> None:
        terminal.say(f"effective sample size, of {draws:,} draws of z: {effective:,.1f}")

    write_lines(out, table.lines(num, given=given, seed=seed, report=report))
    conditions = f" with {', '.join(given)}" if given else ""
    terminal.say(f"{out}: {num:,} rows from {preset}{conditions}")


def impute(model: Model, preset: str, data: str, arguments: Mapping[str, int], out: Path) -> None:
    """Writes rows whose gaps are filled, each as often as there are draws.

    Args:
        model: of a table.
        preset: what it is called.
        data: a table's file.
        arguments: of `TableModel.impute`.
        out: the file.
    """
    from vaezoo.tables import TableModel
    from vaezoo.tables.csv_files import write_csv

    outputs.check_file(out, ENDINGS)
    table, sizes = TableModel(model), _Sizes()
    draws, num_samples = arguments["draws"], arguments["num_samples"]
    pieces = _filled(table, data, arguments, sizes)
    rows = write_csv(out, pieces) // draws
    terminal.say(f"{out}: {rows:,} rows of {data}, whose missing cells {preset} filled {draws}×")
    terminal.say(f"effective sample size, of {num_samples} proposals: {sizes.text()}")


class _Sizes:
    """Effective sample sizes of all pieces."""

    def __init__(self) -> None:
        self.parts: list[Array] = []

    def text(self) -> str:
        """The median and the least."""
        import numpy as np

        sizes = np.concatenate(self.parts)
        return f"median {np.median(sizes):.1f}, least {sizes.min():.1f}"


def _filled(
    table: TableModel, data: str, arguments: Mapping[str, int], sizes: _Sizes
) -> Iterator[dict[str, list[str]]]:
    from vaezoo.tables import read_table

    for piece in read_table(data):
        filled = table.impute(piece, **arguments)
        sizes.parts.append(filled.effective_sample_size)
        for number, columns in enumerate(filled.draws, 1):
            texts = _texts(table.schema, columns)
            count = len(next(iter(texts.values())))
            yield texts if len(filled.draws) == 1 else {"draw": [str(number)] * count, **texts}


def _texts(schema: Schema, columns: Mapping[str, Any]) -> dict[str, list[str]]:
    """Columns as texts: those of the schema in their own units, any others as they were read."""
    kinds = {column.name: column for column in schema.learned}
    return {
        name: kinds[name].text(cells) if name in kinds else [str(cell) for cell in cells.tolist()]
        for name, cells in columns.items()
    }


def score(
    model: Model, preset: str, data: str, *, num_samples: int, seed: int, out: Path | None
) -> None:
    """Prints, and writes, log-likelihoods of rows, and of cells given the others."""
    import numpy as np

    from vaezoo.tables import TableModel, read_table
    from vaezoo.tables.csv_files import write_csv

    outputs.check_file(out, ENDINGS)
    table = TableModel(model)
    scores = [table.score(piece, num_samples=num_samples, seed=seed) for piece in read_table(data)]
    rows = np.concatenate([part.rows for part in scores])
    cells = {name: np.concatenate([s.cells[name] for s in scores]) for name in scores[0].cells}
    if out:
        columns = {"row": np.arange(len(rows)), "log_likelihood": rows, **cells}
        write_csv(out, [{name: _numbers(column) for name, column in columns.items()}])
        terminal.say(f"{out}: log-likelihoods of rows, and of each cell given the others")
    terminal.say(f"log-likelihood, nats, of {len(rows):,} rows of {data}: mean {rows.mean():.2f}")
    for row in np.argsort(rows, kind="stable")[:_ODDEST].tolist():
        name = min(cells, key=lambda name: np.nan_to_num(cells[name][row], nan=np.inf))
        terminal.say(f"  row {row}: {rows[row]:.2f}; oddest cell {name}, {cells[name][row]:.2f}")


def _numbers(column: Array) -> list[str]:
    if column.dtype.kind == "i":
        return [str(number) for number in column.tolist()]
    return ["" if number != number else f"{number:.6g}" for number in column.tolist()]
