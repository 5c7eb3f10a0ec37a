"""Runs side by side: opened, scored on the same examples, and put into tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vaezoo._checks import check_num_samples, check_seed, positive
from vaezoo.errors import ConfigError, VaezooError
from vaezoo.report.comparison import tables
from vaezoo.report.comparison.pairs import Examples, Group, Shelf, groups, kind_of_mass
from vaezoo.report.comparison.runs import LeftOut, Run, is_of_a_sweep, labels, open_run
from vaezoo.report.tables import Table

NUM_SAMPLES = 64


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes:
        runs: those that can be compared, as they were given.
        left_out: the others, and why.
        groups: runs that were scored on the same test examples.
        unscored: runs without such scores, and why.
        num_samples: importance samples of the scores.
        seed: of their draws.
    """

    runs: Sequence[Run]
    left_out: Sequence[LeftOut]
    groups: Sequence[Group]
    unscored: Sequence[tuple[str, str]]
    num_samples: int
    seed: int

    def tables(self) -> list[Table]:
        """Figures of all runs, then the differences of each group of several, then what the
        recipes differ in."""
        found = [tables.figures(self.runs, self._comparable())]
        several = (group for group in self.groups if len(group.kinds) > 1)
        found += [tables.differences(group, self.num_samples, self.seed) for group in several]
        table = tables.recipes(self.runs)
        return [*found, table] if table else found

    def notes(self) -> Iterator[str]:
        """What was left out or not subtracted, and why, a line each."""
        if len(self.groups) > 1:
            parts = (f"{', '.join(group.kinds)} ({group.examples.what})" for group in self.groups)
            yield f"not subtracted, as the test examples differ: {'; '.join(parts)}."
        for name, reason in self.unscored:
            yield f"{name} is not subtracted: {reason.rstrip('.')}."
        for each in self.left_out:
            yield f"{each.name} is left out: {each.reason.rstrip('.')}."

    def _comparable(self) -> dict[str, tuple[str, str]]:
        """Of each run: its test data, and what its likelihoods are of."""
        scored = {
            name: (group.examples.key, kind)
            for group in self.groups
            for name, kind in group.kinds.items()
        }
        others = {run.label: (json.dumps(run.data), kind_of_mass(run)) for run in self.runs}
        return others | scored


def compare(
    names: Sequence[str],
    *,
    num: int | None = None,
    num_samples: int = NUM_SAMPLES,
    seed: int = 0,
    told: Callable[[str], None] = lambda name: None,
) -> Comparison:
    """Compares finished runs and presets, without TensorFlow.

    The figures of each come from its metrics.json. In addition, runs whose test examples are the
    same are scored anew on some of these, with the same seed: ELBO, log-likelihood and squared
    error of each example, so that differences have the standard error of paired values.

    Args:
        names: folders of runs, or names of presets.
        num: test examples that are scored; None: as many as take less than a minute in all, at
            most 1000.
        num_samples: importance samples of the scores, K.
        seed: of their draws.
        told: called with the name of each run before it is scored.

    Raises:
        UnknownNameError: there is no such folder or preset.
        ConfigError: none of the runs is finished.

    Example:
        >>> from vaezoo import report
        >>> found = report.compare(["digits_vae"], num=20, num_samples=8)
        >>> [run.label for run in found.runs], found.tables()[0].header[:3]
        (['digits_vae'], ['run', 'model, data', 'active units'])
    """
    num = num if num is None else positive("num", num)
    num_samples, seed = check_num_samples(num_samples), check_seed(seed)
    kept = [name for name in names if not is_of_a_sweep(Path(name))]
    opened = [_readable(open_run(name, label)) for name, label in labels(kept).items()]
    left_out = [each for each in opened if isinstance(each, LeftOut)]
    runs = [each for each in opened if isinstance(each, Run)]
    if not runs:
        reasons = "; ".join(f"{each.name}: {each.reason}" for each in left_out[:3])
        raise ConfigError(f"there is no finished run to compare: {reasons or 'none was given'}.")
    placed, unscored = _placed(runs)
    found = groups(placed, num, num_samples, seed, told)
    return Comparison(runs, left_out, found, unscored, num_samples, seed)


def _readable(run: Run | LeftOut) -> Run | LeftOut:
    """The run, if each of its figures can be read."""
    if isinstance(run, LeftOut):
        return run
    try:
        tables.figures([run], {})
    except (VaezooError, KeyError, TypeError, AttributeError) as error:
        return LeftOut(run.name, f"damaged: its metrics.json cannot be read ({error})")
    return run


def _placed(runs: Sequence[Run]) -> tuple[list[tuple[Run, Examples]], list[tuple[str, str]]]:
    """Runs with their test examples; and those whose examples are not here, and why."""
    shelf, placed, without = Shelf(), [], []
    for run in runs:
        try:
            placed.append((run, shelf.examples(run)))
        except VaezooError as error:
            without.append((run.label, str(error)))
    return placed, without
