"""vaezoo attributes"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import examples, options, terminal
from vaezoo.errors import ConfigError, DataError, unknown_name

if TYPE_CHECKING:
    from vaezoo.datasets import Dataset
    from vaezoo.latent import AttributeDirection
    from vaezoo.protocols import Array
    from vaezoo.runtime.model import Model

_MOST = 10_000  # examples that directions are fitted to, where no number is given


def names(context: click.Context, option: click.Parameter, value: str | None) -> list[str]:
    """A callback of options: names, separated by commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if value else []


@click.command(
    epilog="Example:  vaezoo attributes mnist_vae --data mnist --attribute thickness --given slant"
)
@click.argument("preset")
@click.option("--data", help=f"Fit to these examples. {examples.FORMATS}  [list what was fitted]")
@click.option(
    "--attribute", "chosen", callback=names, metavar="NAMES",
    help="Attributes to fit: thickness,slant.  [all that the data have]",
)  # fmt: skip
@click.option(
    "--values", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
    help="A .npy of numbers, or of 0 and 1, one for each row: thickness.npy is named thickness.",
)  # fmt: skip
@click.option(
    "--given", callback=names, metavar="NAMES",
    help="Attributes that stay where they are: slant,width; or all, which are all but labels.",
)  # fmt: skip
@click.option(
    "--method", type=click.Choice(["means", "boundary", "ridge"]),
    help="[means of yes and no; ridge regression for numbers]",
)  # fmt: skip
@click.option(
    "-n", "--num", type=int, callback=options.at_least_one,
    help="At most so many examples, evenly spaced.  [10000]",
)  # fmt: skip
@examples.data_options
@options.runtime
def command(
    preset: str,
    data: str | None,
    chosen: list[str],
    values: tuple[Path, ...],
    given: list[str],
    method: str | None,
    num: int | None,
    split: str | None,
    binarise: bool,
    device: str,
    variant: str | None,
) -> None:
    """Fit directions of attributes in PRESET's latent space, or list those that there are.

    Attributes are those that the data have: numbers beside examples, factors, and each label as
    yes or no. Directions are kept below VAEZOO_CACHE, or in your own folder for data, for these
    weights alone: the export stays as it is. A named data set gives its training split.
    """
    import vaezoo

    model = vaezoo.load(preset, device, variant=variant)
    if data is None:
        if chosen or values or given or method or num or split:
            raise ConfigError("fitting needs examples: give --data.")
        terminal.say_lines(_listing(model.directions, preset))
        return
    from vaezoo import latent

    codes, known, labels = _measured(model, data, num or _MOST, split, binarise, values)
    wanted = _wanted(known, chosen or list(known))
    everything = [name for name in known if name not in labels]
    others = everything if given == ["all"] else _wanted(known, given)
    fitted = {
        name: _fit(codes, known, name, [other for other in others if other != name], method)
        for name in wanted
    }
    place = latent.save_directions(model.directions_folder, fitted)
    terminal.say_lines(_listing(fitted, preset))
    terminal.say(f"{place.parent}: {len(fitted)} directions of {preset}, from {len(codes):,} rows")


def _measured(
    model: Model,
    data: str,
    num: int,
    split: str | None,
    binarise: bool,
    values: Sequence[Path],
) -> tuple[Array, dict[str, Array], set[str]]:
    """Codes of examples; what is known of each by name, [N], NaN where it is not; and which of
    these are labels."""
    from vaezoo.datasets import as_float
    from vaezoo.datasets.base import evenly_spaced
    from vaezoo.datasets.loading import is_own

    split = split or (None if is_own(data) else "train")
    prepared = model.manifest.preparation
    dataset, split = examples.load(data, model.data_shape, prepared, split, binarise=binarise)
    source = getattr(dataset, split)
    rows = evenly_spaced(len(source), num)
    known = {name: column[rows] for name, column in _numbers(dataset, split)}
    known |= {path.stem: _column(path, len(source))[rows] for path in values}
    labels = {name: column[rows] for name, column in _labels(dataset, split) if name not in known}
    if not known and not labels:
        raise DataError(
            f"{data} has no attributes, factors or labels: give --values, a .npy of one number "
            "for each row."
        )
    condition = examples.conditions(model, dataset, split, rows)
    codes = model.encode_mean(as_float(source[rows]), condition=condition)
    return codes, known | labels, set(labels)


def _numbers(dataset: Dataset, split: str) -> Iterator[tuple[str, Array]]:
    """Attributes and factors by name."""
    import numpy as np

    for columns, titles in (
        (dataset.attributes, dataset.attribute_names),
        (dataset.factors, dataset.factor_names),
    ):
        if split in columns:
            yield from zip(titles, np.asarray(columns[split], np.float64).T, strict=True)


def _labels(dataset: Dataset, split: str) -> Iterator[tuple[str, Array]]:
    """Each label as yes or no, by name."""
    import numpy as np

    if split in dataset.labels:
        labels = dataset.labels[split]
        for label in range(dataset.num_classes):
            title = dataset.label_names[label] if dataset.label_names else f"label_{label}"
            yield title, np.where(labels < 0, np.nan, labels == label)


def _column(path: Path, num: int) -> Array:
    import numpy as np

    from vaezoo.errors import DamagedFileError

    try:
        column = np.asarray(np.load(path, allow_pickle=False))
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except (OSError, ValueError, EOFError) as error:
        raise DamagedFileError(f"{path} is not a readable .npy file ({error}).") from None
    if column.shape != (num,) or column.dtype.kind not in "fiub":
        raise DataError(
            f"{path} has shape {list(column.shape)} and dtype {column.dtype}: expected [{num}], a "
            "number for each row."
        )
    return column.astype(np.float64)


def _wanted(known: Mapping[str, Array], chosen: Sequence[str]) -> list[str]:
    for name in chosen:
        if name not in known:
            raise unknown_name("attribute", name, known)
    return list(dict.fromkeys(chosen))


def _fit(
    codes: Array, known: Mapping[str, Array], name: str, others: Sequence[str], method: str | None
) -> AttributeDirection:
    """From the rows of which all of them are known."""
    import numpy as np

    from vaezoo.latent import AttributeDirection

    kept = np.all([np.isfinite(known[one]) for one in (name, *others)], axis=0)
    if kept.sum() < 2:
        raise DataError(f"{name} is known in {kept.sum()} rows: expected 2 or more.")
    given = {other: known[other][kept] for other in others}
    try:
        return AttributeDirection.fit(codes[kept], known[name][kept], given or None, method=method)
    except DataError as error:
        raise DataError(f"{name}: {error}") from None


def _listing(directions: Mapping[str, AttributeDirection], preset: str) -> list[str]:
    """A line for each direction."""
    if not directions:
        return [f"{preset} has no directions yet: give --data to fit some."]
    width = max(map(len, directions))
    lines = []
    for name, one in directions.items():
        quality = "R2" if one.method == "ridge" else "AUROC"
        given = f", given {', '.join(one.given)}" if one.given else ""
        lines.append(
            f"{name:{width}}  {one.method}, {quality} {one.fit_quality:.3f}, mean {one.mean:.4g}, "
            f"standard deviation {one.stddev:.4g}{given}"
        )
    return lines
