"""Reference classifiers: small classifiers, in ONNX, in whose features samples are compared.

Inception's features are those of photographs, and come with no package; a reference classifier is
trained on the data set itself and comes with this one.
"""

from vaezoo.reference_classifiers.classifier import (
    FOLDER,
    REFERENCE_CLASSIFIERS,
    Prediction,
    ReferenceClassifier,
    load,
)

__all__ = ["FOLDER", "REFERENCE_CLASSIFIERS", "Prediction", "ReferenceClassifier", "load"]
