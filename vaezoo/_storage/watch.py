"""HTTP sessions whose connections are cut when a server makes no progress.

A socket's own timeout begins anew with each byte: a server that sends one now and then, in its
status line, headers, chunks or trailers, would hold a client for ever. The look-up of a host's name
has no timeout at all.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests import Session


class Stalled(Exception):
    """A server that was too slow."""


class Watch:
    """What a connection has received, and the thread that cuts it.

    Attributes:
        received: bytes of content so far, counted by whoever reads them.
    """

    def __init__(self, window: float, least_speed: float, longest: float) -> None:
        self._window, self._least, self._longest = window, window * least_speed, longest
        self._sockets: list[socket.socket] = []
        self._lock, self._done = threading.Lock(), threading.Event()
        self.received, self.reason = 0, ""

    def session(self) -> Session:
        """A `requests.Session`, all of whose connections are watched."""
        import requests

        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, _adapter(self))
        return session

    def connect(self, open_socket: Callable[[], socket.socket]) -> socket.socket:
        """The socket that `open_socket` gives within the window, watched from then on.

        It runs in a thread of its own, which is left behind where the system does not answer.
        """
        future: Future[socket.socket] = Future()
        threading.Thread(target=_settle, args=(future, open_socket), daemon=True).start()
        try:
            connection = future.result(self._window)
        except TimeoutError:
            future.add_done_callback(_close)  # of an answer that comes later
            raise
        self._add(connection)
        return connection

    def _add(self, connection: socket.socket) -> None:
        """Watches a socket, by a duplicate: TLS takes the original apart."""
        with self._lock:
            self._sockets.append(connection.dup())
            if self.reason:
                self._cut()

    def run(self) -> None:
        """Cuts all connections once they are too slow; ends with `close`."""
        started = marked = time.monotonic()
        before = 0
        while not self._done.wait(min(0.5, self._window / 8)):
            now, received = time.monotonic(), self.received
            if now - marked >= self._window:
                slow, marked, before = received - before < self._least, now, received
            else:
                slow = False
            if slow or now - started >= self._longest:
                with self._lock:
                    self.reason = (
                        f"the server stalls: {received:,} bytes in {now - started:.0f} seconds"
                    )
                    self._cut()
                return

    def _cut(self) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Ends the thread."""
        self._done.set()
        with self._lock:
            for each in self._sockets:
                each.close()
            self._sockets.clear()


def _settle(future: Future[socket.socket], open_socket: Callable[[], socket.socket]) -> None:
    try:
        future.set_result(open_socket())
    except BaseException as error:
        future.set_exception(error)


def _close(future: Future[socket.socket]) -> None:
    if future.exception() is None:
        future.result().close()


@contextlib.contextmanager
def watched(window: float, least_speed: float, longest: float) -> Iterator[Watch]:
    """A `Watch` during the block.

    Args:
        window: seconds; in each of them `least_speed` bytes of content a second have to come.
        least_speed: bytes per second.
        longest: most seconds in all.

    Raises:
        Stalled: it cut the connection, whatever error that became.
    """
    watch = Watch(window, least_speed, longest)
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        yield watch
    except Exception as error:
        if watch.reason:
            raise Stalled(watch.reason) from error
        raise
    finally:
        watch.close()
        thread.join()
    if watch.reason:  # a cut connection reads as the end of a file of no stated length
        raise Stalled(watch.reason)


@functools.cache
def _pools() -> tuple[type, ...]:
    """Pools of connections that open their sockets by a watch."""
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.exceptions import ConnectTimeoutError

    def tells(connection: type, pool: type) -> type:
        def _new_conn(self: Any) -> socket.socket:
            try:
                return self.watch.connect(lambda: connection._new_conn(self))  # type: ignore[attr-defined]
            except TimeoutError:
                raise ConnectTimeoutError(f"{self.host} cannot be reached in time") from None

        made = type(connection.__name__, (connection,), {"_new_conn": _new_conn, "watch": None})
        return type(pool.__name__, (pool,), {"ConnectionCls": made})

    return tells(HTTPConnection, HTTPConnectionPool), tells(HTTPSConnection, HTTPSConnectionPool)


def _adapter(watch: Watch) -> Any:
    from requests.adapters import HTTPAdapter

    def bound(pool: Any) -> type:
        connection = type("Connection", (pool.ConnectionCls,), {"watch": watch})
        return type("Pool", (pool,), {"ConnectionCls": connection})

    http, https = map(bound, _pools())
    pools = {"http": http, "https": https}

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(*args, **kwargs)
            manager.pool_classes_by_scheme = pools
            return manager

    return Adapter()
