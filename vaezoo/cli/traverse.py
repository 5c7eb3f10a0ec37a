"""vaezoo traverse"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import examples, options, outputs, terminal
from vaezoo.errors import DataError

if TYPE_CHECKING:
    from vaezoo.latent import Ranking
    from vaezoo.protocols import Array
    from vaezoo.runtime.model import Model

_RANKED = 200  # examples, generated or of data, that decide the order of dimensions


@click.command(epilog="Example:  vaezoo traverse digits_vae -o dims.png")
@click.argument("preset")
@click.option(
    "--data", help=f"Examples to begin with, and to order the dimensions by: {examples.FORMATS}"
    "  [draws of the model]",
)  # fmt: skip
@click.option(
    "--row", default=0, show_default=True, callback=options.not_negative,
    help="The example that is changed.",
)  # fmt: skip
@click.option(
    "--dims", default=10, show_default=True, callback=options.at_least_one,
    help="How many dimensions, the most telling first.",
)  # fmt: skip
@click.option(
    "-n", "--num", default=9, show_default=True, callback=options.at_least_one,
    help="Values of each.",
)  # fmt: skip
@click.option("--condition", help="Label or attributes, for a model that has a condition.")
@click.option(
    "--seed", default=0, show_default=True, callback=options.not_negative,
    help="Of the model's draws, where there are no --data.",
)  # fmt: skip
@examples.data_options
@options.runtime
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default="dims.png", show_default=True,
    help="A .png of a row for each dimension; a .npy of what is decoded, [dims, values, ...]; or "
    "a .npz, with the dimensions and what they tell.",
)  # fmt: skip
def command(
    preset: str,
    data: str | None,
    row: int,
    dims: int,
    num: int,
    condition: str | None,
    seed: int,
    split: str | None,
    binarise: bool,
    device: str,
    variant: str | None,
    out: Path,
) -> None:
    """Vary the latent dimensions of one example, one by one, with ONNX Runtime.

    Values are from -3 to 3 standard deviations of the codes of data; on spheres and simplices, in
    balls and of discrete codes, those that there are.
    """
    outputs.check_file(out, (".png", ".npy", ".npz"))
    import numpy as np

    import vaezoo
    from vaezoo import images, latent

    model = vaezoo.load(preset, device, variant=variant)
    x, labels, what = _begin(model, data, row, condition, seed, split, binarise)
    ranking = latent.rank_dimensions(model, x, condition=labels)
    codes = model.encode_mean(x, condition=labels)
    given = None if labels is None else labels[row : row + 1]
    order = ranking.order[:dims].tolist()
    values = [latent.traversal_values(model, codes, codes[row], d, num) for d in order]
    pictures = np.stack(
        [
            latent.traverse(model, codes[row : row + 1], d, wanted, condition=given)[0]
            for d, wanted in zip(order, values, strict=True)
        ]
    )
    if out.suffix.lower() == ".png":
        columns = _columns(model, values)
        flat = pictures.reshape(-1, *pictures.shape[2:])
        images.save_png(out, images.labelled(flat, columns, _names(ranking, len(order))))
    else:
        arrays = {"traversals": pictures, "dimensions": np.array(order), "values": np.stack(values)}
        outputs.save_arrays(out, "traversals", arrays, {})
    first = f"dimension {order[0]} tells most, {_amount(ranking, 0)}"
    terminal.say(f"{out}: {len(order)} of {model.latent_dim} dimensions of {what}; {first}")


def _begin(
    model: Model,
    data: str | None,
    row: int,
    condition: str | None,
    seed: int,
    split: str | None,
    binarise: bool,
) -> tuple[Array, Array | None, str]:
    """Examples, their conditions where the model takes one, and which one is changed."""
    if data is None:
        num = max(_RANKED, row + 1)
        labels = _each(options.conditions(model, condition, num), num)
        return model.generate(num, condition=labels, seed=seed), labels, f"draw {row}, seed {seed}"
    chosen = examples.choose(
        model, data, None, split=split, binarise=binarise, most=max(_RANKED, row + 1)
    )
    if row >= len(chosen.x):
        raise DataError(f"{data} has {len(chosen.x)} rows: --row {row} counts them from 0.")
    labels = chosen.labels
    if condition is not None:
        labels = _each(options.conditions(model, condition, len(chosen.x)), len(chosen.x))
    return chosen.x, labels, f"row {row} of {data}"


def _each(condition: Array | None, num: int) -> Array | None:
    """A condition of each: labels are, attributes [dim] are those of all."""
    import numpy as np

    if condition is None or len(condition) == num:
        return condition
    return np.broadcast_to(condition, (num, len(condition)))


def _columns(model: Model, values: list[Array]) -> list[str]:
    """Names of the columns: standard deviations of real numbers, else values that all share."""
    import numpy as np

    num = len(values[0])
    if model.latent_space.name == "real":
        return [f"{t:+.2g} sd" for t in np.linspace(-3, 3, num)]
    shared = np.ptp(np.stack(values), axis=0).max() < 1e-9
    return [f"{v:.3g}" for v in values[0]] if shared else [str(i + 1) for i in range(num)]


def _names(ranking: Ranking, num: int) -> list[str]:
    return [f"z{d}: {_amount(ranking, i)}" for i, d in enumerate(ranking.order[:num])]


def _amount(ranking: Ranking, index: int) -> str:
    return f"{ranking.amounts[index]:.2f} {ranking.unit}"
