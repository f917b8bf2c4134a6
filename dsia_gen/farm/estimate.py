"""Estimates before a job starts: views and pairs of a scene, and bytes on disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dsia_gen.config.scene import SceneConfig, load_scene_config
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.storage import disk
from dsia_gen.errors import StorageError
from dsia_gen.farm.plan import SceneTask
from dsia_gen.spec.outputs import OUTPUTS, Output

# Bytes on disk for a byte of pixels, from scenes of the built-in library, rounded down: a job is refused only
# when it cannot fit.
_PACKED = {"png8": 0.4, "png16": 0.01, "exr16": 0.6, "exr32": 0.5}
_PACKED_MASK = 0.01
GIB = 2**30


@dataclass(frozen=True)
class Extent:
    """How much one scene is."""

    pairs: int
    views: int


def extent(config: SceneConfig) -> Extent:
    """Pairs of a scene of this configuration, and its views where all are shared (DESIGN section 2)."""
    sequence = config.sequence
    return Extent(sequence.pairs, 2 * sequence.pairs + sequence.gap)


def extents(tasks: Iterable[SceneTask]) -> dict[str, Extent]:
    """The extent of each task by scene name. ConfigError for the first configuration that is wrong."""
    known: dict[str, Extent] = {}
    result = {}
    for task in tasks:
        key = f"{task.config} {task.overrides}"
        if key not in known:
            known[key] = extent(load_scene_config(task.config, task.overrides))
        result[task.name] = known[key]
    return result


def scene_bytes(task: SceneTask, size: Extent) -> int:
    """About how many bytes a scene takes, never much more than it will."""
    pixels = task.resolution[0] * task.resolution[1]
    total = 0.0
    for name in task.outputs:
        output = OUTPUTS[name]
        count = size.views if output.scope == "view" else size.pairs
        total += count * pixels * _bytes_per_pixel(output)
    return int(total)


def _bytes_per_pixel(output: Output) -> float:
    width = {"png8": 1, "png16": 2, "exr16": 2, "exr32": 4}[output.format]
    mask = output.format == "png8" and output.depth == 1
    return output.depth * width * (_PACKED_MASK if mask else _PACKED[output.format])


def check_space(layout: DatasetLayout, tasks: Sequence[SceneTask], sizes: dict[str, Extent]) -> None:
    """StorageError when the disk of an existing folder cannot hold the scenes; in front of a store, the largest one."""
    root, each = layout.root, [scene_bytes(task, sizes[task.name]) for task in tasks]
    needed = sum(each) if layout.mirror is None else max(each, default=0)
    with disk("look at", root):
        free = shutil.disk_usage(root).free
    if needed > free:
        raise StorageError(
            f"{root} has {free / GIB:.1f} GiB free, and the job needs about {needed / GIB:.1f} GiB; "
            "free some space, choose another disk, or ask for fewer outputs"
        )
