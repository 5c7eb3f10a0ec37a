"""Two workers on this machine: one model, one set of files, and what happens when one is killed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import tensorflow as tf
from training_helpers import small_recipe

from vaezoo.errors import ConfigError, UnknownNameError
from vaezoo.training import callbacks, run
from vaezoo.training.cluster import Cluster, join

# A run, whose model also shows its weights and what `evaluate` says of them.
WORKER = """
import json, sys
import numpy as np
from vaezoo._model import pipeline
from vaezoo.training import recipe, run

fit = run.fit

def fit_and_show(model, recipe, data, out, cluster, **options):
    seconds = fit(model, recipe, data, out, cluster, **options)
    x = cluster.distribute(lambda share: pipeline.in_order(data.test, 64, share=share))
    found = model.evaluate(x, verbose=0, return_dict=True)
    name = f"{out}.{cluster.worker}.of.{cluster.workers}"
    np.savez(name + ".npz", *model.get_weights())
    open(name + ".json", "w").write(json.dumps(found))
    return seconds

run.fit = fit_and_show
settings = ["evaluation.num_samples=20", "model.network.hidden=[32]", *sys.argv[3:]]
chosen = recipe.load_recipe("digits", settings)
strategy = None if sys.argv[2] == "None" else sys.argv[2]
try:
    metrics = run.train(chosen, sys.argv[1], strategy=strategy, progress=False)
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print("figures:", sorted(metrics))
"""


def ports(number: int) -> list[int]:
    """Ports that nobody uses."""
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    found = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return found


def start(out: Path, strategy: str | None, *settings: str, **variables: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(out), str(strategy), *settings],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start_workers(out: Path, *settings: str) -> list[subprocess.Popen]:
    addresses = [f"127.0.0.1:{port}" for port in ports(2)]
    tasks = [
        {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        for index in range(2)
    ]
    return [start(out, "multiworker", *settings, TF_CONFIG=json.dumps(task)) for task in tasks]


def finished(process: subprocess.Popen) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def log(out: Path) -> list[dict[str, float]]:
    return callbacks.read_log(out) if (out / "log.csv").exists() else []


def shown(out: Path, worker: str) -> tuple[dict[str, float], list[np.ndarray]]:
    with np.load(f"{out}.{worker}.npz") as file:
        weights = [file[name] for name in file.files]
    return json.loads(Path(f"{out}.{worker}.json").read_text()), weights


@pytest.mark.slow
def test_two_workers_train_as_one(tmp_path: Path) -> None:
    settings = ("training.epochs=3",)
    workers = start_workers(tmp_path / "two", *settings)
    for worker, figures in zip(workers, (True, False), strict=True):
        code, out, err = finished(worker)
        assert code == 0, err[-3000:]
        assert ("log_likelihood" in out) == figures  # the chief measures
    code, _, err = finished(start(tmp_path / "one", None, *settings))
    assert code == 0, err[-3000:]
    assert (tmp_path / "two" / "export" / "manifest.json").is_file()

    chief, other = (shown(tmp_path / "two", f"{worker}.of.2") for worker in range(2))
    alone, _ = shown(tmp_path / "one", "0.of.1")
    assert chief[0] == other[0]
    for a, b in zip(chief[1], other[1], strict=True):
        np.testing.assert_array_equal(a, b)
    # The noise of binarisation and of z differs: 1,216 training examples, each with a standard
    # deviation of 3.5 nats an epoch, 240 in validation and 300 in test.
    two, one = log(tmp_path / "two"), log(tmp_path / "one")
    assert len(two) == len(one) == 3
    for a, b in zip(two, one, strict=True):
        assert abs(a["elbo"] - b["elbo"]) < 4 * 3.5 * np.sqrt(2 / 1216)
        assert abs(a["val_elbo"] - b["val_elbo"]) < 0.3
    assert abs(chief[0]["elbo"] - alone["elbo"]) < 0.3
    assert two[-1]["val_elbo"] > two[0]["val_elbo"] + 0.5


@pytest.mark.slow
def test_a_killed_worker_ends_the_others_and_the_run_goes_on(tmp_path: Path) -> None:
    out, settings = tmp_path / "run", ("training.epochs=1000",)
    for victim in (1, 0):
        workers = start_workers(out, *settings)
        before = len(log(out))
        deadline = time.monotonic() + 200
        while len(log(out)) < before + 2:
            ended = [finished(each)[2][-3000:] for each in workers if each.poll() is not None]
            assert time.monotonic() < deadline and not ended, ended
            time.sleep(0.1)
        workers[victim].send_signal(signal.SIGKILL)
        code, _, err = finished(workers[1 - victim])
        finished(workers[victim])
        assert code == 1
        # Not always the last line: a pool of TensorFlow's may complain that Python ends.
        assert re.search("^WorkerLostError: another worker is gone", err, re.M), err[-3000:]
        assert "start all workers again" in err
        epochs = [row["epoch"] for row in log(out)]
        assert len(epochs) > before and epochs == list(range(1, len(epochs) + 1))
        if victim:  # a killed chief's half-written file is removed by the next start
            assert not list(out.glob(".*"))


EXAMPLES = Path(__file__).parents[2] / "examples" / "cluster"
# Stand-ins for what a launcher provides, and a vaezoo that shows what it was given.
SCONTROL = "#!/bin/sh\n[ \"$*\" = 'show hostnames node[1-2]' ] && printf 'node1\nnode2\n'\n"
SRUN = '#!/bin/sh\nshift\nSLURM_PROCID=1 exec "$@"\n'
SHOW = '#!/bin/sh\necho "$TF_CONFIG" "$@"\n'


def launched(command: list[str], folder: Path, **variables: str) -> tuple[dict[str, Any], str]:
    """TF_CONFIG and arguments that vaezoo is given."""
    scripts = {"scontrol": SCONTROL, "srun": SRUN, "vaezoo": SHOW, "pip": "#!/bin/sh\n"}
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    shown = subprocess.check_output(
        command, text=True, env=os.environ | {"PATH": path} | variables
    ).strip()
    value, end = json.JSONDecoder().raw_decode(shown)
    return value, shown[end:].strip()


def test_slurm_gives_each_task_its_place(tmp_path: Path) -> None:
    command = ["bash", str(EXAMPLES / "train.slurm"), "mnist", "--out", "a b"]
    value, arguments = launched(command, tmp_path, SLURM_JOB_NODELIST="node[1-2]")
    assert value == {
        "cluster": {"worker": ["node1:2222", "node2:2222"]},
        "task": {"type": "worker", "index": 1},
    }
    assert arguments == "train --strategy multiworker mnist --out a b"


def test_kubernetes_gives_each_pod_its_place(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    service, job = yaml.safe_load_all((EXAMPLES / "train.yaml").read_text())
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    number = job["spec"]["completions"]
    assert [{"name": "WORKERS", "value": str(number)}] == container["env"]
    assert service["metadata"]["name"] == pod["subdomain"] == job["metadata"]["name"]
    value, arguments = launched(
        container["command"] + container["args"], tmp_path,
        WORKERS=str(number), JOB_COMPLETION_INDEX="3",
    )  # fmt: skip
    name = job["metadata"]["name"]
    hosts = [f"{name}-{index}.{pod['subdomain']}:2222" for index in range(number)]
    assert value == {"cluster": {"worker": hosts}, "task": {"type": "worker", "index": 3}}
    assert arguments.startswith("train mnist --strategy multiworker --out /shared/")


class TestErrors:
    def test_an_unknown_strategy(self) -> None:
        with pytest.raises(UnknownNameError, match="'miror': did you mean 'mirrored'"):
            join("miror")

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "{",
            "[]",
            '{"cluster": {"worker": ["a:1"]}}',
            '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
            '{"cluster": {"worker": ["a:1"]}, "task": {"type": "ps", "index": 0}}',
        ],
    )
    def test_a_wrong_cluster(self, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TF_CONFIG", value)
        with pytest.raises(ConfigError, match=r'TF_CONFIG.*"index": 0'):
            join("multiworker")

    def test_a_cluster_after_the_first_operation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        task: dict[str, Any] = {"type": "worker", "index": 0}
        value = {"cluster": {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}, "task": task}
        monkeypatch.setenv("TF_CONFIG", json.dumps(value))
        np.asarray(tf.zeros(1))
        with pytest.raises(ConfigError, match="cannot be joined"):
            join("multiworker")

    def test_a_batch_that_does_not_divide(self) -> None:
        cluster = Cluster(Mock(num_replicas_in_sync=3))
        cluster.check_batch(6)
        with pytest.raises(ConfigError, match=r"batch_size=8 .* 3 replicas"):
            cluster.check_batch(8)


@pytest.mark.exhaustive
def test_mirrored_on_one_device_is_training_as_ever(trained: Path, tmp_path: Path) -> None:
    metrics = run.train(small_recipe(), tmp_path / "run", strategy="mirrored", progress=False)
    alone = json.loads((trained / run.METRICS).read_text())
    assert metrics["elbo"]["mean"] == pytest.approx(alone["elbo"]["mean"], abs=0.01)
