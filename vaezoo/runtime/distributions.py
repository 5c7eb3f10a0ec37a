"""q(z|x) and p(x|z) of an export: small records of the parameters that its graphs put out.

They have the methods of a `tfd.Distribution` that the same lines of code need on either half:
`mean()`, `stddev()`, `sample(seed=)` and `log_prob(x)`, in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vaezoo.errors import ConfigError
from vaezoo.protocols import Array
from vaezoo.runtime.colour import ColourLogisticMixture
from vaezoo.runtime.discrete import (
    Bernoulli,
    Categorical,
    DiscretisedLogistic,
    NegativeBinomial,
    Poisson,
)
from vaezoo.runtime.families import (
    ContinuousBernoulli,
    Dirichlet,
    FullNormal,
    Laplace,
    Normal,
    ParametricDistribution,
    Point,
    StudentT,
)
from vaezoo.runtime.manifest import Family, Manifest
from vaezoo.runtime.table import TableRows
from vaezoo.tables.layout import layout_of
from vaezoo.tables.schema import Schema


@dataclass(frozen=True, repr=False)
class Undetermined(ParametricDistribution):
    """Parameters that do not determine their distribution, and why."""

    reason: str = ""
    has_mean: bool = False  # a likelihood's "mean" is its mean; a posterior's may be another point

    def mean(self) -> Array:
        if not self.has_mean:
            raise self._error("mean")
        return super().mean()

    def stddev(self) -> Array:
        raise self._error("stddev")

    def _draw(self, rng: np.random.Generator) -> Array:
        raise self._error("sample")

    def _log_prob(self, x: Array) -> Array:
        raise self._error("log_prob")

    def _error(self, method: str) -> ConfigError:
        return ConfigError(
            f"{self.reason}, so it has no {method}(): use encode_mean or decode_mean, the "
            "arrays in .parameters, or the Keras model, which draws samples."
        )


LIKELIHOODS: Mapping[str, type[ParametricDistribution]] = {
    "Bernoulli": Bernoulli,
    "Categorical": Categorical,
    "ColourLogisticMixture": ColourLogisticMixture,
    "ContinuousBernoulli": ContinuousBernoulli,
    "DiscretisedLogistic": DiscretisedLogistic,
    "Laplace": Laplace,
    "NegativeBinomial": NegativeBinomial,
    "Normal": Normal,
    "OptimalNormal": Normal,
    "Poisson": Poisson,
    "StudentT": StudentT,
}
POSTERIORS: Mapping[str, type[ParametricDistribution]] = {
    "Deterministic": Point,
    "DiagonalNormal": Normal,
    "Dirichlet": Dirichlet,
    "FullCovariance": FullNormal,
    "Sparse": Point,
}
# Published before manifests named the posterior, with p(z) in a graph or without a score.
_DIAGONAL_NORMAL = {"fashion_vaegan", "mnist_flow", "mnist_vamp", "static_mnist_vamp"}


def likelihood(manifest: Manifest, parameters: Mapping[str, Array]) -> ParametricDistribution:
    """p(x|z) of the decoder's outputs."""
    family = manifest.families.get("decoder", Family(manifest.likelihood))
    if family.name == "Table" and "cells" in parameters:
        plain = Schema.of_numbers(math.prod(manifest.data_shape)).to_dict
        layout = layout_of(manifest.schema or plain(), family.numbers)
        return TableRows(parameters, family.numbers, layout)
    return _distribution("likelihood", family, LIKELIHOODS, parameters)


def posterior(manifest: Manifest, parameters: Mapping[str, Array]) -> ParametricDistribution:
    """q(z|x) of the encoder's outputs."""
    family = manifest.families.get("encoder") or _inferred_posterior(manifest)
    if family is None:
        return Undetermined(parameters, reason="this export does not name its posterior")
    return _distribution("posterior", family, POSTERIORS, parameters)


def _distribution(
    kind: str,
    family: Family,
    registry: Mapping[str, type[ParametricDistribution]],
    parameters: Mapping[str, Array],
) -> ParametricDistribution:
    distribution = registry.get(family.name)
    if distribution is None:
        reason = f"the {kind} {family.name} is not one that the runtime knows"
        return Undetermined(parameters, family.numbers, reason, kind == "likelihood")
    if missing := distribution.needs - {*parameters, *family.numbers}:
        reason = f"this export has no {', '.join(sorted(missing))} of its {family.name} {kind}"
        return Undetermined(parameters, family.numbers, reason, kind == "likelihood")
    return distribution(parameters, family.numbers)


def _inferred_posterior(manifest: Manifest) -> Family | None:
    """The posterior of an export that does not name it, where its graphs leave no other.

    A mean alone is a point, unless it joins several groups of latents, which have a prior of
    their own. A mean and a scale are a diagonal normal if p(z) is N(0, I), so that z is real, and
    the score takes one number of noise for each dimension, so that no flow or walk follows.
    """
    outputs = {port.name for port in manifest.graphs["encoder"].outputs}
    is_code, score = manifest.codebook_size is not None, manifest.graphs.get("score")
    if outputs == {"mean"} and (is_code or "prior" not in manifest.graphs):
        return Family("Deterministic")
    if outputs != {"mean", "scale"}:
        return None
    noise = [port.shape[1] for port in score.inputs if port.name == "noise"] if score else []
    is_plain = noise == [manifest.latent_dim] and "prior" not in manifest.graphs
    return Family("DiagonalNormal") if is_plain or manifest.preset in _DIAGONAL_NORMAL else None
