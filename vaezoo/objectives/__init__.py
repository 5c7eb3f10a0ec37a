"""Objectives, which models minimise, by name: `OBJECTIVES`."""

from vaezoo import _training  # noqa: F401
from vaezoo.objectives.adversarial import (
    Adversarial,
    FactorAdversarial,
    FeatureAdversarial,
    LatentAdversarial,
)
from vaezoo.objectives.annealed import AnnealedELBO
from vaezoo.objectives.attributes import AttributeRegularised
from vaezoo.objectives.balanced import BalancedELBO
from vaezoo.objectives.base import ModelObjective, Objective
from vaezoo.objectives.capacity import Capacity
from vaezoo.objectives.constrained import Constrained
from vaezoo.objectives.decaying_weight import DecayingWeight
from vaezoo.objectives.discrepancy import MeanDiscrepancy
from vaezoo.objectives.elbo import ELBO
from vaezoo.objectives.free_bits import FreeBits
from vaezoo.objectives.importance_weighted import ImportanceWeighted
from vaezoo.objectives.moments import DisentangledInferredPrior
from vaezoo.objectives.path_gradients import DoublyReparameterised, StickingTheLanding
from vaezoo.objectives.regularised import Regularised
from vaezoo.objectives.renyi import Renyi
from vaezoo.objectives.semi_supervised import SemiSupervised
from vaezoo.objectives.several_bounds import (
    CombinedImportanceWeighted,
    MultipleImportanceWeighted,
    PartiallyImportanceWeighted,
)
from vaezoo.objectives.structural_similarity import StructuralSimilarity
from vaezoo.objectives.total_correlation import TotalCorrelation

OBJECTIVES: dict[str, type[Objective]] = {
    "elbo": ELBO,
    "annealed_elbo": AnnealedELBO,
    "balanced_elbo": BalancedELBO,
    "capacity": Capacity,
    "free_bits": FreeBits,
    "total_correlation": TotalCorrelation,
    "attribute_regularised": AttributeRegularised,
    "disentangled_inferred_prior": DisentangledInferredPrior,
    "mean_discrepancy": MeanDiscrepancy,
    "importance_weighted": ImportanceWeighted,
    "multiple_importance_weighted": MultipleImportanceWeighted,
    "partially_importance_weighted": PartiallyImportanceWeighted,
    "combined_importance_weighted": CombinedImportanceWeighted,
    "doubly_reparameterised": DoublyReparameterised,
    "sticking_the_landing": StickingTheLanding,
    "decaying_weight": DecayingWeight,
    "renyi": Renyi,
    "constrained": Constrained,
    "regularised": Regularised,
    "semi_supervised": SemiSupervised,
    "structural_similarity": StructuralSimilarity,
    "factor_adversarial": FactorAdversarial,
    "latent_adversarial": LatentAdversarial,
    "feature_adversarial": FeatureAdversarial,
}

__all__ = [
    "ELBO",
    "OBJECTIVES",
    "Adversarial",
    "AnnealedELBO",
    "AttributeRegularised",
    "BalancedELBO",
    "Capacity",
    "CombinedImportanceWeighted",
    "Constrained",
    "DecayingWeight",
    "DisentangledInferredPrior",
    "DoublyReparameterised",
    "FactorAdversarial",
    "FeatureAdversarial",
    "FreeBits",
    "ImportanceWeighted",
    "LatentAdversarial",
    "MeanDiscrepancy",
    "ModelObjective",
    "MultipleImportanceWeighted",
    "Objective",
    "PartiallyImportanceWeighted",
    "Regularised",
    "Renyi",
    "SemiSupervised",
    "StickingTheLanding",
    "StructuralSimilarity",
    "TotalCorrelation",
]
