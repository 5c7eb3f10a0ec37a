"""What every model is made with: trace, training step, configuration, presets."""

from vaezoo import _training  # noqa: F401
