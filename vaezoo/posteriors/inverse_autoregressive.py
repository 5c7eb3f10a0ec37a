"""Posteriors by inverse autoregressive flows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import KerasArguments
from vaezoo.distributions import TriangularAffine, tfb, tfd
from vaezoo.distributions.triangular import Coefficients
from vaezoo.networks.made import MADE
from vaezoo.posteriors.base import Posterior
from vaezoo.posteriors.diagonal_normal import DiagonalNormal

_MIN_GATE = 1e-3  # float32 could not invert a flatter map


@keras.saving.register_keras_serializable("vaezoo")
class InverseAutoregressive(Posterior):
    """q(z|x): z_0 ~ N(mean(x), diag(scale(x)^2)),  z_t = g z_{t-1} + (1 - g) m.

    g = 0.001 + 0.999 sigmoid(s), [m, s] = MADE_t(z_{t-1}, h(x)), with the order of the
    dimensions reversed from one flow to the next. Kingma et al. 2016, algorithm 1,
    https://arxiv.org/abs/1606.04934. Samples and their densities take one pass per flow; the
    density of any other z takes latent_dim passes per flow.

    Args:
        latent_dim: D, the size of z.
        num_flows: the number of flows. The paper: 2 to 8 on MNIST.
        hidden: widths of each MADE's layers. The paper: 320 to 1920.
        context_dim: size of h(x), which the encoder outputs in addition to mean and scale.

    Raises:
        ConfigError: a number below 1.
    """

    def __init__(
        self,
        latent_dim: int,
        num_flows: int = 2,
        hidden: Sequence[int] = (64,),
        context_dim: int = 16,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(latent_dim, **keras_args)
        self.num_flows = positive("num_flows", num_flows)
        self.hidden = tuple(positive("hidden", width) for width in hidden)
        self.context_dim = positive("context_dim", context_dim)
        self.base = DiagonalNormal(latent_dim)
        self.networks = [
            MADE(latent_dim, 2, hidden, context_dim, backwards=flow % 2 == 1, name=f"made_{flow}")
            for flow in range(num_flows)
        ]

    @property
    def num_outputs(self) -> int:
        return self.base.num_outputs + self.context_dim

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """As for every posterior; "mean" is the image of the normal's mean."""
        splits = [self.base.num_outputs, self.context_dim]
        normal, context = tf.split(tf.cast(outputs, tf.float32), splits, axis=-1)
        base = {f"base_{name}": value for name, value in self.base.parameters(normal).items()}
        mean = self._chain(context).forward(base["base_mean"])
        return {"mean": mean, "context": context} | base

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        parameters = self.parameters(outputs)
        normal = tfd.Normal(parameters["base_mean"], parameters["base_scale"])
        flow = self._chain(parameters["context"])
        return tfd.TransformedDistribution(tfd.Independent(normal, 1), flow)

    def _chain(self, context: tf.Tensor) -> tfb.Bijector:
        """TensorFlow Probability applies the last of a list first."""
        flows = [TriangularAffine(_gate(made, context), made.ranks) for made in self.networks]
        return tfb.Chain(flows[::-1])


def _gate(network: MADE, context: tf.Tensor) -> Coefficients:
    def coefficients(z: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        m, s = network(z, context)
        s += 2.0  # gates start open: the forget-gate bias of algorithm 1
        closed = (1.0 - _MIN_GATE) * tf.sigmoid(-s)
        return closed * m, tf.math.log(1.0 - closed)  # ONNX has no log1p

    return coefficients
