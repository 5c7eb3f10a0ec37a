"""Metrics: arrays in, numbers out, with NumPy only."""

from vaezoo.metrics import tables, transitions
from vaezoo.metrics.attribute_codes import attribute_control, spearman
from vaezoo.metrics.attribute_edits import edit_accuracy, label_kept, leak
from vaezoo.metrics.baselines import baselines
from vaezoo.metrics.codebook import codebook_figures
from vaezoo.metrics.collapse import active_units
from vaezoo.metrics.decomposition import kl_decomposition
from vaezoo.metrics.factor_vae import factor_vae_score
from vaezoo.metrics.information import mig, modularity, mutual_informations
from vaezoo.metrics.likelihood import (
    ImportanceWeights,
    bits_per_dimension,
    corrected_mean,
    mean_and_standard_error,
)
from vaezoo.metrics.prediction import dci, linear_probe, sap
from vaezoo.metrics.ranking import auroc, average_precision
from vaezoo.metrics.regularity import (
    great_circles,
    jacobian_norm,
    lines,
    path_lengths,
    two_sample_accuracy,
)
from vaezoo.metrics.samples import (
    class_histogram,
    confident_share,
    density_coverage,
    frechet_distance,
    memorisation_ratio,
    precision_recall,
)
from vaezoo.metrics.scores import disentanglement

__all__ = [
    "ImportanceWeights",
    "active_units",
    "attribute_control",
    "auroc",
    "average_precision",
    "baselines",
    "bits_per_dimension",
    "class_histogram",
    "codebook_figures",
    "confident_share",
    "corrected_mean",
    "dci",
    "density_coverage",
    "disentanglement",
    "edit_accuracy",
    "factor_vae_score",
    "frechet_distance",
    "great_circles",
    "jacobian_norm",
    "kl_decomposition",
    "label_kept",
    "leak",
    "linear_probe",
    "lines",
    "mean_and_standard_error",
    "memorisation_ratio",
    "mig",
    "modularity",
    "mutual_informations",
    "path_lengths",
    "precision_recall",
    "sap",
    "spearman",
    "tables",
    "transitions",
    "two_sample_accuracy",
]
