"""How far a data set is, seen from its folder alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dsia_gen.dataset.index import read_job
from dsia_gen.dataset.layout import DatasetLayout, scene_name
from dsia_gen.dataset.receipt import mismatches, read_receipt
from dsia_gen.dataset.storage import read_json
from dsia_gen.errors import StorageError


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
    """

    name: str
    wanted: int | None
    done: tuple[str, ...]
    damaged: tuple[str, ...]
    running: tuple[str, ...]
    failed: tuple[SceneFailure, ...]
    pairs: int
    bytes: int

    @property
    def missing(self) -> int:
        """Scenes that the job asks for and that are not done."""
        return max(0, (self.wanted or 0) - len(self.done))

    @property
    def complete(self) -> bool:
        """Whether all that the job asks for is on disk and nothing is damaged."""
        return not (self.missing or self.damaged or self.failed)

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {**asdict(self), "missing": self.missing, "complete": self.complete}

    def lines(self) -> list[str]:
        """A few lines for people."""
        of = f" of {self.wanted}" if self.wanted is not None else ""
        lines = [
            f"{self.name}: {len(self.done)}{of} scenes done, {self.pairs} pairs, {self.bytes / 1e6:,.1f} MB",
            f"in work {len(self.running)}, failed {len(self.failed)}, damaged {len(self.damaged)}",
        ]
        lines += [f"failed {f.scene}: {f.message}" for f in self.failed]
        return lines + [f"damaged {name}: it is made again by the next render" for name in self.damaged]


def dataset_status(layout: DatasetLayout, *, hashes: bool = False) -> DatasetStatus:
    """Look at every scene folder; sizes are compared with the receipts, contents when `hashes`.

    StorageError when the folder is not a data set.
    """
    require_dataset(layout)
    job = read_job(layout)
    done: list[str] = []
    damaged: list[str] = []
    pairs, size = 0, 0
    for name in layout.scene_names():
        try:
            folder = layout.scene(name)
            receipt = read_receipt(folder)
            sound = next(mismatches(folder, receipt, hashes=hashes), None) is None
        except StorageError:
            sound = False
        (done if sound else damaged).append(name)
        if sound:
            size += sum(entry.size for entry in receipt.files.values())
            pairs += len(read_json(folder.scene)["pairs"])
    return DatasetStatus(
        name=job.name if job else layout.name,
        wanted=job.scene_count if job else None,
        done=tuple(done),
        damaged=tuple(damaged),
        running=tuple(sorted({entry.partition("-")[0] for entry in layout.partial_names()})),
        failed=tuple(_failure(layout, name) for name in layout.failed_names() if name not in done),
        pairs=pairs,
        bytes=size,
    )


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
