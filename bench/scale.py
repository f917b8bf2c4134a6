"""How large a run is: one that fits a laptop, the default scene of the design, or a glance that shows that it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dsia_gen.config.job import JobConfig, Resources
from dsia_gen.pipeline.tasks import SceneTask, plan_job
from dsia_gen.spec.light import Render

Size = tuple[int, int]
ROOT = Path(__file__).resolve().parent.parent
DOCS, SCRATCH = ROOT / "docs" / "images", ROOT / "out" / "bench"
"""Where plots go: a run of a size worth showing, and any other."""


@dataclass(frozen=True)
class Scale:
    """Sizes of a run of the benchmark.

    `loop_*` are of the comparison with a plain loop, `noise_*` of what is held against a reference: `noise_window` is
    the share of width and height, in the middle of a picture, that is rendered for it. `steps` says of each thing that
    the cost of a pair is measured over how far to go. `clean_scenes` are rendered for the validation to pass, and it
    shall pass the data sets `clean_data` as well. `one_pair` are pairs a scene and how often each is measured.
    """

    resolution: Size
    quality: Render
    pairs: int
    repeats: int
    configs: tuple[str, ...]
    farm_scenes: int
    farm_resolution: Size
    farm_pairs: int
    loop_configs: tuple[str, ...]
    loop_resolution: Size
    loop_pairs: int
    loop_timed: int
    noise_resolution: Size
    noise_window: float
    noise_views: int
    steps: int
    many_scenes: int
    pictures: Path
    device: str = "cpu"
    clean_scenes: int = 12
    clean_data: tuple[Path, ...] = ()
    one_pair: tuple[tuple[int, int], ...] = ((1, 3), (4, 2), (10, 1))
    one_pair_overrides: tuple[str, ...] = ("quality.samples=24",)


STANDARD = Scale(
    resolution=(480, 270),
    quality=Render(),
    pairs=10,
    repeats=5,
    configs=("outdoor",),
    farm_scenes=4,
    farm_resolution=(240, 135),
    farm_pairs=3,
    loop_configs=("outdoor", "indoor"),
    loop_resolution=(240, 135),
    loop_pairs=6,
    loop_timed=2,
    noise_resolution=(480, 270),
    noise_window=0.2,
    noise_views=1,
    steps=4,
    many_scenes=50,
    pictures=DOCS,
)
FULL = replace(
    STANDARD,
    resolution=(960, 540),
    repeats=7,
    configs=("outdoor", "indoor"),
    loop_resolution=(960, 540),
    loop_pairs=10,
    noise_resolution=(960, 540),
    noise_views=2,
    steps=5,
    clean_scenes=100,
)
QUICK = Scale(
    resolution=(240, 135),
    quality=Render(samples=8),
    pairs=2,
    repeats=3,
    configs=("outdoor",),
    farm_scenes=2,
    farm_resolution=(96, 54),
    farm_pairs=2,
    loop_configs=("outdoor",),
    loop_resolution=(64, 36),
    loop_pairs=2,
    loop_timed=1,
    noise_resolution=(96, 54),
    noise_window=0.2,
    noise_views=1,
    steps=2,
    many_scenes=3,
    pictures=SCRATCH,
    clean_scenes=1,
    one_pair=((1, 1), (2, 1)),
    one_pair_overrides=("resolution=[96,54]", "quality.samples=4"),
)


def scene_task(
    scale: Scale, config: str, pairs: int, resolution: Size | None = None, overrides: Mapping[str, object] | None = None
) -> SceneTask:
    """A scene of the default library at the run's own size, all default outputs."""
    return plan_job(_job(scale, config, 1, pairs, resolution or scale.resolution, scale.quality, overrides))[0]


def farm_tasks(scale: Scale, threads: int) -> tuple[SceneTask, ...]:
    """Small scenes for measuring executors, with a number of threads each (0 is all cores)."""
    job = _job(scale, "tiny", scale.farm_scenes, scale.farm_pairs, scale.farm_resolution, Render(samples=16))
    resources = job.resources.model_copy(update={"threads": threads})
    return plan_job(job.model_copy(update={"resources": resources}))


def small_tasks(
    scale: Scale, count: int, pairs: int, resolution: Size, samples: int, overrides: Mapping[str, object] | None = None
) -> tuple[SceneTask, ...]:
    """Tiny scenes, whose cost is looked at as one thing grows."""
    quality = Render(samples=samples, adaptive_threshold=0)
    return plan_job(_job(scale, "tiny", count, pairs, resolution, quality, overrides))


def _job(
    scale: Scale,
    config: str,
    count: int,
    pairs: int,
    resolution: Size,
    quality: Render,
    overrides: Mapping[str, object] | None = None,
) -> JobConfig:
    group = {"config": config, "count": count, "set": {"sequence.pairs": pairs, **(overrides or {})}}
    return JobConfig.model_validate(
        {"name": "bench", "seed": 2, "scenes": [group], "resolution": resolution, "quality": quality,
         "resources": Resources(device=scale.device)}
    )  # fmt: skip
