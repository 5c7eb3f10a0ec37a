"""An export's manifest: its graphs, their inputs and outputs, and its files' hashes."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vaezoo._storage import fields, files
from vaezoo._storage.files import File
from vaezoo.errors import DamagedFileError, ExportError
from vaezoo.runtime import consistency
from vaezoo.runtime.contents import ListedFiles
from vaezoo.runtime.preparation import Preparation
from vaezoo.tables.schema import Schema

FILE = "manifest.json"
FORMAT = 2


@dataclass(frozen=True)
class Port:
    """An input or output of a graph: float32, shape without the batch axis; None is an axis of
    any size."""

    name: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class Graph:
    """A deterministic graph in an ONNX file.

    Attributes:
        file: where it is.
        inputs, outputs: in order.
        weights: other files that hold some of its weights.
    """

    file: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    weights: tuple[str, ...] = ()

    @property
    def takes_condition(self) -> bool:
        """Whether a condition is among the inputs."""
        return self.inputs[-1].name == "condition"


@dataclass(frozen=True)
class Variant:
    """Graphs in a smaller form, with the same inputs and outputs.

    Attributes:
        graphs: those that replace the ones of the same name.
        nats: what the mean ELBO of a test example loses; None where there is no score.
        pixels: root mean square difference of reconstructions, relative to the data's range.
    """

    graphs: Mapping[str, Graph]
    nats: float | None
    pixels: float


@dataclass(frozen=True)
class Family:
    """A family of distributions, whose parameters a graph puts out.

    Attributes:
        name: of the likelihood's or posterior's class.
        numbers: constants of it by name, such as Student's degrees of freedom.
    """

    name: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Condition:
    """What is known of an example in addition to its data.

    Attributes:
        kind: "labels", which graphs take as one-hot, or "vector".
        dim: numbers that graphs take it as.
        names: of the classes, in their order; empty where they have none.
    """

    kind: str
    dim: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest(ListedFiles):
    """An export's table of contents.

    Attributes:
        preset: the model's name.
        model: its class.
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        likelihood: name of p(x|z)'s class.
        value_range: least and greatest value that the encoder takes; None: any.
        data: what it was trained on.
        weights_sha256: hash of the weights that the graphs were made from.
        version: of the vaezoo that made it.
        graphs: by name: "decoder", "encoder"; "prior" where p(z) is not N(0, I), or "step" where
            z is drawn one code after the other; "sampler", where one was fitted to posterior means;
            "classifier", where labels are latents; "score", where there is a density.
        files: by path relative to the manifest, with "/" between folders.
        variants: smaller forms by name: "fp16", "int8".
        refused: why a graph or variant that others have is missing, by name.
        condition: of a model of p(x|c).
        codebook_size: how many codes there are, where z are codes.
        families: of the distributions that "decoder" and "encoder" give the parameters of; none in
            manifests that were written before there was this field.
        preparation: of the data that it was trained on; None where that is not known.
        schema: of a model of tables, as `vaezoo.tables.Schema.to_dict` gives it.
        format: of this file.
    """

    preset: str
    model: str
    data_shape: tuple[int, ...]
    latent_dim: int
    likelihood: str
    value_range: tuple[float, float] | None
    data: str
    weights_sha256: str
    version: str
    graphs: Mapping[str, Graph]
    files: Mapping[str, File]
    variants: Mapping[str, Variant] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    condition: Condition | None = None
    codebook_size: int | None = None
    families: Mapping[str, Family] = field(default_factory=dict)
    preparation: Preparation | None = None
    schema: Mapping[str, Any] | None = None
    format: int = FORMAT

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> Manifest:
        """Reads folder/manifest.json.

        Example:
            >>> from vaezoo import runtime, zoo
            >>> manifest = runtime.Manifest.read(zoo.find_export("digits_vae"))
            >>> manifest.model, manifest.likelihood, sorted(manifest.variants)
            ('VAE', 'Bernoulli', ['fp16', 'int8'])

        Raises:
            DamagedFileError: it is missing, unreadable, of another format, contradicts itself, or
                names a file outside the folder.
        """
        path = Path(folder) / FILE
        values = files.read_json(path)
        try:
            if fields.mapping(values)["format"] != FORMAT:
                raise ValueError(f"format {values['format']!r}, this version reads {FORMAT}")
            manifest = _parse(values)
            consistency.check(manifest)
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedFileError(f"{path} is no export's manifest: {error!s}.") from None
        return manifest

    def write(self, folder: Path) -> None:
        """Writes folder/manifest.json. Raises `ExportError` where `read` would refuse it."""
        try:
            consistency.check(self)
        except ValueError as error:
            raise ExportError(f"{self.model} cannot be exported: {error}.") from None
        files.write_json(folder / FILE, dataclasses.asdict(self))


def _parse(values: Mapping[str, Any]) -> Manifest:
    files = fields.files(values["files"])
    graphs = {
        fields.name(name): _graph(graph, files)
        for name, graph in fields.mapping(values["graphs"]).items()
    }
    value_range, condition = values["value_range"], values["condition"]
    codebook_size = values["codebook_size"]
    if value_range is not None:
        low, high = map(fields.number, fields.sequence(value_range))
        value_range = (low, high)
    if condition is not None:
        condition = _condition(condition)
    return Manifest(
        preset=fields.text(values["preset"]),
        model=fields.text(values["model"]),
        data_shape=tuple(fields.whole(n, 1) for n in fields.sequence(values["data_shape"], 16)),
        latent_dim=fields.whole(values["latent_dim"], 1),
        likelihood=fields.text(values["likelihood"]),
        value_range=value_range,
        data=fields.text(values["data"]),
        weights_sha256=fields.sha256(values["weights_sha256"]),
        version=fields.text(values["version"]),
        graphs=graphs,
        files=files,
        variants={
            fields.name(name): _variant(variant, graphs, files)
            for name, variant in fields.mapping(values["variants"]).items()
        },
        refused={
            fields.name(name): fields.text(reason)
            for name, reason in fields.mapping(values["refused"]).items()
        },
        condition=condition,
        codebook_size=None if codebook_size is None else fields.whole(codebook_size, 1),
        families={
            fields.name(name): _family(family)
            for name, family in fields.mapping(values.get("families", {})).items()
        },
        preparation=_preparation(values.get("preparation")),
        schema=_schema(values.get("schema"), values["data_shape"]),
    )


def _condition(value: object) -> Condition:
    values = fields.mapping(value)
    dim = fields.whole(values["dim"], 1)
    names = tuple(
        map(fields.text, fields.sequence(values.get("names", []), consistency.LARGEST_LATENT))
    )
    if names and (len(names), len(set(names))) != (dim, dim):
        raise ValueError(f"{len(names)} names of {dim} labels")
    return Condition(fields.choice(values["kind"], consistency.CONDITIONS), dim, names)


def _preparation(value: object) -> Preparation | None:
    return None if value is None else Preparation.parse(value)


def _schema(value: object, data_shape: Sequence[int]) -> Mapping[str, Any] | None:
    if value is None:
        return None
    schema = Schema.of_dict(value)
    if [schema.width] != list(data_shape):
        raise ValueError(f"rows of its schema have {schema.width} numbers, data {data_shape}")
    return schema.to_dict()


def _family(value: object) -> Family:
    values = fields.mapping(value)
    numbers = fields.mapping(values["numbers"])
    return Family(
        fields.name(values["name"]),
        {fields.name(name): fields.number(number) for name, number in numbers.items()},
    )


def _graph(value: object, files: Mapping[str, File]) -> Graph:
    values = fields.mapping(value)
    weights = tuple(map(fields.path, fields.sequence(values["weights"])))
    file = fields.path(values["file"])
    for name in (file, *weights):
        if name not in files:
            raise ValueError(f"{name!r} is not among the files")
    sides = {
        side: tuple(
            Port(fields.text(port["name"]), _shape(port["shape"]))
            for port in fields.sequence(values[side])
        )
        for side in ("inputs", "outputs")
    }
    if not (sides["inputs"] and sides["outputs"]):
        raise ValueError(f"{file!r} has no inputs or no outputs")
    return Graph(file, **sides, weights=weights)


def _variant(value: object, full: Mapping[str, Graph], files: Mapping[str, File]) -> Variant:
    values, graphs = fields.mapping(value), {}
    for name, graph_values in fields.mapping(values["graphs"]).items():
        graphs[fields.name(name)] = graph = _graph(graph_values, files)
        if name not in full or (graph.inputs, graph.outputs) != (
            full[name].inputs,
            full[name].outputs,
        ):
            raise ValueError(f"a variant's {name!r} has other inputs or outputs than the graph")
    nats = values["nats"]
    return Variant(
        graphs, None if nats is None else fields.number(nats), fields.number(values["pixels"])
    )


def _shape(value: object) -> tuple[int | None, ...]:
    return tuple(
        None if size is None else fields.whole(size, 1) for size in fields.sequence(value, 16)
    )
