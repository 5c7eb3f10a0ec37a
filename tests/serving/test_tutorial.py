"""Chapters: their cells, links and notebooks. The three cheapest run, all in tests/training."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from snippets import ROOT

from vaezoo import tutorial
from vaezoo.cli.group import group
from vaezoo.errors import DamagedFileError, DataError, UnknownNameError
from vaezoo.report.charts import draw
from vaezoo.tutorial import Cell, Chapter
from vaezoo.tutorial.pictures import captured

CHAPTERS = tutorial.chapters()
SMALL = "# %% [markdown]\n# # 3 · Small\n#\n# Words.\n# %%\nprint(1)\nx = 2\n"
SOLVED = "# %% [markdown] solution 1\n# Because.\n# %% solution 1\nprint(x)\n"


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    """docs/chapters.py, as a module."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("chapters_of_docs", ROOT / "docs" / "chapters.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


def test_cells_of_a_file() -> None:
    assert tutorial.parse(SMALL + SOLVED) == [
        Cell("# 3 · Small\n\nWords.", True),
        Cell("print(1)\nx = 2", False),
        Cell("Because.", True, 1),
        Cell("print(x)", False, 1),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import numpy\n# %%\n", "begins with a cell"),
        ("no cells at all", "begins with a cell"),
        ("# %% [markdwn]\n# x\n", "line 1, '# %% [markdwn]', begins no cell"),
        ("# %% solution\nx = 1\n", "begins no cell"),
        ("# %% [markdown]\n# words\nx = 1\n", "line 3, 'x = 1', is no prose"),
    ],
)
def test_files_that_are_no_chapters(text: str, message: str) -> None:
    with pytest.raises(DamagedFileError, match=re.escape(message)):
        tutorial.parse(text)


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_its_parts(name: str) -> None:
    """A heading, code that compiles, three exercises with solutions, references, links that lead
    somewhere, and its places in the navigation and on the first page."""
    chapter = CHAPTERS[name]
    cells = chapter.cells
    prose = "\n\n".join(cell.text for cell in cells if cell.prose)
    for cell in cells:
        if not cell.prose:
            compile(cell.text, name, "exec")
    exercises = prose.split("## Exercises\n\n")[1]
    assert re.findall(r"^(\d)\. ", exercises, re.MULTILINE) == ["1", "2", "3"]
    assert sorted({cell.solution for cell in cells if cell.solution}) == [1, 2, 3]
    assert "## References" in prose and cells[0].prose and chapter.title
    for link in re.findall(r"\]\(((?!https?://)[^)#]+)\)", prose):
        written = Path(link).stem in CHAPTERS
        assert written or (ROOT / "docs" / "tutorial" / link).exists(), link
    assert f"tutorial/{name}.md" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    first = (ROOT / "docs" / "tutorial" / "index.md").read_text(encoding="utf-8")
    assert f"[{chapter.title}]({name}.md)" in first
    row = next(line for line in first.splitlines() if f"({name}.md)" in line)
    assert row.endswith("| yes |" if chapter.trains else "| no |")


def test_chapters_by_name() -> None:
    assert tutorial.find("6") == tutorial.find("06") == CHAPTERS["06_variational_inference"]
    assert tutorial.find("own_data").short_name == "own_data"
    with pytest.raises(UnknownNameError, match="unknown chapter '99'"):
        tutorial.find("99")


def test_a_notebook() -> None:
    content = tutorial.notebook(Chapter("03_small", SMALL + SOLVED))
    kinds = [cell["cell_type"] for cell in content["cells"]]
    assert kinds == ["markdown", "code", "markdown", "code"]
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in content["cells"]}) == 4
    assert content["cells"][1]["source"] == "print(1)\nx = 2"
    assert all(cell["outputs"] == [] for cell in content["cells"] if cell["cell_type"] == "code")
    folded = content["cells"][2]["source"]
    assert folded.startswith("<details><summary>Solution 1</summary>\n\nBecause.")
    assert content["cells"][3]["metadata"] == {"jupyter": {"source_hidden": True}}


def test_links_of_a_notebook_lead_to_notebooks() -> None:
    text = "# %% [markdown]\n# See [6](06_x.md), [data](../own-data.md), [a](https://x.org/a.md).\n"
    (cell,) = tutorial.notebook(Chapter("03_small", text))["cells"]
    assert cell["source"] == "See [6](06_x.ipynb), data, [a](https://x.org/a.md)."


def test_vaezoo_tutorial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    listed = run("tutorial").stdout
    assert all(chapter.title in listed for chapter in CHAPTERS.values())
    result = run("tutorial", 4)
    assert result.exit_code == 0 and "vaezoo[train]" in result.stdout
    content = json.loads(Path("04_the_vae.ipynb").read_text(encoding="utf-8"))
    assert content == tutorial.notebook(CHAPTERS["04_the_vae"])
    for arguments, message in [
        (["4"], "exists, perhaps with your notes"),
        (["40"], "unknown chapter '40'"),
        (["4", "-o", "x.txt"], "ends in .ipynb"),
    ]:
        result = run("tutorial", *arguments)
        assert result.exit_code == 1 and result.stderr.count("\n") == 1
        assert message in result.stderr
    assert "vaezoo[train]" not in run("tutorial", 6, "-o", "mine.ipynb").stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["04_the_vae.ipynb", "mine.ipynb"]


def test_points_are_drawn_where_they_are() -> None:
    panel = tutorial.chart("t", {"a": ([0, 1, 2], [0, 4, 0])}, dots=True, limits=(-1, 3))
    picture = draw([panel], height=300).astype(int)
    assert picture.shape[1] == 400 and picture.shape[0] > 300
    blue = np.argwhere((np.abs(picture - (0x00, 0x72, 0xB2)) < 40).all(axis=-1))
    blue = blue[blue[:, 0] > 60]  # below the legend
    columns = np.unique(blue[:, 1])
    assert len(np.flatnonzero(np.diff(columns) > 50)) == 1  # two dots: the third lies beyond
    assert np.ptp(blue[:, 0]) < 6  # at one height, and nothing joins them


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ({}, "series is empty"),
        ({"a": ([1, 2], [1])}, "x of shape [2] and y of shape [1]"),
        ({"a": ([], [])}, "N of 1 or more"),
        ({"a": ([0.0], [np.nan])}, "finite"),
    ],
)
def test_charts_that_cannot_be_drawn(series: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        tutorial.chart("t", series)


def test_pictures_are_shown_in_a_notebook_and_captured_by_the_builder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[object] = []

    class IPython:
        display = type("Display", (), {"display": staticmethod(shown.append)})

        @staticmethod
        def get_ipython() -> object:
            return object()

    picture = np.zeros((4, 6, 1), np.uint8)
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    tutorial.show(picture)  # in a script: nothing
    monkeypatch.setitem(sys.modules, "IPython", IPython)  # type: ignore[arg-type]
    tutorial.show(picture)
    assert [image.size for image in shown] == [(6, 4)]  # type: ignore[attr-defined]
    kept: list[np.ndarray] = []
    with captured(kept.append):
        tutorial.show(picture, tutorial.chart("t", {"a": ([0, 1], [0, 1])}))
    assert [one.shape[1] for one in kept] == [6, 400] and len(shown) == 1


def test_a_page(builder: ModuleType, tmp_path: Path) -> None:
    drawing = "tutorial.show(tutorial.chart('t', {'l': ([0, 1], [0, 1])}))"
    drawn = f"# %%\nfrom vaezoo import tutorial\nprint('a')\n{drawing}\nprint('b')\n"
    chapter = Chapter("03_small", SMALL + drawn + SOLVED)
    builder.execute(chapter, tmp_path)
    result = json.loads((tmp_path / "outputs.json").read_text(encoding="utf-8"))
    assert result["outputs"][1] == [["text", "a"], ["picture", "1.png"], ["text", "b"]]
    text = builder.page(chapter, result)
    assert text.startswith("# 3 · Small\n") and "```text\n1\n```" in text
    assert "(03_small_1.png)" in text and (tmp_path / "1.png").is_file()
    assert '??? note "Solution 1"\n\n    Because.' in text and "    ```text\n    2\n    ```" in text
    assert text.count("???") == 1 and "outputs are missing" in builder.page(chapter, None)


def test_outputs_are_kept_for_one_code_and_version(
    builder: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Chapter("03_small", SMALL), Chapter("03_small", SMALL + "y = 1\n")
    folder = builder.folder_of(one)
    reworded = Chapter("03_small", SMALL.replace("Words", "Other words"))
    assert folder == builder.folder_of(reworded) != builder.folder_of(other)
    monkeypatch.setattr("vaezoo.__version__", "9.9")
    assert builder.folder_of(one) != folder


def outputs(builder: ModuleType, name: str, folder: Path) -> tuple[str, int]:
    """What a chapter prints, and how many pictures it draws."""
    builder.execute(tutorial.find(name), folder)
    result = json.loads((folder / "outputs.json").read_text(encoding="utf-8"))
    parts = [part for cell in result["outputs"] for part in cell]
    return "\n".join(c for kind, c in parts if kind == "text"), len(list(folder.glob("*.png")))


def test_the_chapter_on_dimension_reduction(builder: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    text, pictures = outputs(builder, "1", tmp_path)
    assert "(1297, 8, 8, 1) (300, 8, 8, 1)" in text and pictures == 7
    from sklearn.decomposition import PCA

    from vaezoo import datasets

    x = datasets.load("digits").train.reshape(1297, -1)
    share = 100 * PCA(8).fit(x).explained_variance_ratio_.sum()
    assert f" 8 components hold {share:.1f}% of the variance" in text


def test_the_chapter_on_variational_inference(builder: ModuleType, tmp_path: Path) -> None:
    """log p(x) by its closed form, and the bound and its gap add up to it in every row."""
    text, pictures = outputs(builder, "6", tmp_path)
    variance = 1.5**2 + 0.8**2
    evidence = -0.5 * (2.6 - 0.5) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance)
    assert f"by the grid: log p(x) = {evidence:.4f}" in text and pictures == 4
    rows = re.findall(r"^ +(?:-?\d+\.\d+ +){6}(-?\d+\.\d+)$", text, re.MULTILINE)
    assert rows == [f"{evidence:.4f}"] * 4


def test_the_chapter_on_reparameterisation(builder: ModuleType, tmp_path: Path) -> None:
    """Both estimators are unbiased, and the path gradient is exact at the posterior."""
    text, pictures = outputs(builder, "7", tmp_path)
    truth = 1.5 * 2.1 / 0.64
    assert f"true gradient      {truth:8.4f}" in text and pictures == 4
    rows = re.findall(r"(-?\d+\.\d+) ± (\d+\.\d+), (?:variance|truth)", text)
    assert len(rows) == 3
    assert all(abs(float(mean) - truth) < 4 * float(error) for mean, error in rows)
    assert "path_gradient    at the posterior: 0.0000" in text
