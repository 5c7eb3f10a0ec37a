"""Rules as they are written: texts, and combinations of categories, in a TOML file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vaezoo._storage import fields
from vaezoo.errors import ConfigError, unknown_name
from vaezoo.protocols import Array
from vaezoo.tables.rules.columns import ColumnFacts, is_finite, is_missing
from vaezoo.tables.rules.parser import parse
from vaezoo.tables.rules.syntax import Member, Rule

_KEYS = ("rules", "combinations")
_LARGEST = 10_000_000  # bytes of a file


def read_toml(
    source: str | os.PathLike[str],
    columns: Mapping[str, ColumnFacts],
    data: Mapping[str, Array] | None = None,
) -> list[Rule]:
    """Rules of a TOML file, or of its text.

    Raises:
        ConfigError: it is no such file, or a rule cannot be read.
    """
    return read(_parsed(source), columns, data)


def read(
    value: object,
    columns: Mapping[str, ColumnFacts],
    data: Mapping[str, Array] | None = None,
) -> list[Rule]:
    """Rules from what TOML or JSON has of them."""
    try:
        table = fields.mapping(value)
        named = _named(table.get("rules", []))
        combined = [fields.mapping(each) for each in fields.sequence(table.get("combinations", []))]
    except ValueError as error:
        raise ConfigError(f"the rules cannot be read: {error}.") from None
    for key in table:
        if key not in _KEYS:
            raise unknown_name("key of rules", key, _KEYS)
    rules = [parse(text, name, columns) for name, text in named]
    return [*rules, *(_combination(each, columns, data) for each in combined)]


def written(rules: Sequence[Rule]) -> dict[str, Any]:
    """What `read` reads."""
    combined = [rule for rule in rules if not rule.text]
    return {
        "rules": {rule.name: rule.text for rule in rules if rule.text},
        "combinations": [_written(rule) for rule in combined],
    }


def _parsed(source: str | os.PathLike[str]) -> dict[str, Any]:
    text = source if isinstance(source, str) and "\n" in source else None
    if text is None and isinstance(source, str) and "=" in source:
        text = source
    name = "the rules" if text is not None else os.fspath(source)
    try:
        if text is None:
            path = Path(source)
            if path.stat().st_size > _LARGEST:
                raise ConfigError(f"{name} is no file of rules: it has more than 10 MB.")
            text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name} cannot be read ({error}): give a .toml of rules.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{name} is no TOML: {error or 'nested too deeply'}.") from None


def _named(value: object) -> list[tuple[str, str]]:
    """Names and texts: a list of texts, each of which is its own name, or a table of them."""
    items = value.items() if isinstance(value, dict) else [(t, t) for t in fields.sequence(value)]
    found = [(str(name).strip(), _text(text)) for name, text in items]
    if len({name for name, _ in found}) < len(found):
        raise ValueError("two rules have the same name")
    return found


def _text(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError(f"a rule is {value!r}: expected a text such as 'Age >= 18'")


def _combination(
    value: Mapping[str, Any], columns: Mapping[str, ColumnFacts], data: Mapping[str, Array] | None
) -> Rule:
    try:
        names = [fields.text(name) for name in fields.sequence(value["columns"])]
        for name in names:
            if name not in columns:
                raise unknown_name("column of a combination", name, columns)
            if not is_finite(columns[name]):
                raise ConfigError(f"combinations are of categories, and {name!r} has numbers.")
        rows = _rows(value, names, columns, data)
    except (KeyError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"[[combinations]] cannot be read: {error}.") from None
    return Rule(str(value.get("name") or f"({', '.join(names)})"), "", Member(tuple(names), rows))


def _rows(
    value: Mapping[str, Any],
    names: Sequence[str],
    columns: Mapping[str, ColumnFacts],
    data: Mapping[str, Array] | None,
) -> frozenset[tuple[str, ...]]:
    if "rows" not in value:
        return _of_data(names, data)
    rows = [tuple(fields.sequence(r)) for r in fields.sequence(value["rows"], most=1_000_000)]
    for row in rows:
        if len(row) != len(names):
            raise ValueError(f"a row is {list(row)}: expected one category of each of {names}")
        for name, item in zip(names, row, strict=True):
            if item not in columns[name].categories:
                raise unknown_name(f"category of {name!r}", item, columns[name].categories[:20])
    return frozenset(rows)


def _of_data(names: Sequence[str], data: Mapping[str, Array] | None) -> frozenset[tuple[str, ...]]:
    if data is None:
        raise ConfigError(
            f"the combination of {', '.join(names)} has no rows, and there are no data to take "
            "them from: add rows."
        )
    there = ~(sum(is_missing(data[name]) for name in names) > 0)
    return frozenset(zip(*(data[name][there].tolist() for name in names), strict=True))


def _written(rule: Rule) -> dict[str, Any]:
    assert isinstance(rule.conclusion, Member)
    rows = sorted(map(list, rule.conclusion.rows))
    return {"name": rule.name, "columns": list(rule.conclusion.columns), "rows": rows}
