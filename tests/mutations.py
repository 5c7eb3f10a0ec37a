"""Strategies of what someone may have changed in a file."""

from __future__ import annotations

import copy
from typing import Any

import pytest

hypothesis = pytest.importorskip("hypothesis", reason="needs hypothesis")
st = hypothesis.strategies

PATHS = ["", ".", "..", "../x", "/etc/passwd", "a\\b", "c:/x", "a//b", "a/../../b", "~/x", "a."]
TEXTS = ["nul\0", "é", "con", "manifest.json", "decoder.onnx", "0" * 64, "x" * 5000, "http://x/y"]
HOSTILE_TEXT = st.sampled_from([*PATHS, *TEXTS])
HOSTILE_NUMBER = st.sampled_from([-1, 0, 1, 2**31, 2**63, 2**70, 1e308, -0.0, 0.5, True])
VALUES = st.recursive(
    st.none() | st.booleans() | HOSTILE_NUMBER | st.integers() | HOSTILE_TEXT | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE_TEXT, inner, max_size=3),
    max_leaves=6,
)
SPECIAL = st.sampled_from([float("nan"), float("inf"), float("-inf")])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where anything is, in nested lists and dictionaries."""
    found = [path]
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            found += places(inner, (*path, key))
    return found


def mutated(original: Any) -> Any:
    """Strategy of JSON values: up to three changes, each at any place."""
    everywhere = st.sampled_from(places(original)[1:])
    kinds = st.sampled_from(["replace", "replace", "remove", "rename", "move", "add"])
    changes = st.lists(
        st.tuples(kinds, everywhere, everywhere, VALUES | SPECIAL, HOSTILE_TEXT),
        min_size=1,
        max_size=3,
    )

    def changed(changes: list[Any]) -> Any:
        value = copy.deepcopy(original)
        for kind, place, other, new, name in changes:
            try:
                inner, key = _at(value, place[:-1]), place[-1]
                if kind == "replace":
                    inner[key] = new
                elif kind == "remove":
                    del inner[key]
                elif kind == "rename":
                    inner[name] = inner.pop(key)
                elif kind == "move":
                    inner[key] = copy.deepcopy(_at(value, other))
                else:
                    inner[key][name] = new
            except (KeyError, IndexError, TypeError, AttributeError):
                continue  # an earlier change has taken the place away
        return value

    return st.builds(changed, changes)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def broken(content: bytes) -> Any:
    """Strategy of bytes: cut, flipped, repeated, or with others put in."""
    somewhere = st.integers(0, len(content) - 1)

    def changed(start: int, stop: int, new: bytes, flips: list[tuple[int, int]]) -> bytes:
        result = bytearray(content[:start] + new + content[stop:])
        for place, bit in flips:
            if result:
                result[place % len(result)] ^= 1 << bit
        return bytes(result)

    flips = st.lists(st.tuples(somewhere, st.integers(0, 7)), max_size=5)
    return st.builds(changed, somewhere, somewhere, st.binary(max_size=20), flips)


def flipped(content: bytes) -> Any:
    """Strategy of bytes of the same length, of which up to three are others."""

    def changed(changes: list[tuple[int, int]]) -> bytes:
        result = bytearray(content)
        for place, byte in changes:
            result[place] = byte
        return bytes(result)

    change = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    return st.builds(changed, st.lists(change, min_size=1, max_size=3))
