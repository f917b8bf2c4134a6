"""Once a process was asked to stop, it waits for nothing that is out of reach."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from dsia_gen.core import leaving
from dsia_gen.core.errors import NetworkError
from dsia_gen.core.remote import Remote
from tests.farm.waiting import PATIENCE


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(leaving, "_asked", [False])
    yield


def test_a_pause_ends_when_a_stop_is_asked_for() -> None:
    pause = threading.Thread(target=leaving.pause, args=(10**6,), daemon=True)
    pause.start()
    leaving.ask_to_leave()
    pause.join(PATIENCE)
    assert not pause.is_alive()


def test_a_call_is_not_waited_for_beyond_its_time_and_its_error_is_raised() -> None:
    release = threading.Event()
    assert not leaving.in_time(0.05, lambda: release.wait(600))
    release.set()
    assert leaving.in_time(None, lambda: None)
    with pytest.raises(ZeroDivisionError):
        leaving.in_time(60, lambda: 1 / 0)


def test_after_a_stop_nothing_is_tried_again() -> None:
    calls: list[int] = []

    def cut() -> None:
        calls.append(1)
        raise ConnectionResetError("reset by peer")

    leaving.ask_to_leave()
    with pytest.raises(NetworkError, match="in 1 tries"):
        Remote("memory://x")._tried("write", "x", cut)
    assert len(calls) == 1


def test_ctrl_c_waits_for_none_of_the_others() -> None:
    release, held = threading.Event(), threading.Event()

    def call(number: int) -> None:
        if number == 0:
            raise KeyboardInterrupt
        if not release.wait(PATIENCE):
            held.set()

    with pytest.raises(KeyboardInterrupt):
        leaving.in_parallel(call, range(100), 4)
    assert not held.is_set(), "it was not waited for"
    release.set()
    assert leaving.in_parallel(lambda number: number**2, range(5), 2) == [0, 1, 4, 9, 16]
