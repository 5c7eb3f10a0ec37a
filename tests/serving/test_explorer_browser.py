"""Pages of models in a real browser, from file:// with the network off."""

from __future__ import annotations

import base64
import dataclasses
import functools
import http.server
import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chromium
import numpy as np
import pytest
from chromium import Page
from PIL import Image
from shared_work import SharedWork

import vaezoo
from vaezoo.errors import DownloadError
from vaezoo.explorer import Examples, web_runtime, write_page, write_site
from vaezoo.runtime import Model

EXPORTS = Path(__file__).parents[2] / "export"


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    yield from chromium.pages()


@pytest.fixture(scope="session")
def web_files(shared_work: SharedWork, request: pytest.FixtureRequest) -> Path:
    """A cache that holds ONNX Runtime Web, once for all tests."""

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("VAEZOO_CACHE", str(folder))
            try:
                web_runtime.fetch()
            except DownloadError as error:
                pytest.skip(f"ONNX Runtime Web cannot be downloaded: {error}")

    return shared_work.once("onnxruntime-web", make)


RESET = """
const { state, facts } = explorer;
const values = { z: Float32Array.from(facts.start), seed: 0, t: 0, from: 0, path: "line" };
const dim = facts.condition?.dim;
if (dim) values.condition = Float32Array.from({ length: dim }, (_, i) => (i ? 0 : 1));
state.set({ ...values, to: facts.examples.pictures - 1 });
location.hash = values_of_test;
await new Promise((done) => setTimeout(done, 50));
await explorer.model.last;
return 1;
"""


class Pages:
    """Pages of exports, which show samples of their own; one is opened again only if it has to."""

    def __init__(self, browser: Page, folder: Path) -> None:
        self.browser, self.folder, self.here = browser, folder, ""
        self.models: dict[str, Model] = {}

    def __call__(self, name: str, state: str = "", **changes: Any) -> Model:
        model = self.models.setdefault(name, vaezoo.load(EXPORTS / name))
        if self.here == name and not changes:
            self.browser.run(RESET.replace("values_of_test", repr(state)))
            return model
        page = write_page(self.path(name), model, examples_of(model, **changes))
        self.browser.complaints(), self.browser.requests()
        status = self.browser.open(page.as_uri() + state)
        assert status == "yes", self.browser.text("#status")
        self.here = "" if changes else name
        return model

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.html"


@pytest.fixture(scope="module")
def opened(
    browser: Page, web_files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pages]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAEZOO_CACHE", str(web_files))
        yield Pages(browser, tmp_path_factory.mktemp("pages"))


@pytest.fixture(autouse=True)
def _own_cache(web_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAEZOO_CACHE", str(web_files))


def examples_of(model: Model, num: int = 12, **changes: Any) -> Examples:
    """Samples as data, with labels in turn."""
    expected = model.manifest.condition
    labels = np.arange(num) % (10 if expected is None else expected.dim)
    condition = None if expected is None else labels
    x = model.generate(num, condition=condition, seed=1).clip(0, 1).round()
    shown = Examples(x, f"{num} samples", labels, condition=condition)
    return dataclasses.replace(shown, **changes)


def floats(values: Any) -> np.ndarray:
    return np.array(values, np.float64)


def picture(browser: Page, selector: str) -> np.ndarray:
    """The grey levels of a canvas, [H, W]."""
    return np.asarray(shown(browser, selector).convert("L"))


def colours(browser: Page, selector: str) -> np.ndarray:
    """The levels of a canvas, [H, W, 3]."""
    return np.asarray(shown(browser, selector).convert("RGB"), np.float64)


def shown(browser: Page, selector: str) -> Image.Image:
    script = "return document.querySelector(arguments[0]).toDataURL('image/png').split(',')[1]"
    content = base64.b64decode(browser.driver.execute_script(script, selector))
    return Image.open(io.BytesIO(content))


def drawn(browser: Page) -> int:
    """How often the decoded picture was drawn."""
    return int(browser.driver.execute_script(
        "return document.getElementById('decoded-canvas').dataset.shown"
    ) or 0)  # fmt: skip


def after(browser: Page, act: Callable[[], object]) -> None:
    """Acts, and waits for another decoded picture and for the model to be idle."""
    before = drawn(browser)
    act()
    browser.wait(
        "return Number(document.getElementById('decoded-canvas').dataset.shown) > arguments[0]",
        before,
    )
    browser.run("await explorer.model.last; return 1")


def test_nothing_is_requested_and_nothing_complained(browser: Page, opened: Pages) -> None:
    opened("mnist_vae_2d")
    assert browser.text("#status").startswith("Ready in")
    addresses = [address.split(":")[0] for address in browser.requests()]
    assert addresses and set(addresses) <= {"file", "blob", "data", "about"}
    assert browser.complaints() == []


SCRIPT = """
const script = document.createElement("script");
script.textContent = "document.body.dataset.ran = 'yes'";
document.body.append(script);
return document.body.dataset.ran ?? "no";
"""


def test_a_request_would_be_refused_and_seen(browser: Page, opened: Pages) -> None:
    """What the test above looks for is found when it happens."""
    opened("mnist_vae_2d")
    browser.run("await fetch('http://127.0.0.1:9/').catch(() => {}); return 1")
    assert any("Content Security Policy" in text for text in browser.complaints())
    assert browser.run(SCRIPT) == "no"


def test_dragging_over_the_map_changes_the_picture(browser: Page, opened: Pages) -> None:
    model = opened("mnist_vae_2d")
    first = picture(browser, "#decoded-canvas")
    after(browser, lambda: browser.drag("#map-canvas", (0.5, 0.5), (0.3, 0.4), (0.2, 0.2)))
    z = floats(browser.run("return Array.from(explorer.state.get('z'))"))
    low, high = (floats(browser.run(f"return explorer.facts.map.{end}")) for end in ("low", "high"))
    assert np.abs((z - low) / (high - low) - [0.2, 0.8]).max() < 0.01  # upwards on the map
    shown = picture(browser, "#decoded-canvas")
    decoded = model.decode_mean(z[None].astype(np.float32))[0, ..., 0] * 255
    assert np.abs(shown - decoded).max() < 1 and (shown != first).any()


def test_keys_and_sliders_move_z(browser: Page, opened: Pages) -> None:
    from selenium.webdriver.common.keys import Keys

    opened("mnist_vae_2d", "#z=0.5,-0.5")
    after(browser, lambda: browser.element("#map-canvas").send_keys(Keys.ARROW_RIGHT))
    moved = floats(browser.run("return Array.from(explorer.state.get('z'))"))
    assert moved[0] > 0.5 and moved[1] == -0.5
    slider = browser.element("#sliders input")
    after(browser, lambda: slider.send_keys(Keys.HOME))
    dimension, least = browser.run(
        "const { order, ranges } = explorer.facts.dimensions; return [order[0], ranges[0][0]]"
    )
    assert browser.run(f"return explorer.state.get('z')[{dimension}]") == pytest.approx(least)


def test_the_address_holds_the_state(browser: Page, opened: Pages) -> None:
    opened("mnist_vae", "#seed=11&t=0.25&path=sphere&from=2&to=nonsense&z=1,2")
    state = browser.run(
        "return ['seed', 't', 'path', 'from', 'to'].map((name) => explorer.state.get(name))"
    )
    assert state == [11, 0.25, "sphere", 2, 11]  # what makes no sense is left out
    after(browser, lambda: browser.run("explorer.state.set({z: new Float32Array(40).fill(.5)})"))
    browser.wait("return location.hash.includes('z=~')")
    browser.driver.refresh()
    browser.wait("return Boolean(globalThis.explorer)")
    assert browser.run("return Array.from(explorer.state.get('z'))") == [0.5] * 40


def test_a_drawing_is_encoded_decoded_and_scored(browser: Page, opened: Pages) -> None:
    model = opened("mnist_vae")
    after(browser, lambda: browser.drag("#drawing-canvas", (0.5, 0.2), (0.5, 0.5), (0.5, 0.8)))
    browser.wait("return document.getElementById('verdict').textContent.includes('odder')")
    levels = picture(browser, "#drawing-canvas") / 255
    assert levels[14, 14] == 1 and levels[14, 3] == 0  # a stroke down the middle
    chance = np.random.default_rng(0).random(levels.size, dtype=np.float32).reshape(levels.shape)
    x = (chance < levels).astype(np.float32)[None, ..., None]
    copy = picture(browser, "#drawing-copy")
    assert np.abs(copy - model.reconstruct(x)[0, ..., 0] * 255).max() < 1
    score = model.log_likelihood(x, num_samples=16, seed=0)[0]
    assert f"{score:.1f}".replace("-", "−") in browser.text("#verdict")
    values = browser.run("return explorer.facts.scores.values")
    assert f"odder than {np.mean(np.array(values) > score):.0%}".replace("%", " %") in browser.text(
        "#verdict"
    )


DROP = """
const [selector, base64] = values;
const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const dataTransfer = new DataTransfer();
dataTransfer.items.add(new File([bytes], "mine.png", { type: "image/png" }));
const options = { dataTransfer, bubbles: true, cancelable: true };
return document.querySelector(selector).dispatchEvent(new DragEvent("drop", options));
"""


def choose(browser: Page, label: int) -> None:
    """Of the labels."""
    browser.driver.execute_script(
        "const labels = document.getElementById('label'); labels.value = arguments[0];"
        "labels.dispatchEvent(new Event('change'))",
        label,
    )


def png(levels: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.round(levels * 255).astype(np.uint8)).save(content, "png")
    return content.getvalue()


@pytest.mark.parametrize("way", ["dropped", "chosen"])
def test_a_picture_of_ones_own_in_colour(
    browser: Page, opened: Pages, tmp_path: Path, way: str
) -> None:
    """It is encoded under the chosen label, and what comes of it is what Python makes of it."""
    model = opened("cells_cvae")
    x = model.generate(2, condition=[2, 2], seed=5).clip(0, 1)[1]
    levels = np.round(x * 255) / 255
    chooser = browser.element("input[aria-label='a picture of your own']")
    after(browser, lambda: choose(browser, 2))
    if way == "dropped":
        content = base64.b64encode(png(levels)).decode()
        after(browser, lambda: browser.run(DROP, "#drawing-canvas", content))
    else:
        (tmp_path / "mine.png").write_bytes(png(levels))
        after(browser, lambda: chooser.send_keys(str(tmp_path / "mine.png")))
    browser.wait("return document.getElementById('verdict').textContent.includes('log p(x)')")
    assert np.abs(colours(browser, "#drawing-canvas") - levels * 255).max() < 1
    copy = model.reconstruct(levels[None].astype(np.float32), condition=2)[0].clip(0, 1) * 255
    assert np.abs(colours(browser, "#drawing-copy") - copy).max() < 1.5
    verdict = browser.text("#verdict")
    after(browser, lambda: choose(browser, 1))
    browser.wait("return document.getElementById('verdict').textContent !== arguments[0]", verdict)
    (tmp_path / "other.png").write_bytes(b"no picture")
    chooser.send_keys(str(tmp_path / "other.png"))
    browser.wait("return document.getElementById('verdict').textContent.includes('no picture')")


def test_the_picture_is_saved(browser: Page, opened: Pages, tmp_path: Path) -> None:
    opened("mnist_vae_2d")
    where = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.driver.execute_cdp_cmd("Browser.setDownloadBehavior", where)
    browser.element("#decoded button").click()
    path = tmp_path / "mnist_vae_2d.png"
    end = time.monotonic() + 30
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.05)
    with Image.open(path) as saved:
        assert saved.format == "PNG"
        levels = np.asarray(saved.convert("L"))
    assert np.array_equal(levels[4::9, 4::9], picture(browser, "#decoded-canvas"))
    assert levels.shape == (252, 252)


def test_a_walk_ends_where_it_should(browser: Page, opened: Pages) -> None:
    model = opened("mnist_vae_2d")
    shown = examples_of(model).x
    after(browser, lambda: browser.driver.execute_script(
        "document.querySelectorAll('#walk-to button')[5].click()"
    ))  # fmt: skip
    rows = np.argsort(np.arange(12) % 10, kind="stable")  # in the order of the labels
    means = model.encode_mean(shown[rows])
    decoded = model.decode_mean(np.stack([means[0], (means[0] + means[5]) / 2, means[5]]))
    for step, expected in zip((1, 5, 9), decoded, strict=True):
        tile = picture(browser, f"#walk-strip button:nth-child({step}) canvas")
        assert np.abs(tile - expected[..., 0] * 255).max() < 1


def test_the_player_plays_and_its_gif_loops(browser: Page, opened: Pages) -> None:
    opened("mnist_vae_2d")
    after(browser, lambda: browser.element("#play").click())
    browser.wait("return explorer.state.get('t') > .1")
    browser.element("#play").click()
    content = bytes(browser.run("return Array.from(await explorer.walk.gif())"))
    animation = Image.open(io.BytesIO(content))
    assert (animation.format, animation.info["loop"]) == ("GIF", 0)
    assert getattr(animation, "n_frames", 0) == 46 and len(content) < 400_000
    first = np.asarray(animation.convert("L"))[::4, ::4]
    assert np.abs(first.astype(int) - picture(browser, "#walk-strip button canvas")).max() == 0


def test_labels_of_a_conditional_model(browser: Page, opened: Pages) -> None:
    model = opened("mnist_cvae", "#seed=3")
    after(browser, lambda: browser.element("#label").send_keys("7"))
    z = floats(browser.run("return Array.from(explorer.state.get('z'))")).astype(np.float32)
    seven = model.decode_mean(z[None], condition=7)[0, ..., 0] * 255
    assert np.abs(picture(browser, "#decoded-canvas") - seven).max() < 1
    twin = model.decode_mean(z[None], condition=4)[0, ..., 0] * 255
    assert np.abs(picture(browser, "#twins button:nth-child(5) canvas") - twin).max() < 1
    samples = model.generate(16, condition=7, seed=3)[..., 0] * 255
    assert (
        np.abs(picture(browser, "#samples-tiles button:nth-child(16) canvas") - samples[15]).max()
        < 1
    )


PARITY = """
const { model } = explorer;
const [x, condition, noise] = values.map((one) => one && Float32Array.from(one));
const given = condition && condition.subarray(0, condition.length / 3);
const z = await model.sampleLatents(3, { seed: 7, condition });
const first = x.subarray(0, model.dataSize), scored = model.has("score");
const score = scored ? await model.score(first, noise, given) : [];
const log = scored ? await model.logLikelihood(first, 8, { seed: 0, condition: given }) : 0;
return [
  z, await model.decodeMean(z, condition), await model.encodeMean(x, condition), score, [log],
].map((one) => Array.from(one));
"""
MODELS = ["mnist_vae_2d", "mnist_cvae", "mnist_vqvae"]
MORE = ["mnist_vamp", "mnist_ae", "mnist_hvae"]


@pytest.mark.parametrize(
    "name", [*MODELS, *(pytest.param(name, marks=pytest.mark.slow) for name in MORE)]
)
def test_it_computes_what_python_does(browser: Page, opened: Pages, name: str) -> None:
    """Draws from a seed, pictures, codes and scores, by value."""
    model = opened(name)
    labels = None if model.manifest.condition is None else np.array([3, 1, 4])
    x = model.generate(3, condition=labels, seed=2).clip(0, 1).round()
    condition = None if labels is None else np.eye(10)[labels]
    has_score = "score" in model.manifest.graphs
    noise = np.random.default_rng(5).standard_normal((1, 4, model.noise_size if has_score else 0))
    if name == "mnist_vqvae":  # its codes are points
        noise = noise[:, :, :0]
    flat = [None if one is None else one.ravel().tolist() for one in (x, condition, noise)]
    z, pictures, codes, score, log = map(floats, browser.run(PARITY, *flat))

    expected = model.sample_latents(3, condition=labels, seed=7)
    assert np.abs(z - expected.ravel()).max() < 1e-5
    assert np.abs(pictures - model.decode_mean(expected, condition=labels).ravel()).max() < 1e-5
    assert np.abs(codes - model.encode_mean(x, condition=labels).ravel()).max() < 2e-5
    if has_score:
        given = None if labels is None else labels[:1]
        rows = noise.astype(np.float32) if noise.size else None
        by_python = model.score(x[:1], noise=rows, condition=given).ravel()
        assert np.abs(score - by_python).max() < 1e-4 * np.abs(by_python).max()
        likelihood = model.log_likelihood(x[:1], num_samples=8, condition=given, seed=0)
        assert log[0] == pytest.approx(likelihood[0], rel=1e-5)


def test_attributes_are_edited(browser: Page, opened: Pages) -> None:
    """As `model.edit` does, in standard deviations; another z begins at 0 again."""
    from vaezoo.latent import AttributeDirection, save_directions

    model = vaezoo.load(EXPORTS / "mnist_vae_2d")
    direction = AttributeDirection(np.array([0.5, -0.25]), 0.0, 1.0, "ridge", 1.0)
    save_directions(model.directions_folder, {"slant": direction})
    opened("mnist_vae_2d", "#z=0.5,0.5", what="12 others")
    slide = "const s = document.querySelector('#attributes input'); s.value = arguments[0];"
    slide += "s.dispatchEvent(new Event('input'))"
    after(browser, lambda: browser.driver.execute_script(slide, "2"))
    edited = model.edit(np.array([[0.5, 0.5]]), "slant", 2)[0, ..., 0] * 255
    assert np.abs(picture(browser, "#decoded-canvas") - edited).max() < 1
    after(browser, lambda: browser.driver.execute_script(slide, "0"))
    assert browser.run("return Array.from(explorer.state.get('z'))") == pytest.approx([0.5, 0.5])
    browser.run("explorer.state.set({z: Float32Array.of(1, 1), shown: 'other'}); return 1")
    assert browser.text("#attributes output") == "0"


HOSTILE = "</script><img src=x onerror=\"document.body.dataset.fell='yes'\">"


def test_hostile_names_are_text(browser: Page, opened: Pages) -> None:
    opened("mnist_vae_2d", what=HOSTILE, label_names=[HOSTILE] * 10)
    assert HOSTILE in browser.text("#map .note") and HOSTILE in browser.text(".legend")
    assert browser.driver.execute_script(
        "return [document.images.length, document.body.dataset.fell ?? 'no']"
    ) == [0, "no"]
    assert browser.complaints() == []


def test_a_narrow_dark_screen_that_is_touched(opened: Pages, tmp_path: Path) -> None:
    """Nothing needs scrolling sideways, the page is dark, and a finger drags as a mouse does."""
    opened("mnist_cvae")
    narrow = Page(390, 844, dark=True)
    try:
        assert narrow.open(opened.path("mnist_cvae").as_uri()) == "yes"
        assert narrow.driver.execute_script("return document.documentElement.scrollWidth") <= 390
        narrow.screenshot(tmp_path / "narrow.png")
        edge = np.asarray(Image.open(tmp_path / "narrow.png").convert("L"))[:, :4]
        assert edge.max() < 60  # dark
        before = narrow.run("return Array.from(explorer.state.get('z'))")
        touch(narrow, "#map-canvas", (0.5, 0.5), (0.2, 0.3))
        after(narrow, lambda: touch(narrow, "#map-canvas", (0.2, 0.3), (0.8, 0.7)))
        assert narrow.run("return Array.from(explorer.state.get('z'))") != before
        assert narrow.driver.execute_script("return scrollX") == 0
        assert narrow.complaints() == []
    finally:
        narrow.close()


def touch(page: Page, selector: str, *points: tuple[float, float]) -> None:
    """A finger put down, moved, and lifted: points in shares of the element."""
    box = page.driver.execute_script(
        "const one = document.querySelector(arguments[0]); one.scrollIntoView({block: 'center'});"
        "const box = one.getBoundingClientRect(); return [box.x, box.y, box.width, box.height]",
        selector,
    )
    places = [{"x": box[0] + x * box[2], "y": box[1] + y * box[3]} for x, y in points]
    for kind, place in zip(["touchStart", *["touchMove"] * len(places)], places, strict=False):
        page.driver.execute_cdp_cmd(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]}
        )
    page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.fixture
def site(web_files: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a site of one preset."""
    write_site(tmp_path / "site", ["digits_vae"])
    answering = functools.partial(Quiet, directory=tmp_path / "site")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing is said."""


def test_a_site_in_the_browser(browser: Page, site: str) -> None:
    """From the gallery to a page, which takes wasm and graphs from the same server only."""
    browser.complaints()
    browser.driver.get(site)
    browser.requests()
    browser.element("article a").click()
    assert browser.wait("return document.body.dataset.ready") == "yes", browser.text("#status")
    asked = browser.requests()
    assert all(address.startswith((site, "data:")) for address in asked)
    assert any(address.endswith("/export/digits_vae/decoder.onnx") for address in asked)
    assert browser.complaints() == []
    expected = vaezoo.load("digits_vae").generate(16, seed=0)[-1, ..., 0] * 255
    browser.run("await explorer.model.last; return 1")
    shown = picture(browser, "#samples-tiles button:nth-child(16) canvas")
    assert np.abs(shown - expected).max() < 1
