"""Servers that never end, files that are exchanged, planted links, reports to strangers."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import vaezoo
from vaezoo import runtime, zoo
from vaezoo._storage import downloads, files, locks, watch
from vaezoo._storage.files import File
from vaezoo.cli.group import group
from vaezoo.errors import DamagedFileError, DownloadError
from vaezoo.zoo import cache, index, lookup, origins

ROOT = Path(__file__).parents[2]
NAME = "digits_vae"
BODY = b"x" * 1000
HASTY = downloads.Patience(attempts=1, pause=0.01, timeout=0.25, longest=1.0)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
# What a server sends at once, and what it then repeats for ever, each after a pause.
ENDLESS = {
    "status line": (b"HTTP/1.1 200 ", b"O", 0.05),
    "header": (OK + b"X: ", b"x", 0.05),
    "headers": (OK, b"X: x\r\n", 0.05),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.0),
    "chunk extension": (CHUNKED + b"5;", b"x", 0.05),
    "trailers": (CHUNKED + b"3e8\r\n" + BODY + b"\r\n0\r\n", b"X: x\r\n", 0.05),
    "body": (OK + b"Content-Length: 1000\r\n\r\n", b"x", 0.05),
    "body of no length": (OK + b"\r\n", b"x", 0.05),
    "small chunks": (CHUNKED, b"1\r\nx\r\n", 0.05),
    "silence": (b"", b"", 0.05),
}


@contextlib.contextmanager
def server(first: bytes, again: bytes, pause: float) -> Iterator[str]:
    """The address of one that says this to whoever connects."""
    done, listener = threading.Event(), socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.sendall(first)
            while not done.wait(pause):
                connection.sendall(again)

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=listener.accept()[:1], daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        done.set()
        listener.close()


@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.parametrize("known", [True, False], ids=["of a known size", "of any size"])
def test_an_endless_answer_is_given_up(kind: str, known: bool, tmp_path: Path) -> None:
    expected = File(1000, hashlib.sha256(BODY).hexdigest()) if known else None
    started = time.monotonic()
    with server(*ENDLESS[kind]) as url, pytest.raises(DownloadError, match="could not be downl"):
        downloads.download(f"{url}/x", tmp_path / "x", expected, patience=HASTY)
    assert time.monotonic() - started < 3


def test_a_fast_answer_without_end_is_given_up(tmp_path: Path) -> None:
    with (
        server(OK + b"\r\n", bytes(2000), 0.005) as url,
        pytest.raises(DownloadError, match=r"the server stalls: .* bytes in 1 seconds"),
    ):
        downloads.download(f"{url}/x", tmp_path / "x", patience=HASTY)


def test_a_name_that_is_not_resolved_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: done.wait(10) and [])
    started = time.monotonic()
    with pytest.raises(DownloadError, match=r"slow\.invalid cannot be reached in time|stalls"):
        downloads.download("http://slow.invalid/x", tmp_path / "x", patience=HASTY)
    assert time.monotonic() - started < 3
    done.set()


def test_a_connection_that_comes_too_late_is_closed() -> None:
    done, (late, other) = threading.Event(), socket.socketpair()
    with other:
        with pytest.raises(TimeoutError):
            watch.Watch(0.1, 1.0, 1.0).connect(lambda: late if done.wait(10) else other)
        done.set()
        other.settimeout(10)
        assert other.recv(1) == b""  # the end of what a closed socket sends


@pytest.fixture
def download(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """`zoo.download` of a preset, from the folder of this checkout."""
    monkeypatch.setenv(origins.VARIABLE, str(ROOT))
    return lambda: zoo.download(NAME, "export")


def test_another_place_is_tried_before_a_hanging_one_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, download: Callable[[], Path]
) -> None:
    patience = downloads.Patience(timeout=0.25)
    defaults = {**(downloads.download.__kwdefaults__ or {}), "patience": patience}
    monkeypatch.setattr(downloads.download, "__kwdefaults__", defaults)
    preset = index.read(lookup._INDEX)[NAME]
    started = time.monotonic()
    with server(*ENDLESS["status line"]) as url:
        folder = cache.fetch(NAME, "export", preset, [origins.Web(url), origins.Folder(str(ROOT))])
    assert (folder / "manifest.json").is_file()
    assert time.monotonic() - started < 3


def test_whoever_waits_for_a_download_hears_for_whom(
    monkeypatch: pytest.MonkeyPatch, download: Callable[[], Path]
) -> None:
    folder = download()
    shutil.rmtree(folder)
    monkeypatch.setattr(cache, "PATIENCE", 0.1)
    with (
        locks.locked(folder.with_name(f".{folder.name}.lock"), "x"),
        pytest.raises(DownloadError, match=f"in use by process {os.getpid()} on"),
    ):
        download()


def test_a_lock_is_of_the_file_that_others_find(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its holder before removed the file between our opening and locking it."""
    fcntl = pytest.importorskip("fcntl", reason="locks of Unix")
    path, removed, flock = tmp_path / "lock", [], fcntl.flock

    def late(fd: int, operation: int) -> None:
        if not removed:
            removed.append(path.unlink())
        flock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with locks.locked(path, "x", timeout=5):
        assert removed and path.exists()


def test_a_file_of_the_right_size_and_wrong_bytes_is_mended(download: Callable[[], Path]) -> None:
    path = download() / "encoder.onnx"
    good = path.read_bytes()
    path.write_bytes(bytes(len(good)))
    result = CliRunner().invoke(group, ["download", NAME])
    assert result.exit_code == 0 and result.output.endswith(": verified\n")
    assert path.read_bytes() == good


@pytest.mark.parametrize("planted", ["file", "folder", "below"])
def test_a_planted_link_is_not_written_through(
    planted: str, download: Callable[[], Path], tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "decoder.onnx").write_text("mine")
    folder = download()
    shutil.rmtree(folder)
    partial = folder.with_name(f".{folder.name}.partial")
    if planted == "folder":
        partial.symlink_to(outside)
    else:
        partial.mkdir()
        name, target = {
            "file": ("decoder.onnx", outside / "decoder.onnx"),
            "below": ("saved_model", outside),
        }[planted]
        (partial / name).symlink_to(target)
    assert (download() / "decoder.onnx").stat().st_size > 100
    assert (outside / "decoder.onnx").read_text() == "mine"
    assert os.listdir(outside) == ["decoder.onnx"]


def test_what_was_verified_is_what_is_run(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is exchanged as soon as it was read: the session has the verified one."""
    expected = vaezoo.load(export).generate(2, seed=0)
    read, graph = files.read, export / "decoder.onnx"

    def exchanging(path: Path, entry: File) -> bytes:
        content = read(path, entry)
        path.write_bytes(bytes(len(content)))
        return content

    monkeypatch.setattr(files, "read", exchanging)
    np.testing.assert_array_equal(vaezoo.load(export).generate(2, seed=0), expected)
    assert not any(graph.read_bytes())
    monkeypatch.undo()
    with pytest.raises(DamagedFileError, match="not the file that was exported"):
        vaezoo.load(export).generate(2, seed=0)


def test_verification_reads_each_file_once(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = files.read

    def exchanging(path: Path, entry: File) -> bytes:
        content = read(path, entry)
        if path.suffix == ".pb":
            path.write_bytes(bytes(len(content)))
        return content

    monkeypatch.setattr(files, "read", exchanging)
    assert max(runtime.verify(export).values()) < 1e-5


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(export: Path) -> None:
    (export / "decoder.onnx").unlink()
    os.mkfifo(export / "decoder.onnx")
    with pytest.raises(DamagedFileError):
        vaezoo.load(export).generate(1)


def _environment(home: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ORT_", "XDG_", "VAEZOO"))}
    return {**kept, "HOME": str(home), **more}


# Counts the process's sockets while a model runs, and for as long as a report would take.
_GUARD = """
import sys, time, os
sys.argv = ["vaezoo", "generate", {name!r}, "-n", "2", "--out", {out!r}]
from vaezoo.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end
time.sleep(1)
links = [os.readlink(f"/proc/self/fd/{{n}}") for n in os.listdir("/proc/self/fd")
         if os.path.islink(f"/proc/self/fd/{{n}}")]
assert not [link for link in links if link.startswith("socket")], links
threads = len(os.listdir("/proc/self/task"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_generate_opens_no_socket_and_leaves_nothing_in_the_home_folder(tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "out.npy"
    home.mkdir()
    script = _GUARD.format(name=NAME, out=str(out))
    command = [sys.executable, "-c", script]
    trace = tmp_path / "trace"
    if strace := shutil.which("strace"):
        command = [strace, "-f", "-e", "trace=socket", "-o", str(trace), *command]
    subprocess.run(command, env=_environment(home), check=True, timeout=120)
    assert out.is_file()
    assert list(home.rglob("*")) == []
    if trace.exists():
        opened: list[Any] = [line for line in trace.read_text().splitlines() if "socket(" in line]
        assert opened == []
