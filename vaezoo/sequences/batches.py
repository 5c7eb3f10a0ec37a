"""Sequences as batches for Keras: dictionaries of tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from vaezoo._model import fit_arguments, pipeline
from vaezoo._model.steps import BATCH
from vaezoo._model.train_step import TraceModel
from vaezoo.errors import ConfigError
from vaezoo.protocols import Array

_NONE = ("y", "sample_weight", "class_weight", "validation_split")


def shuffled(
    model: TraceModel, sequences: Mapping[str, Array], arguments: Mapping[str, Any]
) -> tuple[tf.data.Dataset, dict[str, Any]]:
    """Batches of an epoch in an order that hangs on the model's seed and steps, or as they are with
    `shuffle=False`; and the arguments of `fit` that go with them."""
    if not arguments.get("shuffle", True):
        others = {name: value for name, value in arguments.items() if name != "batch_size"}
        return in_order(sequences, arguments.get("batch_size")), others
    first, *rest = sequences.values()
    batches, others = fit_arguments.batched(model, first, tuple(rest), **arguments)
    return _named(batches, sequences), others


def in_order(sequences: Mapping[str, Array], batch_size: int | None) -> tf.data.Dataset:
    """All sequences in their order; the last batch may be smaller."""
    first, *others = sequences.values()
    return _named(pipeline.in_order(first, batch_size or BATCH, tuple(others)), sequences)


def arguments(
    names: Sequence[str], args: Sequence[object], kwargs: Mapping[str, object]
) -> dict[str, Any]:
    """Arguments of Keras' methods by name. Raises `ConfigError` for those that have no meaning."""
    found = fit_arguments.by_name(names, args, kwargs)
    for name in _NONE:
        if found.pop(name, None) is not None:
            raise ConfigError(
                f"{name}= has no meaning for sequences, which have all in x: the mask says which "
                "steps count, and validation_data= takes others."
            )
    return found


def tensors(sequences: Mapping[str, Array]) -> dict[str, tf.Tensor]:
    """The arrays as tensors."""
    return {name: tf.constant(array) for name, array in sequences.items()}


def _named(batches: tf.data.Dataset, sequences: Mapping[str, Array]) -> tf.data.Dataset:
    names = tuple(sequences)
    return batches.map(lambda *parts: (dict(zip(names, parts, strict=True)),))
