"""From a job to tasks: seeds, names, and when two jobs make the same data."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from dsia_gen.config.job import JobConfig
from dsia_gen.pipeline.tasks import SceneTask, differences, plan_job
from dsia_gen.sampling.seeds import scene_seed


def job(**changes: object) -> JobConfig:
    base = {"name": "demo", "seed": 5, "scenes": [{"config": "outdoor", "count": 2}, {"config": "indoor", "count": 3}]}
    return JobConfig.model_validate({**base, **changes})


def test_one_task_a_scene_in_the_order_of_the_groups() -> None:
    tasks = plan_job(job(), lambda seed, index: 100 * seed + index)
    assert [t.name for t in tasks] == ["00000", "00001", "00002", "00003", "00004"]
    assert [t.config for t in tasks] == ["outdoor", "outdoor", "indoor", "indoor", "indoor"]
    assert [t.seed for t in tasks] == [500, 501, 502, 503, 504]


def test_seeds_come_from_the_job_seed_and_the_index() -> None:
    assert [t.seed for t in plan_job(job())] == [scene_seed(5, i) for i in range(5)]


def test_tasks_travel() -> None:
    task = plan_job(job(scenes=[{"config": "tiny", "set": {"objects.count": [1, 2]}}]))[0]
    assert SceneTask.model_validate_json(task.model_dump_json()) == task
    assert pickle.loads(pickle.dumps(task)) == task
    with pytest.raises(ValueError, match="frozen"):
        task.seed = 1  # type: ignore[misc]


def test_files_become_absolute_and_presets_keep_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine")
    monkeypatch.chdir(tmp_path)
    tasks = plan_job(job(scenes=[{"config": "mine.yaml"}, {"config": "tiny"}], assets="stuff"))
    assert [t.config for t in tasks] == [str(tmp_path / "mine.yaml"), "tiny"]
    assert tasks[0].assets == str(tmp_path / "stuff")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"resources": {"device": "cpu", "threads": 3}}, []),
        ({"assets": "elsewhere"}, []),
        ({"outputs": ["image", "default"]}, []),
        ({"seed": 6}, ["seed"]),
        ({"resolution": [64, 36]}, ["resolution"]),
        ({"quality": {"samples": 8}, "outputs": ["image"]}, ["quality", "outputs"]),
        ({"scenes": [{"config": "outdoor", "count": 2}, {"config": "indoor", "count": 9}]}, []),
        ({"scenes": [{"config": "outdoor", "count": 2}, {"config": "indoor", "count": 2}]}, ["scenes"]),
        ({"scenes": [{"config": "outdoor", "count": 3}, {"config": "indoor", "count": 3}]}, ["scenes"]),
        (
            {"scenes": [{"config": "outdoor", "count": 2, "set": {"a": 1}}, {"config": "indoor", "count": 3}]},
            ["scenes"],
        ),
    ],
)
def test_what_makes_a_job_another_one(change: dict, fields: list[str]) -> None:
    assert sorted(differences(job(**change), job())) == sorted(fields)
