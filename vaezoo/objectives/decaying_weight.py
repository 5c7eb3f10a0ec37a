"""An objective whose regulariser weighs much at first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from vaezoo._checks import above_zero, positive
from vaezoo._core.components import build
from vaezoo._core.trace import Trace
from vaezoo.errors import ConfigError
from vaezoo.objectives.base import Objective


@keras.saving.register_keras_serializable("vaezoo")
class DecayingWeight(Objective):
    """loss = w(t) R - E_q[log p(x|z)],  R = what another objective has beside E_q[log p(x|z)].

        w(t) = first_weight^(1 - min(1, t / num_steps))

    While the weight is high, z can afford only what x depends on most, a dimension for each; as
    it falls to 1, in equal ratios over the training steps t, one factor after another is added.
    A weight that falls, for meaningful latents: DynamicVAE, Shao et al. 2020,
    https://arxiv.org/abs/2009.06795, which controls it by the KL, where this one keeps to a
    schedule of its own. What `Capacity` lets grow is the same from the other side.

    Args:
        objective: of `vaezoo.objectives`, by name or by name and arguments; its loss for the
            model is what is relaxed, a critic's loss stays.
        first_weight: w(0), above 0.
        num_steps: training steps until the weight is 1.
        latent_dim, data_shape: what the model decides, for objectives that take it.

    Reports what the other objective reports.

    Raises:
        ConfigError: `first_weight` is not above 0, `num_steps` below 1, or the objective has no
            loss for the whole model.
    """

    def __init__(
        self,
        objective: Any = "elbo",
        first_weight: float = 100.0,
        num_steps: int = 10_000,
        latent_dim: int | None = None,
        data_shape: Any = None,
        **keras_args: Any,
    ) -> None:
        from vaezoo.objectives import OBJECTIVES  # which holds this one, too

        fixed = {"latent_dim": latent_dim, "data_shape": data_shape}
        inner = build("objective", objective, OBJECTIVES, **fixed)
        super().__init__(inner.num_samples, **keras_args)
        if "model" not in inner.parameter_groups:
            raise ConfigError(
                f"{type(inner).__name__} has losses for {', '.join(inner.parameter_groups)}; "
                "DecayingWeight needs an objective with one loss for the model."
            )
        self.objective = inner
        self.first_weight = above_zero("first_weight", first_weight)
        self.num_steps = positive("num_steps", num_steps)
        self.parameter_groups, self.reports = inner.parameter_groups, inner.reports
        self.needs_density, self.fits_likelihood = inner.needs_density, inner.fits_likelihood

    @property
    def critic_learning_rate(self) -> float:
        """The critic's, where there is one."""
        rate: float = self.objective.critic_learning_rate
        return rate

    def weight(self, step: Any) -> tf.Tensor:
        """Weight of the regulariser after `step` training steps."""
        share = tf.minimum(1.0, tf.cast(step, tf.float32) / self.num_steps)
        return self.first_weight ** (1 - share)

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        losses = self.objective.group_losses(trace)
        reconstruction = trace.reconstruction()
        regulariser = losses["model"] + reconstruction
        return {**losses, "model": self.weight(trace.step) * regulariser - reconstruction}

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return self.objective.report(trace)


# Its name in models that were saved by version 0.1.
keras.saving.get_custom_objects()["vaezoo>Relaxed"] = DecayingWeight
