"""What every model does: one training step, `fit`, the methods that users call, presets."""
