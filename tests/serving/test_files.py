"""Files are whole or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from vaezoo import files
from vaezoo.errors import DamagedFileError


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    files.write_json(path, {"a": 1})
    with pytest.raises(RuntimeError), files.replaced_file(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert files.read_json(path) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_directory(tmp_path: Path) -> None:
    path = tmp_path / "d"
    for text in ("old", "new"):
        with files.replaced_directory(path) as temporary:
            (temporary / "f").write_text(text)
    with pytest.raises(RuntimeError), files.replaced_directory(path) as temporary:
        (temporary / "g").write_text("half")
        raise RuntimeError
    assert [(f.name, f.read_text()) for f in path.iterdir()] == [("f", "new")]
    assert list(tmp_path.iterdir()) == [path]


def test_unreadable_json(tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match="is missing"):
        files.read_json(tmp_path / "x")
    (tmp_path / "x").write_bytes(b"\xff")
    with pytest.raises(DamagedFileError, match="not readable JSON"):
        files.read_json(tmp_path / "x")


def test_sha256_of_the_empty_file(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    assert files.sha256(tmp_path / "x").startswith("e3b0c44298fc1c14")
