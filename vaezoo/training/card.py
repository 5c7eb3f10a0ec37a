"""The card of a trained model: what it is, how it was made, how good it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vaezoo import datasets, files
from vaezoo.training.recipe import Recipe

_CARD = """# {name}

{summary}

![Samples above; data and reconstructions in pairs of rows below]({picture})

Above: 64 samples, z ~ p(z), seed 0. Below: pairs of rows, test data and reconstructions.

| | |
|---|---|
| model | {model} |
| data | {data}; binarise = "{binarise}" |
| licence of the data | {licence} |
| source of the data | {source} |
| splits | {splits} |
| seed | {seed} |

## How good it is
On {num_examples} test examples, nats per example, ± standard error over the examples:

| ELBO | = reconstruction | − KL | {likelihood}, {num_samples} importance samples | active units |
|---|---|---|---|---|
| {elbo} | {reconstruction} | {kl} | {log_likelihood} | {active_units} of {latent_dim} |

The weights are those of the epoch with the best validation ELBO; nothing was chosen on the
test split. All figures are in metrics.json.

## How it was made
```
vaezoo train recipe.toml --out runs/{name}
```
with the recipe.toml beside this card. Training took {training:.0f} s and evaluation
{evaluation:.0f} s.

## Use
```python
import vaezoo

model = vaezoo.load("{name}")  # or the folder of the run or export
images = model.generate(16, seed=0)
```
Made for teaching, comparison and testing. It draws what its training data hold, with their
gaps, and nothing else.
"""


def write_card(path: Path, recipe: Recipe, data: datasets.Dataset, metrics: dict[str, Any]) -> None:
    """Writes the card, every figure of it from `metrics`."""

    def figure(key: str) -> str:
        value = metrics[key]
        error = value["standard_error"]
        return f"{value['mean']:.2f}" + ("" if error is None else f" ± {error:.2f}")

    names = ("elbo", "reconstruction", "kl", "log_likelihood")
    arguments = {key: value for key, value in recipe.model.items() if key != "name"}
    text = _CARD.format(
        name=recipe.name,
        summary=recipe.summary or f"A {recipe.model['name']} trained on {data.name}.",
        picture="picture.png",
        model=f"{recipe.model['name']}: "
        + ", ".join(f"{key} = {value}" for key, value in arguments.items()),
        data=data.name,
        binarise=recipe.data.binarise,
        licence=data.licence,
        source=data.source,
        splits=data.splits,
        seed=recipe.seed,
        likelihood="log-likelihood" if metrics["normalised"] else "cross-entropy, no likelihood",
        num_samples=metrics["log_likelihood"]["num_samples"],
        **{name: figure(name) for name in names},
        **{key: metrics[key] for key in ("num_examples", "active_units", "latent_dim")},
        **metrics["seconds"],
    )
    with files.replaced_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
