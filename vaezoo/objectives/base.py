"""What every objective offers."""

from __future__ import annotations

import abc
from typing import Any

import tensorflow as tf

from vaezoo.checks import positive
from vaezoo.parts import Part
from vaezoo.trace import Trace


class Objective(Part, abc.ABC):
    """What is minimised: a reading of a trace.

    Args:
        num_samples: K, how many z are drawn for each x in training.

    Raises:
        ConfigError: `num_samples` is below 1.
    """

    def __init__(self, num_samples: int = 1, **keras_args: Any) -> None:
        super().__init__(**keras_args)
        self.num_samples = positive("num_samples", num_samples)

    @abc.abstractmethod
    def loss(self, trace: Trace) -> tf.Tensor:
        """Loss of each example in nats, [B]; lower is better."""
