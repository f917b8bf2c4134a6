"""One protocol for all child processes: events, chatter, errors by name, deaths, limits, and the end of everything."""

from __future__ import annotations

import ctypes
import io
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import BaseModel

from dsia_gen.core import errors, supervise
from dsia_gen.core.errors import ItemLimitError, TimeLimitError, WorkerError, error_named
from dsia_gen.core.supervise import Limits, parse_event, run
from dsia_gen.core.system import alive
from tests.core.fake_process import FAKE_EVENTS, Counted, FakeRequest, Waiting
from tests.farm.waiting import PATIENCE, wait_for

pytestmark = pytest.mark.slow
MODULE = "tests.core.fake_process"


class Lines:
    """A stream of lines from a queue, which an empty one ends."""

    def __init__(self, lines: queue.SimpleQueue[bytes]) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._lines.get, b"")


class WrongRequest(BaseModel):
    """Not what the worker understands."""

    events: str = "many"


def counted(
    behaviour: str = "well", *, limits: Limits | None = None, log: Path | None = None, **fields: object
) -> list:
    request = FakeRequest.model_validate({"behaviour": behaviour, **fields})
    return list(run(MODULE, request, FAKE_EVENTS, limits=limits, log=log))


def test_events_come_in_order_and_chatter_goes_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    assert counted(log=log, events=3) == [Counted(index=index) for index in range(3)]
    text = log.read_bytes()
    assert text.count(b"chatter of Python") == 3 and text.count(b"chatter of C") == 3 and b"the last line" in text
    assert b'{"event":"counted"' not in text, "events are not chatter"


def test_a_large_request_arrives_whole() -> None:
    assert counted(events=1, padding="x" * 5_000_000) == [Counted(index=0, padding=5_000_000)]


@pytest.mark.parametrize(
    ("behaviour", "error", "message"),
    [
        ("asset", "AssetError", "^hat.glb is missing$"),
        ("full", "StorageError", "No space left on device; check the disk"),
        ("bug", "WorkerError", "^ZeroDivisionError: a bug$"),
    ],
)
def test_exceptions_come_back_by_name(behaviour: str, error: str, message: str) -> None:
    with pytest.raises(getattr(errors, error), match=message):
        counted(behaviour)


def test_a_request_of_another_kind_is_refused_in_one_sentence() -> None:
    with pytest.raises(WorkerError, match=r"^the request is not a FakeRequest: .*events"):
        list(run(MODULE, WrongRequest(), FAKE_EVENTS))


@pytest.mark.parametrize(
    ("behaviour", "ended"), [("dies", "was ended by SIGSEGV"), ("exits", "ended with exit code 3")]
)
def test_a_death_is_one_sentence_with_the_tail_of_the_log(behaviour: str, ended: str) -> None:
    with pytest.raises(WorkerError, match=rf"^the worker {ended}; log tail:\n") as caught:
        counted(behaviour)
    assert caught.value.ended == ended and str(caught.value).endswith("the last line")


def test_the_limit_of_a_whole_run() -> None:
    with pytest.raises(TimeLimitError, match=r"0\.03 minutes"):
        counted("hangs", limits=Limits(minutes=0.03))


def test_no_limit_counts_what_a_process_waits_for_others() -> None:
    """The whole wait is longer than every limit here, and it is the last that each of them would bear."""
    begun = time.monotonic()
    counted("waits", events=1, limits=Limits(item_seconds=1.0))
    assert time.monotonic() - begun > 1.5
    with pytest.raises(TimeLimitError):
        counted("waits and hangs", events=1, limits=Limits(minutes=1 / 60))


def test_the_clock_of_limits_stands_while_a_process_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(supervise.time, "monotonic", lambda: now.seconds)
    told: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    process = SimpleNamespace(stdout=Lines(told))
    reader = supervise.EventReader(process, FAKE_EVENTS, io.BytesIO())  # type: ignore[arg-type]

    def tell(event: BaseModel) -> None:
        told.put(event.model_dump_json().encode())
        assert reader.next() == event

    begun = reader.clock()
    now.seconds += 50
    assert reader.late(begun, Limits(minutes=1)) is None
    tell(Waiting())
    now.seconds += 1000
    assert reader.clock() - begun == 50 and reader.late(begun, Limits(minutes=1, item_seconds=5)) is None
    tell(Counted(index=0))
    now.seconds += 9
    assert reader.late(begun, Limits(minutes=1)) is None
    now.seconds += 2
    assert isinstance(reader.late(begun, Limits(minutes=1)), TimeLimitError)
    told.put(b"")
    reader.join()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock of the limits, which stands still until a test moves its hands."""
    hands = SimpleNamespace(now=1000.0)
    hands.monotonic = lambda: hands.now
    monkeypatch.setattr(supervise, "time", hands)
    return hands


def test_the_limit_of_an_item_is_renewed_by_each_event(tmp_path: Path, clock: SimpleNamespace) -> None:
    limits, seen = Limits(first_seconds=60, item_seconds=2.0), 0
    request = FakeRequest(events=8, behaviour="paced", folder=str(tmp_path))
    (tmp_path / "go0").touch()
    with pytest.raises(ItemLimitError, match="2 s for one item"):
        for event in run(MODULE, request, FAKE_EVENTS, limits=limits):
            seen = event.index + 1
            clock.now += 1.5 if seen < 8 else 2.5
            (tmp_path / f"go{seen}").touch()
    assert seen == 8


def test_the_limit_of_an_item_in_real_time() -> None:
    with pytest.raises(ItemLimitError, match=r"0\.5 s for one item"):
        counted("hangs", limits=Limits(first_seconds=60, item_seconds=0.5))


def test_the_limit_until_the_first_event() -> None:
    with pytest.raises(ItemLimitError):
        counted("hangs", events=0, limits=Limits(first_seconds=2.0))


def test_time_that_the_reader_of_events_takes_is_not_the_process_s(clock: SimpleNamespace) -> None:
    seen = 0
    for _ in run(MODULE, FakeRequest(events=3), FAKE_EVENTS, limits=Limits(first_seconds=60, item_seconds=1.0)):
        wait_for(lambda: all(thread.name != "events" for thread in threading.enumerate()))  # the process has ended
        clock.now += 1.2
        seen += 1
    assert seen == 3


def test_closing_asks_the_process_to_end(tmp_path: Path) -> None:
    events = run(MODULE, FakeRequest(behaviour="is interrupted", folder=str(tmp_path)), FAKE_EVENTS, grace=PATIENCE)
    next(events)
    wait_for((tmp_path / "waits").exists)
    events.close()
    assert (tmp_path / "stopped").exists(), "a process that is asked to end needs not be killed"


def test_what_a_process_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    """Also where it holds the stream of events open."""
    assert len(counted("leaves a child", folder=str(tmp_path))) == 2
    wait_for(lambda: not alive(int((tmp_path / "below").read_text())))


def test_an_interrupt_from_another_thread_is_seen_while_waiting() -> None:
    caught: list[BaseException] = []

    def listen() -> None:
        try:
            counted("hangs", events=1)
        except KeyboardInterrupt as error:
            caught.append(error)

    thread = threading.Thread(target=listen)
    thread.start()
    time.sleep(0.5)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt))
    thread.join(PATIENCE)
    assert caught and not thread.is_alive()


@pytest.mark.parametrize("line", [b"Fra:1 Mem:30M\n", b"{broken\n", b'{"no": "event"}\n', b'["event"]\n', b"", b"\xff"])
def test_other_lines_are_no_events(line: bytes) -> None:
    assert parse_event(FAKE_EVENTS, line) is None


def test_unknown_names_become_worker_errors() -> None:
    assert isinstance(error_named("ValueError", "x"), WorkerError)
    assert isinstance(error_named("annotations", "x"), WorkerError), "a name of the module that is no error"
    assert isinstance(error_named("ConfigError", "x"), errors.ConfigError)
    assert str(error_named("TimeLimitError", "took too long")) == "took too long"
