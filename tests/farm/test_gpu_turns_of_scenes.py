"""The next scene is built while one renders on a GPU: a stand-in that notes when it built, waited and rendered."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest

from dsia_gen.farm.inline import InlineExecutor
from dsia_gen.farm.local import LocalExecutor
from dsia_gen.pipeline.outcome import RENDERING, WAITING, Event
from tests.farm.fakes import task
from tests.farm.jobs import hashes, render
from tests.farm.small import SMALL
from tests.farm.waiting import wait_for

pytestmark = pytest.mark.slow
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
    """A machine with one GPU, and the folder in which its three scenes write down what they did.

    A render goes on until the next scene waits for it, so where nothing overlaps this ends by the patience of a test.
    """
    folder = tmp_path / "diary"
    folder.mkdir()
    monkeypatch.setenv("FAKE_GPU", f"CUDA_stand-in_{os.getpid():08x}")
    monkeypatch.setenv("FAKE_DIARY", str(folder))
    monkeypatch.setenv("FAKE_SCENES", "3")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def read(diary: Path) -> tuple[Spans, Spans]:
    """When scenes were built and rendered, in the order of their renders."""
    scenes = []
    for path in diary.glob("*.txt"):
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


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The content of the same scenes, made one after the other without a GPU."""
    root = tmp_path_factory.mktemp("plain")
    assert render(root, InlineExecutor()).complete
    return hashes(root)


def test_the_next_scene_is_built_while_one_renders(tmp_path: Path, plain: dict[str, str], diary: Path) -> None:
    assert render(tmp_path / "set", LocalExecutor(None)).complete
    builds, renders = read(diary)
    assert len(renders) == 3 and one_at_a_time(renders)
    for before, build, turn in zip(renders, builds[1:], renders[1:], strict=False):
        assert before[0] < build[0] < before[1], "it is begun when the scene before it has come to its turn"
        assert turn[0] - before[1] < 2.0, "a lock is looked at twenty times a second"
    assert builds[2][0] > renders[0][1], "one scene is ahead of its turn, no more"
    assert hashes(tmp_path / "set") == plain


def test_on_cpus_one_scene_follows_the_other(tmp_path: Path, diary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FAKE_GPU", "FAKE_SCENES"):
        monkeypatch.delenv(name)
    assert render(tmp_path / "set", LocalExecutor(None)).complete
    builds, renders = read(diary)
    assert all(rendered[1] < build[0] for rendered, build in zip(renders, builds[1:], strict=False))


def test_whoever_waits_says_so(tmp_path: Path, diary: Path) -> None:
    """Three scenes that are all begun at once, as `--workers 3` does and executors that know nothing of turns."""
    events: list[Event] = []
    results = list(LocalExecutor(3).run([task(n, "tiny") for n in range(3)], tmp_path / "set", events.append, SMALL))
    assert all(result.ok for result in results), [result.message for result in results]
    assert one_at_a_time(read(diary)[1])
    for result in results:
        doing = [event.name for event in events if event.scene == result.name and event.kind == "begun"]
        if WAITING in doing:
            assert doing[doing.index(WAITING) + 1] == RENDERING and result.seconds["wait"] > 0
    assert sum(event.name == WAITING for event in events) == 2


def test_a_run_that_was_killed_leaves_no_turn_behind_and_is_resumed(
    tmp_path: Path, plain: dict[str, str], diary: Path, checkout: Path
) -> None:
    root = tmp_path / "set"
    with subprocess.Popen([sys.executable, "-c", DRIVER, str(root)], cwd=checkout) as driver:
        wait_for(lambda: read(diary)[1], driver)
        driver.send_signal(signal.SIGKILL)
    assert len(hashes(root)) < 3
    assert render(root, LocalExecutor(None)).complete
    assert one_at_a_time(read(diary)[1])
    assert hashes(root) == plain
