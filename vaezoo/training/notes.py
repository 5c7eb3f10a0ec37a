"""What is found in the user's own data before training, said on stderr."""

from __future__ import annotations

from rich.console import Console

from vaezoo.datasets.base import Dataset
from vaezoo.datasets.near_duplicates import near_duplicates, worth_looking

_SHOWN = 3


def show_notes(data: Dataset) -> None:
    """What reading the data noticed, and near-copies across their splits."""
    console = Console(stderr=True, highlight=False)
    notes = [f"Note: {text}" for text in data.notes]
    if data.row_names:
        notes += _copies(data)
    for text in notes:
        console.print(text, markup=False, soft_wrap=True)


def _copies(data: Dataset) -> list[str]:
    """A warning where validation or test examples have near-copies among the training examples."""
    if not worth_looking(data):
        return ["Note: near-copies across splits were not looked for: there are too many examples."]
    found = [pair for pair in near_duplicates(data) if pair.other_split == "train"]
    if not found:
        return []
    first = min(found, key=lambda pair: pair.distance)
    counts = ", ".join(
        f"{sum(pair.split == split for pair in found)} of {len(getattr(data, split))} {split}"
        for split in ("validation", "test")
    )
    one = data.row_names[first.split][first.row]
    other = data.row_names["train"][first.other_row]
    return [
        f"Warning: {counts} examples have near-copies among the training examples (such as {one} "
        f"and {other}): figures on them are too good; --split-by keeps groups in one split."
    ]
