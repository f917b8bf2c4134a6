"""Locks of one machine."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dsia_gen.core.locks import alone

pytestmark = pytest.mark.slow
HOLD = """
import sys, time
from pathlib import Path
from dsia_gen.core.locks import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_one_at_a_time_and_a_process_that_dies_lets_go(tmp_path: Path, checkout: Path) -> None:
    path, entered = tmp_path / "new" / "file", threading.Event()
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"

        def enter() -> None:
            with alone(path):
                entered.set()

        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.5)
        holder.kill()
    assert entered.wait(60)
    thread.join()


def test_threads_exclude_each_other(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(5):
            with alone(tmp_path / "file"):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
