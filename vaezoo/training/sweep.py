"""A grid of runs: one recipe, some of whose keys take several values.

Every run is a process of its own, `vaezoo train` with the values of its place in the grid, one
after the other: so it ends with the weights that the same command gives alone, its memory is
returned to the system, and one that the system kills leaves the others as they are. TensorFlow
keeps compiled functions and memory as long as its process lives.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vaezoo._storage import files
from vaezoo.datasets.loading import is_own
from vaezoo.errors import ConfigError, DamagedFileError
from vaezoo.report.comparison.runs import METRICS, SWEEP
from vaezoo.training.lookup import find

_LONGEST = 80  # letters of a run's name
_OPENING, _CLOSING = "[{", "]}"


@dataclass(frozen=True)
class GridRun:
    """One run of a grid.

    Attributes:
        name: of its folder, made of its values: "latent_dim-8_learning_rate-0.001".
        overrides: "key=value" for each key of the grid.
    """

    name: str
    overrides: tuple[str, ...]


def values_of(override: str) -> tuple[str, list[str]]:
    """The key and the values of "key=value,value": commas within brackets, braces or quotes belong
    to a value.

    Raises:
        ConfigError: it has no key, an empty value, a repeated one, or brackets that do not match.

    Example:
        >>> values_of("model.latent_dim=8,16")
        ('model.latent_dim', ['8', '16'])
        >>> values_of("model.network.hidden=[64,64],[128]")
        ('model.network.hidden', ['[64,64]', '[128]'])
    """
    key, equals, text = override.partition("=")
    key = key.strip()
    if not equals or not key:
        raise ConfigError(
            f"--set {override!r}: expected key=value or key=value,value, such as "
            "model.latent_dim=8,16."
        )
    values = [value.strip() for value in _split(text, override)]
    if not all(values):
        raise ConfigError(f"--set {override!r}: a value is empty.")
    repeated = [value for value, count in Counter(values).items() if count > 1]
    if repeated:
        raise ConfigError(f"--set {override!r}: {repeated[0]} is given twice.")
    return key, values


def _split(text: str, override: str) -> Iterator[str]:
    """The parts between commas that are in no brackets and no quotes."""
    depth, quote, start = 0, "", 0
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in _OPENING:
            depth += 1
        elif letter in _CLOSING:
            depth -= 1
        elif letter == "," and depth == 0:
            yield text[start:place]
            start = place + 1
        if depth < 0:
            break
    if depth or quote:
        raise ConfigError(f"--set {override!r}: a bracket or a quote has no partner.")
    yield text[start:]


def grid(overrides: Sequence[str]) -> list[GridRun]:
    """Every combination of the values, the last key changing fastest. Keys with one value are
    fixed: they are no part of the names.

    Raises:
        ConfigError: as `values_of`; or a key is given twice, no key has several values, or two
            runs would have the same name.

    Example:
        >>> [run.name for run in grid(["model.latent_dim=8,16", "training.epochs=5"])]
        ['latent_dim-8', 'latent_dim-16']
    """
    parsed = [values_of(override) for override in overrides]
    keys = [key for key, _ in parsed]
    if len(set(keys)) < len(keys):
        raise ConfigError(
            f"--set {max(keys, key=keys.count)} is given twice: list its values once."
        )
    swept = {key: values for key, values in parsed if len(values) > 1}
    if not swept:
        raise ConfigError(
            "a sweep needs a key with several values: --set model.latent_dim=8,16 (vaezoo train is "
            "for one run)."
        )
    runs = [
        named(dict(zip(keys, values, strict=True)), list(swept))
        for values in itertools.product(*(values for _, values in parsed))
    ]
    twins = [name for name, count in Counter(run.name for run in runs).items() if count > 1]
    if twins:
        raise ConfigError(f"two runs would have the name {twins[0]}: change one of the values.")
    return runs


def named(values: Mapping[str, str], keys: Sequence[str]) -> GridRun:
    """The run of these values by key, whose name tells those of `keys`."""
    short = _short(keys)
    name = "_".join(f"{short[key]}-{_slug(values[key])}" for key in keys)
    return GridRun(_cut(name), tuple(f"{key}={value}" for key, value in values.items()))


def _short(keys: Sequence[str]) -> dict[str, str]:
    """Keys by their last part, where that tells them apart."""
    last = {key: key.rpartition(".")[2] for key in keys}
    count = Counter(last.values())
    return {key: name if count[name] == 1 else key for key, name in last.items()}


def _slug(value: str) -> str:
    """A value as part of a folder's name: [64,64] is 64x64."""
    text = re.sub(r"\s*,\s*", "x", value)
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", text).strip("-.") or "empty"


def _cut(name: str) -> str:
    """The name, or its beginning and a hash of all of it."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def is_finished(folder: Path) -> bool:
    """Whether a run has come to its end: its figures are written after its export."""
    return (folder / METRICS).is_file() and (folder / "export" / "manifest.json").is_file()


def fixed(
    recipe: str, data: str | None, model: str | None, overrides: Sequence[str]
) -> dict[str, str | None]:
    """What all runs of a sweep have in common, and their names do not say: the recipe's content,
    the data, the model, and keys with one value."""
    content = hashlib.sha256(find(recipe).read_bytes()).hexdigest()
    source = str(Path(data).resolve()) if data and is_own(data) else data
    single = {key: values[0] for key, values in map(values_of, overrides) if len(values) == 1}
    return {"recipe": f"{recipe}, SHA-256 {content[:16]}", "data": source, "model": model, **single}


def claim(out: Path, fixed: Mapping[str, object]) -> None:
    """Makes the sweep's folder, or takes the one that holds runs of the same sweep: what is fixed
    must be the same, since it is no part of the runs' names; the grid may grow.

    Raises:
        ConfigError: the folder holds another sweep.
        DamagedFileError: its sweep.json cannot be read.
    """
    path = out / SWEEP
    if not path.is_file():
        files.write_json(path, fixed)
        return
    before = files.read_json(path)
    if not isinstance(before, dict):
        raise DamagedFileError(f"{path} does not describe a sweep: delete {out} to start again.")
    differing = [k for k in {**before, **fixed} if before.get(k) != fixed.get(k)]
    if differing:
        key = differing[0]
        raise ConfigError(
            f"{out} holds a sweep with {key} = {before.get(key)!r}, not {fixed.get(key)!r}: choose "
            "another --out, or delete that folder."
        )
