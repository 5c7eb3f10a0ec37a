"""What the tests themselves rely on: work shared between processes, and the table of seconds."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest
from budget import table
from shared_work import SharedWork


def test_work_is_done_once_by_whoever_comes_first(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    calls, folders, name = [], [], tmp_path_factory.mktemp("work").name

    def make(folder: Path) -> None:
        calls.append(folder)
        threading.Event().wait(0.05)  # time for the other to come in between
        folder.mkdir()

    def ask() -> None:
        folders.append(SharedWork(tmp_path_factory).once(f"{name}-once", make))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1 and folders == 2 * calls and calls[0].is_dir()


def test_a_failure_leaves_the_work_to_the_next(tmp_path_factory: pytest.TempPathFactory) -> None:
    work, name = SharedWork(tmp_path_factory), tmp_path_factory.mktemp("work").name

    def fail(folder: Path) -> None:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        work.once(f"{name}-failed", fail)
    assert work.once(f"{name}-failed", lambda folder: folder.mkdir()).is_dir()


def test_seconds_are_summed_by_folder() -> None:
    seconds = Counter({"tests/a/x.py": 3.0, "tests/a/y.py": 4.0, "tests/b/z.py": 5.0})
    lines = [line.split() for line in table(seconds, 9.0, "not slow and not exhaustive")]
    assert [line[-1] for line in lines[:2]] == ["tests/a", "tests/b"]
    assert [line[0] for line in lines] == ["7.0", "5.0", "5.0", "4.0", "3.0", "12.0"]
    assert lines[-1][-3:] == ["of", "360", "s"] and "of" not in table(seconds, 9.0, "slow")[-1]
