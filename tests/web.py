"""A server of static files on this machine, which behaves as badly as a test asks it to."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Answer = Callable[[http.server.BaseHTTPRequestHandler, bytes], None]


class Server(http.server.ThreadingHTTPServer):
    """Serves `folder`, parts of files too.

    Attributes:
        answers: what to do instead, by the end of a path; each is used once.
        requests: path and range of each that was received.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.answers: list[tuple[str, Answer]] = []
        self.requests: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def once(self, ending: str, answer: Answer, times: int = 1) -> None:
        self.answers += [(ending, answer)] * times


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        start = self.headers.get("Range")
        self.server.requests.append((self.path, start))
        path = self.server.folder / self.path.lstrip("/")
        content = path.read_bytes() if path.is_file() else None
        for index, (ending, answer) in enumerate(self.server.answers):
            if self.path.endswith(ending):
                del self.server.answers[index]
                with contextlib.suppress(ConnectionError):
                    answer(self, content or b"")
                return
        if content is None:
            self.send_error(404)
            return
        begin = int(start.removeprefix("bytes=").rstrip("-")) if start else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(content[begin:])

    def log_message(self, *_: Any) -> None:
        """Nothing is said."""


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[Server]:
    with Server(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def status(code: int) -> Answer:
    return lambda handler, content: handler.send_error(code)


def content(body: bytes, **headers: str) -> Answer:
    """This, in place of the file."""

    def answer(handler: Any, _: bytes) -> None:
        handler.send_response(200)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(key.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def redirect(location: str) -> Answer:
    def answer(handler: Any, _: bytes) -> None:
        handler.send_response(302)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def cut(after: int) -> Answer:
    """A connection that breaks after some bytes."""

    def answer(handler: Any, body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:after])
        handler.wfile.flush()
        handler.connection.close()

    return answer


def endless(handler: Any, _: bytes) -> None:
    """Zeros, of no stated length, until the client has had enough."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(10_000):
        handler.wfile.write(bytes(2**16))


def drip(pause: float) -> Answer:
    """A byte, a pause, a byte…"""

    def answer(handler: Any, body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        stop = threading.Event()
        for byte in body[:40]:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            stop.wait(pause)

    return answer
