"""Likelihoods p(x|z), by name."""

from vaezoo.likelihoods.base import Likelihood
from vaezoo.likelihoods.bernoulli import Bernoulli
from vaezoo.likelihoods.normal import Normal

LIKELIHOODS = {"bernoulli": Bernoulli, "normal": Normal}

__all__ = ["LIKELIHOODS", "Bernoulli", "Likelihood", "Normal"]
