"""What every model is made with: trace, training step, configuration, presets."""
