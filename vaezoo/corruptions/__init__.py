"""Corruptions of the encoder's inputs in training, for denoising models, by name."""

from vaezoo import _training  # noqa: F401
from vaezoo.corruptions.base import Corruption
from vaezoo.corruptions.gaussian import Gaussian
from vaezoo.corruptions.masking import Masking

CORRUPTIONS: dict[str, type[Corruption]] = {"gaussian": Gaussian, "masking": Masking}

__all__ = ["CORRUPTIONS", "Corruption", "Gaussian", "Masking"]
