"""A model -> a SavedModel that needs only TensorFlow, and back."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.framework.function_pb2 import FunctionDef
from tensorflow.core.framework.types_pb2 import DT_RESOURCE
from tensorflow.core.protobuf import saved_model_pb2

from vaezoo._model.base import LatentVariableModel
from vaezoo._storage import files
from vaezoo.errors import ExportError
from vaezoo.export.graphs import ExportGraph
from vaezoo.runtime import Manifest
from vaezoo.samplers import Sampler

FOLDER = "saved_model"
# Signatures that have another name than their graph.
_VERBS = {"decoder": "decode", "encoder": "encode", "classifier": "classify"}


def signature(graph: ExportGraph) -> str:
    """The name of a graph's signature: "decode"."""
    return _VERBS.get(graph.name, graph.name)


def write_saved_model(
    model: LatentVariableModel,
    graphs: Sequence[ExportGraph],
    path: Path,
    sampler: Sampler | None = None,
) -> None:
    """Writes one signature per graph, with `decode` as the default, and a seeded `sample`.

    sample: num [] int32, seed [] int32, and condition [num, dim] for a conditional model
    -> means of p(x|z) for z from the sampler, if there is one, else z ~ p(z).
    """
    functions = {graph.name: graph.traced for graph in graphs}
    signatures = {
        signature(graph): functions[graph.name].get_concrete_function() for graph in graphs
    }

    @tf.function(
        input_signature=[
            tf.TensorSpec((), tf.int32, name="num"),
            tf.TensorSpec((), tf.int32, name="seed"),
            *graphs[0].signature[1:],  # the decoder's condition
        ]
    )
    def sample(num: tf.Tensor, seed: tf.Tensor, *condition: tf.Tensor) -> Mapping[str, tf.Tensor]:
        sizes = model.noise_dims if sampler is None else (sampler.noise_dim,)
        noise = tf.random.stateless_normal([num, sum(sizes)], tf.stack([0, seed]))
        source = next((functions[name] for name in ("sampler", "prior") if name in functions), None)
        if source is None:
            z = model.from_noise(noise, *condition)
        else:  # which takes the condition or does not
            inputs = [*tf.split(noise, sizes, axis=-1), *condition]
            z = source(*inputs[: len(source.input_signature)])["z"]
        return functions["decoder"](z, *condition)

    signatures["sample"] = sample.get_concrete_function()
    module = tf.Module()
    module.read = [list(function.variables) for function in signatures.values()]  # and so saved
    default = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    try:
        tf.saved_model.save(
            module,
            path,
            {default: signatures["decode"], **signatures},
            tf.saved_model.SaveOptions(experimental_custom_gradients=False),
        )
    except tf.errors.OpError as error:
        raise ExportError(f"{path} cannot be written: {error.message}") from None
    make_small(path)


def make_small(path: Path) -> None:
    """Removes from a SavedModel's graphs what is not needed to run them, half of the file and more.

    - References to custom gradients, which are not saved: TensorFlow would warn about each of them
      whenever it loads the file.
    - The shapes that every node's outputs have: TensorFlow infers them.
    - Nodes' names, which have those of all layers around them, once for every edge: in functions,
      nodes are numbered.
    """
    saved = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    for graph in saved.meta_graphs:
        for node in graph.graph_def.node:
            node.attr.pop("_output_shapes", None)
        for function in graph.graph_def.library.function:
            for node in function.node_def:
                node.attr.pop("_gradient_op_type", None)
                node.attr.pop("_output_shapes", None)
            _number_nodes(function)
    (path / "saved_model.pb").write_bytes(saved.SerializeToString(deterministic=True))
    (path / "fingerprint.pb").unlink()  # of the graphs before this change; the manifest has hashes


def load_saved_model(folder: Path, manifest: Manifest) -> Any:
    """The SavedModel of the export in `folder`, each file as the manifest lists it.

    TensorFlow opens files by path: of a private copy, whose content was verified.

    Raises:
        DamagedFileError: a file is missing, or is another one.
    """
    with tempfile.TemporaryDirectory() as private:
        for name, expected in manifest.files.items():
            if name.startswith(f"{FOLDER}/"):
                path = Path(private, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(files.read(folder / name, expected))
        return tf.saved_model.load(Path(private, FOLDER))


def _number_nodes(function: FunctionDef) -> None:
    """Names nodes and variables n0, n1, … where no other argument has such a name."""
    arguments = function.signature.input_arg
    variables = [argument for argument in arguments if argument.type == DT_RESOURCE]
    taken = {argument.name for argument in arguments if argument.type != DT_RESOURCE}
    free = (name for i in itertools.count() if (name := f"n{i}") not in taken)
    names = {named.name: next(free) for named in (*variables, *function.node_def)}

    def renamed(edge: str) -> str:
        """Of "node:output:0", "^node" for an order without a value, or an argument."""
        first = edge[: edge.startswith("^")]
        name, colon, output = edge.removeprefix("^").partition(":")
        return f"{first}{names.get(name, name)}{colon}{output}"

    for variable in variables:
        variable.name = names[variable.name]
    for node in function.node_def:
        node.name = names[node.name]
        node.input[:] = [renamed(edge) for edge in node.input]
    for key, edge in list(function.ret.items()):
        function.ret[key] = renamed(edge)
    ends = function.signature.control_output  # outputs without a value
    order = [names[function.control_ret[end]] for end in ends]
    ends[:] = order
    function.control_ret.clear()
    function.control_ret.update({node: node for node in order})
