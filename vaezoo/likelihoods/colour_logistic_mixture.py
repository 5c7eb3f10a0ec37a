"""Likelihood of 8-bit pictures in colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import KerasArguments
from vaezoo.distributions import LogisticPixel, tfd
from vaezoo.errors import ConfigError
from vaezoo.likelihoods.discretised import Discretised


@keras.saving.register_keras_serializable("vaezoo")
class ColourLogisticMixture(Discretised):
    """p(x|z) = prod_i sum_m pi_im prod_c P(x_ic; l_imc + sum_{j<c} a_imcj (x_ij - l_imj), s_imc)

    Pixel i has one mixture for its channels c, of logistics P rounded to 256 levels: green
    depends on red, blue on both, alpha on all three. Salimans et al. 2017, sec. 2.2,
    https://arxiv.org/abs/1701.05517. A mass function of 8-bit data, so that -log p(x) / (D log 2)
    is in bits per dimension.

    The mean, which is shown as the picture, is that before rounding, and to first order in what
    is cut off below 0 and above 1 (`vaezoo.distributions.LogisticPixel`).

    Args:
        data_shape: [..., 3] for colours, [..., 4] for colours and alpha.
        levels: the number of quantisation levels, 2 or more.
        num_components: M, 1 or more. The paper: 10 on CIFAR-10, 5 elsewhere.

    Raises:
        ConfigError: an argument is too small, or the data have no 3 or 4 channels.

    Example:
        >>> from vaezoo.likelihoods import ColourLogisticMixture
        >>> ColourLogisticMixture((32, 32, 3), num_components=5).output_shape
        (32, 32, 50)
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        levels: int = 256,
        num_components: int = 5,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(data_shape, levels, **keras_args)
        self.num_components = positive("num_components", num_components)
        if self.data_shape[-1] not in (3, 4):
            raise ConfigError(
                f"'colour_logistic_mixture' needs 3 or 4 channels, not data of shape "
                f"{list(self.data_shape)}: use 'discretised_logistic' with num_components."
            )

    @property
    def _rows(self) -> tuple[int, int, int, int]:
        """Of each component: a score, locations, scales, and slopes."""
        channels = self.data_shape[-1]
        return 1, channels, channels, channels * (channels - 1) // 2

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (*self.data_shape[:-1], sum(self._rows) * self.num_components)

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        pixels = self._pixels(outputs)
        return {"mean": pixels.mean(), **pixels.named_parameters}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        return tfd.Independent(self._pixels(outputs), len(self.data_shape) - 1)

    def _pixels(self, outputs: tf.Tensor) -> LogisticPixel:
        # Not a reshape: ONNX has no shape of any leading axes.
        rows = tf.split(tf.cast(outputs, tf.float32), sum(self._rows), axis=-1)
        rows = tf.stack(rows, axis=-2)
        scores, loc, log_scale, slopes = tf.split(rows, self._rows, axis=-2)
        # Components start as greys, spread over the range, with a scale of a tenth of it; scales
        # are clipped to between a tenth of an 8-bit level and ten times the range.
        loc += (np.arange(self.num_components, dtype=np.float32) + 0.5) / self.num_components
        log_scale = tf.clip_by_value(log_scale - 2.3, -8.0, 2.3)
        return LogisticPixel(self.levels, scores[..., 0, :], loc, log_scale, tf.tanh(slopes))
