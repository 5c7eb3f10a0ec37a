"""The contenders that are PyTorch: a loop by hand, and pythae."""

from __future__ import annotations

import itertools
import time
from typing import Any

import numpy as np
from contenders import DENSE, EXAMPLES, FOREVER, RATE, WEIGHTS, Work
from turns import Turns


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
    for _ in turns.laps():
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
    epochs = turns.laps()

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
        trainer.callback_handler.callbacks = [Laps()]  # no progress bars
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
    for _ in turns.laps():
        score(best)


def _channels_first(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim == 4 else x


def _pythae_dataset(x: np.ndarray) -> Any:
    import torch
    from pythae.data.datasets import BaseDataset

    return BaseDataset(torch.from_numpy(x), torch.zeros(len(x)))


def _torch_networks(work: Work) -> tuple[Any, Any]:
    """What `contenders.keras_networks` gives, from and to [B, channels, height, width]."""
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
