"""The bench's own arithmetic, and its file of results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import curve_by_version, one_pair, results
from bench.cost import Cost
from bench.exactness import compare, diffuse
from bench.figures import Figure
from bench.plain_loop import Noise, spread
from bench.scale import FULL, QUICK, STANDARD, scene_task
from dsia_gen.core.image_metrics import psnr
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import View


def test_decibels_of_a_known_error() -> None:
    """An error of 255 / 10 everywhere is 20 dB."""
    reference = np.full((4, 6, 3), 51, np.uint8)
    assert psnr(reference, reference) == float("inf")
    assert psnr(reference + np.uint8(51), reference) == pytest.approx(20 * np.log10(5))


def test_the_fewest_samples_that_are_as_good_are_taken() -> None:
    """Between 16 and 64 samples, half of the decibels are reached at their geometric mean."""
    job = {16: 33.0, 64: 37.0}
    assert Noise(plain=35.0, default=36.0, job=job).samples == 32
    assert Noise(plain=37.0, default=36.0, job=job).samples == 64
    assert Noise(plain=20.0, default=36.0, job=job).samples == 16, "none fewer were tried"
    assert Noise(plain=40.0, default=36.0, job=job).samples == 64, "none more were tried"


def test_views_are_spread_over_all() -> None:
    views = tuple(View(k, 0) for k in range(9))
    assert spread(views, 1) == [views[4]]
    assert spread(views, 3) == [views[1], views[4], views[7]]


class Chain:
    """A specification of so many pairs in a chain, as far as the loop looks at it."""

    def __init__(self, pairs: int) -> None:
        self.pairs = tuple(range(pairs))

    def model_copy(self, update: dict[str, Any]) -> Chain:
        return Chain(len(update["pairs"]))

    def views(self) -> range:
        return range(2 * len(self.pairs) + 1)


@pytest.mark.parametrize(
    ("pairs", "shared", "pictures"), [(1, False, 3), (10, False, 30), (1, True, 3), (10, True, 21)]
)
def test_a_loop_counts_all_pictures_by_those_that_were_timed(
    monkeypatch: pytest.MonkeyPatch, pairs: int, shared: bool, pictures: int
) -> None:
    """Five seconds of start, eight of the first picture, one of each further one; the processor takes twice that."""

    def told(few: Any, request: Any, _folder: Path) -> list[Cost]:
        count = len(few.views()) if request.get("shared") else 3 * len(few.pairs)
        return [Cost(8, 16), *[Cost(1, 2)] * (count - 1)]

    def cost_of(call: Any) -> Cost:
        call()
        few = pairs if shared else min(pairs, one_pair.MOST_PAIRS)
        timed = told(Chain(few), {"shared": shared}, Path())
        return Cost(5 + sum(cost.wall for cost in timed), 10 + sum(cost.cpu for cost in timed))

    monkeypatch.setattr(one_pair, "_told", told)
    monkeypatch.setattr(one_pair, "cost_of", cost_of)
    spec: Any = Chain(pairs)
    assert one_pair.loop_cost(spec, {"shared": shared}, Path()) == Cost(
        5 + 8 + pictures - 1, 2 * (5 + 8 + pictures - 1)
    )


def test_the_build_is_taken_off_the_job() -> None:
    rounds = [one_pair.Round(Cost(26, 60), Cost(4, 6), Cost(20, 45), Cost(11, 27))]
    assert [figure.samples for figure in one_pair.figures_of(1, rounds)] == [(1.1,), (1.2,), (2.0,), (2.0,)]
    assert [figure.reached for figure in one_pair.figures_of(1, rounds)] == [True, False, None, None]


def test_a_measurement_replaces_its_own_figures_only(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"figures": [{"name": "of another version", "median": 1.0}]}))
    results.keep(path, "a", [Figure("first", "s", (1.0,)), Figure("second", "s", (2.0,))])
    results.keep(path, "b", [Figure("third", "s", (3.0, 5.0), goal=4.0)])
    rows = results.keep(path, "a", [Figure("new first", "s", (9.0,))])
    assert [(row["measure"], row["name"], row["median"]) for row in rows] == [
        ("b", "third", 4.0),
        ("a", "new first", 9.0),
    ]
    assert rows[0]["reached"] is True
    assert "| new first | 9 s |" in (tmp_path / "results.md").read_text()


def test_results_go_between_the_marks_of_a_page(tmp_path: Path) -> None:
    page, path = tmp_path / "page.md", tmp_path / "results.json"
    page.write_text(f"before\n{results.BEGIN}\nold\n{results.END}\nafter\n")
    results.keep(path, "a", [Figure("first", "s", (1.0,), note="a note")])
    for _ in range(2):
        results.publish(path, page)
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n")
    assert "old" not in text and text.count("| first |") == 1 and "- first: a note" in text


def test_diffuse_surfaces_look_the_same_from_everywhere() -> None:
    made, _ = sample_task(scene_task(QUICK, "indoor", 1))
    spec = diffuse(made)
    assert SceneSpec.model_validate_json(spec.model_dump_json()) == spec, "still a specification"
    values = list(_fields(spec.model_dump(), {"roughness", "metallic", "bump"}))
    assert {("roughness", 1.0), ("metallic", 0.0), ("bump", 0.0)} == set(values)
    assert len(values) == len(list(_fields(made.model_dump(), {"roughness", "metallic", "bump"})))
    assert not {"glass", "mirror"} & {kind for _, kind in _fields(spec.model_dump(), {"kind"})}
    assert spec.pairs == made.pairs
    assert spec.camera == made.camera


def _fields(value: Any, names: set[str]) -> Iterator[tuple[str, Any]]:
    """Every field of these names, wherever it is."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    for name, child in children:
        if name in names:
            yield name, child
        yield from _fields(child, names)


def test_a_shift_of_the_flow_is_seen_where_it_is_known() -> None:
    rows, columns = np.mgrid[:40, :60].astype(np.float32)
    answer = np.repeat((128 + 60 * np.sin(0.3 * columns + 0.2 * rows) * np.cos(0.25 * rows))[..., None], 3, axis=-1)
    second = np.roll(answer, (2, 3), axis=(0, 1))  # everything moves three to the right and two down
    flow = np.broadcast_to(np.float32([3, 2]), (40, 60, 2))
    keep = np.zeros((40, 60), bool)
    keep[5:30, 5:50] = True
    exact = compare(second, answer, flow, keep)
    assert exact.decibels > 100 and exact.shift < 1e-6
    assert compare(second, answer, flow + np.float32([0.06, -0.08]), keep).shift == pytest.approx(0.1, rel=0.1)
    second[10:20, 20:30] = 255
    assert compare(second, answer, flow, keep).decibels < 30
    second[10:20, 20:30] = np.nan
    assert compare(second, answer, flow, keep) == pytest.approx(exact, abs=1e-6), "what is not known does not count"


def test_every_scale_makes_tasks_of_its_device() -> None:
    for scale in (QUICK, STANDARD, FULL):
        task = scene_task(scale, "outdoor", 3, (64, 36), {"sequence.pair_directions": 4})
        assert (task.resolution, task.resources.device) == ((64, 36), "cpu")
        assert task.overrides == {"sequence.pairs": 3, "sequence.pair_directions": 4}


def test_curves_of_two_versions_stand_side_by_side(tmp_path: Path) -> None:
    for version, decibels in (("4.5.3", 30.0), ("5.2.1", 31.25)):
        point = {"config": "outdoor", "kind": "no denoiser", "samples": 16, "seconds": 0.5, "decibels": decibels}
        (tmp_path / f"curve_{version}_outdoor.json").write_text(json.dumps([point]))
    lines = curve_by_version.table(curve_by_version.points_of(tmp_path)).splitlines()
    assert lines[0] == "| settings | samples | outdoor, 4.5.3 | outdoor, 5.2.1 |"
    assert "| no denoiser | 16 | 30.0 dB, 0.5 s | 31.2 dB, 0.5 s |" in lines
