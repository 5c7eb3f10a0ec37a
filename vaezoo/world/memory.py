"""The memory of an agent: the recurrent model "M" of Ha & Schmidhuber 2018, a step at a time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

import numpy as np

from vaezoo.errors import DamagedFileError
from vaezoo.protocols import Array

_INPUTS, _STATE = ("z", "action", "state"), "next_state"


class Memory(Protocol):
    """What remembers the codes and actions of an episode.

    Attributes:
        size: H, of the state, which is zeros as an episode begins.
    """

    size: int

    def next_state(self, z: Array, actions: Array, state: Array) -> Array:
        """The state after codes z [N, D] and actions, one-hot [N, A], for a state [N, H]."""


class ExportedMemory:
    """The graph `step` of an exported memory, on ONNX Runtime.

    Its inputs are z [N, D], action [N, A] and state [N, H]; of its outputs the next state, [N, H],
    is what acting needs.

    Args:
        path: of the .onnx.

    Attributes:
        code_size: D.
        num_actions: A.
        size: H.

    Raises:
        DamagedFileError: it cannot be loaded, or has other inputs and outputs.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        from vaezoo.runtime.sessions import open_session

        self.path = Path(path)
        self._session = open_session(self.path, num_threads=1)
        inputs = {port.name: port.shape for port in self._session.get_inputs()}
        outputs = {port.name: port.shape for port in self._session.get_outputs()}
        sizes = [inputs[name][-1] for name in _INPUTS if len(inputs.get(name, ())) == 2]
        if set(inputs) != set(_INPUTS) or len(sizes) != 3 or _STATE not in outputs:
            raise DamagedFileError(
                f"{path} takes {', '.join(inputs)} and gives {', '.join(outputs)}: expected "
                f"{', '.join(_INPUTS)}, [N, …] each, and among others {_STATE}; export it again."
            )
        self.code_size, self.num_actions, self.size = map(int, sizes)

    def __reduce__(self) -> tuple[type[ExportedMemory], tuple[Path]]:
        """Sessions cannot be sent to another process: it opens its own."""
        return type(self), (self.path,)

    def next_state(self, z: Array, actions: Array, state: Array) -> Array:
        """The state after codes z [N, D] and actions, one-hot [N, A], for a state [N, H]."""
        feed = {"z": z, "action": actions, "state": state}
        values = {name: np.ascontiguousarray(value, np.float32) for name, value in feed.items()}
        return np.asarray(self._session.run([_STATE], values)[0])
