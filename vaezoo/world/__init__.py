"""A VAE that an agent thinks with: environments, what an agent sees and remembers, controllers.

Ha & Schmidhuber 2018 (arXiv 1803.10122): a model V of frames, a memory M of its codes, and a linear
controller C of both, which CMA-ES finds. Nothing here imports TensorFlow; environments and CMA-ES
come with the extra `control`.
"""

from vaezoo.world.agents import Agent, Controller, check_fit
from vaezoo.world.collecting import collect, first_frames, random_frames
from vaezoo.world.controllers import LinearController, Population
from vaezoo.world.dreams import Dream, DreamNoise, draw_next, dream
from vaezoo.world.environments import ENVIRONMENTS, Environment, make
from vaezoo.world.episodes import Collection, Steps, as_sequences, is_collection, read_steps
from vaezoo.world.evolution import Generation, evolve
from vaezoo.world.features import (
    Features,
    LinearFeatures,
    ModelFeatures,
    RawPixels,
    Units,
    principal_components,
    random_projection,
)
from vaezoo.world.fitting import Fitted, fit_controller, fit_in_dream
from vaezoo.world.folders import AgentFacts, Earned, SavedAgent, load_agent, save_agent
from vaezoo.world.memory import ExportedMemory, Memory, MemoryManifest, Prediction
from vaezoo.world.playing import play, save_gif
from vaezoo.world.rollouts import Policy, RandomPolicy, Rollout, roll_out

__all__ = [
    "ENVIRONMENTS",
    "Agent",
    "AgentFacts",
    "Collection",
    "Controller",
    "Dream",
    "DreamNoise",
    "Earned",
    "Environment",
    "ExportedMemory",
    "Features",
    "Fitted",
    "Generation",
    "LinearController",
    "LinearFeatures",
    "Memory",
    "MemoryManifest",
    "ModelFeatures",
    "Policy",
    "Population",
    "Prediction",
    "RandomPolicy",
    "RawPixels",
    "Rollout",
    "SavedAgent",
    "Steps",
    "Units",
    "as_sequences",
    "check_fit",
    "collect",
    "draw_next",
    "dream",
    "evolve",
    "first_frames",
    "fit_controller",
    "fit_in_dream",
    "is_collection",
    "load_agent",
    "make",
    "play",
    "principal_components",
    "random_frames",
    "random_projection",
    "read_steps",
    "roll_out",
    "save_agent",
    "save_gif",
]
