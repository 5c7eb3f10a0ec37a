"""Optimisers by name, and their learning rates."""

from __future__ import annotations

import inspect
from typing import Any

import keras

from vaezoo._core.components import naming_errors
from vaezoo.errors import unknown_name
from vaezoo.training.recipe import Recipe
from vaezoo.training.recipe_values import SCHEDULES
from vaezoo.training.skipping import SkippingAdam


def make_optimizer(recipe: Recipe, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """The recipe's optimiser, with its learning rate over all steps.

    Raises:
        UnknownNameError: no such optimiser or schedule.
        ConfigError: arguments that it does not take.
    """
    spec = recipe.optimizer
    rate = _learning_rate(recipe, steps_per_epoch)
    optimizers: dict[str, Any] = {
        name.lower(): item
        for name, item in vars(keras.optimizers).items()
        if inspect.isclass(item) and name != "Optimizer"
    } | {"skipping_adam": SkippingAdam}
    if spec.name.lower() not in optimizers:
        raise unknown_name("optimizer", spec.name, optimizers)
    with naming_errors(f"optimizer {spec.name!r}"):
        # Without a name Keras would count the optimisers of a process, and save the count.
        arguments = {"name": spec.name.lower()} | dict(spec.arguments)
        return optimizers[spec.name.lower()](learning_rate=rate, **arguments)


def _learning_rate(recipe: Recipe, steps_per_epoch: int) -> Any:
    spec = recipe.optimizer
    warmup = round(spec.warmup_epochs * steps_per_epoch)
    if spec.schedule not in SCHEDULES:
        raise unknown_name("schedule", spec.schedule, SCHEDULES)
    if spec.schedule == "cooldown" or (spec.schedule == "constant" and not warmup):
        return spec.learning_rate  # `Cooldown` lowers it, epoch by epoch
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warmup else spec.learning_rate,
        decay_steps=max(1, recipe.training.epochs * steps_per_epoch - warmup),
        alpha=1.0 if spec.schedule == "constant" else 0.0,
        warmup_target=spec.learning_rate if warmup else None,
        warmup_steps=warmup,
    )
