"""Runs and presets as they lie on disk: finished ones, and why another cannot be compared."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from vaezoo import zoo
from vaezoo._loading import load
from vaezoo._storage import fields, files
from vaezoo.errors import DamagedFileError, UnknownNameError, VaezooError
from vaezoo.report.curves import LOG, Log, read_log
from vaezoo.runtime.model import Model

METRICS, RECIPE = "metrics.json", "recipe.toml"
_USUAL = ("none", "crop")
SWEEP, PAGE = "sweep.json", "compare.html"


@dataclass(frozen=True)
class Run:
    """A finished run, or a preset.

    Attributes:
        name: as it was given: a folder, or a preset's name.
        label: its name in tables.
        model: its export.
        metrics: the content of its metrics.json; empty where there is none, as of a bare export.
        recipe: the tables of its recipe.toml, likewise.
        log: figures of each epoch, where they were kept.
    """

    name: str
    label: str
    model: Model
    metrics: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    log: Log = field(default_factory=dict)

    @property
    def data(self) -> dict[str, Any]:
        """Arguments of `vaezoo.datasets.load`; empty where they are not known."""
        known = self.metrics.get("data") or self.recipe.get("data")
        if known:
            return {key: value for key, value in known.items() if key != "split"}
        prepared, name = self.model.manifest.preparation, self.model.manifest.data
        return {"name": name, "binarise": prepared.binarise} if name and prepared else {}

    @property
    def is_conditional(self) -> bool:
        """Whether its likelihoods are log p(x|condition)."""
        graphs = self.model.manifest.graphs
        return "score" in graphs and graphs["score"].takes_condition

    def figure(self, *path: str) -> tuple[float, float | None] | None:
        """A figure of metrics.json and its standard error; None where it has none of the name.

        Raises:
            DamagedFileError: it is no number.
        """
        value: object = self.metrics
        for key in path:
            if not isinstance(value, Mapping) or key not in value:
                return None
            value = value[key]
        try:
            if not isinstance(value, Mapping):
                return fields.number(value), None
            error = value.get("standard_error")
            return fields.number(value["mean"]), None if error is None else fields.number(error)
        except (KeyError, ValueError) as error:
            what = ".".join(path)
            raise DamagedFileError(f"{METRICS} has no number as {what}: {error}.") from None


@dataclass(frozen=True)
class LeftOut:
    """What was named and is not compared: unfinished, damaged, or no run at all.

    Attributes:
        name: as it was given.
        reason: in one line.
        data: that it is of, in words, where that is known.
        log: of the epochs that are there.
    """

    name: str
    reason: str
    data: str = ""
    log: Log = field(default_factory=dict)


def labels(names: Sequence[str]) -> dict[str, str]:
    """Names for tables: the last parts of folders, where these tell them apart.

    Example:
        >>> labels(["runs/a/", "runs/b", "mnist_vae"])
        {'runs/a/': 'a', 'runs/b': 'b', 'mnist_vae': 'mnist_vae'}
    """
    last = {name: PurePath(name).name or name for name in names}
    count = Counter(last.values())
    return {name: short if count[short] == 1 else name for name, short in last.items()}


def open_run(name: str, label: str) -> Run | LeftOut:
    """A finished run or a preset, by folder or by name.

    Raises:
        UnknownNameError: there is no such folder and no such preset.
    """
    folder = Path(name)
    try:
        if folder.is_file():
            return LeftOut(name, "it is a file, not the folder of a run")
        if folder.is_dir() and not _is_finished(folder):
            return _unfinished(name, folder)
        model = load(name)
        graphs = model.manifest.graphs.values()
        model.manifest.check(model.folder, [f for g in graphs for f in (g.file, *g.weights)])
        place = zoo.local_preset(name)
        if place is None:
            return Run(name, label, model)
        return Run(name, label, model, *_tables(place), read_log(place))
    except UnknownNameError:
        raise
    except VaezooError as error:
        return LeftOut(name, f"damaged: {error}")


def is_of_a_sweep(path: Path) -> bool:
    """Whether it is a file that a sweep keeps beside its runs, which runs/* names too."""
    return path.name in (SWEEP, PAGE) and path.is_file()


def _is_finished(folder: Path) -> bool:
    """Whether a folder is a preset, an export, or a run that has come to its end."""
    if (folder / "manifest.json").is_file():
        return True
    ended = (folder / METRICS).is_file() or not (folder / RECIPE).is_file()
    return ended and (folder / "export" / "manifest.json").is_file()


def _unfinished(name: str, folder: Path) -> LeftOut:
    if not ((folder / RECIPE).is_file() or (folder / LOG).is_file()):
        return LeftOut(name, "it is not the folder of a run")
    try:
        recipe, log = _recipe(folder), read_log(folder)
    except VaezooError as error:
        return LeftOut(name, f"damaged: {error}")
    done, total = len(log.get("epoch", ())), recipe.get("training", {}).get("epochs", "?")
    resume = f"vaezoo train {folder / RECIPE} --out {folder}"
    reason = f"unfinished: {done} of {total} epochs; {resume} resumes it"
    return LeftOut(name, reason, in_words(recipe.get("data", {})), log)


def in_words(data: Mapping[str, object]) -> str:
    """Arguments of `vaezoo.datasets.load`, without those that change nothing.

    Example:
        >>> in_words({"name": "mnist", "binarise": "dynamic", "resize": "crop", "counts": False})
        'mnist, binarise = dynamic'
    """
    others = {k: v for k, v in data.items() if k != "name" and v not in (None, False, *_USUAL)}
    return ", ".join([str(data.get("name", "?")), *(f"{k} = {v}" for k, v in others.items())])


def _tables(folder: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """metrics.json and recipe.toml of a run or preset; empty where they are not there."""
    path = folder / METRICS
    metrics = files.read_json(path) if path.is_file() else {}
    if not isinstance(metrics, dict) or not isinstance(metrics.get("data", {}), dict):
        raise DamagedFileError(f"{path} does not hold the figures of a run.")
    return metrics, _recipe(folder)


def _recipe(folder: Path) -> Mapping[str, Any]:
    path = folder / RECIPE
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedFileError(f"{path} is not TOML: {error}.") from None
