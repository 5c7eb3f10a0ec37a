"""Another objective with a decaying weight of its regulariser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import above_zero, positive
from vaezoo._core.components import build
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.errors import ConfigError
from vaezoo.objectives.base import Objective
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class DecayingWeight(Objective):
    """loss = w(t) R - E_q[log p(x|z)],  R = another objective's loss + E_q[log p(x|z)].

        w(t) = first_weight^(1 - min(1, t / num_steps))

    While the weight is high, z encodes only the factors that x depends on most, one dimension
    for each; as it decays to 1, exponentially in the training steps t, further factors are
    added. A decaying weight for disentangled latents: DynamicVAE, Shao et al. 2020,
    https://arxiv.org/abs/2009.06795, which controls it by the KL divergence, where this follows
    a fixed schedule. `Capacity` reaches the same by a growing capacity.

    Args:
        objective: of `vaezoo.objectives`, by name, or by name and arguments. The weight applies to
            its loss of the model, not to that of a critic.
        first_weight: w(0), above 0.
        num_steps: training steps until the weight is 1.
        latent_dim, data_shape: as the model sets them, for objectives that take them.

    Reports what that objective reports.

    Raises:
        ConfigError: `first_weight` is not above 0, `num_steps` is below 1, or the objective has
            no loss for the whole model.
    """

    def __init__(
        self,
        objective: Spec | Objective = "elbo",
        first_weight: float = 100.0,
        num_steps: int = 10_000,
        latent_dim: int | None = None,
        data_shape: Sequence[int] | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        from vaezoo.objectives import OBJECTIVES  # which contains this class

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
        self.aggregate_groups, self.min_examples = inner.aggregate_groups, inner.min_examples
        self.needs_density, self.fits_likelihood = inner.needs_density, inner.fits_likelihood
        self.target = inner.target

    @property
    def critic_learning_rate(self) -> float:
        """That of the other objective, if it has a critic."""
        rate: float = self.objective.critic_learning_rate
        return rate

    def weight(self, step: int | tf.Tensor) -> tf.Tensor:
        """Weight of the regulariser after `step` training steps."""
        fraction = tf.minimum(1.0, tf.cast(step, tf.float32) / self.num_steps)
        return self.first_weight ** (1 - fraction)

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return self._decayed(self.objective.group_losses(trace), trace)

    def loss_parts(self, trace: Trace) -> tuple[Mapping[str, tf.Tensor], Mapping[str, tf.Tensor]]:
        own, together = self.objective.loss_parts(trace)
        weight = {"model": self.weight(trace.step)}
        together = {group: weight.get(group, 1.0) * term for group, term in together.items()}
        return self._decayed(own, trace), together

    def _decayed(self, losses: Mapping[str, tf.Tensor], trace: Trace) -> Mapping[str, tf.Tensor]:
        reconstruction = trace.reconstruction()
        regulariser = losses["model"] + reconstruction
        return {**losses, "model": self.weight(trace.step) * regulariser - reconstruction}

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return self.objective.report(trace)


# Its name in models saved by version 0.1.
keras.saving.get_custom_objects()["vaezoo>Relaxed"] = DecayingWeight
