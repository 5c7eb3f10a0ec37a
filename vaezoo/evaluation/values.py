"""Figures of each example, to compare two models on the same examples."""

from __future__ import annotations

import numpy as np

from vaezoo._model.base import LatentVariableModel
from vaezoo.evaluation.examples import batches
from vaezoo.protocols import Array, ArrayLike


def squared_errors(
    model: LatentVariableModel,
    x: Array,
    condition: ArrayLike | None,
    unit: Array | float = 1.0,
) -> tuple[Array, Array]:
    """Posterior means [N, D], and squared errors per value of the mean reconstructions [N], in
    squares of `unit`."""
    means, errors = [], []
    for _, batch, c in batches(x, condition):
        c = model.assumed_condition(batch, c)
        mean = model.posterior_parameters(batch, c)["mean"]
        reconstruction = model.likelihood_of(mean, c).mean().numpy()
        means.append(mean.numpy())
        errors.append((((reconstruction - batch) / unit) ** 2).reshape(len(batch), -1).mean(axis=1))
    return np.concatenate(means), np.concatenate(errors)


def per_example(
    model: LatentVariableModel,
    x: ArrayLike,
    condition: ArrayLike | None = None,
    *,
    num_samples: int = 100,
    seed: int = 0,
) -> dict[str, Array]:
    """The figures of `evaluate` that are means over examples, before the mean is taken.

    Two models of one kind get the same noise for the same `x` and `seed`, so that what remains of
    their differences is due to the models.

    Args:
        model: a `LatentVariableModel`.
        x: data, [N, *data_shape].
        condition: of each example, for a model that has one.
        num_samples: K, importance samples per example.
        seed: decides the samples.

    Returns:
        mean_squared_error, [N], per value; and, in nats, elbo and log_likelihood, [N], for a model
        that has a density.

    Raises:
        DataError: `x` has another shape, is not finite, or is out of range.

    Example:
        >>> import numpy as np
        >>> from vaezoo import evaluation, models
        >>> model = models.VAE((6,), 2, network={"name": "mlp", "hidden": [4]})
        >>> {name: v.shape for name, v in evaluation.per_example(model, np.eye(6)).items()}
        {'mean_squared_error': (6,), 'elbo': (6,), 'log_likelihood': (6,)}
    """
    x = model.check_data(x)
    values = {"mean_squared_error": squared_errors(model, x, condition)[1]}
    if not model.has_density:
        return values
    given = None if model.sums_out_condition else condition
    weights = model.importance_weights(x, num_samples=num_samples, condition=given, seed=seed)
    return values | {"elbo": weights.elbo(), "log_likelihood": weights.log_likelihood()}
