"""Figures of the same examples under several models, and their differences.

The standard error of a difference is that of the differences of single examples: what makes an
example hard for one model mostly makes it hard for the other too, and cancels.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vaezoo import datasets
from vaezoo._checks import comparing_only
from vaezoo.datasets.base import Dataset, as_float, evenly_spaced
from vaezoo.errors import DamagedFileError, DataError
from vaezoo.metrics import mean_and_standard_error
from vaezoo.protocols import Array
from vaezoo.report.comparison.runs import Run, in_words
from vaezoo.runtime.preparation import is_mass

BUDGET = 40.0  # seconds that all scores may take
_SIZES = (20, 50, 100, 200, 500, 1000)  # examples: few steps, so that machines agree
_IDENTIFYING = 1000  # test examples whose content tells one data set from another
_PROBE = 8  # examples that are scored to learn how long one takes

HIGHER = {"elbo": True, "log_likelihood": True, "mean_squared_error": False}


@dataclass(frozen=True)
class Examples:
    """The test split that several runs have in common.

    Attributes:
        key: a hash of what is in it.
        data: it.
        what: in words: "digits, binarise = dynamic".
    """

    key: str
    data: Dataset
    what: str

    def take(self, num: int) -> tuple[Array, Array | None]:
        """At most `num` test examples, evenly spaced, and their labels."""
        rows = evenly_spaced(len(self.data.test), num)
        labels = self.data.labels.get("test")
        return as_float(self.data.test[rows]), None if labels is None else labels[rows]


@dataclass(frozen=True)
class Group:
    """Runs that were scored on the same examples.

    Attributes:
        examples: these.
        num: how many of them.
        values: figures of each example by figure and run, [num] each; none of a run alone.
        kinds: what the likelihood of each run is of: those of one kind are subtracted.
    """

    examples: Examples
    num: int
    values: Mapping[str, Mapping[str, Array]]
    kinds: Mapping[str, str]

    def differences(self, figure: str) -> dict[str, Difference]:
        """Each run's mean, and its difference from the best run of its kind."""
        found: dict[str, Difference] = {}
        values = self.values[figure]
        of_likelihoods = figure != "mean_squared_error"
        for kind in dict.fromkeys(self.kinds.values() if of_likelihoods else [""]):
            names = [n for n in values if not of_likelihoods or self.kinds[n] == kind]
            found |= _from_best({name: values[name] for name in names}, HIGHER[figure])
        return found


@dataclass(frozen=True)
class Difference:
    """A run's figure, and how far it is from the best.

    Attributes:
        mean, error: of the figure, and its standard error.
        best: the run with the best mean; None where there is no other to compare with.
        gap, gap_error: mean over the examples of this run's figure less the best's, and its
            standard error; 0 for the best itself.
    """

    mean: float
    error: float | None
    best: str | None
    gap: float
    gap_error: float | None


def _from_best(values: Mapping[str, Array], higher: bool) -> dict[str, Difference]:
    if not values:
        return {}
    sign = 1 if higher else -1
    best = max(values, key=lambda name: sign * values[name].mean())
    found = {}
    for name, each in values.items():
        own, gap = (mean_and_standard_error(v) for v in (each, each - values[best]))
        errors = own["standard_error"], gap["standard_error"]
        rival = best if len(values) > 1 else None
        found[name] = Difference(own["mean"], errors[0], rival, gap["mean"], errors[1])
    return found


@dataclass
class Shelf:
    """Data sets, each loaded once, and told apart by what is in them."""

    _by_arguments: dict[str, Examples] = field(default_factory=dict)

    def examples(self, run: Run) -> Examples:
        """The test split that a run was measured on.

        Raises:
            VaezooError: it is not known, is not here, or does not fit the model.
        """
        arguments = run.data
        if "name" not in arguments:
            raise DataError("it does not say which data it was trained on")
        key = json.dumps(arguments, sort_keys=True, default=str)
        if key not in self._by_arguments:
            self._by_arguments[key] = _load(arguments)
        found = self._by_arguments[key]
        if found.data.data_shape != run.model.data_shape:
            raise DataError(
                f"{arguments['name']} has examples of shape {list(found.data.data_shape)} now, and "
                f"the model takes {list(run.model.data_shape)}"
            )
        if run.model.manifest.condition is not None and "test" not in found.data.labels:
            raise DataError(f"{arguments['name']} has no labels now, and the model takes them")
        return found


def _load(arguments: Mapping[str, object]) -> Examples:
    try:
        data = datasets.load(**arguments)  # type: ignore[arg-type]
    except TypeError as error:
        raise DamagedFileError(f"its figures name no data set: {error}") from None
    rows = evenly_spaced(len(data.test), _IDENTIFYING)
    digest = hashlib.sha256(repr((len(data.test), data.test.shape[1:])).encode())
    digest.update(np.ascontiguousarray(as_float(data.test[rows])).tobytes())
    return Examples(digest.hexdigest(), data, in_words(arguments))


def kind_of_mass(run: Run, x: Array | None = None) -> str:
    """What log p of a run is of: differences of two kinds have no meaning. Empty of no density."""
    if "score" not in run.model.manifest.graphs:
        return ""
    likelihood = run.model.manifest.likelihood
    kind = "probabilities" if is_mass(likelihood) else "densities"
    if x is not None and not run.model.is_normalised_on(x):
        kind = f"cross-entropies under {likelihood}"
    return f"{kind} given the condition" if run.is_conditional else kind


def score(
    run: Run, x: Array, labels: Array | None, num_samples: int, seed: int
) -> dict[str, Array]:
    """Figures of each example, [N]: mean_squared_error per value; elbo and log_likelihood in nats,
    where the model has a density, the latter where it has draws of its own."""
    model = run.model
    given = labels if model.manifest.condition is not None else None
    errors = (model.reconstruct(x, condition=given) - x) ** 2
    values = {"mean_squared_error": errors.reshape(len(x), -1).mean(axis=1, dtype=np.float64)}
    if "score" not in model.manifest.graphs:
        return values
    given = labels if run.is_conditional else None
    samples = 1 if model.manifest.codebook_size is not None else num_samples
    with comparing_only():
        weights = model.importance_weights(x, num_samples=samples, condition=given, seed=seed)
    values["elbo"] = weights.elbo()
    if samples > 1:
        values["log_likelihood"] = weights.log_likelihood()
    return values


def seconds_per_example(run: Run, examples: Examples, num_samples: int, seed: int) -> float:
    """How long `score` takes for one, measured on a few, after the graphs are loaded."""
    x, labels = examples.take(_PROBE)
    first = None if labels is None else labels[:1]
    score(run, x[:1], first, 1, seed)
    start = time.perf_counter()
    score(run, x, labels, num_samples, seed)
    return (time.perf_counter() - start) / len(x)


def affordable(seconds: float, budget: float = BUDGET) -> int:
    """How many examples fit into the budget: one of a few numbers, 20 to 1000, so that machines of
    about the same speed take the same.

    Args:
        seconds: that one example takes under all models together.
        budget: seconds.

    Example:
        >>> affordable(0.1), affordable(1e-9), affordable(60.0)
        (200, 1000, 20)
    """
    return max((num for num in _SIZES if num * seconds <= budget), default=_SIZES[0])


def groups(
    runs: Sequence[tuple[Run, Examples]],
    num: int | None,
    num_samples: int,
    seed: int,
    told: Callable[[str], None] = lambda name: None,
) -> list[Group]:
    """Scores runs on the examples that they share: one group for each test split.

    Args:
        runs: with the test split of each.
        num: examples of each group; None: as many as take less than a minute in all.
        num_samples: importance samples, K.
        seed: of the draws: the same for all.
        told: the name of each run before it is scored.
    """
    together: dict[str, list[Run]] = {}
    places = {}
    for run, examples in runs:
        together.setdefault(examples.key, []).append(run)
        places[examples.key] = examples
    budget = BUDGET / max(1, sum(len(members) > 1 for members in together.values()))
    return [
        _group(members, places[key], num, num_samples, seed, budget, told)
        for key, members in together.items()
    ]


def _group(
    runs: Sequence[Run],
    examples: Examples,
    num: int | None,
    num_samples: int,
    seed: int,
    budget: float,
    told: Callable[[str], None],
) -> Group:
    """Scores the runs of one group; one run alone has nothing to be compared with."""
    values: dict[str, dict[str, Array]] = {figure: {} for figure in HIGHER}
    if len(runs) > 1 and num is None:
        seconds = (seconds_per_example(run, examples, num_samples, seed) for run in runs)
        num = affordable(sum(seconds), budget)
    x, labels = examples.take(num or _PROBE)
    for run in runs:
        told(run.label)
        if len(runs) > 1:
            for figure, each in score(run, x, labels, num_samples, seed).items():
                values[figure][run.label] = each
    return Group(examples, len(x), values, {run.label: kind_of_mass(run, x) for run in runs})
