"""Small data sets of many kinds, as a user's own files: what the default run is measured on."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from vaezoo import datasets

MOST = 5000
_WHITE = (255, 255, 255, 255)


def _data() -> Path:
    return Path(os.environ["VAEZOO_DATA"])


def _some(name: str) -> np.ndarray:
    """The first examples of a data set's training split, as it is."""
    return np.asarray(datasets.load(name).train[np.arange(MOST)])


def _pictures(archive: str, size: int) -> np.ndarray:
    """Pictures of a .zip over white, in a random order."""
    pictures = []
    with zipfile.ZipFile(_data() / archive) as file:
        for name in sorted(file.namelist()):
            if not name.endswith(".png"):
                continue
            with Image.open(io.BytesIO(file.read(name))) as image:
                over = Image.alpha_composite(
                    Image.new("RGBA", image.size, _WHITE), image.convert("RGBA")
                )
            pictures.append(np.asarray(over.convert("RGB").resize((size, size))))
    return np.stack(pictures)


def _photographs() -> list[tuple[str, np.ndarray]]:
    with zipfile.ZipFile(_data() / "bccd" / "bccd_images.zip") as file:
        names = sorted(file.namelist())
        return [(name, np.asarray(Image.open(io.BytesIO(file.read(name))))) for name in names]


def _cells() -> np.ndarray:
    """Crops of cells, brought to 32 × 32."""
    import csv

    photographs, crops = dict(_photographs()), []
    with open(_data() / "bccd" / "boxes.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            box = [int(float(row[key])) for key in ("xmin", "ymin", "xmax", "ymax")]
            if box[2] - box[0] < 16 or box[3] - box[1] < 16:
                continue
            picture = Image.fromarray(photographs[row["filename"]]).crop(box)
            crops.append(np.asarray(picture.convert("RGB").resize((32, 32))))
    return np.stack(crops)


def _grey_16_bit() -> np.ndarray:
    """Squares of 24 × 24 of photographs, averaged from 48 × 48, as floats from 0 to 65,535."""
    rng, squares = np.random.default_rng(0), []
    for _, picture in _photographs():
        grey = picture.astype(np.float64).mean(axis=2) * 257
        for _ in range(10):
            top, left = rng.integers(0, np.array(grey.shape) - 48)
            square = grey[top : top + 48, left : left + 48]
            squares.append(square.reshape(24, 2, 24, 2).mean(axis=(1, 3)))
    return np.round(np.stack(squares)).astype(np.float32)


def _sensors() -> np.ndarray:
    """Twelve sensors in units from 1e-3 to 1e3, twenty readings each, of two damped waves."""
    rng, num = np.random.default_rng(1), 3000
    time = np.arange(20) / 20
    phase, rate, decay = (rng.uniform(0, top, (num, 2, 1)) for top in (6.3, 4.0, 3.0))
    waves = np.exp(-decay * time) * np.sin(6.3 * (1 + rate) * time + phase)
    mixed = np.einsum("sw,nwt->nst", rng.normal(size=(12, 2)), waves)
    units = np.logspace(-3, 3, 12)[:, None]
    noisy = np.tanh(mixed) + 0.05 * rng.normal(size=mixed.shape)
    return (units * noisy + 5 * units).astype(np.float32)


def _spectra() -> np.ndarray:
    """500 channels with three peaks each that move, and a sloping ground."""
    rng, num = np.random.default_rng(2), 2500
    place = np.linspace(0, 1, 500)
    centre = np.array([0.2, 0.5, 0.8]) + rng.normal(0, 0.03, (num, 3))
    width, height = rng.uniform(0.01, 0.04, (num, 3)), rng.gamma(3.0, 1.0, (num, 3))
    peaks = height[..., None] * np.exp(-(((place - centre[..., None]) / width[..., None]) ** 2))
    ground = rng.uniform(0, 1, (num, 1)) + rng.uniform(-1, 1, (num, 1)) * place
    return (peaks.sum(axis=1) + ground + 0.05 * rng.normal(size=(num, 500))).astype(np.float32)


def _counts() -> np.ndarray:
    """Counts of 60 kinds of things: mixtures of six profiles, in bags of 20 to 400."""
    rng, num = np.random.default_rng(3), 3000
    profiles = rng.dirichlet(np.full(60, 0.1), 6)
    shares = rng.dirichlet(np.full(6, 0.3), num)
    return rng.poisson(rng.uniform(20, 400, (num, 1)) * shares @ profiles).astype(np.float32)


def _binary() -> np.ndarray:
    """100 answers of yes and no, each of which follows from five traits and their products."""
    rng, num = np.random.default_rng(4), 4000
    traits = rng.normal(size=(num, 5))
    products = np.einsum("ni,nj->nij", traits, traits).reshape(num, 25)
    logits = traits @ rng.normal(0, 1.5, (5, 100)) + products @ rng.normal(0, 0.5, (25, 100))
    return rng.random((num, 100)) < 1 / (1 + np.exp(-logits))


def _table(name: str) -> Callable[[], np.ndarray]:
    def load() -> np.ndarray:
        import sklearn.datasets

        table = getattr(sklearn.datasets, f"load_{name}")().data
        return np.random.default_rng(0).permutation(np.asarray(table, np.float64))

    return load


SETS: dict[str, tuple[str, Callable[[], np.ndarray]]] = {
    "digits": ("grey digits, 8 × 8", lambda: _some_digits()),
    "mnist": ("grey digits, 28 × 28", lambda: _some("mnist")),
    "fashion": ("grey clothes, 28 × 28", lambda: _some("fashion_mnist")),
    "omniglot": ("characters, 28 × 28", lambda: _some("omniglot")),
    "sprites": ("colour sprites, 32 × 32", lambda: _pictures("dcss_tiles/dcss_tiles_32.zip", 32)),
    "emoji": ("colour emoji, 32 × 32", lambda: _pictures("noto_emoji/noto_emoji_72.zip", 32)),
    "cells": ("colour cells, 32 × 32", _cells),
    "grey_16_bit": ("16-bit microscopy, 24 × 24", _grey_16_bit),
    "sensors": ("sensors in their units, 12 × 20", _sensors),
    "spectra": ("spectra of 500 channels", _spectra),
    "counts": ("counts of 60 things", _counts),
    "binary": ("100 yes-or-no answers", _binary),
    "iris": ("table of 4 columns, 150 rows", _table("iris")),
    "wine": ("table of 13 columns, 178 rows", _table("wine")),
    "breast_cancer": ("table of 30 columns, 569 rows", _table("breast_cancer")),
    "emoji_64": ("colour emoji, 64 × 64", lambda: _pictures("noto_emoji/noto_emoji_72.zip", 64)),
}


def _some_digits() -> np.ndarray:
    data = datasets.load("digits")
    return np.concatenate([np.asarray(getattr(data, s)) for s in ("train", "validation", "test")])
