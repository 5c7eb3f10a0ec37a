"""Draws docs/images/contact_sheet.png from published exports: samples, a latent plane, test images.

    python docs/contact_sheet.py

Needs no TensorFlow; reconstructions are of Fashion-MNIST's test images, loaded by name.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import vaezoo
from vaezoo import datasets

OUT = Path(__file__).parent / "images" / "contact_sheet.png"
SIDE, ROWS, COLUMNS = 28, 8, 8  # of a tile, in pixels; tiles of a panel
SCALE, GAP, CAPTION, SEED = 2, 24, 34, 0
PAPER, INK = (255, 255, 255), (90, 90, 90)


def samples(name: str, **arguments: object) -> np.ndarray:
    return vaezoo.load(name).generate(ROWS * COLUMNS, seed=SEED, **arguments)


def plane(name: str) -> np.ndarray:
    """p(x|z) over a grid of quantiles of N(0, I), for a model with two latent dimensions."""
    ticks = np.linspace(-1.8, 1.8, ROWS, dtype=np.float32)
    z = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    return vaezoo.load(name).decode_mean(z)


def pairs(name: str, data: str) -> np.ndarray:
    """Rows of test images, each above the row of their reconstructions."""
    x = datasets.as_float(datasets.load(data).test[: ROWS * COLUMNS // 2])
    rows = (each.reshape(-1, 1, COLUMNS, *each.shape[1:]) for each in (x, reconstructed(name, x)))
    return np.concatenate(list(rows), axis=1).reshape(-1, *x.shape[1:])


def reconstructed(name: str, x: np.ndarray) -> np.ndarray:
    return vaezoo.load(name).reconstruct(x)


def panel(images: np.ndarray) -> Image.Image:
    """Grey tiles without borders, enlarged."""
    tiles = images.reshape(ROWS, COLUMNS, SIDE, SIDE).transpose(0, 2, 1, 3)
    pixels = np.uint8(255 * np.clip(tiles.reshape(ROWS * SIDE, COLUMNS * SIDE), 0, 1))
    size = (COLUMNS * SIDE * SCALE, ROWS * SIDE * SCALE)
    return Image.fromarray(255 - pixels).resize(size, Image.Resampling.LANCZOS)


def main() -> None:
    labels = np.repeat(np.arange(ROWS), COLUMNS)
    panels = {
        "mnist_vamp: samples": samples("mnist_vamp"),
        "mnist_cvae: one class per row": samples("mnist_cvae", condition=labels),
        "mnist_vae_2d: its two latent dimensions": plane("mnist_vae_2d"),
        "fashion_hvae: samples": samples("fashion_hvae"),
        "fashion_vaegan: test rows, reconstructions": pairs("fashion_vaegan", "fashion_mnist"),
        "omniglot_vae: samples": samples("omniglot_vae"),
    }
    width, height = COLUMNS * SIDE * SCALE + GAP, ROWS * SIDE * SCALE + CAPTION + GAP
    sheet = Image.new("RGB", (3 * width + GAP, 2 * height + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (caption, images) in enumerate(panels.items()):
        x, y = GAP + index % 3 * width, GAP + index // 3 * height
        sheet.paste(panel(images), (x, y + CAPTION))
        draw.text((x, y + 4), caption, INK, ImageFont.load_default(20))
    sheet.convert("L").quantize(32).save(OUT, optimize=True)


if __name__ == "__main__":
    main()
