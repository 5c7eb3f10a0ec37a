"""Distributions, bijectors and divergences: the only package that imports TensorFlow Probability.

`tfd` and `tfb` are its distributions and bijectors; the other names are what it lacks.
"""

from tensorflow_probability import bijectors as tfb
from tensorflow_probability import distributions as tfd

from vaezoo import _training  # noqa: F401
from vaezoo.distributions import divergences  # noqa: F401  # registers them
from vaezoo.distributions.ball import BallExponential, BallTranslation
from vaezoo.distributions.base import VectorDistribution
from vaezoo.distributions.binary import Binary
from vaezoo.distributions.choice import category_from_noise, mixture_from_noise
from vaezoo.distributions.colour import LogisticPixel
from vaezoo.distributions.discretised import CategoricalValue, LogisticValue
from vaezoo.distributions.factorised import kl_per_dimension, log_prob_per_dimension
from vaezoo.distributions.joint import Joint
from vaezoo.distributions.mixture import normal_mixture
from vaezoo.distributions.path import path_log_prob
from vaezoo.distributions.planar import Planar
from vaezoo.distributions.power_spherical import OpenPowerSpherical
from vaezoo.distributions.promised import promised
from vaezoo.distributions.radial import Radial
from vaezoo.distributions.sampling import (
    Draws,
    NoiseDraws,
    SeededDraws,
    draws,
    from_noise,
    log_prob_of_noise,
    normal_moments,
)
from vaezoo.distributions.sequence import CodeSequence
from vaezoo.distributions.simplex import OpenDirichlet, RelaxedCategories
from vaezoo.distributions.table import TableCells
from vaezoo.distributions.top_down import ChooseLatent, TopDown
from vaezoo.distributions.triangular import TriangularAffine

__all__ = [
    "BallExponential",
    "BallTranslation",
    "Binary",
    "CategoricalValue",
    "ChooseLatent",
    "CodeSequence",
    "Draws",
    "Joint",
    "LogisticPixel",
    "LogisticValue",
    "NoiseDraws",
    "OpenDirichlet",
    "OpenPowerSpherical",
    "Planar",
    "Radial",
    "RelaxedCategories",
    "SeededDraws",
    "TableCells",
    "TopDown",
    "TriangularAffine",
    "VectorDistribution",
    "category_from_noise",
    "draws",
    "from_noise",
    "kl_per_dimension",
    "log_prob_of_noise",
    "log_prob_per_dimension",
    "mixture_from_noise",
    "normal_mixture",
    "normal_moments",
    "path_log_prob",
    "promised",
    "tfb",
    "tfd",
]
