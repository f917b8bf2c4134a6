"""A store behind a proxy that cuts connections, or lets nothing through."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.chaos.attack import Blow, Driver, Setting, completed, nothing_false, nothing_left, same_data
from tests.s3 import SECRET, CuttingProxy, Server

LEAVES_IN = 60.0
"""Seconds in which the first Ctrl-C ends a run whose store is away."""
AT_ONCE = 2.0
"""The same for a second Ctrl-C."""


@contextmanager
def store(setting: Setting) -> Iterator[CuttingProxy]:
    """An S3 server behind a proxy, to which the environment points."""
    before = dict(os.environ)
    proxy = CuttingProxy(Server().start()).start()
    os.environ.update({
        "AWS_ENDPOINT_URL": proxy.url, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1", "DSIA_GEN_CACHE": str(setting.folder / "cache"),
        "NO_PROXY": "*", "no_proxy": "*",
    })  # fmt: skip
    try:
        yield proxy
    finally:
        proxy.stop()
        proxy.server.stop()
        os.environ.clear()
        os.environ.update(before)


def bucket(proxy: CuttingProxy, name: str) -> str:
    """The address of a new, empty place."""
    proxy.bucket = name
    proxy.server.make_bucket(name)
    return proxy.address


def cut(setting: Setting, proxy: CuttingProxy, *options: str) -> None:
    """Connections are cut at random while a set is made."""
    place = bucket(proxy, f"cut-{len(setting.blows)}")
    blow = Blow("a store that is cut", f"{options[1] if options else 'local'}, s3", 0.0)
    ended, cuts = threading.Event(), [0]

    def scissors() -> None:
        while not ended.wait(setting.rng.uniform(0.1, 0.8)):
            cuts[0] += proxy.done
            proxy.cut(times=setting.rng.randint(1, 4), after=setting.rng.choice([0, 300, 5000]))

    thread = threading.Thread(target=scissors)
    thread.start()
    driver, begun = Driver(setting, place, *options), time.monotonic()
    blow.code, blow.ended_in = driver.wait(), time.monotonic() - begun
    ended.set()
    thread.join()
    proxy.cut(times=0, after=0)
    blow.what = f"{cuts[0]} cuts of a store"
    blow.demand("Traceback" not in driver.text, "a traceback")
    blow.demand(driver.gone(), "processes are left")
    nothing_false(blow, setting, place)
    completed(blow, setting, place, *options)
    setting.struck(blow)


def away(setting: Setting, proxy: CuttingProxy, *options: str, presses: int = 1) -> None:
    """The store lets nothing through any more, and somebody presses Ctrl-C, once or twice."""
    place = bucket(proxy, f"away-{len(setting.blows)}")
    blow = Blow(f"store away, Ctrl-C {presses} time(s)", f"{options[1] if options else 'local'}, s3", 0.0)
    driver = Driver(setting, place, *options)
    driver.working(place)
    blow.after = setting.rng.uniform(0.0, 0.4) * setting.seconds
    time.sleep(blow.after)
    proxy.away = True
    time.sleep(1.0)
    done = driver.process.poll() is not None  # on a slow machine the run may have been at its end
    driver.send(signal.SIGINT)
    if presses > 1:
        time.sleep(0.5)
        driver.send(signal.SIGINT)
    begun = time.monotonic()
    blow.code, blow.ended_in = driver.wait(), time.monotonic() - begun
    proxy.away = False
    blow.demand(blow.code == (0 if done else 130), f"exit code {blow.code}")
    blow.demand(blow.ended_in < (LEAVES_IN if presses == 1 else AT_ONCE), "it takes too long")
    blow.demand("Traceback" not in driver.text, "a traceback")
    blow.demand(driver.gone(), "processes are left")
    nothing_false(blow, setting, place)
    completed(blow, setting, place, *options)
    setting.struck(blow)


def stopped(setting: Setting, proxy: CuttingProxy, kind: str, *options: str) -> None:
    """A signal while a set in a store is made."""
    place = bucket(proxy, f"stopped-{len(setting.blows)}")
    blow = Blow(f"SIG{kind}", f"{options[1] if options else 'local'}, s3", 0.0)
    driver = Driver(setting, place, *options)
    driver.working(place)
    blow.after = setting.rng.uniform(0.0, 0.6) * setting.seconds
    time.sleep(blow.after)
    begun = time.monotonic()
    driver.send(getattr(signal, f"SIG{kind}"))
    blow.code, blow.ended_in = driver.wait(), time.monotonic() - begun
    blow.demand(driver.gone(), "processes are left")
    if kind != "KILL":
        blow.demand(blow.code in (130, 0), f"exit code {blow.code}")
        nothing_left(blow, driver, place)
    nothing_false(blow, setting, place)
    completed(blow, setting, place, *options)
    same_data(blow, setting, place)
    setting.struck(blow)
