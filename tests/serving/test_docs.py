"""What README.md and docs/ say is up to date, short, and leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import snippets

from vaezoo.zoo import origins

ROOT = snippets.ROOT
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
CHAPTERS = {path.stem for path in (ROOT / "docs" / "chapters").glob("*.py")}
_LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")
_MARKED = re.compile(r"<!-- (\S+): begin -->\n(.*?)<!-- \1: end -->", re.DOTALL)


def test_the_readme_is_one_page() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    for page in PAGES:
        cells = None
        for line in page.read_text(encoding="utf-8").splitlines():
            if not line.startswith("|"):
                cells = None
                continue
            count = len(re.findall(r"(?<!\\)\|", line))
            assert cells in (None, count), f"{page.relative_to(ROOT)}: {line}"
            cells = count


def test_figures_of_the_readme_are_those_of_the_presets() -> None:
    results = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Results")[2]
    figures = re.findall(r"−\d+\.\d+", results)
    presets = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8")
    assert figures and all(figure in presets for figure in figures)


def test_generated_pages_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, f"run docs/generate.py: {result.stdout}{result.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_has_its_tables_and_links_to_files(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count(": begin -->") == len(_MARKED.findall(text)) == text.count(": end -->")
    assert all(section.strip() for _, section in _MARKED.findall(text))
    broken = [link for link in _LINK.findall(text) if not _leads_somewhere(page.parent / link)]
    assert not broken


def _leads_somewhere(path: Path) -> bool:
    """Pages of chapters are written from these before the site is built."""
    return path.exists() or (path.stem in CHAPTERS and path.suffix in {".md", ".ipynb"})


def test_the_python_of_the_page_on_anomalies_runs() -> None:
    names = snippets.run_page("docs/anomalies.md")
    assert 7 in names["odd"] and len(names["odd"]) < 3
    assert names["errors"].shape == (20, 8, 8, 1)
    assert names["filled"].draws.shape == (3, 5, 8, 8, 1)


def test_the_python_of_the_page_on_latent_space_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(origins.VARIABLE, str(ROOT))  # for an install that is no checkout
    names = snippets.run_page("docs/latent.md")
    assert names["path"].shape == names["around"].shape == (2, 11, 8, 8, 1)
    assert names["walk"].shape == (1, 5, 8, 8, 1) and names["row"].shape == (1, 9, 8, 8, 1)
    before = names["model"].reconstruct(names["x"][:5])
    margins = np.linspace(-1, 1, 8)[:, None] ** 2
    change = ((names["edited"] - before) * margins).mean(axis=(1, 2, 3)) / names["wider"].stddev
    assert 0.5 < change.mean() < 2  # of the 1.5 asked for; the decoder is not linear
    np.testing.assert_array_equal(names["again"], names["edited"])
    assert names["sevens"].shape == (3, 28, 28, 1)


def test_the_python_of_the_page_on_tables_runs() -> None:
    names = snippets.run_page("docs/tables.md")
    assert names["rows"].shape == (4, 8)
    kinds = [column.kind for column in names["schema"].columns]
    assert kinds == ["number", "number", "category", "date"]


def test_the_python_of_the_page_on_rules_runs() -> None:
    fixed = snippets.run_page("docs/rules.md")["fixed"]
    assert fixed["pregnant"].tolist() == [None, None] and fixed["diastolic"].tolist() == [80, 89]
    assert fixed["bmi"][0] == 24.69


def test_the_python_of_the_page_on_agents_runs() -> None:
    assert snippets.run_page("docs/world.md")["played"].returns.tolist() == [1.0] * 20


def test_the_python_of_the_serving_page_runs() -> None:
    names = snippets.run_page("docs/serving.md")
    assert names["images"].shape == (16, 8, 8, 1) and names["nats"].shape == (16,)
