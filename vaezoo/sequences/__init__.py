"""Models of sequences: what comes next, given what an agent has seen and done."""

from vaezoo import _training  # noqa: F401
from vaezoo.sequences.base import SequenceModel
from vaezoo.sequences.memory import MixtureDensityMemory
from vaezoo.sequences.state_space import RecurrentStateSpaceVAE

__all__ = ["MixtureDensityMemory", "RecurrentStateSpaceVAE", "SequenceModel"]
