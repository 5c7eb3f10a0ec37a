"""Exported models on ONNX Runtime: arrays in, arrays out, no TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vaezoo._bounds import Bounds
from vaezoo._checks import check_array, check_codes, positive, warn_of_cross_entropy
from vaezoo._noise import standard_normal
from vaezoo.errors import ConfigError
from vaezoo.metrics import ImportanceWeights
from vaezoo.protocols import NUM_SAMPLES, Array, ArrayLike
from vaezoo.runtime import latents
from vaezoo.runtime.conditions import condition_array
from vaezoo.runtime.graphs import Graphs
from vaezoo.runtime.latent_methods import LatentMethods
from vaezoo.runtime.manifest import Manifest
from vaezoo.runtime.preparation import is_normalised_on
from vaezoo.runtime.scoring import Scorer

if TYPE_CHECKING:
    from onnxruntime import OrtValue

    from vaezoo.runtime.families import ParametricDistribution


class Model(Bounds, LatentMethods):
    """An exported model, with the methods of `vaezoo.protocols.GenerativeModel`: `vaezoo.load`.

    Arrays are float32, batch first; a graph is loaded when first used. Any number of threads may
    call it at once. Another process opens its own sessions, whether it was forked or was sent the
    model.

    Example:
        >>> import vaezoo
        >>> model = vaezoo.load("digits_vae")
        >>> images = model.generate(16, seed=0)  # the same pictures on every machine
        >>> images.shape
        (16, 8, 8, 1)
        >>> q = model.encode(images)
        >>> q.mean().shape, bool((q.stddev() > 0).all()), q.sample(seed=0).shape
        ((16, 8), True, (16, 8))
        >>> model.log_likelihood(images.round(), num_samples=64).shape  # nats, lowest: outliers
        (16,)

    Attributes:
        manifest: its graphs, data and files.
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        device: "cpu" or "cuda".
        variant: of its graphs; None: float32.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        device: str = "cpu",
        *,
        variant: str | None = None,
        num_threads: int | None = None,
        graphs: Graphs | None = None,
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.data_shape = manifest.data_shape
        self.latent_dim = manifest.latent_dim
        self.variant = variant
        self._graphs = graphs or Graphs(folder, manifest, device, variant, num_threads)
        self.device = self._graphs.device

    def __repr__(self) -> str:
        name, shapes = self.manifest.preset, f"data {self.data_shape}, latents ({self.latent_dim},)"
        return f"<vaezoo.runtime.Model {name}: {self.manifest.model}, {shapes}, {self.device}>"

    def encode(self, x: ArrayLike, *, condition: ArrayLike | None = None) -> ParametricDistribution:
        """q(z|x), for x of shape [N, *data_shape]; its parameters by name are `.parameters`.

        Raises:
            DataError: wrong shape, no numbers, not finite, out of the likelihood's range; or no
                valid condition.
            ConfigError: a condition is missing, or the model has none.
        """
        from vaezoo.runtime import distributions

        x = self._data(x)
        parameters = self._graphs.run("encoder", x, *self._conditions(condition, len(x), x))
        return distributions.posterior(self.manifest, parameters)

    def encode_mean(self, x: ArrayLike, *, condition: ArrayLike | None = None) -> Array:
        """The mean of q(z|x), or the point that replaces it, [N, D]. Raises as `encode`."""
        x = self._data(x)
        conditions = self._conditions(condition, len(x), x)
        return self._graphs.run("encoder", x, *conditions, only="mean")["mean"]

    def decode(self, z: ArrayLike, *, condition: ArrayLike | None = None) -> ParametricDistribution:
        """p(x|z), for z of shape [N, D], with its `.parameters` by name. Raises as `encode`."""
        from vaezoo.runtime import distributions

        z = self._z(z)
        parameters = self._graphs.run("decoder", z, *self._conditions(condition, len(z)))
        return distributions.likelihood(self.manifest, parameters)

    def decoder_output(self, z: ArrayLike, name: str) -> Array:
        """One of the parameters of p(x|z), without the work for the others, [N, ...]. Raises as
        `encode`."""
        z = self._z(z)
        conditions = self._conditions(None, len(z))
        return self._graphs.run("decoder", z, *conditions, only=name, alone=True)[name]

    def decode_mean(self, z: ArrayLike, *, condition: ArrayLike | None = None) -> Array:
        """The mean of p(x|z), [N, *data_shape]. Raises as `encode`."""
        z = self._z(z)
        conditions = self._conditions(condition, len(z))
        return self._graphs.run("decoder", z, *conditions, only="mean")["mean"]

    def reconstruct(self, x: ArrayLike, *, condition: ArrayLike | None = None) -> Array:
        """The mean of p(x|z) at the mean of q(z|x), [N, *data_shape]. Raises as `encode`.

        Where labels are latents, the most likely ones replace those that are not given.
        """
        x = self._data(x)
        conditions = self._conditions(condition, len(x), x)
        return self._graphs.run_decoder_after("encoder", "mean", [x], conditions)

    def sample_latents(
        self,
        num: int,
        *,
        condition: ArrayLike | None = None,
        seed: int | None = None,
        source: str | None = None,
    ) -> Array:
        """`num` draws of z, [num, D]: those that `generate` decodes. Arguments as there."""
        graph = latents.source_graph(self._graphs, source)
        if condition is not None:  # checked, whether or not z depends on it
            self._conditions(condition, num)
        if graph in (None, "step"):
            noise = standard_normal(num, self.latent_dim, seed)
            return noise if graph is None else latents.draw_codes(self._graphs, noise)
        takes_condition = self._graphs[graph].takes_condition
        conditions = self._conditions(condition, num) if takes_condition else []
        noises = latents.noise_arrays(self._graphs, graph, num, seed)
        return self._graphs.run(graph, *noises, *conditions)["z"]

    def generate(
        self,
        num: int,
        *,
        condition: ArrayLike | None = None,
        seed: int | None = None,
        source: str | None = None,
    ) -> Array:
        """Means of p(x|z) for `num` draws of z, [num, *data_shape].

        The same seed gives the same noise, and so the same pictures, everywhere.

        Args:
            num: how many.
            condition: of each, or of all.
            seed: decides the noise; None draws new noise each time.
            source: of z: "prior", or "sampler", fitted to the posterior means of data; the
                sampler by default, where the export has one.
        """
        graph = latents.source_graph(self._graphs, source)
        self._graphs.need_memory("decoder", positive("num", num), only="mean")
        if graph in (None, "step"):
            z = self.sample_latents(num, condition=condition, seed=seed, source=source)
            return self.decode_mean(z, condition=condition)
        noises = latents.noise_arrays(self._graphs, graph, num, seed)
        conditions = self._conditions(condition, num)
        return self._graphs.run_decoder_after(graph, "z", noises, conditions)

    def score(
        self, x: ArrayLike, *, noise: ArrayLike | None = None, condition: ArrayLike | None = None
    ) -> Array:
        """log p(x, z) - log q(z|x) for the z made of the noise, nats, [N, K].

        The same numbers as `score` of the Keras model gives for the same noise.

        Args:
            x: data, [N, *data_shape].
            noise: ~ N(0, I), [N, K, `noise_size`]; None where q(z|x) is a point.
            condition: of each example, or of all.

        Raises:
            ConfigError: the export has no such graph, and why.
            DataError: as `encode`, or noise of another shape.
        """
        x = self._data(x)
        return self._scorer.score(x, noise, self._score_conditions(condition, len(x)))

    def importance_weights(
        self,
        x: ArrayLike,
        *,
        num_samples: int = NUM_SAMPLES,
        condition: ArrayLike | None = None,
        seed: int = 0,
        progress: bool = False,
    ) -> ImportanceWeights:
        """The weights p(x, z_k) / q(z_k|x) behind `log_likelihood` and `elbo`.

        Memory does not grow with K = `num_samples`, nor with N, apart from x itself.

        Args:
            x: data, [N, *data_shape].
            num_samples: K, draws of z per example.
            condition: of each example, or of all.
            seed: decides the draws.
            progress: shows a progress bar.

        Raises:
            ConfigError: as `score`, or `num_samples` or `seed` is out of range.
            DataError: as `encode`.
        """
        x = self._data(x)
        conditions = self._score_conditions(condition, len(x))
        if not self.is_normalised_on(x):
            warn_of_cross_entropy(self.manifest.likelihood)
        return self._scorer.weights(x, num_samples, conditions, seed, progress)

    def is_normalised_on(self, x: Array) -> bool:
        """Whether log p(x|z) is a log-likelihood for these values: not of grey levels under
        Bernoulli, where it is a cross-entropy."""
        family = self.manifest.families.get("decoder")
        numbers = {} if family is None else family.numbers
        return is_normalised_on(self.manifest.likelihood, numbers, x)

    def classify(self, x: ArrayLike) -> Array:
        """Probabilities of the labels, [N, classes], where labels are latents.
        Raises as `encode`, and `ConfigError` where they are not."""
        if "classifier" not in self._graphs:
            raise ConfigError(f"{self.manifest.model} has no classifier, as M2 has.")
        return self._graphs.run("classifier", self._data(x))["probabilities"]

    @property
    def noise_size(self) -> int:
        """How many unit normals make one draw of q(z|x) for `score`. Raises `ConfigError`."""
        return sum(self._scorer.noise_sizes)

    @property
    def sources(self) -> list[str]:
        """What `generate` can draw z from: "prior", and "sampler" where one was fitted."""
        return latents.sources(self._graphs)

    def to_device(self, x: Array) -> OrtValue:
        """An array on the model's device, an `onnxruntime.OrtValue`."""
        return self._graphs.to_device(x)

    def decode_on_device(self, z: OrtValue, *, condition: OrtValue | None = None) -> OrtValue:
        """Mean of p(x|z) where everything stays on the device: `OrtValue`s in, and one out.

        Nothing is checked, and a batch is not split: memory is up to the caller.

        Args:
            z: [N, D], float32: `to_device(z)`, or what another model left there.
            condition: as graphs take it, [N, dim] (one-hot labels), for a model that has one.
        """
        return self._graphs.bind("decoder", [z] if condition is None else [z, condition], "mean")

    @property
    def _scorer(self) -> Scorer:
        return Scorer(self._graphs, self.manifest)

    def _data(self, x: ArrayLike) -> Array:
        if self.manifest.preparation is not None:
            self.manifest.preparation.check_bytes(x)
        return check_array(
            x,
            self.data_shape,
            value_range=self.manifest.value_range,
            reason=f"the {self.manifest.likelihood} likelihood",
        )

    def _z(self, z: ArrayLike) -> Array:
        z = check_array(z, (self.latent_dim,), what="z")
        check_codes(z, self.manifest.codebook_size)
        return z

    def _conditions(
        self, condition: ArrayLike | None, num: int, x: Array | None = None
    ) -> list[Array]:
        """The condition as graphs take it, [num, dim]; an empty list for a model without.

        Args:
            condition: as the user gave it.
            num: examples.
            x: the data, from which labels that are latents can be inferred.
        """
        expected = self.manifest.condition
        if expected is None:
            return self._no_condition(condition, "has no condition")
        if condition is None:
            if x is None or "classifier" not in self._graphs:
                raise ConfigError(
                    f"this {self.manifest.model} has a condition ({expected.kind}): give "
                    "condition=."
                )
            condition = self.classify(x).argmax(axis=1)
        return [condition_array(condition, expected, num)]

    def _score_conditions(self, condition: ArrayLike | None, num: int) -> list[Array]:
        if self._scorer.graph.takes_condition:
            return self._conditions(condition, num)
        return self._no_condition(condition, "scores x alone")

    def _no_condition(self, condition: ArrayLike | None, reason: str) -> list[Array]:
        if condition is not None:
            raise ConfigError(f"{self.manifest.model} {reason}: leave condition= out.")
        return []
