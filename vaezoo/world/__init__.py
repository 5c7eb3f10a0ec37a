"""What an agent thinks with: an exported memory, and dreams in it. Nothing imports TensorFlow."""

from vaezoo.world.dreams import Dream, DreamNoise, draw_next, dream
from vaezoo.world.memory import ExportedMemory, Memory, MemoryManifest, Prediction

__all__ = [
    "Dream",
    "DreamNoise",
    "ExportedMemory",
    "Memory",
    "MemoryManifest",
    "Prediction",
    "draw_next",
    "dream",
]
