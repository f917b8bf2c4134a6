"""How far a data set is, seen from its folder alone."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, computed_field

from dsia_gen.core import progress
from dsia_gen.core.document import Document
from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.documents.dataset_document import Throughput
from dsia_gen.dataset.documents.lock_document import LockDocument
from dsia_gen.dataset.documents.run_document import FailureDocument
from dsia_gen.dataset.fence import has_ended, parse_lock
from dsia_gen.dataset.index import IndexedScene, open_scene, read_job
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.metadata import read_failure
from dsia_gen.dataset.throughput import throughput_of


class DatasetStatus(Document):
    """Names of scenes by state. `wanted` is the number that the job asks for, None without a job.

    `damaged` folders lie in scenes/ but do not agree with their receipt; `running` are in work or were cut off.
    `driver` is the run that holds the lock, `throughput` is that of the scenes that are done, `devices` says what
    rendered each of them, and `seconds_left` is for those that the job asks for beside them.
    """

    name: str
    wanted: int | None
    done: tuple[str, ...]
    damaged: tuple[str, ...]
    running: tuple[str, ...]
    failed: tuple[FailureDocument, ...]
    pairs: int
    bytes: int
    throughput: Annotated[Throughput, Field(alias="pace")]  # the key that programs know
    devices: dict[str, str]
    driver: str | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def missing(self) -> int:
        """Scenes that the job asks for and that are not done."""
        return max(0, (self.wanted or 0) - len(self.done))

    @computed_field  # type: ignore[prop-decorator]
    @property
    def complete(self) -> bool:
        """Whether all that the job asks for is on disk and nothing is damaged."""
        return not (self.missing or self.damaged or self.failed)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def seconds_left(self) -> float | None:
        """About how long the missing scenes take, by those that are done; None when that is not known."""
        return None if self.wanted is None else self.throughput.seconds_left(self.missing)

    def lines(self) -> list[str]:
        """A few lines for people."""
        of = f" of {self.wanted}" if self.wanted is not None else ""
        lines = [
            f"{self.name}: {len(self.done)}{of} scenes done, {self.pairs} pairs, {self.bytes / 1e6:,.1f} MB",
            f"in work {len(self.running)}, failed {len(self.failed)}, damaged {len(self.damaged)}"
            + (f"; rendered by {self.driver}" if self.driver else ""),
            *throughput_lines(self.throughput, self.seconds_left),
        ]
        lines += [f"failed {f.scene}: {f.message}" for f in self.failed]
        return lines + [f"damaged {name}: it is made again by the next render" for name in self.damaged]


def dataset_status(layout: DatasetLayout, *, hashes: bool = False) -> DatasetStatus:
    """How far a data set is, seen from its folder or address alone.

    Parameters
    ----------
    layout : DatasetLayout
        The data set.
    hashes : bool
        Whether the content of every file is compared with its receipt; sizes always are.

    Returns
    -------
    DatasetStatus
        Scenes by state, with throughput and devices.

    Raises
    ------
    StorageError
        When there is no data set.
    """
    require_dataset(layout)
    job = read_job(layout)
    names = layout.scene_names()
    layout.prepare(names)
    scenes: list[IndexedScene] = []
    damaged, sending = list[str](), list[str]()
    for name in names:
        try:
            scenes.append(open_scene(layout, name, hashes=hashes))
        except StorageError:
            (sending if _on_its_way(layout, name) else damaged).append(name)
    runs = {scene.name: scene.run for scene in scenes}
    holder = read_lock(layout)
    running = {entry.partition("-")[0] for entry in layout.partial_names()} | set(holder.running)
    return DatasetStatus(
        name=job.name if job else layout.name,
        wanted=job.scene_count if job else None,
        done=tuple(runs),
        damaged=tuple(name for name in damaged if name not in running),
        running=tuple(sorted((running | set(sending)) - runs.keys())),
        failed=tuple(
            FailureDocument(scene=name, error=found.error, message=found.message)
            for name in layout.failed_names()
            if name not in runs and (found := read_failure(layout, name))
        ),
        pairs=sum(len(scene.scene.pairs) for scene in scenes),
        bytes=sum(scene.receipt.bytes for scene in scenes),
        throughput=throughput_of(runs.values()),
        devices={name: run.device for name, run in runs.items()},
        driver=holder.process,
    )


def _on_its_way(layout: DatasetLayout, name: str) -> bool:
    """Whether a scene in a store has no receipt yet."""
    try:
        return layout.mirror is not None and not layout.scene(name).receipt.is_file()
    except StorageError:
        return False


def read_lock(layout: DatasetLayout) -> LockDocument:
    """What the process that holds the lock reports of itself; empty when none does, or it has ended."""
    try:
        holder = parse_lock(layout.lock.read() or b"")
        return LockDocument() if has_ended(holder) else holder
    except StorageError:  # it is not a file
        return LockDocument()


def throughput_lines(found: Throughput, left: float | None) -> list[str]:
    """Speed, time left, seconds a stage, memory and devices for people; nothing before the first scene is done."""
    if not found.scenes:
        return []
    speed = found.views_an_hour
    lines = [f"{speed:,.0f} views an hour" + (f", about {duration(left)} left" if left else "")] if speed else []
    each = max(found.views, 1)
    stages = ", ".join(f"{name} {value / each:.2f}" for name, value in found.seconds.items())
    lines += [f"seconds a view: {stages}"] if stages else []
    devices = ", ".join(f"{name} ({count} scene{'s' * (count != 1)})" for name, count in found.devices.items())
    return [*lines, f"peak memory {found.peak_bytes / 2**30:.2f} GiB; rendered on {devices}"]


def duration(seconds: float) -> str:
    """Days, hours and minutes, the two largest that count."""
    days, rest = divmod(round(seconds), 86400)
    return f"{days} d {rest // 3600} h" if days else progress.duration(seconds)


def require_dataset(layout: DatasetLayout) -> None:
    """StorageError when there is no data set. Downloads the files of the data set as a whole."""
    layout.require_folder()
    layout.sync()
    if not any(path.exists() for path in (layout.index, layout.job)) and not layout.scene_names():
        if layout.mirror is not None:
            layout.mirror.remote.require_bucket()
        raise StorageError(f"{layout.address} is not a data set; give the place that `dsia-gen render -o` wrote")
