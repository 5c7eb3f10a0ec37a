"""The runtime's records of q(z|x) and p(x|z), by value: closed forms and Monte Carlo."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest

import vaezoo
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array
from vaezoo.runtime import distributions
from vaezoo.runtime.distributions import LIKELIHOODS, POSTERIORS
from vaezoo.runtime.families import ParametricDistribution
from vaezoo.runtime.manifest import Family, Graph, Manifest, Port

stats = pytest.importorskip("scipy.stats", reason="needs SciPy")

N = 40_000
LOC = [[0.2, 0.5], [0.9, -0.1]]
LOG_SCALE = [[-3.0, -1.0], [-2.0, -4.0]]
SCORES = [[0.3, -0.5], [1.0, 1.5]]
COLOUR_SCALE = -3.5
COLOUR_LOC = [[0.3, 0.7], [0.5, 0.6], [0.4, 0.2]]
SLOPES = [[0.15, -0.12], [0.1, 0.1], [-0.1, 0.12]]  # (1, 0), (2, 0), (2, 1)
TRIL = [[0.5, 0.0], [-0.3, 0.2]]

# Parameters of one example, and numbers, by the name of the class and a case of it.
CASES: dict[str, tuple[Mapping[str, object], Mapping[str, float]]] = {
    "Bernoulli": ({"mean": [0.1, 0.6]}, {}),
    "Categorical": ({"scores": [[0.1, 1.0, -1.0], [3.0, 0.0, 0.0]]}, {}),
    "ColourLogisticMixture": (
        {
            "scores": [0.3, -0.5],
            "loc": COLOUR_LOC,
            "log_scale": np.full((3, 2), COLOUR_SCALE).tolist(),
            "slopes": SLOPES,
        },
        {"levels": 32},
    ),
    "ContinuousBernoulli": ({"logits": [-8.0, 1e-4, 0.01, 2.0, 700.0]}, {}),
    "Deterministic": ({"mean": [1.0, -2.0]}, {}),
    "DiagonalNormal": ({"mean": [1.0, -2.0], "scale": [0.5, 2.0]}, {}),
    "Dirichlet": ({"concentration": [0.5, 1.0, 4.0]}, {}),
    "DiscretisedLogistic": ({"scores": SCORES, "loc": LOC, "log_scale": LOG_SCALE}, {"levels": 8}),
    "FullCovariance": ({"mean": [1.0, -2.0], "scale_tril": TRIL}, {}),
    "Laplace": ({"mean": [1.0, -2.0], "scale": [0.5, 2.0]}, {}),
    "NegativeBinomial": ({"mean": [0.5, 7.0], "r": [2.0, 0.7]}, {}),
    "Normal": ({"mean": [1.0, -2.0], "scale": [0.5, 2.0]}, {}),
    "OptimalNormal": ({"mean": [1.0, -2.0], "scale": [0.5, 0.5]}, {}),
    "Poisson": ({"mean": [0.5, 40.0]}, {}),
    "Sparse": ({"mean": [0.0, -2.0]}, {}),
    "StudentT": ({"mean": [1.0, -2.0], "scale": [0.5, 2.0]}, {"df": 9.0}),
}


def softmax(scores: Array) -> Array:
    return np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)


def levels(parameters: Mapping[str, Array], count: int) -> Array:
    """Probabilities of the levels of a mixture of logistics, [..., count], by SciPy."""
    edges = (np.arange(count - 1) + 0.5) / (count - 1)
    scale = np.exp(parameters["log_scale"])[..., None]
    below = stats.logistic.cdf(edges, parameters["loc"][..., None], scale)
    below = (softmax(parameters["scores"])[..., None] * below).sum(-2)
    return np.diff(below, prepend=0.0, append=1.0)


def of_colours(parameters: Mapping[str, Array], count: int) -> tuple[Array, Array]:
    """Mean and standard deviation of each channel of a pixel: sums over all of its colours."""
    steps = count - 1
    colours = np.stack(np.meshgrid(*[np.arange(count) / steps] * 3, indexing="ij"), axis=-1)
    scale, loc, slopes = (parameters[key].T for key in ("log_scale", "loc", "slopes"))
    total = np.zeros(colours.shape[:-1])
    for m, weight in enumerate(softmax(parameters["scores"])):
        a = slopes[m]
        matrix = np.array([[0, 0, 0], [a[0], 0, 0], [a[1], a[2], 0]])
        centres = loc[m] + (colours - loc[m]) @ matrix.T
        above = np.where(colours == 1, np.inf, colours + 0.5 / steps)
        below = np.where(colours == 0, -np.inf, colours - 0.5 / steps)
        cdfs = (stats.logistic.cdf(edge, centres, np.exp(scale[m])) for edge in (above, below))
        total += weight * np.subtract(*cdfs).prod(-1)
    assert abs(total.sum() - 1) < 1e-9
    mean = (total[..., None] * colours).sum((0, 1, 2))
    return mean, np.sqrt((total[..., None] * colours**2).sum((0, 1, 2)) - mean**2)


def moments(name: str, p: Mapping[str, Array], numbers: Mapping[str, float]) -> tuple[Array, Array]:
    """Mean and standard deviation, from SciPy or from the definition."""
    match name:
        case "Bernoulli":
            d = stats.bernoulli(p["mean"])
        case "ContinuousBernoulli":  # of the truncated exponential, by quadrature
            x = np.linspace(0, 1, 200_001)
            log = p["logits"][:, None] * x
            weights = np.exp(log - log.max(1, keepdims=True))
            mean = np.trapezoid(x * weights, x) / np.trapezoid(weights, x)
            second = np.trapezoid(x**2 * weights, x) / np.trapezoid(weights, x)
            return mean, np.sqrt(second - mean**2)
        case "Categorical" | "DiscretisedLogistic":
            shares = softmax(p["scores"]) if name == "Categorical" else levels(p, 8)
            values = np.linspace(0, 1, shares.shape[-1])
            mean = (shares * values).sum(-1)
            return mean, np.sqrt((shares * values**2).sum(-1) - mean**2)
        case "ColourLogisticMixture":
            return of_colours(p, int(numbers["levels"]))
        case "Deterministic" | "Sparse":
            return p["mean"], np.zeros(2)
        case "Dirichlet":
            d = stats.dirichlet(p["concentration"])
            return d.mean(), np.sqrt(d.var())
        case "FullCovariance":
            return p["mean"], np.sqrt(np.diag(p["scale_tril"] @ p["scale_tril"].T))
        case "Laplace":
            d = stats.laplace(p["mean"], p["scale"])
        case "NegativeBinomial":
            d = stats.nbinom(p["r"], p["r"] / (p["r"] + p["mean"]))
        case "Poisson":
            d = stats.poisson(p["mean"])
        case "StudentT":
            d = stats.t(numbers["df"], p["mean"], p["scale"])
        case _:
            d = stats.norm(p["mean"], p["scale"])
    return d.mean(), d.std()


def made(name: str, num: int = 1) -> ParametricDistribution:
    """The record of `num` equal examples."""
    values, numbers = CASES[name]
    one = {key: np.asarray(value, np.float64) for key, value in values.items()}
    one = {"mean": moments(name, one, numbers)[0]} | one
    rows = {key: np.repeat(np.float32(value)[None], num, axis=0) for key, value in one.items()}
    return {**LIKELIHOODS, **POSTERIORS}[name](rows, numbers)


def test_every_family_is_tested() -> None:
    assert CASES.keys() == {*LIKELIHOODS, *POSTERIORS}


@pytest.mark.parametrize("name", CASES)
def test_moments_are_the_closed_forms(name: str) -> None:
    record, (values, numbers) = made(name, 3), CASES[name]
    exact = {key: np.asarray(value, np.float64) for key, value in values.items()}
    mean, stddev = moments(name, exact, numbers)
    assert record.mean().shape == record.stddev().shape == (3, *mean.shape)
    np.testing.assert_allclose(record.mean()[0], mean, rtol=1e-5)
    np.testing.assert_allclose(record.stddev()[0], stddev, rtol=2e-4, atol=1e-6)
    assert record.stddev().dtype == np.float32


@pytest.mark.parametrize("name", CASES)
def test_draws_have_these_moments(name: str) -> None:
    """The mean within 5 standard errors, the spread within 5 %."""
    record = made(name, N)
    x = record.sample(seed=3)
    assert x.shape == record.mean().shape and x.dtype == np.float32
    errors = record.stddev()[0] / np.sqrt(N) + 1e-6
    assert (np.abs(x.mean(0, dtype=np.float64) - record.mean()[0]) < 5 * errors).all()
    np.testing.assert_allclose(x.std(0, dtype=np.float64), record.stddev()[0], rtol=0.05, atol=1e-6)


def log_masses_of_colours(x: Array, p: Mapping[str, Array], num_levels: int) -> Array:
    """Of each pixel, [N, C]: a sum over components of products over channels."""
    half, slopes = 0.5 / (num_levels - 1), iter(p["slopes"])
    masses = softmax(p["scores"])
    for c, (locs, log_scales) in enumerate(zip(p["loc"], p["log_scale"], strict=True)):
        centres = locs + sum(next(slopes) * (x[:, j, None] - p["loc"][j]) for j in range(c))
        logistic, value = stats.logistic(centres, np.exp(log_scales)), x[:, c, None]
        above = np.where(value > 1 - half, 0.0, logistic.sf(value + half))
        masses = masses * (np.where(value < half, 1.0, logistic.sf(value - half)) - above)
    return np.log(masses.sum(axis=-1))


def log_densities(
    name: str, x: Array, p: Mapping[str, Array], numbers: Mapping[str, float]
) -> Array:
    """log p of each value, or of all where they depend on each other, from SciPy."""
    match name:
        case "Bernoulli":
            return stats.bernoulli(p["mean"]).logpmf(x)
        case "ContinuousBernoulli":  # a truncated exponential; upside down where it grows
            upside = np.where(p["logits"] > 0, 1 - x, x)
            rate = np.abs(p["logits"])
            return stats.truncexpon(b=rate, scale=1 / rate).logpdf(upside)
        case "Categorical" | "DiscretisedLogistic":
            shares = softmax(p["scores"]) if name == "Categorical" else levels(p, 8)
            places = np.round(x * (shares.shape[-1] - 1)).astype(int)
            return np.log(shares[np.arange(len(shares)), places])
        case "ColourLogisticMixture":
            return log_masses_of_colours(x, p, int(numbers["levels"]))
        case "Dirichlet":
            shares = np.float64(x) / np.float64(x).sum(-1, keepdims=True)
            return np.array([stats.dirichlet(p["concentration"]).logpdf(row) for row in shares])
        case "FullCovariance":
            return stats.multivariate_normal(p["mean"], p["scale_tril"] @ p["scale_tril"].T).logpdf(
                x
            )
        case "Laplace":
            return stats.laplace(p["mean"], p["scale"]).logpdf(x)
        case "NegativeBinomial":
            return stats.nbinom(p["r"], p["r"] / (p["r"] + p["mean"])).logpmf(x)
        case "Poisson":
            return stats.poisson(p["mean"]).logpmf(x)
        case "StudentT":
            return stats.t(numbers["df"], p["mean"], p["scale"]).logpdf(x)
        case _:
            return stats.norm(p["mean"], p["scale"]).logpdf(x)


DENSITIES = [name for name in CASES if name not in ("Deterministic", "Sparse")]


@pytest.mark.parametrize("name", DENSITIES)
def test_densities_are_the_closed_forms(name: str) -> None:
    record, (values, numbers) = made(name, 50), CASES[name]
    x = record.sample(seed=5)
    exact = {key: np.asarray(value, np.float64) for key, value in values.items()}
    expected = log_densities(name, x.astype(np.float64), exact, numbers)
    if expected.ndim == 1:
        with pytest.raises(ConfigError, match="does not factorise"):
            record.log_prob_per_value(x)
    else:
        np.testing.assert_allclose(record.log_prob_per_value(x), expected, rtol=2e-5, atol=2e-5)
        expected = expected.sum(1)
    np.testing.assert_allclose(record.log_prob(x), expected, rtol=2e-5, atol=2e-5)


def test_a_density_takes_one_row_for_each_of_the_parameters() -> None:
    record = made("Normal", 3)
    with pytest.raises(DataError, match="x has 2 rows: expected 3"):
        record.log_prob(np.zeros((2, 2)))
    with pytest.raises(DataError, match=r"shape \[3, 4\]: expected \[N, 2\]"):
        record.log_prob_per_value(np.zeros((3, 4)))
    for name in ("Deterministic", "Sparse"):
        with pytest.raises(ConfigError, match="a point has no density"):
            made(name).log_prob(np.zeros((1, 2)))


def test_draws_have_the_correlations() -> None:
    x = made("FullCovariance", N).sample(seed=0)
    np.testing.assert_allclose(np.cov(x.T), np.array(TRIL) @ np.array(TRIL).T, atol=0.01)


def test_draws_lie_where_data_may() -> None:
    counts = {"Categorical": 3, "ColourLogisticMixture": 32, "DiscretisedLogistic": 8}
    for name, count in counts.items():
        steps = made(name, 500).sample(seed=1) * (count - 1)
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-5)
        if name != "ColourLogisticMixture":  # whose case is far from both ends
            assert steps.min() == 0 and steps.max() == count - 1
    x = made("ContinuousBernoulli", 500).sample(seed=1)
    assert np.isfinite(x).all() and x.min() >= 0 and x.max() <= 1


def test_later_channels_are_drawn_after_the_rounded_ones_before() -> None:
    """Of two levels: the second lies at 0.3 + 0.5 (1 - 0.5) where the first is 1, else at 0.05."""
    one = {"mean": [0, 0], "scores": [0], "loc": [[0.5], [0.3]], "log_scale": [[-1.6], [-9]]}
    rows = {key: np.float32([value] * 500) for key, value in (one | {"slopes": [[0.5]]}).items()}
    first, second = LIKELIHOODS["ColourLogisticMixture"](rows, {"levels": 2}).sample(seed=0).T
    assert 0.4 < first.mean() < 0.6
    np.testing.assert_array_equal(second, first)


def test_a_seed_decides_a_draw() -> None:
    record = made("Normal", 9)
    np.testing.assert_array_equal(record.sample(seed=1), record.sample(seed=1))
    assert (record.sample(seed=1) != record.sample(seed=2)).any()
    assert (record.sample() != record.sample()).any()
    with pytest.raises(ConfigError, match="seed=-1"):
        record.sample(seed=-1)


def test_of_a_published_export() -> None:
    model = vaezoo.load("digits_vae")
    x = model.generate(7, seed=0)
    q = model.encode(x)
    assert isinstance(q, distributions.Normal)
    np.testing.assert_array_equal(q.mean(), model.encode_mean(x))
    np.testing.assert_array_equal(q.stddev(), q.parameters["scale"])
    p = model.decode(q.sample(seed=0))
    assert isinstance(p, distributions.Bernoulli)
    assert set(np.unique(p.sample(seed=0))) == {0.0, 1.0}


def ports(*names: str) -> tuple[Port, ...]:
    return tuple(Port(name, (None, 8) if name == "noise" else (8,)) for name in names)


class TestWhatAnExportDoesNotSay:
    """A posterior is inferred where the graphs leave no other, and refused elsewhere."""

    @pytest.fixture
    def manifest(self) -> Manifest:
        manifest = vaezoo.load("digits_vae").manifest
        return dataclasses.replace(manifest, preset="mine", families={})

    def posterior(self, manifest: Manifest, **graphs: Graph) -> ParametricDistribution:
        manifest = dataclasses.replace(manifest, graphs={**manifest.graphs, **graphs})
        outputs = [port.name for port in manifest.graphs["encoder"].outputs]
        return distributions.posterior(manifest, dict.fromkeys(outputs, np.ones((2, 8))))

    def test_inferred(self, manifest: Manifest) -> None:
        point = Graph("e", ports("x"), ports("mean"))
        assert type(self.posterior(manifest)) is distributions.Normal
        assert type(self.posterior(manifest, encoder=point)) is distributions.Point
        codes = dataclasses.replace(manifest, codebook_size=9)
        prior = Graph("p", ports("noise"), ports("z"))
        assert type(self.posterior(codes, encoder=point, prior=prior)) is distributions.Point

    @pytest.mark.parametrize(
        ("name", "graph"),
        [
            ("prior", Graph("p", ports("noise"), ports("z"))),  # z may lie in a ball
            ("encoder", Graph("e", ports("x"), ports("mean", "base_mean", "base_scale"))),
            (
                "score",
                Graph("s", (Port("x", (8,)), Port("noise", (None, 16))), ports("y")),
            ),  # walks
        ],
    )
    def test_refused(self, manifest: Manifest, name: str, graph: Graph) -> None:
        q = self.posterior(manifest, **{name: graph})
        assert q.parameters["mean"].shape == (2, 8)
        for method in (q.mean, q.stddev, q.sample, lambda: q.log_prob(np.zeros((2, 8)))):
            with pytest.raises(ConfigError, match=r"does not name its posterior, so it has no"):
                method()

    def test_named(self, manifest: Manifest) -> None:
        for family, message in (
            (Family("Poincare"), "the posterior Poincare is not one that the runtime knows"),
            (Family("FullCovariance"), "has no scale_tril of its FullCovariance posterior"),
        ):
            named = dataclasses.replace(manifest, families={"encoder": family})
            with pytest.raises(ConfigError, match=message):
                self.posterior(named).stddev()

    def test_a_likelihood_without_its_numbers(self, manifest: Manifest) -> None:
        parameters = {"mean": np.zeros((1, 2)), "scale": np.ones((1, 2))}
        old = dataclasses.replace(manifest, likelihood="StudentT")
        with pytest.raises(ConfigError, match="has no df of its StudentT likelihood"):
            distributions.likelihood(old, parameters).stddev()
        new = dataclasses.replace(old, families={"decoder": Family("StudentT", {"df": 4.0})})
        stddev = distributions.likelihood(new, parameters).stddev()
        np.testing.assert_allclose(stddev, np.sqrt(2), rtol=1e-6)
