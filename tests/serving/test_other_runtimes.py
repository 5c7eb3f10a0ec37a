"""Other runtimes than Python's read the same files and give the same pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from node import Node

import vaezoo
from vaezoo import _noise as noise


def test_node_generates_the_same_pixels(node: Node, export: Path) -> None:
    drawn = noise.standard_normal(64, 8, 0)
    found = node.generate(export, drawn).reshape(64, 8, 8, 1)
    np.testing.assert_allclose(found, vaezoo.load(export).generate(64, seed=0), atol=1e-6)


def test_node_opens_no_file_that_was_changed(node: Node, export: Path) -> None:
    path = export / "decoder.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    done = node.run(export, noise.standard_normal(1, 8, 0))
    assert done.returncode == 1
    assert "Error: decoder.onnx has SHA-256" in done.stderr
    assert not (node.arrays / "out.f32").exists()


def test_node_opens_no_file_elsewhere(node: Node, export: Path, tmp_path: Path) -> None:
    (export / "decoder.onnx").rename(tmp_path / "decoder.onnx")
    (export / "decoder.onnx").symlink_to(tmp_path / "decoder.onnx")
    done = node.run(export, noise.standard_normal(1, 8, 0))
    assert (done.returncode, done.stderr) == (1, "Error: decoder.onnx lies outside the export\n")


def test_node_says_what_noise_it_expects(node: Node, export: Path) -> None:
    done = node.run(export, np.zeros(9))
    assert (done.returncode, done.stderr) == (
        1,
        "Error: noise has 9 numbers: expected a multiple of 8\n",
    )
    done = node.run(export, np.zeros(8), np.zeros(10))
    assert (done.returncode, done.stderr) == (1, "Error: this model has no condition\n")
