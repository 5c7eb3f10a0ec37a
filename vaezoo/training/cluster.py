"""Training on several devices or machines, by TensorFlow's strategies."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

from vaezoo._model.batch_checks import of_replicas
from vaezoo._model.pipeline import Share
from vaezoo.errors import ConfigError, unknown_name

STRATEGIES = ("mirrored", "multiworker")
_EXAMPLE = (
    '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, "task": {"type": "worker", "index": 0}}'
)


@dataclass(frozen=True)
class Cluster:
    """The processes and devices of a run: each replica trains on its part of every batch, and
    the gradients are summed, so that all have the same weights.

    Attributes:
        strategy: TensorFlow's.
        worker: index of this process among the workers. The first one is the chief, which alone
            writes files.
        workers: number of processes.
    """

    strategy: tf.distribute.Strategy = field(default_factory=tf.distribute.get_strategy)
    worker: int = 0
    workers: int = 1

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run's files."""
        return self.worker == 0

    @property
    def num_replicas(self) -> int:
        """Replicas of all workers."""
        return int(self.strategy.num_replicas_in_sync)

    def scope(self) -> AbstractContextManager[Any]:
        """The scope in which a model and its optimiser are built."""
        scope: AbstractContextManager[Any] = self.strategy.scope()
        return scope

    def check_batch(self, batch_size: int) -> None:
        """Raises `ConfigError` where a batch does not divide over the replicas."""
        if batch_size % self.num_replicas:
            raise ConfigError(
                f"training.batch_size={batch_size} is the batch of all {self.num_replicas} "
                "replicas: give a multiple of their number."
            )

    def check_clock(self, minutes: float | None) -> None:
        """Raises `ConfigError` where several workers would each decide by a clock of their own."""
        if self.workers > 1 and minutes is not None:
            raise ConfigError(
                f"training.minutes={minutes:g}: workers have clocks of their own, and must all end "
                "after the same epoch; give training.epochs or training.patience alone."
            )

    def distribute(self, build: Callable[[Share], tf.data.Dataset]) -> Any:
        """The data set that `build` returns for the replicas of this process."""
        here = self.num_replicas // self.workers
        share = Share(self.worker * here, here, self.num_replicas)
        if self.num_replicas == self.workers == 1:
            return build(share)
        return of_replicas(
            self.strategy.distribute_datasets_from_function(lambda context: build(share))
        )

    def check_agreement(self, epochs: int) -> None:
        """Raises `ConfigError` unless all workers resume after the same number of epochs."""
        if self.workers == 1:
            return
        mine = self.strategy.run(lambda: tf.constant([epochs]))
        all_epochs = self.strategy.gather(mine, axis=0).numpy().tolist()
        if len(set(all_epochs)) > 1:
            raise ConfigError(
                f"the workers found a run of {all_epochs} epochs: --out has to be one folder that "
                "all of them see, such as a network drive."
            )


def join(name: str | None) -> Cluster:
    """The cluster that this process belongs to; with None, the process alone.

    Args:
        name: "mirrored": all GPUs of this machine; "multiworker": the processes that the
            variable TF_CONFIG lists, https://www.tensorflow.org/guide/distributed_training.

    Raises:
        UnknownNameError: neither of them.
        ConfigError: TF_CONFIG is missing or wrong, or TensorFlow has already computed something.
    """
    if name is None:
        return Cluster()
    if name not in STRATEGIES:
        raise unknown_name("strategy", name, STRATEGIES)
    if name == "mirrored":
        return Cluster(tf.distribute.MirroredStrategy())
    worker, workers = _place()
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:  # it has to be made before the first operation
        raise ConfigError(f"the cluster cannot be joined: {error}") from None
    return Cluster(strategy, worker, workers)


def _place() -> tuple[int, int]:
    """This process's index among the workers, and their number, from TF_CONFIG."""
    text = os.environ.get("TF_CONFIG")
    if not text:
        raise ConfigError(
            f"--strategy multiworker reads the cluster from TF_CONFIG, which is not set: {_EXAMPLE}"
        )
    try:
        values = json.loads(text)
        addresses, task = values["cluster"], values["task"]
        kinds = [kind for kind in ("chief", "worker") if kind in addresses]
        workers = [(kind, index) for kind in kinds for index in range(len(addresses[kind]))]
        place = workers.index((task["type"], int(task["index"])))
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            f"TF_CONFIG={text!r} does not contain this process ({error!r}): expected something "
            f"like {_EXAMPLE}"
        ) from None
    return place, len(workers)
