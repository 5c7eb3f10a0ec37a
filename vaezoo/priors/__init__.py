"""Priors p(z), by name: `PRIORS`."""

from vaezoo import _training  # noqa: F401
from vaezoo.priors.autoregressive_codes import AutoregressiveCodes
from vaezoo.priors.base import Context, Prior
from vaezoo.priors.conditional_normal import ConditionalNormal
from vaezoo.priors.dirichlet import DirichletPrior
from vaezoo.priors.masked_autoregressive import MaskedAutoregressive
from vaezoo.priors.mixture import Mixture
from vaezoo.priors.normal_and_categorical import NormalAndCategoricalPrior
from vaezoo.priors.real_nvp import RealNVP
from vaezoo.priors.standard_normal import StandardNormal
from vaezoo.priors.uniform_categorical import UniformCategorical
from vaezoo.priors.uniform_codes import UniformCodes
from vaezoo.priors.uniform_sphere import UniformSphere
from vaezoo.priors.vamp import VampPrior
from vaezoo.priors.wrapped_normal import WrappedNormal

PRIORS: dict[str, type[Prior]] = {
    "autoregressive_codes": AutoregressiveCodes,
    "conditional_normal": ConditionalNormal,
    "dirichlet": DirichletPrior,
    "masked_autoregressive": MaskedAutoregressive,
    "mixture": Mixture,
    "normal_and_categorical": NormalAndCategoricalPrior,
    "real_nvp": RealNVP,
    "standard_normal": StandardNormal,
    "uniform_categorical": UniformCategorical,
    "uniform_codes": UniformCodes,
    "uniform_sphere": UniformSphere,
    "vamp": VampPrior,
    "wrapped_normal": WrappedNormal,
}

__all__ = [
    "PRIORS",
    "AutoregressiveCodes",
    "ConditionalNormal",
    "Context",
    "DirichletPrior",
    "MaskedAutoregressive",
    "Mixture",
    "NormalAndCategoricalPrior",
    "Prior",
    "RealNVP",
    "StandardNormal",
    "UniformCategorical",
    "UniformCodes",
    "UniformSphere",
    "VampPrior",
    "WrappedNormal",
]
