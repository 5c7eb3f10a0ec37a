"""vaezoo info"""

from __future__ import annotations

import click

from vaezoo.cli import figures, options, terminal


@click.command(epilog="Example:  vaezoo info digits_vae")
@click.argument("preset")
def command(preset: str) -> None:
    """Describe PRESET: model, data, graphs, sizes and figures."""
    from vaezoo import zoo
    from vaezoo._storage import files
    from vaezoo.runtime.manifest import Manifest

    folder = zoo.find_export(preset)
    manifest = Manifest.read(folder)
    terminal.say(f"{manifest.preset}: {manifest.model}, latent_dim {manifest.latent_dim}")
    terminal.say(f"data: {manifest.data}, shape {list(manifest.data_shape)}")
    terminal.say(f"likelihood: {manifest.likelihood}, values {manifest.value_range or 'any'}")
    for name, graph in manifest.graphs.items():
        ports = [
            ", ".join(f"{port.name} {['batch', *port.shape]}" for port in side)
            for side in (graph.inputs, graph.outputs)
        ]
        size = manifest.files[graph.file].bytes
        terminal.say(f"{name}: {' -> '.join(ports)}, {graph.file}, {size:,} bytes")
    for name in manifest.variants:
        terminal.say(options.variant_line(manifest, name))
    for name, reason in manifest.refused.items():
        terminal.say(f"no {name}: {reason}")
    terminal.say(f"weights: SHA-256 {manifest.weights_sha256}, by vaezoo {manifest.version}")
    terminal.say(f"folder: {folder}")
    path = zoo.local_preset(preset)
    if path and (path / "metrics.json").is_file():
        terminal.say_lines(figures.figures(files.read_json(path / "metrics.json")))
    elif entry := zoo.known().get(manifest.preset):
        for name, value in entry.metrics.items():
            terminal.say(f"  {name.replace('_', ' '):45s} {value:9.2f}")
