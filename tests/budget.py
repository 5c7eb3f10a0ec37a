"""Prints how long the tests of each folder took, and the slowest files, next to the budget."""

from __future__ import annotations

import time
from collections import Counter

import pytest

BUDGET = 360  # seconds of the default run, alone on two cores
FILES = 8
START = time.monotonic()


def seconds_by_file(terminal: pytest.TerminalReporter) -> Counter[str]:
    """Setup, call and teardown of each test, summed over all processes."""
    seconds: Counter[str] = Counter()
    for reports in terminal.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.split("::")[0]] += report.duration
    return seconds


def table(seconds: Counter[str], wall: float, marks: str) -> list[str]:
    """Lines: folders, the slowest files, the total."""
    folders: Counter[str] = Counter()
    for file, value in seconds.items():
        folders[file.rpartition("/")[0]] += value
    lines = [f"{value:8.1f} s  {name}" for name, value in folders.most_common()]
    lines += [f"{value:8.1f} s    {name}" for name, value in seconds.most_common(FILES)]
    budget = f" of {BUDGET} s" if marks == "not slow and not exhaustive" else ""
    return [*lines, f"{sum(seconds.values()):8.1f} s  in tests; on the clock {wall:.0f} s{budget}"]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if len(seconds := seconds_by_file(terminalreporter)) > 1:
        terminalreporter.section("seconds by folder and file")
        for line in table(seconds, time.monotonic() - START, config.option.markexpr):
            terminalreporter.write_line(line)
