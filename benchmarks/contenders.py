"""The same VAE in vaezoo, plain Keras, plain PyTorch and pythae, which train in turn."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from turns import Turns

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

FOREVER, RATE = 10**6, 1e-3


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


DENSE = 256  # width of the dense layer of convolutional networks


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
            self.encoder, self.decoder = _keras_networks(work)
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
            slopes = tape.gradient(loss, self.trainable_weights)
            self.optimizer.apply_gradients(zip(slopes, self.trainable_weights, strict=True))
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


def pytorch(work: Work, turns: Turns) -> None:
    """A loop by hand, data in one tensor."""
    import torch
    from torch.nn import functional

    torch.manual_seed(0)
    encoder, decoder = _torch_networks(work)
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.Adam(weights, lr=RATE, eps=1e-7)
    x_train = torch.from_numpy(_channels_first(work.data()))
    turns.ready({"parameters": sum(weight.numel() for weight in weights)})
    for _ in _epochs(turns):
        total = torch.zeros(())
        for rows in torch.randperm(len(x_train)).split(work.batch_size):
            x = x_train[rows]
            mean, raw = encoder(x).chunk(2, dim=-1)
            scale = functional.softplus(raw) + 1e-6
            noise = torch.randn(work.num_samples, *mean.shape)
            z = mean + scale * noise
            logits = decoder(z.flatten(0, 1)).reshape(work.num_samples, len(x), -1)
            pixels = x.flatten(1).expand_as(logits)
            error = functional.binary_cross_entropy_with_logits(logits, pixels, reduction="none")
            reconstruction = -error.sum(-1)
            if work.num_samples == 1:
                kl = (0.5 * (mean**2 + scale**2 - 1) - scale.log()).sum(-1)
                loss = (kl - reconstruction).mean()
            else:
                ratio = (0.5 * (noise**2 - z**2) + scale.log()).sum(-1)
                loss = -(torch.logsumexp(reconstruction + ratio, 0)).mean()
                loss = loss + np.log(work.num_samples)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        turns.last = float(total) / work.steps


def pythae(work: Work, turns: Turns) -> None:
    """Its VAE, with networks of ours, in its trainer."""
    import tempfile

    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    model = pythae_model(work)
    epochs = _epochs(turns)

    class Laps(TrainingCallback):
        def on_epoch_begin(self, training_config: Any, **kwargs: Any) -> None:
            next(epochs)

        def on_log(self, training_config: Any, logs: Any, **kwargs: Any) -> None:
            turns.last = float(logs["train_epoch_loss"])

    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=FOREVER,
            per_device_train_batch_size=work.batch_size,
            learning_rate=RATE,
            optimizer_cls="Adam",
            keep_best_on_train=True,
            no_cuda=True,
        )
        data = _channels_first(work.data())
        trainer = BaseTrainer(model, _pythae_dataset(data), training_config=config)
        trainer.prepare_training()
        silent = [Laps()]
        trainer.callback_handler.callbacks = silent
        trainer._setup_callbacks = lambda: None
        turns.ready({"parameters": sum(weight.numel() for weight in model.parameters())})
        trainer.train()


def pythae_model(work: Work) -> Any:
    """pythae's VAE with the networks of `work`."""
    import torch
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder

    first, second = _torch_networks(work)

    class Encoder(BaseEncoder):
        def __init__(self) -> None:
            BaseEncoder.__init__(self)
            self.network = first

        def forward(self, x: Any) -> Any:
            mean, log_variance = self.network(x).chunk(2, dim=-1)
            return ModelOutput(embedding=mean, log_covariance=log_variance)

    class Decoder(BaseDecoder):
        def __init__(self) -> None:
            BaseDecoder.__init__(self)
            self.network = second

        def forward(self, z: Any) -> Any:
            return ModelOutput(reconstruction=torch.sigmoid(self.network(z)))

    shape = _channels_first(np.zeros((1, *work.data_shape), np.float32)).shape[1:]
    config = VAEConfig(input_dim=shape, latent_dim=work.latent_dim, reconstruction_loss="bce")
    return VAE(config, encoder=Encoder(), decoder=Decoder())


EXAMPLES, WEIGHTS = 64, 5000  # of a turn of evaluation


def vaezoo_weights(work: Work, turns: Turns) -> None:
    """Log-likelihoods by importance weights."""
    model = _vaezoo_model(work)
    x = work.data()[:EXAMPLES]

    def score() -> float:
        return float(model.log_likelihood(x, WEIGHTS).mean())

    turns.ready({"log_likelihood": score()})
    _repeat(score, turns)


def pythae_weights(work: Work, turns: Turns) -> None:
    """The same with pythae, of the batch sizes with the one that is fastest here."""
    import torch

    model = pythae_model(work).eval()
    x = torch.from_numpy(_channels_first(work.data()[:EXAMPLES]))

    def score(batch_size: int, num: int = EXAMPLES) -> float:
        with torch.no_grad():
            return float(model.get_nll(x[:num], n_samples=WEIGHTS, batch_size=batch_size))

    def seconds(batch_size: int) -> float:
        start = time.perf_counter()
        score(batch_size, 8)
        return time.perf_counter() - start

    best = min((100, 250, 500, 1000, 2500, 5000), key=lambda size: min(map(seconds, 3 * [size])))
    turns.ready({"log_likelihood": score(best), "batch_size": best})
    _repeat(lambda: score(best), turns)


def _repeat(score: Callable[[], float], turns: Turns) -> None:
    for _ in _epochs(turns):
        score()


def matrix_product(work: Work, turns: Turns) -> None:
    """What the machine can do at best: seconds of one product of 2048×2048 in float32."""
    import tensorflow as tf

    a = tf.random.normal((2048, 2048))
    multiply = tf.function(lambda: tf.linalg.matmul(a, a))
    multiply()
    turns.ready({"flops": 2 * 2048**3})
    while True:
        turns.wait()
        start = time.perf_counter()
        for _ in range(4):
            multiply().numpy()
        turns.done((time.perf_counter() - start) / 4)


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


def _epochs(turns: Turns) -> Iterator[int]:
    """Waits for a turn; the time until the next is asked for is its."""
    for epoch in itertools.count():
        turns.wait()
        start = time.perf_counter()
        yield epoch
        turns.done(time.perf_counter() - start)


def _fit(model: Any, work: Work, turns: Turns) -> None:
    import keras

    epochs = _epochs(turns)

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


def _keras_networks(work: Work) -> tuple[Any, Any]:
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


def _channels_first(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim == 4 else x


def _pythae_dataset(x: np.ndarray) -> Any:
    import torch
    from pythae.data.datasets import BaseDataset

    return BaseDataset(torch.from_numpy(x), torch.zeros(len(x)))


def _torch_networks(work: Work) -> tuple[Any, Any]:
    """What `_keras_networks` gives, from and to [B, channels, height, width]."""
    from torch import nn

    class Gated(nn.Module):
        def __init__(self, width: int, out: int) -> None:
            super().__init__()
            self.linear, self.gate = nn.Linear(width, out), nn.Linear(width, out)

        def forward(self, x: Any) -> Any:
            return self.linear(x) * self.gate(x).sigmoid()

    def dense(widths: list[int]) -> Any:
        layers: list[Any] = []
        for width, out in itertools.pairwise(widths[:-1]):
            gated = work.activation == "gated"
            layers += [Gated(width, out)] if gated else [nn.Linear(width, out), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(*widths[-2:]))

    if not work.convolves:
        (values,) = work.data_shape
        encoder = dense([values, *work.hidden, 2 * work.latent_dim])
        return encoder, dense([work.latent_dim, *work.hidden, values])
    height, width, channels = work.data_shape
    size, last = 2 ** len(work.hidden), work.hidden[-1]
    smallest = (last, height // size, width // size)
    layers: list[Any] = []
    for seen, out in itertools.pairwise([channels, *work.hidden]):
        layers += [nn.Conv2d(seen, out, 3, 2, padding=1), nn.ReLU()]
    flat = int(np.prod(smallest))
    layers += [
        nn.Flatten(),
        nn.Linear(flat, DENSE),
        nn.ReLU(),
        nn.Linear(DENSE, 2 * work.latent_dim),
    ]
    encoder = nn.Sequential(*layers)
    layers = [nn.Linear(work.latent_dim, DENSE), nn.ReLU(), nn.Linear(DENSE, flat), nn.ReLU()]
    layers.append(nn.Unflatten(1, smallest))
    for seen, out in itertools.pairwise([*reversed(work.hidden), work.hidden[0]]):
        layers += [nn.ConvTranspose2d(seen, out, 3, 2, padding=1, output_padding=1), nn.ReLU()]
    return encoder, nn.Sequential(*layers, nn.Conv2d(work.hidden[0], channels, 3, padding=1))
