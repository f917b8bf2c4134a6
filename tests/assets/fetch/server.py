"""A web server on loopback that answers, and misbehaves, as a test asks."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer. `cut` closes the connection after so many bytes of the body; `ranges` honours Range."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    ranges: bool = True
    length: int | None = None
    """Content-Length to state instead of the true one; -1 states none."""
    etag: str | None = None


@dataclass
class Site:
    """What is served: a list of answers by path (with its query), used in turn; the last stays."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def serve(self, path: str, *replies: Reply | bytes | Any) -> None:
        self.replies[path] = [_reply(reply) for reply in replies]

    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    def ranges(self) -> list[str | None]:
        return [headers.get("Range") for _, headers in self.requests]

    def next(self, path: str) -> Reply:
        listed = self.replies.get(path)
        if not listed:
            return Reply(status=404)
        return listed.pop(0) if len(listed) > 1 else listed[0]


def _reply(reply: Any) -> Reply:
    if isinstance(reply, Reply):
        return reply
    return Reply(reply if isinstance(reply, bytes) else json.dumps(reply).encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        self.site.requests.append((self.path, dict(self.headers.items())))
        reply = self.site.next(self.path)
        tag = reply.etag or f'"{hashlib.md5(reply.body).hexdigest()}"'
        start = self._start(reply, tag)
        body = reply.body[start:]
        self.send_response(206 if start else reply.status)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(reply.body) - 1}/{len(reply.body)}")
        length = len(body) if reply.length is None else reply.length
        if length >= 0:
            self.send_header("Content-Length", str(length))
        else:
            self.close_connection = True
        self.send_header("ETag", tag)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if reply.cut is None else body[: reply.cut])
        if reply.cut is not None:
            self.close_connection = True

    def _start(self, reply: Reply, tag: str) -> int:
        asked = self.headers.get("Range", "")
        if reply.ranges and reply.status == 200 and asked and self.headers.get("If-Range", tag) == tag:
            return int(asked.removeprefix("bytes=").rstrip("-"))
        return 0

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Site]:
    """A site on a free port of this machine."""
    site = Site()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": site}))
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
