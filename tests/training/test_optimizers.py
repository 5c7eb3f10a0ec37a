"""A learning rate with which everything is lost is an error before the first step, wherever it is
given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from training_helpers import small_recipe

from vaezoo import models, samplers
from vaezoo.errors import ConfigError
from vaezoo.training import optimizers
from vaezoo.training.recipe import load_recipe
from vaezoo.training.recipe_tables import Optimizer

NAN, INF = float("nan"), float("inf")
WRONG = [NAN, INF, -INF, -1e-3]
X = np.eye(6, dtype=np.float32)
Z = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)


def model(family: type[models.VAE] = models.VAE, **arguments: Any) -> models.VAE:
    return family((6,), 2, network={"name": "mlp", "hidden": []}, seed=0, **arguments)


def compiled(rate: Any) -> models.VAE:
    vae = model()
    vae.compile(keras.optimizers.Adam(rate))
    return vae


def set_later(rate: float) -> object:
    vae = compiled(1e-3)
    vae.optimizer.learning_rate = rate
    return vae.fit(X, verbose=0)


PLACES: dict[str, Callable[[float], object]] = {
    "compile": compiled,
    "compile with a configuration": lambda rate: model().compile(
        {"class_name": "Adam", "config": {"learning_rate": rate}}
    ),
    "a function": lambda rate: compiled(lambda: rate),
    "set after compile": set_later,
    "a recipe": lambda rate: load_recipe("digits", [f"optimizer.learning_rate={rate}"]),
    "a critic": lambda rate: model(models.WAEGAN, critic={"critic_learning_rate": rate}),
    "a flow of latents": lambda rate: samplers.fit_sampler("flow", Z, learning_rate=rate),
    "a second stage": lambda rate: samplers.fit_sampler("two_stage", Z, learning_rate=rate),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("rate", WRONG)
def test_learning_rates_that_are_none(place: str, rate: float) -> None:
    with pytest.raises(ConfigError, match=r"learning.rate.*finite number"):
        PLACES[place](rate)


@pytest.mark.parametrize("place", ["a recipe", "a critic", "a flow of latents", "a second stage"])
def test_trainings_of_our_own_learn_something(place: str) -> None:
    with pytest.raises(ConfigError, match=r"learning.rate.*finite number above 0"):
        PLACES[place](0.0)


@pytest.mark.parametrize(
    "schedule",
    [
        keras.optimizers.schedules.ExponentialDecay(NAN, 10, 0.9),
        keras.optimizers.schedules.ExponentialDecay(-1.0, 10, 0.9),
        keras.optimizers.schedules.ExponentialDecay(1e-3, 10, NAN),
    ],
)
def test_schedules_that_are_none(schedule: Any) -> None:
    with pytest.raises(ConfigError, match="the optimizer Adam has"):
        compiled(schedule)


def test_a_schedule_may_begin_at_0() -> None:
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 10, warmup_target=1e-3, warmup_steps=2)
    vae = compiled(schedule)
    vae.fit(X, epochs=3, verbose=0)
    assert int(vae.optimizer.iterations) == 3


@pytest.mark.parametrize("name", ["epsilon", "weight_decay", "beta_2"])
def test_other_numbers_that_are_none(name: str) -> None:
    with pytest.raises(ConfigError, match=f"the optimizer Adam has {name}=nan"):
        model().compile(keras.optimizers.Adam(**{name: NAN}))


def test_numbers_of_a_recipe_that_are_none() -> None:
    recipe = small_recipe(optimizer=Optimizer(arguments={"epsilon": NAN}))
    with pytest.raises(ConfigError, match="epsilon=nan"):
        model().compile(optimizers.make_optimizer(recipe, 10))
