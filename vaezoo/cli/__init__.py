"""The command line: one file a command, imported when the command is used."""

from __future__ import annotations

import sys

COMMANDS = {
    "train": "Train a model by a recipe, measure it, save and export it.",
    "evaluate": "Measure a preset on test data.",
    "export": "Export a preset to SavedModel and ONNX.",
    "verify": "Check an export's hashes and numbers.",
    "generate": "Draw new examples.",
    "reconstruct": "Encode and decode test examples.",
    "score": "Say how likely test examples are.",
    "info": "Say what a preset is, and how good.",
    "list": "List presets, recipes or data sets.",
    "download": "Put a preset into the cache.",
    "cache": "Say what was downloaded, or delete it.",
    "zoo": "Keep a zoo of your own.",
}

HELP = """Usage: vaezoo [OPTIONS] COMMAND [ARGS]...

  Variational autoencoders: train, measure, export, and run without TensorFlow.

Options:
  --version  Show the version and exit.
  --help     Show this message and exit.

Commands:
{commands}

  vaezoo COMMAND --help shows a command's options and an example.

  Example:  vaezoo train digits --out runs/digits
"""


def help_text() -> str:
    """What `vaezoo --help` prints."""
    width = max(map(len, COMMANDS)) + 2
    return HELP.format(commands="\n".join(f"  {k:{width}}{v}" for k, v in COMMANDS.items()))


def main() -> None:
    """The console script. Help comes before the first import: it should feel instant."""
    if sys.argv[1:] in ([], ["--help"]):
        sys.stdout.write(help_text())
        return
    from vaezoo.cli.group import group

    group(prog_name="vaezoo")
