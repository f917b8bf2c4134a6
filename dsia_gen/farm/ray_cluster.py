"""A connection to Ray, through its public API; tested with Ray 2.60."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any, TextIO

# Both are read when ray is imported, and by what it starts. The second makes a node that is started here listen on
# loopback only, on Linux too; a cluster that this process attaches to keeps its addresses.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")

import ray

from dsia_gen.core import child_process as child
from dsia_gen.core.cpus import cores
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.leaving import ask_to_leave

LOG = logging.getLogger(__name__)
RAY_ERROR_THREAD = "ray_listen_error_messages"
LOOPBACK = "127.0.0.1"
OBJECT_STORE_BYTES = 128 * 2**20
"""Of a cluster that is started here: only small messages go through it."""
PROBE_SECONDS = 10.0


def nodes() -> dict[str, dict[str, float]]:
    """Resources of the living nodes by node id."""
    return {node["NodeID"]: node["Resources"] for node in ray.nodes() if node["Alive"]}


@contextmanager
def cluster(address: str | None, dashboard: str | None = None) -> Iterator[None]:
    """A connection to Ray: the one that this process has, else to `address` or RAY_ADDRESS, else started here.

    What is started here listens on loopback only, but for a dashboard whose host is given. ConfigError when there is
    no cluster at the address.
    """
    if ray.is_initialized():
        yield
        return
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    if address.startswith("ray://"):
        problem = "Ray Client (ray://) cannot be used; submit the command with `ray job submit` instead"
        raise ConfigError("--address", [problem])
    with redirect_stdout(_WithoutRay(sys.stdout)):
        try:
            with _unchanged_process():
                connect(address, dashboard)
            yield
        finally:
            with suppress(Exception):
                ray.shutdown()


def connect(address: str, dashboard: str | None = None) -> None:
    """Connect this process to a cluster, or start one for the address `local`. ConfigError when that fails."""
    try:  # Ray imports pyarrow where it is installed, and its newest versions need another NumPy than Blender does
        importlib.import_module("pyarrow")
    except ModuleNotFoundError:
        pass
    except ImportError as error:
        problem = f"Ray cannot work with the pyarrow that is installed ({error}); pip install 'pyarrow<26'"
        raise ConfigError("--executor", [problem]) from error
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address != "local":
            host, _, port = address.rpartition(":")
            if port.isdigit():  # Ray itself would try for minutes
                socket.create_connection((host.strip("[]"), int(port)), PROBE_SECONDS).close()
            ray.init(address=address, **quiet)
            return
        if ray.util.get_node_ip_address() not in (LOOPBACK, "::1"):
            name = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
            raise ConfigError("--executor", [f"ray was imported before {__name__}; set {name}=0 before that"])
        ray.init(
            address="local",
            num_cpus=cores(),
            object_store_memory=OBJECT_STORE_BYTES,
            include_dashboard=dashboard is not None,
            dashboard_host=dashboard or LOOPBACK,
            **quiet,
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigError("--address", [f"no Ray cluster can be reached at {address!r}: {error}"]) from error


class _WithoutRay:
    """stdout without what Ray's thread for errors of its daemons prints.

    Results report lost workers and nodes already, and such lines would break the progress bar and the JSON. Ray's
    `log_to_driver` covers the output of workers alone. Should Ray rename the thread, the lines appear.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if threading.current_thread().name == RAY_ERROR_THREAD:
            LOG.debug("%s", text)
            return len(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _unchanged_process() -> Iterator[None]:
    """Workers of a Ray that is started inside import the same copy of this package, and SIGTERM keeps its handler.

    Ray replaces the handler, but a scheduler's stop must stay as clean as Ctrl-C.
    """
    path, main = os.environ.get("PYTHONPATH"), threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    os.environ["PYTHONPATH"] = child.environment()["PYTHONPATH"]
    try:
        yield
    except SystemExit:  # of Ray's handler: the signal came before ours was back
        ask_to_leave()
        raise KeyboardInterrupt from None
    finally:
        if main:
            signal.signal(signal.SIGTERM, handler)
        os.environ.pop("PYTHONPATH")
        os.environ.update({"PYTHONPATH": path} if path is not None else {})
