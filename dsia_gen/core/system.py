"""What differs between operating systems: process groups, deaths of processes, their memory, and who is alive."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> bool:
    """Ask the kernel (Linux) to kill this process when its parent dies; False when `parent` is not alive any more."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent


def kill_group(process: subprocess.Popen[Any]) -> None:
    """Kill a process that leads a group, with all that it started, and collect it."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


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


def alive(process: int) -> bool:
    """Whether a process of this machine runs; one that only waits to be collected does not."""
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return _status(process)[:1] != ["Z"]


def started(process: int) -> int:
    """When a process of this machine began, in ticks since the machine did (Linux; elsewhere 0). Ids are used again."""
    fields = _status(process)
    return int(fields[19]) if fields else 0


def machine() -> str:
    """What tells this machine and its table of processes from others; containers have a table of their own."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{socket.gethostname()} {os.getpid()}"  # never equal to another process's


def peak_memory(children: bool = False) -> int | None:
    """Largest resident size so far in bytes of this process, or of its ended children; None where it is not known."""
    try:
        import resource
    except ImportError:
        return None
    usage = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF)
    return int(usage.ru_maxrss) * (1 if sys.platform == "darwin" else 1024)


def limit_memory(gib: float) -> None:
    """Make allocations beyond `gib` GiB more private memory than this process has now fail (Linux).

    What it has now grows with the cores of the machine: libraries set memory aside for each thread.
    """
    if sys.platform != "linux":
        return
    import resource

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = _private_bytes() + int(gib * 2**30)
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def memory_left() -> float:
    """Bytes of private memory that this process may still ask for; infinite without a limit."""
    if sys.platform != "linux":
        return float("inf")
    import resource

    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    return float("inf") if limit == resource.RLIM_INFINITY else limit - _private_bytes()


def _private_bytes() -> int:
    """Private memory that this process has asked for, as RLIMIT_DATA counts it; 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8", errors="replace").splitlines() if status.is_file() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")), 0)


def _status(process: int) -> list[str]:
    """Fields of /proc/<process>/stat from the state on (Linux); empty elsewhere and for unknown processes."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
