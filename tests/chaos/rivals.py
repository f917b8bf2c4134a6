"""Two drivers of one data set, one of which is frozen until the other has taken over."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from dsia_gen.dataset.fence import parse_lock
from dsia_gen.dataset.layout import DatasetLayout
from tests.chaos.attack import PATIENCE, Blow, Driver, Setting, completed, nothing_false, nothing_left, same_data, until


def at_once(setting: Setting, place: str | Path, *options: str) -> None:
    """Both begin at the same moment: one of them is refused, the other makes all."""
    blow = Blow("two drivers at once", _where(place, options), 0.0)
    begun = time.monotonic()
    both = [Driver(setting, place, *options, CHAOS_MACHINE=name) for name in ("first", "second")]
    codes = [driver.wait() for driver in both]
    blow.code, blow.ended_in = max(code or 0 for code in codes), time.monotonic() - begun
    blow.demand(sorted(code or 0 for code in codes) in ([0, 1], [0, 0]), f"exit codes {codes}")
    refused = [driver for driver, code in zip(both, codes, strict=True) if code == 1]
    blow.demand(all("is being written by process" in d.text for d in refused), "the refused one does not say why")
    nothing_left(blow, both[0], place)
    same_data(blow, setting, place)
    setting.struck(blow)


def frozen(setting: Setting, place: str | Path, *options: str) -> None:
    """One is frozen with all its processes, and wakes when the other has taken over and is at work."""
    first = Driver(setting, place, *options, CHAOS_MACHINE="first")
    first.working(place)
    moment = setting.rng.uniform(0.0, 0.5) * setting.seconds
    time.sleep(moment)
    first.send(signal.SIGSTOP, to_all=True)
    blow = Blow("a frozen driver wakes", _where(place, options), moment)
    if first.process.poll() is None:
        held = token(place)
        second = Driver(setting, place, *options, CHAOS_MACHINE="second")
        until(lambda: token(place) not in (held, None) or second.process.poll() is not None, PATIENCE)
        time.sleep(setting.rng.uniform(0.0, 0.3) * setting.seconds)
        begun = time.monotonic()
        first.send(signal.SIGCONT, to_all=True)
        blow.code, blow.ended_in = first.wait(), time.monotonic() - begun
        blow.demand(blow.code in (0, 1), f"exit code {blow.code}")
        blow.demand(blow.code == 0 or "taken over by process" in first.text or "was removed" in first.text
                    or "is gone" in first.text, f"it does not say why: {first.text[-300:]}")  # fmt: skip
        code = second.wait()
        blow.demand(code == 0, f"the second ends with {code}: {second.text[-300:]}")
        blow.demand("Traceback" not in first.text + second.text, "a traceback")
        blow.demand(first.gone(), "processes are left")
        nothing_left(blow, second, place)
        nothing_false(blow, setting, place)
        same_data(blow, setting, place)
    completed(blow, setting, place, *options)
    setting.struck(blow)


def token(place: str | Path) -> str | None:
    """The run that holds a data set."""
    return parse_lock(DatasetLayout(place).lock.read() or b"").token


def _where(place: str | Path, options: tuple[str, ...]) -> str:
    executor = options[1] if options else "local"
    return f"{executor}, s3" if str(place).startswith("s3:") else executor
