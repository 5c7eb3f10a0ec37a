"""Missing values of examples, drawn given the observed ones. No TensorFlow."""

from vaezoo.imputation.impute import Imputation, impute

__all__ = ["Imputation", "impute"]
