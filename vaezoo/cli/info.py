"""vaezoo info"""

from __future__ import annotations

import click

from vaezoo.cli import figures, options


@click.command(epilog="Example:  vaezoo info digits_vae")
@click.argument("preset")
def command(preset: str) -> None:
    """Describe PRESET: model, data, graphs, sizes and figures."""
    from vaezoo import zoo
    from vaezoo._storage import files
    from vaezoo.runtime.manifest import Manifest

    folder = zoo.find_export(preset)
    manifest = Manifest.read(folder)
    click.echo(f"{manifest.preset}: {manifest.model}, latent_dim {manifest.latent_dim}")
    click.echo(f"data: {manifest.data}, shape {list(manifest.data_shape)}")
    click.echo(f"likelihood: {manifest.likelihood}, values {manifest.value_range or 'any'}")
    for name, graph in manifest.graphs.items():
        ports = [
            ", ".join(f"{port.name} {['batch', *port.shape]}" for port in side)
            for side in (graph.inputs, graph.outputs)
        ]
        size = manifest.files[graph.file].bytes
        click.echo(f"{name}: {' -> '.join(ports)}, {graph.file}, {size:,} bytes")
    for name in manifest.variants:
        click.echo(options.variant_line(manifest, name))
    for name, reason in manifest.refused.items():
        click.echo(f"no {name}: {reason}")
    click.echo(f"weights: SHA-256 {manifest.weights_sha256}, by vaezoo {manifest.version}")
    click.echo(f"folder: {folder}")
    path = zoo.local_preset(preset)
    if path and (path / "metrics.json").is_file():
        click.echo(figures.figures(files.read_json(path / "metrics.json")))
    elif entry := zoo.known().get(manifest.preset):
        for name, value in entry.metrics.items():
            click.echo(f"  {name.replace('_', ' '):45s} {value:9.2f}")
