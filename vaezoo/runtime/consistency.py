"""What the fields of a manifest say of each other: a model that can be, of a size that can be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaezoo.runtime.manifest import Family, Graph, Manifest, Port

Shape = tuple[int | None, ...]

# Numbers of one array for one example, and of one example: 64 pictures of 1024 x 1024 pixels.
LARGEST = 2**26
LARGEST_LATENT = 2**20
LARGEST_CODE = 2**24  # the last whole number up to which float32 has all
LARGEST_LEVELS = 2**16
CONDITIONS = ("labels", "vector")
# Of likelihoods: how many axes a parameter has beside those of the mean.
_AXES: Mapping[str, Mapping[str, int]] = {
    "Bernoulli": {"logits": 0},
    "Categorical": {"scores": 1},
    "ContinuousBernoulli": {"logits": 0},
    "DiscretisedLogistic": {"scores": 1, "loc": 1, "log_scale": 1},
    "Laplace": {"scale": 0},
    "NegativeBinomial": {"r": 0},
    "Normal": {"scale": 0},
    "OptimalNormal": {"scale": 0},
    "StudentT": {"scale": 0},
}


def check(manifest: Manifest) -> None:
    """Raises `ValueError` where two fields contradict each other, or the size of something is
    none that a model has."""
    _check_sizes(manifest)
    for name in ("decoder", "encoder"):
        if name not in manifest.graphs:
            raise ValueError(f"there is no graph {name!r}")
    if {"prior", "step"} <= set(manifest.graphs):
        raise ValueError("there are both the graphs 'prior' and 'step'")
    for name, graph in manifest.graphs.items():
        _check_ports(name, graph)
        if name in _RULES:
            _RULES[name](manifest, graph)
    for family in manifest.families.values():
        _check_family(family)


def _check_sizes(manifest: Manifest) -> None:
    at_most("data_shape", math.prod(manifest.data_shape), LARGEST)
    at_most("latent_dim", manifest.latent_dim, LARGEST_LATENT)
    at_most("codebook_size", manifest.codebook_size or 1, LARGEST_CODE)
    if manifest.condition is not None:
        at_most("condition.dim", manifest.condition.dim, LARGEST_LATENT)
    if manifest.value_range is not None and not manifest.value_range[0] < manifest.value_range[1]:
        low, high = manifest.value_range
        raise ValueError(f"value_range is {low:g} to {high:g}: expected a lower and a higher value")


def at_most(what: str, size: int, most: int) -> None:
    """Raises `ValueError` for a size that is larger than any model's."""
    if size > most:
        raise ValueError(f"{what} is {size:,}: expected at most {most:,}")


def _check_ports(name: str, graph: Graph) -> None:
    for ports in (graph.inputs, graph.outputs):
        names = [port.name for port in ports]
        if len(set(names)) < len(names):
            raise ValueError(f"two ports of {name!r} have one name")
        size = sum(math.prod(n or 1 for n in port.shape) for port in ports)
        at_most(f"what {name!r} takes or gives for one example", size, LARGEST)
        if name != "score" and any(None in port.shape for port in ports):
            raise ValueError(f"{name!r} has an axis of any size")


def _decoder(manifest: Manifest, graph: Graph) -> None:
    _expect("decoder", graph.inputs, {"z": (manifest.latent_dim,), **_condition(manifest)})
    outputs = _expect_mean("decoder", graph, manifest.data_shape)
    family = manifest.families.get("decoder")
    axes = _AXES.get(manifest.likelihood if family is None else family.name, {})
    for parameter in axes.keys() & outputs.keys():
        shape = outputs[parameter]
        if shape[: len(shape) - axes[parameter]] != manifest.data_shape:
            raise ValueError(f"decoder gives {_text(outputs)}: {parameter} does not fit the mean")


def _encoder(manifest: Manifest, graph: Graph) -> None:
    _expect("encoder", graph.inputs, {"x": manifest.data_shape, **_condition(manifest)})
    _expect_mean("encoder", graph, (manifest.latent_dim,))


def _prior(manifest: Manifest, graph: Graph) -> None:
    """Noise of one or several groups, and perhaps a condition, become z."""
    _expect_noise("a source of z", manifest, graph.inputs, axes=1)
    _expect("a source of z", graph.outputs, {"z": (manifest.latent_dim,)})


def _step(manifest: Manifest, graph: Graph) -> None:
    codes = (manifest.latent_dim,)
    _expect("step", graph.inputs, {"codes": codes, "noise": codes, "place": (1,)})
    _expect("step", graph.outputs, {"z": codes})


def _classifier(manifest: Manifest, graph: Graph) -> None:
    if manifest.condition is None or manifest.condition.kind != "labels":
        raise ValueError("there is a classifier, but no condition of labels")
    _expect("classifier", graph.inputs, {"x": manifest.data_shape})
    _expect("classifier", graph.outputs, {"probabilities": (manifest.condition.dim,)})


def _score(manifest: Manifest, graph: Graph) -> None:
    _expect("score", graph.inputs[:1], {"x": manifest.data_shape})
    _expect_noise("score", manifest, graph.inputs[1:], axes=2)
    draws = None if any(port.name.startswith("noise") for port in graph.inputs) else 1
    _expect("score", graph.outputs, {"log_weights": (draws,)})


_RULES: Mapping[str, Callable[[Manifest, Graph], None]] = {
    "decoder": _decoder,
    "encoder": _encoder,
    "prior": _prior,
    "sampler": _prior,
    "step": _step,
    "classifier": _classifier,
    "score": _score,
}


def _condition(manifest: Manifest) -> dict[str, Shape]:
    return {} if manifest.condition is None else {"condition": (manifest.condition.dim,)}


def _expect(name: str, ports: Iterable[Port], expected: Mapping[str, Shape]) -> None:
    found = {port.name: port.shape for port in ports}
    if list(found.items()) != list(expected.items()):
        raise ValueError(f"{name} has {_text(found)} where the other fields say {_text(expected)}")


def _expect_mean(name: str, graph: Graph, shape: Shape) -> dict[str, Shape]:
    """The shapes of the outputs by name, of which the mean has the expected one."""
    outputs = {port.name: port.shape for port in graph.outputs}
    if outputs.get("mean") != shape:
        raise ValueError(f"{name} gives {_text(outputs)}: expected a mean of {list(shape)}")
    return outputs


def _expect_noise(name: str, manifest: Manifest, ports: Iterable[Port], axes: int) -> None:
    """Arrays of noise, of K draws where they have two axes, then perhaps the condition."""
    shapes = {port.name: port.shape for port in ports}
    condition = _condition(manifest)
    noise = {key: shape for key, shape in shapes.items() if key != "condition"}
    given = {**noise, **({} if "condition" not in shapes else condition)}
    right = all(
        key.startswith("noise") and len(shape) == axes and shape[-1] and None not in shape[1:]
        for key, shape in noise.items()
    )
    if not right or list(given.items()) != list(shapes.items()) or (axes == 1 and not noise):
        raise ValueError(f"{name} takes {_text(shapes)}: expected noise, then the condition if any")


def _text(shapes: Mapping[str, Shape]) -> str:
    return ", ".join(f"{key} {list(shape)}" for key, shape in list(shapes.items())[:8]) or "nothing"


def _check_family(family: Family) -> None:
    levels = family.numbers.get("levels", 2)
    if not (levels == int(levels) and 2 <= levels <= LARGEST_LEVELS):
        raise ValueError(f"levels is {levels:g}: expected 2 to {LARGEST_LEVELS:,}")
    if not family.numbers.get("df", 1) > 0:
        raise ValueError(f"df is {family.numbers['df']:g}: expected a number above 0")
