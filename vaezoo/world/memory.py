"""The memory of an agent as an export: one step of `MixtureDensityMemory`, on ONNX Runtime."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from vaezoo._checks import check_array, positive
from vaezoo._storage import fields, files
from vaezoo._storage.files import File
from vaezoo.errors import DamagedFileError, DataError
from vaezoo.protocols import Array, ArrayLike
from vaezoo.runtime.consistency import LARGEST, LARGEST_LATENT, at_most
from vaezoo.runtime.contents import ListedFiles
from vaezoo.runtime.graphs import Graphs
from vaezoo.runtime.manifest import FILE, Graph, Port, Variant

FORMAT, KIND, STEP = 1, "memory", "step"


@dataclass(frozen=True)
class Prediction:
    """What a memory expects after z and an action.

    Attributes:
        log_weights, means, scales: of the mixture of each dimension of the next z, [N, K, D]:
            p(z_d) = sum_k exp(log_weights_kd) N(z_d; means_kd, scales_kd^2).
        reward: its mean, [N].
        done_logit: of the probability that the episode ends, [N].
        next_state: [N, H].
    """

    log_weights: Array
    means: Array
    scales: Array
    reward: Array
    done_logit: Array
    next_state: Array


class Memory(Protocol):
    """What remembers the codes and actions of an episode, and expects what follows:
    `vaezoo.sequences.MixtureDensityMemory` in Keras, or `ExportedMemory`.

    Attributes:
        latent_dim: D, the size of z.
        num_actions: A, numbers of an action.
    """

    latent_dim: int
    num_actions: int

    @property
    def size(self) -> int:
        """H, of the state, which is zeros as an episode begins."""

    def initial_state(self, num: int) -> Array:
        """The state before the first step of `num` sequences, [num, H]."""

    def step(self, z: ArrayLike, action: ArrayLike, state: ArrayLike) -> Prediction:
        """What follows z, [N, D], and actions, [N, A], in a state, [N, H]."""

    def next_state(self, z: ArrayLike, action: ArrayLike, state: ArrayLike) -> Array:
        """The state after z and actions alone, [N, H]."""


@dataclass(frozen=True)
class MemoryManifest(ListedFiles):
    """The table of contents of an exported memory.

    Attributes:
        preset: its name.
        latent_dim: D, the size of z.
        num_actions: A, numbers of an action.
        state_dim: H, the size of the state.
        num_components: K, normals of each dimension's mixture.
        weights_sha256: hash of the weights that the graph was made from.
        version: of the vaezoo that made it.
        files: by path relative to the manifest.
        kind, format: of this file.
    """

    preset: str
    latent_dim: int
    num_actions: int
    state_dim: int
    num_components: int
    weights_sha256: str
    version: str
    files: Mapping[str, File] = field(default_factory=dict)
    kind: str = KIND
    format: int = FORMAT

    @property
    def graphs(self) -> Mapping[str, Graph]:
        """Its one graph, whose inputs and outputs follow from the sizes."""
        mixture = (self.num_components, self.latent_dim)
        inputs = (
            Port("z", (self.latent_dim,)),
            Port("action", (self.num_actions,)),
            Port("state", (self.state_dim,)),
        )
        outputs = (
            Port("done_logit", ()),
            Port("log_weights", mixture),
            Port("means", mixture),
            Port("next_state", (self.state_dim,)),
            Port("reward", ()),
            Port("scales", mixture),
        )
        return {STEP: Graph(f"{STEP}.onnx", inputs, outputs)}

    @property
    def variants(self) -> Mapping[str, Variant]:
        """None."""
        return {}

    @property
    def refused(self) -> Mapping[str, str]:
        """None."""
        return {}

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> Self:
        """Reads folder/manifest.json.

        Raises:
            DamagedFileError: it is missing, unreadable, of another kind or format, or names a file
                outside the folder.
        """
        path = Path(folder) / FILE
        values = files.read_json(path)
        try:
            return cls._parse(fields.mapping(values))
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedFileError(f"{path} is no manifest of a memory: {error!s}.") from None

    @classmethod
    def _parse(cls, values: Mapping[str, object]) -> Self:
        fields.choice(values["kind"], (KIND,))
        if values["format"] != FORMAT:
            raise ValueError(f"format {values['format']!r}, this version reads {FORMAT}")
        names = ("latent_dim", "num_actions", "state_dim", "num_components")
        sizes = {name: fields.whole(values[name], 1) for name in names}
        for name, size in sizes.items():
            at_most(name, size, LARGEST_LATENT)
        at_most("what a step gives", sizes["num_components"] * sizes["latent_dim"], LARGEST)
        listed = fields.files(values["files"])
        if f"{STEP}.onnx" not in listed:
            raise ValueError(f"'{STEP}.onnx' is not among the files")
        return cls(
            preset=fields.text(values["preset"]),
            latent_dim=sizes["latent_dim"],
            num_actions=sizes["num_actions"],
            state_dim=sizes["state_dim"],
            num_components=sizes["num_components"],
            weights_sha256=fields.sha256(values["weights_sha256"]),
            version=fields.text(values["version"]),
            files=listed,
        )

    def write(self, folder: Path) -> None:
        """Writes folder/manifest.json."""
        files.write_json(folder / FILE, dataclasses.asdict(self))


def check_lengths(**arrays: Array) -> None:
    """Raises `DataError` where arrays have different numbers of rows."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} has {length} rows" for name, length in lengths.items())
        raise DataError(f"{found}: expected as many of each.")


class ExportedMemory:
    """An exported memory, as `vaezoo.export.export_memory` writes it.

    Arrays are float32, batch first. The graph is verified against its hash and against the list of
    operators that may be in an export, before it is opened.

    Args:
        folder: of the export.
        device: "cpu", "cuda" or "auto".
        num_threads: that one call may use; a step is too small to share. None: as many as there
            are cores.

    Attributes:
        manifest: its sizes and files.
        latent_dim, num_actions, state_dim, num_components: D, A, H and K.

    Raises:
        DamagedFileError: a file is missing, changed, or no memory's.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        device: str = "cpu",
        *,
        num_threads: int | None = 1,
    ) -> None:
        self.folder = Path(folder)
        self.manifest = MemoryManifest.read(self.folder)
        self.latent_dim = self.manifest.latent_dim
        self.num_actions = self.manifest.num_actions
        self.state_dim = self.manifest.state_dim
        self.num_components = self.manifest.num_components
        self._graphs = Graphs(self.folder, self.manifest, device, None, num_threads)

    def __repr__(self) -> str:
        sizes = f"z ({self.latent_dim},), state ({self.state_dim},)"
        return f"<ExportedMemory {self.manifest.preset}: {sizes}, {self._graphs.device}>"

    @property
    def size(self) -> int:
        """H, of the state."""
        return self.state_dim

    def initial_state(self, num: int) -> Array:
        """The state before the first step of `num` sequences: zeros, [num, H]."""
        return np.zeros((positive("num", num), self.state_dim), np.float32)

    def step(self, z: ArrayLike, action: ArrayLike, state: ArrayLike) -> Prediction:
        """What follows z, [N, D], and actions, [N, A], in a state, [N, H].

        Raises:
            DataError: arrays of another shape or of several lengths, or not finite.
            DamagedFileError: the graph cannot be run.
        """
        return Prediction(**self._graphs.run(STEP, *self._inputs(z, action, state)))

    def next_state(self, z: ArrayLike, action: ArrayLike, state: ArrayLike) -> Array:
        """The state after z and actions, [N, H]: all that acting needs. Raises as `step`."""
        inputs = self._inputs(z, action, state)
        return self._graphs.run(STEP, *inputs, only="next_state")["next_state"]

    def _inputs(self, z: ArrayLike, action: ArrayLike, state: ArrayLike) -> list[Array]:
        sizes = {"z": self.latent_dim, "action": self.num_actions, "state": self.state_dim}
        values = zip(sizes.items(), (z, action, state), strict=True)
        found = {name: check_array(value, (size,), what=name) for (name, size), value in values}
        check_lengths(**found)
        return list(found.values())
