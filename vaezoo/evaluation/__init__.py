"""A model and data -> figures."""

from vaezoo import _training  # noqa: F401
from vaezoo.evaluation.examples import conditions, examples, given
from vaezoo.evaluation.figures import evaluate
from vaezoo.evaluation.posterior import sample_posterior
from vaezoo.evaluation.values import per_example

__all__ = ["conditions", "evaluate", "examples", "given", "per_example", "sample_posterior"]
