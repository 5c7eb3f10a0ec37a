"""What a run draws: its curves, whatever ends it, and a picture that fits its data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pictures import pixels_of, size_of
from training_helpers import small_recipe

from vaezoo import datasets
from vaezoo.models import VAE
from vaezoo.report.curves import LOG, PICTURE
from vaezoo.training import curves
from vaezoo.training.card import card
from vaezoo.training.measuring import affordable, settings_of
from vaezoo.training.picture import picture
from vaezoo.training.recipe import Recipe
from vaezoo.training.recipe_tables import Data

ROWS = "epoch,loss,val_loss\n1,3,4\n2,2,3\n"


def test_every_run_draws_its_curves(trained: Path) -> None:
    assert size_of(trained / PICTURE)[0] == 800
    assert f"]({PICTURE})" in (trained / "README.md").read_text()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_interrupted_runs_draw_what_is_there(error: type[BaseException], tmp_path: Path) -> None:
    with pytest.raises(error), curves.drawn(tmp_path):
        (tmp_path / LOG).write_text(ROWS)
        raise error
    assert pixels_of(tmp_path / PICTURE).ndim == 3
    assert [path.name for path in sorted(tmp_path.iterdir())] == [PICTURE, LOG]


def test_the_reason_of_the_end_is_what_is_raised(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), curves.drawn(tmp_path):
        (tmp_path / LOG).write_text("nonsense")
        raise KeyboardInterrupt
    assert not (tmp_path / PICTURE).exists()


def test_other_workers_and_runs_without_an_epoch_draw_nothing(tmp_path: Path) -> None:
    with curves.drawn(tmp_path):
        pass
    (tmp_path / LOG).write_text(ROWS)
    with curves.drawn(tmp_path, writes=False):
        pass
    assert not (tmp_path / PICTURE).exists()


def test_channels_that_are_kinds_of_things_have_a_colour_each() -> None:
    """Four of them, as colours, are red, green, blue and alpha: where the last is 0, white."""
    model = VAE((4, 4, 4), 2, network={"name": "mlp", "hidden": [4]}, seed=0)
    x = np.zeros((32, 4, 4, 4), np.float32)
    x[..., 0] = 1
    for kinds, colour in ((False, [255, 255, 255]), (True, [255, 64, 64])):
        drawn = picture(model, x, None, None, kinds=kinds)
        assert (drawn == colour).all(axis=-1).sum() > 20 * 32 * 32


def test_a_table_has_histograms_of_its_columns(rng: np.random.Generator) -> None:
    model = VAE((3,), latent_dim=2, network={"name": "mlp", "hidden": [4]}, likelihood="normal")
    drawn = picture(model, rng.normal(size=(40, 3)).astype(np.float32), None, None)
    assert drawn.shape[1:] == (800, 3)


FIGURES = {
    "num_examples": 3, "active_units": 1, "latent_dim": 2, "normalised": True,
    "seconds": {"training": 1.0, "evaluation": 1.0},
    **{
        name: {"mean": 1.0, "standard_error": 0.1, "num_samples": 5, "num_examples": 3}
        for name in ("elbo", "reconstruction", "kl", "log_likelihood", "bits_per_dimension")
    },
}  # fmt: skip


def text_of(shape: tuple[int, ...], binarise: str) -> str:
    x = np.zeros((3, *shape), np.float32)
    data = datasets.Dataset("mine", x, x, x, licence="", source="", splits="")
    recipe = Recipe("mine", Data("mine", binarise=binarise))
    places = {"preset": "p", "recipe": "r", "out": "o", "beside": "", "curves": ""}
    return card(recipe, data, FIGURES, best="val_elbo", condition=None, places=places)


def test_the_card_says_what_the_picture_shows() -> None:
    assert "Columns of test data" in text_of((5,), "none")
    assert "Above: 64 samples" in text_of((5, 5, 1), "none")


def test_the_card_has_bits_per_dimension_where_values_are_not_binary() -> None:
    assert "1.0000 ± 0.1000 bits per dimension" in text_of((5, 5, 1), "none")
    assert "bits per dimension" not in text_of((5, 5, 1), "dynamic")


def test_how_many_examples_get_all_samples(trained: Path) -> None:
    assert affordable(1000, (32, 32, 3)) * 1000 * 32 * 32 * 3 <= 2e8
    assert affordable(5000, (256, 256, 3)) == 30
    assert settings_of(trained) == small_recipe().evaluation
    assert settings_of(trained / "absent").num_samples == 5000
