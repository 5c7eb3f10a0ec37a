"""Runs and their figures -> tables: figures, differences, and what the recipes differ in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vaezoo._named_figures import has_importance_samples
from vaezoo.report.comparison.pairs import HIGHER, Difference, Group
from vaezoo.report.comparison.runs import Run
from vaezoo.report.tables import Cell, Table

Figure = tuple[float, float | None]
_MOST_KEYS = 40  # of recipes, in a table
_NOTHING = {"–", "False", "0.0", "[]", "{}"}  # a key that is absent, and what that mostly means


@dataclass(frozen=True)
class Column:
    """A column of figures.

    Attributes:
        title: with the unit.
        digits: after the point.
        better: 1 where higher is better, -1 where lower is, 0 where neither.
        read: the figure of a run, if it has it.
        of_likelihoods: whether only runs of one kind of likelihood are compared.
    """

    title: str
    digits: int
    better: int
    read: Callable[[Run], Figure | None]
    of_likelihoods: bool = False


def _figure(*path: str) -> Callable[[Run], Figure | None]:
    return lambda run: run.figure(*path)


def _log_likelihood(run: Run) -> Figure | None:
    return run.figure("log_likelihood") if has_importance_samples(run.metrics) else None


def _distance(run: Run) -> Figure | None:
    """Of samples: those of the sampler, where there is one, as `generate` draws them."""
    paths = (("samples", source, "frechet_distance") for source in ("sampler", "prior"))
    return next(filter(None, (run.figure(*path) for path in paths)), None)


def _megabytes(run: Run) -> Figure | None:
    manifest = run.model.manifest
    size = sum(manifest.files[graph.file].bytes for graph in manifest.graphs.values())
    return size / 1e6, None


def _minutes(run: Run) -> Figure | None:
    seconds = run.figure("seconds", "training")
    return None if seconds is None else (seconds[0] / 60, None)


COLUMNS = (
    Column("ELBO, nats", 2, 1, _figure("elbo"), of_likelihoods=True),
    Column("log-likelihood, nats", 2, 1, _log_likelihood, of_likelihoods=True),
    Column("bits per dimension", 3, -1, _figure("bits_per_dimension"), of_likelihoods=True),
    Column("KL, nats", 2, 0, _figure("kl")),
    Column("squared error per value", 5, -1, _figure("mean_squared_error")),
    Column("Fréchet distance", 1, -1, _distance),
    Column("ONNX, MB", 2, 0, _megabytes),
    Column("training, min", 1, 0, _minutes),
)


def figures(runs: Sequence[Run], comparable: Mapping[str, tuple[str, str]]) -> Table:
    """The figures of metrics.json, a row for each run; columns that none has are left out.

    Args:
        runs: at least one.
        comparable: of each run, by name, a key of its test data and the kind of its likelihood:
            a figure is the best among runs that have both in common.
    """
    shown = [column for column in COLUMNS if any(column.read(run) for run in runs)]
    marked = {column.title: _best(runs, column, comparable) for column in shown}
    rows = []
    for run in runs:
        cells = [
            Cell(number(column.read(run), column.digits), run.label in marked[column.title])
            for column in shown
        ]
        rows.append([Cell(run.label), Cell(_what(run)), Cell(_active(run)), *cells])
    header = ["run", "model, data", "active units", *(column.title for column in shown)]
    return Table("Figures on test data", header, rows, list(_notes(runs)))


def _what(run: Run) -> str:
    data = run.data
    drawn = {"static": " (static)", "dynamic": " (dynamic)"}.get(data.get("binarise", "none"), "")
    name = str(data.get("name", "?")).rstrip("/\\").replace("\\", "/").rpartition("/")[2]
    return f"{run.model.manifest.model}, {name}{drawn}"


def _active(run: Run) -> str:
    active = run.figure("active_units")
    total = run.model.latent_dim
    return f"of {total}" if active is None else f"{active[0]:.0f} of {total}"


def _notes(runs: Sequence[Run]) -> Iterator[str]:
    yield (
        "From each run's metrics.json: means per test example, ± standard error over the "
        "examples. Marked: the best of those that can be compared."
    )
    samples = {
        run.label: run.metrics["log_likelihood"].get("num_samples")
        for run in runs
        if _log_likelihood(run)
    }
    if len(set(samples.values())) > 1:
        each = ", ".join(f"{name} {number}" for name, number in samples.items())
        yield f"Importance samples of the log-likelihood differ, and more give more: {each}."
    elif samples:
        yield f"Log-likelihood by {next(iter(samples.values()))} importance samples."
    if conditional := [run.label for run in runs if run.is_conditional]:
        yield f"Of log p(x|condition): {', '.join(conditional)}."


def _best(
    runs: Sequence[Run], column: Column, comparable: Mapping[str, tuple[str, str]]
) -> set[str]:
    """Names of the runs with the best figure among at least two that can be compared."""
    if not column.better:
        return set()
    together: dict[object, dict[str, float]] = {}
    for run in runs:
        figure = column.read(run)
        if figure is not None and run.label in comparable:
            data, kind = comparable[run.label]
            key = (data, kind) if column.of_likelihoods else data
            together.setdefault(key, {})[run.label] = column.better * figure[0]
    several = (values for values in together.values() if len(values) > 1)
    return {name for values in several for name, v in values.items() if v == max(values.values())}


_TITLES = {"elbo": "ELBO", "log_likelihood": "log-likelihood", "mean_squared_error": "sq. error"}


def differences(group: Group, num_samples: int, seed: int) -> Table:
    """Means on the same examples, and differences from the best run of the same kind."""
    found = {figure: group.differences(figure) for figure in HIGHER if group.values[figure]}
    header = ["run", *(f"{_TITLES[f]}{part}" for f in found for part in ("", ", less the best"))]
    rows = []
    for name in group.kinds:
        cells = [Cell(name)]
        for figure, each in found.items():
            cells += _pair(name, each.get(name), 5 if figure == "mean_squared_error" else 2)
        rows.append(cells)
    title = f"The same {group.num} test examples of {group.examples.what}"
    about = (
        f"Nats per example, and squared errors per value; {num_samples} importance samples, seed "
        f"{seed}. ± standard error: of a difference, that of the differences of single examples."
    )
    return Table(title, header, rows, [about, *_kinds(group)])


def _pair(name: str, difference: Difference | None, digits: int) -> list[Cell]:
    if difference is None:
        return [Cell(""), Cell("")]
    mean = number((difference.mean, difference.error), digits)
    if difference.best is None:
        return [Cell(mean), Cell("–")]
    if difference.best == name:
        return [Cell(mean, best=True), Cell("best")]
    return [Cell(mean), Cell(number((difference.gap, difference.gap_error), digits, sign=True))]


def _kinds(group: Group) -> Iterator[str]:
    """Why some runs of a group are not subtracted from each other."""
    kinds = dict.fromkeys(filter(None, group.kinds.values()))
    if len(kinds) < 2:
        return
    for kind in kinds:
        names = ", ".join(name for name, own in group.kinds.items() if own == kind)
        yield f"Likelihoods of {names} are {kind}: not subtracted from the others."


def recipes(runs: Sequence[Run]) -> Table | None:
    """What the recipes differ in, a row for each key; None where there is nothing."""
    flat = {run.label: dict(_flat(run.recipe)) for run in runs if run.recipe}
    keys = dict.fromkeys(key for values in flat.values() for key in values)
    rows = []
    for key in keys:
        values = [each.get(key, "–") for each in flat.values()]
        if len(set(values)) > 1 and not set(values) <= _NOTHING:
            rows.append([Cell(key), *map(Cell, values)])
    if not rows:
        return None
    left = len(rows) - _MOST_KEYS
    notes = [f"{left} more keys differ."] if left > 0 else []
    return Table("What the recipes differ in", ["key", *flat], rows[:_MOST_KEYS], notes)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif prefix or key == "seed":  # its name, summary and references are no settings
            yield f"{prefix}{key}", str(value)


def number(figure: Figure | None, digits: int, *, sign: bool = False) -> str:
    """A figure with its standard error: "−1.25 ± 0.10"."""
    if figure is None:
        return ""
    value, error = figure
    if not math.isfinite(value):
        return str(value)
    spread = "" if error is None else f" ± {error:.{digits}f}"
    return f"{value:{'+' if sign else ''}.{digits}f}{spread}".replace("-", "−")
