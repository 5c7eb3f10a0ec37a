"""Charts as pictures: what is drawn where, and what is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vaezoo._progress import _Lines, duration
from vaezoo.errors import DamagedFileError
from vaezoo.report.charts import HEIGHT, WIDTH, Line, Panel, _inside, draw, ticks
from vaezoo.report.columns import columns
from vaezoo.report.curves import curves, overlaid, read_log
from vaezoo.tables import Schema

RED, BLUE = "#ff0000", "#0000ff"


def line(y: list[float], colour: str = RED, label: str = "") -> Line:
    return Line(np.arange(float(len(y))), np.array(y), colour, label)


def where(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Rows and columns of the pixels with a colour, [N, 2]."""
    return np.argwhere((np.abs(picture.astype(int) - colour) < 60).all(axis=-1))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-27.3, -24.1, [-27, -26, -25]),
        (1.0, 3.0, [1, 1.5, 2, 2.5, 3]),
        (99_000.0, 101_000.0, [99_000, 99_500, 100_000, 100_500, 101_000]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


def test_a_line_goes_where_its_points_are() -> None:
    picture = draw([Panel("rise", [line([0.0, 1.0])], "x", (0.0, 1.0))])
    assert picture.shape == (HEIGHT, WIDTH, 3) and picture.dtype == np.uint8
    found = where(picture, (255, 0, 0))
    left, right = found[found[:, 1].argmin()], found[found[:, 1].argmax()]
    assert left[0] > right[0] + 150 and right[1] > left[1] + 300


def test_higher_values_are_higher() -> None:
    panel = Panel("two", [line([1.0, 1.0]), line([2.0, 2.0], BLUE)], "x", (0.0, 3.0))
    picture = draw([panel])
    assert where(picture, (255, 0, 0))[:, 0].mean() > where(picture, (0, 0, 255))[:, 0].mean() + 40


def test_what_lies_beyond_the_limits_is_cut_off() -> None:
    pieces = list(_inside(line([-1.0, 1.0, 1.0, 9.0]), 0.0, 2.0))
    assert pieces == [[(0.5, 0.0), (1.0, 1.0)], [(1.0, 1.0), (2.0, 1.0)], [(2.0, 1.0), (2.125, 2)]]
    assert list(_inside(line([5.0, 5.0]), 0.0, 2.0)) == []
    assert list(_inside(line([-1.0, 3.0]), 0.0, 2.0)) == [[(0.25, 0.0), (0.75, 2.0)]]


def test_a_legend_has_a_row_more_where_it_is_full() -> None:
    def height(num: int) -> int:
        lines = [line([0.0, 1.0], label=f"a run with a long name {n}") for n in range(num)]
        return len(draw([Panel("", lines, "x", (0.0, 1.0))]))

    assert HEIGHT < height(1) < height(6)


def test_one_epoch_and_figures_that_are_not_finite() -> None:
    assert curves({"epoch": np.array([1.0]), "loss": np.array([3.0])}) is not None
    nan = np.array([np.nan, np.inf])
    assert curves({"epoch": np.array([1.0, 2.0]), "loss": nan}) is None
    assert curves({}) is None


def test_curves_of_a_log(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss,val_elbo\n1,3,4,-4\n2,2,3,-3\n")
    log = read_log(tmp_path)
    assert log["val_elbo"].tolist() == [-4, -3]
    assert curves(log).shape[1] == 2 * WIDTH
    charts, colours = overlaid({"a": log, "b": {}, "c": log})
    assert len(charts) == 2 and list(colours) == ["a", "c"] and len(set(colours.values())) == 2
    assert read_log(tmp_path / "absent") == {}


@pytest.mark.parametrize("text", ["epoch,loss\n1,many\n", "loss\n1\n", "epoch,loss\n1\n", "\0"])
def test_a_log_that_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(text)
    if text == "\0":
        assert read_log(tmp_path) == {}
        return
    with pytest.raises(DamagedFileError, match="no log of a run"):
        read_log(tmp_path)


def test_columns(rng: np.random.Generator) -> None:
    real, generated = rng.normal(size=(200, 20)), rng.normal(size=(300, 20))
    assert columns(real, generated).shape[1] == 3 * WIDTH  # eight of the twenty
    assert columns(real[:, :1], generated[:, :1]).shape[1] == WIDTH
    assert columns(np.zeros((5, 2)), np.zeros((5, 2))).shape[1] == 2 * WIDTH  # constant


def test_gaps_are_no_zeros() -> None:
    schema = Schema.infer(
        {"x": np.array([5.5, np.nan, 6.25, 7.75] * 9), "y": np.arange(36) % 3 + 0.5}
    )
    rows = schema.encode({"x": np.array([5.5, np.nan, 6.25]), "y": np.array([0.5, 1.5, 2.5])})
    np.testing.assert_array_equal(schema.values(rows)[:, 0], [5.5, np.nan, 6.25])
    whole = schema.encode({"x": np.array([5.5, 6.25] * 3), "y": np.array([0.5, 1.5, 2.5] * 2)})
    holes = schema.encode(
        {"x": np.array([5.5, 6.25, np.nan] * 2), "y": np.array([0.5, 1.5, 2.5] * 2)}
    )
    np.testing.assert_array_equal(columns(whole, whole, schema), columns(whole, holes, schema))
    gone = schema.encode({"x": np.full(6, np.nan), "y": np.array([0.5, 1.5, 2.5] * 2)})
    assert columns(gone, gone, schema).shape == columns(whole, whole, schema).shape


def test_progress_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line after five seconds, the next thirty later, each with what is left."""
    now, said = [0.0], []
    monkeypatch.setattr("vaezoo._progress.time.monotonic", lambda: now[0])

    class Console:
        def print(self, text: str, highlight: bool) -> None:
            said.append(text)

    advance = _Lines(Console(), "weights", 100)  # type: ignore[arg-type]
    for _ in range(100):
        now[0] += 1.0
        advance()
    assert said[0] == f"weights: 5%, about {duration(95)} left" == "weights: 5%, about 1.6 min left"
    assert [text.split()[1] for text in said] == ["5%,", "35%,", "65%,", "95%,"]
