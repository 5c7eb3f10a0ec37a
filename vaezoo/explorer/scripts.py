"""The page's own modules in one script, and the policy that lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

PARTS = Path(__file__).parent / "parts"
_IMPORT = re.compile(
    r'^import \{ (?P<names>[^}]+) \} from "\./(?P<module>\w+)\.js";\n', re.MULTILINE
)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)


def read(name: str) -> str:
    """The text of one of the page's parts."""
    return (PARTS / name).read_text(encoding="utf-8")


def script(main: str = "main") -> str:
    """A module and all that it imports, in one: each is a function, so that names stay its own."""
    order: list[str] = []
    _visit(main, order)
    return "\n".join(_wrapped(name) for name in order)


def _visit(name: str, order: list[str]) -> None:
    """Appends a module after those that it imports."""
    for found in _IMPORT.finditer(read(f"{name}.js")):
        if found["module"] not in order:
            _visit(found["module"], order)
    order.append(name)


def _wrapped(name: str) -> str:
    text = read(f"{name}.js")
    names = _EXPORT.findall(text)
    text = _IMPORT.sub(r"const { \g<names> } = module_\g<module>;\n", text)
    body = f"{_EXPORT.sub('', text)}\nreturn {{ {', '.join(names)} }};"
    return f"const module_{name} = (() => {{\n{body}\n}})();"


def policy(text: str, style: str, *, beside: bool = False) -> str:
    """The content security policy of a page: its own script and style, wasm, and no request.

    Args:
        text: of the script.
        style: of the page.
        beside: whether wasm and graphs are files of the same web server.
    """
    scripts = "'self'" if beside else "blob:"
    rules = {
        "default-src": "'none'",
        "script-src": f"'{digest(text)}' 'wasm-unsafe-eval' {scripts}",
        "style-src": f"'{digest(style)}'",
        "img-src": "data: blob: 'self'" if beside else "data: blob:",
        "connect-src": "'self'" if beside else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def digest(text: str) -> str:
    """A hash, as such a policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
