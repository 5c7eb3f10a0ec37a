"""What the benchmarks share: a file that a stopped run goes on from, and a table in the README."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rich.progress import track

README = Path(__file__).parents[1] / "README.md"


def report(
    name: str,
    description: str,
    entries: Iterable[str],
    measure: Callable[[list[str]], Iterable[Any]],
    table: Callable[[dict[str, Any]], str],
) -> None:
    """Measures what is asked for on the command line, writes it as it goes, and prints a table.

    Args:
        name: of the results' file, benchmarks/results/<name>.json, and of the README's section.
        description: of the command.
        entries: names of all that can be measured.
        measure: some of the names -> the result of each, in turn.
        table: results by name -> Markdown.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="measured again; else those without a result")
    parser.add_argument("--readme", action="store_true", help="write the README's table anew")
    arguments = parser.parse_args()
    path = Path(__file__).parent / "results" / f"{name}.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    entries = list(entries)
    unknown = set(arguments.names) - set(entries)
    if unknown:
        parser.error(f"{', '.join(sorted(unknown))}: choose from {', '.join(entries)}")
    names = arguments.names or [entry for entry in entries if entry not in results]
    for entry, result in zip(names, track(measure(names), name, total=len(names)), strict=True):
        results[entry] = result
        path.write_text(json.dumps(results, indent=2) + "\n")
    print(table(results))
    if arguments.readme:
        write_readme(name, table(results))


def write_readme(name: str, text: str) -> None:
    """Puts Markdown into the README, in the place of this name."""
    begin, end = (f"<!-- {name}: {place} -->\n" for place in ("begin", "end"))
    before, rest = README.read_text(encoding="utf-8").split(begin)
    README.write_text(before + begin + text + end + rest.split(end)[1], "utf-8")
