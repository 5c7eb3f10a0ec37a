"""The models, by name: the list that the command line and the tests read."""

from vaezoo import _training  # noqa: F401
from vaezoo.models.base import LatentVariableModel
from vaezoo.models.beta_vae import BetaVAE
from vaezoo.models.iwae import IWAE
from vaezoo.models.vae import VAE

MODELS = {model.__name__: model for model in (VAE, BetaVAE, IWAE)}

__all__ = ["IWAE", "MODELS", "VAE", "BetaVAE", "LatentVariableModel"]
