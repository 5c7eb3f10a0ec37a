"""The base class of all models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from vaezoo._core.components import ConfigMixin
from vaezoo._core.constructors import keywords
from vaezoo._model import budget
from vaezoo._model.array_methods import ArrayMethods
from vaezoo._model.presets import PresetMethods
from vaezoo.errors import ConfigError


class LatentVariableModel(ConfigMixin, ArrayMethods, PresetMethods):
    """A model p(x) = E_p(z)[p(x|z)] with an approximate posterior q(z|x).

    It is written in layers, each on top of the one before:

        TraceModel     one batch: trace, losses, gradients, updates
        CompiledModel  `compile`, and going on after saving and loading
        FitMethods     `fit`, `evaluate` and `predict`, with chosen steps
        CheckedInputs  the same, with checked data
        ModelFunctions what a family implements, and the functions that follow from it
        TensorModel    the trace of a batch, and the weights of its samples
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

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, with the actual name, dtype and seed; and which parts were
        frozen, by their places among all layers, if any were."""
        config = super().get_config()
        if "seed" in keywords(type(self)):
            config["seed"] = self.seed
        frozen = self._frozen()
        return config | ({"frozen": frozen} if frozen else {})

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        """The model that returned `config`, with other weights; Keras calls it for `.keras` files.

        Raises:
            ConfigError: there is no such model, or none that fits into memory.
        """
        config = dict(config)
        frozen: Any = config.pop("frozen", ())
        with budget.in_memory(cls.__name__):
            model = super().from_config(config)
        layers = model._flatten_layers(include_self=False)
        for place, layer in enumerate(list(layers)):
            if place in frozen:
                layer.trainable = False
        return model

    def export(self, *args: object, **kwargs: object) -> None:
        """Not as in Keras: a model is more than one function. Raises `ConfigError`."""
        raise ConfigError(
            "export() writes one function, and a model has several: save_to_preset(path) writes "
            "encoder, decoder, samples and scores as ONNX graphs, and a SavedModel, next to the "
            "weights."
        )

    def _frozen(self) -> list[int]:
        if not self.trainable:  # as a whole, and so from the beginning
            return []
        layers = self._flatten_layers(include_self=False)
        return [place for place, layer in enumerate(layers) if not layer.trainable]
