"""The data pipeline: order, noise, memory."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from vaezoo import pipeline
from vaezoo.datasets.base import Subset


def epoch(source: object, number: int, **options: object) -> list[np.ndarray]:
    clock = tf.Variable(number, dtype=tf.int64)
    arguments = {"batch_size": 8, "seed": 0} | options
    return [x.numpy() for x in pipeline.shuffled(source, epoch=clock, **arguments)]


@pytest.fixture
def source() -> np.ndarray:
    return np.arange(50, dtype=np.float32).reshape(50, 1)


def test_an_epoch_is_a_permutation_in_whole_batches(source: np.ndarray) -> None:
    batches = epoch(source, 0)
    assert [len(x) for x in batches] == [8] * 6
    rows = np.concatenate(batches).ravel()
    assert len(set(rows)) == 48 and set(rows) <= set(range(50)) and list(rows) != sorted(rows)


def test_epochs_differ_and_repeat(source: np.ndarray) -> None:
    first, second = (np.concatenate(epoch(source, number)) for number in (0, 1))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(np.concatenate(epoch(source, 1)), second)
    assert not np.array_equal(np.concatenate(epoch(source, 1, seed=5)), second)


def test_one_dataset_follows_the_clock(source: np.ndarray) -> None:
    clock = tf.Variable(0, dtype=tf.int64)
    dataset = pipeline.shuffled(source, 8, epoch=clock, seed=0)
    first = np.concatenate([x.numpy() for x in dataset])
    clock.assign(1)
    second = np.concatenate([x.numpy() for x in dataset])
    np.testing.assert_array_equal(second, np.concatenate(epoch(source, 1)))
    assert not np.array_equal(first, second)
    assert int(dataset.cardinality()) == 6


def test_dynamic_binarisation_is_bernoulli_and_new_every_epoch() -> None:
    grey = np.tile(np.array([0, 64, 255], np.uint8), (800, 1))
    drawn = [np.concatenate(epoch(grey, number, binarise=True)) for number in (0, 1)]
    assert set(np.unique(drawn)) == {0.0, 1.0}
    means = np.mean(drawn, axis=(0, 1))
    p = 64 / 255
    assert means[0] == 0 and means[2] == 1
    assert abs(means[1] - p) < 4 * np.sqrt(p * (1 - p) / 1600)
    assert not np.array_equal(drawn[0], drawn[1])


def test_bytes_are_scaled_and_order_is_kept() -> None:
    source = np.arange(20, dtype=np.uint8).reshape(20, 1)
    batches = [x.numpy() for x in pipeline.in_order(source, 8)]
    assert [len(x) for x in batches] == [8, 8, 4]
    np.testing.assert_allclose(np.concatenate(batches).ravel(), np.arange(20) / 255, rtol=1e-6)


def test_streamed_sources_give_the_same_batches(source: np.ndarray) -> None:
    streamed = Subset(source, np.arange(50))  # not an array: read by rows
    for a, b in zip(epoch(source, 3), epoch(streamed, 3), strict=True):
        np.testing.assert_array_equal(a, b)
    assert next(iter(pipeline.in_order(streamed, 8))).shape == (8, 1)
