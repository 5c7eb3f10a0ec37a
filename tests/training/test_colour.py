"""Pictures in colour: their likelihood, by value; the network that is wide where pixels are."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
from scipy import special, stats

from vaezoo.distributions import LogisticPixel
from vaezoo.errors import ConfigError
from vaezoo.likelihoods import ColourLogisticMixture
from vaezoo.models import VAE, VAEGAN, ResidualVAE
from vaezoo.networks import NETWORKS

MLP = {"name": "mlp", "hidden": [8]}


def outputs_of(likelihood: ColourLogisticMixture, num: int, spread: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.normal(0, spread, (num, *likelihood.output_shape)).astype(np.float32)


def colours(levels: int, channels: int) -> np.ndarray:
    """Every pixel there is, [levels^C, C]."""
    pixels = list(itertools.product(range(levels), repeat=channels))
    return np.array(pixels, np.float32) / np.float32(levels - 1)


def mass(p: dict[str, np.ndarray], x: np.ndarray, levels: int) -> float:
    """p(x) of one pixel from its parameters, in double precision, by the definition."""
    total, half = 0.0, 0.5 / (levels - 1)
    for m, weight in enumerate(special.softmax(p["scores"].astype(np.float64))):
        term, slopes = weight, iter(p["slopes"][:, m])
        for c, value in enumerate(x):
            loc = float(p["loc"][c, m])
            loc += sum(next(slopes) * (x[j] - float(p["loc"][j, m])) for j in range(c))
            cdf = stats.logistic(loc, np.exp(float(p["log_scale"][c, m]))).cdf
            above = 1.0 if value > 1 - half else cdf(value + half)
            below = 0.0 if value < half else cdf(value - half)
            term *= above - below
        total += term
    return total


class TestLikelihood:
    @pytest.mark.parametrize(("channels", "levels"), [(3, 2), (4, 2), (3, 6)])
    def test_masses_sum_to_one(self, channels: int, levels: int) -> None:
        likelihood = ColourLogisticMixture((2, channels), levels, num_components=3)
        pixels = likelihood.distribution(outputs_of(likelihood, 5, 2.0)).distribution
        every = colours(levels, channels)[:, None, None]
        total = np.exp(pixels.log_prob(every), dtype=np.float64).sum(0)
        np.testing.assert_allclose(total, np.ones((5, 2)), atol=1e-5)

    @pytest.mark.parametrize("channels", [3, 4])
    def test_masses_are_those_of_the_definition(self, channels: int) -> None:
        likelihood = ColourLogisticMixture((2, channels), num_components=4)
        outputs = outputs_of(likelihood, 6)
        x = np.random.default_rng(0).integers(0, 256, (6, 2, channels)) / 255
        x[0], x[1] = 0.0, 1.0  # the levels that take the tails
        named = {k: v.numpy() for k, v in likelihood.parameters(outputs).items()}
        expected = [
            sum(
                np.log(mass({k: v[n, i] for k, v in named.items()}, x[n, i], 256)) for i in range(2)
            )
            for n in range(6)
        ]
        found = likelihood.distribution(outputs).log_prob(x.astype(np.float32))
        np.testing.assert_allclose(found, expected, rtol=2e-4)

    def test_one_component_serves_all_channels(self) -> None:
        """Two greys far apart: colours in between have no mass, as they would if each channel
        chose for itself."""
        loc = np.float32([[0.1, 0.9]] * 3)
        pixel = LogisticPixel(256, np.zeros(2, np.float32), loc, 0 * loc - 5, 0 * loc)
        grey, mixed = pixel.log_prob(np.float32([[0.1] * 3, [0.1, 0.9, 0.1]])).numpy()
        assert grey > -12 and mixed < -60

    def test_later_channels_follow_earlier_ones(self) -> None:
        loc = np.full((3, 1), 0.5, np.float32)
        slopes = np.float32([[1.0], [-0.5], [0.25]])
        log_scale, score = np.float32([[-3.0], [-6.0], [-6.0]]), np.zeros(1, np.float32)
        x = LogisticPixel(256, score, loc, log_scale, slopes).sample(4000, seed=[0, 1])
        red, green, blue = np.asarray(x, np.float64).T - 0.5
        inside = np.abs(red) < 0.3
        np.testing.assert_allclose(np.polyfit(red[inside], green[inside], 1), [1, 0], atol=3e-3)
        expected = -0.5 * red + 0.25 * green
        assert np.abs(blue - expected)[inside].mean() < 2 * np.exp(-6.0) + 1 / 255

    @pytest.mark.parametrize("spread", [0.3, 1.0, 3.0])
    def test_draws_have_the_mean_and_the_spread(self, spread: float) -> None:
        """Both are exact where nothing is cut off at 0 and 1; elsewhere off by 2 % of the range
        at most, and by a tenth of that on average."""
        likelihood = ColourLogisticMixture((40, 3))
        pixels = likelihood.distribution(outputs_of(likelihood, 1, spread))
        x = pixels.sample(8000, seed=[0, 1]).numpy().astype(np.float64)
        noise = x.std(0) / np.sqrt(len(x))
        for found, exact in ((pixels.mean(), x.mean(0)), (pixels.stddev(), x.std(0))):
            error = np.abs(found - exact)
            assert (error < 0.025 + 4 * noise).all()
            assert error.mean() < 0.0025 + noise.mean()

    def test_draws_have_their_masses(self) -> None:
        likelihood = ColourLogisticMixture((1, 3), levels=3, num_components=2)
        pixels = likelihood.distribution(outputs_of(likelihood, 1, 2.0)).distribution
        x = np.round(pixels.sample(20_000, seed=[1, 2]).numpy()[:, 0, 0] * 2).astype(int)
        counts = np.bincount(np.ravel_multi_index(tuple(x.T), (3, 3, 3)), minlength=27)
        expected = np.exp(pixels.log_prob(colours(3, 3)[:, None, None])).ravel() * len(x)
        assert (np.abs(counts - expected) <= 5 * np.sqrt(expected) + 2).all()

    def test_every_component_begins_with_mass_everywhere(self) -> None:
        likelihood = ColourLogisticMixture((1, 3), num_components=10)
        pixels = likelihood.distribution(np.zeros((1, *likelihood.output_shape), np.float32))
        greys = np.linspace(0, 1, 256, dtype=np.float32)[:, None, None, None] * np.ones((1, 1, 3))
        log_mass = pixels.log_prob(greys.astype(np.float32))[:, 0].numpy()
        assert log_mass.min() > -3 * np.log(256) - 3
        assert np.ptp(log_mass[1:-1]) < 2  # the first and the last take the tails

    @pytest.mark.parametrize("shape", [(8, 8, 1), (8, 8, 2), (6,), (8, 8, 5)])
    def test_other_channels_are_refused(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ConfigError, match=r"needs 3 or 4 channels.*'discretised_logistic'"):
            ColourLogisticMixture(shape)


class TestNetwork:
    @pytest.mark.parametrize("shape", [(8, 8, 3), (9, 7, 4)])
    @pytest.mark.parametrize("groups", [0, 4])
    def test_shapes(self, shape: tuple[int, int, int], groups: int) -> None:
        network, settings = NETWORKS["wide_resnet"], {"widths": (8, 12), "dense": 16}
        encoder = network.encoder(shape, (10,), groups=groups, **settings)
        decoder = network.decoder((5,), (*shape[:2], 30), groups=groups, **settings)
        assert encoder.output_shape == (None, 10)
        assert decoder(encoder(np.zeros((2, *shape)))[:, :5]).shape == (2, *shape[:2], 30)

    def test_without_dense_layers_a_number_of_z_describes_a_place(self) -> None:
        network, settings = NETWORKS["wide_resnet"], {"widths": (8, 8), "dense": 0, "num_blocks": 0}
        decoder = network.decoder((64,), (32, 32, 3), groups=0, **settings)
        z = np.zeros((2, 64), np.float32)
        z[1, 9] = 5.0  # row 1 and column 1 of 8 × 8 places
        change = np.abs(np.diff(decoder(z), axis=0)[0]).sum(-1)
        assert change[4:8, 4:8].min() > 0 and change[:, 16:].max() == change[16:].max() == 0
        encoder = network.encoder((32, 32, 3), (128,), groups=0, **settings)
        x = np.zeros((2, 32, 32, 3), np.float32)
        x[1, :4, :4] = 1.0
        means = np.abs(np.diff(encoder(x), axis=0)[0])[:64].reshape(8, 8)
        assert means[0, 0] > 0 and means[4:].max() == means[:, 4:].max() == 0

    def test_places_that_do_not_divide_z(self) -> None:
        network = {"name": "wide_resnet", "widths": [8, 8], "dense": 0}
        with pytest.raises(ConfigError, match="8 × 8 places, which 100 numbers do not divide"):
            VAE((32, 32, 3), 50, network=network)


def test_a_residual_vae_of_colours_chooses_for_them() -> None:
    model = ResidualVAE((32, 32, 3), seed=0)
    assert isinstance(model.likelihood, ColourLogisticMixture)
    assert model.count_params() < 1_000_000  # 4 MB
    grey = ResidualVAE((28, 28, 1), seed=0)
    assert type(grey.likelihood).__name__ == "Bernoulli"
    config = model.get_config()
    assert ResidualVAE.from_config(config).get_config() == config


def test_a_critic_pays_for_its_gradients() -> None:
    """Central differences of the logit in every value, in the critic's loss and in no other."""
    x = np.random.default_rng(0).random((2, 4, 3, 1)).astype(np.float32)
    losses = []
    for weight in (0.0, 10.0):
        keras.utils.set_random_seed(0)
        critic = {"critic_network": {"name": "mlp", "hidden": [8], "activation": "tanh"}}
        model = VAEGAN(
            (4, 3, 1), 2, critic={**critic, "gradient_weight": weight}, network=MLP, seed=0
        )
        trace = model.trace(x, seed=0, training=True)
        losses.append(model.objective.group_losses(trace))
    step = 1e-2 * np.eye(12, dtype=np.float32).reshape(12, 1, 4, 3, 1)
    above, below = (
        np.stack([model.objective._criticise(x + s * d)[1] for d in step]) for s in (1, -1)
    )
    expected = 5 * (((above - below) / 2e-2) ** 2).sum(0)
    difference = {name: losses[1][name] - losses[0][name] for name in losses[0]}
    assert expected.min() > 1e-2
    np.testing.assert_allclose(difference["critic"], expected, rtol=2e-2)
    for name in ("encoder", "decoder"):
        np.testing.assert_array_equal(difference[name], 0)


@pytest.mark.slow
def test_a_critic_learns_with_a_gradient_penalty() -> None:
    keras.utils.set_random_seed(0)
    model = VAEGAN((4, 3, 1), 2, critic={"gradient_weight": 10.0}, network=MLP, seed=0)
    before = [weight.numpy() for weight in model.objective.trainable_weights]
    model.compile("adam", jit_compile=True)
    model.fit(np.random.default_rng(0).random((8, 4, 3, 1), np.float32), batch_size=4, verbose=0)
    after = [weight.numpy() for weight in model.objective.trainable_weights]
    assert all((a != b).any() and np.isfinite(a).all() for a, b in zip(after, before, strict=True))
