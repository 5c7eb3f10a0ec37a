"""What an agent thinks with, without TensorFlow."""
