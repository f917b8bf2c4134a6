"""Presets: each can be read, mixes hold what they name, and tests share no scene with training."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.config.job import JobConfig
from dsia_gen.config.presets import find_preset, preset_names
from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.strict_yaml import read_config
from dsia_gen.pipeline.estimate import plan_summary
from dsia_gen.pipeline.tasks import plan_job
from dsia_gen.spec.views import LARGE_CAMERA_PX, LARGE_FOREGROUND_PX

SUBSETS = ("lclf", "lcsf", "sclf", "scsf")


def _job(name: str) -> JobConfig:
    return read_config(JobConfig, find_preset("render_jobs", name))


@pytest.mark.parametrize("name", preset_names("scene_configs"))
def test_every_scene_preset_can_be_read_and_is_called_as_its_file(name: str) -> None:
    assert load_scene_config(name).name == name


@pytest.mark.parametrize("name", preset_names("render_jobs"))
def test_every_job_preset_can_be_planned(name: str) -> None:
    job = _job(name)
    assert job.name == name
    assert plan_summary(job)["views"] > 0


@pytest.mark.parametrize("name", SUBSETS)
def test_subset_presets_keep_to_their_side_of_the_thresholds(name: str) -> None:
    config = load_scene_config(name)
    assert {variant.scene.setting for variant in config.variants} == {"outdoor", "indoor"}
    for motion in (config.motion, *(variant.scene.motion for variant in config.variants)):
        for (low, high), limit, large in (
            (motion.camera_px_at_960, LARGE_CAMERA_PX, name[0] == "l"),
            (motion.foreground_px_at_960, LARGE_FOREGROUND_PX, name[2] == "l"),
        ):
            assert low > limit if large else high < limit


def test_a_mix_passes_on_what_it_says_itself_and_keeps_the_rest() -> None:
    config = load_scene_config("mixed", ["sequence.pairs=3", "light.profiles={abrupt: 1}"])
    indoor = load_scene_config("indoor")
    found = next(v.scene for v in config.variants if v.scene.setting == "indoor")
    assert found.name == "mixed" and found.sequence.pairs == 3 and found.light.profiles == {"abrupt": 1.0}
    assert found.camera == indoor.camera and found.objects == indoor.objects


def test_a_mix_of_mixes_and_an_unknown_part_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("name: m\nmix: {lclf: 1}\n")
    with pytest.raises(ConfigError, match="is a mix itself"):
        load_scene_config(str(path))
    path.write_text("name: m\nmix: {outdor: 1}\n")
    with pytest.raises(ConfigError, match="did you mean 'outdoor'"):
        load_scene_config(str(path))


def test_the_training_job_is_as_large_as_dsia_and_its_tests_are_balanced() -> None:
    train, test = plan_summary(_job("dsia_train")), plan_summary(_job("dsia_test"))
    assert len(train["scenes"]) >= 1000 and train["pairs"] > 30_000
    assert {g["config"]: g["pairs"] for g in test["groups"]} == dict.fromkeys(SUBSETS, 500)


@pytest.mark.parametrize(("train", "test"), [("dsia_train", "dsia_test"), ("align_small", "align_small_test")])
def test_no_scene_is_shared_between_training_and_tests(train: str, test: str) -> None:
    first, second = ({task.seed for task in plan_job(_job(name))} for name in (train, test))
    assert len(first) == _job(train).scene_count and len(second) == _job(test).scene_count
    assert not first & second
