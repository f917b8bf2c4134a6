"""Motions in pixels: of the images that are rendered, or at a width of 960; files of version 1 keep their meaning."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dsia_gen.config.job import JobConfig, SubsetThresholds
from dsia_gen.config.pixel_section import PIXELS
from dsia_gen.config.scene_config import MotionConfig, load_scene_config
from dsia_gen.core.errors import ConfigError, RenamedKeyWarning
from dsia_gen.core.strict_yaml import parse_config
from dsia_gen.pipeline.fingerprint import content_of

PAIRS = tuple(PIXELS.items())
WIDTHS = st.integers(16, 4096)


def job(text: str, *overrides: str) -> JobConfig:
    return parse_config(JobConfig, text, "job.yaml", overrides)


def notes(text: str, *overrides: str) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        job(text, *overrides)
    return [str(w.message) for w in caught]


@given(st.floats(0.01, 2000), WIDTHS, st.sampled_from([2, 3, 4, 5, 7, 10]))
def test_a_motion_scales_with_the_width(pixels: float, width: int, factor: int) -> None:
    small = SubsetThresholds(camera_px=pixels).at_reference(width)
    large = SubsetThresholds(camera_px=pixels * factor).at_reference(width * factor)
    assert large.camera_px_at_960 == pytest.approx(small.camera_px_at_960, rel=1e-11)
    assert small.in_pixels(width)["camera_px"] == pytest.approx(pixels, rel=1e-10)
    assert small.at_reference(width * factor) == small, "what is at the reference width stays there"


def test_what_a_file_asks_for_is_in_pixels_of_its_own_images() -> None:
    motion = MotionConfig(camera_px=(6, 14), foreground_px=(3, 10))
    assert motion.in_pixels(256) == {"camera_px": (6, 14), "foreground_px": (3, 10)}
    converted = motion.at_reference(256)
    assert (converted.camera_px_at_960, converted.foreground_px_at_960) == ((22.5, 52.5), (11.25, 37.5))
    assert MotionConfig(camera_px_at_960=(30, 60)).in_pixels(480)["camera_px"] == (15, 30)


@pytest.mark.parametrize("version", ["", "version: 1\n"])
@pytest.mark.parametrize("own", PIXELS)
def test_a_file_without_a_version_keeps_its_meaning(version: str, own: str) -> None:
    text = f"{version}name: a\nresolution: [256, 144]\nsubsets: {{{own}: 12}}\nscenes:\n" + (
        f"- config: tiny\n  set: {{motion.{own}: [6, 14]}}\n- config: tiny\n  set: {{motion: {{{own}: [6, 14]}}}}\n"
    )
    with pytest.warns(RenamedKeyWarning, match=rf"line \d+: {own} is read as {PIXELS[own]}.*version: 2"):
        old = job(text)
    new = job("version: 2\n" + text.removeprefix(version).replace(own, PIXELS[own]))
    assert old == new and old.version == 2
    assert old.subsets.in_pixels(256)[own] == pytest.approx(3.2)
    assert [group.set for group in old.scenes] == [
        {f"motion.{PIXELS[own]}": [6, 14]}, {"motion": {PIXELS[own]: [6, 14]}}
    ]  # fmt: skip


def test_a_scene_configuration_without_a_version_keeps_its_meaning(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text("name: a\nmotion: {camera_px: [6, 14]}\n")
    new.write_text("version: 2\nname: a\nmotion: {camera_px: [6, 14]}\n")
    with pytest.warns(RenamedKeyWarning, match="camera_px_at_960"):
        before = load_scene_config(str(old))
    after = load_scene_config(str(new))
    assert before.motion.in_pixels(256)["camera_px"] == pytest.approx((1.6, 3.73333333333))
    assert after.motion.in_pixels(256)["camera_px"] == (6, 14)
    with pytest.warns(RenamedKeyWarning, match="override"):
        assert load_scene_config(str(old), ["motion.foreground_px=[1, 2]"]).motion.foreground_px_at_960 == (1, 2)
    with pytest.warns(RenamedKeyWarning):  # of the file, and not of a job, which states its own version
        assert load_scene_config(str(old), {"motion.foreground_px": [1, 2]}).motion.foreground_px == (1, 2)


def test_present_files_are_read_without_a_note() -> None:
    text = "version: 2\nname: a\nscenes: [{config: tiny, set: {motion.camera_px: [6, 14]}}]\nsubsets: {camera_px: 3}\n"
    assert notes(text) == []


@pytest.mark.parametrize("version", ["0", "3", "-1", "two", "true", "[2]"])
def test_a_version_that_does_not_exist_is_refused(version: str) -> None:
    with pytest.raises(ConfigError, match="version"):
        job(f"version: {version}\nname: a\nscenes: [{{config: tiny}}]\n")


@pytest.mark.parametrize(("own", "reference"), PAIRS)
def test_one_motion_in_two_kinds_of_pixels_is_refused(own: str, reference: str) -> None:
    with pytest.raises(ConfigError, match=f"{own} and {reference} are the same motion"):
        job(f"version: 2\nname: a\nscenes: [{{config: tiny}}]\nsubsets: {{{own}: 3, {reference}: 12}}\n")


@pytest.mark.parametrize(("first", "second"), [*PAIRS, *((b, a) for a, b in PAIRS)])
def test_an_override_takes_the_place_of_the_other_form(first: str, second: str) -> None:
    text = f"version: 2\nname: a\nscenes: [{{config: tiny}}]\nsubsets: {{{first}: 3}}\n"
    assert job(text, f"subsets.{second}=7").subsets == SubsetThresholds(**{second: 7})  # type: ignore[arg-type]
    mixed = load_scene_config("lclf", [f"motion.{second}=[3, 4]", f"motion.{first}=[1, 2]"])
    assert {v.scene.motion.model_dump(mode="json")[first][0] for v in mixed.variants} == {1}


@given(st.sampled_from([{}, *({name: 7.0} for pair in PAIRS for name in pair)]))
def test_what_is_written_is_read_again(values: dict[str, Any]) -> None:
    asked = JobConfig(name="a", scenes=[{"config": "tiny"}], subsets=SubsetThresholds(**values))  # type: ignore[list-item]
    text = yaml.safe_dump(asked.model_dump(mode="json"))
    assert job(text) == asked and notes(text) == []


def test_the_fingerprint_does_not_depend_on_how_a_motion_is_written() -> None:
    config = load_scene_config("lclf")
    plain = json.loads(content_of(config, 256))
    assert plain["motion"]["camera_px"] == [20.0, 55.0] and "version" not in plain, "as version 1 wrote it"
    assert "camera_px_at_960" not in json.dumps(plain)
    same = load_scene_config("lclf", {"motion.camera_px": [20 * 256 / 960, 55 * 256 / 960]})
    assert json.loads(content_of(same, 256)) == plain
    assert json.loads(content_of(same, 512)) != plain
