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


def test_the_table_has_four_columns_and_a_row_per_family() -> None:
    header, _, *rows = catalogue.markdown().splitlines()
    assert header == "| model | year | what it is | paper |"
    assert all(row.count(" | ") == 3 for row in rows if not row.startswith("| **"))
    families = list(dict.fromkeys(entry.family for entry in catalogue.models()))
    assert [row for row in rows if row.startswith("| **")] == [
        f"| **{family}** | | | |" for family in families
    ]
    assert len(rows) == len(families) + len(catalogue.models())
    assert rows[2].startswith("| BetaVAE | 2017 | A VAE whose KL term has a weight")
    assert rows[2].endswith(" | [Higgins et al.](https://openreview.net/forum?id=Sy2fzU9gl) |")


def test_family_and_year_are_read_from_the_source() -> None:
    entries = {entry.name: entry for entry in catalogue.models()}
    assert (entries["VampVAE"].family, entries["VampVAE"].year) == ("Priors", 2018)
    assert (entries["PCA"].family, entries["PCA"].year) == ("Linear and deterministic", 1901)
    assert entries["BetaVAE"].paper == "Higgins et al. 2017"
    assert all(1900 < entry.year <= 2026 for entry in entries.values())


def test_axes_are_read_from_the_constructor() -> None:
    axes = {entry.name: entry.axes for entry in catalogue.models()}
    assert axes["VAE"] == ()
    assert axes["BetaVAE"] == ("objective",)
    assert axes["MixtureVAE"] == ("prior",)
    assert axes["HypersphericalVAE"] == ("objective", "posterior", "prior")
    assert axes["M2"] == ("objective", "condition")
