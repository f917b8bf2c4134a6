"""Jobs: paths begin at the file that states them, and a job that stands alone makes the same scenes anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.config.job import JobConfig
from dsia_gen.config.job_file import load_job, self_contained
from dsia_gen.config.presets import preset_folder
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.errors import ConfigError
from dsia_gen.dataset.index import read_job, write_job
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.pipeline.fingerprint import configurations, content_of
from dsia_gen.pipeline.tasks import SceneTask, differences, plan_job

SETS = ({}, {"sequence.pairs": 3, "light.profiles": {"strong": 1, "abrupt": 2}, "motion.camera_px": [3, 9]})


def contents(job: JobConfig, travelled: bool = False) -> list[str]:
    """The configuration of each scene of a job; of its tasks as they reach another machine, if they travelled."""
    tasks = plan_job(job)
    if travelled:
        tasks = tuple(SceneTask.model_validate_json(task.model_dump_json()) for task in tasks)
    configs = configurations(tasks)
    return [content_of(configs[task.name], task.resolution[0]) for task in tasks]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job with a mix, a part of it and a manifest of its own, each named from the file before it."""
    home, away = tmp_path / "home", tmp_path / "away"
    (home / "scenes" / "parts").mkdir(parents=True)
    away.mkdir()
    text = (preset_folder("assets_manifest") / "objects.yaml").read_text()
    (home / "scenes" / "parts" / "mine.yaml").write_text(text)
    (home / "scenes" / "parts" / "open.yaml").write_text(
        "version: 2\nname: open\nmanifests: [characters, motions, mine.yaml, hdris, trajectories]\n"
        "objects: {motions: {tumble: 2, fly: 1}}\n"
    )
    (home / "scenes" / "mix.yaml").write_text("version: 2\nname: m\nmix: {parts/open.yaml: 2, indoor: 1}\n")
    (home / "assets").mkdir()
    (home / "job.yaml").write_text(
        "version: 2\nname: j\nassets: assets\nscenes:\n- {config: scenes/mix.yaml, count: 2}\n- {config: tiny}\n"
    )
    monkeypatch.chdir(away)
    return home


def test_paths_begin_at_the_file_that_states_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from_away = load_job(home / "job.yaml")
    assert from_away.assets == str(home / "assets")
    (files,) = [config.manifest_files for config in from_away.configurations.values()]
    assert str(home / "scenes" / "parts" / "mine.yaml") in files and "characters" in files
    monkeypatch.chdir(home)
    assert load_job("job.yaml") == from_away
    assert contents(from_away) == contents(load_job("job.yaml"))


def test_a_file_beside_the_job_comes_before_one_in_the_current_folder(home: Path) -> None:
    Path("scenes").mkdir()
    Path("scenes/mix.yaml").write_text("version: 2\nname: other\n")
    assert load_job(home / "job.yaml").configurations["scenes/mix.yaml"].name == "m"


def test_a_path_from_the_current_folder_is_still_read(home: Path) -> None:
    Path("here.yaml").write_text("version: 2\nname: here\n")
    job = load_job(home / "job.yaml", ["scenes.1.config=here.yaml"])
    assert job.configurations["here.yaml"].name == "here"


def test_a_file_that_is_nowhere_is_named_with_the_folder_it_was_looked_for_in(home: Path) -> None:
    with pytest.raises(ConfigError, match=rf"scenes.1.config: there is no file gone.yaml in {home}"):
        load_job(home / "job.yaml", ["scenes.1.config=gone.yaml"])


@pytest.mark.parametrize("values", SETS)
@pytest.mark.parametrize("name", ["tiny", "lclf", "real_mixed"])
def test_a_preset_is_the_same_within_a_job_that_stands_alone(
    name: str, values: dict[str, object], tmp_path: Path
) -> None:
    job = JobConfig.model_validate({"name": "a", "scenes": [{"config": name, "set": values}]})
    layout = DatasetLayout(tmp_path)
    write_job(layout, self_contained(job))
    kept = read_job(layout)
    assert kept is not None and differences(job, kept) == [] == differences(kept, job)
    expected = [content_of(load_scene_config(name, values), 960)]
    assert contents(job) == contents(kept) == contents(kept, travelled=True) == expected
    write_job(layout, self_contained(kept))
    assert read_job(layout) == kept


def test_a_job_that_stands_alone_needs_none_of_its_files(home: Path, tmp_path: Path) -> None:
    job = load_job(home / "job.yaml")
    before = contents(job)
    layout = DatasetLayout(tmp_path / "data")
    layout.root.mkdir()
    write_job(layout, self_contained(job))
    for path in (home / "job.yaml", *(home / "scenes").glob("*.yaml"), home / "scenes" / "parts" / "open.yaml"):
        path.unlink()
    again = load_job(layout.job)
    assert contents(again) == before and again.assets == job.assets
    assert differences(again, job) == []


def test_a_configuration_can_stand_in_the_job_itself() -> None:
    job = JobConfig.model_validate(
        {"name": "a", "configurations": {"mine": {"name": "mine"}}, "scenes": [{"config": "mine"}]}
    )
    (task,) = plan_job(job)
    assert isinstance(task.config, SceneConfig) and task.config_name == "mine"
