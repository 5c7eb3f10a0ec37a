"""The list of the models, which needs no TensorFlow."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from vaezoo import _catalogue as catalogue
from vaezoo.cli.list import command

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_has_the_table_of_the_catalogue() -> None:
    assert catalogue.markdown() in README.read_text(encoding="utf-8")


def test_the_command_lists_every_model() -> None:
    text = CliRunner().invoke(command, ["--models"]).output
    for entry in catalogue.models():
        assert entry.name in text and entry.paper in text
    assert CliRunner().invoke(command, ["--models", "--markdown"]).output == catalogue.markdown()


def test_axes_are_read_from_the_constructor() -> None:
    axes = {entry.name: entry.axes for entry in catalogue.models()}
    assert axes["VAE"] == ()
    assert axes["BetaVAE"] == ("objective",)
    assert axes["MixtureVAE"] == ("prior",)
    assert axes["HypersphericalVAE"] == ("objective", "posterior", "prior")
    assert axes["M2"] == ("objective", "condition")
