"""vaezoo impute"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import examples, options, outputs, tables, terminal
from vaezoo.errors import ConfigError, DataError

if TYPE_CHECKING:
    from vaezoo.protocols import Array
    from vaezoo.runtime.model import Model

_SHOWN = 32  # in a picture, where no number is given
_FILLS = 8  # and so many draws of each
_GREY = 0.4  # of gaps in a picture


@click.command(epilog="Example:  vaezoo impute digits_vae --data x.npy --mask m.npy -o filled.png")
@click.argument("preset")
@click.option(
    "--data", required=True,
    help=f"{examples.FORMATS} Gaps may be NaN in a .npy, and are empty cells in a .csv.",
)  # fmt: skip
@click.option(
    "--mask", type=click.Path(path_type=Path),
    help="A .npy of bool, true where data are observed: of the data's shape, or of one example's. "
    " [what is NaN is missing]",
)  # fmt: skip
@click.option(
    "--half", type=click.Choice(["upper", "lower", "left", "right"]),
    help="Fill in this half of each image, instead of a mask.",
)  # fmt: skip
@click.option(
    "-n", "--num", type=int, callback=options.at_least_one,
    help="How many, from the first on.  [32 in a picture, else all]",
)  # fmt: skip
@click.option(
    "--draws", default=1, show_default=True, callback=options.at_least_one,
    help="Fills of each example.",
)  # fmt: skip
@click.option(
    "--num-samples", default=100, show_default=True, callback=options.at_least_one,
    help="Proposals for each example, K.",
)  # fmt: skip
@click.option(
    "--refine", type=int, callback=options.not_negative,
    help="Sweeps of Metropolis within Gibbs after that; of tables, rounds of better proposals.  "
    "[0; of tables 4]",
)  # fmt: skip
@click.option("--noise", is_flag=True, help="Draw pixels, instead of their means given z.")
@click.option(
    "--seed", default=0, show_default=True, callback=options.not_negative, help="Of the draws."
)
@examples.data_options
@options.runtime
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default="filled.png", show_default=True,
    help="A .csv of a table, with a column draw if there are several; else a .png: a column for "
    "each example, of what it is, what is seen, and fills; a .npy of the "
    "fills, [N, ...], with more --draws [draws, N, ...]; or a .npz of them and their mean.",
)  # fmt: skip
def command(
    preset: str,
    data: str,
    mask: Path | None,
    half: str | None,
    num: int | None,
    draws: int,
    num_samples: int,
    refine: int | None,
    noise: bool,
    seed: int,
    split: str | None,
    binarise: bool,
    device: str,
    variant: str | None,
    out: Path,
) -> None:
    """Fill in missing pixels with ONNX Runtime, given the others.

    All rows of your own data are taken, in their order; of a named data set, its test split.
    """
    outputs.check_file(out, (".png", ".npy", ".npz", ".csv"))
    if mask is not None and half is not None:
        raise ConfigError("--mask and --half both say what is missing: give one of them.")
    import numpy as np

    import vaezoo
    from vaezoo import images
    from vaezoo.imputation import impute

    model = vaezoo.load(preset, device, variant=variant)
    if tables.is_of_tables(model):
        others = {"mask": mask, "half": half, "num": num, "split": split}
        tables.refuse_options(others, "tables")
        arguments = {"draws": draws, "num_samples": num_samples, "seed": seed}
        arguments |= {} if refine is None else {"refine": refine}
        tables.impute(model, preset, data, arguments, out)
        return
    outputs.check_file(out, (".png", ".npy", ".npz"))
    is_picture = out.suffix.lower() == ".png"
    if num is None and is_picture:
        num = _SHOWN
    x, seen, labels, what = _gaps(model, data, mask, half, num, split, binarise)
    options.need_memory(16 * (draws + 2) * x.size, f"{draws} draws of {len(x):,} examples")
    filled = impute(
        model, x, seen, condition=labels, num_samples=num_samples, draws=draws, refine=refine or 0,
        observation_noise=noise, seed=seed,
    )  # fmt: skip
    if is_picture:
        rows = [x, np.where(seen, x, _GREY), *filled.draws[:_FILLS]]
        images.save_png(out, images.grid(np.concatenate(rows), len(x)))
    else:
        fills = filled.draws[0] if draws == 1 else filled.draws
        sizes = filled.effective_sample_size
        arrays = {"draws": fills, "mean": filled.mean, "effective_sample_size": sizes}
        outputs.save_arrays(out, "draws", arrays, {})
    least, middle = filled.effective_sample_size.min(), np.median(filled.effective_sample_size)
    terminal.say(f"{out}: {what}, {1 - seen.mean():.1%} of their values filled in by {preset}")
    terminal.say(
        f"effective sample size, of {num_samples} proposals: median {middle:.1f}, least {least:.1f}"
    )


def _gaps(
    model: Model,
    data: str,
    mask: Path | None,
    half: str | None,
    num: int | None,
    split: str | None,
    binarise: bool,
) -> tuple[Array, Array, Array | None, str]:
    """Examples, where they are observed, their labels where the model takes those, and what they
    are."""
    import numpy as np

    if mask is None and half is None:
        x, seen = _with_nan(Path(data), model.data_shape)
        return x[:num], seen[:num], None, f"{len(x[:num]):,} rows of {data}"
    chosen = examples.choose(model, data, num, split=split, binarise=binarise, most=None)
    seen = _half(str(half), model.data_shape) if mask is None else _mask(mask, model.data_shape)
    if seen.ndim > len(model.data_shape):
        seen = seen[: len(chosen.x)]
    return chosen.x, np.broadcast_to(seen, _shape(seen, chosen.x)), chosen.labels, chosen.what


def _shape(seen: Array, x: Array) -> tuple[int, ...]:
    """That of x, if the mask can have it."""
    if seen.shape not in (x.shape, x.shape[1:]):
        raise DataError(
            f"the mask has shape {list(seen.shape)}: expected {list(x.shape)}, as the data, or "
            f"{list(x.shape[1:])} for all examples."
        )
    return x.shape


def _with_nan(path: Path, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Rows of a .npy whose gaps are NaN, with 0 there, and where they are observed."""
    import numpy as np

    array = options.read_npy(path) if path.suffix == ".npy" else None
    if array is None or array.dtype.kind != "f" or not np.isnan(array).any():
        raise ConfigError(
            f"{path} has no NaN, so nothing is missing: give --mask, or --half, or a .npy of "
            "floats with NaN in its gaps."
        )
    x = _with_channel(array, shape)
    return np.nan_to_num(x, nan=0.0, posinf=np.inf, neginf=-np.inf), ~np.isnan(x)


def _mask(path: Path, shape: tuple[int, ...]) -> Array:
    array = options.read_npy(path)
    if array.dtype != bool:
        raise DataError(
            f"{path} has dtype {array.dtype}: expected bool, true where data are observed; save "
            "mask > 0, for example."
        )
    return _with_channel(array, shape)


def _with_channel(array: Array, shape: tuple[int, ...]) -> Array:
    """[..., H, W] as [..., H, W, 1] where examples are images of one channel."""
    is_flat = len(shape) == 3 and shape[2] == 1 and array.shape[-2:] == shape[:2]
    return array[..., None] if is_flat else array


def _half(half: str, shape: tuple[int, ...]) -> Array:
    """True where an image is observed."""
    import numpy as np

    if len(shape) != 3:
        raise ConfigError(f"--half is of images: the model takes {list(shape)}; give --mask.")
    axis = 0 if half in ("upper", "lower") else 1
    middle = shape[axis] // 2
    missing = slice(None, middle) if half in ("upper", "left") else slice(middle, None)
    seen = np.ones(shape, bool)
    seen[missing if axis == 0 else (slice(None), missing)] = False
    return seen
