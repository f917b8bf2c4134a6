"""A driver in a process of its own, all processes that it has started, and what a data set must be after a blow."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from dsia_gen.dataset.layout import LOCK, DatasetLayout
from dsia_gen.dataset.receipt import finished, read_receipt

CHECKOUT = Path(__file__).resolve().parents[2]
HEARTBEAT = 0.5
PATIENCE = 300.0


@dataclass
class Setting:
    """What all attacks share: where they work, what is rendered, and what came of them."""

    folder: Path
    rng: random.Random
    scene: str = "small"
    scenes: int = 4
    wanted: dict[str, str] = field(default_factory=dict)
    """Content hash of each scene of a render that was left alone."""
    seconds: float = 0.0
    """How long that took."""
    size: int = 0
    """Bytes of it."""
    blows: list[Blow] = field(default_factory=list)

    @property
    def job(self) -> Path:
        return self.folder / "job.yaml"

    def prepare(self) -> None:
        """Write the job, and render it once in peace."""
        job = {"name": "chaos", "seed": 5, "scenes": [{"config": "tiny", "count": self.scenes}]}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.job.write_text(yaml.safe_dump({**job, "resolution": [64, 36], "outputs": ["image", "dynamic_union"]}))
        begun, place = time.monotonic(), self.folder / "reference"
        driver = Driver(self, place)
        assert driver.wait() == 0, driver.text
        self.seconds = time.monotonic() - begun
        self.wanted = hashes(place)
        self.size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        assert len(self.wanted) == self.scenes

    def struck(self, blow: Blow) -> None:
        """Keep what came of a blow, and tell."""
        self.blows.append(blow)
        sys.stdout.write(f"{blow.line}\n")
        sys.stdout.flush()


@dataclass
class Blow:
    """One fault: what it was, how the driver ended, in which time, and what did not hold afterwards."""

    what: str
    where: str
    after: float
    code: int | None = None
    ended_in: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        verdict = "; ".join(self.wrong) or "ok"
        ended = f"exit {self.code} in {self.ended_in:4.1f} s"
        return f"{self.where:10} {self.what:30} after {self.after:5.1f} s: {ended}, {verdict}"

    def demand(self, holds: object, what: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.wrong.append(what)


class Driver:
    """`dsia-gen render` of the job of a setting, in a process of its own."""

    def __init__(self, setting: Setting, place: str | Path, *options: str, **variables: str) -> None:
        self.tag = uuid.uuid4().hex
        self.log = setting.folder / f"{self.tag}.log"
        command = [
            sys.executable,
            "-m",
            "tests.chaos.driver",
            "render",
            str(setting.job),
            "-o",
            str(place),
            "-q",
            *options,
        ]
        chaos = {"CHAOS_TAG": self.tag, "CHAOS_SCENE": setting.scene, "CHAOS_HEARTBEAT": str(HEARTBEAT)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=CHECKOUT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, process_group=0,
                env={**os.environ, **chaos, "PYTHONPATH": str(CHECKOUT), **variables},
            )  # fmt: skip

    @property
    def text(self) -> str:
        """What it has printed."""
        return self.log.read_text(errors="replace")

    def all(self) -> list[int]:
        """Every process that it has started, at any remove, by a variable of their environment."""
        found, mark = [], f"CHAOS_TAG={self.tag}".encode()
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    if mark in (folder / "environ").read_bytes() and _state(folder) not in "ZX":
                        found.append(int(folder.name))
                except OSError:
                    continue
        return found

    def send(self, number: int, *, to_all: bool = False) -> None:
        """Signal it, or it and all below it as one."""
        for process in self.all() if to_all else [self.process.pid]:
            try:
                os.kill(process, number)
            except ProcessLookupError:
                continue

    def wait(self, seconds: float = PATIENCE) -> int | None:
        """Its exit code; None when it does not end in that time, for which it is killed."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL, to_all=True)
            self.process.wait()
            return None

    def gone(self, seconds: float = 20.0) -> bool:
        """Whether nothing of it runs after a while."""
        return until(lambda: not self.all(), seconds)

    def working(self, place: str | Path) -> bool:
        """Wait until it has begun a scene, or has ended."""
        layout = DatasetLayout(place)
        return until(lambda: layout.partial_names() or self.process.poll() is not None, PATIENCE)


def until(condition: Callable[[], object], seconds: float) -> bool:
    """Whether a condition comes to hold in that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def hashes(place: str | Path) -> dict[str, str]:
    """The content of every scene, by its receipt."""
    layout = DatasetLayout(place)
    return {name: read_receipt(layout.scene(name)).content_hash for name in layout.scene_names()}


def nothing_false(blow: Blow, setting: Setting, place: str | Path) -> None:
    """Whatever has a receipt is whole, to the last bit, and is what the render in peace has made."""
    layout = DatasetLayout(place)
    for name in layout.scene_names():
        if layout.scene(name).receipt.is_file():
            right = finished(layout, name, None, (), hashes=True)
            blow.demand(right, f"scene {name} has a receipt and is not whole")
            same = not right or read_receipt(layout.scene(name)).content_hash == setting.wanted[name]
            blow.demand(same, f"scene {name} is not the one of the reference")


def nothing_left(blow: Blow, driver: Driver, place: str | Path) -> None:
    """A run that was asked to stop has tidied up, and says nothing that only a programmer understands."""
    layout = DatasetLayout(place)
    blow.demand(layout.lock.read() is None, f"{LOCK} is left")
    blow.demand(not layout.partial_names(), ".partial is left")
    blow.demand("Traceback" not in driver.text, "a traceback")


def completed(blow: Blow, setting: Setting, place: str | Path, *options: str, **variables: str) -> None:
    """The same command completes the same data."""
    driver = Driver(setting, place, *options, **variables)
    code = driver.wait()
    blow.demand(code == 0, f"the next run ends with {code}: {driver.text[-300:]}")
    nothing_left(blow, driver, place)
    same_data(blow, setting, place)


def same_data(blow: Blow, setting: Setting, place: str | Path) -> None:
    """The data are those of the reference; what differs is named."""
    found, wanted = hashes(place), setting.wanted
    for name in sorted(found.keys() | wanted.keys()):
        have, want = found.get(name, "not there"), wanted.get(name, "not there")
        blow.demand(have == want, f"the data differ: scene {name} is {have[:12]} and not {want[:12]}")


def _state(folder: Path) -> str:
    return (folder / "stat").read_text().rpartition(")")[2].split()[0]
