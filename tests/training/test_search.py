"""Searches: what is left open, what is tried, and that the same command goes on."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from vaezoo.cli import sweep as command
from vaezoo.cli.group import group
from vaezoo.errors import ConfigError
from vaezoo.training.search import Interval, best_validation, interval, search
from vaezoo.training.sweep import GridRun

pytest.importorskip("optuna", reason="a search needs the extra search")
ROOT = Path(__file__).parents[2]
OPEN = ("a.x=-4..4", "a.rate=1e-5..1e-1", "a.kind=one,two", "a.size=2..9", "a.fixed=7")
# In the place of `vaezoo train`: a run whose validation ELBO is highest at latent_dim 6.
FAKE = f"""
import shutil, sys
from pathlib import Path
out = Path(sys.argv[sys.argv.index("--out") + 1])
print(out.name, file=open(out.parent / "started.txt", "a"))
size = int(next(a for a in sys.argv if a.startswith("model.latent_dim=")).partition("=")[2])
if size == 9:
    sys.exit("Error: nine is wrong.")
root = Path({str(ROOT)!r})
shutil.copytree(root / "saved_models" / "digits_vae", out)
shutil.copytree(root / "export" / "digits_vae", out / "export")
(out / "log.csv").write_text(f"epoch,val_elbo\\n0,-99\\n1,{{-abs(size - 6)}}\\n2,nan\\n")
"""


def values(run: GridRun) -> dict[str, str]:
    return dict(override.split("=") for override in run.overrides)


def far(run: GridRun) -> float:
    """Highest where x is 1, the rate .001, and the kind "two"."""
    chosen = values(run)
    x, rate = float(chosen["a.x"]), float(chosen["a.rate"])
    return -((x - 1) ** 2) - abs(rate - 1e-3) * 100 - (chosen["a.kind"] == "one")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-4..1e-2", Interval(1e-4, 1e-2, whole=False)),
        ("2 .. 64", Interval(2, 64, whole=True)),
        ("-3..3", Interval(-3, 3, whole=True)),
        ("0.5..2", Interval(0.5, 2, whole=False)),
        ("normal", None),
        ("'a..b'", None),
    ],
)
def test_intervals(text: str, expected: Interval | None) -> None:
    assert interval(text) == expected


def test_wide_positive_intervals_are_logarithmic() -> None:
    assert Interval(1e-4, 1e-2, whole=False).log and not Interval(0.5, 2, whole=False).log
    assert not Interval(-1, 100, whole=False).log and not Interval(0, 100, whole=True).log


@pytest.mark.parametrize("text", ["2..1", "a..b", "1..", "..3", "1..1", "0..inf", "1..nan"])
def test_what_is_no_interval(text: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(repr(text)) + ": expected"):
        interval(text)


def test_a_search_is_better_than_its_start_and_stays_in_its_bounds() -> None:
    scores: list[float] = []

    def score(run: GridRun) -> float:
        scores.append(far(run))
        return scores[-1]

    runs = search(OPEN, 60, score)
    for chosen in map(values, runs):
        assert -4 <= float(chosen["a.x"]) <= 4 and 1e-5 <= float(chosen["a.rate"]) <= 1e-1
        assert chosen["a.kind"] in ("one", "two") and chosen["a.fixed"] == "7"
        assert int(chosen["a.size"]) in range(2, 10)
    assert sum(scores[-20:]) / 20 > sum(scores[:5]) / 5 + 1
    assert max(scores) > -0.5


def test_one_seed_decides_all_and_failures_do_not_end_it() -> None:
    def fails(run: GridRun) -> float | None:
        return None if values(run)["a.kind"] == "one" else far(run)

    names = [[run.name for run in search(OPEN, 12, score)] for score in (far, far, fails)]
    assert names[0] == names[1] and len(names[2]) >= 10
    assert names[0] != [run.name for run in search(OPEN, 12, far, seed=1)]


def test_the_same_values_are_one_run() -> None:
    calls: list[GridRun] = []
    runs = search(["a.kind=one,two"], 9, lambda run: calls.append(run) or 1.0)
    assert [run.name for run in runs] == [run.name for run in calls] and len(runs) == 2


def test_nothing_open() -> None:
    with pytest.raises(ConfigError, match="needs an open key"):
        search(["a.b=3"], 5, far)


def test_the_figure_of_a_run(tmp_path: Path) -> None:
    assert best_validation(tmp_path) is None
    (tmp_path / "log.csv").write_text("epoch,val_elbo,val_loss\n0,-9,5\n1,-7,6\n2,nan,1\n")
    assert best_validation(tmp_path) == -7
    (tmp_path / "log.csv").write_text("epoch,val_loss\n0,5\n1,6\n")
    assert best_validation(tmp_path) == -5


def test_the_command_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_TRAIN", (sys.executable, "-c", FAKE))
    out = tmp_path / "sweep"

    def run(num: int) -> str:
        arguments = ("sweep", "digits", "--set", "model.latent_dim=2..8", "--search", num)
        result = CliRunner().invoke(group, [*map(str, arguments), "--out", str(out)])
        assert result.exit_code == 0, result.output
        return result.stderr + result.stdout

    assert "latent_dim-" in run(3)
    first = (out / "started.txt").read_text().split()
    again = run(7)
    assert again.count("finished before, skipped") == len(first)
    started = (out / "started.txt").read_text().split()
    assert started[: len(first)] == first and len(set(started)) == len(started)
    assert "validation 0.00" in again  # latent_dim 6 was found
    assert (out / "compare.html").is_file()


def test_a_dry_run_cannot_tell_what_a_search_tries() -> None:
    arguments = ("sweep", "digits", "--set", "model.latent_dim=2..8", "--search", "3", "--dry-run")
    result = CliRunner().invoke(group, arguments)
    assert result.exit_code == 2 and "--dry-run lists a grid" in result.stderr
