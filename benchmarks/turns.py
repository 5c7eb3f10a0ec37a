"""Contenders that take turns: one process each, a short block of work at a time, so that a machine
that slows down slows all of them, and ratios compare the same minutes."""

from __future__ import annotations

import itertools
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any


class Over(Exception):
    """There are no more turns."""


class Turns:
    """A contender's side of it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.last: Any = None  # the contender's result

    def ready(self, first: Any = None) -> None:
        """Reports that preparations are done, with their result."""
        self._pipe.send((True, first))

    def wait(self) -> None:
        """Waits for its turn. Raises `Over` when there will be none."""
        if not self._pipe.recv():
            raise Over

    def done(self, value: float) -> None:
        """Ends its turn, with what was measured: seconds, or anything of which less is better."""
        self._pipe.send(value)

    def laps(self) -> Iterator[int]:
        """Waits for turns, and times each until the next is requested."""
        for lap in itertools.count():
            self.wait()
            start = time.perf_counter()
            yield lap
            self.done(time.perf_counter() - start)


@dataclass(frozen=True)
class Contest:
    """What was measured.

    Attributes:
        rounds: of each contender that could run, one value a round.
        firsts: what each gave to `ready`.
        lasts: what each left in `turns.last`.
        mebibytes: largest resident size of each one's process.
    """

    rounds: dict[str, list[float]]
    firsts: dict[str, Any]
    lasts: dict[str, Any]
    mebibytes: dict[str, float]


def contest(
    contenders: Mapping[str, Callable[..., None]],
    arguments: Sequence[Any],
    rounds: int,
    *,
    warm_up: int = 1,
) -> Contest:
    """Lets contenders take turns.

    Args:
        contenders: functions of a module, by name: (*arguments, turns) -> None, which call
            `turns.ready` once, then `wait` and `done` until `Over`. One that raises
            `ModuleNotFoundError` lacks a library and is left out.
        arguments: of each of them.
        rounds: turns that count.
        warm_up: turns before these.
    """
    spawn = multiprocessing.get_context("spawn")
    pipes, firsts = {}, {}
    for name, contender in contenders.items():
        pipes[name], end = spawn.Pipe()
        spawn.Process(target=_process, args=(contender, arguments, end), daemon=True).start()
        end.close()  # so that a process that dies is noticed
    for name, pipe in list(pipes.items()):
        present, firsts[name] = pipe.recv()
        if not present:
            del pipes[name], firsts[name]
    values: dict[str, list[float]] = {name: [] for name in pipes}
    for round_ in range(warm_up + rounds):
        for name, pipe in pipes.items():
            pipe.send(True)
            value = pipe.recv()
            if round_ >= warm_up:
                values[name].append(value)
    mebibytes, lasts = {}, {}
    for name, pipe in pipes.items():
        pipe.send(False)
        mebibytes[name], lasts[name] = pipe.recv()
    return Contest(values, firsts, lasts, mebibytes)


def _process(contender: Callable[..., None], arguments: Sequence[Any], pipe: Connection) -> None:
    turns = Turns(pipe)
    try:
        contender(*arguments, turns)
    except ModuleNotFoundError:
        pipe.send((False, None))
    except Over:
        pipe.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, turns.last))


def summary(rounds: Mapping[str, Sequence[float]], base: str) -> dict[str, dict[str, Any]]:
    """Median by name, and median and quartiles of the ratios to the base's value of that round."""
    result = {}
    for name, values in rounds.items():
        ratios = [mine / its for mine, its in zip(values, rounds[base], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        result[name] = {
            "seconds": statistics.median(values),
            "ratio": middle,
            "quartiles": [low, high],
            "rounds": [float(f"{value:.4g}") for value in values],
        }
    return result
