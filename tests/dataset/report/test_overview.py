"""The numbers of the first screen, the colours of the page, and which pairs are shown."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.dataset.checks.findings import Problem
from dsia_gen.dataset.documents import DatasetDocument, LedgerEntry
from dsia_gen.dataset.report.histogram import nice_ceiling, nice_ticks
from dsia_gen.dataset.report.overview import asset_use, histogram, overview, palette
from dsia_gen.dataset.report.problems import Findings, severity
from dsia_gen.dataset.report.write import choose, draw
from dsia_gen.dataset.visual import depth_to_rgb
from dsia_gen.spec.outputs import Occlusion


def test_every_known_value_is_in_the_histogram() -> None:
    found = histogram("camera_motion_px", [0.0, 1.0, 9.9, None, float("nan"), 10.0])
    assert found is not None
    assert (sum(found.counts), len(found.counts), found.missing, found.top) == (4, 25, 2, 10.0)
    assert found.ticks == [0, 2, 4, 6, 8, 10]
    assert found.counts[0] == 1
    assert found.counts[-1] == 2


def test_shares_are_per_cent() -> None:
    found = histogram("foreground_share", [0.25, 0.5, 0.75])
    assert found is not None
    assert (found.median, found.unit) == (50.0, "%")


def test_brightness_is_shown_from_black_to_white() -> None:
    found = histogram("brightness_gt", [0.5, 0.52])
    assert found is not None
    assert (found.top, found.ticks[-1], sum(found.counts)) == (100.0, 100.0, 2)


def test_one_outlier_does_not_flatten_the_rest() -> None:
    found = histogram("camera_motion_px", [*np.linspace(0, 10, 999), 10_000.0])
    assert found is not None
    assert found.top == 10.0
    assert sum(found.counts) == 1000


def test_no_values_no_histogram() -> None:
    assert histogram("median_depth_m", [None, None]) is None


@pytest.mark.parametrize(("value", "top"), [(0, 1), (0.013, 0.015), (1, 1), (7.1, 8), (8.4, 10), (123, 150)])
def test_nice_ceiling(value: float, top: float) -> None:
    assert nice_ceiling(value) == pytest.approx(top)


@pytest.mark.parametrize("value", [0.013, 0.11, 1, 1.2, 1.4, 2, 2.4, 3, 4, 5, 6, 7.1, 99, 230])
def test_ticks_are_round_and_even(value: float) -> None:
    ticks = nice_ticks(nice_ceiling(value))
    assert (ticks[0], ticks[-1]) == (0, pytest.approx(nice_ceiling(value)))
    assert np.diff(ticks) == pytest.approx(ticks[1])
    assert len(f"{ticks[1] / 10 ** np.floor(np.log10(ticks[1])):.6g}") <= 3
    assert 4 <= len(ticks) <= 6


LEDGER = [LedgerEntry(id="a/chair", kind="object", scenes=2), LedgerEntry(id="a/sun", kind="hdri", scenes=3)]


def test_asset_use_counts_placements() -> None:
    placed = {"foreground object": {"a/chair": 3, "a/drum": 1, "a/kite": 3}}
    objects, sky = asset_use(DatasetDocument(name="", outputs=[], placements=placed, licences=LEDGER))
    assert (objects.kind, objects.unit, objects.total) == ("foreground object", "placement", 7)
    assert objects.assets == [("a/chair", 3), ("a/kite", 3), ("a/drum", 1)]
    assert sky.plain() == {"kind": "hdri", "unit": "scene", "total": 3, "assets": [["a/sun", 3]]}


def test_asset_use_of_an_earlier_version_counts_scenes() -> None:
    kinds = asset_use(DatasetDocument(name="", outputs=[], licences=LEDGER))
    assert {kind.kind: (kind.unit, kind.total) for kind in kinds} == {"object": ("scene", 2), "hdri": ("scene", 3)}
    assert asset_use(DatasetDocument(name="", outputs=[])) == []


def test_the_palette_is_that_of_the_library() -> None:
    colours = palette()
    depths = np.array([[1.0, 100.0]], np.float32)
    near, far = depth_to_rgb(depths, 1.0, 100.0)[0].tolist()
    assert (colours["depth"][-1], colours["depth"][0]) == (near, far)
    assert {row["value"] for row in colours["occlusion"]} == {int(reason) for reason in Occlusion}


def test_all_pairs_are_shown_when_they_fit() -> None:
    assert choose(["a", "b", "c"], (), 3) == [0, 1, 2]


def test_bad_pairs_are_shown_first_and_the_rest_evenly() -> None:
    names = [str(i) for i in range(100)]
    chosen = choose(names, {"7", "8"}, 5)
    assert chosen == [0, 7, 8, 50, 99]
    assert choose(names, names, 3) == [0, 1, 2]


def test_the_sheet_is_drawn_over_all_scenes_and_always_the_same() -> None:
    scenes = [f"{i // 50:05d}" for i in range(400)]
    drawn = draw(scenes, 12)
    assert drawn == draw(scenes, 12)
    assert len({scenes[i] for i in drawn[:8]}) == 8
    assert len(set(drawn)) == 12
    assert any(i % 50 for i in drawn), "not the first of each scene"
    assert sorted(draw(scenes[:3], 12)) == [0, 1, 2]


def test_drawn_pairs_are_among_those_shown() -> None:
    names = [str(i) for i in range(100)]
    assert {41, 42, 7} <= set(choose(names, {"7"}, 5, [41, 42]))
    assert choose(names, {"7", "8"}, 2, [41]) == [7, 8]


def problem(**changes: str) -> Problem:
    base = {"check": "c", "scene": "", "sample": "", "file": "", "message": "m", "severity": "error"}
    return Problem.model_validate(base | changes)


@pytest.mark.parametrize(
    ("found", "touches"),
    [
        (problem(), False),
        (problem(sample="00001_0002", scene="00001"), True),
        (problem(sample="00001_0003", scene="00001"), False),
        (problem(scene="00001"), True),
        (problem(scene="00002"), False),
        (problem(scene="00001", file="views/t0002_p0002/image.png"), True),
        (problem(scene="00001", file="views/t0009_p0009/image.png"), False),
        (problem(scene="00001", file="pairs/0002/flow_1_to_2.exr"), True),
        (problem(scene="00001", file="pairs/0004/flow_1_to_2.exr"), False),
        (problem(scene="00001", file="scene.json"), True),
    ],
)
def test_which_samples_a_problem_touches(found: Problem, touches: bool) -> None:
    findings = Findings((found,))
    assert bool(findings.of_sample("00001_0002", "00001", "0002", {"t0002_p0002"})) is touches


def test_how_bad_a_sample_is() -> None:
    warning = problem(severity="warning")
    assert severity([]) == ""
    assert severity([warning]) == "warning"
    assert severity([warning, problem()]) == "error"
    assert severity([], dropped=True) == "error"


def test_renderers_that_are_mixed_are_named() -> None:
    one = {"blender": "4.5.15 LTS", "dsia_gen": "0.1.0", "scenes": 2}
    other = {"blender": "4.2.3 LTS", "dsia_gen": "0.1.0", "scenes": 1}
    for renderers, mixed in (([one], False), ([one, other], True)):
        info = DatasetDocument.model_validate({"name": "demo", "outputs": [], "renderers": renderers})
        assert ("Blender 4.2.3 LTS with dsia-gen 0.1.0 (1 scene)" in str(overview(info, [])["mixed"])) == mixed
