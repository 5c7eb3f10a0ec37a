"""The console script: help at once, and the commands in one group."""

from __future__ import annotations

import sys

COMMANDS = {
    "train": "Train a model by a recipe, evaluate, save and export it.",
    "sweep": "Train a model by a recipe for each value of a grid, and compare.",
    "compare": "Compare runs and presets: figures, and differences.",
    "evaluate": "Evaluate a preset on test data.",
    "export": "Export a preset to SavedModel and ONNX.",
    "verify": "Verify an export: its hashes and its numbers.",
    "generate": "Generate new examples.",
    "reconstruct": "Encode and decode test examples.",
    "score": "Estimate log-likelihoods, or find odd examples.",
    "impute": "Fill in missing pixels.",
    "interpolate": "Walk from one example to another.",
    "traverse": "Vary the latent dimensions one by one.",
    "attributes": "Fit or list directions of attributes.",
    "edit": "Change an attribute of examples.",
    "explore": "Explore a preset in the browser, without a server.",
    "info": "Describe a preset and its figures.",
    "list": "List presets, recipes or data sets.",
    "download": "Download a preset into the cache.",
    "cache": "List or delete downloads.",
    "site": "Build a gallery of presets for a web server.",
    "world": "Collect frames of an environment, fit agents that act on a code, play.",
    "tutorial": "Write a chapter of the tutorial as a notebook.",
    "zoo": "Maintain your own zoo.",
}

HELP = """Usage: vaezoo [OPTIONS] COMMAND [ARGS]...

  Variational autoencoders: train, evaluate, export, and run without TensorFlow.

Options:
  --version  Show the version and exit.
  --help     Show this message and exit.

Commands:
{commands}

  vaezoo COMMAND --help shows a command's options and an example. Errors are one line;
  VAEZOO_TRACEBACK=1 shows where they come from.

  Example:  vaezoo train digits --out runs/digits
"""


def help_text() -> str:
    """What `vaezoo --help` prints."""
    width = max(map(len, COMMANDS)) + 2
    return HELP.format(commands="\n".join(f"  {k:{width}}{v}" for k, v in COMMANDS.items()))


def main() -> None:
    """The console script. Help comes before the first import: it should feel instant."""
    from vaezoo.cli import streams

    streams.prepare()
    with streams.finishing():
        if sys.argv[1:] in ([], ["--help"]):
            sys.stdout.write(help_text())
            return
        from vaezoo.cli.group import group

        group(prog_name="vaezoo")
