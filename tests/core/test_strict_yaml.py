"""Configurations: every mistake at once, with its line and the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.config.job import JobConfig
from dsia_gen.config.presets import find_preset, preset_names
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.strict_yaml import parse_config, read_config


def _problems(model: type, text: str, overrides: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(model, text, "file.yaml", overrides)
    return caught.value.problems


def test_three_mistakes_are_reported_together_with_line_and_nearest_name() -> None:
    text = "name: x\nresolutoin: [1, 2]\nscenes:\n  - {config: outdoor, cont: 3}\nquality:\n  samples: -1\n"
    problems = _problems(JobConfig, text)
    assert problems[0].startswith("line 2: resolutoin is not a known key; did you mean 'resolution'?")
    assert problems[1].startswith("line 4: scenes.0.cont is not a known key; did you mean 'count'?")
    assert problems[2].startswith("line 6: quality.samples:")
    assert len(problems) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: x\nscenes: [{config: a}]\nresolution: [0, 54]\n", "line 3: resolution.0"),
        ("name: x\nscenes: [{config: a}]\nquality: {samples: -4}\n", "quality.samples"),
        ("name: x\nscenes: [{config: a}]\noutputs: [flow_1_to_3]\n", "did you mean 'flow_1_to_2'"),
        ("name: x\nname: y\nscenes: [{config: a}]\n", "given twice"),
        ("name: x\n", "scenes is missing"),
        ("- a\n", "must be a mapping"),
        ("name: [\n", "not valid YAML"),
        ("name: ../x\nscenes: [{config: a}]\n", "name"),
    ],
)
def test_each_mistake_is_one_sentence_that_names_the_field(text: str, words: str) -> None:
    problems = _problems(JobConfig, text)
    assert len(problems) == 1
    assert words in problems[0]
    assert "\n" not in problems[0]


def test_overrides_reach_nested_keys_and_lists() -> None:
    text = "name: x\nscenes: [{config: a}]\n"
    job = parse_config(JobConfig, text, "f", ["quality.samples=3", "scenes.0.count=5", "outputs=[image]"])
    assert (job.quality.samples, job.scenes[0].count, job.output_names) == (3, 5, ("image",))


def test_a_wrong_override_is_a_mistake_like_any_other() -> None:
    text = "name: x\nscenes: [{config: a}]\n"
    assert "did you mean 'samples'" in _problems(JobConfig, text, ("quality.sample=3",))[0]
    assert "key=value" in _problems(JobConfig, text, ("quality",))[0]


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.yaml"):
        read_config(JobConfig, tmp_path / "missing.yaml")


@pytest.mark.parametrize("name", preset_names("scene_configs"))
def test_every_scene_preset_is_valid_and_named_after_its_file(name: str) -> None:
    assert load_scene_config(name).name == name


@pytest.mark.parametrize("name", preset_names("render_jobs"))
def test_every_job_preset_is_valid_and_its_scenes_exist(name: str) -> None:
    job = read_config(JobConfig, find_preset("render_jobs", name))
    for group in job.scenes:
        load_scene_config(group.config, group.set)


def test_unknown_preset_suggests_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'outdoor'"):
        find_preset("scene_configs", "outdor")


def test_intervals_must_be_ordered() -> None:
    assert "must not be larger" in _problems(SceneConfig, "name: x\ncamera: {lens_mm: [50, 20]}\n")[0]


def test_every_field_of_a_configuration_has_a_line_of_help_or_a_plain_name() -> None:
    undocumented = [name for name, field in JobConfig.model_fields.items() if not field.description]
    assert undocumented == ["quality", "subsets", "resources"]  # sections, which document themselves
