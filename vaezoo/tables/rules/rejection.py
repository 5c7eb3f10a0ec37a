"""Rows that obey every rule by chance: drawn until there are enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vaezoo._checks import check_seed, positive
from vaezoo.errors import DataError
from vaezoo.protocols import Array

Draw = Callable[[int, int], Mapping[str, Array]]  # rows and a seed -> columns
_MOST = 10_000  # draws for each row


class Checks(Protocol):
    """What says which rows break a rule: `Rules`."""

    def check(self, columns: Mapping[str, Array]) -> dict[str, Array]: ...


@dataclass(frozen=True)
class Rejected:
    """Rows that obey every rule.

    Attributes:
        columns: [N] each.
        num_draws: rows that were drawn for them.
    """

    columns: dict[str, Array]
    num_draws: int


def reject(rules: Checks, draw: Draw, num: int, seed: int = 0) -> Rejected:
    """The first `num` rows of a model that obey all rules: draws of p(x | rules).

    Args:
        rules: to obey.
        draw: of a number of rows and a seed, columns, in the steps of the columns.
        num: N.
        seed: decides all draws.

    Raises:
        DataError: fewer than one row in 10,000 obeys them.

    Example:
        >>> import numpy as np
        >>> from vaezoo.tables import Column, Rules
        >>> rules = Rules.from_texts(["x > 0"], {"x": Column()})
        >>> normal = lambda num, seed: {"x": np.random.default_rng(seed).normal(size=num)}
        >>> found = reject(rules, normal, 100)
        >>> len(found.columns["x"]), found.num_draws >= 100
        (100, True)
    """
    seeds = np.random.default_rng(check_seed(seed))
    parts, found, draws = [], 0, 0
    most = _MOST * positive("num", num)
    while found < num and draws < most:
        size = min(max(1000, num), most - draws)
        columns = draw(size, int(seeds.integers(2**31)))
        rows = np.flatnonzero(~np.any([*rules.check(columns).values()], axis=0))
        found, draws = found + len(rows), draws + _used(rows, num - found, size)
        parts.append({name: np.asarray(cells)[rows] for name, cells in columns.items()})
    if found < num:
        raise DataError(
            f"{found} of {draws:,} rows obey all rules: too few for rejection; repair them instead."
        )
    names = parts[0]
    joined = {name: np.concatenate([part[name] for part in parts])[:num] for name in names}
    return Rejected(joined, draws)


def _used(rows: Array, needed: int, size: int) -> int:
    """Of so many draws, those up to the last that is needed."""
    return int(rows[needed - 1]) + 1 if len(rows) >= needed else size
