"""Signals that ask a command to stop: one is orderly, two are quick, none prints a traceback."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.farm.waiting import wait_for

pytestmark = pytest.mark.slow

COMMAND = """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)
import typer
from dsia_gen.cli import main
from dsia_gen.core import child_process

folder = Path(sys.argv[1])

@main.app.command("wait")
def wait() -> None:
    process = child_process.start([sys.executable, "-c", "import time; time.sleep(600)"])
    (folder / "child").write_text(str(process.pid))
    try:
        (folder / "ready").touch()  # within: a signal may come at once
        time.sleep(600)
    except KeyboardInterrupt:
        for _ in range(3):
            typer.echo("tidying up", err=True)
            time.sleep(0.3)
        (folder / "tidied").touch()
        while (folder / "slow").exists():
            time.sleep(0.1)
        raise

sys.argv = ["dsia-gen", "wait"]
main.run()
"""


def begin(folder: Path, checkout: Path, **options: object) -> subprocess.Popen:
    command = [sys.executable, "-c", COMMAND, str(folder)]
    options.setdefault(
        "preexec_fn", lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)
    )  # the tests may run under nohup
    process = subprocess.Popen(command, cwd=checkout, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload]
    wait_for((folder / "ready").exists, process)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_is_orderly(tmp_path: Path, checkout: Path, number: signal.Signals) -> None:
    process = begin(tmp_path, checkout)
    process.send_signal(number)
    process.send_signal(number)  # a wrapper or a shell sends it twice, at the same moment
    _, text = process.communicate(timeout=120)
    assert process.returncode == 130 and b"Traceback" not in text, text
    assert (tmp_path / "tidied").exists()


@pytest.mark.parametrize("numbers", [[signal.SIGINT] * 2, [signal.SIGTERM] * 4, [signal.SIGHUP, signal.SIGINT]])
def test_a_second_ends_at_once_with_all_that_was_started(
    tmp_path: Path, checkout: Path, numbers: list[signal.Signals]
) -> None:
    (tmp_path / "slow").touch()
    process = begin(tmp_path, checkout)
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.4)
    _, text = process.communicate(timeout=120)
    assert process.returncode == 130 and b"Traceback" not in text, text
    child = Path("/proc", (tmp_path / "child").read_text(), "stat")
    wait_for(lambda: not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_terminal_that_goes_is_written_to_no_more(tmp_path: Path, checkout: Path) -> None:
    process, terminal = pty.fork()
    if process == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.chdir(checkout)
        os.execv(sys.executable, [sys.executable, "-c", COMMAND, str(tmp_path)])
    wait_for((tmp_path / "ready").exists)
    os.close(terminal)
    wait_for(lambda: os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT))
    assert (tmp_path / "tidied").exists()
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 130


def test_what_was_ignored_stays_ignored(tmp_path: Path, checkout: Path) -> None:
    """As under nohup."""
    process = begin(tmp_path, checkout, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 130
