"""Child processes that die with their parent; `python -m dsia_gen.core.child_process PID command...` runs one."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import dsia_gen

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 5.0
TAIL_LINES = 20


def start(command: Sequence[str], variables: Mapping[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
    """Start `command` in a process group of its own; on Linux the kernel kills it when this process dies.

    `variables` are added to its environment; the rest is for `subprocess.Popen`.

    The signal is asked for by the child itself, through a few lines of Python that then become `command`: code
    between fork and exec (`preexec_fn`) may deadlock in a process with threads.
    """
    guarded = [sys.executable, "-m", __name__, str(os.getpid()), *command] if sys.platform == "linux" else command
    environ = {**environment(), **(variables or {})}
    return subprocess.Popen(list(guarded), process_group=0, text=True, env=environ, **options)


def environment() -> dict[str, str]:
    """This process's environment, with the folder of this package, so that a child imports the same copy.

    Not all of `sys.path`: Blender puts folders of its own there, whose `bpy` would hide the package in the child.
    """
    paths = [str(Path(dsia_gen.__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def stop(process: subprocess.Popen[str], grace: float = GRACE_SECONDS) -> None:
    """Ask the process to end; after so many seconds kill its whole group."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    kill_group(process)


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kill the process and all that it started, and collect it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def close(stream: IO[Any] | None) -> None:
    """Close one end of a pipe whose other end may be gone."""
    if stream is not None:
        with suppress(BrokenPipeError):
            stream.close()


def death_of(returncode: int) -> str:
    """How a process ended, in words."""
    if returncode >= 0:
        return f"ended with exit code {returncode}"
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        name = f"signal {-returncode}"
    hint = " (killed: perhaps out of memory)" if name == "SIGKILL" else ""
    return f"was ended by {name}{hint}"


def log_tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log file."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "(no log)"
    return "\n".join(text.splitlines()[-lines:]) or "(nothing)"


def parse(line: str) -> dict[str, Any] | None:
    """A message of the worker, or None for any other line."""
    if not line.startswith("{"):
        return None
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) and isinstance(message.get("event"), str) else None


def _become(parent: int, command: list[str]) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:  # else the parent died before the kernel was told
        os.execvp(command[0], command)


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
