"""Blood cells, cut out of photographs through a microscope."""

from __future__ import annotations

import csv
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vaezoo.datasets.archives import check_hash, read_zip
from vaezoo.datasets.base import Dataset
from vaezoo.datasets.files import damaged, fetch, local_folder
from vaezoo.datasets.near_copies import split_by_group
from vaezoo.protocols import Array

LICENCE = "MIT"

_COMMIT = "d272fb14cdff6e473fafeeeba32aba5f560e9e43"
# Hosts that answer themselves, instead of redirecting.
URL = f"https://codeload.github.com/Shenggan/BCCD_Dataset/zip/{_COMMIT}"
BOXES_URL = f"https://raw.githubusercontent.com/Shenggan/BCCD_Dataset/{_COMMIT}/test.csv"
FOLDER, FILE, BOXES = "bccd", "bccd_images.zip", "boxes.csv"
# SHA-256 of the photographs' files, one after the other by name: decoders differ in pixels. And
# of the table.
HASH = "5ef0842d0564053c5a6d2f867447839948106d6ad8b53e21c476d8946013062b"
BOXES_HASH = "e4654a96bcc3fd5217088ced6227b6ac379c93d624a9515f6fa1e1fbbb069e42"

KINDS = ("Platelets", "RBC", "WBC")
SIZE = 32


class Box(NamedTuple):
    """A cell in a photograph: its kind, and the corners in pixels."""

    kind: int
    left: int
    right: int
    top: int
    bottom: int


def load() -> Dataset:
    """Platelets, red and white blood cells, 32×32, uint8 [N, 32, 32, 3]: 3,910 / 488 / 488."""
    boxes = fetch(FOLDER, _boxes_file(), BOXES_URL, _read_boxes)
    images = fetch(FOLDER, FILE, URL, lambda path: _read(path, boxes))
    photographs = np.repeat(np.arange(len(boxes)), [len(each) for each in boxes.values()])
    kinds = np.array([box.kind for each in boxes.values() for box in each])
    rows = split_by_group(photographs)
    return Dataset(
        "cells",
        **{split: images[i] for split, i in rows.items()},
        licence=LICENCE,
        source="BCCD, https://github.com/Shenggan/BCCD_Dataset",
        splits=(
            "80 / 10 / 10 percent of one fixed permutation of the 364 photographs; each cell is a "
            "square around its box, moved into the photograph and averaged to 32×32, so that its "
            "size in the photograph is lost"
        ),
        labels={split: kinds[i] for split, i in rows.items()},
        label_names=KINDS,
    )


def _boxes_file() -> str:
    folder = local_folder()
    return BOXES if folder and (folder / FOLDER / BOXES).is_file() else "test.csv"


def _read_boxes(path: Path) -> Mapping[str, Sequence[Box]]:
    """Boxes by the photograph's file; two of them are empty, and left out."""
    check_hash(path, "its bytes", path.read_bytes(), BOXES_HASH)
    boxes: defaultdict[str, list[Box]] = defaultdict(list)
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            corners = (int(row[key]) for key in ("xmin", "xmax", "ymin", "ymax"))
            box = Box(KINDS.index(row["cell_type"]), *corners)
            if box.left < box.right and box.top < box.bottom:
                boxes[row["filename"]].append(box)
    return dict(sorted(boxes.items()))


def square(box: Box, width: int, height: int) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the least square around a box that lies in the photograph.

    Example:
        >>> from vaezoo.datasets.cells import Box, square
        >>> square(Box(1, left=0, right=60, top=300, bottom=400), 640, 480)
        (0, 300.0, 100, 400.0)
    """
    side = min(max(box.right - box.left, box.bottom - box.top), width, height)
    left = min(max((box.left + box.right - side) / 2, 0), width - side)
    top = min(max((box.top + box.bottom - side) / 2, 0), height - side)
    return left, top, left + side, top + side


def _read(path: Path, boxes: Mapping[str, Sequence[Box]]) -> Array:
    def cells(archive: zipfile.ZipFile) -> Array:
        places = {name.rsplit("/", 1)[-1]: name for name in archive.namelist()}
        if missing := sorted(boxes.keys() - places.keys()):
            raise damaged(path, f"it has no {missing[0]}, and {len(missing) - 1} others")
        content = b"".join(archive.read(places[file]) for file in boxes)
        check_hash(path, "its photographs", content, HASH)
        return np.concatenate([_cut(archive, places[file], boxes[file]) for file in boxes])

    return read_zip(path, cells)


def _cut(archive: zipfile.ZipFile, place: str, boxes: Sequence[Box]) -> Array:
    from PIL import Image

    with archive.open(place) as file, Image.open(file) as photograph:
        image, average = photograph.convert("RGB"), Image.Resampling.BOX
        squares = (square(box, *image.size) for box in boxes)
        return np.stack(
            [np.asarray(image.resize((SIZE, SIZE), average, box=each)) for each in squares]
        )
