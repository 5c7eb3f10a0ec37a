"""What the commands of agents have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vaezoo.cli import options

if TYPE_CHECKING:
    from vaezoo.protocols import Array

_LIMIT = 1000  # as vaezoo.world has it, whose import takes NumPy

seed_option = click.option(
    "--seed", default=0, show_default=True, callback=options.not_negative,
    help="Decides everything, the environment included.",
)  # fmt: skip
limit_option = click.option(
    "--limit", default=_LIMIT, show_default=True, callback=options.at_least_one,
    help="Steps after which an episode is cut off.",
)  # fmt: skip


def mean_of(returns: Array) -> str:
    """With its standard error, of two episodes and more."""
    from vaezoo.world import Earned

    earned = Earned.of(returns)
    error = f" ± {earned.standard_error:.2f}" if earned.num_episodes > 1 else ""
    return f"{earned.mean:.2f}{error}"
