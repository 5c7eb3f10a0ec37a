"""Arrays in, numbers out: NumPy only."""

from vaezoo.metrics.codebook import codebook_figures
from vaezoo.metrics.collapse import active_units
from vaezoo.metrics.likelihood import ImportanceWeights, bits_per_dimension, mean_and_standard_error

__all__ = [
    "ImportanceWeights",
    "active_units",
    "bits_per_dimension",
    "codebook_figures",
    "mean_and_standard_error",
]
