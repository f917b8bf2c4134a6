"""Configurations: every mistake at once, with its line and the nearest name."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from dsia_gen.config.job import JobConfig
from dsia_gen.config.presets import find_preset, preset_names
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.errors import ConfigError, RenamedKeyWarning
from dsia_gen.core.strict_yaml import Config, field_names, parse_config, read_config


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


class _Shelf(Config):
    """A section with a key and a word that were called otherwise before."""

    renamed_keys: ClassVar[Mapping[str, str]] = {"boards": "planks"}
    renamed_values: ClassVar[Mapping[str, Mapping[str, str]]] = {"tags": {"timber": "wood"}}
    planks: int = 1
    tags: tuple[str, ...] = ()


class _Shop(Config):
    """Sections of that kind: one, a list, and under a name of its own that was another before."""

    renamed_keys: ClassVar[Mapping[str, str]] = {"store": "shelf"}
    shelf: _Shelf = _Shelf()
    shelves: tuple[_Shelf, ...] = ()


def _notes(text: str, overrides: tuple[str, ...] = ()) -> tuple[_Shop, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        shop = parse_config(_Shop, text, "shop.yaml", overrides)
    assert all(issubclass(w.category, RenamedKeyWarning) for w in caught)
    return shop, [str(w.message) for w in caught]


def test_a_former_key_is_read_and_the_note_names_the_present_one() -> None:
    shop, notes = _notes("shelf:\n  boards: 3\n")
    assert shop.shelf.planks == 3
    assert notes == ["shop.yaml: line 2: boards is called planks now; write planks"]


def test_former_keys_are_read_at_any_depth_with_one_note_for_each() -> None:
    shop, notes = _notes("store: {boards: 3}\nshelves:\n  - {boards: 4}\n  - {planks: 5}\n  - {boards: 6}\n")
    assert (shop.shelf.planks, [s.planks for s in shop.shelves]) == (3, [4, 5, 6])
    assert [note.split(": ", 2)[1] for note in notes] == ["line 1", "line 3"]


def test_a_former_word_of_a_list_is_read_as_the_present_one() -> None:
    shop, notes = _notes("shelves:\n  - {tags: [old]}\n  - {tags: [old, timber]}\n  - {tags: [timber]}\n")
    assert [s.tags for s in shop.shelves] == [("old",), ("old", "wood"), ("wood",)]
    assert notes == ["shop.yaml: line 3: timber is called wood now; write wood"]


def test_present_names_give_no_note() -> None:
    assert _notes("shelf: {planks: 2, tags: [wood]}\n", ("shelves=[{planks: 3}]",))[1] == []


@pytest.mark.parametrize("text", ["shelf: {boards: 2, planks: 3}\n", "store: {planks: 2}\nshelf: {planks: 3}\n"])
def test_a_key_under_both_names_is_an_error(text: str) -> None:
    (problem,) = _problems(_Shop, text)
    assert problem.startswith("line 1: ") and "is the former name of" in problem and "given too" in problem


def test_overrides_may_use_former_names_over_a_file_that_uses_present_ones() -> None:
    shop, notes = _notes("shelf: {planks: 2}\n", ("store.boards=7",))
    assert shop.shelf.planks == 7
    assert notes == [
        "shop.yaml: override 'store.boards=7': store is called shelf now; write shelf",
        "shop.yaml: override 'store.boards=7': boards is called planks now; write planks",
    ]
    assert _notes("", ("shelf={boards: 8}",))[0].shelf.planks == 8
    assert _notes("store: {boards: 2}\n", ("shelf.planks=9",))[0].shelf.planks == 9


def test_a_mistake_below_a_former_key_has_its_line_and_the_present_name() -> None:
    assert _problems(_Shop, "store:\n  planks: 1\n  tag: [a]\n") == [
        "line 3: shelf.tag is not a known key; did you mean 'tags'?"
    ]


def test_field_names_are_those_of_the_section_at_a_place() -> None:
    assert field_names(_Shop, ("shelves", 0)) == field_names(_Shop, ("shelf",)) == ["planks", "tags"]
    assert field_names(_Shop, ("shelf", "planks")) == []
