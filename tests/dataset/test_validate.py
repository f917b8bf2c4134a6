"""Validation: a good data set passes, and each of many ways to spoil it is found by the right check."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsia_gen.core.errors import StorageError
from dsia_gen.core.interpolation import Lookup
from dsia_gen.dataset import DatasetLayout
from dsia_gen.dataset.array_files import read_array
from dsia_gen.dataset.checks.findings import CHECKS, CheckBounds
from dsia_gen.dataset.checks.geometry import share_of
from dsia_gen.dataset.checks.photometric import grown, noise
from dsia_gen.dataset.checks.visibility import lies_before
from dsia_gen.dataset.validate import validate
from dsia_gen.spec.outputs import OUTPUTS, resolve_outputs
from dsia_gen.spec.views import View
from tests.dataset.breaking import LABELS, PAIR, PHYSICS, SCENE, WAYS, Way, array, raw
from tests.dataset.synthetic import write_dataset


def test_a_good_data_set_has_no_problems(good: DatasetLayout) -> None:
    report = validate(good.root)
    assert report.problems == ()
    assert report.ok
    assert report.drop == ()
    assert (report.scenes, len(report.samples)) == (2, 4)


def checks_of(way: Way) -> str:
    """The module of the check that must find it."""
    return CHECKS.get(way.check).run.__module__ if way.check in CHECKS else ""


QUICK = list({checks_of(way): way for way in reversed(WAYS)}.values())
"""One way for each module of checks: the others are left to the slow tests."""


@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=() if way in QUICK else pytest.mark.slow, id=way.name) for way in WAYS]
)
def test_what_is_spoilt_is_found(copy: DatasetLayout, way: Way) -> None:
    way.spoil(copy)
    report = validate(copy.root)
    found = [p for p in report.problems if p.check == way.check and p.file == way.file]
    assert found, "\n".join(report.lines())
    assert found[0].severity == way.severity
    assert way.severity == "warning" or not report.ok
    if way.name not in ("twin scene", "other quality"):  # a scene is not dropped for another's fault
        assert set(report.drop) <= {"00000_0000", "00000_0001", "00000_0002"}
    if way in PHYSICS:
        assert "00000_0001" in report.drop


def test_every_check_is_shown_to_find_something() -> None:
    elsewhere = {"vectors_legal", "characters_stand"}  # tests/dataset/test_table_rows.py, test_bodies.py
    assert set(CHECKS) == {way.check for way in WAYS} - {"scene_opens"} | elsewhere


def test_a_spoilt_pair_is_the_only_one_to_drop(copy: DatasetLayout) -> None:
    raw(f"{PAIR}/flow_1_to_2.exr", Path.unlink, sealed=False)(copy)
    assert validate(copy.root).drop == ("00000_0001",)


def test_a_spoilt_view_drops_the_pairs_that_use_it(copy: DatasetLayout) -> None:
    raw("views/t0002_p0002/depth.exr", Path.unlink, sealed=False)(copy)
    assert validate(copy.root).drop == ("00000_0001", "00000_0002")


def test_a_broken_scene_drops_all_its_pairs(copy: DatasetLayout) -> None:
    raw("spec.json", lambda p: p.write_text("{}"))(copy)
    assert validate(copy.root).drop == ("00000_0000", "00000_0001", "00000_0002")


def test_hashes_are_read_only_on_request(copy: DatasetLayout) -> None:
    path = copy.scene(SCENE).run
    path.write_bytes(path.read_bytes().replace(b'": ', b'":\t'))  # the same document in other bytes
    assert validate(copy.root, hashes=False).ok
    assert not validate(copy.root).ok


@pytest.mark.slow
def test_workers_find_the_same(copy: DatasetLayout) -> None:
    for way in (PHYSICS[0], LABELS[0]):
        way.spoil(copy)
    one, two = validate(copy.root), validate(copy.root, workers=2)
    assert one.problems == two.problems
    assert len(one.problems) > 2


def test_progress_reaches_the_end(good: DatasetLayout) -> None:
    steps: list[tuple[int, int]] = []
    validate(good.root, hashes=False, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (4, 4)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_bounds_are_parameters(good: DatasetLayout) -> None:
    report = validate(good.root, bounds=CheckBounds(warp_psnr=90.0, black_level=250.0))
    assert {p.check for p in report.warnings} == {"warp_gives_gt"}
    assert {p.check for p in report.errors} == {"image_shows_something"}


def test_photometric_checks_can_be_left_out(good: DatasetLayout) -> None:
    assert not validate(good.root, photometric=False, bounds=CheckBounds(warp_psnr=90.0)).problems


def test_report_is_text_and_json(copy: DatasetLayout) -> None:
    PHYSICS[0].spoil(copy)
    report = validate(copy.root)
    document = json.loads(report.document().to_json())
    assert document["ok"] is False
    assert document["drop"] == ["00000_0001"]
    assert {p["check"] for p in document["problems"]} >= {"flow_from_depth"}
    text = "\n".join(report.lines())
    assert "flow_from_depth" in text
    assert "pairs/0001/flow_gt_to_2.exr" in text


def test_not_a_data_set(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is not a data set"):
        validate(tmp_path)
    with pytest.raises(StorageError, match="is not a folder"):
        validate(tmp_path / "nowhere")


@pytest.mark.parametrize("names", [["images"], ["training"], ["flow"], ["masks"], ["depth", "flow_gt_to_2"]])
def test_any_choice_of_outputs_passes(tmp_path: Path, names: list[str]) -> None:
    layout = write_dataset(tmp_path / "few", scenes=1, outputs=resolve_outputs(names))
    assert validate(layout.root).problems == ()


@pytest.mark.parametrize("pixels", [0.05, 0.5])
def test_sub_pixel_errors_of_flow_are_found(copy: DatasetLayout, pixels: float) -> None:
    array(f"{PAIR}/flow_gt_to_2.exr", lambda a: a + np.float32(pixels))(copy)
    assert "flow_from_depth" in {p.check for p in validate(copy.root, photometric=False).problems}


def test_errors_below_the_bound_are_not(copy: DatasetLayout) -> None:
    array(f"{PAIR}/flow_gt_to_2.exr", lambda a: a + np.float32(0.002))(copy)
    found = {p.check for p in validate(copy.root, photometric=False).problems}
    assert found == {"measures_agree"}  # which knows the mean of the flow to six digits


def test_the_fixture_has_what_the_checks_need(good: DatasetLayout) -> None:
    """Hidden, outside and sky pixels, camera motion and foreground motion: without them the checks would be idle."""
    folder = good.scene(SCENE)
    reasons = read_array(OUTPUTS["occlusion_gt_to_2"], folder.file("occlusion_gt_to_2", pair=1))
    assert {0, 1, 3} <= set(np.unique(reasons).tolist())
    assert np.count_nonzero(reasons == 3) > 100
    depth = read_array(OUTPUTS["depth"], folder.file("depth", view=View(2, 1)))
    assert 0.01 < np.isinf(depth).mean() < 0.5
    flow = read_array(OUTPUTS["flow_gt_to_2"], folder.file("flow_gt_to_2", pair=1))
    assert np.abs(flow).max() > 3


def test_outlines_grow_as_a_square() -> None:
    mask = np.zeros((7, 9), bool)
    mask[3, 1] = True
    wanted = np.zeros((7, 9), bool)
    wanted[1:6, 0:4] = True
    assert np.array_equal(grown(mask, 2), wanted)


def test_bounds_have_documented_defaults() -> None:
    assert all(field.default is not dataclasses.MISSING for field in dataclasses.fields(CheckBounds))


@given(slant=st.floats(-0.015, 0.015), bend=st.floats(-0.015, 0.015), seed=st.integers(0, 2**16))
def test_what_lies_behind_a_slanted_surface_is_told_from_what_lies_on_it(slant: float, bend: float, seed: int) -> None:
    """However steep it is: the farthest of the four pixels around lies behind both."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(1, 15, (2, 50)).astype(np.float32)

    def depth(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (1 / (0.5 + slant * x + bend * (y - 4))).astype(np.float32)

    rows, columns = np.mgrid[:16, :16] + 0.5
    there = Lookup.at(x, y, (16, 16))
    assert not lies_before(depth(x, y) * np.float32(1.001), there, depth(columns, rows), 1e-4).any()
    assert lies_before(depth(x, y), there, depth(columns, rows), 1e-4).all()


def test_a_handful_of_pixels_is_no_evidence() -> None:
    wrong = np.zeros(64, bool)
    wrong[:4] = True
    assert share_of(wrong, CheckBounds()) == 0
    wrong[4] = True
    assert share_of(wrong, CheckBounds()) == 5 / 64


def test_noise_of_an_image_is_measured() -> None:
    image = np.full((64, 96, 3), 128.0) + np.random.default_rng(0).normal(0, 10, (64, 96, 3))
    assert noise(image.astype(np.uint8)) == pytest.approx(10, rel=0.05)
    assert noise(np.full((64, 96, 3), 77, np.uint8)) == 0
