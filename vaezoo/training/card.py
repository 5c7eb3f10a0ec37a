"""The card of a trained model: what it is, how well it does, how it was trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vaezoo._storage import files
from vaezoo._text import in_markdown
from vaezoo.datasets.base import Dataset
from vaezoo.report.curves import PICTURE
from vaezoo.runtime.conditions import example
from vaezoo.runtime.manifest import Condition
from vaezoo.training.card_figures import figures
from vaezoo.training.recipe import Recipe
from vaezoo.training.recipe_tables import Reference
from vaezoo.world import AgentFacts

_CARD = """# {name}

{summary}

{pictures}{curves}
| | |
|---|---|
| model | {model} |
| data | {data}; binarise = "{binarise}" |
| licence of the data | {licence} |
| source of the data | {source} |
| splits | {splits} |
| seed | {seed} |

## Evaluation
{figures}
{references}
The weights are those of {best}; the test split was not used to choose
them. All figures are in metrics.json.

## Training
```
vaezoo train {recipe} --out {out}
```
{beside}Training took {training:.0f} s, evaluation
{evaluation:.0f} s.

## Use
{use}{agent}
Meant for teaching, comparison and testing. It can only generate what its training data contain,
and inherits their gaps.
"""

_IMAGES = """![Samples above; below, rows of test data, each followed by its reconstructions]\
({picture})

Above: 64 samples, {origin}, seed 0. Below: rows of test data, each followed by its
reconstructions.
"""

_COLUMNS = """![Histograms of columns, real and generated]({picture})

Columns of test data, and of as many draws of p(x|z), {origin}, seed 0.
"""

_CURVES = """
![Loss, ELBO and its parts in each epoch](curves.png)

Training and validation, epoch by epoch; dotted: the highest validation ELBO, where there is one.
"""

_USE = """```python
import vaezoo

model = vaezoo.load("{preset}")
images = model.generate(16{condition}, seed=0)
```"""

_USE_TABLE = """```python
import vaezoo
from vaezoo.tables import TableModel

rows = TableModel(vaezoo.load("{preset}")).generate(16, seed=0)
```"""

_AGENT = """
```
vaezoo world play {preset} -o play.gif
```
lets an agent play {environment} that sees the model's code.{earned}
"""

_ORIGIN = ("z ~ p(z)", "z from a sampler fitted to the latents of the training data")

_BEST = {
    "val_elbo": "the epoch with the highest validation ELBO",
    "val_loss": "the epoch with the lowest validation loss",
    "epoch": "the last epoch",
}


def write_card(
    path: Path,
    recipe: Recipe,
    data: Dataset,
    metrics: Mapping[str, Any],
    *,
    best: str,
    condition: Condition | None = None,
    agent: AgentFacts | None = None,
    published: bool = False,
) -> None:
    """Writes the card, with every figure from `metrics`.

    Args:
        path: of the card, in the folder of the run or of the published preset.
        recipe: that the model was trained by.
        data: that it was trained on.
        metrics: the content of metrics.json.
        best: what the weights were chosen by: "val_elbo", "val_loss" or "epoch", the last one.
        condition: that the model needs, if it does.
        agent: that acts on its code, if there is one.
        published: whether others find the model by its name; a run is found by its folder.
    """
    places = _published(recipe) if published else _run(path.parent)
    with files.replaced_file(path) as temporary:
        text = card(
            recipe, data, metrics, best=best, condition=condition, agent=agent, places=places
        )
        temporary.write_text(text, encoding="utf-8")


def card(
    recipe: Recipe,
    data: Dataset,
    metrics: Mapping[str, Any],
    *,
    best: str,
    condition: Condition | None,
    places: Mapping[str, str],
    agent: AgentFacts | None = None,
) -> str:
    """The text of a card, in Markdown; `places` are what the commands in it name."""
    arguments = {key: value for key, value in recipe.model.items() if key not in ("name", "schema")}
    binary = data.binary or recipe.data.binarise != "none"
    return _CARD.format(
        name=in_markdown(recipe.name),
        summary=in_markdown(recipe.summary or f"A {recipe.model['name']} trained on {data.name}."),
        pictures=(_COLUMNS if len(data.data_shape) == 1 else _IMAGES).format(
            picture="picture.png", origin=_ORIGIN[recipe.evaluation.sampler is not None]
        ),
        model=in_markdown(
            f"{recipe.model['name']}: "
            + ", ".join(f"{key} = {value}" for key, value in arguments.items())
        ),
        data=in_markdown(data.name),
        binarise=recipe.data.binarise,
        licence=in_markdown(data.licence),
        source=in_markdown(data.source),
        splits=in_markdown(data.splits),
        seed=recipe.seed,
        figures=figures(metrics, binary=binary),
        references="".join(
            f"\nPublished elsewhere: {in_markdown(_reference(item))}.\n"
            for item in recipe.references
        ),
        best=_BEST[best],
        use=(_USE if data.schema is None else _USE_TABLE).format(
            preset=places["preset"],
            condition="" if condition is None else f", condition={_literal(example(condition))}",
        ),
        agent="" if agent is None else _agent(agent, places["preset"]),
        **places,
        **metrics["seconds"],
    )


def _agent(agent: AgentFacts, preset: str) -> str:
    earned = ""
    if (found := agent.earned) is not None:
        earned = (
            f" In {found.num_episodes} episodes that it\nwas not fitted on, of {agent.limit} steps "
            f"at most, its mean return is {found.mean:.2f} ± {found.standard_error:.2f}."
        )
    return _AGENT.format(environment=agent.environment, preset=preset, earned=earned)


def _published(recipe: Recipe) -> dict[str, str]:
    """What the commands on a preset's card name: the preset, which others find by its name."""
    name = in_markdown(recipe.name)
    beside = "with the recipe.toml next to this card. "
    places = {"preset": name, "recipe": "recipe.toml", "out": f"runs/{name}", "beside": beside}
    return places | {"curves": ""}


def _run(folder: Path) -> dict[str, str]:
    """What the commands on a run's card name: its folder."""
    out = in_markdown(folder.as_posix())
    places = {"preset": out, "recipe": f"{out}/recipe.toml", "out": out, "beside": ""}
    return places | {"curves": _CURVES if (folder / PICTURE).is_file() else ""}


def _reference(item: Reference) -> str:
    return f"{item.log_likelihood}, {item.what} ({item.source})"


def _literal(value: object) -> str:
    """As Python, with the quotes that formatters use."""
    return json.dumps(value, ensure_ascii=False)
