"""Trains every model on the digits with its default arguments, and prints one table.

    python benchmarks/family.py [NAME ...]

Writes benchmarks/results/family.json after each model, so that an interrupted run can be resumed;
with names, trains only these (again). --docs rewrites the table in docs/benchmarks/digits.md.
"""

from __future__ import annotations

import functools
from typing import Any

import digits
from report import report

from vaezoo.evaluation import evaluate
from vaezoo.models import MODELS

EPOCHS, SAMPLES = 80, 500
# Why a model is over 3 nats below the plain VAE on the same data, or not comparable with it.
REASONS = {
    **dict.fromkeys(
        ("CVAE", "ConditionalPriorVAE"), "given the label: log p(x\\|label), not comparable"
    ),
    "BetaVAE": "beta = 4 weighs the KL term, so z carries less information",
    **dict.fromkeys(
        ("VQVAE", "RQVAE", "FSQVAE"),
        "its codes are deterministic: the loss does not penalise their rate",
    ),
    "CapacityVAE": "its capacity reaches 25 nats after 100,000 steps, only 0.4 after these 1,600",
}


def measure(name: str) -> dict[str, Any]:
    """Trains and measures one model."""
    trained = digits.train(name, EPOCHS)
    figures = evaluate(
        trained.model, trained.x["test"], trained.condition["test"], num_samples=SAMPLES
    )
    figures.pop("kl_per_dimension", None)
    return {"data": trained.data, **figures, "seconds": trained.seconds}


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""

    def figure(result: dict[str, Any], key: str) -> str:
        if key not in result:
            return "none"
        value = result[key]
        return f"{value['mean']:.2f} ± {value['standard_error']:.2f}".replace("-", "−")

    lines = [
        "| model | data | ELBO | log-likelihood | KL | active units | seconds | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in filter(results.__contains__, MODELS):
        result = results[name]
        units = f"{result['active_units']} of {result['latent_dim']}"
        cells = [name, result["data"], *(figure(result, k) for k in ("elbo", "log_likelihood"))]
        if "codebook_usage" in result:
            cells[-1] = "the ELBO"
        if result["data"] == "8 bits":
            cells[-1] += f" ({result['bits_per_dimension']['mean']:.2f} bits per pixel)"
        cells += [figure(result, "kl"), units, f"{result['seconds']:.0f}", REASONS.get(name, "")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    report("family", __doc__, MODELS, functools.partial(digits.each, measure), table)
