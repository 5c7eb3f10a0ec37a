"""What is trained by all contenders, and those of them that are TensorFlow: vaezoo, plain Keras."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from turns import Turns

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

FOREVER, RATE = 10**6, 1e-3
DENSE = 256  # width of the dense layer of convolutional networks
EXAMPLES, WEIGHTS = 64, 5000  # of a turn of evaluation


@dataclass(frozen=True)
class Work:
    """What is trained: Bernoulli p(x|z), diagonal normal q(z|x), Adam.

    Attributes:
        data_shape: [values], or [height, width, channels].
        latent_dim: D.
        hidden: widths of a dense network, or channels of a convolutional one.
        activation: of a dense network: "relu" or "gated".
        batch_size: B.
        num_samples: K; above 1 the objective is the importance-weighted bound.
        steps: of a turn: an epoch.
        dtype: policy of the hidden layers.
        jit_compile: by XLA, in vaezoo.
    """

    data_shape: tuple[int, ...] = (784,)
    latent_dim: int = 20
    hidden: tuple[int, ...] = (400,)
    activation: str = "relu"
    batch_size: int = 128
    num_samples: int = 1
    steps: int = 200
    dtype: str = "float32"
    jit_compile: Any = "auto"

    @property
    def convolves(self) -> bool:
        return len(self.data_shape) == 3

    def data(self) -> np.ndarray:
        """One epoch of binary data with five directions to find."""
        rng = np.random.default_rng(0)
        shape = (self.steps * self.batch_size, 5)
        values = int(np.prod(self.data_shape))
        logits = rng.standard_normal(shape) @ rng.standard_normal((5, values)) - 1
        x = (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(np.float32)
        return x.reshape(-1, *self.data_shape)


def vaezoo(work: Work, turns: Turns) -> None:
    """As a user trains: compile and fit, with their defaults."""
    import keras

    model = _vaezoo_model(work)
    model.compile(optimizer=keras.optimizers.Adam(RATE), jit_compile=work.jit_compile)
    products = sum(
        _products(layer) for part in (model.encoder, model.decoder) for layer in part.layers
    )
    # Gradients take two products for each one, but the first layer's input needs none.
    first = next(n for layer in model.encoder.layers if (n := _products(layer)))
    gated = 1 + (work.activation == "gated" and not work.convolves)
    flops = 2 * (3 * products - gated * first) * work.batch_size
    turns.ready({"parameters": model.count_params(), "flops": flops})
    _fit(model, work, turns)


def plain_keras(work: Work, turns: Turns) -> None:
    """As one writes it in an afternoon: Keras layers, TFP distributions, `fit` of an array."""
    import keras
    import tensorflow as tf
    from tensorflow_probability import distributions as tfd

    class PlainVAE(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder = keras_networks(work)
            self.trackers = [keras.metrics.Mean(name) for name in ("loss", "reconstruction", "kl")]

        def train_step(self, x: Any) -> dict[str, Any]:
            with tf.GradientTape() as tape:
                mean, raw = tf.split(self.encoder(x, training=True), 2, axis=-1)
                q = tfd.MultivariateNormalDiag(mean, tf.nn.softplus(raw) + 1e-6)
                z = q.sample()
                logits = self.decoder(z, training=True)
                p = tfd.Independent(tfd.Bernoulli(logits=logits), len(work.data_shape))
                prior = tfd.MultivariateNormalDiag(tf.zeros(work.latent_dim))
                reconstruction, kl = p.log_prob(x), q.kl_divergence(prior)
                loss = tf.reduce_mean(kl - reconstruction)
            gradients = tape.gradient(loss, self.trainable_weights)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
            for tracker, value in zip(self.trackers, (loss, reconstruction, kl), strict=True):
                tracker.update_state(value)
            return {tracker.name: tracker.result() for tracker in self.trackers}

        @property
        def metrics(self) -> list[Any]:
            return self.trackers

    model = PlainVAE()
    model.compile(optimizer=keras.optimizers.Adam(RATE))
    networks = (model.encoder, model.decoder)
    turns.ready({"parameters": sum(network.count_params() for network in networks)})
    _fit(model, work, turns)


def vaezoo_weights(work: Work, turns: Turns) -> None:
    """Log-likelihoods by importance weights."""
    model = _vaezoo_model(work)
    x = work.data()[:EXAMPLES]

    def score() -> float:
        return float(model.log_likelihood(x, num_samples=WEIGHTS).mean())

    turns.ready({"log_likelihood": score()})
    for _ in turns.laps():
        score()


def matrix_product(work: Work, turns: Turns) -> None:
    """What the machine can do at best: products of 2048×2048 in float32."""
    import tensorflow as tf

    a = tf.random.normal((2048, 2048))
    multiply = tf.function(lambda: tf.linalg.matmul(a, a))
    multiply()
    products = 4
    turns.ready({"flops": products * 2 * 2048**3})
    for _ in turns.laps():
        for _ in range(products):
            multiply().numpy()


def _vaezoo_model(work: Work) -> Any:
    from vaezoo.models import VAE

    kind: dict[str, Any] = {"name": "mlp", "hidden": work.hidden, "activation": work.activation}
    if work.convolves:
        kind = {"name": "conv", "filters": work.hidden, "dense": DENSE}
    objective: Any = "elbo"
    if work.num_samples > 1:
        objective = {"name": "importance_weighted", "num_samples": work.num_samples}
    return VAE(
        work.data_shape, work.latent_dim, network=kind, objective=objective, seed=0,
        dtype=work.dtype,
    )  # fmt: skip


def _fit(model: Any, work: Work, turns: Turns) -> None:
    import keras

    epochs = turns.laps()

    class Laps(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            next(epochs)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            turns.last = float(logs["loss"])

    x, batch = work.data(), work.batch_size
    model.fit(x, batch_size=batch, epochs=FOREVER, callbacks=[Laps()], verbose=0)


def _products(layer: Any) -> int:
    """Multiplications of a layer, for one example."""
    shape = getattr(getattr(layer, "kernel", None), "shape", ())
    if len(shape) == 2:
        return int(np.prod(shape))
    if len(shape) == 4:
        pixels = (
            layer.output.shape if "Transpose" not in type(layer).__name__ else layer.input.shape
        )
        return int(np.prod(shape) * np.prod(pixels[1:3]))
    return 0


def keras_networks(work: Work) -> tuple[Any, Any]:
    from vaezoo.networks import NETWORKS

    if work.convolves:
        arguments: dict[str, Any] = {"filters": work.hidden, "dense": DENSE}
    else:
        arguments = {"hidden": work.hidden, "activation": work.activation}
    network = NETWORKS["conv" if work.convolves else "mlp"]
    return (
        network.encoder(work.data_shape, (2 * work.latent_dim,), **arguments),
        network.decoder((work.latent_dim,), work.data_shape, **arguments),
    )
