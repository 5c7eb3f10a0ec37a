"""Pictures, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pictures import pixels_of

from vaezoo import images
from vaezoo.errors import DataError


def test_grid_places_tiles_row_by_row() -> None:
    x = np.linspace(0, 1, 4).reshape(4, 1, 1, 1).repeat(32, 1).repeat(32, 2)
    sheet = images.grid(x)
    assert sheet.shape == (70, 70, 1)
    corners = [sheet[2, 2, 0], sheet[2, 36, 0], sheet[36, 2, 0], sheet[36, 36, 0]]
    assert corners == [0, 85, 170, 255]
    assert sheet[0, 0, 0] == sheet[34, 40, 0] == images.BACK


def test_small_images_are_enlarged_by_whole_pixels() -> None:
    sheet = images.grid(np.eye(8).reshape(1, 8, 8, 1))
    assert sheet.shape == (36, 36, 1)
    assert (sheet[2:6, 2:6] == 255).all() and (sheet[2:6, 6:10] == 0).all()


def test_pairs_put_reconstructions_below_data() -> None:
    x, r = np.zeros((3, 32, 32, 3)), np.ones((3, 32, 32, 3))
    sheet = images.pairs(x, r, columns=2)
    assert sheet.shape == (2 + 4 * 34, 2 + 2 * 34, 3)
    column = [sheet[2 + 34 * row, 2, 0] for row in range(4)]
    assert column == [0, 255, 0, 255]
    assert sheet[2 + 34 * 2, 2 + 34, 0] == images.BACK  # no fourth example


def test_vectors_and_odd_channels() -> None:
    assert images.as_images(np.array([[1.0, 3.0], [2.0, 1.0]])).ravel().tolist() == [0, 255, 128, 0]
    two = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.2], [0.0, 0.0]]).reshape(1, 2, 2, 2)
    found = images.as_images(two).reshape(4, 3).tolist()
    assert found == [[255, 64, 64], [64, 255, 255], [128, 51, 51], [0, 0, 0]]
    assert images.as_images(np.full((1, 2, 2, 5), 2.0)).shape == (1, 2, 2, 3)


def test_alpha_is_shown_over_white() -> None:
    half = np.array([0.2, 0.4, 0.6, 0.5]).reshape(1, 1, 1, 4)
    clear = half * [1, 1, 1, 0]
    assert images.as_images(half).ravel().tolist() == [153, 178, 204]
    assert images.as_images(clear).ravel().tolist() == [255, 255, 255]


def test_png_comes_back(tmp_path: Path) -> None:
    sheet = images.grid(np.random.default_rng(0).random((5, 6, 7, 3)))
    images.save_png(tmp_path / "a" / "b.png", sheet)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a" / "b.png"), sheet)


def test_nothing_is_no_picture() -> None:
    with pytest.raises(DataError, match="at least one"):
        images.grid(np.zeros((0, 8, 8, 1)))
