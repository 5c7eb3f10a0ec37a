"""What the benchmarks share: results that an interrupted run resumes from, and tables in docs/."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rich.progress import track

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def report(
    name: str,
    description: str,
    entries: Iterable[str],
    measure: Callable[[list[str]], Iterable[Any]],
    table: Callable[[dict[str, Any]], str],
) -> None:
    """Measures what the command line asks for, writes each result at once, and prints a table.

    Args:
        name: of the results' file, benchmarks/results/<name>.json, and of the section in docs/.
        description: of the command.
        entries: names of everything that can be measured.
        measure: some of the names -> the result of each, in turn.
        table: results by name -> Markdown.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="measure these again [those without a result]")
    parser.add_argument("--docs", action="store_true", help="rewrite the table in docs/")
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
    if arguments.docs:
        write_docs(name, table(results))


def write_docs(name: str, text: str) -> None:
    """Replaces the section of this name on the one page of docs/ that has it."""
    begin, end = (f"<!-- {name}: {place} -->\n" for place in ("begin", "end"))
    (page,) = (p for p in DOCS.rglob("*.md") if begin in p.read_text(encoding="utf-8"))
    before, rest = page.read_text(encoding="utf-8").split(begin)
    # A blank line on both sides: Markdown reads no table next to a comment.
    page.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{rest.split(end)[1]}", "utf-8")
