"""Files are whole or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from vaezoo._storage import files, leftovers
from vaezoo.errors import ConfigError, DamagedFileError


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
        with files.replaced_directory(path, "f") as temporary:
            (temporary / "f").write_text(text)
    with pytest.raises(RuntimeError), files.replaced_directory(path, "f") as temporary:
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


def test_folders_of_something_else_are_not_replaced(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    with files.replaced_directory(photos, "manifest.json") as temporary:  # empty: all right
        (temporary / "photo.png").touch()
    with (
        pytest.raises(ConfigError, match=r"photos holds other files and no manifest\.json"),
        files.replaced_directory(photos, "manifest.json"),
    ):
        pass
    assert (photos / "photo.png").exists()


def test_leftovers_of_killed_processes_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".0123abcd.x.h5", ".gitignore", "x.h5"):
        (tmp_path / name).touch()
    (tmp_path / ".89abcdef.export").mkdir()
    leftovers.recover(tmp_path, former=True)
    assert {path.name for path in tmp_path.iterdir()} == {".gitignore", "x.h5"}
