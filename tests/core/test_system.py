"""What differs between operating systems: deaths in words, who is alive, memory."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from dsia_gen.core.system import (
    ExtendedLimits,
    JobObject,
    alarm,
    alive,
    ask_to_end,
    death_of,
    end_group,
    give_way,
    group_options,
    hold_group,
    memory_size,
    peak_memory,
    started,
)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended with exit code 0"),
        (3, "ended with exit code 3"),
        (-11, "was ended by SIGSEGV"),
        (-9, "was ended by SIGKILL (killed: perhaps out of memory)"),
        (-99, "was ended by signal 99"),
        (0xC0000005, "was ended by Windows with the status 0xC0000005"),
    ],
)
def test_deaths_in_words(code: int, words: str) -> None:
    assert death_of(code) == words


@pytest.mark.slow
def test_who_is_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        assert alive(process.pid) and alive(os.getpid())
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not alive(process.pid), "it has died and only waits to be collected"
    finally:
        process.wait()
    assert not alive(process.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_when_a_process_began_and_what_it_took() -> None:
    assert started(os.getpid()) >= started(os.getppid()) > 0 and started(2**30) == 0
    assert (peak_memory() or 0) > 2**20


class FakeKernel:
    """The job objects of Windows, as Microsoft documents them: a job ends its processes when it is told to, and when
    its last handle is closed, where its limits say so.
    """

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.jobs: dict[int, tuple[list[int], list[int]]] = {}
        """Flags and processes of each job whose handle is open."""
        self.killed: list[int] = []

    def CreateJobObjectW(self, attributes: None, name: None) -> int | None:  # noqa: N802
        if self.refuses == "create":
            return None
        handle = 4 * (len(self.jobs) + 1)
        self.jobs[handle] = ([], [])
        return handle

    def SetInformationJobObject(self, job: int, kind: int, limits: Any, size: int) -> int:  # noqa: N802
        record = ctypes.cast(limits, ctypes.POINTER(ExtendedLimits)).contents
        if kind != 9 or size != ctypes.sizeof(ExtendedLimits):
            return 0
        self.jobs[job][0].append(record.basic.flags)
        return 1

    def AssignProcessToJobObject(self, job: int, process: int) -> int:  # noqa: N802
        if self.refuses == "assign":
            return 0
        self.jobs[job][1].append(process)
        return 1

    def TerminateJobObject(self, job: int, code: int) -> int:  # noqa: N802
        self.killed += self.jobs[job][1]
        self.jobs[job][1].clear()
        return 1

    def CloseHandle(self, handle: int) -> int:  # noqa: N802
        flags, processes = self.jobs.pop(handle)
        if 0x2000 in flags:
            self.killed += processes
        return 1


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="sizes of 64 bits")
def test_the_limits_of_a_job_are_laid_out_as_windows_has_them() -> None:
    """winnt.h: 144 bytes on 64 bits, LimitFlags at 16."""
    assert ctypes.sizeof(ExtendedLimits) == 144
    assert type(ExtendedLimits().basic).flags.offset == 16


def test_a_job_ends_with_all_that_is_in_it_once() -> None:
    kernel = FakeKernel()
    job = JobObject(11, kernel)
    assert kernel.jobs and not kernel.killed
    job.kill()
    job.kill()
    job.close()
    assert kernel.killed == [11] and not kernel.jobs


def test_a_job_that_is_given_up_takes_its_processes_along() -> None:
    kernel = FakeKernel()
    JobObject(11, kernel).close()
    assert kernel.killed == [11] and not kernel.jobs


@pytest.mark.parametrize("step", ["create", "assign"])
def test_a_job_that_windows_refuses_leaves_no_handle(step: str) -> None:
    kernel = FakeKernel(step)
    with pytest.raises(OSError):
        JobObject(11, kernel)
    assert not kernel.jobs and not kernel.killed


class StandIn:
    """What `end_group` needs of a process."""

    pid, _handle = 2**22 + 5, 44

    def __init__(self) -> None:
        self.kills = 0

    def kill(self) -> None:
        self.kills += 1


def test_the_group_of_a_held_process_is_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "killpg", raising=False)
    held, refused = StandIn(), StandIn()
    kernel = FakeKernel()
    hold_group(held, kernel)  # type: ignore[arg-type]
    hold_group(refused, FakeKernel("assign"))  # type: ignore[arg-type]
    for process in (held, refused):
        end_group(process)  # type: ignore[arg-type]
    assert kernel.killed == [44] and (held.kills, refused.kills) == (0, 1)


def test_a_process_leads_its_group_and_ends_when_it_is_asked() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], **group_options())
    ask_to_end(process)
    assert process.wait(60) != 0
    end_group(process)  # which is gone: nothing happens


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no alarms")
def test_an_alarm_ends_a_block_and_leaves_the_next_alone() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(KeyError), alarm(0.01, KeyError("late")):
        signal.pause()
    assert signal.getsignal(signal.SIGALRM) is before and signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_the_machine_has_memory() -> None:
    assert memory_size() > 2**28


def _priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own elsewhere")
def test_a_thread_gives_way_with_those_that_it_starts_and_no_other_does() -> None:
    before, found = _priority(), list[int]()

    def note() -> None:
        found.append(_priority())

    def work() -> None:
        give_way(3)
        note()
        inner = threading.Thread(target=note)
        inner.start()
        inner.join()
        give_way(100)
        note()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    least = min(19, before + 3)
    assert found == [least, least, 19] and _priority() == before


def test_nothing_gives_way_where_that_would_be_the_whole_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "setpriority", lambda *_: pytest.fail("that is the whole process there"), raising=False)
    give_way()
