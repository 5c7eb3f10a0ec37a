"""Callbacks of a run: log, checkpoints, a stop on NaN, a progress bar."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import keras
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from vaezoo._model.base import LatentVariableModel
from vaezoo._model.weights import write_weights
from vaezoo._storage.files import replaced_file
from vaezoo.errors import DamagedFileError, TrainingDivergedError

Logs: TypeAlias = dict[str, float]

_LINES_APART = 60.0  # seconds
BEST, LAST, LOG = "best.weights.h5", "last.{:04d}.weights.h5", "log.csv"


def monitored(model: LatentVariableModel) -> tuple[str, int]:
    """The figure that selects the best epoch, and -1 if lower is better.

    Losses against a critic do not, since the critic improves too: then the last epoch counts.
    """
    if model.has_density:
        return "val_elbo", 1
    return ("epoch", 1) if "critic" in model.objective.parameter_groups else ("val_loss", -1)


def read_log(folder: Path) -> list[Logs]:
    """The log of a run, a row an epoch."""
    with open(folder / LOG, newline="", encoding="utf-8") as file:
        try:
            rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
            return [row | {"epoch": int(row["epoch"])} for row in rows]
        except (ValueError, TypeError, KeyError):
            return []  # not a log of ours


class Checkpoints(keras.callbacks.Callback):
    """Log, best and last weights, such that a kill at any moment costs at most one epoch.

    The name of the last weights contains the epoch and appears by one rename, after everything
    else of that epoch was written: it is the commit. What a killed epoch left in the log or
    in the best weights is overwritten, identically, when the epoch is run again.

    Args:
        folder: of the run.
        monitor, sign: which epoch is best, as from `monitored`.
        averages: for an optimiser that averages weights, the callback that swaps the averages
            in: they are validated, and they are the best weights; training resumes from the
            last weights, which are not averaged.
        writes: whether this process writes; of several workers only the chief does.
    """

    def __init__(
        self,
        folder: Path,
        monitor: str = "val_elbo",
        sign: int = 1,
        averages: keras.callbacks.SwapEMAWeights | None = None,
        writes: bool = True,
    ) -> None:
        super().__init__()
        self.folder = folder
        self.monitor, self.sign = monitor, sign
        self.averages = averages
        self.writes = writes
        self.rows: list[dict[str, float]] = []

    def resume(self, model: keras.Model) -> int:
        """Loads the last weights and the optimiser's state: the number of finished epochs."""
        epochs = sorted(int(path.name.split(".")[1]) for path in self.folder.glob("last.*.h5"))
        if not epochs:
            return 0
        model.optimizer.build(model.trainable_variables)
        path = self.folder / LAST.format(epochs[-1])
        try:
            model.load_weights(path)
        except (OSError, ValueError, KeyError) as error:
            raise DamagedFileError(
                f"{path} cannot be read ({error}): delete {self.folder} to start again."
            ) from None
        self.rows = read_log(self.folder)[: epochs[-1]]
        if len(self.rows) < epochs[-1]:
            raise DamagedFileError(
                f"{self.folder / LOG} lacks epochs: delete {self.folder} to start again."
            )
        return epochs[-1]

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        seconds = round(time.perf_counter() - self._start, 3)
        self.rows.append({"epoch": epoch + 1} | (logs or {}) | {"seconds": seconds})
        if self.writes:
            self._write(epoch)

    def _write(self, epoch: int) -> None:
        self._write_log()
        if self.rows[self.best_epoch() - 1] is self.rows[-1]:
            self._write_best()
        last = self.folder / LAST.format(epoch + 1)
        write_weights(self.model, last)
        for old in set(self.folder.glob("last.*")) - {last}:
            old.unlink()

    def _write_best(self) -> None:
        if self.averages is None:
            write_weights(self.model, self.folder / BEST)
            return
        self.averages.on_test_begin()
        try:
            write_weights(self.model, self.folder / BEST)
        finally:
            self.averages.on_test_end()

    def best_epoch(self) -> int:
        """The epoch of the best monitored value, the first of equals."""
        values = [self.sign * row[self.monitor] for row in self.rows]
        return 1 + values.index(max(values))

    def seconds(self) -> float:
        """Total time of all epochs, including those before an interruption."""
        return round(sum(row["seconds"] for row in self.rows), 1)

    def _write_log(self) -> None:
        with (
            replaced_file(self.folder / LOG) as path,
            open(path, "w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, self.rows[0])
            writer.writeheader()
            writer.writerows(self.rows)


class StopOnNaN(keras.callbacks.Callback):
    """Ends the run when a loss is no longer finite, before the epoch is saved."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        bad = [name for name, value in (logs or {}).items() if not math.isfinite(value)]
        if bad:
            weights = (
                f"the weights of epoch {epoch} are kept" if epoch else "there are none to keep"
            )
            raise TrainingDivergedError(
                f"{', '.join(bad)} became NaN or infinite in epoch {epoch + 1}: {weights}; try a "
                "lower learning rate (--set optimizer.learning_rate=1e-4)."
            )


class ProgressBar(keras.callbacks.Callback):
    """One bar for the whole run; without a terminal, a line at every tenth of it, or a minute
    after the last one.

    Args:
        name: of the run.
        epochs: how many there will be, as far as it is known.
    """

    def __init__(self, name: str, epochs: Callable[[], int]) -> None:
        super().__init__()
        self.name, self.epochs = name, epochs
        self._told = 0.0
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[figures]}"),
        )
        self._bar = Progress(*columns, console=Console(stderr=True))
        self._task = self._bar.add_task(name, total=epochs(), figures="compiling…")

    def note(self, text: str) -> None:
        """Prints a line above the bar."""
        self._bar.console.print(f"{self.name}: {text}", highlight=False)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._told = time.monotonic()
        if self._bar.console.is_terminal:  # elsewhere it would repeat the last line
            self._bar.start()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._bar.update(self._task, completed=epoch)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        name = "elbo" if "elbo" in logs else "loss"
        figures = f"{name} {logs[name]:.2f}  val_{name} {logs[f'val_{name}']:.2f}"
        done, total = epoch + 1, self.epochs()
        self._bar.update(self._task, completed=done, total=total, figures=figures)
        is_due = done % max(1, total // 10) == 0 or time.monotonic() - self._told > _LINES_APART
        if not self._bar.console.is_terminal and is_due:
            self._told = time.monotonic()
            self._bar.console.print(f"{self.name}  epoch {done}/{total}  {figures}")

    def close(self) -> None:
        """Restores the terminal, also after an error."""
        if self._bar.live.is_started:
            self._bar.stop()
