"""What ends a command, as one line with advice."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping

from vaezoo.errors import VaezooError, masked

TRACEBACK = "VAEZOO_TRACEBACK"
_OF_SYSTEM = {
    errno.ENOSPC: "free some space, or choose another place",
    errno.EDQUOT: "free some space, or choose another place",
    errno.EACCES: "choose a place that you may use",
    errno.EPERM: "choose a place that you may use",
    errno.EROFS: "choose a place that can be written to",
    errno.EISDIR: "give the name of a file",
    errno.ENOTDIR: "choose another place",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EMFILE: "close other programs, or raise the limit of open files",
    errno.ENOENT: "check the path",
}  # fmt: skip
_MEMORY = "out of memory: ask for fewer examples or samples at once, or close other programs."
_NESTED = "the input is nested too deeply: simplify it."
# Of packages below: the first part of the module in which an exception's class is defined.
_BELOW: Mapping[str, str] = {
    "onnxruntime": "ONNX Runtime cannot run this model here: verify it (vaezoo verify), or try "
    "--device cpu",
    "numpy": "NumPy cannot do this with these data: check their values and shapes",
    "tensorflow": "TensorFlow stopped: check the data and the recipe's values",
    "keras": "Keras stopped: check the recipe's values",
    "requests": "the connection failed: try again",
    "urllib3": "the connection failed: try again",
    "PIL": "an image cannot be read: check the data",
}


def show_traceback() -> bool:
    """Whether the user asked for tracebacks, by an environment variable."""
    return os.environ.get(TRACEBACK, "") not in ("", "0")


def one_line(error: BaseException) -> str:
    """What happened and what to do, in one line."""
    return masked(" ".join(_text(error).split()))


def _text(error: BaseException) -> str:
    if isinstance(error, VaezooError):
        return str(error)
    if isinstance(error, MemoryError) or _is_exhausted(error):
        return _MEMORY
    if isinstance(error, RecursionError):
        return _NESTED
    if isinstance(error, OSError) and error.strerror:
        place = f"{_named(error)}: " if error.filename else ""
        advice = _OF_SYSTEM.get(error.errno or 0, "check the place and its permissions")
        return f"{place}{error.strerror}: {advice}."
    text = str(error).strip() or "no reason given"
    package = next((name for name in _origins(error) if name in _BELOW), None)
    if package:
        return f"{_BELOW[package]} ({text[:500]})."
    return (
        f"unexpected {type(error).__name__}: {text[:500]} (a fault of vaezoo: please report it, "
        f"with what {TRACEBACK}=1 shows)."
    )


def _origins(error: BaseException) -> Iterator[str]:
    """Packages that an exception comes from: its class's, and that of the code that raised it."""
    yield type(error).__module__.split(".")[0]
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is not None:
        yield str(trace.tb_frame.f_globals.get("__name__", "")).split(".")[0]


def _named(error: OSError) -> str:
    """The file, by its own name: a temporary one has eight digits and a dot before it."""
    place = str(error.filename2 or error.filename)
    folder, name = os.path.split(place)
    parts = name.split(".", 2)
    temporary = len(parts) == 3 and not parts[0] and len(parts[1]) == 8
    return os.path.join(folder, parts[2]) if temporary else place


def _is_exhausted(error: BaseException) -> bool:
    """Whether a package below had too little memory, by its own exception."""
    texts = ("bad_alloc", "Failed to allocate memory", "OOM when allocating", "out of memory")
    return type(error).__name__ == "ResourceExhaustedError" or any(t in str(error) for t in texts)
