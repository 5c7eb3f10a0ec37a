"""Data -> a recipe for them, with the reason of each choice.

What comes out is an ordinary recipe: nothing downstream knows that it was chosen. What the choices
do on a dozen data sets is in docs/own-data.md, from benchmarks/own_data.py.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vaezoo import datasets
from vaezoo.datasets.inspection import Findings, inspect
from vaezoo.errors import ConfigError
from vaezoo.training.recipe import Recipe, load_recipe, overridden

_EXPLAINED = 0.8  # of the variance, by the principal components that the latents begin as
_LATENTS = (1, 2, 4, 8, 16, 32, 64)
_STEPS = (50, 1000)  # of an epoch, at least and at most
_TOTAL = 60_000  # steps
_PATIENCE = 1_500  # steps
_MINUTES = 12.0
_LEAST_SCALE = 0.02  # of the noise: a value that hardly varies may yet be elsewhere in new data
_EVALUATION = {"num_samples": 100, "max_examples": 2000, "max_scored": 500}  # in a minute or two
_LARGEST_SHORTCUT = 2**21  # weights


@dataclass(frozen=True)
class Choice:
    """A value of a recipe, and why.

    Attributes:
        key: with dots, as --set takes it: "model.likelihood".
        value: of the key.
        reason: in a few words.
    """

    key: str
    value: Any
    reason: str

    @property
    def text(self) -> str:
        """In one line."""
        return f"{self.key} = {_short(self.value)}: {self.reason}"


def choose(
    data: str | os.PathLike[str],
    *,
    minutes: float | None = None,
    model: str = "VAE",
    name: str = "own",
    overrides: Sequence[str] = (),
) -> tuple[Recipe, list[Choice], Findings]:
    """Looks at data, and chooses how to train on them.

    Args:
        data: a data set's name, or the path of your own, as `vaezoo.datasets.load` takes it.
        minutes: that the training takes at most; None: what the data need, up to 12.
        model: a model's name.
        name: of the recipe.
        overrides: "key=value", as for `load_recipe`: these are not chosen.

    Returns:
        The recipe, what was chosen for it, and what was seen.

    Raises:
        DataError: the data cannot be used; see `vaezoo.datasets.inspect`.
        UnknownNameError, ConfigError: as `load_recipe`, for `overrides`.

    Example:
        >>> from vaezoo.training import choose
        >>> recipe, choices, _ = choose("digits", overrides=["model.latent_dim=8"])
        >>> recipe.model["latent_dim"], recipe.model["likelihood"]["name"]
        (8, 'normal')
        >>> any(choice.key == "model.latent_dim" for choice in choices)
        False
    """
    values: dict[str, Any] = {"name": name, "data": {"name": str(data)}, "model": {"name": model}}
    values |= {"optimizer": {"name": "adam", "schedule": "cooldown"}, "evaluation": _EVALUATION}
    settings = overridden(values, overrides)
    found = inspect(datasets.load(**dataclasses.asdict(settings.data)))
    given = {override.partition("=")[0].strip() for override in overrides}
    if settings.optimizer.schedule != "cooldown":  # which alone knows these two
        given |= {"training.minutes", "training.patience"}
    choices = [c for c in _choices(found, minutes) if not _is_given(c.key, given)]
    for choice in choices:
        table, _, key = choice.key.partition(".")
        values.setdefault(table, {})[key] = choice.value
    return overridden(values, overrides), choices, found


def as_recipe(recipe: Recipe | str, data: str | os.PathLike[str] | None = None) -> Recipe:
    """A recipe, or the one of a name: "auto" is chosen for `data`, another is found as by
    `load_recipe`, and trained on `data` where these are given.

    Raises:
        ConfigError: "auto" without data, or data beside a recipe, which has its own.
        DataError, UnknownNameError: as `choose` and `load_recipe`.

    Example:
        >>> as_recipe("auto", "digits").model["name"], as_recipe("digits").data.name
        ('VAE', 'digits')
    """
    if not isinstance(recipe, str):
        if data is not None:
            raise ConfigError(
                f"data={str(data)!r}, and a recipe with data of its own, {recipe.data.name!r}: "
                "give a recipe's name, or change the recipe."
            )
        return recipe
    if recipe != "auto":
        change = [] if data is None else [f"data.name={json.dumps(str(data))}"]
        return load_recipe(recipe, change)
    if data is None:
        raise ConfigError('the recipe "auto" is chosen for data: train("auto", out, data=…).')
    return choose(data)[0]


def _of_values(found: Findings) -> list[Choice]:
    latents = _latents(found)
    return [_likelihood(found), latents, _network(found, latents.value)]


def _of_table(found: Findings) -> list[Choice]:
    latents = 8 if found.num_values <= 16 else 16 if found.num_values <= 64 else 32
    width = 128 if found.sizes["train"] < 1000 else 256
    network = {"name": "mlp", "hidden": [width, width]}
    return [
        Choice("model.name", "TableVAE", "a likelihood of its own for each column"),
        Choice("model.latent_dim", latents, f"for {found.num_values} numbers a row"),
        Choice("model.network", network, "dense layers"),
    ]


def _is_given(key: str, given: Collection[str]) -> bool:
    """Whether the user gave the key, or a whole component of which it is the name; an argument of
    a component that is chosen, such as "model.network.hidden", is added to it."""
    return key in given or f"{key}.name" in given


def _choices(found: Findings, minutes: float | None) -> list[Choice]:
    batch = 32 if found.sizes["train"] < 2000 else 64 if found.sizes["train"] < 20_000 else 128
    steps = min(max(found.sizes["train"] // batch, _STEPS[0]), _STEPS[1])
    return [
        *(_of_table(found) if found.kind == "table" else _of_values(found)),
        Choice("training.batch_size", batch, f"for {found.sizes['train']:,} examples"),
        Choice("training.steps_per_epoch", steps, "between two looks at the validation split"),
        Choice("training.epochs", max(10, _TOTAL // steps), f"at most {_TOTAL:,} steps"),
        Choice(
            "training.patience",
            max(5, -(-_PATIENCE // steps)),
            "epochs without an improvement on the validation split, then it ends",
        ),
        Choice("training.minutes", float(minutes or _MINUTES), "at most; --minutes changes it"),
        Choice("optimizer.learning_rate", 1e-3, "Adam; it falls to 0 over the last fifth"),
    ]


def _likelihood(found: Findings) -> Choice:
    key = "model.likelihood"
    if found.kind == "binary":
        return Choice(key, {"name": "bernoulli"}, "values are 0 or 1")
    if found.kind == "counts":
        return Choice(key, {"name": "negative_binomial"}, "values are whole numbers of 0 or more")
    normal = {"name": "normal", "scale": "per_dimension", "least_scale": _LEAST_SCALE}
    if found.own_units:
        reason = f"standard deviations of values differ by a factor of {found.spread:.3g}"
        return Choice(key, normal | {"standardise": "per_dimension"}, reason)
    return Choice(key, normal | {"standardise": "shared"}, "values share a unit")


def _latents(found: Findings) -> Choice:
    most = max(1, min(found.num_values // 2, found.sizes["train"] // 10))
    least = 2 if found.channels else 1  # the first component of images is often their brightness
    fitting = [size for size in _LATENTS if least <= size <= most] or [most]
    shares = {size: found.explained[min(size, len(found.explained)) - 1] for size in fitting}
    enough = [size for size in fitting if shares[size] >= _EXPLAINED]
    size = (enough or fitting[-1:])[0]
    meant = [s for s in fitting if found.above_noise is not None and s >= found.above_noise]
    if meant and meant[0] < size:
        reason = f"of {found.above_noise} principal components the variance is above noise's"
        return Choice("model.latent_dim", meant[0], reason)
    components = "1 principal component holds" if size == 1 else f"{size} principal components hold"
    reason = f"{components} {shares[size]:.0%} of the variance"
    return Choice("model.latent_dim", size, reason)


def _network(found: Findings, latent_dim: int) -> Choice:
    few = found.sizes["train"] < 1000
    shortcut = found.num_values * latent_dim * 2 <= _LARGEST_SHORTCUT
    begins = "; it begins as principal components" if shortcut else ""
    if found.channels and min(found.data_shape[:2]) >= 8 and found.num_values > 1024:
        filters = _filters(found.data_shape)
        network = {"name": "conv", "filters": filters, "shortcut": shortcut}
        return Choice("model.network", network, f"convolutions for large images{begins}")
    width = 128 if few else 256 if found.num_values < 200 else 512
    network = {"name": "mlp", "hidden": [width, width], "shortcut": shortcut}
    return Choice("model.network", network, f"dense layers for {found.num_values} values{begins}")


def _filters(shape: Sequence[int]) -> list[int]:
    """Channels at each scale, down to about 8 × 8."""
    scales = max(1, (min(shape[:2]) // 8).bit_length() - 1)
    return [min(32 * 2**scale, 128) for scale in range(scales)]


def _short(value: Any) -> str:
    if not isinstance(value, Mapping):
        return f"{value:g}" if isinstance(value, float) else str(value)
    others = ", ".join(f"{k}={_short(v)}" for k, v in value.items() if k != "name")
    return f"{value['name']} ({others})" if others else str(value["name"])
