"""Runs the chapters of the tutorial and writes their pages, pictures and notebooks.

    python docs/chapters.py [--all] [--fresh] [CHAPTER ...]

Pages are written into docs/tutorial/, which git ignores, before `mkdocs build`. What a chapter
printed and drew is kept in build/chapters/ until its code or the package's version changes.
Without --all only chapters that need no TensorFlow are run; the others are shown as they last ran,
or without outputs. `mkdocs build` alone runs nothing. Needs no network.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import vaezoo
from vaezoo import images, tutorial
from vaezoo._storage import files
from vaezoo.tutorial import Cell, Chapter
from vaezoo.tutorial.pictures import captured

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "tutorial"
KEPT = ROOT / "build" / "chapters"
WRITTEN = {"index.md", "glossary.md"}  # by hand
MOST = 120  # seconds of CPU for one chapter
_RESULT = "outputs.json"


def folder_of(chapter: Chapter) -> Path:
    """Where the outputs of this code, with this version of the package, are kept."""
    code = [cell.text for cell in chapter.cells if not cell.prose]
    key = hashlib.sha256("\n".join([vaezoo.__version__, *code]).encode()).hexdigest()
    return KEPT / f"{chapter.name}-{key[:12]}"


def run(chapter: Chapter) -> None:
    """Runs a chapter in a process of its own, on two threads; complete or absent."""
    limited = {"OMP_NUM_THREADS": "2", "TF_NUM_INTRAOP_THREADS": "2", "TF_CPP_MIN_LOG_LEVEL": "2"}
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with files.replaced_directory(folder_of(chapter), _RESULT) as folder:
        command = [sys.executable, __file__, "--execute", str(folder), chapter.name]
        environment = {**os.environ, **limited, "PYTHONPATH": paths}
        result = subprocess.run(command, env=environment, capture_output=True, text=True)
        if result.returncode:
            sys.exit(f"{chapter.name}:\n{result.stderr[-4000:]}")
    for old in KEPT.glob(f"{chapter.name}-*"):
        if old != folder_of(chapter):
            files.remove_directory(old)
    seconds = json.loads((folder_of(chapter) / _RESULT).read_text(encoding="utf-8"))["seconds"]
    print(f"{chapter.name}: {seconds:.0f} s of CPU")
    if seconds > MOST:
        print(f"{chapter.name} took more than {MOST} s of CPU here: make it smaller?")


def execute(chapter: Chapter, folder: Path) -> None:
    """Runs the cells in one namespace; writes what each printed and drew."""
    names: dict[str, Any] = {"__name__": "__main__"}
    outputs = [
        _outputs(cell, f"{chapter.name}, cell {number}", names, folder)
        for number, cell in enumerate(chapter.cells)
        if not cell.prose
    ]
    seconds = time.process_time()
    result = {"seconds": seconds, "version": vaezoo.__version__, "outputs": outputs}
    files.write_json(folder / _RESULT, result)


def _outputs(cell: Cell, where: str, names: dict[str, Any], folder: Path) -> list[list[str]]:
    """["text", …] and ["picture", file] in the order in which they came."""
    parts: list[list[str]] = []
    printed = io.StringIO()

    def flush() -> None:
        if printed.getvalue():
            parts.append(["text", printed.getvalue().rstrip("\n")])
            printed.seek(0)
            printed.truncate()

    def keep(picture: Any) -> None:
        flush()
        name = f"{len(list(folder.glob('*.png'))) + 1}.png"
        images.save_png(folder / name, picture)
        parts.append(["picture", name])

    with captured(keep), contextlib.redirect_stdout(printed):
        exec(compile(cell.text, where, "exec"), names)
    flush()
    return parts


def kept(chapter: Chapter) -> dict[str, Any] | None:
    """What the chapter printed and drew, if it has run."""
    path = folder_of(chapter) / _RESULT
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def page(chapter: Chapter, result: dict[str, Any] | None) -> str:
    """The chapter as Markdown, with its outputs, solutions folded."""
    title, *rest = chapter.cells
    outputs = iter(result["outputs"] if result else [])
    heading, _, first = title.text.partition("\n")
    parts, solution = [heading, _facts(chapter, result), first.strip()], None
    for cell in rest:
        text = cell.text if cell.prose else f"```python\n{cell.text}\n```"
        if not cell.prose:
            text = "\n\n".join([text, *_shown(chapter, next(outputs, []))])
        if cell.solution and cell.solution != solution:
            parts.append(f'??? note "Solution {cell.solution}"')
        parts.append(_indented(text) if cell.solution else text)
        solution = cell.solution
    return "\n\n".join(parts) + "\n"


def _facts(chapter: Chapter, result: dict[str, Any] | None) -> str:
    how = f"`vaezoo tutorial {chapter.short_name}` writes it into your folder."
    links = f"[Download this chapter as a notebook]({chapter.name}.ipynb), or {how}"
    if result is None:
        missing = "Its outputs are missing here: `python docs/chapters.py --all` makes them."
        return f"{links}\n\n!!! note\n    {missing}"
    ran = f"vaezoo {result['version']} ran it in {result['seconds']:.0f} seconds of CPU time"
    return f"{links} {ran}; all that it prints and draws is below."


def _shown(chapter: Chapter, outputs: list[list[str]]) -> Iterator[str]:
    for kind, content in outputs:
        if kind == "text":
            yield f"```text\n{content}\n```"
        else:
            yield f"![What the code above draws]({chapter.name}_{content})"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


def write_pages() -> None:
    """The pages of all chapters, in place of those that are there."""
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.iterdir():
        if old.name not in WRITTEN:
            old.unlink(missing_ok=True)
    for chapter in tutorial.chapters().values():
        result = kept(chapter)
        with files.replaced_file(PAGES / f"{chapter.name}.md") as temporary:
            temporary.write_text(page(chapter, result), encoding="utf-8")
        tutorial.write_notebook(chapter, PAGES / f"{chapter.name}.ipynb")
        for picture in folder_of(chapter).glob("*.png"):
            shutil.copyfile(picture, PAGES / f"{chapter.name}_{picture.name}")


def on_pre_build(config: object) -> None:
    """As a hook of mkdocs: pages that its navigation names are there."""
    if not all((PAGES / f"{name}.md").is_file() for name in tutorial.chapters()):
        write_pages()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("chapter", nargs="*", help="those to run, by number or name")
    parser.add_argument("--all", action="store_true", help="run all that have not run yet")
    parser.add_argument("--fresh", action="store_true", help="run again what has run")
    parser.add_argument("--execute", type=Path, help=argparse.SUPPRESS)  # in a process of its own
    options = parser.parse_args()
    asked = [tutorial.find(name) for name in options.chapter]
    if options.execute:
        execute(asked[0], options.execute)
        return
    chosen = asked or [c for c in tutorial.chapters().values() if options.all or not c.trains]
    for chapter in chosen:
        if options.fresh or kept(chapter) is None:
            run(chapter)
    write_pages()


if __name__ == "__main__":
    main()
