"""The picture of a run: samples, data and reconstructions."""

from __future__ import annotations

import numpy as np

from vaezoo import images
from vaezoo._model.base import LatentVariableModel
from vaezoo.datasets.base import evenly_spaced
from vaezoo.likelihoods import Table
from vaezoo.protocols import Array
from vaezoo.report.columns import columns
from vaezoo.samplers import Sampler
from vaezoo.tables.schema import Schema


def picture(
    model: LatentVariableModel,
    x: Array,
    condition: Array | None,
    sampler: Sampler | None,
    num: int = 64,
    *,
    kinds: bool = False,
) -> Array:
    """Two halves: generated examples, then pairs of rows of data and reconstructions.

    The data are evenly spaced among x. With a condition, the examples are generated under
    theirs, so that the first tiles of both halves share it. Of vectors: histograms of their
    columns, x beside as many draws of p(x|z). `kinds`: channels are kinds of things, not colours.
    """
    if len(model.data_shape) == 1:
        return columns(x, _draws(model, len(x), condition, sampler), _schema(model))
    rows = evenly_spaced(len(x), num // 2)
    data, labels = x[rows], None if condition is None else condition[rows]
    wanted = None if labels is None else np.resize(labels, (num, *labels.shape[1:]))
    samples = model.generate(num, condition=wanted, seed=0, source=sampler)
    copies = np.asarray(model(data if labels is None else (data, labels)))
    if kinds:
        samples, data, copies = map(images.in_colours, (samples, data, copies))
    generated = images.grid(samples, images.COLUMNS)
    reconstructed = images.pairs(data, copies)
    gap = np.full((images.TILE // 4, *generated.shape[1:]), 255, np.uint8)
    return np.concatenate([generated, gap, reconstructed])


def _schema(model: LatentVariableModel) -> Schema | None:
    likelihood = model.likelihood
    return likelihood.layout.schema if isinstance(likelihood, Table) and likelihood.schema else None


def _draws(
    model: LatentVariableModel, num: int, condition: Array | None, sampler: Sampler | None
) -> Array:
    """Draws of p(x|z), [num, D]."""
    z = model.sample_latents(num, condition=condition, seed=0, source=sampler)
    return np.asarray(model.decode(z, condition=condition).sample(seed=0))
