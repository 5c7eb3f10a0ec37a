"""Files of one's own that are small and become large."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from vaezoo import images
from vaezoo._storage import memory
from vaezoo.datasets import load
from vaezoo.errors import ConfigError, DataError


def test_files_that_expand_to_more_than_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "x.npz", np.zeros((1000, 100_000), np.uint8))
    assert (tmp_path / "x.npz").stat().st_size < 2**18
    monkeypatch.setattr(memory, "available", lambda: 10**8)
    with pytest.raises(ConfigError, match=r"expands to 100,000,\d+ bytes, needs 0.2 GB of memory"):
        load(tmp_path / "x.npz")


def png(width: int, height: int) -> bytes:
    """Of black pixels, as large as they say, in few bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    compressor, row = zlib.compressobj(9), bytes(1 + (width + 7) // 8)
    content = b"".join(compressor.compress(row) for _ in range(height)) + compressor.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", content), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize("side", [8193, 13_000])
def test_images_of_too_many_pixels(side: int, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png(side, side))
    with pytest.raises(DataError, match="has more than 67,108,864 pixels: make it smaller"):
        load(tmp_path)


@pytest.mark.parametrize("size", [10**6, (64, 4097), 0])
def test_sizes_of_images(size: int | tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png(8, 8))
    with pytest.raises(ConfigError, match="of 1 to 4096 pixels"):
        load(tmp_path, image_size=size)


def test_pictures_of_too_many_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.broadcast_to(np.float32(0), (100_000, 8, 8, 1))
    monkeypatch.setattr(memory, "available", lambda: 10**8)
    with pytest.raises(ConfigError, match="a picture of 100,000 tiles needs"):
        images.grid(x)


def test_memory_of_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are kept in memory count as available."""
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    monkeypatch.setattr(memory, "_of_machine", lambda: 10**12)
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("900\n")
    assert memory.available() == 100
    (tmp_path / "memory.stat").write_text("anon 300\nactive_file 200\ninactive_file 350\n")
    assert memory.available() == 650
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available() == 10**12
