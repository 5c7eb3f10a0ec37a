"""Objective of semi-supervised models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import not_negative
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.errors import ConfigError
from vaezoo.objectives.base import ModelObjective


@keras.saving.register_keras_serializable("vaezoo")
class SemiSupervised(ModelObjective):
    """loss = -ELBO - alpha log q(y|x), the last term for labelled examples.

    Kingma et al. 2014, eq. 9, https://arxiv.org/abs/1406.5298. The ELBO is that of log p(x, y)
    for labelled examples, of log p(x) for the others.

    Args:
        alpha: weight of the classifier's loss, 0 or more.

    Reports `label_log_prob`, log q(y|x) of labelled examples, 0 for the others.

    Raises:
        ConfigError: `alpha` is negative, or the trace has no labels.
    """

    reports = ("label_log_prob",)

    def __init__(self, alpha: float = 1.0, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**keras_args)
        self.alpha = not_negative("alpha", alpha)

    def loss(self, trace: Trace) -> tf.Tensor:
        return -trace.elbo() - self.alpha * self.report(trace)["label_log_prob"]

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        if trace.label_log_prob is None:
            raise ConfigError(
                "this objective needs labels and a classifier: use a SemiSupervisedVAE, and "
                "pass labels as y."
            )
        return {"label_log_prob": trace.label_log_prob}
