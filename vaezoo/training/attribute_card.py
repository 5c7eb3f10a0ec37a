"""What a card says of attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaezoo._text import in_markdown

_ATTRIBUTES = """

How well single latent dimensions follow the attributes, in posterior means of {num_examples}
{split} examples; means over the attributes are {spearman:.2f} (rank correlation),
{interpretability:.2f} (R² of a line), {sap:.2f} (SAP) and {mig:.2f} (MIG), each 0 to 1:

| attribute | dimension | rank correlation | R² of a line |
|---|---|---|---|
{rows}"""


def attributes(metrics: Mapping[str, Any]) -> str:
    """A table of the attributes, where metrics.json has any.

    Example:
        >>> from vaezoo.training.attribute_card import attributes
        >>> attributes({})
        ''
    """
    if "attributes" not in metrics:
        return ""
    scores = metrics["attributes"]
    columns = ("names", "dimension", "spearman_each", "interpretability_each")
    rows = [
        f"| {in_markdown(name)} | {dimension + 1} | {rank:.2f} | {fit:.2f} |"
        for name, dimension, rank, fit in zip(*(scores[key] for key in columns), strict=True)
    ]
    return _ATTRIBUTES.format(rows="\n".join(rows), **scores)
