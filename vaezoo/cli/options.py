"""What several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vaezoo.errors import ConfigError


def need_tensorflow() -> None:
    """Raises `MissingExtraError` where TensorFlow is not installed; else quietens its start."""
    from vaezoo import _training  # noqa: F401

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
    lines = [f"on {metrics['num_examples']} test examples, ± standard error:"]
    if "elbo" in metrics:
        num_samples = metrics["log_likelihood"]["num_samples"]
        lines += [
            _line(metrics, "elbo", "ELBO, nats per example"),
            _line(metrics, "reconstruction", "  reconstruction"),
            _line(metrics, "kl", "  KL"),
            _line(metrics, "log_likelihood", f"log-likelihood, {num_samples} importance samples"),
        ]
        if not metrics["normalised"]:
            lines.append(
                "  not a likelihood: the data have values on which this one is not normalised"
            )
    if "mean_squared_error" in metrics:
        lines.append(_line(metrics, "mean_squared_error", "squared error of reconstructions", 4))
    lines.append(f"  active units {metrics['active_units']} of {metrics['latent_dim']}")
    return "\n".join(lines)


def _line(metrics: Mapping[str, Any], key: str, meaning: str, digits: int = 2) -> str:
    value = metrics[key]
    error = value["standard_error"]
    spread = "" if error is None else f" ± {error:.{digits}f}"
    return f"  {meaning:45s} {value['mean']:9.{digits}f}{spread}"
