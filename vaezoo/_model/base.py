"""The base class of all models."""

from __future__ import annotations

from vaezoo._core.components import ConfigMixin
from vaezoo._model.array_methods import ArrayMethods
from vaezoo._model.presets import PresetMethods


class LatentVariableModel(ConfigMixin, ArrayMethods, PresetMethods):
    """A model p(x) = E_p(z)[p(x|z)] with an approximate posterior q(z|x).

    It is written in layers, each on top of the one before:

        TraceModel     one batch: trace, losses, gradients, updates
        FitMethods     `compile`, `fit`, `evaluate` and `predict`, with checked data
        TensorModel    what a family implements, and the trace that follows from it
        ArrayMethods   `vaezoo.protocols.GenerativeModel`: arrays in, arrays out
        this class     configuration and presets

    Example:
        >>> from vaezoo.models import VAE, LatentVariableModel
        >>> model = VAE((8, 8, 1), 4, seed=0)
        >>> isinstance(model, LatentVariableModel)
        True
        >>> x = model.generate(3, seed=0).round()
        >>> model.encode(x).stddev().shape, model.log_likelihood(x, num_samples=2).shape
        (TensorShape([3, 4]), (3,))
    """
