"""When a training ends: the learning rate falls to 0 towards it."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from vaezoo._storage import fields, files
from vaezoo.errors import DamagedFileError
from vaezoo.training.callbacks import Logs
from vaezoo.training.recipe import Recipe
from vaezoo.training.recipe_tables import Training

ENDING = "ending.json"
_SHARE = 0.2  # of all epochs, for the cooldown


@dataclass(frozen=True)
class Ending:
    """How a training ends, as decided while it ran.

    Attributes:
        after: epochs at the full learning rate.
        epochs: all epochs.
        reason: "minutes", "patience" or "epochs": what decided.
    """

    after: int
    epochs: int
    reason: str

    def share(self, epoch: int) -> float:
        """Of the full learning rate, in an epoch, counted from 0.

        Example:
            >>> ending = Ending(after=3, epochs=5, reason="epochs")
            >>> [round(ending.share(epoch), 3) for epoch in range(5)]
            [1.0, 1.0, 1.0, 0.667, 0.333]
        """
        return min(1.0, (self.epochs - epoch) / (self.epochs - self.after + 1))


def decide(values: Sequence[float], seconds: Sequence[float], training: Training) -> Ending | None:
    """How to end after these epochs at the full learning rate; None: it goes on.

    After epochs that the learning rate did not fall in, the cooldown takes a quarter as many, so
    that it is a fifth of all; "trapezoidal" or "warmup-stable-decay": Hägele et al. 2024,
    https://arxiv.org/abs/2405.18392. Unlike a cosine it need not know the end from the beginning.

    Args:
        values: of the monitored figure in each epoch, higher is better.
        seconds: that each epoch took.
        training: the limits.

    Example:
        >>> decide([1.0, 2.0, 1.9, 1.8], [1.0] * 4, Training(epochs=50, patience=2))
        Ending(after=4, epochs=5, reason='patience')
    """
    done = len(values)
    cooldown = max(1, math.ceil(done * _SHARE / (1 - _SHARE)))
    most = training.epochs - done
    if training.minutes is not None and done > 1:
        usual = float(np.median(seconds[1:]))
        left = 60 * training.minutes - usual - sum(seconds[1:])  # the first one compiles
        fits = int(left / max(usual, 1e-9))
        if fits <= cooldown:
            return Ending(done, done + min(max(fits, 1), most), "minutes") if most > 0 else None
    if training.patience is not None and done - _best(values) >= training.patience:
        return Ending(done, done + min(cooldown, most), "patience")
    return Ending(done, training.epochs, "epochs") if most <= cooldown else None


def _best(values: Sequence[float]) -> int:
    """The epoch with the best value, from 1 on, the first of equals."""
    return 1 + int(np.argmax(values))


class Cooldown(keras.callbacks.Callback):
    """Decides how the training ends, and lowers the learning rate.

    The decision is written to the run's folder before the epoch's weights are: an interrupted
    run goes on as it would have.

    Args:
        folder: of the run.
        recipe: with the full learning rate, and the limits.
        finished: rows of the log so far, one an epoch.
        monitor, sign: what is validated, as from `vaezoo.training.callbacks.monitored`.
        tell: takes a line for the user.
        writes: whether this process writes.
    """

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        finished: Callable[[], Sequence[Logs]],
        monitor: str,
        sign: int,
        tell: Callable[[str], None],
        writes: bool = True,
    ) -> None:
        super().__init__()
        self.path, self.training = folder / ENDING, recipe.training
        self.rate = recipe.optimizer.learning_rate
        self.finished, self.monitor, self.sign = finished, monitor, sign
        self.tell, self.writes = tell, writes
        self.ending = read(folder)

    @property
    def epochs(self) -> int:
        """Of the whole training, as far as it is known."""
        return self.ending.epochs if self.ending else self.training.epochs

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._start = time.perf_counter()
        share = self.ending.share(epoch) if self.ending else 1.0
        self.model.optimizer.learning_rate = self.rate * share

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.ending is None:
            self._decide({"epoch": epoch + 1} | (logs or {}))
        if self.ending is not None and epoch + 1 >= self.ending.epochs:
            self.model.stop_training = True

    def _decide(self, row: Logs) -> None:
        rows = [*self.finished(), row | {"seconds": time.perf_counter() - self._start}]
        values = [self.sign * item[self.monitor] for item in rows]
        self.ending = decide(values, [item["seconds"] for item in rows], self.training)
        if self.ending is None:
            return
        if self.writes:
            files.write_json(self.path, dataclasses.asdict(self.ending))
        self.tell(_told(self.ending, self.training))


def read(folder: Path) -> Ending | None:
    """The decision in a run's folder, if it was made. Raises `DamagedFileError`."""
    if not (folder / ENDING).exists():
        return None
    values = files.read_json(folder / ENDING)
    try:
        after, epochs = fields.whole(values["after"]), fields.whole(values["epochs"], 1)
        return Ending(after, epochs, str(values["reason"]))
    except (ValueError, TypeError, KeyError):
        raise DamagedFileError(
            f"{folder / ENDING} does not say how the training ends: delete {folder} to start again."
        ) from None


def _told(ending: Ending, training: Training) -> str:
    why = {
        "minutes": f"the {training.minutes:g} minutes are nearly over" if training.minutes else "",
        "patience": f"validation has not improved for {training.patience} epochs",
        "epochs": f"the {training.epochs} epochs are nearly over",
    }[ending.reason]
    more = ending.epochs - ending.after
    return f"{why}: the learning rate falls to 0 over {more} more epoch{'s' * (more > 1)}"
