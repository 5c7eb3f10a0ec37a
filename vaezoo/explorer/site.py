"""A gallery of presets for a web server: cards, a page to explore each, and all their files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path

import vaezoo
from vaezoo import zoo
from vaezoo._loading import load
from vaezoo._storage import fields, files
from vaezoo._text import printable
from vaezoo.errors import ConfigError
from vaezoo.explorer import page, scripts, web_runtime
from vaezoo.zoo import index
from vaezoo.zoo.index import Preset

MARKER = "site.json"  # in a folder that may be replaced
_MODULE, _WASM = (f"runtime/ort-{web_runtime.VERSION}{end}" for end in (".js", ".wasm.gz"))
_FIGURES = {"elbo": "ELBO", "log_likelihood": "log-likelihood"}  # nats


def write_site(
    folder: str | os.PathLike[str],
    names: Sequence[str] = (),
    told: Callable[[str], None] = lambda name: None,
) -> Path:
    """Writes a folder that any server of static files can host: a gallery, a page for each
    preset, and the zoo itself, which `VAEZOO_ZOO=https://…` then downloads from.

    Args:
        folder: replaced as a whole if it is such a site.
        names: of the presets; none: all on this machine.
        told: called with each name before its page is made.

    Returns:
        The gallery, index.html.

    Raises:
        ConfigError: the folder holds something else, or a path was given in place of a name.
        UnknownNameError: no such preset.
        DownloadError: as `vaezoo.explorer.write_page`.
        DamagedFileError: a preset's file is not what it was.
    """
    runtime = web_runtime.fetch()
    with files.replaced_directory(folder, MARKER) as site:
        for name in names or zoo.names():
            told(name)
            _add(site, name)
        for path, content in {_MODULE: page.unzipped(runtime.module), _WASM: runtime.wasm}.items():
            _write(site / path, content)
        presets = index.build(site)
        index.write(site / index.FILE, presets)
        _write(site / "index.html", gallery(site, presets).encode())
        files.write_json(site / MARKER, {"vaezoo": vaezoo.__version__, "presets": list(presets)})
    return Path(folder) / "index.html"


def _add(site: Path, name: str) -> None:
    """A preset's files, and its page."""
    if not fields.is_name(name):
        raise ConfigError(
            f"{name} is no preset's name: put the run into a zoo first, a folder with "
            "export/NAME and saved_models/NAME, and let VAEZOO_ZOO name it."
        )
    _copy(zoo.find_export(name), site / "export" / name)
    saved = zoo.local_preset(name)
    if saved is not None:
        _copy(saved, site / "saved_models" / name)
    places = {"module": f"../{_MODULE}", "wasm": f"../{_WASM}", "graphs": f"../export/{name}/"}
    content = page.all_facts(load(name)) | {"assets": places}
    _write(site / "explore" / f"{name}.html", page.html(content).encode())


def _copy(folder: Path, to: Path) -> None:
    """The files of a folder, but not what is hidden, and nothing behind a link."""
    for path in sorted(folder.rglob("*")):
        here = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in here.parts)
        if path.is_file() and not path.is_symlink() and not hidden:
            (to / here).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to / here)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def gallery(site: Path, presets: dict[str, Preset]) -> str:
    """The first page: a card for each preset."""
    style = scripts.read("gallery.css")
    rules = f"default-src 'none'; img-src 'self' data:; style-src '{scripts.digest(style)}'"
    cards = "\n".join(_card(site, name, preset) for name, preset in presets.items())
    return scripts.read("gallery.html").format(policy=escape(rules), style=style, cards=cards)


def _card(site: Path, name: str, preset: Preset) -> str:
    picture = f"saved_models/{name}/picture.png"
    image = f'<img loading="lazy" alt="samples of {name}" src="{picture}">'
    parts = [
        image if (site / picture).is_file() else "",
        f'<h2><a href="explore/{name}.html">{_shown(name)}</a></h2>',
        f"<p>{_shown(preset.summary)}</p>",
        f"<p>{_shown('; '.join(_facts(preset)))}</p>",
    ]
    if (site / f"saved_models/{name}/README.md").is_file():
        parts.append(f'<p><a href="saved_models/{name}/README.md">card</a></p>')
    return f"<article>{''.join(parts)}</article>"


def _facts(preset: Preset) -> Iterator[str]:
    given = " given the condition" if preset.conditional else ""
    for key, text in _FIGURES.items():
        if key in preset.metrics:
            figure = f"{preset.metrics[key]:.2f}".replace("-", "−")
            yield f"{text} {figure} nats{given}"
    yield f"data: {preset.licence}"


def _shown(text: object) -> str:
    return escape(printable(text))
