"""Reports: figures on reference classifiers whose answers are known, and the page of a preset."""

from __future__ import annotations

import dataclasses
import html.parser
import importlib.util
import json
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

import vaezoo
from vaezoo import datasets, reference_classifiers
from vaezoo.datasets.base import evenly_spaced
from vaezoo.errors import DamagedFileError, DataError, UnknownNameError
from vaezoo.images import as_images
from vaezoo.latent import AttributeDirection, LatentSpace, save_directions
from vaezoo.report import Reference, completeness, continuity, measure, quick, write_report
from vaezoo.report.latent_pictures import SIDE, latent_pictures
from vaezoo.report.page import page
from vaezoo.report.pictures import pictures
from vaezoo.report.plots import bars, scatter

ROOT = Path(__file__).parents[2]
needs_digits = pytest.mark.skipif(
    importlib.util.find_spec("sklearn") is None, reason="scikit-learn carries the digits"
)


def side(x: np.ndarray) -> reference_classifiers.Prediction:
    """A classifier of points [N, 2] by the side of x_0 = 0, and how confident it is."""
    p = 1 / (1 + np.exp(-10 * x[:, 0]))
    return reference_classifiers.Prediction(x, np.stack([1 - p, p], axis=1))


@pytest.fixture
def two_clusters(rng: np.random.Generator) -> Reference:
    def draw() -> np.ndarray:
        return rng.normal(0, 0.2, (600, 2)) + np.where(rng.random((600, 1)) < 0.5, [2, 0], [-2, 0])

    return Reference(side, draw(), draw())


class TestCompleteness:
    def test_of_the_data_themselves(self, two_clusters: Reference) -> None:
        figures = two_clusters.floor()
        assert figures["frechet_distance"] < 0.02
        assert min(figures[key] for key in ("precision", "recall", "coverage")) > 0.9
        assert figures["confident_share"] == 1
        assert figures["class_histogram"] == pytest.approx([0.5, 0.5], abs=0.1)

    def test_a_prior_that_misses_the_codes(
        self, two_clusters: Reference, rng: np.random.Generator
    ) -> None:
        """Codes in two places, as an autoencoder leaves them, and a prior that is about 0."""
        codes, prior = two_clusters.test.features, rng.normal(0, 1, (600, 2))
        missed = completeness(lambda z: z, prior, codes, two_clusters)
        fitted = completeness(lambda z: z, two_clusters.train.features, codes, two_clusters)
        assert missed["code_accuracy"]["mean"] > 0.9
        error = fitted["code_accuracy"]["standard_error"]
        assert abs(fitted["code_accuracy"]["mean"] - 0.5) < 4 * error
        assert missed["confident_share"] < 0.8 and fitted["confident_share"] == 1
        assert missed["coverage"] < 0.5 < fitted["coverage"]
        assert "code_accuracy" not in completeness(lambda z: z, prior, None, two_clusters)


class TestContinuity:
    def test_a_straight_decoder(self, two_clusters: Reference) -> None:
        found = continuity(lambda z: 3 * z, two_clusters.test.features, two_clusters, num=50)
        assert found["length_ratio"] == pytest.approx(1)
        assert found["step_ratio"] == pytest.approx(1)
        assert found["jacobian_norm"]["mean"] == pytest.approx(3 * np.sqrt(2), rel=1e-4)

    def test_a_decoder_that_jumps(self, two_clusters: Reference) -> None:
        """From one cluster to the other at once: all of the path is one of its 16 steps."""
        seen: list[np.ndarray] = []

        def decode(z: np.ndarray) -> np.ndarray:
            seen.append(z)
            return np.where(z[:, :1] > 0, [[2.0, 0]], [[-2.0, 0]])

        jumps = continuity(decode, two_clusters.test.features, two_clusters, num=100)
        ends = seen[0].reshape(100, 17, 2)[:, [0, -1], 0] > 0
        share = (ends[:, 0] != ends[:, 1]).mean()
        assert 0.3 < share < 0.7
        assert jumps["step_ratio"] == pytest.approx((1 - share) * 1 + share * 16)
        assert jumps["confident_share"] == 1


class TestReferenceClassifiers:
    @needs_digits
    def test_the_accuracy_is_the_one_it_states(self) -> None:
        reference_classifier, data = reference_classifiers.load("digits"), datasets.load("digits")
        right = reference_classifier(data.test).probabilities.argmax(axis=1) == data.labels["test"]
        assert right.mean() == pytest.approx(reference_classifier.accuracy["mean"], abs=1e-9)

    @pytest.mark.skipif(not datasets.files.local_folder(), reason="VAEZOO_DATA is not set")
    @pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
    def test_the_accuracy_of_the_larger_ones(self, name: str) -> None:
        reference_classifier, data = reference_classifiers.load(name), datasets.load(name)
        guesses = reference_classifier(datasets.as_float(data.test)).probabilities.argmax(axis=1)
        right = guesses == data.labels["test"]
        assert right.mean() == pytest.approx(reference_classifier.accuracy["mean"], abs=2e-4)

    def test_wrong_input(self) -> None:
        with pytest.raises(UnknownNameError, match="unknown reference classifier 'adult'"):
            reference_classifiers.load("adult")
        with pytest.raises(DataError, match="shape"):
            reference_classifiers.load("digits")(np.zeros((2, 28, 28, 1)))
        with pytest.raises(DataError, match="255"):
            reference_classifiers.load("digits")(np.full((2, 8, 8, 1), 255.0))

    def test_damage(self, tmp_path: Path) -> None:
        for suffix in ("onnx", "json"):
            source = reference_classifiers.FOLDER / f"digits.{suffix}"
            (tmp_path / source.name).write_bytes(source.read_bytes())
        reference_classifiers.ReferenceClassifier(tmp_path, "digits")
        (tmp_path / "digits.onnx").write_bytes(b"another")
        with pytest.raises(DamagedFileError, match="not the file that was exported"):
            reference_classifiers.ReferenceClassifier(tmp_path, "digits")
        (tmp_path / "digits.json").write_text("{}")
        with pytest.raises(DamagedFileError, match="does not describe a reference classifier"):
            reference_classifiers.ReferenceClassifier(tmp_path, "digits")


class Links(html.parser.HTMLParser):
    """Collects every address in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for key, value in attrs if key in ("src", "href")]


@pytest.fixture(scope="module")
def data() -> datasets.Dataset:
    return datasets.load("digits", binarise="dynamic")


@needs_digits
class TestPage:
    def test_it_is_whole_by_itself(self, data: datasets.Dataset, tmp_path: Path) -> None:
        model, metrics = vaezoo.load("digits_vae"), published()
        path = write_report(tmp_path / "report", model, data, metrics)
        text = path.read_text(encoding="utf-8")
        links = Links()
        links.feed(text)
        assert len(links.found) >= 4
        assert all(link.startswith("data:image/png;base64,") for link in links.found)
        for key in ("elbo", "log_likelihood", "total_correlation"):
            assert f"{metrics[key]['mean']:.2f} ± ".replace("-", "−") in text
        assert f"{metrics['samples']['prior']['frechet_distance']:.2f}" in text
        assert "<script" not in text and "http://" not in text.replace("http://www.w3.org", "")
        assert json.loads((path.parent / "metrics.json").read_text()) == metrics

    def test_the_published_figures_come_out_again(self, data: datasets.Dataset) -> None:
        model, metrics = vaezoo.load("digits_vae"), published()
        assert quick(model, data)["elbo"] == pytest.approx(metrics["quick"]["elbo"], rel=1e-5)
        found = measure(model, data)
        for source in ("prior", "reconstructions", "real"):
            for key in ("frechet_distance", "coverage", "confident_share"):
                expected = metrics["samples"][source][key]
                assert found["samples"][source][key] == pytest.approx(expected, rel=1e-3), source
        assert found["linear_probe"] == pytest.approx(metrics["linear_probe"], abs=0.01)

    def test_samples_are_told_from_noise(self, data: datasets.Dataset) -> None:
        """Samples lie between data and a decoder of nonsense in every figure."""
        figures = published()["samples"]
        noise = np.random.default_rng(0).random((300, 8, 8, 1)).astype(np.float32)
        nonsense = Reference.of(reference_classifiers.load("digits")).compare(noise)
        for key in ("precision", "recall", "coverage", "confident_share"):
            assert nonsense[key] < figures["prior"][key] < figures["real"][key] + 0.05
        distances = [
            each["frechet_distance"] for each in (figures["real"], figures["prior"], nonsense)
        ]
        assert distances == sorted(distances)

    def test_labels_that_are_not_known_teach_nothing(self, data: datasets.Dataset) -> None:
        model, other = vaezoo.load("digits_vae"), dataclasses.replace(data, name="mine")
        every = measure(model, other)["linear_probe"]
        few = np.where(np.arange(len(data.train)) % 10, -1, data.labels["train"])
        some = dataclasses.replace(other, labels={**data.labels, "train": few})
        assert 0.4 < measure(model, some)["linear_probe"] < every

    def test_data_without_a_reference_classifier_or_labels(self, data: datasets.Dataset) -> None:
        other = dataclasses.replace(data, name="mine", labels={})
        assert set(measure(vaezoo.load("digits_vae"), other)) == {"quick"}


def published() -> dict[str, Any]:
    """metrics.json of digits_vae."""
    path = Path(__file__).parents[2] / "saved_models" / "digits_vae" / "metrics.json"
    return json.loads(path.read_text())


class TestCharts:
    def test_points_keep_their_proportions(self) -> None:
        svg = scatter(np.array([[0.0, 0.0], [2.0, 1.0]]), np.array([3, 1]))
        assert svg.count('r="2"') == 2 and ">1</text>" in svg and ">3</text>" in svg
        assert 'cx="10.0" cy="310.0"' in svg and 'cx="410.0" cy="110.0"' in svg

    def test_bars_are_ordered_and_to_scale(self) -> None:
        svg = bars([1.0, 4.0, 0.0], "nats")
        assert svg.index("4.000 nats") < svg.index("1.000 nats") < svg.index("0.000 nats")
        assert 'height="150.0"' in svg and 'height="37.5"' in svg and 'height="0.0"' in svg


class TestLatentPictures:
    def test_the_plane_is_decoded_at_quantiles_of_the_prior(self) -> None:
        model = vaezoo.load(ROOT / "export" / "mnist_vae_2d")
        x = model.generate(8, seed=0)
        found = latent_pictures(model, x, None)
        (title,) = [title for title in found if "latent plane" in title]
        tile = 30
        assert found[title].shape == (2 + SIDE * tile, 2 + SIDE * tile, 1)
        low = NormalDist().inv_cdf(0.5 / SIDE)
        for z, row, column in (([low, -low], 0, 0), ([-low, low], SIDE - 1, SIDE - 1)):
            corner = as_images(model.decode_mean(np.array([z], np.float32)))[0]
            place = found[title][2 + row * tile :, 2 + column * tile :]
            np.testing.assert_array_equal(place[:28, :28], corner)

    def test_the_plane_of_another_prior_is_where_codes_are(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model = vaezoo.load(ROOT / "export" / "mnist_vae_2d")
        space = LatentSpace("real", is_standard_normal=False)
        monkeypatch.setattr(type(model), "latent_space", space)
        x = model.generate(50, seed=0)
        found = latent_pictures(model, x, None)
        (title,) = [title for title in found if "latent plane" in title]
        assert "places among posterior means" in title
        low, high = np.quantile(model.encode_mean(x), [0.02, 0.98], axis=0)
        corner = as_images(model.decode_mean(np.array([[low[0], high[1]]], np.float32)))[0]
        np.testing.assert_allclose(found[title][2:30, 2:30], corner, atol=1)

    def test_paths_are_those_that_the_space_has(self) -> None:
        for name, kinds in (("mnist_cvae", "line, spherical, geodesic"), ("mnist_hvae", "line, g")):
            model = vaezoo.load(ROOT / "export" / name)
            labels = np.array([3, 1, 3, 1]) if name == "mnist_cvae" else None
            x = model.generate(4, seed=0, condition=labels)
            (title,) = latent_pictures(model, x, labels)
            assert title.startswith(f"From one test example to another by each path: {kinds}")

    def test_without_a_pair_there_is_no_path(self) -> None:
        model = vaezoo.load(ROOT / "export" / "mnist_cvae")
        labels = np.arange(4)  # no two examples of one label
        assert not latent_pictures(model, model.generate(4, seed=0, condition=labels), labels)
        flat = vaezoo.load(ROOT / "export" / "mnist_vae")
        assert not latent_pictures(flat, flat.generate(1, seed=0), None)

    @needs_digits
    def test_attributes_have_a_row_each(
        self, data: datasets.Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("VAEZOO_CACHE", str(tmp_path))
        model = vaezoo.load("digits_vae")
        x = datasets.as_float(data.test[:4])
        without = latent_pictures(model, x, None)
        step = np.zeros(8)
        step[2] = 0.5
        direction = AttributeDirection(step, 0.0, 1.5, "ridge", 0.75)
        save_directions(model.directions_folder, {"slant": direction})
        found = latent_pictures(model, x, None)
        assert len(found) == len(without) + 1
        (title,) = found.keys() - without.keys()
        assert "by standard deviations" in title
        text = page(model, data, published())
        assert "<th>codes tell it</th>" in text and "R² 0.75" in text
        assert "dimension that tells most" not in text  # nothing was measured


def test_evenly_spaced() -> None:
    assert evenly_spaced(10, 4).tolist() == [0, 2, 5, 7]
    assert evenly_spaced(3, 9).tolist() == [0, 1, 2]


def test_classes_by_name_share_their_z() -> None:
    model = vaezoo.load(Path(__file__).parents[2] / "export" / "mnist_cvae")
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    named = dataclasses.replace(model.manifest.condition, names=names)
    model.manifest = dataclasses.replace(model.manifest, condition=named)
    x, labels = np.zeros((4, 28, 28, 1), np.float32), np.array([7, 1, 7, 1])
    found = pictures(model, x, labels, None)
    (title,) = [title for title in found if "under each label" in title]
    assert title.endswith("a row each: 1 one, 7 seven")
    sheet = found[title]
    assert sheet.shape == (2 + 2 * 30, 2 + 16 * 30, 1)
    z = model.sample_latents(16, condition=np.full(16, 1), seed=0)
    expected = as_images(model.decode_mean(z[:1], condition=np.array([7])))[0]
    np.testing.assert_array_equal(sheet[32:60, 2:30], expected)
