"""Names, summaries, reasons and paths that would forge lines, move the cursor, or run as HTML."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from vaezoo import errors
from vaezoo._text import in_markdown, one_line, printable
from vaezoo.cli.group import group
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


def test_figures(tmp_path: Path) -> None:
    run_folder = Path(shutil.copytree(ROOT / "saved_models" / "digits_vae", tmp_path / "run"))
    shutil.copytree(ROOT / "export" / "digits_vae", run_folder / "export")
    path = run_folder / "metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"preset": HOSTILE}))
    run("info", run_folder)
