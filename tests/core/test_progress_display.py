"""Progress: what is shown follows from what was counted, on a terminal and in a log."""

from __future__ import annotations

import io
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from dsia_gen.core import progress
from dsia_gen.core.progress import (
    ProgressDisplay,
    ProgressState,
    Tally,
    byte_size,
    downloading,
    duration,
    line_interval,
)
from tests.farm.waiting import wait_for


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def after(tally: Tally, clock: Clock, seconds: float, done: float) -> str:
    clock.now, tally.done = 100.0 + seconds, done
    return tally.state().line


def test_rate_and_time_left_follow_from_what_was_counted() -> None:
    clock = Clock()
    tally = Tally("validate", "sample", total=40, clock=clock)
    assert after(tally, clock, 0, 0) == "validate 0%: 0 of 40 samples"
    assert after(tally, clock, 5, 10) == "validate 25%: 10 of 40 samples, 2.0 samples/s, 15 s left"
    assert after(tally, clock, 600, 20) == "validate 50%: 20 of 40 samples, 2.0 samples/min, 10 min 00 s left"
    assert after(tally, clock, 700, 40) == "validate 100%: 40 of 40 samples, 3.4 samples/min, 11 min 40 s"


def test_what_was_there_at_the_start_is_not_counted_in_the_rate() -> None:
    clock = Clock()
    tally = Tally("train", "step", total=100, done=50, begun_at=50, clock=clock)
    assert after(tally, clock, 10, 60).endswith("1.0 steps/s, 40 s left")


@pytest.mark.parametrize("total", [None, 0])
def test_without_a_total_there_is_neither_share_nor_time_left(total: int | None) -> None:
    clock = Clock()
    tally = Tally("fetch", total=total, clock=clock)
    assert after(tally, clock, 2, 2**21) == "fetch: 2.0 MiB, 1.0 MiB/s, 2 s"


def test_a_total_that_was_too_small_is_not_shown() -> None:
    clock = Clock()
    assert after(Tally("fetch", total=1000, clock=clock), clock, 2, 2000) == "fetch: 2.0 KiB, 1000 B/s, 2 s"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.6, "1 min 00 s"), (3599, "59 min 59 s"), (7500, "2 h 05 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (2**30, "1.0 GiB"), (2**50, "1,024.0 TiB")]
)
def test_byte_sizes(count: int, text: str) -> None:
    assert byte_size(count) == text


def test_a_log_of_ten_hours_has_a_few_hundred_lines_and_begins_soon() -> None:
    at, lines = 0.0, []
    while at < 36_000:
        at += line_interval(at)
        lines.append(at)
    assert lines[0] == 10 and len([t for t in lines if t < 60]) == 5 and 100 < len(lines) < 200
    assert all(later - earlier <= 300 for earlier, later in pairwise(lines))


def test_a_log_gets_whole_lines_and_a_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "FIRST_SECONDS", 0.01)
    stream, done = io.StringIO(), [0]
    with ProgressDisplay(lambda: ProgressState("work", f"{done[0]} done"), stream=stream) as display:
        wait_for(lambda: stream.getvalue().count("\n") >= 2)
        display.say("a note\x1b[2J")
        done[0] = 7
    lines = stream.getvalue().splitlines()
    assert lines[-1] == "work: 7 done" and "a note\\u001b[2J" in lines and "\r" not in stream.getvalue()
    assert set(lines) <= {"work: 0 done", "work: 7 done", "a note\\u001b[2J"}


def test_short_work_leaves_no_line_in_a_log_and_quiet_work_none_anywhere() -> None:
    for stream, quiet in ((io.StringIO(), False), (io.StringIO(), True), (Terminal(), True)):
        with ProgressDisplay(lambda: ProgressState("work"), quiet=quiet, stream=stream) as display:
            if quiet:
                display.say("a note")
        assert stream.getvalue() == ""


def test_a_terminal_shows_title_bar_text_and_rows() -> None:
    stream = Terminal()
    state = ProgressState("scenes 1/2", "5 of 10 views", 0.5, ("00001 building", "00002 \x1b[2Jname"))
    with ProgressDisplay(lambda: state, stream=stream) as display:
        display.say("scene 00000 failed: missing")
    shown = stream.getvalue()
    assert "scenes 1/2" in shown and "50% 5 of 10 views" in shown and "00001 building" in shown
    assert "\\u001b[2Jname" in shown and "scene 00000 failed: missing" in shown


def test_a_download_is_announced_with_its_size_and_counted_from_many_threads() -> None:
    stream = io.StringIO()
    with downloading("Blender 5.2", 3 * 2**20, stream=stream) as count:
        threads = [threading.Thread(target=lambda: [count(1) for _ in range(1000)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert stream.getvalue() == "downloading Blender 5.2: 3.0 MiB\n"
    with downloading("hats", None, stream=stream):
        assert stream.getvalue().endswith("downloading hats: size unknown\n")


def test_what_another_program_downloads_is_seen_in_the_folder_that_it_fills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(progress, "LOOK_SECONDS", 0.0)
    (tmp_path / "old").write_bytes(bytes(5000))
    stream = io.StringIO()
    with downloading("Blender", 2048, folders=[tmp_path, tmp_path / "none"], stream=stream):
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "part").write_bytes(bytes(1024))
        wait_for(lambda: "50%: 1.0 KiB of 2.0 KiB" in stream.getvalue())
