"""Whatever moment a process is killed at: nothing is lost, everything goes on, nothing is left."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import crashes
import pytest

from vaezoo import zoo
from vaezoo._storage import files, leftovers
from vaezoo.zoo import index, lookup, origins

ROOT = Path(__file__).parents[2]
NAME = "other_vae"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zoo with one preset."""
    folder = tmp_path_factory.mktemp("zoo")
    for part in index.PARTS:
        shutil.copytree(ROOT / part / "digits_vae", folder / part / NAME)
    path = folder / "export" / NAME / "manifest.json"
    path.write_text(path.read_text().replace('"preset": "digits_vae"', f'"preset": "{NAME}"'))
    index.write(folder / index.FILE, index.build(folder))
    return folder


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*") if leftovers.is_temporary(path.name)]


def write_folder(path: Path, text: str) -> None:
    with files.replaced_directory(path, "marker") as folder:
        (folder / "marker").write_text(text)
        (folder / "below").mkdir()
        (folder / "below" / "content").write_text(text)


def test_a_folder_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "published"
    write_folder(path, "old")
    for _ in crashes.every_kill(lambda: write_folder(path, "new")):
        leftovers.recover(tmp_path)
        texts = {(path / name).read_text() for name in ("marker", "below/content")}
        assert texts in ({"old"}, {"new"})
        assert [entry.name for entry in tmp_path.iterdir()] == ["published"]
        write_folder(path, "old")


def test_a_file_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "index.json"
    files.write_json(path, "old")
    for _ in crashes.every_kill(lambda: files.write_json(path, "new")):
        assert files.read_json(path) in ("old", "new")
        files.write_json(path, "old")
        assert hidden(tmp_path) == []


def test_a_removed_folder_is_whole_or_gone(tmp_path: Path) -> None:
    path = tmp_path / "export"
    write_folder(path, "old")
    for _ in crashes.every_kill(lambda: files.remove_directory(path)):
        leftovers.recover(tmp_path)
        assert hidden(tmp_path) == []
        if path.exists():
            assert (path / "below" / "content").read_text() == "old"
        write_folder(path, "old")


@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.slow)])
def test_downloads_go_on_after_every_kill(
    source: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(origins.VARIABLE, str(source))
    monkeypatch.setattr(lookup, "_INDEX", source / index.FILE)
    cache = files.cache_folder() / "zoo"

    def work() -> None:
        zoo.download(NAME, "export")

    for _ in crashes.every_kill(work, step):
        folder = zoo.download(NAME, "export")
        for path, expected in index.read(source / index.FILE)[NAME].parts["export"].items():
            files.check(folder / path, expected)
        assert hidden(cache) == [] and not list(cache.rglob("*.partial"))
        shutil.rmtree(cache)


@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.slow)])
def test_a_build_goes_on_after_every_kill(source: Path, step: int, tmp_path: Path) -> None:
    out = tmp_path / index.FILE

    def work() -> None:
        index.write(out, index.build(source))

    work()
    expected = out.read_bytes()
    for _ in crashes.every_kill(work, step):
        assert out.read_bytes() == expected
        work()
        assert [path.name for path in tmp_path.iterdir()] == [index.FILE]


def dead(path: Path, role: str) -> Path:
    """A temporary name of a process that is no more."""
    pid = os.fork()
    if not pid:
        os._exit(0)
    name = leftovers.temporary(path, role).name.replace(f"-{os.getpid()}-", f"-{pid}-")
    os.waitpid(pid, 0)
    return path.with_name(name)


def test_a_zoo_is_built_around_what_is_no_preset(source: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(source, tmp_path / "zoo"))
    shutil.copytree(root / "export" / NAME, dead(root / "export" / NAME, "new"))
    (root / "export" / NAME).rename(dead(root / "export" / NAME, "old"))
    shutil.copytree(source / "export" / NAME, root / "export" / "my model")
    (root / "export" / ".DS_Store").touch()
    (root / "export" / source.name).mkdir()
    skipped: list[str] = []
    assert index.build(root, skipped.append) == index.read(source / index.FILE)
    assert skipped == ["my model"]
    assert sorted(path.name for path in (root / "export").iterdir()) == sorted(
        [NAME, "my model", ".DS_Store", source.name]
    )


def test_what_a_living_process_writes_is_left_alone(tmp_path: Path) -> None:
    path = leftovers.temporary(tmp_path / "x", "new")
    path.touch()
    leftovers.recover(tmp_path)
    assert path.exists()
