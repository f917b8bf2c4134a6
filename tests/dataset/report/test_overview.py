"""The numbers of the first screen, the colours of the page, and which pairs are shown."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.dataset.report.overview import BINS, histogram, nice_ceiling, palette
from dsia_gen.dataset.report.problems import Findings, severity
from dsia_gen.dataset.report.write import choose
from dsia_gen.dataset.visual import depth_to_rgb
from dsia_gen.spec.outputs import Occlusion


def test_every_known_value_is_in_the_histogram() -> None:
    found = histogram("camera_motion_px", [0.0, 1.0, 9.9, None, float("nan"), 10.0])
    assert found is not None
    assert (sum(found["counts"]), len(found["counts"]), found["missing"], found["top"]) == (4, BINS, 2, 10.0)
    assert found["counts"][0] == 1
    assert found["counts"][-1] == 2


def test_shares_are_per_cent() -> None:
    found = histogram("foreground_share", [0.25, 0.5, 0.75])
    assert found is not None
    assert (found["median"], found["unit"]) == (50.0, "%")


def test_one_outlier_does_not_flatten_the_rest() -> None:
    found = histogram("camera_motion_px", [*np.linspace(0, 10, 999), 10_000.0])
    assert found is not None
    assert found["top"] == 10.0
    assert sum(found["counts"]) == 1000


def test_no_values_no_histogram() -> None:
    assert histogram("median_depth_m", [None, None]) is None


@pytest.mark.parametrize(("value", "top"), [(0, 1), (0.013, 0.015), (1, 1), (7.1, 8), (8.4, 10), (123, 150)])
def test_nice_ceiling(value: float, top: float) -> None:
    assert nice_ceiling(value) == pytest.approx(top)


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


def problem(**changes: str) -> dict[str, str]:
    base = {"check": "c", "scene": "", "sample": "", "file": "", "message": "m", "severity": "error"}
    return base | changes


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
def test_which_samples_a_problem_touches(found: dict[str, str], touches: bool) -> None:
    findings = Findings((found,))
    assert bool(findings.of_sample("00001_0002", "00001", "0002", {"t0002_p0002"})) is touches


def test_how_bad_a_sample_is() -> None:
    warning = problem(severity="warning")
    assert severity([]) == ""
    assert severity([warning]) == "warning"
    assert severity([warning, problem()]) == "error"
    assert severity([], dropped=True) == "error"
