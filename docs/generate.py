"""Writes what documentation can read from the code: commands, models, data sets, API pages.

    python docs/generate.py [--check]

Rewrites docs/command-line.md, docs/api/, and the sections between markers in README.md and docs/;
--check changes nothing and exits with 1 if a page is out of date. Needs no TensorFlow.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from vaezoo import _catalogue as catalogue
from vaezoo import datasets
from vaezoo.cli import COMMANDS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
# The modules that users import.
API = {
    "anomalies": "What is unlike the data that a model was trained on.",
    "conditions": "What a model of p(x|c) may be conditioned on.",
    "corruptions": "What denoising models do to their inputs in training.",
    "datasets": "Data sets by name, and your own.",
    "distributions": "Distributions that TensorFlow Probability lacks, and `tfd` itself.",
    "errors": "Every error says what was received, what was expected and what to do.",
    "evaluation": "A model and data to figures.",
    "explorer": "A model on one page in the browser, and a gallery of presets.",
    "export": "SavedModel and ONNX, verified against Keras.",
    "images": "Grids of images, and PNG files.",
    "imputation": "Missing values, drawn given the others.",
    "latent": "Paths, traversals, attributes and edits in latent space.",
    "likelihoods": "p(x|z): how decoder outputs become a distribution over data.",
    "metrics": "Arrays to figures, without TensorFlow.",
    "models": "The models, and the families that they belong to.",
    "networks": "Functions that build encoders and decoders.",
    "objectives": "What is minimised: each reads a trace.",
    "posteriors": "q(z|x): how encoder outputs become a distribution over latents.",
    "priors": "p(z), fixed or learned.",
    "protocols": "What Keras models and exports have in common.",
    "quantisers": "From vectors to discrete codes.",
    "reference_classifiers": "Classifiers whose features the metrics of samples use.",
    "report": "A page with figures and pictures, from an export.",
    "runtime": "Exports on ONNX Runtime, without TensorFlow.",
    "samplers": "Distributions fitted to the latents of a trained model.",
    "sequences": "Models of sequences: a memory, and a recurrent state-space VAE.",
    "tables": "Tables of mixed columns: schemas, rules, models that generate, fill and score rows.",
    "training": "Training by recipe.",
    "tutorial": "The chapters of the tutorial, as notebooks, and what they draw.",
    "world": "Environments, and agents that act on a model's code and a memory.",
    "zoo": "Where presets come from.",
}
# Pages of docs/models by the family of `vaezoo.models.FAMILIES` that they describe.
FAMILIES = {
    "VAE and its objectives": "vae",
    "Disentanglement": "disentanglement",
    "Importance-weighted bounds": "importance-weighted",
    "Adversarial": "adversarial",
    "Posteriors": "posteriors",
    "Latent spaces": "latent-spaces",
    "Priors": "priors",
    "Likelihoods": "likelihoods",
    "Conditional and semi-supervised": "conditional",
    "Hierarchical": "hierarchical",
    "Quantised": "quantised",
    "Linear and deterministic": "linear",
}


def pages() -> Iterator[tuple[Path, str]]:
    """Every page that is generated, or has a generated section: its path and its text."""
    yield DOCS / "command-line.md", command_line()
    yield from api()
    yield section(ROOT / "README.md", "models", catalogue.markdown(), around="")
    yield section(DOCS / "data.md", "datasets", data_sets())
    for family, entries in itertools.groupby(catalogue.models(), lambda entry: entry.family):
        page = FAMILIES[family]
        yield section(DOCS / "models" / f"{page}.md", f"models/{page}", models(entries))


def section(page: Path, name: str, text: str, around: str = "\n") -> tuple[Path, str]:
    """The page with the text between its markers."""
    begin, end = (f"<!-- {name}: {place} -->\n" for place in ("begin", "end"))
    before, rest = page.read_text(encoding="utf-8").split(begin)
    return page, f"{before}{begin}{around}{text.strip()}\n{around}{end}{rest.split(end)[1]}"


def models(entries: Iterable[catalogue.Entry]) -> str:
    """One row for each model of a family, with the components that it fixes."""
    lines = ["| model | what it is | paper | fixes |", "|---|---|---|---|"]
    for entry in entries:
        link = f"[`{entry.name}`](../api/models.md#vaezoo.models.{entry.name})"
        paper, axes = f"[{entry.paper}]({entry.url})", ", ".join(entry.axes) or "nothing"
        lines.append(f"| {link} | {entry.summary} | {paper} | {axes} |")
    return "\n".join(lines)


def data_sets() -> str:
    """One row for each named data set."""
    lines = ["| name | examples |", "|---|---|"]
    for name, load in datasets.DATASETS.items():
        lines.append(f"| `{name}` | {(load.__doc__ or '').strip().splitlines()[0]} |")
    return "\n".join(lines)


def api() -> Iterator[tuple[Path, str]]:
    """A page for each public module; mkdocstrings fills it in."""
    root = "# vaezoo\n\nWhat `import vaezoo` offers, besides the modules of the other pages.\n"
    yield DOCS / "api" / "vaezoo.md", f"{root}\n::: vaezoo.load\n\n::: vaezoo.Trace\n"
    links = ["| module | |", "|---|---|", "| [`vaezoo`](vaezoo.md) | `load`, `Trace` |"]
    for name, summary in API.items():
        links.append(f"| [`vaezoo.{name}`]({name}.md) | {_cell(summary)} |")
        options = "    options:\n      show_root_heading: false\n"
        yield DOCS / "api" / f"{name}.md", f"# vaezoo.{name}\n\n::: vaezoo.{name}\n{options}"
    intro = "All of these are reachable after `import vaezoo`; they are imported when first used.\n"
    yield DOCS / "api" / "index.md", f"# API\n\n{intro}\n" + "\n".join(links) + "\n"


def command_line() -> str:
    """A section for each command: usage, options, an example."""
    intro = """# Command line

An error is one line, with exit status 1. If a command is called wrongly, its usage comes first
(four lines), and the status is 2. `compare`, `generate`, `impute`, `interpolate`, `traverse`,
`attributes`, `edit`, `explore`, `site`, `reconstruct`, `score`, `info`, `verify`, `list`,
`download`, `cache`, `world` and `tutorial` need no TensorFlow; nor does `evaluate` for a report of
figures that are there.
"""
    parts = [intro]
    for name in COMMANDS:
        command = importlib.import_module(f"vaezoo.cli.{name}").command
        parts.extend(_command(f"vaezoo {name}", command))
    return "\n".join(parts)


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name, terminal_width=100)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    yield f"## {name}\n\n```\n{usage}\n```\n\n{_paragraphs(command.help)}\n"
    records = (param.get_help_record(context) for param in command.params)
    options = (record for record in records if record and record[1])
    rows = [f"| `{option.replace('|', ', ')}` | {_cell(text)} |" for option, text in options]
    if rows:
        yield "\n".join(["| option | |", "|---|---|", *rows]) + "\n"
    if command.epilog:
        yield f"```\n{command.epilog.removeprefix('Example:').strip()}\n```\n"
    for child, inner in getattr(command, "commands", {}).items():
        yield from _command(f"{name} {child}", inner)


def _paragraphs(text: str | None) -> str:
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))


def _cell(text: str) -> str:
    """Text without what ends a cell or begins a tag."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="only say which pages are out of date")
    check = parser.parse_args().check
    old = [
        (path, text)
        for path, text in pages()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in old:
        print(path.relative_to(ROOT))
        if not check:
            path.write_text(text, encoding="utf-8")
    sys.exit(bool(check and old))


if __name__ == "__main__":
    main()
