"""Downloads: from folders and servers, good, slow, broken and hostile ones."""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fake_hub
import numpy as np
import pytest
import web
from click.testing import CliRunner
from web import Server

import vaezoo
from vaezoo import zoo
from vaezoo._storage import downloads, files
from vaezoo._storage.files import File
from vaezoo.cli.group import group
from vaezoo.errors import (
    ConfigError,
    DamagedFileError,
    DownloadError,
    MissingExtraError,
    UnknownNameError,
)
from vaezoo.zoo import cache, hub, index, lookup, origins

ROOT = Path(__file__).parents[2]
NAME = "other_vae"
DECODER = ROOT / "export" / "digits_vae" / "decoder.onnx"
HASTY = downloads.Patience(attempts=3, pause=0.01, timeout=0.3)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zoo with one preset, digits_vae under another name, and its index."""
    folder = tmp_path_factory.mktemp("zoo")
    for part in index.PARTS:
        shutil.copytree(ROOT / part / "digits_vae", folder / part / NAME)
    path = folder / "export" / NAME / "manifest.json"
    path.write_text(path.read_text().replace('"preset": "digits_vae"', f'"preset": "{NAME}"'))
    index.write(folder / index.FILE, index.build(folder))
    return folder


@pytest.fixture
def public(source: Path, tmp_path: Path) -> Path:
    """A copy of it, to damage."""
    return Path(shutil.copytree(source, tmp_path / "public"))


@pytest.fixture
def server(public: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(downloads.download, "__kwdefaults__", _hasty())
    with web.serve(public) as running:
        monkeypatch.setenv(origins.VARIABLE, running.url)
        yield running


def _hasty() -> dict[str, Any]:
    return {**(downloads.download.__kwdefaults__ or {}), "patience": HASTY}


def complete() -> list[Path]:
    """What the cache holds under its last name, indices and locks not counted."""
    return [entry.path for entry in cache.entries()]


def assert_nothing_is_kept(message: str) -> None:
    with pytest.raises(DownloadError, match=message):
        vaezoo.load(NAME)
    assert complete() == []


class TestNames:
    @pytest.mark.parametrize("kind", ["folder", "server"])
    def test_a_preset_comes_from_a_folder_or_a_server(
        self, kind: str, public: Path, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if kind == "folder":
            monkeypatch.setenv(origins.VARIABLE, str(public))
        expected = vaezoo.load("digits_vae").generate(4, seed=0)
        np.testing.assert_array_equal(vaezoo.load(NAME).generate(4, seed=0), expected)
        assert (zoo.find_preset(NAME) / "config.json").is_file()
        assert bool(server.requests) == (kind == "server")

    def test_what_is_cached_needs_no_network(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vaezoo.load(NAME)
        asked = len(server.requests)
        monkeypatch.setattr(downloads, "download", None)  # whoever calls it fails
        assert vaezoo.load(NAME).generate(2, seed=0).shape == (2, 8, 8, 1)
        assert len(server.requests) == asked

    def test_places_are_asked_in_order(
        self, server: Server, public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        named = f"{tmp_path / 'nowhere'}; {server.url} ;{public}"
        monkeypatch.setenv(origins.VARIABLE, named)
        assert [place.address for place in origins.origins()] == [
            str(tmp_path / "nowhere"), server.url, str(public),
        ]  # fmt: skip
        vaezoo.load(NAME)
        assert server.requests

    def test_the_package_s_index_comes_before_a_place_s_own(
        self, server: Server, public: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        index.write(tmp_path / "packaged.json", index.read(public / index.FILE))
        monkeypatch.setattr(lookup, "_INDEX", tmp_path / "packaged.json")
        path = public / "export" / NAME / "decoder.onnx"
        path.write_bytes((public / "export" / NAME / "encoder.onnx").read_bytes())
        index.write(public / index.FILE, {})
        assert_nothing_is_kept("bytes .*: expected")

    def test_a_newer_preset_is_seen_by_download_only(self, server: Server, public: Path) -> None:
        old = zoo.find_export(NAME)
        metadata = public / "export" / NAME / "manifest.json"
        metadata.write_text(metadata.read_text().replace('"data": "digits"', '"data": "others"'))
        index.write(public / index.FILE, index.build(public))
        assert zoo.find_export(NAME) == old
        new = zoo.download(NAME, "export")
        assert new != old and zoo.find_export(NAME) == new

    def test_unknown_names_and_missing_places_say_what_to_do(
        self, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        with pytest.raises(UnknownNameError, match="did you mean 'other_vae'"):
            vaezoo.load("othr_vae")
        monkeypatch.setenv(origins.VARIABLE, str(tmp_path / "nowhere"))
        with pytest.raises(DownloadError, match=r"nowhere.*is missing"):
            vaezoo.load(NAME)
        monkeypatch.delenv(origins.VARIABLE)
        with pytest.raises(UnknownNameError, match="vaezoo list lists them all"):
            vaezoo.load(NAME)
        monkeypatch.setattr(lookup, "_INDEX", cache.index_of(origins.Web(server.url)))
        with pytest.raises(DownloadError, match="set VAEZOO_ZOO to a folder or web address"):
            vaezoo.load(NAME)

    def test_the_packaged_index_is_that_of_the_checkout(self) -> None:
        if not (ROOT / "saved_models").is_dir():
            pytest.skip("no checkout")
        built = index.build(ROOT)
        assert index.read(Path(zoo.__file__).parent / index.FILE) == built, (
            "run: vaezoo zoo build . --out vaezoo/zoo/index.json"
        )


class TestBadServers:
    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (web.status(404), "404"),
            (web.status(403), "403"),
            (web.content(b"<html>Log in</html>", Content_Type="text/html"), "text/html"),
            (web.content(b"x" * DECODER.stat().st_size), "another SHA-256"),
            (web.redirect("http://example.com/decoder.onnx"), "redirects to another host"),
            (web.redirect("ftp://127.0.0.1/x"), "redirects to another host"),
            (web.endless, "sends more than"),
            (web.content(gzip.compress(bytes(9)), Content_Encoding="gzip"), "compressed"),
        ],
        ids=["404", "403", "html", "flipped", "redirect", "ftp", "endless", "gzip"],
    )
    def test_an_answer_that_is_wrong_is_not_asked_for_again(
        self, server: Server, answer: Any, message: str
    ) -> None:
        server.once("decoder.onnx", answer)
        assert_nothing_is_kept(message)
        assert [path for path, _ in server.requests].count(f"/export/{NAME}/decoder.onnx") == 1
        assert vaezoo.load(NAME)  # the next attempt starts afresh

    def test_redirection_in_circles(self, server: Server) -> None:
        server.once("", web.redirect("/again"), times=30)
        assert_nothing_is_kept("redirects too often")

    def test_a_broken_connection_is_gone_on_with(self, server: Server) -> None:
        server.once("decoder.onnx", web.cut(50_000))
        vaezoo.load(NAME)
        ranges = [part for path, part in server.requests if path.endswith("decoder.onnx")]
        assert ranges[0] is None and int(str(ranges[1]).strip("bytes=-")) > 0

    def test_a_part_of_another_file_is_thrown_away(self, server: Server, tmp_path: Path) -> None:
        expected = index.read(server.folder / index.FILE)[NAME].parts["export"]["decoder.onnx"]
        out = tmp_path / "decoder.onnx"
        out.write_bytes(b"wrong" * 1000)
        downloads.download(f"{server.url}/export/{NAME}/decoder.onnx", out, expected)
        files.check(out, expected)

    def test_a_server_that_is_busy_is_asked_again(self, server: Server) -> None:
        server.once("decoder.onnx", web.status(503), times=HASTY.attempts - 1)
        assert vaezoo.load(NAME)

    def test_a_server_that_resets_is_given_up(self, server: Server) -> None:
        server.once("decoder.onnx", web.cut(0), times=20)
        assert_nothing_is_kept("could not be downloaded in 3 attempts")

    @pytest.mark.parametrize("pause", [0.05, 5.0])
    def test_a_server_that_stalls_is_given_up(self, server: Server, pause: float) -> None:
        server.once("decoder.onnx", web.drip(pause), times=20)
        started = time.monotonic()
        assert_nothing_is_kept("in 3 attempts: (the server stalls|.*timed out)")
        assert time.monotonic() - started < 30

    def test_no_server(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(origins.VARIABLE, "http://127.0.0.1:9")
        assert_nothing_is_kept("could not be downloaded")

    def test_no_web_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(origins.VARIABLE, "ftp://somewhere/zoo")
        assert_nothing_is_kept("no http or https address")

    def test_an_old_good_copy_stays_when_a_newer_one_is_bad(
        self, server: Server, public: Path
    ) -> None:
        old = zoo.find_export(NAME)
        path = public / "export" / NAME / "manifest.json"
        path.write_text(path.read_text().replace('"data": "digits"', '"data": "others"'))
        index.write(public / index.FILE, index.build(public))
        path.write_text(path.read_text().replace("others", "weirds"))
        with pytest.raises(DownloadError, match="another SHA-256"):
            zoo.download(NAME, "export")
        assert complete() == [old]


class TestBadFolders:
    @pytest.fixture(autouse=True)
    def _folder(self, public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(origins.VARIABLE, str(public))

    @pytest.mark.parametrize(
        "damage",
        [
            lambda path: path.write_bytes(path.read_bytes()[:-1]),
            lambda path: path.write_bytes(path.read_bytes() + b"x"),
            lambda path: path.write_bytes(bytes(path.stat().st_size)),
            lambda path: path.unlink(),
            lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
            lambda path: (path.unlink(), os.mkfifo(path)),
            lambda path: (path.unlink(), path.mkdir()),
        ],
        ids=["truncated", "longer", "zeroed", "missing", "link", "pipe", "folder"],
    )
    def test_damaged_files_are_not_kept(self, public: Path, damage: Callable[[Path], None]) -> None:
        damage(public / "export" / NAME / "decoder.onnx")
        assert_nothing_is_kept("decoder.onnx")

    @pytest.mark.parametrize(
        "path", ["../x", "/etc/passwd", "a/../../b", "a\\b", "c:/x", "", ".", "a//b", "a\0b", "~/x"]
    )
    def test_paths_out_of_the_folder_are_refused(self, public: Path, path: str) -> None:
        values = json.loads((public / index.FILE).read_text())
        listed = values["presets"][NAME]["parts"]["export"]
        listed[path] = listed["decoder.onnx"]
        (public / index.FILE).write_text(json.dumps(values))
        assert_nothing_is_kept("is no zoo's index: .* is not the path of a file")

    @pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", "a\\b", ".hidden", "x" * 101])
    def test_names_that_are_paths_are_refused(self, public: Path, name: str) -> None:
        values = json.loads((public / index.FILE).read_text())
        values["presets"][name] = values["presets"][NAME]
        (public / index.FILE).write_text(json.dumps(values))
        assert_nothing_is_kept("is no zoo's index: .* is not a name")

    def test_an_index_larger_than_any_is_not_read(self, public: Path) -> None:
        with open(public / index.FILE, "ab") as file:
            file.truncate(files.LARGEST_JSON + 1)
        assert_nothing_is_kept("more than any of ours")

    def test_a_damaged_cache_is_fetched_again(self) -> None:
        folder = zoo.find_export(NAME)
        (folder / "manifest.json").write_text("{}")
        assert zoo.find_export(NAME) == folder
        assert vaezoo.load(NAME).generate(1, seed=0).shape == (1, 8, 8, 1)

    def test_a_link_that_leads_out_of_an_export_is_not_followed(self, tmp_path: Path) -> None:
        folder = zoo.find_export(NAME)
        shutil.move(folder / "decoder.onnx", tmp_path / "decoder.onnx")
        (folder / "decoder.onnx").symlink_to(tmp_path / "decoder.onnx")
        with pytest.raises(DamagedFileError, match="a link that leads elsewhere"):
            vaezoo.load(NAME).generate(1)

    def test_a_full_disk(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(shutil, "copyfileobj", full)
        assert_nothing_is_kept("No space left on device")


def _full_device(path: Path, mode: str) -> Any:
    return open("/dev/full", mode)


def test_a_full_disk_while_a_server_sends(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    out = tmp_path / "out"
    monkeypatch.setattr(files, "open_own", _full_device)
    expected = index.read(server.folder / index.FILE)[NAME].parts["export"]["decoder.onnx"]
    with pytest.raises(DownloadError, match="No space left on device"):
        downloads.download(f"{server.url}/export/{NAME}/decoder.onnx", out, expected)
    assert not out.exists()


def test_a_build_refuses_what_its_manifest_does_not_list(public: Path, tmp_path: Path) -> None:
    (public / "export" / NAME / "decoder.onnx").write_bytes(b"x")
    with pytest.raises(DamagedFileError, match="not the file that was exported"):
        index.build(public)
    with pytest.raises(ConfigError, match="nothing to list"):
        index.build(tmp_path / "empty")


LOAD = f"import vaezoo; print(vaezoo.load('{NAME}').generate(1, seed=0).sum())"


def test_processes_at_once_share_one_download(server: Server) -> None:
    server.once("decoder.onnx", web.drip(0.02))
    processes = [
        subprocess.Popen([sys.executable, "-c", LOAD], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    printed = {process.communicate(timeout=60)[0] for process in processes}
    assert len(printed) == 1 and float(printed.pop())
    asked = [path for path, _ in server.requests]
    assert asked.count(f"/export/{NAME}/encoder.onnx") == 1


def test_kill_in_mid_download_leaves_what_a_later_one_goes_on_with(server: Server) -> None:
    def half(handler: Any, body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2])
        handler.wfile.flush()
        time.sleep(30)

    server.once("decoder.onnx", half)
    process = subprocess.Popen([sys.executable, "-c", LOAD])
    part = files.cache_folder() / "zoo" / NAME
    for _ in range(600):
        if any(path.stat().st_size > 40_000 for path in part.rglob("decoder.onnx")):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    assert complete() == []
    assert vaezoo.load(NAME).generate(1, seed=0).shape == (1, 8, 8, 1)
    ranges = [part for path, part in server.requests if path.endswith("decoder.onnx")]
    assert ranges[-1] is not None  # it went on


class TestHub:
    @pytest.mark.parametrize("address", ["hf://user", "hf://user/repo", "hf://u/r@../x", "hf://"])
    def test_an_address_names_a_revision(self, address: str) -> None:
        with pytest.raises(ConfigError, match=r"expected hf://user/repository@revision"):
            vaezoo.load(address)

    def test_without_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(extra: str, package: str, purpose: str) -> None:
            raise MissingExtraError(f"{purpose} needs {package}: vaezoo[{extra}]")

        monkeypatch.setattr(hub, "need", missing)
        with pytest.raises(MissingExtraError, match=r"huggingface_hub: vaezoo\[hub\]"):
            vaezoo.load("hf://user/repo@v1")

    def test_a_repository_is_loaded_and_then_needs_no_hub(
        self, public: Path, tmp_path: Path
    ) -> None:
        pytest.importorskip("huggingface_hub", reason="needs the extra 'hub'")
        code = """
import sys, vaezoo
from vaezoo.errors import VaezooError
for revision in sys.argv[1:]:
    try:
        print(vaezoo.load(f"hf://someone/digits@{revision}").generate(2, seed=0).mean())
    except VaezooError as error:
        print(error)
"""

        def lines(url: str, *revisions: str) -> list[str]:
            # The library reads these when it is imported.
            variables = {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "hf")}
            return subprocess.run(
                [sys.executable, "-c", code, *revisions],
                env={**os.environ, **variables},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                timeout=100,
            ).stdout.splitlines()

        expected = str(vaezoo.load("digits_vae").generate(2, seed=0).mean())
        (public / "export" / NAME / "run.py").write_text("raise SystemExit")
        with fake_hub.serve(public / "export" / NAME, "someone/digits") as fake:
            found, missing = lines(fake.url, "v1", "v2")
            assert found == expected
            assert "hf://someone/digits@v2 could not be fetched" in missing
        assert lines(fake.url, "v1") == [expected]
        folder = files.cache_folder() / "hub" / "someone" / "digits@v1"
        assert (folder / "decoder.onnx").is_file() and not (folder / "run.py").exists()
        path = folder / "decoder.onnx"
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        (damaged,) = lines(fake.url, "v1")
        assert "is not the file that was exported" in damaged


def run(*arguments: str) -> str:
    result = CliRunner().invoke(group, arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_commands(server: Server, public: Path, tmp_path: Path) -> None:
    assert run("zoo", "build", str(public), "--out", str(tmp_path / "i.json")).endswith(
        "1 preset\n"
    )
    assert (tmp_path / "i.json").read_bytes() == (public / index.FILE).read_bytes()
    assert NAME not in run("list")
    assert str(files.cache_folder()) in run("download", NAME, "--weights")
    assert "export, " in run("cache") and "saved_models, " in run("cache", NAME)
    assert re.search(rf"^{NAME} +VAE of digits", run("list"), re.M)
    assert "log likelihood" in run("info", NAME)
    assert "bytes deleted" in run("cache", "--clear", NAME)
    assert run("cache").count("\n") == 1
    result = CliRunner().invoke(group, ["cache", "--clear", "../x"])
    assert result.exit_code == 1 and "unknown preset in the cache" in result.stderr


def test_the_order_of_files_does_not_change_a_digest() -> None:
    a, b = File(1, hashlib.sha256(b"a").hexdigest()), File(2, hashlib.sha256(b"b").hexdigest())
    one, two = ({"x": a, "y": b}, {"y": b, "x": a})
    digests = {index.Preset("", "", {}, {"export": parts}).digest("export") for parts in (one, two)}
    assert len(digests) == 1
