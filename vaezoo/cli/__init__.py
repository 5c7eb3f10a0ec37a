"""The command line: one file per command, imported when the command is used."""

from vaezoo.cli.program import COMMANDS as COMMANDS
from vaezoo.cli.program import main as main
