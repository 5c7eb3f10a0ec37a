"""The few answers of the Hugging Face hub that a download needs, from a folder."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Any

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        repository, folder = self.server.repository, self.server.folder
        found = re.fullmatch(
            rf"/api/models/{repository}/(revision|tree)/(v1|{COMMIT})(\?.*)?", self.path
        )
        file = re.fullmatch(rf"/{repository}/resolve/(v1|{COMMIT})/([^?]+)", self.path)
        if found:
            paths = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
            tree = [
                {"type": "file", "path": name, "size": path.stat().st_size, "oid": _tag(path)}
                for name, path in sorted(paths.items())
            ]
            siblings = [{"rfilename": name} for name in sorted(paths)]
            about = {"id": repository, "sha": COMMIT, "siblings": siblings}
            content = json.dumps(about if found[1] == "revision" else tree).encode()
            self._send(content, {"Content-Type": "application/json"}, body)
        elif file and (folder / file[2]).is_file():
            tag = _tag(folder / file[2])
            headers = {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT}
            self._send((folder / file[2]).read_bytes(), headers, body)
        else:
            self._send(b"{}", {"X-Error-Code": "RevisionNotFound"}, body, 404)

    def _send(self, content: bytes, headers: dict[str, str], body: bool, status: int = 200) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing is said."""


def _tag(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()


@contextlib.contextmanager
def serve(folder: Path, repository: str) -> Iterator[Any]:
    """A hub with one repository, at revision "v1"."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.folder, server.repository, server.requests = folder, repository, []  # type: ignore
        server.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
