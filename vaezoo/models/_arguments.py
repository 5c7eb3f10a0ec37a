"""What named models pass up to their family: its arguments, without those that they fix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import keras

from vaezoo._core.types import KerasArguments
from vaezoo.conditions import Condition
from vaezoo.corruptions import Corruption
from vaezoo.likelihoods import Likelihood
from vaezoo.objectives import Objective
from vaezoo.posteriors import Posterior
from vaezoo.priors import Prior
from vaezoo.protocols import Spec

# ── one component each ────────────────────────────────────────────────────────


class _Networks(TypedDict, total=False):
    network: Spec
    encoder: keras.Model | None
    decoder: keras.Model | None


class _Posterior(TypedDict, total=False):
    posterior: Spec | Posterior


class _Prior(TypedDict, total=False):
    prior: Spec | Prior


class _Likelihood(TypedDict, total=False):
    likelihood: Spec | Likelihood


class _Objective(TypedDict, total=False):
    objective: Spec | Objective


class _Condition(TypedDict, total=False):
    condition: Spec | Condition | None


class _Corruption(TypedDict, total=False):
    corruption: Spec | Corruption | None


class _Seed(KerasArguments, total=False):
    seed: int | None


class _Encoding(_Networks, _Corruption, _Seed, total=False):
    """What every VAE with networks of its own choice has."""


class _Densities(_Posterior, _Prior, _Likelihood, total=False):
    """q(z|x), p(z) and p(x|z)."""


# ── of critics ────────────────────────────────────────────────────────────────


class CriticArguments(TypedDict, total=False):
    """Of a critic of latents, which its objective makes."""

    critic_hidden: Sequence[int]
    critic_learning_rate: float


class FeatureCriticArguments(TypedDict, total=False):
    """Of a critic of examples, in whose features they are compared."""

    critic_network: Spec
    num_features: int
    critic_learning_rate: float
    gradient_weight: float


# ── of VAE ────────────────────────────────────────────────────────────────────


class WithoutObjective(_Encoding, _Densities, _Condition, total=False):
    """For a model that fixes its objective."""


class WithoutObjectiveAndCondition(_Encoding, _Densities, total=False):
    """For a model that fixes its objective, which learns from y."""


class WithoutPosterior(_Encoding, _Prior, _Likelihood, _Objective, _Condition, total=False):
    """For a model that fixes its posterior."""


class WithoutPrior(_Encoding, _Posterior, _Likelihood, _Objective, _Condition, total=False):
    """For a model that fixes its prior."""


class WithoutLikelihood(_Encoding, _Posterior, _Prior, _Objective, _Condition, total=False):
    """For a model that fixes its likelihood."""


class WithoutCondition(_Encoding, _Densities, _Objective, total=False):
    """For a model that fixes its condition."""


class WithoutNetwork(_Corruption, _Seed, _Densities, _Objective, _Condition, total=False):
    """For a model that fixes its networks."""


class WithoutPriorAndCondition(_Encoding, _Posterior, _Likelihood, _Objective, total=False):
    """For a model that fixes its prior and its condition."""


class WithoutPosteriorAndPrior(_Encoding, _Likelihood, _Objective, _Condition, total=False):
    """For a model that fixes its latent space."""


class WithoutPosteriorAndObjective(_Encoding, _Prior, _Likelihood, _Condition, total=False):
    """For a model that fixes its posterior and its objective."""


class WithoutPosteriorPriorAndObjective(_Encoding, _Likelihood, _Condition, total=False):
    """For a model that fixes its latent space and names its objective."""


class WithoutCorruption(_Networks, _Seed, _Densities, _Objective, _Condition, total=False):
    """For a model that fixes its corruption."""


# ── of its families ───────────────────────────────────────────────────────────


class AutoencoderArguments(_Encoding, _Prior, _Condition, total=False):
    """For `Autoencoder`, which names posterior, likelihood and objective itself."""


class LinearVAEArguments(
    _Corruption, _Seed, _Posterior, _Prior, _Objective, _Condition, total=False
):
    """For `LinearVAE`, which fixes its networks and names its likelihood."""


class ProbabilisticPCAArguments(_Corruption, _Seed, _Prior, _Objective, _Condition, total=False):
    """For `ProbabilisticPCA`, which fixes its networks, posterior and likelihood."""


class PCAArguments(_Corruption, _Seed, _Prior, _Condition, total=False):
    """For `PCA`, which fixes all that makes it linear and deterministic."""


class M2Arguments(_Encoding, _Densities, total=False):
    """For `M2`, which fixes its objective and its condition."""

    hidden: Sequence[int]


# ── of HierarchicalVAE and QuantisedVAE ───────────────────────────────────────


class LadderArguments(_Seed, _Likelihood, _Prior, total=False):
    """For a hierarchy that fixes its network and posterior, and names its objective."""


class ResidualArguments(LadderArguments, _Objective, total=False):
    """For a hierarchy that fixes its network and names its posterior."""


class HierarchyArguments(ResidualArguments, total=False):
    """For a hierarchy that fixes its network."""

    posterior: str


class QuantisedArguments(ResidualArguments, total=False):
    """For a quantised model that fixes its quantiser."""

    network: Spec
