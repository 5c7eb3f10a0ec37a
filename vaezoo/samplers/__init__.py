"""Samplers fitted to the latents of a trained model, by name.

z = vaezoo.evaluation.sample_posterior(model, x_train)
sampler = fit_sampler("mixture", z, num_components=10)
"""

from vaezoo import _training  # noqa: F401
from vaezoo.samplers.base import Sampler
from vaezoo.samplers.by_label import ByLabel
from vaezoo.samplers.fitting import SAMPLERS, fit_sampler, fit_to_model
from vaezoo.samplers.hypersphere import Hypersphere
from vaezoo.samplers.mixture import NormalMixture
from vaezoo.samplers.standardised import Standardised
from vaezoo.samplers.two_stage import TwoStage

__all__ = [
    "SAMPLERS",
    "ByLabel",
    "Hypersphere",
    "NormalMixture",
    "Sampler",
    "Standardised",
    "TwoStage",
    "fit_sampler",
    "fit_to_model",
]
