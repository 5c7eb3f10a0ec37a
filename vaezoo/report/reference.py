"""Real examples as a judge sees them, to hold samples against."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vaezoo import datasets, reference_classifiers
from vaezoo.datasets.base import Source, as_float, evenly_spaced
from vaezoo.metrics import (
    class_histogram,
    confident_share,
    density_coverage,
    frechet_distance,
    memorisation_ratio,
    precision_recall,
)


class Reference:
    """Training and test examples as a judge sees them.

    Args:
        judge: examples -> `vaezoo.reference_classifiers.Prediction`.
        train: examples of the training split, [N, *data_shape].
        test: of the test split, [M, *data_shape], M no more than N.
    """

    def __init__(
        self,
        reference_classifier: Callable[[np.ndarray], reference_classifiers.Prediction],
        train: np.ndarray,
        test: np.ndarray,
    ) -> None:
        self.reference_classifier = reference_classifier
        self.num = len(test)
        self.train, self.test = reference_classifier(train), reference_classifier(test)

    @classmethod
    def of(
        cls, reference_classifier: reference_classifiers.ReferenceClassifier, num: int = 10_000
    ) -> Reference:
        """Of the data that the judge was trained on: `num` test examples at most, evenly spaced,
        and all training examples."""
        real = datasets.load(reference_classifier.data)
        return cls(reference_classifier, _some(real.train, len(real.train)), _some(real.test, num))

    def compare(self, x: np.ndarray) -> dict[str, Any]:
        """How examples [N, *data_shape], of values from 0 to 1, compare with the test split.

        Fréchet distance, precision and recall, density and coverage of their features; the
        share of them that the judge is sure of; how many there are of each class; and how near
        they are to training examples, compared with test examples.
        """
        seen = self.reference_classifier(x)
        near = memorisation_ratio(self.train.features, self.test.features, seen.features)
        return self._compare(seen) | {"memorisation_ratio": near}

    def floor(self) -> dict[str, Any]:
        """The same figures of as many training examples: what samples like the data would have."""
        rows = evenly_spaced(len(self.train.features), self.num)
        return self._compare(reference_classifiers.Prediction(*(side[rows] for side in self.train)))

    def _compare(self, seen: reference_classifiers.Prediction) -> dict[str, Any]:
        return {
            "frechet_distance": frechet_distance(self.test.features, seen.features),
            **precision_recall(self.test.features, seen.features),
            **density_coverage(self.test.features, seen.features),
            "confident_share": confident_share(seen.probabilities),
            "class_histogram": class_histogram(seen.probabilities),
        }


def _some(source: Source, num: int) -> np.ndarray:
    return as_float(source[evenly_spaced(len(source), num)])
