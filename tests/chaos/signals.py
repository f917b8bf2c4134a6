"""Signals at random moments, to the driver or to one of the processes below it."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.chaos.attack import Blow, Driver, Setting, completed, hashes, nothing_false, nothing_left, same_data

ENDS_IN = 30.0
"""Seconds in which a run that was asked to stop must have ended."""
RAY_ENDS_IN = 180.0
"""The same for Ray's own agents, which look now and then whether their node is there."""
KINDS = ("KILL", "TERM", "INT", "HUP", "STOP and CONT", "KILL of a child", "TERM four times")


def strike(setting: Setting, place: Path, kind: str, *options: str, moment: float | None = None) -> Blow:
    """Render on in a folder, send a signal at a random moment, and see what is there."""
    driver = Driver(setting, place, *options)
    moment = setting.rng.uniform(0.3, 1.2) * setting.seconds if moment is None else moment
    time.sleep(moment)
    blow = Blow(f"SIG{kind}", options[1] if options else "local", moment)
    begun = time.monotonic()
    blow.code = _send(setting, driver, kind)
    blow.ended_in = time.monotonic() - begun
    asked = kind in ("TERM", "INT", "HUP")
    if blow.code is None:
        blow.demand(False, f"it does not end: {driver.text[-300:]}")
    if asked and moment > 3.0:  # before that Python itself may still be starting
        # When all is done, Python gives up its handlers and then takes a moment to end: the signal itself may end it.
        over = place.exists() and hashes(place).keys() == setting.wanted.keys()
        blow.demand(blow.code in (130, 0) or over, "the exit code of a stop is 130")
        blow.demand(blow.ended_in < ENDS_IN, "it takes too long")
    if asked and moment > 3.0:
        nothing_left(blow, driver, place)
    blow.demand("Traceback" not in driver.text or moment < 3.0, "a traceback")
    blow.demand(driver.gone(RAY_ENDS_IN if blow.where == "ray" else ENDS_IN), f"processes are left: {driver.all()}")
    if place.exists():
        nothing_false(blow, setting, place)
    return blow


def _send(setting: Setting, driver: Driver, kind: str) -> int | None:
    """Send it; the exit code of the driver."""
    if kind == "STOP and CONT":
        driver.send(signal.SIGSTOP)
        time.sleep(setting.rng.uniform(0.2, 2.0))
        driver.send(signal.SIGCONT)
    elif kind == "KILL of a child":
        below = [process for process in driver.all() if process != driver.process.pid]
        if below:
            with suppress(ProcessLookupError):
                os.kill(setting.rng.choice(below), signal.SIGKILL)
    elif kind == "TERM four times":
        for _ in range(4):
            driver.send(signal.SIGTERM)
            time.sleep(0.1)
    else:
        driver.send(getattr(signal, f"SIG{kind}"))
    return driver.wait()


def storm(setting: Setting, count: int, *options: str, kinds: tuple[str, ...] = KINDS) -> None:
    """So many signals; a data set that is whole is compared, and another begun."""
    number, place = 0, setting.folder / f"storm-{len(setting.blows)}"
    for index in range(count):
        blow = strike(setting, place, kinds[index % len(kinds)], *options)
        if index == count - 1:
            completed(blow, setting, place, *options)
        elif place.exists() and hashes(place).keys() == setting.wanted.keys():
            same_data(blow, setting, place)
            number += 1
            place = place.with_name(f"{place.name.partition('.')[0]}.{number}")
        setting.struck(blow)
