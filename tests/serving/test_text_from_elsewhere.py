"""Names, summaries, reasons and paths that would forge lines, move the cursor, or run as HTML."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from vaezoo import errors
from vaezoo._text import in_markdown, one_line, printable
from vaezoo.cli import options
from vaezoo.cli.figures import next_steps
from vaezoo.cli.group import group
from vaezoo.errors import need
from vaezoo.zoo import index, origins

HOSTILE = "x\x1b[2J\r\x9b1A\u202e\u2066\u200b\x07\n/export: whole and as exported\n"
ROOT = Path(__file__).parents[2]


def assert_safe(output: str) -> None:
    assert all(line.isprintable() for line in output.removesuffix("\n").split("\n")), output
    assert not any(line.startswith("/export: whole") for line in output.split("\n"))


def run(*arguments: object) -> str:
    result = CliRunner().invoke(group, [*map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert_safe(result.output)
    return result.output


def test_what_is_printable() -> None:
    assert printable("β-VAE, naïve, 数字") == "β-VAE, naïve, 数字"
    assert printable("a\x1b\n\u202e\udc80") == r"a\x1b\n\u202e\udc80"
    assert one_line("a\n\tb  c\x1b") == r"a b  c\x1b"
    assert in_markdown("<script>x</script>\n# y & z") == "&lt;script&gt;x&lt;/script&gt; # y & z"


@pytest.mark.parametrize("name", [n for n in errors.__all__ if n.endswith("Error")])
def test_messages_of_errors(name: str) -> None:
    assert_safe(str(getattr(errors, name)(f"{HOSTILE} is wrong")))


@pytest.mark.parametrize("field", ["preset", "model", "data", "likelihood", "version"])
def test_manifests(field: str, export: Path) -> None:
    path = export / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: HOSTILE}))
    for command in ("info", "verify"):
        run(command, export)
    run("generate", export, "-n", 1, "--out", export.parent / "x.npy")


def test_reasons_and_names_of_ports(export: Path) -> None:
    path = export / "manifest.json"
    values = json.loads(path.read_text()) | {"refused": {"int4": HOSTILE}}
    values["graphs"]["decoder"]["outputs"][0]["name"] = HOSTILE
    path.write_text(json.dumps(values))
    for command in ("info", "verify"):
        run(command, export)


def test_names_of_folders(export: Path) -> None:
    folder = Path(shutil.copytree(export, export.parent / HOSTILE.replace("/", "")))
    assert "whole and as exported" in run("verify", folder)
    run("info", folder)
    run("generate", folder, "-n", 1, "--out", folder / "x.npy")
    run("zoo", "build", folder)
    run("info", HOSTILE)
    run("download", HOSTILE)
    (export / "decoder.onnx").write_bytes(b"")
    shutil.copy(export / "decoder.onnx", folder / "decoder.onnx")
    run("verify", folder)


def test_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = json.loads((ROOT / "vaezoo" / "zoo" / "index.json").read_text())
    entry = values["presets"]["digits_vae"]
    values["presets"] = {"mine": entry | {"summary": HOSTILE, "metrics": {HOSTILE: 1.0}}}
    (tmp_path / index.FILE).write_text(json.dumps(values))
    monkeypatch.setenv(origins.VARIABLE, str(tmp_path))
    run("download", "mine")
    for arguments in (["list"], ["info", "mine"], ["cache"], ["cache", "--clear", HOSTILE]):
        run(*arguments)


def strings(value: object, place: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Where a figures file has words, or numbers that are printed as they are."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, (*place, key))
    elif isinstance(value, str) or type(value) is int:
        yield place


METRICS = json.loads((ROOT / "saved_models" / "digits_vae" / "metrics.json").read_text())


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A run, to damage."""
    folder = Path(shutil.copytree(ROOT / "saved_models" / "digits_vae", tmp_path / "run"))
    shutil.copytree(ROOT / "export" / "digits_vae", folder / "export")
    return folder


@pytest.mark.parametrize("place", list(strings(METRICS)), ids=str)
def test_figures(place: tuple[str, ...], run_folder: Path) -> None:
    values = json.loads(json.dumps(METRICS))
    inner = values
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = HOSTILE
    (run_folder / "metrics.json").write_text(json.dumps(values))
    run("info", run_folder)


def test_next_steps_of_a_run(run_folder: Path) -> None:
    folder = run_folder.rename(run_folder.parent / HOSTILE.replace("/", ""))
    for line in map(printable, next_steps(folder)):
        assert_safe(line)


@pytest.mark.parametrize("command", ["score", "reconstruct"])
def test_names_of_images(command: str, tmp_path: Path, export: Path) -> None:
    folder = tmp_path / HOSTILE.replace("/", "")
    folder.mkdir()
    for number in range(3):
        name = f"{number}{HOSTILE.replace('/', '')}.png"
        Image.fromarray(np.full((8, 8), 255 * number // 2, np.uint8)).save(folder / name)
    out = tmp_path / f"{HOSTILE.replace('/', '')}.npz"
    output = run(command, export, "--data", folder, "--binarise", "--out", out)
    assert out.exists() and r"\x1b[2J" in output
    np.save(tmp_path / f"{HOSTILE.replace('/', '')}.npy", np.zeros((3, 8, 8, 1), np.float32))
    run(command, export, "--data", tmp_path / f"{HOSTILE.replace('/', '')}.npy", "--out", out)


def arguments() -> Iterator[tuple[str, ...]]:
    """A call of every command for each of its arguments, which is not what was meant."""

    def calls(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                yield from calls(command.get_command(context, name), (*words, name))
            return
        positional = [item for item in command.params if isinstance(item, click.Argument)]
        for item in command.params:
            given = [HOSTILE if each is item else "no_such_name" for each in positional]
            option = [] if item in positional else [item.opts[0]]
            flag = isinstance(item, click.Option) and item.is_flag
            yield (*words, *given, *option, *([HOSTILE] if option and not flag else []))
        yield (*words, HOSTILE, HOSTILE, HOSTILE)
        yield (*words, f"--{HOSTILE}")

    yield from calls(group, ())
    yield (HOSTILE,)
    yield (f"--{HOSTILE}",)


@pytest.mark.parametrize("words", list(arguments()), ids=lambda words: " ".join(words)[:30])
def test_arguments(words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(options, "need_tensorflow", lambda: need("train", "no_such", "a command"))
    run(*words)
