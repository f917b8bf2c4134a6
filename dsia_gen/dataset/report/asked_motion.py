"""What a job asked of motion, beside what was measured: intervals by scene, and how many pairs are inside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np

from dsia_gen.config.job import JobConfig, SceneGroup
from dsia_gen.config.pixel_section import PIXELS
from dsia_gen.config.presets import preset_names
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.document import Document
from dsia_gen.core.errors import DsiaError
from dsia_gen.dataset.documents.sample_row import SampleRow
from dsia_gen.sampling.scene_sampler import choose_variant
from dsia_gen.sampling.seeds import scene_seed

COLUMNS = {"camera_px": "camera_motion_px", "foreground_px": "foreground_motion_px"}
"""Columns of the samples table that measure what a key of a configuration asks for."""
Interval = tuple[float, float]


class AskedScene(Document):
    """What was asked of a scene: intervals in pixels of its images by column.

    With `preset`, the job names a preset and does not hold it: the intervals are those of this version's.
    """

    intervals: dict[str, Interval]
    preset: bool


class AskedMotion(Document):
    """An interval that a configuration asks of its pairs, and what they have; lengths in pixels of their images.

    `middle` holds the 5th and the 95th percentile of what was measured, `inside` counts the pairs in the interval.
    """

    config: str
    column: str
    interval: Interval
    preset: bool
    pairs: int
    inside: int
    median: float
    middle: Interval


def asked_of_scenes(job: JobConfig | None, rows: Sequence[SampleRow]) -> dict[str, AskedScene]:
    """What the job asked of each scene that is one of its own, by name; others are left out.

    A scene is the job's own when its number and seed are. A configuration is looked up in the job, then among the
    presets: paths in a job are those of another machine, and no file outside the data set is opened.
    """
    if job is None:
        return {}
    groups = [group for group in job.scenes for _ in range(group.count)]
    configs: dict[int, SceneConfig | None] = {}
    found: dict[str, AskedScene] = {}
    for row in rows:
        if row.scene in found or not row.scene.isdecimal() or int(row.scene) >= len(groups):
            continue
        if row.seed != scene_seed(job.seed, int(row.scene)):
            continue
        group = groups[int(row.scene)]
        if id(group) not in configs:
            configs[id(group)] = _configuration(job, group)
        config = configs[id(group)]
        if config is not None:
            motion = choose_variant(config, row.seed).motion.in_pixels(job.resolution[0])
            intervals = {COLUMNS[key]: tuple(motion[key]) for key in PIXELS}
            found[row.scene] = AskedScene(intervals=intervals, preset=group.config not in job.configurations)
    return found


def _configuration(job: JobConfig, group: SceneGroup) -> SceneConfig | None:
    known = job.configurations.get(group.config)
    if known is None and group.config not in preset_names("scene_configs"):
        return None
    with suppress(DsiaError):
        return load_scene_config(known or group.config, group.set)
    return None


def asked_motions(asked: Mapping[str, AskedScene], rows: Sequence[SampleRow]) -> list[AskedMotion]:
    """Every interval with what was measured on its pairs, by configuration and column; without pairs, none.

    Foreground motion is asked of pairs in which something moves.
    """
    measured: dict[tuple[str, str, Interval, bool], list[float]] = {}
    for row in rows:
        scene = asked.get(row.scene)
        if scene is None:
            continue
        for column, interval in scene.intervals.items():
            value = row.number(column)
            if value is not None and (value > 0 or column == COLUMNS["camera_px"]):
                measured.setdefault((row.config, column, interval, scene.preset), []).append(value)
    found = []
    for (config, column, interval, preset), values in sorted(measured.items()):
        low, median, high = (round(float(value), 3) for value in np.percentile(values, (5, 50, 95)))
        inside = sum(is_inside(value, interval) for value in values)
        found.append(
            AskedMotion(
                config=config,
                column=column,
                interval=interval,
                preset=preset,
                pairs=len(values),
                inside=inside,
                median=median,
                middle=(low, high),
            )
        )  # fmt: skip
    return found


def is_inside(value: float, interval: Interval) -> bool:
    """Whether a measured motion is in an interval, to the digits that are shown."""
    low, high = interval
    return low * (1 - 1e-3) <= value <= high * (1 + 1e-3)
