"""What goes wrong with a training, in words, while it happens and at its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo._model.base import LatentVariableModel
from vaezoo.likelihoods import OptimalNormal
from vaezoo.likelihoods.scaled import MIN_LOG_SCALE, Scaled
from vaezoo.training import cooldown
from vaezoo.training.callbacks import Logs, read_log
from vaezoo.training.cooldown import Ending
from vaezoo.training.recipe import Recipe
from vaezoo.training.recipe_tables import Training

_COLLAPSED = 0.05  # nats
_SOME_EPOCHS = 5
_GAINING = 0.05  # of all that was gained, in the last quarter
_TENTH = 0.1


def of_rows(rows: Sequence[Logs]) -> list[str]:
    """Symptoms in the rows of a log, one an epoch: posterior collapse, divergence."""
    return [text for text in (_collapse(rows), _worse(rows)) if text]


def _collapse(rows: Sequence[Logs]) -> str:
    kl = rows[-1].get("val_kl", np.inf)
    if len(rows) < _SOME_EPOCHS or kl > _COLLAPSED:
        return ""
    return (
        f"posterior collapse: z holds {kl:.2g} nats about x, and the decoder does not need it; try "
        "--set model.likelihood=optimal_normal, another likelihood, or --model FreeBitsVAE"
    )


def _worse(rows: Sequence[Logs]) -> str:
    values = [row["val_elbo"] for row in rows if "val_elbo" in row]
    if len(values) < _SOME_EPOCHS or values[-1] >= min(values[:-1]):
        return ""
    return (
        f"the validation ELBO is at its lowest, {values[-1]:.4g}, after {max(values):.4g} in epoch "
        f"{1 + int(np.argmax(values))}, whose weights are kept: the model overfits or diverges; "
        "try fewer weights, or --set optimizer.learning_rate=1e-4"
    )


def of_scale(model: LatentVariableModel) -> list[str]:
    """A learned scale that has run down to its floor."""
    likelihood = model.likelihood
    if isinstance(likelihood, OptimalNormal):
        logs, least = np.asarray(likelihood.log_scale()).reshape(1), MIN_LOG_SCALE
    elif isinstance(likelihood, Scaled) and isinstance(likelihood.scale, str):
        logs = np.asarray(tf.convert_to_tensor(likelihood.log_scale)).reshape(-1)
        least = math.log(likelihood.least_scale)
    else:
        return []
    low = int((logs <= least + 0.01).sum())
    if low <= _TENTH * len(logs) or least > MIN_LOG_SCALE + 1:  # a floor that was chosen
        return []
    what = "the scale" if len(logs) == 1 else f"the scale of {low} of {len(logs)} values"
    return [
        f"{what} has run down to its floor, e^{MIN_LOG_SCALE:g}: these values follow from z, or "
        "never change, and the likelihood says little; leave such values out"
    ]


def of_ending(rows: Sequence[Logs], ending: Ending | None, training: Training) -> list[str]:
    """Whether validation was still improving when time or epochs ran out."""
    if ending is None or ending.reason == "patience" or ending.after < 4:
        return []
    values = [row["val_elbo"] for row in rows[: ending.after] if "val_elbo" in row]
    if len(values) < ending.after:
        return []
    best = max(values)
    late = best - max(values[: 3 * len(values) // 4])
    if late <= _GAINING * (best - values[0]):
        return []
    more = "--set training.epochs=" + str(2 * training.epochs)
    if ending.reason == "minutes":
        more = f"--minutes {1.5 * training.minutes:g}"
    return [
        f"the ELBO was still rising, by {late:.3g} nats in the last quarter of the epochs: "
        f"{more} promises more"
    ]


def of_baselines(metrics: Mapping[str, Any], *, of_counts: bool = False) -> list[str]:
    """Whether the model is worse than what it has to beat. Counts are compared by likelihood alone:
    their squared error is smallest for what repeats the noise of large ones."""
    found, known = [], metrics.get("baselines", {})
    for key in ("scaled_squared_error", "mean_squared_error"):
        if key in known.get("pca", {}) and key in metrics and not of_counts:
            own, pca = metrics[key]["mean"], known["pca"][key]["mean"]
            if own > pca:
                found.append(
                    f"the squared error of {own:.4g} is above the {pca:.4g} of PCA with "
                    f"{known['pca']['latent_dim']} components: train for longer, or choose "
                    "another network or likelihood"
                )
            break
    for key, name in (
        ("probabilistic_pca", "probabilistic PCA"),
        ("independent", "independent values"),
    ):
        if key in known and "log_likelihood" in metrics:
            own = metrics["log_likelihood"]["mean"]
            other = known[key]["log_likelihood"]["mean"]
            if own < other:
                found.append(
                    f"the log-likelihood of {own:.2f} is below the {other:.2f} of {name}: train "
                    "for longer, or choose another likelihood"
                )
    return found


class Watch(keras.callbacks.Callback):
    """Tells of symptoms in the epoch in which they first appear.

    Args:
        rows: of the log so far, one an epoch.
        tell: takes a line for the user.
    """

    def __init__(self, rows: Callable[[], Sequence[Logs]], tell: Callable[[str], None]) -> None:
        super().__init__()
        self.rows, self.tell = rows, tell
        self._told: set[str] = set()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        for text in [*of_rows(self.rows()), *of_scale(self.model)]:
            if (kind := text.split(":")[0].split(",")[0]) not in self._told:
                self._told.add(kind)
                self.tell(text)


def warnings_of(
    model: LatentVariableModel, figures: Mapping[str, Any], out: Path, recipe: Recipe
) -> list[str]:
    """Everything that is wrong with a finished run, for its metrics.json."""
    rows = read_log(out)
    ending = of_ending(rows, cooldown.read(out), recipe.training)
    beaten = of_baselines(figures, of_counts=model.likelihood.is_of_counts)
    return [*of_rows(rows), *of_scale(model), *ending, *beaten]
