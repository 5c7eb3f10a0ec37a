"""Runs side by side: paired differences by value, what is left out, tables, the page."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import snippets
from click.testing import CliRunner

import vaezoo
from vaezoo import datasets, report
from vaezoo._checks import comparing_only
from vaezoo.cli.group import group
from vaezoo.datasets.base import as_float, evenly_spaced
from vaezoo.errors import ConfigError, DamagedFileError, UnknownNameError
from vaezoo.report.comparison.pairs import Examples, Group
from vaezoo.report.comparison.runs import open_run
from vaezoo.report.known import known_figures
from vaezoo.report.tables import Cell, Table, html, markdown

ROOT = Path(__file__).parents[2]
needs_digits = pytest.mark.skipif(
    importlib.util.find_spec("sklearn") is None, reason="scikit-learn carries the digits"
)
LOG = "epoch,loss,val_loss,val_elbo,seconds\n1,30.0,31.0,-31.0,1\n2,25.0,26.5,-26.5,1\n"


def make_run(folder: Path, **metrics: Any) -> str:
    """The folder of a finished run: digits_vae, with some figures of metrics.json changed."""
    shutil.copytree(ROOT / "saved_models" / "digits_vae", folder)
    shutil.copytree(ROOT / "export" / "digits_vae", folder / "export")
    known = json.loads((folder / "metrics.json").read_text())
    (folder / "metrics.json").write_text(json.dumps(known | metrics))
    (folder / "log.csv").write_text(LOG)
    return str(folder)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two runs with the same weights, and one that was measured on grey levels."""
    place = tmp_path_factory.mktemp("runs")
    data = {"name": "digits", "binarise": "none", "split": "test"}
    return [
        make_run(place / "a"),
        make_run(place / "b", elbo={"mean": -20.0, "standard_error": 0.1}),
        make_run(place / "grey", data=data),
    ]


class TestPairs:
    """Differences of single examples."""

    values: ClassVar = {"a": np.array([1.0, 2.0, 6.0]), "b": np.array([2.0, 4.0, 6.0])}

    def group(self, kinds: dict[str, str]) -> Group:
        x = np.zeros((3, 2), np.float32)
        data = datasets.Dataset("mine", x, x, x, licence="", source="", splits="")
        every = dict.fromkeys(("elbo", "log_likelihood", "mean_squared_error"), self.values)
        return Group(Examples("key", data, "mine"), 3, every, kinds)

    def test_the_error_is_that_of_the_differences(self) -> None:
        found = self.group({"a": "densities", "b": "densities"}).differences("elbo")
        gaps = np.array([-1.0, -2.0, 0.0])
        assert found["a"].best == "b" and found["a"].gap == pytest.approx(-1)
        assert found["a"].gap_error == pytest.approx(gaps.std(ddof=1) / np.sqrt(3))
        assert found["a"].mean == pytest.approx(3)
        assert found["a"].error == pytest.approx(self.values["a"].std(ddof=1) / np.sqrt(3))
        assert (found["b"].gap, found["b"].gap_error) == (0, 0)

    def test_lower_errors_are_better(self) -> None:
        found = self.group({"a": "x", "b": "y"}).differences("mean_squared_error")
        assert found["b"].best == "a" and found["b"].gap == pytest.approx(1)

    def test_kinds_of_likelihood_are_not_subtracted(self) -> None:
        found = self.group({"a": "densities", "b": "probabilities"}).differences("elbo")
        assert (found["a"].best, found["b"].best) == (None, None)


@needs_digits
class TestCompare:
    def test_the_same_rows_and_noise(self, runs: list[str]) -> None:
        found = report.compare(runs[:2], num=20, num_samples=8, seed=3)
        (group,) = found.groups
        data = datasets.load("digits", binarise="dynamic")
        x = as_float(data.test[evenly_spaced(len(data.test), 20)])
        model = vaezoo.load("digits_vae")
        with comparing_only():
            weights = model.importance_weights(x, num_samples=8, seed=3)
        errors = ((model.reconstruct(x) - x) ** 2).mean(axis=(1, 2, 3))
        for name in ("a", "b"):
            np.testing.assert_array_equal(group.values["elbo"][name], weights.elbo())
            np.testing.assert_array_equal(
                group.values["log_likelihood"][name], weights.log_likelihood()
            )
            np.testing.assert_allclose(group.values["mean_squared_error"][name], errors, rtol=1e-5)
        assert group.differences("elbo")["b"].gap_error == 0

    def test_the_best_figure_is_marked(self, runs: list[str]) -> None:
        table = report.compare(runs[:2], num=20, num_samples=2).tables()[0]
        column = list(table.header).index("ELBO, nats")
        cells = [row[column] for row in table.rows]
        assert cells == [Cell("−22.83 ± 0.20"), Cell("−20.00 ± 0.10", best=True)]

    def test_other_binarisation_is_not_subtracted(self, runs: list[str]) -> None:
        found = report.compare(runs, num=20, num_samples=2)
        assert [list(group.kinds) for group in found.groups] == [["a", "b"], ["grey"]]
        assert found.groups[1].kinds["grey"] == "cross-entropies under Bernoulli"
        (note,) = found.notes()
        assert "not subtracted, as the test examples differ: a, b" in note
        assert "a, b (digits, binarise = dynamic); grey (digits)" in note

    def test_data_that_are_gone(self, tmp_path: Path) -> None:
        gone = make_run(tmp_path / "x", data={"name": "gone.npy", "split": "test"})
        found = report.compare([gone], num=20)
        (note,) = found.notes()
        assert note.startswith("x is not subtracted: no such file or folder: gone.npy")
        assert len(found.tables()[0].rows) == 1

    def test_the_number_of_examples_is_chosen(self, runs: list[str]) -> None:
        (group,) = report.compare(runs[:2], num_samples=1).groups
        assert group.num in (20, 50, 100, 200, 300)

    def test_the_page_of_the_documentation(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_run(tmp_path / "runs" / "digits")
        monkeypatch.chdir(tmp_path)
        names = snippets.run_page("docs/comparing.md")
        assert names["name"] == "digits_vae" and names["figure"].gap == 0
        assert (tmp_path / "compare.html").is_file()


def damage_metrics(run: Path) -> None:
    (run / "metrics.json").write_text("{")


def damage_figure(run: Path) -> None:
    values = json.loads((run / "metrics.json").read_text())
    (run / "metrics.json").write_text(json.dumps(values | {"elbo": {"mean": "many"}}))


def damage_samples(run: Path) -> None:
    values = json.loads((run / "metrics.json").read_text())
    (run / "metrics.json").write_text(json.dumps(values | {"log_likelihood": 3}))


def damage_graph(run: Path) -> None:
    (run / "export" / "encoder.onnx").write_bytes(b"nothing")


def damage_log(run: Path) -> None:
    (run / "log.csv").write_text("epoch,loss\n1,many\n")


def damage_recipe(run: Path) -> None:
    (run / "recipe.toml").write_text("= 3")


def remove_export(run: Path) -> None:
    shutil.rmtree(run / "export")


@needs_digits
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (damage_metrics, "damaged: .*not readable JSON"),
        (damage_figure, "damaged: its metrics.json cannot be read"),
        (damage_samples, "damaged: its metrics.json cannot be read"),
        (damage_graph, "damaged: .*not the file that was exported"),
        (damage_log, "damaged: .*no log of a run"),
        (damage_recipe, "damaged: .*not TOML"),
        (remove_export, "unfinished: 2 of 200 epochs; vaezoo train .*/recipe.toml --out .*resumes"),
    ],
)
def test_damage_is_a_line(damage: Any, reason: str, tmp_path: Path, runs: list[str]) -> None:
    bad = make_run(tmp_path / "bad")
    damage(tmp_path / "bad")
    found = report.compare([runs[0], bad], num=20, num_samples=1)
    assert [run.label for run in found.runs] == ["a"]
    (left_out,) = found.left_out
    assert re.match(reason, left_out.reason), left_out.reason
    (note,) = found.notes()
    assert "bad is left out: " in note and "\n" not in note


def test_what_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("x")
    assert "not the folder of a run" in open_run(str(tmp_path / "empty"), "empty").reason
    assert "it is a file" in open_run(str(tmp_path / "file.txt"), "file").reason
    with pytest.raises(ConfigError, match=r"no finished run to compare: .*empty"):
        report.compare([str(tmp_path / "empty")])
    with pytest.raises(UnknownNameError, match=r"did you mean 'digits_vae'"):
        report.compare(["digit_vae"])


def test_names_in_tables(tmp_path: Path) -> None:
    first, second = tmp_path / "one" / "x", tmp_path / "two" / "x"
    for folder in (first, second):
        make_run(folder, data={"name": "gone.npy", "split": "test"})
    found = report.compare([str(first), str(second)])
    assert [run.label for run in found.runs] == [str(first), str(second)]


class Page(HTMLParser):
    """Collects the addresses, tags and captions of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for key, value in attrs if key in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


@needs_digits
class TestCommand:
    def run(self, *arguments: object) -> Any:
        return CliRunner().invoke(group, ["compare", *map(str, arguments)])

    def test_markdown_and_a_page(self, runs: list[str], tmp_path: Path) -> None:
        out = tmp_path / "compare.html"
        result = self.run(*runs, "-n", 20, "--num-samples", 4, "--markdown", "-o", out)
        assert result.exit_code == 0, result.output
        assert "| b | VAE, digits (dynamic) | 7 of 8 | **−20.00 ± 0.10** |" in result.stdout
        assert "not subtracted, as the test examples differ" in result.stderr
        page = Page()
        page.feed(out.read_text(encoding="utf-8"))
        # two data sets with curves of loss and ELBO and a picture; three runs with two pictures
        assert page.tags.count("img") == 2 * (2 + 1) + 3 * 2
        assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
        assert "script" not in page.tags and "link" not in page.tags
        assert "The same 20 test examples of digits, binarise = dynamic" in page.text
        assert "−20.00 ± 0.10" in page.text

    def test_the_terminal(self, runs: list[str]) -> None:
        result = self.run(runs[0], "digits_vae", "-n", 20, "--num-samples", 4)
        assert result.exit_code == 0, result.output
        assert re.search(r"a +−22.\d\d ± \d.\d\d \* +best", result.stdout)
        assert "Figures on test data" in result.stdout

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["digit_vae"], "did you mean 'digits_vae'"),
            (["digits_vae", "-n", "0"], "num=0"),
            (["digits_vae", "-o", "page.pdf"], "expected a name that ends in .html"),
        ],
    )
    def test_wrong_calls(self, arguments: list[str], message: str) -> None:
        result = self.run(*arguments)
        assert result.exit_code == 1 and message in result.stderr
        assert len(result.stderr.splitlines()) == 1


class TestTables:
    table = Table("T*", ["run", "a|b"], [[Cell("<x>"), Cell("1", best=True)]], ["note <b>"])

    def test_markdown(self) -> None:
        lines = markdown(self.table).splitlines()
        assert lines[0] == r"**T\***" and lines[2] == r"| run | a\|b |"
        assert lines[4] == "| &lt;x&gt; | **1** |" and lines[-1] == "note &lt;b&gt;"

    def test_html(self) -> None:
        text = html(self.table)
        assert "<td>&lt;x&gt;</td>" in text and '<td class="best">1</td>' in text
        assert "note &lt;b&gt;" in text


@needs_digits
def test_a_report_of_known_figures_needs_no_tensorflow(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", elbo={"mean": -21.25, "standard_error": 0.1})
    code = (
        "import sys; from vaezoo.cli.group import group\n"
        f"group(['evaluate', {run!r}, '--report', {str(tmp_path / 'report')!r}],"
        " standalone_mode=False)\n"
        "assert 'tensorflow' not in sys.modules"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    assert "--measure measures anew, which took" in result.stderr
    assert "-21.25 ± 0.10" in result.stdout
    assert "−21.25 ± 0.10" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    known = (Path(run) / "metrics.json").read_bytes()
    assert json.loads((tmp_path / "report" / "metrics.json").read_text()) == json.loads(known)


def test_figures_of_other_weights_are_not_known(tmp_path: Path) -> None:

    run, model = tmp_path / "run", vaezoo.load("digits_vae")
    make_run(run)
    assert known_figures(run, model) is not None
    metadata = json.loads((run / "metadata.json").read_text())
    metadata["files"]["model.weights.h5"]["sha256"] = "0" * 64
    (run / "metadata.json").write_text(json.dumps(metadata))
    assert known_figures(run, model) is None
    (run / "metrics.json").write_text("{}")
    with pytest.raises(DamagedFileError, match="does not hold the figures of a run"):
        known_figures(run, model)
    (run / "metrics.json").unlink()
    assert known_figures(run, model) is None
