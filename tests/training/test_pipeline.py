"""The data pipeline: order, noise, memory."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from vaezoo._model import pipeline
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


@pytest.mark.parametrize(("workers", "here"), [(2, 1), (1, 4), (2, 2)])
def test_shares_make_up_the_batches(source: np.ndarray, workers: int, here: int) -> None:
    total = workers * here
    shares = [pipeline.Share(worker * here, here, total) for worker in range(workers)]
    parts = [epoch(source, 2, share=share) for share in shares]
    assert {len(x) for part in parts for x in part} == {8 // total}
    for step, batch in enumerate(epoch(source, 2)):
        own = slice(step * here, (step + 1) * here)
        rows = np.concatenate([x for part in parts for x in part[own]])
        np.testing.assert_array_equal(rows, batch)


def test_shares_of_the_last_batch_may_be_empty() -> None:
    source = Subset(np.arange(17, dtype=np.float32).reshape(17, 1), np.arange(17))
    parts = [
        [x.numpy() for x in pipeline.in_order(source, 8, share=pipeline.Share(worker, 1, 2))]
        for worker in range(2)
    ]
    assert [len(x) for x in parts[0]] == [4, 4, 1] and [len(x) for x in parts[1]] == [4, 4, 0]
    assert sorted(np.concatenate([x for part in parts for x in part]).ravel()) == list(range(17))


def test_shares_have_noise_of_their_own() -> None:
    grey = np.full((64, 8), 0.5, np.float32)
    one, other = (
        np.concatenate(epoch(grey, 0, binarise=True, share=pipeline.Share(worker, 1, 2)))
        for worker in range(2)
    )
    assert abs((one == other).mean() - 0.5) < 4 * 0.5 / np.sqrt(one.size)


def test_nothing_is_tuned_while_it_runs(source: np.ndarray) -> None:
    clock = tf.Variable(0, dtype=tf.int64)
    for dataset in (
        pipeline.shuffled(source, 8, epoch=clock, seed=0),
        pipeline.in_order(source, 8),
    ):
        assert dataset.options().autotune.enabled is False
