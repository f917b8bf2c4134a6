"""`dsia-gen scene`: what it writes is what Python makes, and it says what motion is foreseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.api import Scene


@pytest.mark.slow
def test_a_scene_is_what_the_sampler_and_the_command_make(dsia, tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    outcome = dsia("scene", "sample", "tiny", "-o", path, "--seed", 5, "--resolution", "96x54", "--samples", 4)
    assert outcome.code == 0
    scene = Scene.sample("tiny", 5, resolution=(96, 54), samples=4)
    assert Scene.load(path).spec == scene.spec
    assert [f"foreseen: {motion.line}" for motion in scene.foreseen()] == outcome.out.splitlines()[1:]


@pytest.mark.slow
def test_motion_that_is_out_of_reach_is_told_when_a_scene_is_sampled(dsia, tmp_path: Path) -> None:
    words = ("scene", "sample", "tiny", "--resolution", "96x54", "--set", "motion.camera_px=[500,600]")
    outcome = dsia(*words, "-o", tmp_path / "spec.json")
    assert outcome.code == 0 and "warning: motion.camera_px [500, 600] px cannot be reached" in outcome.err
    piped = dsia(*words, "-o", "-")
    assert piped.out.startswith("{") and "foreseen" not in piped.out and "foreseen: camera_px" in piped.err


@pytest.mark.slow
@pytest.mark.parametrize(("option", "text"), [("--view", "3"), ("--view", "a,b"), ("--pair", "1,2,3"), ("--pair", "")])
def test_what_is_not_a_view_or_a_pair(dsia, option: str, text: str, tmp_path: Path) -> None:
    Scene.sample("tiny", resolution=(96, 54)).write(tmp_path / "spec.json")
    outcome = dsia("scene", "render", tmp_path / "spec.json", "-o", tmp_path / "out", option, text)
    assert outcome.code == 2 and "is not of the form" in outcome.err and not (tmp_path / "out").exists()
