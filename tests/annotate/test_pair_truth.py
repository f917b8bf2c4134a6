"""Pairs: what is returned, what is shared, and the motion that decides the subset."""

from __future__ import annotations

import weakref
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from dsia_gen.annotate.flow import FlowTruth, annotate_flow
from dsia_gen.annotate.pair import PairTruth, annotate_scene
from dsia_gen.annotate.pair_measures import (
    Thresholds,
    camera_motion,
    foreground_motion,
    hidden_share,
    largest_flow,
    subset,
)
from dsia_gen.annotate.producers import PAIR_PRODUCERS, VIEW_PRODUCERS
from dsia_gen.annotate.rays import FrozenScene
from dsia_gen.spec.outputs import FLOW_ENDS, OUTPUTS
from dsia_gen.spec.views import Pair, View, unique_views
from tests.annotate import make

GEOMETRIC = tuple(n for n, o in OUTPUTS.items() if o.scope == "pair" and not o.needs)


def film(times: int = 4) -> tuple[make.SceneGeometry, make.CameraSpec, list[Pair]]:
    """A card that slides 0.1 m a step before a wall, a camera that slides 0.05 m a step, both to the right."""
    card = make.part(make.upright(1, 1, 2), 1, [make.rigid((0.1 * t, 3, 0)) for t in range(times)])
    wall = make.part(make.upright(30, 30, 2), 2, [make.rigid((0, 6, 0))])
    spec = make.camera(*(((0.05 * t, 0, 0), make.FORWARD) for t in range(times)), width=60, height=40)
    pairs = [Pair(index=t, t1=t, p1=t, t2=t + 1, p2=t + 1) for t in range(times - 1)]
    return make.scene(card, wall, times=times), spec, pairs


def grey_image(view: View) -> np.ndarray:
    return np.full((40, 60, 3), 100 + 20 * view.time, dtype=np.uint8)


def run(outputs: tuple[str, ...] = GEOMETRIC, **more: object) -> list[PairTruth]:
    geometry, spec, pairs = film()
    parts = tuple(replace(part, rest=part.vertices[0]) for part in geometry.parts)
    return list(annotate_scene(replace(geometry, parts=parts), spec, pairs, outputs, **more))  # type: ignore[arg-type]


def test_outputs_have_the_dtypes_and_shapes_of_the_table() -> None:
    outputs = tuple(OUTPUTS)
    for truth in run(outputs, images=grey_image):
        assert set(truth.arrays) == {*GEOMETRIC, "light_change"}
        for name, array in [
            *truth.arrays.items(),
            *((n, a) for view in truth.new_views.values() for n, a in view.items()),
        ]:
            table = OUTPUTS[name]
            assert array.dtype == (bool if table.kind == "mask" else table.dtype), name
            assert array.shape == ((40, 60) if table.channel_count == 1 else (40, 60, table.channel_count)), name
    assert set(VIEW_PRODUCERS) == {n for n, o in OUTPUTS.items() if (o.scope, o.producer) == ("view", "annotate")}
    assert set(PAIR_PRODUCERS) == {n for n, o in OUTPUTS.items() if (o.scope, o.producer) == ("pair", "annotate")}


def test_every_flow_is_the_flow_between_its_two_views() -> None:
    geometry, spec, pairs = film()
    frozen = FrozenScene(geometry)
    truth = run()[1]
    for name, (a, b) in FLOW_ENDS.items():
        end = pairs[1].view(b)
        expected = annotate_flow(truth.views[a], frozen.at(end.time), spec, end)
        assert np.array_equal(truth.arrays[f"flow_{name}"], expected.flow, equal_nan=True)
        assert (truth.arrays[f"occlusion_{name}"] == expected.occlusion).all()


def test_flows_and_masks_of_the_film_in_closed_form() -> None:
    truth = run()[0]
    f = 60.0
    on_card = truth.views["1"].instances == 1
    assert np.allclose(truth.arrays["flow_1_to_gt"], np.where(on_card[..., None], [0.1 * f / 3, 0], 0), atol=1e-5)
    card_gt = truth.views["gt"].instances == 1
    camera = np.where(card_gt, -0.05 * f / 3, -0.05 * f / 6)
    assert np.allclose(truth.arrays["flow_gt_to_2"][..., 0], camera, atol=1e-5)
    assert np.allclose(truth.arrays["scene_flow_1_to_gt"][on_card], [0.1, 0, 0], atol=1e-6)
    assert (truth.arrays["dynamic_1"] == on_card).all() and (truth.arrays["dynamic_gt"] == card_gt).all()
    assert (truth.arrays["dynamic_union"] == (on_card | card_gt)).all()
    measures = truth.measures
    assert measures["camera_motion_px"] == pytest.approx(0.5, abs=1e-5)
    assert measures["foreground_motion_px"] == pytest.approx(2.0, abs=1e-5)
    assert measures["max_flow_1_to_2_px"] == pytest.approx(1.0, abs=1e-5)  # the card: 2 px, 1 px back by the camera
    assert measures["median_depth_m"] == pytest.approx(6.0)
    assert measures["moved_instances"] == (1,) and measures["light_change_share"] is None
    assert measures["foreground_share"] == (on_card | card_gt).mean()


def test_measures_do_not_depend_on_what_was_asked_for() -> None:
    assert [t.measures for t in run()] == [t.measures for t in run(("image",))]
    truths = run(("image", "depth"))
    assert all(t.arrays == {} for t in truths)
    assert all(set(arrays) == {"depth"} for t in truths for arrays in t.new_views.values())


def test_views_are_cast_once_and_shared() -> None:
    pairs = film()[2]
    truths = run()
    new = Counter(view for truth in truths for view in truth.new_views)
    assert set(new) == set(unique_views(pairs)) and set(new.values()) == {1} and len(new) == 2 * len(pairs) + 1
    assert truths[0].views["2"] is truths[1].views["1"]


def test_views_are_released_after_their_last_use() -> None:
    iterator = annotate_scene(*film(6), ("flow_1_to_2",))
    alive = []
    for _ in range(5):
        truth = next(iterator)
        alive.append([weakref.ref(truth.views[role]) for role in ("1", "2", "gt")])
        del truth
        living = {id(ref()) for refs in alive for ref in refs if ref() is not None}
        assert len(living) <= 3
    assert alive[0][0]() is None


def test_images_are_asked_for_only_when_needed() -> None:
    asked: list[View] = []

    def images(view: View) -> np.ndarray:
        asked.append(view)
        return grey_image(view)

    run(images=images)
    assert asked == []
    truths = run(("light_change",), images=images)
    assert set(asked) == {p.view(role) for p in film()[2] for role in ("1", "gt")}
    truth = truths[0]
    assert (
        truth.arrays["light_change"].any()
        and not (truth.arrays["light_change"] & (truth.views["1"].instances == 1)).any()
    )
    assert truth.measures["light_change_share"] == truth.arrays["light_change"].mean()


def test_non_adjacent_pairs_and_any_order() -> None:
    geometry, spec, _ = film()
    pairs = [Pair(index=7, t1=3, p1=0, t2=0, p2=2), Pair(index=2, t1=0, p1=1, t2=0, p2=1)]
    first, second = annotate_scene(geometry, spec, pairs, GEOMETRIC)
    on_card = first.views["1"].instances == 1
    assert np.allclose(first.arrays["flow_1_to_gt"][on_card], [-0.3 * 60 / 3, 0], atol=1e-5)
    assert (second.arrays["flow_1_to_2"] == 0).all() and not second.arrays["dynamic_union"].any()
    assert second.measures["foreground_motion_px"] == 0 and list(second.new_views) == [View(0, 1)]


@pytest.mark.parametrize(
    ("outputs", "message"), [(("flow_1_to_3",), "flow_1_to_3.*known"), (("light_change",), "images")]
)
def test_outputs_that_cannot_be_made_are_refused(outputs: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(outputs)


def test_a_time_that_was_not_frozen_is_refused() -> None:
    geometry, spec, _ = film()
    with pytest.raises(ValueError, match="time 9"):
        list(annotate_scene(geometry, spec, [Pair(index=0, t1=0, p1=0, t2=9, p2=0)], ()))


@pytest.mark.parametrize(
    ("camera_px", "foreground_px", "expected"),
    [(10, 5, "LcLf"), (10, 4.9, "LcSf"), (9.9, 5, "ScLf"), (9.9, 4.9, "ScSf")],
)
def test_subset_scales_with_the_width(camera_px: float, foreground_px: float, expected: str) -> None:
    thresholds = Thresholds(camera_px=10, foreground_px=5)
    for width in (480, 960, 1920):
        scale = width / 960
        assert subset(camera_px * scale, foreground_px * scale, thresholds, width) == expected


def toy_flow() -> FlowTruth:
    flow = np.array([[[3, 4], [6, 8]], [[np.nan, np.nan], [0, 30]]], dtype=np.float32)
    return FlowTruth(flow, np.array([[0, 1], [4, 0]], dtype=np.uint8), np.zeros((2, 2, 3), dtype=np.float32))


def test_motion_is_a_mean_over_the_pixels_that_count() -> None:
    flow, static = toy_flow(), np.zeros((2, 2), dtype=bool)
    last = np.array([[False, False], [False, True]])
    assert camera_motion(flow, static) == pytest.approx(17.5)  # visible: 5 and 30
    assert camera_motion(flow, last) == pytest.approx(5)
    assert camera_motion(flow, np.array([[True, False], [False, True]])) == pytest.approx(10)  # none visible
    assert camera_motion(flow, ~static) == pytest.approx(15)  # nothing static
    assert foreground_motion(flow, ~static) == pytest.approx(15)  # defined: 5, 10, 30
    assert foreground_motion(flow, static) == 0
    assert hidden_share(flow) == 0.5 and largest_flow(flow) == 30
