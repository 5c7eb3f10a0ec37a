"""A sampler by name, fitted to latents."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

import numpy as np

from vaezoo._checks import check_seed, positive
from vaezoo._core.calls import call
from vaezoo._core.components import naming_errors, resolve
from vaezoo._model.base import LatentVariableModel
from vaezoo.datasets.base import Dataset
from vaezoo.errors import ConfigError, DataError
from vaezoo.evaluation import examples, sample_posterior
from vaezoo.protocols import ArrayLike, Spec
from vaezoo.samplers.base import Sampler
from vaezoo.samplers.by_label import fit_by_label
from vaezoo.samplers.flow import fit_flow
from vaezoo.samplers.hypersphere import fit_hypersphere
from vaezoo.samplers.mixture import fit_mixture
from vaezoo.samplers.two_stage import fit_two_stage

SAMPLERS: dict[str, Callable[..., Sampler]] = {
    "mixture": fit_mixture,
    "flow": fit_flow,
    "two_stage": fit_two_stage,
    "hypersphere": fit_hypersphere,
}
_MOST_LATENTS = 60_000
_BATCH = 1024
_NOISE = 64  # latents that stand for others when arguments are checked


def fit_sampler(name: Spec, z: ArrayLike, *, seed: int = 0, **arguments: object) -> Sampler:
    """A sampler of latents distributed as z.

    Args:
        name: of `SAMPLERS`: "mixture", "flow", "two_stage" or "hypersphere"; or a mapping of the
            name and arguments, as in a recipe.
        z: latents, [N, D], such as those of `vaezoo.evaluation.sample_posterior`.
        seed: decides what is random in the fit; networks take theirs from
            `keras.utils.set_random_seed`.
        arguments: the sampler's own.

    Raises:
        UnknownNameError: no such sampler.
        DataError: z is not [N, D] with N of 2 or more, or not finite.
        ConfigError: the arguments do not fit.

    Example:
        >>> import numpy as np
        >>> from vaezoo import samplers
        >>> z = np.random.default_rng(0).normal(size=(100, 2))
        >>> sampler = samplers.fit_sampler("mixture", z, num_components=2)
        >>> sampler.from_noise(np.zeros((5, sampler.noise_dim), np.float32)).shape
        TensorShape([5, 2])
    """
    fit, more, what = resolve("sampler", name, SAMPLERS)
    z = np.asarray(z, np.float32)
    if z.ndim != 2 or len(z) < 2 or not np.isfinite(z).all():
        raise DataError(
            f"latents have shape {list(z.shape)}: expected [N, D], finite, with N of 2 or more."
        )
    try:
        sampler: Sampler = call(what, fit, z, check_seed(seed), **more, **arguments)
    except np.linalg.LinAlgError as error:
        raise ConfigError(f"{what}: {error}") from None
    return sampler


def check_sampler(name: Spec, latent_dim: int) -> None:
    """Finds what `fit_sampler` would refuse, before there are latents: fits noise, briefly.

    Raises:
        UnknownNameError: no such sampler.
        ConfigError: the arguments do not fit.
    """
    fit, more, what = resolve("sampler", name, SAMPLERS)
    if not more:
        return
    if "epochs" in more:
        with naming_errors(what):
            positive("epochs", more["epochs"])
    known = inspect.signature(fit).parameters
    quick = {"epochs": 1} if "epochs" in known else {}
    noise = np.random.default_rng(0).standard_normal((_NOISE, latent_dim), np.float32)
    fit_sampler({**more, **quick, "name": _name(name)}, noise)


def _name(spec: Spec) -> object:
    return spec if isinstance(spec, str) else spec["name"]


def fit_to_model(
    name: Spec, model: LatentVariableModel, data: Dataset, *, seed: int = 0
) -> Sampler:
    """A sampler fitted to a model's latents of the training split; of p(x|c) with labels c, one
    for each label. Raises as `fit_sampler`, and `DataError` where a label has too few examples."""
    x, condition = examples(model, data, "train", _MOST_LATENTS)
    z = sample_posterior(model, x, condition, batch_size=_BATCH)
    fit = functools.partial(fit_sampler, name, seed=seed)
    labels = model.condition
    if condition is None or labels is None or labels.kind != "labels" or model.sums_out_condition:
        return fit(z)
    return fit_by_label(fit, z, condition, labels.dim)
