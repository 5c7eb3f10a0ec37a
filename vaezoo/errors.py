"""Every error that vaezoo raises on purpose.

Each says what was received, what was expected and what to do. The command line
prints the message on one line and exits with 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = [
    "ConfigError",
    "DamagedFileError",
    "DataError",
    "DownloadError",
    "ExportError",
    "MissingExtraError",
    "ReproductionError",
    "TrainingDivergedError",
    "UnknownNameError",
    "VaezooError",
    "WorkerLostError",
    "missing_extra",
    "need",
    "unknown_name",
]


class VaezooError(Exception):
    """Base of all errors raised on purpose.

    Example:
        >>> import vaezoo
        >>> from vaezoo.errors import VaezooError
        >>> try:
        ...     vaezoo.load("digits_vae").encode_mean([[0.5, 0.5]])
        ... except VaezooError as error:
        ...     print(type(error).__name__)
        DataError
    """

    # Addresses in messages may hold a user's name and password: these are never shown.
    def __str__(self) -> str:
        return masked(super().__str__())

    def __repr__(self) -> str:
        return masked(super().__repr__())


class DataError(VaezooError, ValueError):
    """Data of the wrong shape, type, range or content."""


class ConfigError(VaezooError, ValueError):
    """A recipe or a model argument that cannot be used."""


class UnknownNameError(VaezooError, LookupError):
    """A name that is in no registry."""


class DamagedFileError(VaezooError, OSError):
    """A file that is missing, truncated, or does not match its hash."""


class DownloadError(VaezooError, OSError):
    """A file that no server or folder has, or that is not the expected one."""


class MissingExtraError(VaezooError, ImportError):
    """An optional dependency that is not installed."""


class ExportError(VaezooError, RuntimeError):
    """A graph that cannot be exported, or that disagrees with its model."""


class TrainingDivergedError(VaezooError, ArithmeticError):
    """A loss that is no longer a finite number."""


class ReproductionError(VaezooError, AssertionError):
    """A published figure that was not reproduced."""


class WorkerLostError(VaezooError, ConnectionError):
    """A process of a cluster that died, without which the others cannot continue."""


def masked(text: str) -> str:
    """The text without the names and passwords in its web addresses.

    Example:
        >>> from vaezoo.errors import masked
        >>> masked("https://me:secret@example.com/zoo is down")
        'https://***@example.com/zoo is down'
    """
    return re.sub(r"(?<=://)[^/\s]*@", "***@", text)


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """The error for an unknown `name`, which suggests the nearest known one."""
    import difflib  # late: most commands never need it

    known = sorted(known)
    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    listing = ", ".join(known) or "none"
    return UnknownNameError(f"unknown {kind} {name!r}: {hint}Known: {listing}.")


def need(extra: str, package: str, purpose: str) -> None:
    """Raises `MissingExtraError` where `package` is not installed."""
    import importlib.util

    if importlib.util.find_spec(package) is None:
        raise missing_extra(extra, package, purpose)


def missing_extra(extra: str, package: str, purpose: str) -> MissingExtraError:
    """The error for an absent optional `package`, which names the extra to install."""
    return MissingExtraError(
        f'{purpose} needs {package}, which is not installed: pip install "vaezoo[{extra}]".'
    )
