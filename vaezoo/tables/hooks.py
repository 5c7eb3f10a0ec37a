"""What keeps generated and imputed rows within rules, whoever makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from vaezoo.protocols import Array
from vaezoo.tables.cells import Columns


class Rules(Protocol):
    """Rules of columns in their own units, as `Schema.decode` gives them."""

    def check(self, columns: Columns, /) -> Mapping[str, Array]:
        """Which rows break each rule, bool, [N], by the rule's text."""

    def repair(self, columns: Columns, /) -> dict[str, Array]:
        """The nearest rows that obey; the same where they do already."""
