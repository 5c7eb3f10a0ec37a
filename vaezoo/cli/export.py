"""vaezoo export"""

from __future__ import annotations

from pathlib import Path

import click

from vaezoo.cli import options


@click.command(epilog="Example:  vaezoo export runs/digits --out export/digits")
@click.argument("preset")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The export's folder.")
def command(preset: str, out: Path) -> None:
    """Export PRESET's decoder and encoder to SavedModel and ONNX, and check them."""
    options.need_tensorflow()
    from vaezoo import zoo
    from vaezoo.export import export_model
    from vaezoo.models import presets

    metadata = presets.read_metadata(zoo.find_preset(preset))
    manifest = export_model(
        presets.load(preset),
        out,
        preset=metadata["preset"],
        weights_sha256=metadata["files"][presets.WEIGHTS].sha256,
        data=metadata["data"].get("name", ""),
    )
    size = sum(file.bytes for file in manifest.files.values())
    click.echo(f"{out}: {', '.join(manifest.graphs)} as ONNX and SavedModel, {size:,} bytes")
