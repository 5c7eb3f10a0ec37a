"""Commands end well: pipes, terminals, disks, locks, passwords, and errors of packages below."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from vaezoo._storage import fields
from vaezoo._storage.locks import locked
from vaezoo.cli import generate
from vaezoo.cli.failures import one_line
from vaezoo.cli.group import group
from vaezoo.cli.streams import READER_LEFT, plain
from vaezoo.errors import BusyError, DownloadError

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX")
MAIN = [sys.executable, "-c", "from vaezoo.cli import main; main()"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


def assert_one_line(result: Result, message: str) -> None:
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert message in result.stderr


@POSIX
@pytest.mark.parametrize("arguments", [["--help"], ["list", "--models"], ["score", "--help"]])
def test_a_reader_may_leave(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        [*MAIN, *arguments], stdout=writer, stderr=subprocess.PIPE, text=True, pass_fds=()
    )
    os.close(writer)
    assert (result.returncode, result.stderr) == (READER_LEFT, "")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize("arguments", [["list", "--models", "--markdown"], ["score", "--help"]])
def test_terminals_without_unicode(arguments: list[str], encoding: str) -> None:
    variables = os.environ | {"PYTHONIOENCODING": encoding}
    result = subprocess.run([*MAIN, *arguments], capture_output=True, env=variables)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode(encoding)


def test_letters_that_a_terminal_lacks() -> None:
    assert plain("−1 ± 2…") == "-1 +- 2..." and plain("Poincaré") == "Poincare"


@POSIX
def test_closed_and_full_outputs() -> None:
    closed = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *MAIN, "--help"], capture_output=True)
    assert (closed.returncode, closed.stderr) == (0, b"")
    if not Path("/dev/full").exists():
        return
    for arguments in ("--help", "list"):
        command = ["sh", "-c", '"$@" >/dev/full', "sh", *MAIN, arguments]
        full = subprocess.run(command, capture_output=True, text=True)
        assert full.returncode == 1 and full.stderr.count("\n") == 1
        assert "No space left" in full.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("generate", "digits_vae", "-n", 10**9), "GB of memory, and"),
        (("generate", "digits_vae", "-n", 10**30), "GB of memory, and"),
        (("generate", "digits_vae", "-n", 0), "num=0: give an integer of 1 or more"),
        (("score", "digits_vae", "--data", "x.npy", "-n", -1), "num=-1"),
        (("score", "digits_vae", "--data", "x.npy", "--num-samples", 0), "num_samples=0"),
        (("score", "digits_vae", "--data", "x.npy", "--seed", -1), "seed=-1"),
        (("score", "digits_vae", "--data", "x.npy", "-o", "s.xls"), ".npy, .npz, .csv or .json"),
        (("score", "digits_vae", "--data", "x.npy", "-o", "folder.npy"), "is a folder"),
        (("score", "digits_vae", "--data", "x.npy", "-o", "x.npy/s.npy"), "is a file, not"),
        (("reconstruct", "digits_vae", "--data", "x.npy", "-n", 0), "num=0"),
        (("reconstruct", "digits_vae", "--data", "x.npy", "-o", "folder.npy"), "is a folder"),
        (("generate", "digits_vae", "-o", "folder.npy"), "is a folder"),
        (("evaluate", "digits_vae", "--seed", -1), "seed=-1"),
        (("evaluate", "digits_vae", "-o", "folder.npy"), "is a folder"),
        (("evaluate", "digits_vae", "--report", "x.npy/report"), "is a file, not"),
    ],
)
def test_wrong_values_are_one_line(
    arguments: tuple[object, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.zeros((4, 8, 8), np.float32))
    Path("folder.npy").mkdir()
    assert_one_line(run(*arguments), message)
    assert sorted(os.listdir()) == ["folder.npy", "x.npy"]


class Fail(RuntimeError):
    """Stands for an exception of ONNX Runtime."""

    __module__ = "onnxruntime.capi.onnxruntime_pybind11_state"


ERRORS = [
    (MemoryError(), "out of memory: ask for fewer"),
    (Fail("bad_alloc of 8 bytes"), "out of memory"),
    (Fail("Node\nfailed"), "ONNX Runtime cannot run this model here"),
    (np.linalg.LinAlgError("Singular"), "NumPy cannot do this with these data"),
    (RecursionError("maximum"), "nested too deeply"),
    (PermissionError(13, "Permission denied", "/a/.0123abcd.x.png"), "/a/x.png: Permission denied"),
    (TypeError("a\nb"), "unexpected TypeError: a b (a fault of vaezoo"),
    (OSError("http://me:secret@x/ is gone"), "http://***@x/ is gone"),
]


@pytest.mark.parametrize(("error", "message"), ERRORS)
def test_errors_of_packages_below(
    error: Exception, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(generate.command, "callback", fail)
    assert_one_line(run("generate", "digits_vae"), message)
    assert message in one_line(error)
    monkeypatch.setenv("VAEZOO_TRACEBACK", "1")
    assert run("generate", "digits_vae").exception is error


def test_passwords_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAEZOO_ZOO", "http://user:s@cret@127.0.0.1:9/;/gone")
    result = run("info", "nothing")
    assert result.exit_code == 1 and "cret" not in result.output
    error = DownloadError("https://me:secret@host/x is down")
    assert "secret" not in str(error) + repr(error) and "https://***@host/x" in str(error)


@pytest.mark.parametrize(
    "name", ["con", "CON", "nul.onnx", "aux.", "com1", "LPT9.txt", "a ", "a.", "../a", "a/b", ""]
)
def test_names_that_no_file_can_have(name: str) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        fields.name(name)
    if "/" not in name:
        with pytest.raises(ValueError, match="is not the path"):
            fields.path(f"a/{name}")
    assert fields.name("console") == fields.path("console") == "console"


HOLD = (
    "import sys; from pathlib import Path; from vaezoo._storage.locks import locked\n"
    "with locked(Path(sys.argv[1]), 'it'):\n    print(flush=True); sys.stdin.read()"
)


def test_one_process_in_a_folder(tmp_path: Path) -> None:
    lock, holder = tmp_path / ".lock", tmp_path / ".lock.holder"
    command = [sys.executable, "-c", HOLD, str(lock)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline()
        message = f"^it is in use by process {other.pid} on .*, since 2.*: wait for it"
        with pytest.raises(BusyError, match=message), locked(lock, "it", 0.1):
            pass
        other.kill()  # leaves its files behind
    assert holder.exists()
    with locked(lock, "it"):
        assert str(os.getpid()) in holder.read_text()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_of_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, holder = tmp_path / ".lock", tmp_path / ".lock.holder"
    holder.write_text('{"host": "elsewhere", "pid": 7, "since": "noon"}')
    message = "in use by process 7 on elsewhere, since noon: .*delete .*lock.holder"
    with pytest.raises(BusyError, match=message), locked(lock, "it", across_machines=True):
        pass
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    with locked(lock, "it", across_machines=True):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_dead_processes_left_on_another_machine(tmp_path: Path) -> None:
    lock, holder = tmp_path / ".lock", tmp_path / ".lock.holder"
    holder.write_text('{"host": "elsewhere", "pid": 7, "since": "noon"}')
    with locked(lock, "it"):  # of a cache: nothing is lost where two write
        pass
