"""vaezoo export"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vaezoo.cli import options, terminal


@click.command(epilog="Example:  vaezoo export runs/digits --variant int8 --out export/digits")
@click.argument("preset")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The export's folder.")
@click.option(
    "--sampler", help="Fit a sampler to generate with: mixture, flow, two_stage, hypersphere."
)
@click.option(
    "--variant", "variants", multiple=True, help="Also export fp16 or int8; may be repeated."
)
@click.option("--data", help="Data set's name or path.  [what the preset was trained on]")
def command(
    preset: str, out: Path, sampler: str | None, variants: tuple[str, ...], data: str | None
) -> None:
    """Export PRESET's graphs to SavedModel and ONNX, and verify them.

    A sampler is fitted to the posterior means of the training data; what a variant loses is
    measured on test data.
    """
    from vaezoo import datasets

    folder = options.keras_preset(preset)
    from vaezoo._model import presets
    from vaezoo.evaluation import examples
    from vaezoo.export import add_variants, check_variants, export_model
    from vaezoo.samplers import fit_to_model

    check_variants(variants)
    metadata = presets.read_metadata(folder)
    model = presets.load(preset)
    dataset: Any = None
    if sampler or variants:
        dataset = datasets.load(**options.data_arguments(preset, metadata["data"], data))
    manifest = export_model(
        model,
        out,
        preset=metadata["preset"],
        weights_sha256=metadata["files"][presets.WEIGHTS].sha256,
        data=metadata["data"].get("name", ""),
        sampler=fit_to_model(sampler, model, dataset) if sampler else None,
        preparation=metadata["preparation"],
    )
    if variants:
        splits = (examples(model, dataset, split, 10_000) for split in ("train", "test"))
        manifest = add_variants(out, variants, *splits)
    size = sum(file.bytes for file in manifest.files.values())
    terminal.say(f"{out}: {', '.join(manifest.graphs)} as ONNX and SavedModel, {size:,} bytes")
    for name in variants:
        terminal.say(options.variant_line(manifest, name))
