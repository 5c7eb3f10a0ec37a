"""Draws of the aggregate posterior."""

from __future__ import annotations

import numpy as np

from vaezoo._checks import check_seed
from vaezoo._model.base import LatentVariableModel
from vaezoo.evaluation.examples import BATCH, batches
from vaezoo.protocols import Array, ArrayLike


def sample_posterior(
    model: LatentVariableModel,
    x: ArrayLike,
    condition: ArrayLike | None = None,
    *,
    seed: int = 0,
    batch_size: int = BATCH,
) -> Array:
    """One draw z ~ q(z|x) for each example, or its point where q has no density: [N, D].

    Together they are draws of the aggregate posterior. Several latent groups are concatenated.

    Args:
        model: a `LatentVariableModel`.
        x: data, [N, *data_shape].
        condition: of each example, for a model that has one.
        seed: decides the draws.
        batch_size: examples encoded at once. Only draws that are no function of normal noise
            hang on it: those of Dirichlet and power spherical posteriors.

    Raises:
        DataError: `x` has another shape, is not finite, or is out of range.

    Example:
        >>> import numpy as np
        >>> from vaezoo import evaluation, models
        >>> model = models.VAE((6,), 2, network={"name": "mlp", "hidden": [4]})
        >>> evaluation.sample_posterior(model, np.eye(6)).shape
        (6, 2)
    """
    x, seed, samples = model.check_data(x), check_seed(seed), []
    for start, batch, c in batches(x, condition, batch_size):
        latents = model.trace(batch, 1, c, seed, first=start).latents
        groups = [latent.sample[0].numpy() for latent in latents]
        samples.append(np.concatenate(groups, axis=-1))
    return np.concatenate(samples)
