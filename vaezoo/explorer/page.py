"""One file that opens in a browser: the model, ONNX Runtime Web and the page around them."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Mapping
from html import escape
from pathlib import Path

from vaezoo._storage import files
from vaezoo._text import printable
from vaezoo.errors import VaezooError
from vaezoo.explorer import scripts, web_runtime
from vaezoo.explorer.examples import Examples, known_examples
from vaezoo.explorer.facts import Facts, facts
from vaezoo.runtime.model import Model

_FOOTER = f"Made by vaezoo. It runs ONNX Runtime Web {web_runtime.VERSION} (MIT, Microsoft)."


def write_page(
    path: str | os.PathLike[str], model: Model, examples: Examples | None = None
) -> Path:
    """Writes a page about a model that needs neither a server nor the network.

    It computes the same pictures as Python does, to 1e-5, for the same noise.

    Args:
        path: of the page, .html.
        model: from `vaezoo.load`.
        examples: data to show; None: `known_examples`, or samples of the model where these
            cannot be had, which the page then says.

    Returns:
        The path.

    Raises:
        DownloadError: ONNX Runtime Web is not in the cache, and cannot be downloaded.
        DamagedFileError: a file of the export is not what it was.
    """
    runtime = web_runtime.fetch()
    data = [
        _packed("runtime-module", runtime.module),
        _packed("runtime-wasm", runtime.wasm),
        *(_packed(f"graph-{name}", _zipped(graph)) for name, graph in graph_files(model).items()),
    ]
    with files.replaced_file(path) as temporary:
        temporary.write_text(html(all_facts(model, examples), "\n".join(data)), encoding="utf-8")
    return Path(path)


def all_facts(model: Model, examples: Examples | None = None) -> Facts:
    """Of a model and of its known examples, or why these are not shown."""
    if examples is not None:
        return facts(model, examples)
    try:
        examples = known_examples(model)
    except VaezooError as error:
        return facts(model, None, why=str(error))
    return facts(model, examples)


def graph_files(model: Model) -> dict[str, bytes]:
    """The ONNX files of a model, verified."""
    graphs = model.manifest.graphs.values()
    names = sorted({name for graph in graphs for name in (graph.file, *graph.weights)})
    return {name: files.read(model.folder / name, model.manifest.files[name]) for name in names}


def html(content: Facts, data: str = "") -> str:
    """The page.

    Args:
        content: what it knows of the model; "assets" says where wasm and graphs are, unless they
            are inside.
        data: what is inside, as elements.
    """
    text, style = scripts.script(), scripts.read("page.css")
    policy = scripts.policy(text, style, beside="assets" in content)
    return scripts.read("page.html").format(
        policy=escape(policy),
        title=_shown(content["preset"]),
        summary=_shown(_summary(content)),
        style=style,
        footer=_shown(_FOOTER),
        facts=_json(content),
        data=data,
        script=text,
    )


def _summary(content: Facts) -> str:
    shape = "×".join(map(str, content["data_shape"]))
    return f"{content['model']}: data {shape}, z of {content['latent_dim']} dimensions."


def _shown(text: object) -> str:
    return escape(printable(text))


def _json(content: Mapping[str, object]) -> str:
    """JSON that ends no element, whatever names are in it."""
    return json.dumps(content, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def unzipped(content: bytes) -> bytes:
    """The content of gzipped bytes."""
    return gzip.decompress(content)


def _zipped(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


def _packed(name: str, content: bytes) -> str:
    """Gzipped bytes inside a page, as text that no browser runs."""
    text = base64.b64encode(content).decode()
    return f'<script type="text/plain" id="{escape(name)}">{text}</script>'
