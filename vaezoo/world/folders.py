"""An agent as a folder: its controller, the export of what it sees with, and its memory's graph.

An agent of a preset is a folder in the preset's export, which it sees with.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from vaezoo import zoo
from vaezoo._storage import fields, files
from vaezoo.errors import ConfigError, DamagedFileError, UnknownNameError
from vaezoo.protocols import Array
from vaezoo.runtime import manifest
from vaezoo.runtime.model import Model
from vaezoo.world.agents import Agent
from vaezoo.world.controllers import LinearController, on_pixels
from vaezoo.world.features import Features, LinearFeatures, ModelFeatures, RawPixels
from vaezoo.world.memory import STEP, ExportedMemory

INDEX, FORMAT = "agent.json", 1
CONTROLLER, VISION, MEMORY = "controller.npz", "vision", "memory"
AGENT = "agent"  # in the export that it sees with


@dataclass(frozen=True)
class Earned:
    """What an agent earned in episodes that it had not been fitted on.

    Attributes:
        mean, standard_error: of the episodes' returns.
        num_episodes: how many there were.
    """

    mean: float
    standard_error: float
    num_episodes: int

    @classmethod
    def of(cls, returns: Array) -> Earned:
        """Of returns, [N]."""
        num = len(returns)
        error = returns.std(ddof=1) / num**0.5 if num > 1 else 0.0
        return cls(float(returns.mean()), float(error), num)


@dataclass(frozen=True)
class AgentFacts:
    """What agent.json says.

    Attributes:
        environment: that the agent was made for.
        frame_shape: [H, W, C], of what it sees.
        limit: steps of an episode, as it was fitted.
        earned: in episodes that it was not fitted on, where it played any.
        controller: size and hash of the controller's file.
    """

    environment: str
    frame_shape: tuple[int, ...]
    limit: int
    earned: Earned | None
    controller: files.File

    @classmethod
    def read(cls, folder: Path) -> AgentFacts:
        """Of an agent's folder. Raises `DamagedFileError`."""
        path = folder / INDEX
        entry = files.read_json(path)
        try:
            if entry["format"] != FORMAT:
                raise ValueError(f"format {entry['format']!r}, this version reads {FORMAT}")
            return cls(
                fields.name(entry["environment"]),
                fields.sizes(entry["frame_shape"], 3),
                fields.whole(entry["limit"], 1),
                _earned(entry.get("earned")),
                fields.files(entry["files"])[CONTROLLER],
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise DamagedFileError(f"{path} describes no agent: {error}.") from None


@dataclass(frozen=True)
class SavedAgent:
    """An agent of a folder, on ONNX Runtime.

    Attributes:
        agent: of it.
        environment: that it was made for.
        limit: steps of an episode, as it was fitted.
        model: that it sees with; None where it acts on pixels.
        folder: where it is.
    """

    agent: Agent
    environment: str
    limit: int
    model: Model | None
    folder: Path


def save_agent(
    folder: str | os.PathLike[str],
    features: Features,
    controller: LinearController,
    environment: str,
    *,
    limit: int,
    memory: ExportedMemory | None = None,
    returns: Array | None = None,
) -> Path:
    """Writes an agent's folder, which is complete or absent, in place of an old one.

    A linear map of the pixels becomes part of the controller.

    Args:
        folder: for it. If it is `agent` in the export of the features' model, the agent is one of
            that export, by whose name it is loaded.
        features: a model's (`ModelFeatures` of an export), pixels, or a linear map of them.
        controller: of the features, and of the memory's state.
        environment: its name.
        limit: steps of an episode.
        memory: that the agent has.
        returns: of episodes that it was not fitted on, [N], which `agent.json` then tells.

    Raises:
        ConfigError: the folder holds other files, or the model is not an export.
    """
    export = None
    if isinstance(features, LinearFeatures):
        controller = on_pixels(controller, features)
    elif isinstance(features, ModelFeatures):
        export = _export_folder(features)
    entry: dict[str, object] = {
        "format": FORMAT,
        "environment": environment,
        "frame_shape": list(features.frame_shape),
        "limit": limit,
    }
    if returns is not None:
        entry["earned"] = dataclasses.asdict(Earned.of(returns))
    with files.replaced_directory(folder, INDEX) as temporary:
        controller.save(temporary / CONTROLLER)
        if export is not None and Path(folder).resolve() != export.resolve() / AGENT:
            _copy_graphs(export, temporary / VISION)
        if memory is not None:
            _copy_step(memory.folder, temporary / MEMORY)
        described = dataclasses.asdict(files.describe(temporary / CONTROLLER))
        files.write_json(temporary / INDEX, {**entry, "files": {CONTROLLER: described}})
    return Path(folder)


def load_agent(name_or_path: str | os.PathLike[str]) -> SavedAgent:
    """The agent of a folder that `save_agent` has written, or of a preset, run or export that has
    one.

    Raises:
        UnknownNameError: there is no such folder or preset, or it has no agent.
        DamagedFileError: a file is missing, is not the one that was saved, or is none of ours.
        DownloadError: the preset is known, but not available.

    Example:
        >>> from vaezoo import world
        >>> saved = world.load_agent("agents/breakout")  # doctest: +SKIP
    """
    place = _find(name_or_path)
    facts = AgentFacts.read(place)
    files.check(place / CONTROLLER, facts.controller)
    controller = LinearController.load(place / CONTROLLER)
    memory = ExportedMemory(place / MEMORY) if (place / MEMORY).is_dir() else None
    model = _model(place)
    features = RawPixels(facts.frame_shape) if model is None else ModelFeatures(model)
    agent = Agent(features, controller, controller.num_actions, memory)
    seen = tuple(features.frame_shape)
    if agent.num_inputs != controller.num_features or seen != facts.frame_shape:
        raise DamagedFileError(
            f"{place}: the controller takes {controller.num_features} features of frames "
            f"{list(facts.frame_shape)}, what it sees and remembers gives {agent.num_inputs} of "
            f"{list(seen)}: save the agent again."
        )
    return SavedAgent(agent, facts.environment, facts.limit, model, place)


def _export_folder(features: ModelFeatures) -> Path:
    if not isinstance(features.model, Model):
        raise ConfigError(
            f"the features are of a {type(features.model).__name__}: save it as a preset, and take "
            "its export, vaezoo.load(folder)."
        )
    return features.model.folder


def _copy_graphs(export: Path, folder: Path) -> None:
    """What seeing takes of an export, and what drawing its reconstructions takes."""
    graphs = manifest.Manifest.read(export).graphs
    kept = [graphs[name] for name in ("encoder", "decoder")]
    folder.mkdir()
    for name in {manifest.FILE, *(file for graph in kept for file in (graph.file, *graph.weights))}:
        shutil.copyfile(export / name, folder / name)


def _find(name_or_path: str | os.PathLike[str]) -> Path:
    """The agent's folder: the one that is named, or one in an export."""
    place = Path(name_or_path)
    if (place / INDEX).is_file():
        return place
    if not place.is_dir() or any((p / manifest.FILE).is_file() for p in (place, place / "export")):
        place = zoo.find_export(name_or_path) / AGENT
    if not (place / INDEX).is_file():
        raise UnknownNameError(f"{name_or_path} has no agent: there is no {place / INDEX}.")
    return place


def _model(folder: Path) -> Model | None:
    """What an agent sees with: the export around it, its own copy, or nothing."""
    around, own = folder.resolve().parent, folder / VISION
    if folder.resolve().name == AGENT and (around / manifest.FILE).is_file():
        own = around
    if not own.is_dir():
        return None
    return Model(own, manifest.Manifest.read(own), num_threads=1)


def _copy_step(export: Path, folder: Path) -> None:
    """What remembering takes of an exported memory."""
    folder.mkdir()
    for name in (manifest.FILE, f"{STEP}.onnx"):
        shutil.copyfile(export / name, folder / name)


def _earned(value: object) -> Earned | None:
    if value is None:
        return None
    entry = fields.mapping(value)
    mean, error = (fields.number(entry[name]) for name in ("mean", "standard_error"))
    return Earned(mean, error, fields.whole(entry["num_episodes"], 1))
