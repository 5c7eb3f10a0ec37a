"""The tables of a recipe, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Data:
    """What to train on: arguments of `vaezoo.datasets.load`.

    Attributes:
        name: a data set's name, or the path of the user's own data.
        binarise: "none", "static" or "dynamic".
        image_size: height and width that a folder's images are resized to.
        image_mode: "grey", "rgb" or "rgba", for a folder of images.
        resize: "crop" or "stretch", for a folder of images.
        background: colour behind transparent pixels, for a folder of images.
        labels: the column of your own data that holds labels.
        attributes: columns that hold attributes, or attributes of a named data set, for a model
            that learns from them or whose condition is a vector.
        split_by: a column of groups that stay whole, "folder" or "prefix".
        skip_bad: whether files and rows that cannot be used are left out.
        num_labels: training examples that keep their label; None: all.
        schema: of a table, a .toml; None: it is read from the columns.
        rare: labels of a table that fewer rows have are pooled.
        leave_out: columns of a table that are not to be learned.
        constraints: rules of a table, a .toml, that every row obeys.
        allow_violations: whether rows of the data may break them.
        counts: whether bytes in files of your own are counts, instead of levels 0…255; they are
            for a likelihood of counts.
    """

    name: str
    binarise: str = "none"
    image_size: Any = None
    image_mode: str | None = None
    resize: str = "crop"
    num_labels: Any = None
    counts: bool = False
    background: str = "white"
    labels: str | None = None
    attributes: list[str] = field(default_factory=list)
    split_by: str | None = None
    skip_bad: bool = False
    schema: str | None = None
    rare: Any = 0
    leave_out: list[str] = field(default_factory=list)
    constraints: str | None = None
    allow_violations: bool = False


@dataclass(frozen=True)
class Optimizer:
    """A Keras optimiser and its learning rate.

    Attributes:
        name: a Keras optimiser's name.
        learning_rate: at its highest.
        schedule: "constant"; "cosine", down to zero over all steps; or "cooldown": constant, then
            down to zero over about the last fifth of the epochs, whose number is decided by
            `training.minutes` and `training.patience` while the model is trained.
        warmup_epochs: over which the rate first rises from zero.
        arguments: further ones, passed to the optimiser.
    """

    name: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    warmup_epochs: float = 0.0
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Training:
    """Length and speed of the training. With `jit_compile` it is bit-reproducible, but for the
    number of epochs, if `minutes` decides it.

    Attributes:
        epochs: how many, or at most how many where `minutes` or `patience` decide.
        batch_size: examples per step, of all replicas; less where the data are so few that an
            epoch would have fewer than ten steps.
        jit_compile: whether XLA compiles the training step.
        steps_per_execution: training steps per call of the compiled function.
        augment: changes of each training image, drawn anew in every epoch: "flip", "shift",
            "crop", "rotate", "jitter"; see `vaezoo._model.augmentation`.
        steps_per_epoch: steps of an epoch, of part of the training examples or of several passes
            over them; None: as many as one pass has.
        minutes: that the epochs take, at most; None: no limit. For the schedule "cooldown".
        patience: epochs without an improvement on the validation split after which the learning
            rate falls; None: it does not. For the schedule "cooldown".
    """

    epochs: int = 50
    batch_size: int = 128
    jit_compile: bool = True
    steps_per_execution: int = 32
    augment: list[str] = field(default_factory=list)
    steps_per_epoch: Any = None
    minutes: Any = None
    patience: Any = None


@dataclass(frozen=True)
class Evaluation:
    """How the trained model is evaluated.

    Attributes:
        num_samples: importance samples, for a model with a density.
        max_examples: most test examples, evenly spaced.
        max_scored: how many of these get all the samples; see `vaezoo.evaluation.evaluate`.
            None: as many as `vaezoo.training.measuring.affordable` allows, in minutes.
        seed: decides the samples.
        sampler: of `vaezoo.samplers`, by name or by name and arguments, fitted to the latents
            of the training split: the picture's samples come from it instead of the prior.
    """

    num_samples: int = 5000
    max_examples: int = 10_000
    max_scored: Any = None
    seed: int = 0
    sampler: Any = None


@dataclass(frozen=True)
class Export:
    """What the export contains in addition to the float32 graphs.

    Attributes:
        variants: "fp16", "int8": exported if they lose little accuracy, else listed as refused.
    """

    variants: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reference:
    """A published figure to compare the preset with.

    Attributes:
        what: the model.
        log_likelihood: nats per example, as published: "-84.45 ± 0.12".
        source: who published it, and where.
    """

    what: str
    log_likelihood: str
    source: str
