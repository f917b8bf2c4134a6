"""The next scene is built while one renders on a GPU: a stand-in that sleeps, and notes when it built and rendered."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from dsia_gen.farm.executor import Executor
from dsia_gen.farm.inline import InlineExecutor
from dsia_gen.farm.local import LocalExecutor
from dsia_gen.pipeline.outcome import WAITING, Event
from tests.farm.fakes import task
from tests.farm.jobs import hashes, render
from tests.farm.small import SMALL
from tests.farm.waiting import wait_for

pytestmark = pytest.mark.slow
VIEW_SECONDS = 0.6
"""A scene has five views, so it renders for three seconds."""
DRIVER = """
from pathlib import Path
import sys
from dsia_gen.farm.local import LocalExecutor
from tests.farm.jobs import render
render(Path(sys.argv[1]), LocalExecutor(None))
"""
Spans = list[tuple[float, float]]


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with one GPU, and the folder in which its scenes write down what they did."""
    folder = tmp_path / "diary"
    folder.mkdir()
    monkeypatch.setenv("FAKE_GPU", f"CUDA_stand-in_{os.getpid():08x}")
    monkeypatch.setenv("FAKE_DIARY", str(folder))
    monkeypatch.setenv("FAKE_SECONDS", str(VIEW_SECONDS))
    monkeypatch.setenv("FAKE_BUILD_SECONDS", "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def read(diary: Path) -> tuple[Spans, Spans]:
    """When scenes were built and rendered, in the order of their renders."""
    scenes = []
    for path in diary.iterdir():
        spans = {}
        for line in path.read_text().splitlines():
            what, begun, ended = line.split()
            spans[what] = (float(begun), float(ended))
        if len(spans) == 2:
            scenes.append((spans["build"], spans["render"]))
    scenes.sort(key=lambda scene: scene[1])
    return [build for build, _ in scenes], [rendered for _, rendered in scenes]


def one_at_a_time(renders: Spans) -> bool:
    return all(before[1] <= after[0] for before, after in pairwise(renders))


def test_the_next_scene_is_built_meanwhile(tmp_path: Path, diary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert render(tmp_path / "set", LocalExecutor(None), scenes=[{"config": "tiny", "count": 5}]).complete
    builds, renders = read(diary)
    assert len(renders) == 5 and one_at_a_time(renders)
    for before, (build, turn) in zip(renders, zip(builds[1:], renders[1:], strict=True), strict=False):
        assert before[0] < build[0] < before[1], "it is begun when the scene before it has come to its turn"
        # Idle is only what the build takes beyond the render; a lock is looked at twenty times a second.
        assert turn[0] - max(before[1], build[1]) < 0.05 * (turn[1] - turn[0]) + 0.5
    for third, rendered in zip(builds[2:], renders, strict=False):
        assert third[0] > rendered[1], "one scene is ahead of its turn, no more"
    for name in ("FAKE_GPU", "FAKE_SECONDS", "FAKE_BUILD_SECONDS"):
        monkeypatch.delenv(name)
    assert render(tmp_path / "plain", InlineExecutor(), scenes=[{"config": "tiny", "count": 5}]).complete
    assert hashes(tmp_path / "set") == hashes(tmp_path / "plain")


def test_on_cpus_one_scene_follows_the_other(tmp_path: Path, diary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAKE_GPU")
    monkeypatch.setenv("FAKE_SECONDS", "0.02")
    assert render(tmp_path / "set", LocalExecutor(None)).complete
    builds, renders = read(diary)
    assert all(rendered[1] < build[0] for rendered, build in zip(renders, builds[1:], strict=False))


@pytest.mark.parametrize("make", [lambda: LocalExecutor(3), lambda: LocalExecutor(None)], ids=["three", "alone"])
def test_a_scene_that_waits_says_so_and_no_limit_counts_it(
    tmp_path: Path, diary: Path, make: Callable[[], Executor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three renders of three seconds; a limit that bears one of them and not two."""
    monkeypatch.setenv("FAKE_SECONDS", "2")
    events: list[Event] = []
    tasks = [task(index, "tiny", minutes=0.5) for index in range(3)]
    results = list(make().run(tasks, tmp_path / "set", events.append, SMALL))
    assert all(result.ok and result.attempts == 1 for result in results), [result.message for result in results]
    assert one_at_a_time(read(diary)[1])
    waited = [event.scene for event in events if event.kind == "begun" and event.name == WAITING]
    assert len(waited) == len(set(waited)) >= 1
    assert all(result.seconds["wait"] > 0 for result in results if result.name in waited)


def test_a_run_that_was_killed_leaves_no_turn_behind_and_is_resumed(
    tmp_path: Path, diary: Path, monkeypatch: pytest.MonkeyPatch, checkout: Path
) -> None:
    root = tmp_path / "set"
    with subprocess.Popen([sys.executable, "-c", DRIVER, str(root)], cwd=checkout) as driver:
        wait_for(lambda: len(read(diary)[1]) == 1 and len(list(diary.iterdir())) == 2, driver)
        driver.send_signal(signal.SIGKILL)
    assert len(hashes(root)) < 3
    assert render(root, LocalExecutor(None)).complete
    assert one_at_a_time(read(diary)[1])
    assert render(tmp_path / "plain", InlineExecutor()).complete
    assert hashes(root) == hashes(tmp_path / "plain")
