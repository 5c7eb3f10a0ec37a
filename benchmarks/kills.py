"""Kills processes at random moments of their work, and looks at what they leave.

    python benchmarks/kills.py [NAME ...]

Each work runs in a process of its own that is sent SIGKILL, 40 times, at a moment drawn evenly from
the time that the work takes. After each kill the old or the new result has to be there, whole; the
same work is then done once more, has to end as one that nobody disturbed, and has to leave nothing.

Writes benchmarks/results/kills.json after each; --docs rewrites the table in docs/training.md.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from report import ROOT, report

from vaezoo import runtime, zoo
from vaezoo._storage import files, leftovers
from vaezoo.zoo import index, lookup

KILLS, SEED, NAME = 40, 0, "digits_vae"
# What a run writes that depends on the clock, or is drawn from it.
OF_THE_CLOCK = {"log.csv", "metrics.json", "README.md"}

WORKS = {
    "train": """
from vaezoo import training
recipe = training.load_recipe("digits", [
    "training.epochs=3", "evaluation.num_samples=20", "model.network.hidden=[32]",
    "export.variants=[]",
])
begin()
training.train(recipe, folder, progress=False)
""",
    "export": """
import keras
from vaezoo import export, models
keras.utils.set_random_seed(0)
model = models.VAE((6,), 2, network={"name": "mlp", "hidden": [4]})
begin()
export.export_model(model, folder + "/mine", preset="new", weights_sha256="0" * 64)
""",
    "publish": """
from vaezoo.training import publishing
begin()
publishing.publish(folder + "/run", "digits_vae", folder)
""",
    "download": """
from vaezoo import zoo
begin()
zoo.download("digits_vae", "export")
""",
    "zoo build": """
import pathlib
from vaezoo.zoo import index
begin()
path = pathlib.Path(folder)
index.write(path / index.FILE, index.build(path))
""",
}
BEGIN = """
import sys
folder = sys.argv[1]
def begin():
    print("begin", flush=True)
"""


class Work:
    """One kind of work, in a folder of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder

    def start(self) -> subprocess.Popen[str]:
        """A process that is about to begin."""
        command = [sys.executable, "-c", BEGIN + WORKS[self.name], str(self.folder)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, text=True, **pipes)
        assert process.stdout is not None
        assert process.stdout.readline() == "begin\n"
        return process

    def finish(self) -> float:
        """Does all of it; its seconds."""
        with self.start() as process:
            begin = time.perf_counter()
            _, errors = process.communicate()
        assert process.returncode == 0, errors
        return time.perf_counter() - begin

    def is_killed(self, seconds: float) -> bool:
        """Whether it was still at work after so many."""
        with self.start() as process:
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        return process.returncode == -signal.SIGKILL

    def prepare(self) -> None:
        """What is there before."""

    def check(self) -> None:
        """What has to hold after a kill."""

    def contents(self) -> dict[str, str]:
        """What the work ends with."""
        return {
            path.relative_to(self.folder).as_posix(): ""
            if path.name in OF_THE_CLOCK
            else hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


class Training(Work):
    def contents(self) -> dict[str, str]:
        found = super().contents()  # TensorFlow numbers the operations of exports as it goes
        return {name: "" if name.startswith("export/") else sha for name, sha in found.items()}


class Exporting(Work):
    def prepare(self) -> None:
        shutil.copytree(ROOT / "export" / NAME, self.folder / "mine")

    def check(self) -> None:
        leftovers.recover(self.folder)
        assert [path.name for path in self.folder.iterdir()] == ["mine"]
        found = runtime.Manifest.read(self.folder / "mine")
        assert found.preset in (NAME, "new")
        found.check(self.folder / "mine")

    def contents(self) -> dict[str, str]:
        self.check()  # and by name alone, as in Training
        return dict.fromkeys(super().contents(), "")


class Publishing(Work):
    def prepare(self) -> None:
        shutil.copytree(ROOT / "saved_models" / NAME, self.folder / "run")
        shutil.copytree(ROOT / "export" / NAME, self.folder / "run" / "export")
        for part in index.PARTS:
            shutil.copytree(ROOT / part / NAME, self.folder / part / NAME)

    def check(self) -> None:
        assert set(index.build(self.folder)) == {NAME}
        for part, marker in lookup._FILES.items():
            assert (self.folder / part / NAME / marker).is_file()


class Downloading(Work):
    def check(self) -> None:
        path = zoo.download(NAME, "export")
        for file, expected in index.read(lookup._INDEX)[NAME].parts["export"].items():
            files.check(path / file, expected)
        shutil.rmtree(self.folder)
        self.folder.mkdir()


class Building(Work):
    def prepare(self) -> None:
        for part in index.PARTS:
            for name in (NAME, "mnist_vae_2d"):
                shutil.copytree(ROOT / part / name, self.folder / part / name)
        index.write(self.folder / index.FILE, index.build(self.folder))

    def check(self) -> None:
        assert NAME in index.read(self.folder / index.FILE)


KINDS: dict[str, Callable[[str, Path], Work]] = {
    "train": Training,
    "export": Exporting,
    "publish": Publishing,
    "download": Downloading,
    "zoo build": Building,
}


def hidden(folder: Path) -> list[str]:
    names = (path.name for path in folder.rglob("*"))
    return [name for name in names if leftovers.is_temporary(name) or name.endswith(".partial")]


@dataclass
class Figures:
    """Of one kind of work."""

    seconds: float  # that it takes
    kills: int  # while it was at work
    done: int  # kills that came too late
    differences: int  # files at the end that are others than after work that nobody disturbed
    left: int  # temporary files at the end


def measured(name: str, folder: Path) -> Figures:
    chance = random.Random(f"{SEED} {name}")
    os.environ["VAEZOO_CACHE"] = str(folder / "work")
    work = made(name, folder / "work")
    seconds = work.finish()
    expected = work.contents()
    work = made(name, folder / "work")
    kills = done = 0
    while kills < KILLS:
        if work.is_killed(chance.uniform(0, seconds)):
            kills += 1
            work.check()
        else:
            done += 1
            assert work.contents() == expected
            work = made(name, folder / "work")
    work.finish()
    found = work.contents()
    different = {key for key in found.keys() | expected if found.get(key) != expected.get(key)}
    return Figures(seconds, kills, done, len(different), len(hidden(work.folder)))


def made(name: str, folder: Path) -> Work:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    work = KINDS[name](name, folder)
    work.prepare()
    return work


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


def measure(names: list[str]) -> Iterator[dict[str, Any]]:
    handler = functools.partial(Quiet, directory=ROOT)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        os.environ["VAEZOO_ZOO"] = f"http://127.0.0.1:{server.server_port}"
        for name in names:
            with tempfile.TemporaryDirectory() as folder:
                yield vars(measured(name, Path(folder))) | {"processor": platform.machine()}
        server.shutdown()


def table(results: dict[str, Any]) -> str:
    lines = [
        "| work | seconds | kills | files that differ | temporary files left |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, found in results.items():
        figures = (found[key] for key in ("kills", "differences", "left"))
        cells = " | ".join(str(figure) for figure in figures)
        lines.append(f"| {name} | {found['seconds']:.1f} | {cells} |")
    total = sum(found["kills"] for found in results.values())
    return "\n".join([*lines, f"\n{total} kills in all."])


if __name__ == "__main__":
    report("kills", __doc__ or "", WORKS, measure, table)
