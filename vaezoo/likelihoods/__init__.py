"""Likelihoods p(x|z), by name: `LIKELIHOODS`."""

from vaezoo import _training  # noqa: F401
from vaezoo.likelihoods.base import Likelihood
from vaezoo.likelihoods.bernoulli import Bernoulli
from vaezoo.likelihoods.categorical import Categorical
from vaezoo.likelihoods.colour_logistic_mixture import ColourLogisticMixture
from vaezoo.likelihoods.continuous_bernoulli import ContinuousBernoulli
from vaezoo.likelihoods.discretised_logistic import DiscretisedLogistic
from vaezoo.likelihoods.laplace import Laplace
from vaezoo.likelihoods.negative_binomial import NegativeBinomial
from vaezoo.likelihoods.normal import Normal
from vaezoo.likelihoods.optimal_normal import OptimalNormal
from vaezoo.likelihoods.poisson import Poisson
from vaezoo.likelihoods.student_t import StudentT
from vaezoo.likelihoods.table import Table

LIKELIHOODS: dict[str, type[Likelihood]] = {
    "bernoulli": Bernoulli,
    "categorical": Categorical,
    "colour_logistic_mixture": ColourLogisticMixture,
    "continuous_bernoulli": ContinuousBernoulli,
    "discretised_logistic": DiscretisedLogistic,
    "laplace": Laplace,
    "negative_binomial": NegativeBinomial,
    "normal": Normal,
    "optimal_normal": OptimalNormal,
    "poisson": Poisson,
    "student_t": StudentT,
    "table": Table,
}

__all__ = [
    "LIKELIHOODS",
    "Bernoulli",
    "Categorical",
    "ColourLogisticMixture",
    "ContinuousBernoulli",
    "DiscretisedLogistic",
    "Laplace",
    "Likelihood",
    "NegativeBinomial",
    "Normal",
    "OptimalNormal",
    "Poisson",
    "StudentT",
    "Table",
]
