"""Child processes that die with their parent; `python -m dsia_gen.core.child_process PID command...` runs one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import Any
from weakref import WeakSet

import dsia_gen
from dsia_gen.core.system import ask_to_end, die_with_parent, end_group, group_options, hold_group, kill_group

GRACE_SECONDS = 5.0
SCRATCH = "DSIA_GEN_SCRATCH"
"""Names a folder that the parent of a process removes once that has ended, however it did."""
_STARTED: WeakSet[Popen[bytes]] = WeakSet()
TAIL_LINES = 20


def start(command: Sequence[str], variables: Mapping[str, str] | None = None, **options: Any) -> Popen[bytes]:
    """Start a process in a group of its own; on Linux and Windows the system kills it when this process dies.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    variables : mapping of str to str, optional
        Added to the environment of the process.
    **options : Any
        Handed on to `subprocess.Popen`.

    Returns
    -------
    subprocess.Popen
        The running process, with binary streams.

    Notes
    -----
    The signal is asked for by the child itself, through a few lines of Python that then become `command`: code between
    fork and exec (`preexec_fn`) may deadlock in a process with threads.
    """
    guarded = [sys.executable, "-m", __name__, str(os.getpid()), *command] if sys.platform == "linux" else command
    process = Popen(list(guarded), env={**environment(), **(variables or {})}, **group_options(), **options)
    hold_group(process)
    _STARTED.add(process)
    return process


def python_command(module: str) -> list[str]:
    """Command that runs a module by the Python of this process.

    Parameters
    ----------
    module : str
        Its dotted name.

    Returns
    -------
    list of str
        Program and arguments.
    """
    return [sys.executable, "-m", module]


def environment() -> dict[str, str]:
    """Environment of this process, with the folder of this package, so that a child imports the same copy.

    Returns
    -------
    dict of str to str
        Not all of `sys.path`: Blender puts folders of its own there, whose `bpy` would hide the package in the child.
    """
    paths = [str(Path(dsia_gen.__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def stop(process: Popen[bytes], grace: float = GRACE_SECONDS) -> None:
    """Ask a process to end, and kill its whole group after a while.

    Parameters
    ----------
    process : subprocess.Popen
        A process that `start` returned.
    grace : float
        Seconds that it has to end by itself.
    """
    if process.poll() is None:
        ask_to_end(process)
        with suppress(TimeoutExpired):
            process.wait(grace)
    kill_group(process)


def kill_all() -> None:
    """Kill what `start` has started and still runs, with all below it, without waiting. For a process that ends."""
    for process in list(_STARTED):
        if process.returncode is None:
            end_group(process)


def log_tail(log: Path, lines: int = TAIL_LINES) -> str:
    """Last lines of a log file.

    Parameters
    ----------
    log : Path
        The file, which may be missing.
    lines : int
        How many lines, at most.

    Returns
    -------
    str
        The lines, or a note in parentheses where there are none.
    """
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "(no log)"
    return "\n".join(text.splitlines()[-lines:]) or "(nothing)"


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.stderr.write(
            "usage: python -m dsia_gen.core.child_process PID COMMAND...: runs it until process PID ends\n"
        )
        raise SystemExit(2)
    if die_with_parent(int(sys.argv[1])):  # else the parent died before the kernel was asked
        os.execvp(sys.argv[2], sys.argv[2:])
