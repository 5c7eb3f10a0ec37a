"""What `compile` sets up, what of it is saved with a model, and the functions that it leads to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import keras

from vaezoo._checks import positive
from vaezoo._model import optimizers, steps
from vaezoo._model.averages import AveragedModel
from vaezoo._model.weights import saved_optimizers
from vaezoo.errors import ConfigError

_OPTIMIZERS = ("optimizer", "critic_optimizer")


class CompiledModel(AveragedModel):
    """`keras.Model.compile`, and going on with a compiled model after it was saved."""

    steps_per_execution: int
    train_function: Any
    test_function: Any
    _train_place = steps.ANYWHERE
    _test_place = steps.ANYWHERE
    _given_to_compile: dict[str, Any]

    def compile(
        self,
        optimizer: keras.optimizers.Optimizer | str | dict[str, Any] = "rmsprop",
        loss: None = None,
        *,
        steps_per_execution: int | None = None,
        jit_compile: bool | str = "auto",
        **kwargs: object,
    ) -> None:
        """`keras.Model.compile`. A critic gets an Adam of its own, with a beta_1 of 0.5.

        Args:
            optimizer: as there.
            loss: none: the objective, which the model was constructed with, is minimised.
            steps_per_execution: at most so many steps run between two callbacks, never more than
                were asked for. None: up to 32, so that Python waits for every 32nd step only; 1
                if the steps run eagerly, and on several replicas whatever is given.
            jit_compile, kwargs: as there.

        Raises:
            ConfigError: a loss or metrics are given, `steps_per_execution` is below 1, or the
                learning rate is no finite number of 0 or more.
        """
        self._refuse_losses({"loss": loss, **kwargs})
        if steps_per_execution is not None:
            positive("steps_per_execution", steps_per_execution)
        given = {"steps_per_execution": steps_per_execution, "jit_compile": jit_compile}
        if not self._has_one_replica:  # TensorFlow cannot run a loop of steps that wait for others
            steps_per_execution = 1
        several = steps_per_execution or 1
        super().compile(optimizer, steps_per_execution=several, jit_compile=jit_compile, **kwargs)
        self._given_to_compile = given
        optimizers.check(self.optimizer)
        self._unaveraged = ()
        if "critic" in self.objective.parameter_groups:
            rate = self.objective.critic_learning_rate
            self.critic_optimizer = keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.9)
            self.critic_optimizer.build(self.parameter_groups()["critic"])

    def _refuse_losses(self, arguments: Mapping[str, object]) -> None:
        for name in ("loss", "loss_weights", "metrics", "weighted_metrics"):
            if arguments.get(name) is not None:
                raise ConfigError(
                    f"compile() got {name}={arguments[name]!r}: a {type(self).__name__} minimises "
                    "its objective, and reports the figures of it; construct it with another "
                    "objective= or likelihood=, and pass further figures by callbacks."
                )

    def _check_compiled(self) -> None:
        if not self.compiled:
            raise ConfigError(
                f"this {type(self).__name__} is not compiled: call compile('adam') first."
            )

    def get_compile_config(self) -> dict[str, Any]:
        """What `compile` was called with, for `compile_from_config`; {} before that."""
        config: dict[str, Any] = super().get_compile_config()
        return config and config | self._given_to_compile

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compiles as `config` says, so that the optimiser's state can be loaded."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self._build_optimizer()

    def _build_optimizer(self) -> None:
        """Makes the optimiser's variables, in the order in which Keras does on loading.

        TensorFlow traces a function that makes variables twice: so they are there before a step.
        """
        if not self.optimizer.built:
            with self.distribute_strategy.scope():
                self.optimizer.build(self.trainable_variables)

    def load_weights(
        self, filepath: str | os.PathLike[str], skip_mismatch: bool = False, **kwargs: object
    ) -> None:
        """`keras.Model.load_weights`; for a compiled model also the state of its optimisers, which
        stay as they are where the file has none."""
        saved = saved_optimizers(filepath)
        if self.compiled and saved.get("optimizer", 0) > 2:
            self._build_optimizer()
        if self.compiled and str(filepath).endswith(".weights.h5"):
            optimizers = {name: getattr(self, name, None) for name in _OPTIMIZERS}
            missing = [each for name, each in optimizers.items() if each and name not in saved]
            kwargs["objects_to_skip"] = missing
        super().load_weights(filepath, skip_mismatch=skip_mismatch, **kwargs)

    def make_train_function(self, force: bool = False) -> None:
        if force or self.train_function is None:
            super().make_train_function(force=True)
            self.train_function = steps.limited(
                self.train_function, lambda: self.steps_per_execution, lambda: self._train_place
            )

    def make_test_function(self, force: bool = False) -> None:
        if force or self.test_function is None:
            super().make_test_function(force=True)
            self.test_function = steps.limited(
                self.test_function, lambda: self.steps_per_execution, lambda: self._test_place
            )

    @property
    def _has_one_replica(self) -> bool:
        return bool(self.distribute_strategy.num_replicas_in_sync == 1)

    def _choose_steps(self, asked: int | None, batches: int | None) -> None:
        """Sets `steps_per_execution` for epochs of so many steps, at most those of `compile`."""
        one = self.run_eagerly or not self._has_one_replica
        given = 1 if one else self._given_to_compile["steps_per_execution"]
        best = steps.steps_per_execution(given, asked, batches)
        if best != self.steps_per_execution:
            self.steps_per_execution = best
            self.make_train_function(force=True)
            self.make_test_function(force=True)
