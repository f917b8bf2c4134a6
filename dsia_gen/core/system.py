"""What differs between operating systems: process groups, deaths of processes, their memory, and who is alive.

The only module that calls what a system may lack; each function says what it does where that is missing.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Protocol
from weakref import WeakKeyDictionary

PR_SET_PDEATHSIG = 1
WINDOWS = sys.platform == "win32"
STOP_SIGNALS = tuple(name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))
"""Names of the signals that ask a process to stop, of those that this system has."""
_KILL_ON_CLOSE, _EXTENDED_LIMITS = 0x2000, 9
_NTSTATUS_ERROR = 0xC0000000


class Kernel(Protocol):
    """The functions of Windows' kernel32 that make and end job objects."""

    def CreateJobObjectW(self, attributes: None, name: None) -> int | None: ...  # noqa: N802

    def SetInformationJobObject(self, job: int, kind: int, limits: Any, size: int) -> int: ...  # noqa: N802

    def AssignProcessToJobObject(self, job: int, process: int) -> int: ...  # noqa: N802

    def TerminateJobObject(self, job: int, code: int) -> int: ...  # noqa: N802

    def CloseHandle(self, handle: int) -> int: ...  # noqa: N802


class _BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("process_time", ctypes.c_int64), ("job_time", ctypes.c_int64), ("flags", ctypes.c_uint32),
        ("least", ctypes.c_size_t), ("most", ctypes.c_size_t), ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t), ("priority", ctypes.c_uint32), ("scheduling", ctypes.c_uint32),
    )  # fmt: skip


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("basic", _BasicLimits), ("io", ctypes.c_uint64 * 6), ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t), ("peak_process", ctypes.c_size_t), ("peak_job", ctypes.c_size_t),
    )  # fmt: skip


class JobObject:
    """A job object of Windows: a process and all that it starts. They end with it, or with the process that holds it.

    OSError where Windows refuses it.
    """

    def __init__(self, process: int, kernel: Kernel) -> None:
        self._kernel = kernel
        job = kernel.CreateJobObjectW(None, None)
        if not job:
            raise OSError("Windows makes no job object")
        self._job: int | None = job
        limits = ExtendedLimits()
        limits.basic.flags = _KILL_ON_CLOSE
        size = ctypes.sizeof(limits)
        if not (
            kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(limits), size)
            and kernel.AssignProcessToJobObject(job, process)
        ):
            self.close()
            raise OSError("Windows does not put a process into its job object")

    def kill(self) -> None:
        """End all processes of the job."""
        if self._job is not None:
            self._kernel.TerminateJobObject(self._job, 1)
            self.close()

    def close(self) -> None:
        """Give up the job; what still runs in it is ended by Windows."""
        if self._job is not None:
            self._kernel.CloseHandle(self._job)
            self._job = None


_JOBS: WeakKeyDictionary[subprocess.Popen[Any], JobObject] = WeakKeyDictionary()


def group_options() -> dict[str, Any]:
    """Options of `subprocess.Popen` that put a process into a group of its own."""
    if WINDOWS:
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"process_group": 0}


def hold_group(process: subprocess.Popen[Any], kernel: Kernel | None = None) -> None:
    """Let a process that was just started end with this one, with all below it (Windows; on Linux it asks for that
    itself, see `die_with_parent`). `kernel` is given by tests.
    """
    if kernel is None:
        if not WINDOWS:
            return
        kernel = getattr(ctypes, "WinDLL")("kernel32", use_last_error=True)  # noqa: B009  unknown elsewhere
    with suppress(OSError):  # it can still be ended alone
        _JOBS[process] = JobObject(int(getattr(process, "_handle", process.pid)), kernel)


def ask_to_end(process: subprocess.Popen[Any]) -> None:
    """Ask a process that leads a group to end: SIGTERM, or Ctrl-Break on Windows, where SIGTERM cannot be handled."""
    request = getattr(signal, "CTRL_BREAK_EVENT", None) if WINDOWS else None
    with suppress(OSError):
        if request is None:
            process.terminate()
        else:
            process.send_signal(request)


def die_with_parent(parent: int) -> bool:
    """Ask the kernel (Linux) to kill this process when its parent dies; False when `parent` is not alive any more."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent


def kill_group(process: subprocess.Popen[Any]) -> None:
    """Kill a process that leads a group, with all that it started, and collect it."""
    end_group(process)
    process.wait()


def end_group(process: subprocess.Popen[Any]) -> None:
    """Kill a process that leads a group, with all that it started, without waiting."""
    job = _JOBS.pop(process, None)
    with suppress(ProcessLookupError, PermissionError):
        if job is not None:
            job.kill()
        elif hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def death_of(returncode: int) -> str:
    """How a process ended, in words."""
    if returncode >= _NTSTATUS_ERROR:
        return f"was ended by Windows with the status 0x{returncode:08X}"
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
    if WINDOWS:  # where os.kill would end it
        import psutil

        return bool(psutil.pid_exists(process))
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


def has_screen() -> bool:
    """Whether a program can open a window: on Windows and macOS always, elsewhere where a display is named."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"))


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
        import psutil

        return None if children else getattr(psutil.Process().memory_info(), "peak_wset", None)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF)
    return int(usage.ru_maxrss) * (1 if sys.platform == "darwin" else 1024)


def give_way(steps: int = 10) -> None:
    """Let other threads of this machine go before this one and those that it starts. Nothing but on Linux.

    There each thread has a priority of its own, of which a step of ten leaves about a tenth of a core beside one that
    is busy, and all of it beside one that is not.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):  # a container may forbid it
            os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + steps))


def memory_size() -> int:
    """Bytes of memory of this machine."""
    import psutil

    return int(psutil.virtual_memory().total)


def user_number() -> int | None:
    """The number of the user whose process this is; None where users have none, as on Windows."""
    return os.getuid() if hasattr(os, "getuid") else None


@contextmanager
def alarm(seconds: float, error: Exception) -> Iterator[Callable[[bool], None]]:
    """Raise an error in the main thread when the block takes longer. In other threads, and on Windows, there is no
    limit. Yields a function by which the clock is stopped (True) and goes on (False).
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield lambda _: None
        return
    left = 0.0

    def stand(still: bool) -> None:
        nonlocal left
        if still and not left:
            left = signal.setitimer(signal.ITIMER_REAL, 0)[0]
        elif not still and left:
            signal.setitimer(signal.ITIMER_REAL, left)
            left = 0.0

    def expired(_signal: int, _frame: FrameType | None) -> None:
        raise error

    before = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield stand
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


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
