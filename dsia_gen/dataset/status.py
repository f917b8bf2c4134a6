"""How far a data set is, seen from its folder alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import read_json
from dsia_gen.dataset.index import read_job
from dsia_gen.dataset.layout import LOCK, DatasetLayout, SceneFolder, scene_name
from dsia_gen.dataset.receipt import mismatches, read_receipt
from dsia_gen.dataset.throughput import Pace, Run, device_of, pace_of


@dataclass(frozen=True)
class SceneFailure:
    """Why a scene is not on disk."""

    scene: str
    error: str
    message: str


@dataclass(frozen=True)
class DatasetStatus:
    """Names of scenes by state. `wanted` is the number that the job asks for, None without a job.

    `damaged` folders lie in scenes/ but do not agree with their receipt; `running` are in work or were cut off.
    `driver` is the run that holds the lock, `pace` speaks of the scenes that are done, `devices` says what rendered
    each of them, and `seconds_left` is for those that the job asks for beside them.
    """

    name: str
    wanted: int | None
    done: tuple[str, ...]
    damaged: tuple[str, ...]
    running: tuple[str, ...]
    failed: tuple[SceneFailure, ...]
    pairs: int
    bytes: int
    pace: Pace = field(default_factory=Pace)
    devices: dict[str, str] = field(default_factory=dict)
    driver: str | None = None

    @property
    def missing(self) -> int:
        """Scenes that the job asks for and that are not done."""
        return max(0, (self.wanted or 0) - len(self.done))

    @property
    def seconds_left(self) -> float | None:
        """About how long the missing scenes take at the pace of those that are done; None when that is not known."""
        return None if self.wanted is None else self.pace.seconds_left(self.missing)

    @property
    def complete(self) -> bool:
        """Whether all that the job asks for is on disk and nothing is damaged."""
        return not (self.missing or self.damaged or self.failed)

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            **asdict(self),
            "pace": self.pace.to_dict(),
            "missing": self.missing,
            "complete": self.complete,
            "seconds_left": self.seconds_left,
        }

    def lines(self) -> list[str]:
        """A few lines for people."""
        of = f" of {self.wanted}" if self.wanted is not None else ""
        lines = [
            f"{self.name}: {len(self.done)}{of} scenes done, {self.pairs} pairs, {self.bytes / 1e6:,.1f} MB",
            f"in work {len(self.running)}, failed {len(self.failed)}, damaged {len(self.damaged)}"
            + (f"; {self.driver} is at it" if self.driver else ""),
            *pace_lines(self.pace, self.seconds_left),
        ]
        lines += [f"failed {f.scene}: {f.message}" for f in self.failed]
        return lines + [f"damaged {name}: it is made again by the next render" for name in self.damaged]


def dataset_status(layout: DatasetLayout, *, hashes: bool = False) -> DatasetStatus:
    """Look at every scene folder; sizes are compared with the receipts, contents when `hashes`.

    StorageError when the folder is not a data set.
    """
    require_dataset(layout)
    job = read_job(layout)
    found = _Found()
    holder = _holder(layout)
    names = layout.scene_names()
    layout.prepare(names)
    for name in names:
        found.look_at(layout.scene(name), hashes=hashes)
    running = {entry.partition("-")[0] for entry in layout.partial_names()} | set(holder.get("running") or ())
    return DatasetStatus(
        name=job.name if job else layout.name,
        wanted=job.scene_count if job else None,
        done=tuple(found.done),
        damaged=tuple(name for name in found.damaged if name not in running),
        running=tuple(sorted((running | set(found.sending)) - set(found.done))),
        failed=tuple(_failure(layout, name) for name in layout.failed_names() if name not in found.done),
        pairs=found.pairs,
        bytes=found.bytes,
        pace=pace_of(found.runs.values()),
        devices={name: device_of(run) for name, run in found.runs.items()},
        driver=f"process {holder['pid']} on {holder['host']}" if {"pid", "host"} <= holder.keys() else None,
    )


@dataclass
class _Found:
    """What the scene folders say, one after another."""

    done: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    sending: list[str] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)
    pairs: int = 0
    bytes: int = 0

    def look_at(self, folder: SceneFolder, *, hashes: bool) -> None:
        try:
            receipt = read_receipt(folder)
            sound = next(mismatches(folder, receipt, hashes=hashes), None) is None
        except StorageError:
            on_its_way = folder.mirror is not None and not folder.receipt.is_file()
            (self.sending if on_its_way else self.damaged).append(folder.name)
            return
        if not sound:
            self.damaged.append(folder.name)
            return
        self.done.append(folder.name)
        self.runs[folder.name] = read_json(folder.run)
        self.bytes += sum(entry.size for entry in receipt.files.values())
        self.pairs += len(read_json(folder.scene)["pairs"])


def _holder(layout: DatasetLayout) -> dict[str, Any]:
    """What the driver that holds the lock says of itself."""
    path = layout.fetch(layout.root / LOCK)
    try:
        return read_json(path) if path.is_file() else {}
    except StorageError:  # it has just gone, or is not ours
        return {}


def pace_lines(pace: Pace, left: float | None) -> list[str]:
    """Speed, time left, seconds a stage, memory and devices for people; nothing before the first scene is done."""
    if not pace.scenes:
        return []
    speed = pace.views_an_hour
    lines = [f"{speed:,.0f} views an hour" + (f", about {duration(left)} left" if left else "")] if speed else []
    each = max(pace.views, 1)
    stages = ", ".join(f"{name} {value / each:.2f}" for name, value in pace.seconds.items())
    lines += [f"seconds a view: {stages}"] if stages else []
    devices = ", ".join(f"{name} ({plural(count)})" for name, count in pace.devices.items())
    return [*lines, f"peak memory {pace.peak_bytes / 2**30:.2f} GiB; rendered on {devices}"]


def plural(scenes: int) -> str:
    return f"{scenes} scene" + ("s" if scenes != 1 else "")


def duration(seconds: float) -> str:
    """Days, hours and minutes, the two largest that count."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def require_dataset(layout: DatasetLayout) -> None:
    """StorageError when there is no data set. Brings the files of the data set as a whole."""
    layout.require_folder()
    layout.pull()
    if not any(path.exists() for path in (layout.index, layout.job)) and not layout.scene_names():
        raise StorageError(f"{layout.address} is not a data set; give the place that `dsia-gen render -o` wrote")


def wanted_names(count: int) -> tuple[str, ...]:
    """Names of the scenes of a job with `count` scenes."""
    return tuple(scene_name(number) for number in range(count))


def _failure(layout: DatasetLayout, name: str) -> SceneFailure:
    try:
        document = read_json(layout.fetch(layout.failed(name).error))
    except StorageError as error:
        return SceneFailure(name, "StorageError", str(error))
    return SceneFailure(name, str(document.get("error", "")), str(document.get("message", "")))
