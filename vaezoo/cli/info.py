"""vaezoo info"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from vaezoo.cli import figures, options, terminal

if TYPE_CHECKING:
    from vaezoo.runtime.manifest import Condition, Manifest, Port

_NAMED = 20  # labels


@click.command(epilog="Example:  vaezoo info digits_vae")
@click.argument("preset")
def command(preset: str) -> None:
    """Describe PRESET: model, data, graphs, sizes and figures."""
    from vaezoo import _named_figures, zoo
    from vaezoo.runtime.manifest import Manifest

    folder = zoo.find_export(preset)
    manifest = Manifest.read(folder)
    terminal.say(f"{manifest.preset}: {_summary(manifest)}")
    for name, text in _facts(manifest):
        terminal.say(f"  {name:12s} {text}")
    terminal.say(f"  {'folder':12s} {folder}")
    path = zoo.local_preset(preset)
    if path and (path / "metrics.json").is_file():
        with _named_figures.whole(path / "metrics.json"):
            lines = figures.figures(_named_figures.read(path / "metrics.json"))
        terminal.say_lines(lines)
    elif entry := zoo.known().get(manifest.preset):
        for name, value in entry.metrics.items():
            terminal.say(f"  {name.replace('_', ' '):45s} {value:9.2f}")


def _summary(manifest: Manifest) -> str:
    dimensions = "dimension" if manifest.latent_dim == 1 else "dimensions"
    model = f"{manifest.model} with {manifest.latent_dim} latent {dimensions}"
    return f"{model}, trained on {manifest.data}" if manifest.data else model


def _facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """What an export takes and holds: name and text of each line."""
    values = manifest.value_range
    limits = "any values" if values is None else f"values from {values[0]:g} to {values[1]:g}"
    yield "data", f"{_shape(manifest.data_shape)}, {limits}"
    yield "likelihood", manifest.likelihood
    if manifest.condition is not None:
        yield "condition", _condition(manifest.condition)
    for name, graph in manifest.graphs.items():
        inputs, outputs = (", ".join(map(_port, ports)) for ports in (graph.inputs, graph.outputs))
        size = manifest.files[graph.file].bytes
        yield name, f"{inputs} -> {outputs} ({graph.file}, {size:,} bytes)"
    for name in manifest.variants:
        yield name, options.variant_text(manifest, name)
    for name, reason in manifest.refused.items():
        yield f"no {name}", reason
    yield "weights", f"SHA-256 {manifest.weights_sha256}, exported by vaezoo {manifest.version}"


def _condition(condition: Condition) -> str:
    if condition.kind != "labels":
        return f"vectors [N, {condition.dim}]"
    if not condition.names:
        return f"labels from 0 to {condition.dim - 1}"
    more = ", …" if condition.dim > _NAMED else ""
    return f"{condition.dim} labels: {', '.join(condition.names[:_NAMED])}{more}"


def _port(port: Port) -> str:
    return f"{port.name} {_shape(port.shape)}"


def _shape(shape: Sequence[int | None]) -> str:
    """[N, 28, 28, 1]; the one axis of free size within an example is that of K samples."""
    return f"[{', '.join(['N', *('K' if size is None else str(size) for size in shape)])}]"
