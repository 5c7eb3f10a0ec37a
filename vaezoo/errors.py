"""Every error that vaezoo raises on purpose.

Each says what was received, what was expected and what to do. The command line
prints the message on one line and exits with 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vaezoo._text import one_line

__all__ = [
    "BusyError",
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

    # Names and reasons in messages may come from a file or a server, addresses may hold a user's
    # name and password: a message is one line, without these.
    def __str__(self) -> str:
        return masked(one_line(super().__str__()))

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


class BusyError(VaezooError, TimeoutError):
    """Something that another process is using."""


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


def unknown_name(
    kind: str, name: object, known: Iterable[str], *, lister: str | None = None
) -> UnknownNameError:
    """The error for an unknown `name`, which suggests the nearest known one.

    Args:
        kind: what it is the name of, for the message: "likelihood".
        name: as the user gave it.
        known: all names there are.
        lister: the command that lists them, for names too many to be read in a message.
    """
    known = sorted(known)
    near = nearest(name, known)
    hint = f": did you mean {near!r}?" if near else "."
    listing = f"Known: {', '.join(known) or 'none'}."
    if lister:
        listing = f"{lister} lists them all."
    return UnknownNameError(f"unknown {kind} {name!r}{hint} {listing}")


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The known name that is most like `name`, whatever their case; None if none is."""
    import difflib  # late: most commands never need it

    by_lower = {item.lower(): item for item in known}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=0.5)
    return by_lower[near[0]] if near else None


def need(extra: str, package: str, purpose: str) -> None:
    """Raises `MissingExtraError` where `package` is not installed."""
    import importlib.util

    if importlib.util.find_spec(package) is None:
        raise missing_extra(extra, package, purpose)


def missing_package(package: str, purpose: str) -> MissingExtraError:
    """The error for an absent `package` that no extra installs."""
    return MissingExtraError(
        f"{purpose} needs {package}, which is not installed: pip install {package}."
    )


def missing_extra(extra: str, package: str, purpose: str) -> MissingExtraError:
    """The error for an absent optional `package`, which names the extra to install."""
    return MissingExtraError(
        f'{purpose} needs {package}, which is not installed: pip install "vaezoo[{extra}]".'
    )
