"""Real examples in the features of a classifier, to compare samples with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from vaezoo.protocols import Array


class Reference:
    """Training and test examples, classified.

    Args:
        reference_classifier: examples -> `vaezoo.reference_classifiers.Prediction`.
        train: examples of the training split, [N, *data_shape].
        test: of the test split, [M, *data_shape], M no more than N.
    """

    def __init__(
        self,
        reference_classifier: Callable[[Array], reference_classifiers.Prediction],
        train: Array,
        test: Array,
    ) -> None:
        self.reference_classifier = reference_classifier
        self.num = len(test)
        self.train, self.test = reference_classifier(train), reference_classifier(test)

    @classmethod
    def of(
        cls, reference_classifier: reference_classifiers.ReferenceClassifier, num: int = 10_000
    ) -> Reference:
        """Of the data that the classifier was trained on: at most `num` test examples, evenly
        spaced, and all training examples."""
        real = datasets.load(reference_classifier.data)
        return cls(reference_classifier, _some(real.train, len(real.train)), _some(real.test, num))

    def compare(self, x: Array) -> dict[str, Any]:
        """Compares examples [N, *data_shape], with values from 0 to 1, with the test split.

        Fréchet distance, precision and recall, density and coverage of their features; the
        fraction that the classifier is confident of; the fraction of each class; and how close
        they are to training examples, relative to test examples.
        """
        predictions = self.reference_classifier(x)
        ratio = memorisation_ratio(self.train.features, self.test.features, predictions.features)
        return self._compare(predictions) | {"memorisation_ratio": ratio}

    def floor(self) -> dict[str, Any]:
        """The same figures of as many training examples: those of a perfect model."""
        rows = evenly_spaced(len(self.train.features), self.num)
        return self._compare(reference_classifiers.Prediction(*(side[rows] for side in self.train)))

    def _compare(self, predictions: reference_classifiers.Prediction) -> dict[str, Any]:
        return {
            "frechet_distance": frechet_distance(self.test.features, predictions.features),
            **precision_recall(self.test.features, predictions.features),
            **density_coverage(self.test.features, predictions.features),
            "confident_share": confident_share(predictions.probabilities),
            "class_histogram": class_histogram(predictions.probabilities),
        }


def _some(source: Source, num: int) -> Array:
    return as_float(source[evenly_spaced(len(source), num)])
