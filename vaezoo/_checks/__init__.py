"""Checks of arrays and arguments, for both halves of the package: NumPy only."""

from vaezoo._checks.arguments import (
    above_zero,
    check_num_samples,
    check_seed,
    check_shape,
    not_negative,
    not_negative_integer,
    positive,
)
from vaezoo._checks.arrays import (
    all_finite,
    as_array,
    check_array,
    check_codes,
    check_noise,
    check_range,
    comparing_only,
    warn_of_cross_entropy,
)
from vaezoo._checks.labels import (
    UNKNOWN,
    label_vectors,
    named_labels,
    vectors,
)

__all__ = [
    "UNKNOWN",
    "above_zero",
    "all_finite",
    "as_array",
    "check_array",
    "check_codes",
    "check_noise",
    "check_num_samples",
    "check_range",
    "check_seed",
    "check_shape",
    "comparing_only",
    "label_vectors",
    "named_labels",
    "not_negative",
    "not_negative_integer",
    "positive",
    "vectors",
    "warn_of_cross_entropy",
]
