"""Pictures of a model: samples, reconstructions, traversals, interpolations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vaezoo import images
from vaezoo.protocols import Array
from vaezoo.report.columns import columns
from vaezoo.report.latent_pictures import latent_pictures
from vaezoo.runtime.model import Model
from vaezoo.tables.model import TableModel
from vaezoo.tables.schema import Schema

ROWS, STEPS = 8, 12
_CLASSES = 12  # that are shown
_LARGEST = 512  # latent dimensions that can be traversed one by one


def pictures(
    model: Model, x: Array, condition: Array | None, kl_per_dimension: Sequence[float] | None
) -> Mapping[str, Array]:
    """Pictures by title, uint8 [H, W, 1 or 3].

    Args:
        model: from `vaezoo.load`.
        x: test examples, [N, *data_shape]; of vectors, histograms of their columns are shown.
        condition: of each, where the model takes one.
        kl_per_dimension: the dimensions with the highest KL are traversed; None: those whose
            posterior means vary most.
    """
    if x.ndim == 2:
        return {
            f"Columns of test data, and of draws of p(x|z), z from the {source}": columns(
                x, draws(model, len(x), condition, source), schema_of(model)
            )
            for source in model.sources
        }
    result = {
        f"Samples, z from the {source}": images.grid(
            model.generate(64, condition=_some(condition, 64), seed=0, source=source),
            2 * images.COLUMNS,
        )
        for source in model.sources
    }
    if condition is not None and condition.ndim == 1:
        result |= _classes(model, condition)
    few = min(32, len(x))
    copies = model.reconstruct(x[:few], condition=_some(condition, few))
    result["Test data, each row followed by its reconstructions"] = images.pairs(
        x[:few], copies, 2 * images.COLUMNS
    )
    if model.manifest.codebook_size is not None or model.latent_dim > _LARGEST:
        return result
    result |= latent_pictures(model, x, condition)
    means = model.encode_mean(x, condition=condition)
    weight = means.var(axis=0) if kl_per_dimension is None else np.asarray(kl_per_dimension)
    dims = np.argsort(-weight)[:ROWS]
    title = "One latent dimension per row, the most active first, from −3 to 3 standard deviations"
    result[title] = _traversals(model, means, dims, condition)
    return result


def _classes(model: Model, labels: Array) -> Mapping[str, Array]:
    """Samples of the first classes, a row each, from the same z."""
    known = np.unique(labels)[:_CLASSES]
    names = model.manifest.condition.names if model.manifest.condition else ()
    called = ", ".join(f"{c:g} {names[int(c)]}" if names else f"{c:g}" for c in known)
    columns = 2 * images.COLUMNS
    z = model.sample_latents(columns, condition=np.resize(known[:1], columns), seed=0)
    means = model.decode_mean(np.tile(z, (len(known), 1)), condition=known.repeat(columns))
    return {f"The same z under each label, a row each: {called}": images.grid(means, columns)}


def draws(model: Model, num: int, condition: Array | None, source: str | None = None) -> Array:
    """Draws of p(x|z), [num, *data_shape], seed 0; means where the export does not say of which
    family p(x|z) is."""
    given = _some(condition, num)
    z = model.sample_latents(num, condition=given, seed=0, source=source)
    if model.manifest.schema is not None:
        table = TableModel(model)
        return table.schema.nearest(table.cells(z).sample(np.random.default_rng(0)))
    if "decoder" not in model.manifest.families:
        return model.decode_mean(z, condition=given)
    return model.decode(z, condition=given).sample(seed=0)


def schema_of(model: Model) -> Schema | None:
    """Of a model of tables; None for others."""
    schema = model.manifest.schema
    return None if schema is None else Schema.of_dict(schema)


def _some(condition: Array | None, num: int) -> Array | None:
    return None if condition is None else np.resize(condition, num)


def _traversals(model: Model, means: Array, dims: Array, condition: Array | None) -> Array:
    """Around the posterior mean of the first example, by standard deviations of the means."""
    z = np.repeat(means[:1], len(dims) * STEPS, axis=0)
    columns = means[:, dims]
    steps = np.linspace(-3, 3, STEPS)
    values = columns.mean(axis=0)[:, None] + np.outer(columns.std(axis=0), steps)
    z[np.arange(len(z)), dims.repeat(STEPS)] = values.ravel()
    first = None if condition is None else condition[:1]
    return images.grid(model.decode_mean(z, condition=_some(first, len(z))), STEPS)
