"""Pages and sites of models: what they hold, what they let run, and where their parts come from."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import web
from click.testing import CliRunner, Result

import vaezoo
from vaezoo import zoo
from vaezoo._storage import downloads, files
from vaezoo._storage.files import File
from vaezoo.cli.group import group
from vaezoo.errors import ConfigError, DamagedFileError, DownloadError
from vaezoo.explorer import Examples, scripts, site, web_runtime, write_page, write_site
from vaezoo.explorer.codes import Codes
from vaezoo.explorer.facts import facts
from vaezoo.latent import AttributeDirection, LatentSpace, Ranking, save_directions

ROOT = Path(__file__).parents[2]
CONTENT = {web_runtime.MODULE: b"export const env = {};", web_runtime.WASM: b"\0asm" * 30}


def package(content: Mapping[str, bytes]) -> bytes:
    """A package of npm."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, text in content.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return target.getvalue()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small package in the place of ONNX Runtime Web, as a file that the variable names."""
    path = tmp_path / "package.tgz"
    path.write_bytes(package(CONTENT))
    pinned = {}
    for name, content in CONTENT.items():
        (tmp_path / name).write_bytes(content)
        pinned[name] = files.describe(tmp_path / name)
    monkeypatch.setattr(web_runtime, "FILES", pinned)
    monkeypatch.setattr(web_runtime, "PACKAGE", files.describe(path))
    monkeypatch.setenv(web_runtime.VARIABLE, str(path))
    return path


@pytest.fixture(scope="module")
def model() -> vaezoo.runtime.Model:
    return vaezoo.load("digits_vae")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


def test_the_runtime_comes_from_a_file_then_from_the_cache(small: Path) -> None:
    found = web_runtime.fetch()
    assert gzip.decompress(found.wasm) == CONTENT[web_runtime.WASM]
    small.unlink()
    assert web_runtime.fetch() == found


def test_a_damaged_cache_is_mended(small: Path) -> None:
    found = web_runtime.fetch()
    (cached,) = files.cache_folder().rglob("*.wasm.gz")
    for damage in (b"nothing", gzip.compress(b"another"), cached.read_bytes()[:-9]):
        cached.write_bytes(damage)
        assert web_runtime.fetch() == found


def test_the_runtime_comes_from_a_registry(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small.parent / "onnxruntime-web" / "-"
    folder.mkdir(parents=True)
    small.rename(folder / f"onnxruntime-web-{web_runtime.VERSION}.tgz")
    with web.serve(small.parent) as server:
        monkeypatch.setenv(web_runtime.VARIABLE, server.url)
        assert gzip.decompress(web_runtime.fetch().module) == CONTENT[web_runtime.MODULE]


@pytest.mark.parametrize("content", [{**CONTENT, web_runtime.WASM: b"other"}, {}])
def test_another_package_is_refused(small: Path, content: dict[str, bytes]) -> None:
    small.write_bytes(package(content))
    with pytest.raises(DamagedFileError, match=r"is not the package onnxruntime-web 1\.30\.0"):
        web_runtime.fetch()
    small.write_bytes(b"no archive")
    with pytest.raises(DamagedFileError):
        web_runtime.fetch()
    small.unlink()
    with pytest.raises(ConfigError, match="expected a file or the address"):
        web_runtime.fetch()
    assert not list(files.cache_folder().rglob("*.gz"))


def test_without_a_network_one_line_says_what_to_do(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(web_runtime.VARIABLE, "http://127.0.0.1:9")
    monkeypatch.setattr(downloads.time, "sleep", lambda seconds: None)
    result = run("explore", "digits_vae", "-o", tmp_path / "page.html")
    assert result.exit_code == 1 and result.stderr.count("\n") == 1
    assert "npm pack onnxruntime-web@1.30.0" in result.stderr
    assert not (tmp_path / "page.html").exists()


def test_the_pinned_package() -> None:
    """The plain build, which is half as large as those with WebGPU."""
    assert web_runtime.FILES[web_runtime.WASM].bytes < 15_000_000 < web_runtime.PACKAGE.bytes


class Parts:
    """What a page consists of."""

    def __init__(self, text: str) -> None:
        self.policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
        self.policy = self.policy.replace("&#x27;", "'")
        self.style = re.search("<style>(.*?)</style>", text, re.DOTALL)[1]
        elements = r'<script type="([^"]+)"([^>]*)>(.*?)</script>'
        self.scripts = re.findall(elements, text, re.DOTALL)

    @property
    def module(self) -> str:
        (module,) = (text for kind, _, text in self.scripts if kind == "module")
        return module

    @property
    def facts(self) -> Any:
        (text,) = (text for kind, _, text in self.scripts if kind == "application/json")
        return json.loads(text)


def page(model: vaezoo.runtime.Model, folder: Path, examples: Examples | None = None) -> Parts:
    return Parts(write_page(folder / "page.html", model, examples).read_text(encoding="utf-8"))


def test_only_the_page_s_own_script_and_style_may_run(
    model: vaezoo.runtime.Model, small: Path, tmp_path: Path
) -> None:
    parts = page(model, tmp_path)
    rules = dict(rule.split(" ", 1) for rule in parts.policy.split("; "))
    assert rules["default-src"] == rules["connect-src"] == rules["base-uri"] == "'none'"
    assert rules["style-src"] == f"'{scripts.digest(parts.style)}'"
    assert rules["script-src"] == f"'{scripts.digest(parts.module)}' 'wasm-unsafe-eval' blob:"


def test_the_page_holds_the_graphs_that_were_verified(
    model: vaezoo.runtime.Model, small: Path, tmp_path: Path
) -> None:
    import base64

    inside = {name: text for _, name, text in page(model, tmp_path).scripts}
    packed = base64.b64decode(inside[' id="graph-decoder.onnx"'])
    assert gzip.decompress(packed) == (model.folder / "decoder.onnx").read_bytes()


def test_a_damaged_export_gives_no_page(small: Path, export: Path, tmp_path: Path) -> None:
    model = vaezoo.load(export)
    (export / "score.onnx").write_bytes(b"another")
    with pytest.raises(DamagedFileError):
        write_page(tmp_path / "page.html", model)
    assert not (tmp_path / "page.html").exists()


def test_hostile_names_end_no_element(
    model: vaezoo.runtime.Model, small: Path, tmp_path: Path
) -> None:
    name = "</script><script>alert(1)</script><!--"
    x = model.generate(4, seed=0).round()
    parts = page(model, tmp_path, Examples(x, name, np.arange(4), [name] * 4))
    assert len(parts.scripts) == len(page(model, tmp_path).scripts)
    assert parts.facts["map"]["names"] == [name] * 4


def test_the_page_s_modules_have_no_way_to_markup() -> None:
    """Text is set as text: there is nothing that parses markup or code."""
    text = scripts.script()
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
    ):
        assert word not in text, word
    assert "http:" not in text and "https:" not in text


def test_modules_become_one_script() -> None:
    text = scripts.script()
    assert not re.search(r"^(import|export) ", text, re.MULTILINE)
    places = [text.index(f"const module_{name} = ") for name in ("arrays", "model", "main")]
    assert places == sorted(places)
    used = set(re.findall(r"= module_(\w+);", text))
    assert used == {path.stem for path in scripts.PARTS.glob("*.js")} - {"main"}


MEANS = np.array([[1.0, 0, 3], [-1, 0, 1], [1, 0, -3], [-1, 0, -1]])
RANKING = Ranking(np.array([2, 0, 1]), np.array([3.0, 0.5, 0]), "nats")


def codes(means: np.ndarray, **space: Any) -> Codes:
    return Codes(means, RANKING, LatentSpace(**space))


def test_sliders_are_in_the_order_of_the_ranking() -> None:
    dimensions = codes(MEANS).dimensions()
    assert (dimensions["order"], dimensions["values"]) == ([2, 0, 1], [3, 0.5, 0])
    assert dimensions["ranges"][0] == [-6.708, 6.708]  # 3 standard deviations, sqrt(5)
    assert dimensions["ranges"][2] == [-3, 3]  # those of p(z)


def test_the_map_is_a_plane_of_codes() -> None:
    shown = Examples(np.zeros((4, 1)), "4 points", np.array([0, 1, 0, -1]))
    found = codes(MEANS).map(shown)
    assert found is not None
    axes = np.array(found["axes"])
    assert np.allclose(axes @ axes.T, np.eye(2), atol=1e-6)  # of two of the three dimensions
    assert np.allclose(axes[:, 1], 0)
    back = np.array(found["points"]) @ axes + found["centre"]
    assert np.allclose(back, MEANS, atol=1e-3)
    assert found["names"] == ["0", "1"] and "100% of the variance" in found["what"]


def test_two_dimensions_are_the_map_themselves() -> None:
    found = codes(MEANS[:, :2]).map(Examples(np.zeros((4, 1)), "4 points"))
    assert found is not None
    assert found["points"] == MEANS[:, :2].tolist() and found["centre"] == [0, 0]
    assert codes(MEANS[:, :2]).limits == []


def test_codes_of_a_quantised_model_have_no_map() -> None:
    found = codes(np.zeros((4, 3)), name="codes_128", is_standard_normal=False)
    assert found.map(Examples(np.zeros((4, 1)), "4 points")) is None
    assert "names without an order" in found.limits[0]
    assert found.dimensions()["ranges"] == [[0, 127]] * 3


def test_spaces_that_are_not_flat_are_named() -> None:
    assert "sphere" in codes(MEANS, name="sphere", is_standard_normal=False).limits[0]


def test_fitted_directions_are_on_the_page(model: vaezoo.runtime.Model) -> None:
    step = np.arange(8.0)
    direction = AttributeDirection(step, 0.0, 1.0, "ridge", 1.0)
    save_directions(model.directions_folder, {"thickness": direction})
    found = facts(model, Examples(model.generate(4, seed=0).round(), "4 samples"))
    assert found["attributes"] == [{"name": "thickness", "direction": step.tolist()}]


def test_scores_are_those_of_python(model: vaezoo.runtime.Model) -> None:
    x = model.generate(5, seed=0).round()
    found = facts(model, Examples(x, "5 samples"))
    expected = np.sort(model.log_likelihood(x, num_samples=16, seed=0))
    assert np.allclose(found["scores"]["values"], expected, atol=0.006)
    assert found["notes"] == []


def test_without_data_the_page_says_why(model: vaezoo.runtime.Model) -> None:
    found = facts(model, None, "no data here")
    assert found["scores"] is None and "no data here" in found["notes"][0]
    assert "samples of the model itself" in found["map"]["what"]


def test_the_command_takes_own_data(
    model: vaezoo.runtime.Model, small: Path, tmp_path: Path
) -> None:
    np.save(tmp_path / "mine.npy", model.generate(6, seed=0).round())
    out = tmp_path / "page.html"
    result = run("explore", "digits_vae", "--data", tmp_path / "mine.npy", "-o", out)
    assert result.exit_code == 0, result.stderr
    assert "all 6 rows" in Parts(out.read_text(encoding="utf-8")).facts["examples"]["what"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digits_vae", "-o", "page.txt"], ".html"),
        (["nothing", "-o", "page.html"], "unknown preset"),
        (["digits_vae", "--split", "test", "-o", "page.html"], "are for --data"),
    ],
)
def test_wrong_calls_are_one_line(small: Path, arguments: list[str], message: str) -> None:
    result = run("explore", *arguments)
    assert result.exit_code == 1 and result.stderr.count("\n") == 1
    assert message in result.stderr


@pytest.mark.skipif(not (ROOT / "saved_models").is_dir(), reason="needs a checkout")
def test_a_site_is_a_zoo_too(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files download under another name of the zoo's place, and are the same."""
    result = run("site", "build", "digits_vae", "-o", tmp_path / "site")
    assert result.exit_code == 0, result.stderr
    with web.serve(tmp_path / "site") as server:
        monkeypatch.setenv("VAEZOO_ZOO", server.url)
        folder = zoo.download("digits_vae", "export")
        asked = [path for path, _ in server.requests]
    assert "/export/digits_vae/decoder.onnx" in asked
    expected = vaezoo.load("digits_vae").generate(2, seed=0)
    assert (vaezoo.load(folder).generate(2, seed=0) == expected).all()


def test_a_site_has_cards_and_pages(small: Path, tmp_path: Path) -> None:
    first = write_site(tmp_path / "site", ["digits_vae"]).read_text(encoding="utf-8")
    assert 'href="explore/digits_vae.html"' in first and "VAE of digits" in first
    has_figures = zoo.local_preset("digits_vae") is not None  # a checkout has
    assert ("log-likelihood −22.50 nats" in first) == has_figures
    text = (tmp_path / "site" / "explore" / "digits_vae.html").read_text(encoding="utf-8")
    places = Parts(text).facts["assets"].values()
    assert all((tmp_path / "site" / "explore" / place).exists() for place in places)
    assert len(text) < 200_000  # wasm and graphs are shared


def test_a_site_replaces_a_site_and_nothing_else(small: Path, tmp_path: Path) -> None:
    write_site(tmp_path / "site", ["digits_vae"])
    (tmp_path / "site" / "old.html").touch()
    write_site(tmp_path / "site", ["digits_vae"])
    assert not (tmp_path / "site" / "old.html").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "index.json").write_text("{}")
    with pytest.raises(ConfigError, match=site.MARKER):
        write_site(tmp_path / "other", ["digits_vae"])
    assert (tmp_path / "other" / "index.json").read_text() == "{}"


def test_a_site_takes_names_only(small: Path, tmp_path: Path) -> None:
    result = run("site", "build", ROOT / "export" / "digits_vae", "-o", tmp_path / "site")
    assert result.exit_code == 1 and "is no preset's name" in result.stderr
    assert not (tmp_path / "site").exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "from" / "file").write_text("text")
    site._copy(tmp_path / "from", tmp_path / "to")
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["file"]


def test_the_download_is_the_pinned_one_only(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_runtime, "PACKAGE", File(3, "0" * 64))
    folder = small.parent / "onnxruntime-web" / "-"
    folder.mkdir(parents=True)
    small.rename(folder / f"onnxruntime-web-{web_runtime.VERSION}.tgz")
    with web.serve(small.parent) as server:
        monkeypatch.setenv(web_runtime.VARIABLE, server.url)
        with pytest.raises(DownloadError):
            web_runtime.fetch()
