"""Runs the Blender worker as a child process: progress in, log kept, time limited, failures named."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dsia_gen.core import child_process as child
from dsia_gen.core.child_process import log_tail, parse
from dsia_gen.core.errors import TimeLimitError, WorkerError, error_named

WORKER = "dsia_gen.blender.worker"
TAIL_LINES = 20

Message = dict[str, Any]


@dataclass(frozen=True)
class WorkerRequest:
    """What one Blender process is asked to do: render into `out`, or save the scene as `blend` instead.

    `threads` 0 uses all cores; `assets` is the folder of root `user`.
    """

    spec: Path
    out: Path
    log: Path
    device: str = "auto"
    threads: int = 0
    assets: str | None = None
    linear: bool = False
    blurred: bool = False
    timeout_minutes: float = 120.0
    blend: Path | None = None
    module: str = WORKER

    def command(self) -> list[str]:
        """The command line of the worker."""
        words = [sys.executable, "-m", self.module, "--spec", str(self.spec), "--out", str(self.out)]
        words += ["--device", self.device, "--threads", str(self.threads)]
        words += ["--assets", self.assets] if self.assets else []
        words += ["--blend", str(self.blend)] if self.blend else []
        words += ["--blurred"] if self.blurred else []
        return words + (["--linear"] if self.linear else [])


def run_worker(request: WorkerRequest, on_message: Callable[[Message], None]) -> None:
    """Run the worker to its end; `on_message` gets its stage and view messages in order.

    Raises the error of `dsia_gen.core.errors` that the worker names, TimeLimitError when it takes too long, and
    WorkerError with the tail of its log when it dies in another way.
    """
    request.out.mkdir(parents=True, exist_ok=True)
    with request.log.open("w+", encoding="utf-8", errors="replace") as log:
        process = child.start(request.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        try:
            with _deadline(process, request.timeout_minutes) as expired:
                error = _listen(process, on_message, log.write)
        finally:
            child.stop(process)
    if expired.is_set():
        raise TimeLimitError(request.timeout_minutes)
    if error is not None:
        raise error_named(str(error.get("kind", "")), str(error.get("message", "")))
    if process.returncode != 0:
        raise WorkerError(f"Blender {child.death_of(process.returncode)}; its last words:\n{log_tail(request.log)}")


def build_blend(spec: Path, output: Path, assets: str | None = None) -> None:
    """Save the scene of a specification file as a .blend; raises as `run_worker` does."""
    with TemporaryDirectory(prefix="dsia-gen-") as folder:
        out = Path(folder)
        run_worker(WorkerRequest(spec, out, out / "worker.log", assets=assets, blend=output), lambda _: None)


def _listen(
    process: subprocess.Popen[str], on_message: Callable[[Message], None], keep: Callable[[str], Any]
) -> Message | None:
    """Read messages until the worker ends; its error message, if it sent one."""
    assert process.stdout is not None
    error = None
    for line in process.stdout:
        message = parse(line)
        if message is None:
            keep(line)  # Blender prints to stdout as it likes
        elif message["event"] == "error":
            error = message
        else:
            on_message(message)
    process.stdout.close()
    process.wait()
    return error


@contextmanager
def _deadline(process: subprocess.Popen[str], minutes: float) -> Iterator[threading.Event]:
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        child.kill_group(process)

    timer = threading.Timer(minutes * 60, expire)
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()
