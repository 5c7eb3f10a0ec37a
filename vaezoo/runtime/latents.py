"""Draws of z: from p(z), or from a sampler that was fitted to the posterior means of data."""

from __future__ import annotations

import numpy as np

from vaezoo._noise import standard_normal
from vaezoo.errors import ConfigError
from vaezoo.protocols import Array
from vaezoo.runtime.graphs import Graphs


def sources(graphs: Graphs) -> list[str]:
    """Where z can come from: "prior", and "sampler" where one was fitted."""
    return ["prior", *(["sampler"] if "sampler" in graphs else [])]


def source_graph(graphs: Graphs, source: str | None) -> str | None:
    """The graph that z of a source comes from; None where z is noise itself.

    Raises:
        ConfigError: there is no such source.
    """
    prior = next((name for name in ("prior", "step") if name in graphs), None)
    if source in (None, "sampler") and "sampler" in graphs:
        return "sampler"
    if source in (None, "prior"):
        return prior
    places = "sampler or prior" if "sampler" in graphs else "prior; no sampler was fitted"
    raise ConfigError(f"source={source!r}: z comes from {places} here.")


def noise_arrays(graphs: Graphs, graph: str, num: int, seed: int | None) -> list[Array]:
    """Unit normals for each input of a graph that turns them into z, [num, size] each."""
    ports = graphs[graph].inputs
    sizes = [int(port.shape[0] or 0) for port in ports if port.name != "condition"]
    noise = standard_normal(num, sum(sizes), seed)
    return np.split(noise, np.cumsum(sizes)[:-1], axis=1)


def draw_codes(graphs: Graphs, noise: Array) -> Array:
    """Discrete codes z of noise [N, D], one after the other."""
    codes = np.zeros_like(noise)
    for place in range(noise.shape[1]):
        places = np.full((len(noise), 1), place, np.float32)
        codes = graphs.run("step", codes, noise, places)["z"]
    return codes
