"""Measures of synthetic tables: columns in, numbers out. No TensorFlow."""

from vaezoo.metrics.tables.fidelity import (
    classifier_two_sample,
    missingness,
    table_density_coverage,
)
from vaezoo.metrics.tables.privacy import closest_record_share, exact_copies, membership_auroc
from vaezoo.metrics.tables.references import independent_columns, interpolated_rows
from vaezoo.metrics.tables.shapes import column_shapes, mean_score, pair_trends
from vaezoo.metrics.tables.use import train_on_synthetic

__all__ = [
    "classifier_two_sample",
    "closest_record_share",
    "column_shapes",
    "exact_copies",
    "independent_columns",
    "interpolated_rows",
    "mean_score",
    "membership_auroc",
    "missingness",
    "pair_trends",
    "table_density_coverage",
    "train_on_synthetic",
]
