"""Arrays in, numbers out: NumPy only."""

from vaezoo.metrics.codebook import codebook_figures
from vaezoo.metrics.collapse import active_units
from vaezoo.metrics.decomposition import kl_decomposition
from vaezoo.metrics.likelihood import (
    ImportanceWeights,
    bits_per_dimension,
    corrected_mean,
    mean_and_standard_error,
)
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

__all__ = [
    "ImportanceWeights",
    "active_units",
    "bits_per_dimension",
    "class_histogram",
    "codebook_figures",
    "confident_share",
    "corrected_mean",
    "density_coverage",
    "frechet_distance",
    "great_circles",
    "jacobian_norm",
    "kl_decomposition",
    "lines",
    "mean_and_standard_error",
    "memorisation_ratio",
    "path_lengths",
    "precision_recall",
    "two_sample_accuracy",
]
