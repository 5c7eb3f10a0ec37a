"""A search over recipes: each next run is chosen from the figures of those before, by Optuna.

Nothing but the runs is kept: the same seed and the same figures lead to the same next run, so that
the same command goes through the finished ones again, without training, and on from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vaezoo.errors import ConfigError, need
from vaezoo.report.curves import read_log
from vaezoo.training.sweep import GridRun, named, values_of

if TYPE_CHECKING:
    import optuna

_DIGITS = 3  # of a value between two ends: names of runs are made of it
_DECADES = 10.0  # from this ratio of the ends on, the logarithm is uniform
Score = Callable[[GridRun], float | None]


@dataclass(frozen=True)
class Interval:
    """Values from `low` to `high`, both included.

    Attributes:
        low, high: the ends.
        whole: whether only whole numbers are taken.
    """

    low: float
    high: float
    whole: bool

    @property
    def log(self) -> bool:
        """Whether the logarithm is uniform: the ends are positive and a factor of 10 apart."""
        return self.low > 0 and self.high / self.low >= _DECADES

    def suggest(self, key: str, trial: optuna.Trial) -> str:
        """The value that is tried next, as --set takes it."""
        if self.whole:
            return str(trial.suggest_int(key, int(self.low), int(self.high), log=self.log))
        return f"{trial.suggest_float(key, self.low, self.high, log=self.log):.{_DIGITS}g}"


def interval(text: str) -> Interval | None:
    """What "LOW..HIGH" says; None where a value is no such thing.

    Raises:
        ConfigError: it has two ends that are no interval.

    Example:
        >>> interval("1e-4..1e-2")
        Interval(low=0.0001, high=0.01, whole=False)
        >>> interval("2..64").whole, interval("normal")
        (True, None)
    """
    low, dots, high = (part.strip() for part in text.partition(".."))
    if not dots or low.startswith(("[", "{", "'", '"')):
        return None
    try:
        ends = float(low), float(high)
    except ValueError:
        raise ConfigError(f"{text!r}: expected numbers at both ends, such as 1e-4..1e-2.") from None
    if not (all(map(math.isfinite, ends)) and ends[0] < ends[1]):
        raise ConfigError(f"{text!r}: expected a smaller and a larger number.")
    return Interval(*ends, whole=all(end.lstrip("+-").isdigit() for end in (low, high)))


def search(overrides: Sequence[str], num: int, score: Score, *, seed: int = 0) -> list[GridRun]:
    """Runs `num` recipes, each chosen from the scores of those before: by a tree of Parzen
    estimators (Bergstra et al. 2011, "Algorithms for hyper-parameter optimization").

    Args:
        overrides: "key=LOW..HIGH" for a number between two ends, "key=value,value" for a choice,
            "key=value" for what is fixed.
        num: of runs; the same values twice are one run.
        score: of a run, higher is better; None where it failed.
        seed: decides what is tried.

    Returns:
        The runs, in order.

    Raises:
        ConfigError: as `vaezoo.training.sweep.values_of`; or nothing is left open.
        MissingExtraError: Optuna is not installed.
    """
    need("search", "optuna", "a search")
    import optuna

    space = dict(map(values_of, overrides))
    open_keys = [key for key, values in space.items() if len(values) > 1 or interval(values[0])]
    if not open_keys:
        raise ConfigError("a search needs an open key: --set optimizer.learning_rate=1e-4..1e-2.")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=5)
    )
    scores: dict[GridRun, float | None] = {}
    for _ in range(num):
        trial = study.ask()
        chosen = {key: _suggest(key, values, trial) for key, values in space.items()}
        run = named(chosen, open_keys)
        if run not in scores:
            scores[run] = score(run)
        value = scores[run]
        failed = value is None or not math.isfinite(value)
        study.tell(trial, *((None, optuna.trial.TrialState.FAIL) if failed else (value,)))
    return list(scores)


def _suggest(key: str, values: list[str], trial: optuna.Trial) -> str:
    if len(values) > 1:
        return str(trial.suggest_categorical(key, values))
    between = interval(values[0])
    return values[0] if between is None else between.suggest(key, trial)


def best_validation(folder: Path) -> float | None:
    """The figure by which a finished run's weights were chosen, higher is better: its best
    validation ELBO, or its least validation loss, negated; None where it kept neither."""
    log = read_log(folder)
    if elbo := [value for value in log.get("val_elbo", ()) if math.isfinite(value)]:
        return max(elbo)
    losses = [value for value in log.get("val_loss", ()) if math.isfinite(value)]
    return -min(losses) if losses else None
