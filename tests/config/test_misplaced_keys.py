"""A key that belongs elsewhere is answered with the place where it belongs."""

from __future__ import annotations

import pytest

from dsia_gen.config.job import JobConfig
from dsia_gen.config.scene_config import SceneConfig
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.strict_yaml import parse_config

JOB = "name: a\nscenes:\n  - {{config: tiny{inside}}}\n{beside}"


@pytest.mark.parametrize("key", ["sequence", "camera"])
def test_fields_of_a_scene_in_a_job_are_sent_to_their_place(key: str) -> None:
    assert key in SceneConfig.model_fields
    with pytest.raises(
        ConfigError, match=rf"line 4: {key} is not a key .* belongs under `set` of an entry of `scenes`"
    ):
        parse_config(JobConfig, JOB.format(inside="", beside=f"{key}: {{}}\n"), "job.yaml")
    with pytest.raises(
        ConfigError, match=rf"line 3: scenes\.0\.{key} is not a key .* belongs under `set` of this entry"
    ):
        parse_config(JobConfig, JOB.format(inside=f", {key}: {{}}", beside=""), "job.yaml")


@pytest.mark.parametrize("key", ["resolution", "quality", "outputs", "scenes"])
def test_fields_of_a_job_in_a_scene_are_sent_to_their_place(key: str) -> None:
    assert key in JobConfig.model_fields and key not in SceneConfig.model_fields
    with pytest.raises(ConfigError, match=rf"line 2: {key} is not a key .* belongs in a job"):
        parse_config(SceneConfig, f"name: a\n{key}: {{}}\n", "scene.yaml")


def test_other_keys_have_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="did you mean 'outputs'"):
        parse_config(JobConfig, JOB.format(inside="", beside="output: x\n"), "job.yaml")
