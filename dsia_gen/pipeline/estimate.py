"""Estimates before a job starts: views and pairs of a scene, hours, and bytes on disk."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dsia_gen.config.job import JobConfig, Resources
from dsia_gen.config.scene_config import SceneConfig
from dsia_gen.core.cpus import cores
from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import disk
from dsia_gen.core.progress import byte_size
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.pipeline.fingerprint import configurations
from dsia_gen.pipeline.foresight import SCENES, forecast
from dsia_gen.pipeline.tasks import SceneTask, plan_job
from dsia_gen.spec.outputs import OUTPUTS

# Bytes on disk for a byte of pixels, from scenes of the built-in library, rounded down: a job is refused only
# when it cannot fit.
_PACKED = {"png8": 0.4, "png16": 0.01, "exr16": 0.6, "exr32": 0.5}
_PACKED_MASK = 0.01


MICROSECONDS = {"outdoor": 5.8, "indoor": 14.2}
"""Core time of a pixel and sample on a CPU: default library, OpenImageDenoise and adaptive sampling included."""
_VIEW_SECONDS = 0.4
"""What a view takes besides its samples: setting up, writing, annotating."""
_SCENE_SECONDS = 12.0
"""What a scene takes besides its views: sampling, starting Blender, building, freezing."""

DEVICES: dict[str, float] = {
    "cpu, 2 cores": 2.0,
    "cpu, 16 cores": 16.0,
    "gpu, RTX 3060 class (estimate)": 90.0,
    "gpu, RTX 4090 class (estimate)": 450.0,
}
"""Devices for which a job's hours are estimated, as multiples of one CPU core. CPUs are measured; GPUs are not: their
factors follow the ratios that Blender's open benchmark publishes, halved for the short frames of a data set."""


GPU_FILES = (Path("/dev/nvidia0"), Path("/dev/kfd"))
"""Where the drivers of NVIDIA and AMD show a GPU on Linux."""


@dataclass(frozen=True)
class Extent:
    """How much one scene is; `indoor` is the probability that it is an indoor scene."""

    pairs: int
    views: int
    indoor: float = 0.0


def extent(config: SceneConfig) -> Extent:
    """Pairs of a scene of this configuration, and its views: I2 of a pair is I1 of the next (DESIGN section 2)."""
    sequence = config.sequence
    views = sequence.passes * ((2 if sequence.pair_directions == 1 else 3) * sequence.pairs + 1)
    kinds = [(v.weight, v.scene.setting) for v in config.variants] or [(1.0, config.setting)]
    total = sum(weight for weight, _ in kinds) or 1.0
    indoor = sum(weight for weight, setting in kinds if setting == "indoor") / total
    return Extent(sequence.passes * sequence.pairs * sequence.pair_directions, views, indoor)


def extents(configs: Mapping[str, SceneConfig]) -> dict[str, Extent]:
    """The extent of each scene by name, from its configuration."""
    return {name: extent(config) for name, config in configs.items()}


@dataclass(frozen=True)
class SceneEstimate:
    """About how long a scene takes: seconds until its first view begins, and seconds a view."""

    views: int
    start: float
    view: float

    def seconds(self, views: int) -> float:
        """Of the scene with this number of views."""
        return self.start + views * self.view


def scene_estimate(task: SceneTask, size: Extent, device_cores: float) -> SceneEstimate:
    """About how long a scene takes on a device that is worth so many CPU cores."""
    work = task.resolution[0] * task.resolution[1] * task.quality.samples * 1e-6
    view = work * (size.indoor * MICROSECONDS["indoor"] + (1 - size.indoor) * MICROSECONDS["outdoor"])
    return SceneEstimate(size.views, _SCENE_SECONDS, _VIEW_SECONDS + view / device_cores)


def scene_hours(task: SceneTask, size: Extent, cores: float) -> float:
    """About how many hours a scene takes on a device that is worth `cores` CPU cores."""
    return scene_estimate(task, size, cores).seconds(size.views) / 3600


def worth_in_cores(resources: Resources) -> float:
    """What the device of a scene is worth, as far as can be told without asking Blender; GPUs are the slowest known."""
    gpu = resources.device != "cpu" and (resources.device != "auto" or any(path.exists() for path in GPU_FILES))
    slowest = min(value for name, value in DEVICES.items() if name.startswith("gpu"))
    return slowest if gpu else float(resources.threads or cores())


def scene_bytes(task: SceneTask, size: Extent) -> int:
    """About how many bytes a scene takes, never much more than it will."""
    pixels = task.resolution[0] * task.resolution[1]
    total = 0.0
    for name in task.outputs:
        output = OUTPUTS[name]
        count = size.views if output.scope == "view" else size.pairs
        width = {"png8": 1, "png16": 2, "exr16": 2, "exr32": 4}[output.format]
        packed = _PACKED_MASK if output.kind in ("mask", "reason") else _PACKED[output.format]
        total += count * pixels * output.channel_count * width * packed
    return int(total)


def check_space(layout: DatasetLayout, tasks: Sequence[SceneTask], sizes: dict[str, Extent]) -> None:
    """StorageError when the disk of an existing folder cannot hold the scenes; in front of a store, the largest one."""
    root, each = layout.root, [scene_bytes(task, sizes[task.name]) for task in tasks]
    needed = sum(each) if layout.mirror is None else max(each, default=0)
    with disk("look at", root):
        free = shutil.disk_usage(root).free
    if needed > free:
        raise StorageError(
            f"{root} has {byte_size(free)} free, and the job needs about {byte_size(needed)}; "
            "free some space, choose another disk, or ask for fewer outputs"
        )


def plan_summary(job: JobConfig, sampled: int = 0) -> dict[str, Any]:
    """What a job would make, JSON-able: scenes with their seeds, groups, pairs, views, bytes, hours by device.

    Motions are in pixels of the job's images; those that are foreseen are of scenes that are sampled for it, at most
    `sampled` and at least one of each configuration; none where that is 0. Raises ConfigError for the first
    configuration that is wrong.
    """
    tasks = plan_job(job)
    configs = configurations(tasks)
    sizes = extents(configs)
    groups, start = [], 0
    for group in job.scenes:
        mine = [sizes[task.name] for task in tasks[start : start + group.count]]
        start += group.count
        pairs, views = sum(size.pairs for size in mine), sum(size.views for size in mine)
        first = tasks[start - group.count : start]
        scenes = max(1, min(SCENES, sampled // len(job.scenes))) if sampled else 0
        motions = [
            {**asdict(motion), "problem": motion.problem} for motion in forecast(configs[first[0].name], first, scenes)
        ]
        groups.append(
            {"config": group.config, "scenes": group.count, "pairs": pairs, "views": views, "motion": motions}
        )
    return {
        "job": job.name,
        "scenes": [
            {"scene": t.name, "config": t.config_name, "seed": t.seed,
             "pairs": sizes[t.name].pairs, "views": sizes[t.name].views} for t in tasks
        ],
        "groups": groups,
        "outputs": job.output_names,
        "subsets": job.subsets.in_pixels(job.resolution[0]),
        "pairs": sum(size.pairs for size in sizes.values()),
        "views": sum(size.views for size in sizes.values()),
        "bytes": sum(scene_bytes(t, sizes[t.name]) for t in tasks),
        "hours": {name: round(sum(scene_hours(t, sizes[t.name], cores) for t in tasks), 3)
                  for name, cores in DEVICES.items()},
    }  # fmt: skip
