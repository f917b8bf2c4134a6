"""Asked against measured: intervals come from the job that made a scene, and from no other."""

from __future__ import annotations

import math

import pytest

from dsia_gen.config.job import JobConfig, SceneGroup
from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.dataset.documents.sample_row import SampleRow
from dsia_gen.dataset.report.asked_motion import asked_motions, asked_of_scenes
from dsia_gen.sampling.seeds import scene_seed


def row(job: JobConfig, scene: int, pair: int, camera: float, foreground: float = 5.0, **change: object) -> SampleRow:
    name = f"{scene:05d}"
    values = {
        "sample": f"{name}_{pair:04d}", "scene": name, "pair": pair, "t1": 0, "p1": 0, "t2": 1, "p2": 1,
        "config": "mine", "setting": "outdoor", "seed": scene_seed(job.seed, scene), "camera_motion_px": camera,
        "foreground_motion_px": foreground, **change,
    }  # fmt: skip
    return SampleRow.model_validate(values)


def job(width: int = 480, **motion: object) -> JobConfig:
    config = load_scene_config("outdoor", [f"motion.{key}={list(value)}" for key, value in motion.items()])  # type: ignore[call-overload]
    return JobConfig(
        name="asked", seed=7, resolution=(width, width // 2), configurations={"mine": config},
        scenes=[SceneGroup(config="outdoor", count=1), SceneGroup(config="mine", count=2)],
    )  # fmt: skip


def test_pairs_inside_an_interval_are_counted() -> None:
    made_by = job(camera_px=(6, 14), foreground_px=(3, 10))
    rows = [row(made_by, 1, pair, camera) for pair, camera in enumerate((5.9, 6.0, 10.0, 14.0, 15.0))]
    rows += [row(made_by, 2, 0, 8.0, 0.0)]
    asked = asked_of_scenes(made_by, rows)
    assert asked["00001"].intervals == {"camera_motion_px": (6, 14), "foreground_motion_px": (3, 10)}
    camera, foreground = asked_motions(asked, rows)
    assert (camera.interval, camera.pairs, camera.inside, camera.median) == ((6, 14), 6, 4, 9.0)
    assert (foreground.pairs, foreground.inside) == (5, 5), "nothing moves in the last pair, and nothing was to"


@pytest.mark.parametrize("width", [240, 480, 960])
def test_the_same_motion_written_otherwise_is_the_same(width: int) -> None:
    own = job(width, camera_px=(6 * width / 960, 14 * width / 960))
    reference = job(width, camera_px_at_960=(6, 14))
    for made_by in (own, reference):
        interval = asked_of_scenes(made_by, [row(made_by, 1, 0, 1.0)])["00001"].intervals["camera_motion_px"]
        assert all(math.isclose(a, b * width / 960, rel_tol=1e-5) for a, b in zip(interval, (6, 14), strict=True))


def test_a_preset_that_the_job_does_not_hold_is_told() -> None:
    made_by = job(camera_px=(6, 14))
    rows = [row(made_by, 0, 0, 8.0, config="outdoor"), row(made_by, 1, 0, 8.0)]
    asked = asked_of_scenes(made_by, rows)
    assert (asked["00000"].preset, asked["00001"].preset) == (True, False)
    assert {found.preset for found in asked_motions(asked, rows) if found.config == "outdoor"} == {True}


def test_overrides_of_an_entry_count() -> None:
    made_by = job(camera_px=(6, 14))
    group = SceneGroup(config="mine", count=3, set={"motion.camera_px": [20, 30]})
    made_by = made_by.model_copy(update={"scenes": [group]})
    assert asked_of_scenes(made_by, [row(made_by, 2, 0, 1.0)])["00002"].intervals["camera_motion_px"] == (20, 30)


def test_a_scene_of_another_job_was_asked_nothing() -> None:
    made_by = job(camera_px=(6, 14))
    rows = [row(made_by, 1, 0, 8.0, seed=5), row(made_by, 9, 0, 8.0)]
    assert asked_of_scenes(made_by, rows) == {}
    assert asked_of_scenes(None, rows) == {}
    assert asked_motions({}, rows) == []


def test_no_file_that_a_job_names_is_opened(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("other") / "scene.yaml"
    path.write_text("motion: {camera_px: [1, 2]}")
    made_by = job().model_copy(update={"configurations": {}, "scenes": [SceneGroup(config=str(path), count=2)]})
    assert asked_of_scenes(made_by, [row(made_by, 1, 0, 8.0)]) == {}
