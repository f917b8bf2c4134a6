"""Pictures of arrays: colours that are known by definition."""

from __future__ import annotations

import numpy as np

from dsia_gen.dataset import visual
from dsia_gen.spec.outputs import Occlusion


def flow_of(*vectors: tuple[float, float]) -> np.ndarray:
    return np.array([vectors], dtype=np.float32)


def test_the_wheel_has_its_colours_in_order() -> None:
    wheel = visual.colour_wheel()
    assert wheel.shape == (55, 3)
    starts = np.cumsum([0, 15, 6, 4, 11, 13])
    assert wheel[starts].tolist() == [[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]]


def test_flow_directions_have_the_colours_of_the_reference() -> None:
    right, down, left, up, none = visual.flow_to_rgb(flow_of((1, 0), (0, 1), (-1, 0), (0, -1), (0, 0)), 1.0)[0]
    assert right[0] == 255 and right[1] < 20 and right[2] < 60, "right is red"
    assert down[0] == 255 and down[1] > 200 and down[2] == 0, "down is yellow"
    assert left[0] == 0 and left[1] > 150 and left[2] == 255, "left is cyan to blue"
    assert up[2] == 255 and up[1] == 0 and up[0] > 80, "up is violet"
    assert none.tolist() == [255, 255, 255], "no motion is white"


def test_flow_saturates_with_length_and_nan_is_dark() -> None:
    half, full, beyond, unknown = visual.flow_to_rgb(flow_of((5, 0), (10, 0), (20, 0), (np.nan, 0)), 10.0)[0]
    assert half[1] > full[1] and beyond[0] < full[0]
    assert tuple(unknown) == visual.BACKGROUND


def test_scale_is_shared_and_ignores_nan() -> None:
    a, b = np.full((4, 4, 2), np.nan, np.float32), np.zeros((4, 4, 2), np.float32)
    assert visual.flow_scale(a) == 1.0
    b[..., 0] = 30
    assert visual.flow_scale(a, b) == 30.0


def test_depth_is_brighter_when_nearer_and_infinity_is_background() -> None:
    picture = visual.depth_to_rgb(np.array([[1.0, 2.0, 4.0, np.inf]], np.float32), 1.0, 4.0)[0].astype(int)
    assert picture[0].sum() > picture[1].sum() > picture[2].sum()
    assert tuple(picture[3]) == visual.BACKGROUND
    assert (visual.depth_to_rgb(np.full((2, 2), np.inf)) == visual.BACKGROUND).all()


def test_each_reason_has_a_colour_of_its_own() -> None:
    reasons = np.array([[int(r) for r in Occlusion]], np.uint8)
    colours = {tuple(c) for c in visual.occlusion_to_rgb(reasons)[0]}
    assert len(colours) == len(Occlusion)


def test_instances_keep_their_colour_and_neighbours_differ() -> None:
    ids = np.arange(200, dtype=np.uint16)[None]
    colours = visual.instances_to_rgb(ids)[0].astype(int)
    assert tuple(colours[0]) == visual.BACKGROUND
    assert visual.instances_to_rgb(ids[:, ::-1])[0, 0].tolist() == colours[-1].tolist()
    assert np.abs(np.diff(colours[1:], axis=0)).sum(axis=1).min() > 60


def test_overlay_tints_inside_and_greys_outside() -> None:
    image = np.full((1, 2, 3), (10, 200, 10), np.uint8)
    inside, outside = visual.mask_overlay(image, np.array([[True, False]]))[0]
    assert inside[0] > image[0, 0, 0] and len(set(outside.tolist())) == 1
