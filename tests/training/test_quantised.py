"""Codes: quantisers, priors over them, the models made of both, and their exports."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_helpers import slow

import vaezoo
from vaezoo.errors import ConfigError, DataError, UnknownNameError
from vaezoo.evaluation import evaluate
from vaezoo.export import export_model
from vaezoo.metrics import codebook_figures
from vaezoo.models import FSQVAE, RQVAE, VQVAE, QuantisedVAE
from vaezoo.priors import AutoregressiveCodes, UniformCodes
from vaezoo.quantisers import FiniteScalar, Residual, Vector
from vaezoo.runtime import verification

SEED = tf.constant([0, 1])
NETWORK = {"name": "mlp", "positions": 3, "hidden": [16]}


def nearest(h: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return ((h[..., None, :] - codebook) ** 2).sum(-1).argmin(-1)


@pytest.fixture
def h(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(20, 3, 4)).astype(np.float32)


def test_codes_are_the_nearest_vectors(h: np.ndarray) -> None:
    quantiser = Vector(4, 7, commitment=0.3)
    found = quantiser.quantise(tf.constant(h), SEED, training=False)
    codebook = quantiser.codebook.numpy()
    expected = nearest(h, codebook)
    np.testing.assert_array_equal(found.codes[..., 0], expected)
    np.testing.assert_allclose(found.values, codebook[expected], atol=1e-6)
    np.testing.assert_allclose(quantiser.embed(found.codes), codebook[expected])
    squares = ((h - codebook[expected]) ** 2).sum((1, 2))
    np.testing.assert_allclose(found.penalty, 0.3 * squares, rtol=1e-5)
    learned = Vector(4, 7, commitment=0.3, learning="loss")
    learned.set_weights([codebook, np.ones(7)])
    found = learned.quantise(tf.constant(h), SEED, training=False)
    np.testing.assert_allclose(found.penalty, 1.3 * squares, rtol=1e-5)


def test_gradients_pass_straight_through_and_pull_at_both_ends(h: np.ndarray) -> None:
    quantiser = Vector(4, 7, commitment=0.3, learning="loss")
    x = tf.constant(h)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        found = quantiser.quantise(x, SEED, training=False)
        passed = tf.reduce_sum(found.values * 2.0)
    np.testing.assert_allclose(tape.gradient(passed, x), np.full_like(h, 2.0))
    assert tape.gradient(passed, quantiser.codebook.value) is None
    codebook = quantiser.codebook.numpy()
    difference = h - codebook[found.codes[..., 0]]
    np.testing.assert_allclose(tape.gradient(found.penalty, x), 0.6 * difference, atol=1e-5)
    pull = np.zeros_like(codebook)
    np.add.at(pull, found.codes[..., 0].numpy(), -2 * difference)
    gradient = tf.convert_to_tensor(tape.gradient(found.penalty, quantiser.codebook.value))
    np.testing.assert_allclose(gradient, pull, atol=1e-4)


def test_running_means_become_the_means_of_the_clusters(rng: np.random.Generator) -> None:
    centres = np.array([[3.0, 0.0], [-3.0, 1.0], [0.0, -4.0]], np.float32)
    quantiser = Vector(2, 3, decay=0.9, restart_below=0.0)
    quantiser.set_weights([centres + 0.5, np.ones(3), centres + 0.5])
    for _ in range(150):
        rows = centres[rng.integers(0, 3, 60)] + 0.05 * rng.normal(size=(60, 2))
        quantiser.quantise(tf.constant(rows.reshape(20, 3, 2), tf.float32), SEED, training=True)
    np.testing.assert_allclose(quantiser.codebook, centres, atol=0.03)
    np.testing.assert_allclose(quantiser.usage, 20, atol=6)
    before = quantiser.codebook.numpy()
    quantiser.quantise(tf.ones((5, 3, 2)), SEED, training=False)
    np.testing.assert_array_equal(quantiser.codebook, before)


@pytest.mark.parametrize("learning", ["ema", "loss"])
def test_dead_codes_begin_again_where_the_data_are(h: np.ndarray, learning: str) -> None:
    far = np.full((7, 4), 100.0, np.float32)
    far[0] = 0
    for restart, used in ((0.1, True), (0.0, False)):
        quantiser = Vector(4, 7, learning=learning, restart_below=restart)
        quantiser.codebook.assign(far)
        if learning == "ema":
            quantiser.sums.assign(far)
        for step in range(400):
            quantiser.quantise(tf.constant(h), tf.constant([0, step]), training=True)
        near = np.abs(quantiser.codebook.numpy()[1:]).max(axis=1) < 10
        assert near.all() if used else not near.any()


def test_residual_codes_quantise_what_is_left(h: np.ndarray) -> None:
    quantiser = Residual(4, 5, 3)
    found = quantiser.quantise(tf.constant(h), SEED, training=False)
    left, penalty = h, 0.0
    for r, book in enumerate(quantiser.books):
        codebook = book.codebook.numpy()
        codes = nearest(left, codebook)
        np.testing.assert_array_equal(found.codes[..., r], codes)
        penalty = penalty + 0.25 * ((left - codebook[codes]) ** 2).sum((1, 2))
        left = left - codebook[codes]
    np.testing.assert_allclose(found.values, h - left, atol=1e-5)
    np.testing.assert_allclose(quantiser.embed(found.codes), h - left, atol=1e-5)
    np.testing.assert_allclose(found.penalty, penalty, rtol=1e-4)


@pytest.mark.parametrize("levels", [(8, 5, 5), (2, 3), (4, 4, 7, 2)])
def test_finite_scalars_reach_every_level_and_no_other(levels: tuple[int, ...]) -> None:
    quantiser = FiniteScalar(len(levels), levels)
    every = np.arange(math.prod(levels)).reshape(-1, 1, 1)
    values = quantiser.embed(tf.constant(every, tf.int32)).numpy()
    grid = [(np.arange(level) - level // 2) / (level // 2) for level in levels]
    expected = np.unique(np.array(list(itertools.product(*grid))), axis=0)
    assert len(expected) == len(values)
    ordered = values[np.lexsort(values[:, 0, ::-1].T.round(4)), 0]
    np.testing.assert_allclose(ordered, expected, atol=1e-6)
    wide = np.random.default_rng(0).normal(0, 3, (4000, 1, len(levels))).astype(np.float32)
    found = quantiser.quantise(tf.constant(wide), SEED, training=True)
    assert found.codes.numpy().min() >= 0 and found.codes.numpy().max() < quantiser.codebook_size
    np.testing.assert_allclose(quantiser.embed(found.codes), found.values, atol=1e-6)
    for channel, level in enumerate(levels):
        assert len(np.unique(np.round(found.values[..., channel], 5))) == level
    order = np.argsort(wide[:, 0, 0])
    assert (np.diff(found.values.numpy()[order, 0, 0]) >= -1e-6).all()


def prior(**more: Any) -> AutoregressiveCodes:
    keras.utils.set_random_seed(0)
    made = AutoregressiveCodes(3, codebook_size=4, width=8, num_layers=1, **more)
    for weight in made.trainable_weights:
        weight.assign(weight + 0.5 * np.random.default_rng(0).normal(size=weight.shape))
    return made


ALL = np.array(list(itertools.product(range(4), repeat=3)), np.float32)


def test_the_probabilities_of_all_codes_sum_to_one() -> None:
    for made in (prior(), UniformCodes(3, codebook_size=4)):
        log_prob = made.distribution().log_prob(ALL).numpy()
        assert np.exp(log_prob).sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(log_prob, -3 * math.log(4), rtol=1e-6)


def test_codes_see_only_those_before_them() -> None:
    network = prior().network
    codes = ALL[27:28]
    logits = network(codes).numpy()
    for place in range(3):
        changed = codes.copy()
        changed[:, place:] = (changed[:, place:] + 1) % 4
        other = network(changed).numpy()
        np.testing.assert_allclose(other[:, : place + 1], logits[:, : place + 1], atol=1e-5)
        if place < 2:
            assert np.abs(other[:, place + 1 :] - logits[:, place + 1 :]).max() > 1e-3


def test_noise_becomes_codes_of_their_probabilities() -> None:
    num = 20_000
    noise = np.random.default_rng(0).standard_normal((num, 3), dtype=np.float32)
    for made in (prior(), UniformCodes(3, codebook_size=4)):
        codes = made.from_noise(tf.constant(noise)).numpy().astype(int)
        counts = np.bincount(codes @ [16, 4, 1], minlength=64)
        p = np.exp(made.distribution().log_prob(ALL).numpy())
        error = np.sqrt(num * p * (1 - p)) + 1e-9
        assert (np.abs(counts - num * p) <= 4.5 * error + 1).all()


MODELS = {
    "vq": lambda **more: VQVAE((7, 5, 1), 4, codebook_size=8, network=NETWORK, seed=0, **more),
    "vq_conv": lambda **more: VQVAE((7, 5, 1), 4, codebook_size=8, seed=0, **more),
    "vq_loss": lambda **more: VQVAE(
        (7, 5, 1), 4, codebook_size=8, learning="loss", network=NETWORK, seed=0, **more
    ),
    "rq": lambda **more: RQVAE((7, 5, 1), 4, codebook_size=4, network=NETWORK, seed=0, **more),
    "fsq": lambda **more: FSQVAE((7, 5, 1), (3, 4), network=NETWORK, seed=0, **more),
    "uniform": lambda **more: VQVAE(
        (7, 5, 1), 4, codebook_size=8, network=NETWORK, prior="uniform_codes", seed=0, **more
    ),
}


@pytest.mark.parametrize("kind", MODELS)
def test_the_bound_is_that_of_codes_and_decoder(kind: str, binary: np.ndarray) -> None:
    model = MODELS[kind]()
    codes = model.encode_mean(binary[:9])
    expected = model.decode(codes).log_prob(binary[:9]) + model.prior.distribution().log_prob(codes)
    np.testing.assert_allclose(model.log_likelihood(binary[:9], num_samples=1), expected, rtol=1e-4)
    trace = model.trace(binary[:9], 1, seed=0)
    np.testing.assert_allclose(trace.elbo(), expected, rtol=1e-4)
    np.testing.assert_allclose(trace.log_weights()[0], expected, rtol=1e-4)
    np.testing.assert_array_equal(model.trace(binary[:9], 3, seed=0).latents[0].sample[2], codes)
    loss = model.objective.loss(trace) + trace.penalty
    np.testing.assert_allclose(loss, trace.penalty - expected, rtol=1e-4)


@pytest.mark.slow
def test_a_second_stage_moves_the_prior_only(binary: np.ndarray) -> None:
    model = MODELS["vq"]()
    model.compile(keras.optimizers.Adam(3e-3), jit_compile=False)
    model.fit(binary, batch_size=64, epochs=5, verbose=0)
    first = model.trace(binary, 1, seed=0)
    kl = first.kl().numpy().mean()  # now: the prior is about to change
    model.freeze_codes()
    before = {id(weight): weight.numpy() for weight in model.weights}
    model.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    model.fit(binary, batch_size=64, epochs=10, verbose=0)
    moved = {id(w) for w in model.weights if (w.numpy() != before[id(w)]).any()}
    own = {id(weight) for weight in model.prior.weights}
    assert moved and moved <= own
    second = model.trace(binary, 1, seed=0)
    np.testing.assert_allclose(second.reconstruction(), first.reconstruction(), rtol=1e-5)
    assert second.kl().numpy().mean() < kl - 0.1


def test_figures_of_a_codebook(binary: np.ndarray) -> None:
    assert codebook_figures([0, 0, 1, 1], 4) == pytest.approx(
        {"codebook_usage": 0.5, "perplexity": 2.0}
    )
    model = MODELS["vq"]()
    figures = evaluate(model, binary, num_samples=1)
    assert {"codebook_usage", "perplexity"} <= set(figures)
    expected = -figures["log_likelihood"]["mean"] / (35 * math.log(2))
    assert figures["bits_per_dimension"]["mean"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", [slow("vq_conv"), slow("rq"), slow("fsq"), "uniform"])
def test_exports_take_and_give_codes(kind: str, binary: np.ndarray, tmp_path: Path) -> None:
    model = MODELS[kind]()
    export_model(model, tmp_path / "e", preset="mine", weights_sha256="0" * 64)
    assert max(verification.verify(tmp_path / "e").values()) <= 1e-5
    runtime = vaezoo.load(tmp_path / "e")
    assert ("step" in runtime.manifest.graphs) == (kind != "uniform")
    codes = runtime.encode_mean(binary)
    np.testing.assert_array_equal(codes, model.encode_mean(binary))
    np.testing.assert_allclose(runtime.decode_mean(codes), model.decode_mean(codes), atol=1e-5)
    generated = runtime.generate(300, seed=3)
    np.testing.assert_allclose(generated, model.generate(300, seed=3), atol=1e-5)
    with pytest.raises(DataError, match="whole numbers from 0 to"):
        runtime.decode_mean(codes + 0.5)
    with pytest.raises(DataError, match="whole numbers from 0 to"):
        model.decode(codes + 100)


def test_mistakes_speak() -> None:
    with pytest.raises(ConfigError, match="the latents live in 'codes_64'"):
        VQVAE((7, 5, 1), prior="standard_normal")
    with pytest.raises(UnknownNameError, match="vector"):
        QuantisedVAE((7, 5, 1), quantiser="vectr")
    with pytest.raises(UnknownNameError, match="conv"):
        QuantisedVAE((7, 5, 1), network="covn")
    with pytest.raises(ConfigError, match="needs images"):
        VQVAE((35,))
    with pytest.raises(ConfigError, match="2 or more for each"):
        FSQVAE((7, 5, 1), (3, 1))
    with pytest.raises(UnknownNameError, match="ema"):
        VQVAE((7, 5, 1), learning="sgd")
    with pytest.raises(ConfigError, match="decay=1"):
        Vector(4, decay=1)
    with pytest.raises(DataError, match=r"expected \[N, 3\]"):
        MODELS["vq"]().decode(np.zeros((2, 5), np.float32))
