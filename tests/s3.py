"""An S3 server on loopback in a process of its own, and a proxy before it that cuts connections."""

from __future__ import annotations

import http.client
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"
START_SECONDS = 300
PORTS = 5
SECRET = "aSecretThatMustNotBeWrittenAnywhere"


@dataclass
class Server:
    """moto's server."""

    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        assert any(self._started() for _ in range(PORTS)), "the S3 server does not start"
        return self

    def _started(self) -> bool:
        """Whether it answers at a free port, which another process may take first."""
        self.port = free_port()
        command = [sys.executable, "-c", "from moto.server import main; main()", "-H", HOST, "-p", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < until:
            if self._answers():
                return True
            time.sleep(0.05)
        self.stop()
        return False

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def make_bucket(self, name: str) -> None:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=120)
        key = "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
        connection.request("PUT", f"/{name}", headers={"Authorization": key})
        assert connection.getresponse().status == 200
        connection.close()

    def _answers(self) -> bool:
        try:
            socket.create_connection((HOST, self.port), timeout=10).close()
        except OSError:
            return False
        return True


@dataclass
class CuttingProxy:
    """Passes bytes on to a server; the next `cuts` connections that carry more than `after` bytes are reset.

    While it is `away`, connections are taken and nothing is passed on.
    """

    server: Server
    cuts: int = 0
    after: int = 0
    done: int = 0
    bucket: str = ""
    away: bool = False
    _listener: socket.socket = field(default_factory=lambda: socket.create_server((HOST, 0)))

    def start(self) -> CuttingProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self) -> None:
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._listener.getsockname()[1]}"

    @property
    def address(self) -> str:
        return f"s3://{self.bucket}/sets/demo"

    def cut(self, times: int, after: int) -> None:
        """Cut the next connections."""
        self.after, self.cuts, self.done = after, times, 0

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                behind = socket.create_connection((HOST, self.server.port))
                pair = (client, behind)
                for source, target in (pair, pair[::-1]):
                    threading.Thread(target=self._pass_on, args=(source, target, pair), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, pair: tuple[socket.socket, ...]) -> None:
        carried = 0
        with suppress(OSError):
            while data := source.recv(4096):
                carried += len(data)
                while self.away:
                    time.sleep(0.05)
                if carried > self.after and self.done < self.cuts:
                    self.done += 1
                    break
                target.sendall(data)
        for end in pair:  # with a reset, and not with an orderly end
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)
                end.close()


def free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])
