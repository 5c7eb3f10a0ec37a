"""Structural similarity as the reconstruction term."""

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

# Exponents of the scales, finest first: Wang et al. 2003, sec. 3.2.
_POWERS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_WINDOW = 11  # pixels; smaller images are one window


def multi_scale_similarity(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """MS-SSIM of images [N, H, W, C] with values from 0 to 1: [N], 1 for equal ones.

    Wang et al. 2003, eq. 7, https://doi.org/10.1109/ACSSC.2003.1292216. Images are halved as
    long as a window of 11 pixels fits, to five scales at most, and the exponents of these scales
    are normalised to sum to one; a single scale is plain SSIM.
    """
    side = min(a.shape[1], a.shape[2])
    window = min(_WINDOW, side)
    scales = sum(side // 2**scale >= window for scale in range(len(_POWERS)))
    powers = [power / sum(_POWERS[:scales]) for power in _POWERS[:scales]]
    return tf.image.ssim_multiscale(
        a, b, 1.0, power_factors=powers, filter_size=window, filter_sigma=1.5
    )


@keras.saving.register_keras_serializable("vaezoo")
class StructuralSimilarity(ModelObjective):
    """loss = weight (1 - MS-SSIM(x, mean of p(x|z))) + KL(q(z|x) || p(z)).

    Snell et al. 2017, sec. 3, https://arxiv.org/abs/1511.06409, instead of a VAE's
    log-likelihood, with Wang et al. 2003, eq. 7. It compares images of values from 0 to 1 with
    the likelihood's mean: p(x|z) is not fitted, and the model has no density.

    Args:
        weight: in nats, the loss of images that have nothing in common, 0 or more.
        num_samples: K, samples of z per x.

    Reports `kl`.

    Raises:
        ConfigError: `weight` is negative, or the data are not images.
    """

    fits_likelihood = False
    reports = ("kl",)

    def __init__(
        self, weight: float = 100.0, num_samples: int = 1, **keras_args: Unpack[KerasArguments]
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.weight = not_negative("weight", weight)

    def loss(self, trace: Trace) -> tf.Tensor:
        mean = trace.likelihood.mean()
        if mean.shape.rank != 5:
            raise ConfigError(
                "MS-SSIM compares images [height, width, channels], not data of shape "
                f"{list(mean.shape[2:])}: choose another objective."
            )
        image_shape = mean.shape[2:]
        originals = tf.reshape(tf.broadcast_to(trace.x, tf.shape(mean)), (-1, *image_shape))
        similarity = multi_scale_similarity(originals, tf.reshape(mean, (-1, *image_shape)))
        similarity = tf.reshape(similarity, tf.shape(trace.log_likelihood))
        similarity = tf.ensure_shape(similarity, trace.log_likelihood.shape)
        return self.weight * (1 - trace.mean(similarity)) + trace.kl()

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"kl": trace.kl()}
