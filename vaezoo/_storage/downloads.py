"""Downloads over HTTP: resumed, retried, and verified by size and hash."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from vaezoo._storage import files
from vaezoo._storage.files import File
from vaezoo._storage.watch import Stalled, watched
from vaezoo.errors import DownloadError

if TYPE_CHECKING:
    from requests import Response, Session

CHUNK = 2**16
REDIRECTS = {301, 302, 303, 307, 308}
BUSY = {408, 425, 429, 500, 502, 503, 504}  # worth retrying


@dataclass(frozen=True)
class Patience:
    """How patient a download is with a slow server.

    Attributes:
        attempts: how often it is tried.
        pause: seconds before the second attempt, and twice as many before each later one.
        timeout: most seconds without a byte.
        least_speed: fewest bytes of content per second, in each `timeout` seconds of an attempt.
        longest: most seconds of one attempt, whatever the server sends.
    """

    attempts: int = 5
    pause: float = 0.5
    timeout: float = 20.0
    least_speed: float = 1024.0
    longest: float = 3600.0


class _Broken(Exception):
    """A failed attempt that is worth retrying."""


def download(
    url: str,
    path: Path,
    expected: File | None = None,
    *,
    limit: int = 2**31,
    advance: Callable[[int], None] = lambda received: None,
    patience: Patience = Patience(),
    attempts: int | None = None,
) -> None:
    """Downloads `url` to `path`; if its size is known, a partial file is resumed.

    Only the host in `url` is trusted, and no compression, which could hide a larger file.

    Args:
        url: http or https.
        path: in a folder that exists. After a broken connection the part that came stays there,
            to be resumed; after any other error nothing does.
        expected: size and hash; None: any file, but never more than `limit` bytes.
        limit: most bytes, where nothing is expected.
        advance: called with the number of bytes received; negative where they were discarded.
        patience: with a slow server.
        attempts: in place of those of `patience`.

    Raises:
        DownloadError: it is not available, or is another file than expected.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"{url} is no http or https address.")
    if expected is None or (path.exists() and path.stat().st_size > expected.bytes):
        path.unlink(missing_ok=True)
    if path.exists():
        advance(path.stat().st_size)
    reason, attempts = "", attempts or patience.attempts
    for attempt in range(attempts):
        if attempt:
            time.sleep(patience.pause * 2 ** (attempt - 1))
        try:
            resumed = _receive(url, path, expected, limit, advance, patience)
        except _Broken as error:
            reason = str(error)
            continue
        except BaseException as error:
            if not isinstance(error, KeyboardInterrupt):
                path.unlink(missing_ok=True)
            raise
        if expected is None or files.sha256(path) == expected.sha256:
            return
        advance(-path.stat().st_size)
        path.unlink()
        reason = f"the file has another SHA-256 than {expected.sha256[:12]}…"
        if not resumed:  # the server has another file: retrying does not help
            raise DownloadError(f"{url}: {reason}: nothing was kept.")
    raise DownloadError(f"{url} could not be downloaded in {attempts} attempts: {reason}.")


def _receive(
    url: str,
    path: Path,
    expected: File | None,
    limit: int,
    advance: Callable[[int], None],
    patience: Patience,
) -> bool:
    """One attempt to complete `path`; whether it resumed a part."""
    import requests
    import urllib3

    have = path.stat().st_size if path.exists() else 0
    if expected is not None and have == expected.bytes:
        return True
    try:
        with (
            watched(patience.timeout, patience.least_speed, patience.longest) as watch,
            watch.session() as session,
        ):
            response = _open(session, url, have, patience.timeout)
            with response:
                if have and response.status_code != 206:  # it sends the whole file, or an error
                    advance(-have)
                    path.unlink()
                    have = 0
                due = _check_answer(url, response, have, expected)
                most = limit if due is None else due
                with files.open_own(path, "ab") as file:
                    while piece := response.raw.read1(CHUNK):  # a full buffer would hide a stall
                        watch.received += len(piece)
                        have += len(piece)
                        if have > most:
                            raise DownloadError(f"{url} sends more than {most:,} bytes.")
                        file.write(piece)
                        advance(len(piece))
    except Stalled as error:
        raise _Broken(str(error)) from None
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _Broken(_plain(error)) from None
    except OSError as error:
        if isinstance(error, DownloadError):
            raise
        if error.errno is None or isinstance(error, ConnectionError | TimeoutError):
            raise _Broken(str(error)) from None
        raise DownloadError(f"{path} cannot be written: {error.strerror}.") from None
    if due is not None and have < due:
        raise _Broken(f"the connection ended after {have:,} of {due:,} bytes")
    return response.status_code == 206


def _open(session: Session, url: str, have: int, timeout: float) -> Response:
    """The server's answer, after redirections within the same host."""
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    here = url
    for _ in range(5):
        response = session.get(
            here, headers=headers, stream=True, allow_redirects=False, timeout=timeout
        )
        if response.status_code not in REDIRECTS:
            return response
        response.close()
        there = urljoin(here, response.headers.get("Location", ""))
        if urlsplit(there)[:2] != urlsplit(url)[:2]:
            raise DownloadError(
                f"{url} redirects to another host, {there}: it was not followed; if you trust "
                "that host, name it instead."
            )
        here = there
    raise DownloadError(f"{url} redirects too often, at last to {here}.")


def _check_answer(url: str, response: Response, have: int, expected: File | None) -> int | None:
    """How many bytes the file has, where that is known."""
    status, headers = response.status_code, response.headers
    if status in BUSY or (status == 416 and not have):
        raise _Broken(f"the server answers {status} {response.reason}")
    if status not in (200, 206):
        raise DownloadError(f"{url}: the server answers {status} {response.reason}.")
    if headers.get("Content-Encoding", "identity") != "identity":
        raise DownloadError(f"{url} comes compressed ({headers['Content-Encoding']}).")
    if status == 206 and not headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        raise DownloadError(f"{url}: the server sends another part than was requested.")
    length = headers.get("Content-Length", "")
    size = have + int(length) if length.isdecimal() else None
    if expected and size not in (None, expected.bytes):
        raise DownloadError(
            f"{url} has {size:,} bytes ({headers.get('Content-Type', 'of no type')}): expected "
            f"{expected.bytes:,}."
        )
    return expected.bytes if expected else size


def _plain(error: Exception) -> str:
    """The innermost reason of an error, in one line."""
    cause = error
    while cause.args and isinstance(cause.args[0], Exception):
        cause = cause.args[0]
    reason = getattr(cause, "reason", None)
    return str(reason or cause).splitlines()[0][:300] if str(reason or cause) else repr(error)
