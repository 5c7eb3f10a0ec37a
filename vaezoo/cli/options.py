"""What several commands share."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vaezoo.errors import ConfigError, missing_extra


def need(extra: str, package: str, purpose: str) -> None:
    """Raises `MissingExtraError` where `package` is not installed."""
    if importlib.util.find_spec(package) is None:
        raise missing_extra(extra, package, purpose)


def need_tensorflow(purpose: str) -> None:
    """Raises `MissingExtraError` where TensorFlow is not installed; else quietens its start."""
    for package in ("tensorflow", "keras", "tensorflow_probability"):
        need("train", package, purpose)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def saver(out: Path) -> Callable[[Any, Callable[[Any], Any]], None]:
    """Writes arrays to `out`: as .npy, or as .png by way of a function that draws them.

    Raises:
        ConfigError: `out` is neither.
    """
    if out.suffix not in (".png", ".npy"):
        raise ConfigError(f"{out}: expected a name that ends in .png or .npy.")

    def save(x: Any, draw: Callable[[Any], Any]) -> None:
        from vaezoo import files, images

        if out.suffix == ".png":
            images.save_png(out, draw(x))
        else:
            import numpy as np

            with files.replaced_file(out) as temporary:
                np.save(temporary, x)

    return save


def figures(metrics: Mapping[str, Any]) -> str:
    """The figures of metrics.json in a few lines."""
    num_samples = metrics["log_likelihood"]["num_samples"]
    lines = [f"on {metrics['num_examples']} test examples, nats per example ± standard error:"]
    for key, meaning in (
        ("elbo", "ELBO"),
        ("reconstruction", "  reconstruction"),
        ("kl", "  KL"),
        ("log_likelihood", f"log-likelihood, {num_samples} importance samples"),
    ):
        value = metrics[key]
        error = value["standard_error"]
        spread = "" if error is None else f" ± {error:.2f}"
        lines.append(f"  {meaning:45s} {value['mean']:9.2f}{spread}")
    lines.append(f"  active units {metrics['active_units']} of {metrics['latent_dim']}")
    return "\n".join(lines)
