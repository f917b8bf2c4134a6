"""What differs between operating systems: deaths in words, who is alive, memory."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dsia_gen.core.system import alive, death_of, peak_memory, started


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended with exit code 0"),
        (3, "ended with exit code 3"),
        (-11, "was ended by SIGSEGV"),
        (-9, "was ended by SIGKILL (killed: perhaps out of memory)"),
        (-99, "was ended by signal 99"),
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
