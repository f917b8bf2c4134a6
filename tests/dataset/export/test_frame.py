"""Other sizes: flow, masks and cameras still agree with each other."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.dataset.export.frame import Fit, Frame
from dsia_gen.spec.camera import project


def test_a_cut_without_scaling_moves_pixels_and_changes_no_value() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (54, 96, 3), dtype=np.uint8)
    flow = rng.normal(size=(54, 96, 2)).astype(np.float32)
    frame = Frame.of((96, 54), (96, 50), "crop")
    assert frame.offset == (0, 2)
    assert np.array_equal(frame.image(image), image[2:52])
    assert np.array_equal(frame.nearest(image), image[2:52])
    assert np.array_equal(frame.flow(flow), flow[2:52])


def test_a_cut_at_double_size() -> None:
    frame = Frame.of((1920, 1080), (960, 512), "crop")
    assert frame.scale == (0.5, 0.5) and frame.offset == (0, 14)


@pytest.mark.parametrize("fit", ["resize", "crop"])
@pytest.mark.parametrize("new", [(97, 31), (40, 40), (150, 60)])
def test_flow_still_leads_from_pixel_to_pixel(fit: Fit, new: tuple[int, int]) -> None:
    """A flow that is linear in the position stays the flow of the same motion, to half an old pixel."""
    old = (120, 68)
    y, x = np.mgrid[: old[1], : old[0]] + 0.5
    motion = np.array([[1.02, 0.01], [-0.02, 0.97]])
    shift = np.array([3.0, -2.0])
    old_pixels = np.stack([x, y], axis=-1)
    flow = (old_pixels @ motion.T + shift - old_pixels).astype(np.float32)
    frame = Frame.of(old, new, fit)
    v, u = np.mgrid[: new[1], : new[0]] + 0.5
    source = (np.stack([u, v], axis=-1) + frame.offset) / frame.scale
    expected = (source @ motion.T + shift - source) * frame.scale
    slack = 0.5 * np.abs(motion - np.eye(2)).sum(axis=1) * frame.scale + 1e-4
    assert (np.abs(frame.flow(flow) - expected) <= slack).all()


@pytest.mark.parametrize("fit", ["resize", "crop"])
def test_the_camera_projects_where_the_pixel_went(fit: Fit) -> None:
    K = np.array([[100.0, 0, 60], [0, 100.0, 34], [0, 0, 1]])
    points = np.random.default_rng(1).uniform([-1, -1, 3], [1, 1, 6], (50, 3))
    frame = Frame.of((120, 68), (90, 60), fit)
    before, _ = project(K, np.eye(4), points)
    after, _ = project(frame.intrinsics(K), np.eye(4), points)
    assert np.allclose(after, before * frame.scale - frame.offset)


def test_a_cut_makes_targets_leave_the_picture() -> None:
    flow = np.zeros((54, 96, 2), dtype=np.float32)
    flow[10] = (0, -9)  # row 10 goes to row 1, which is cut off
    reason = np.zeros((54, 96), dtype=np.uint8)
    reason[10, :5] = 3
    reason[20] = 255
    frame = Frame.of((96, 54), (96, 50), "crop")
    new = frame.occlusion(reason, frame.flow(flow))
    assert (new[8] == 1).all() and (new[18] == 255).all() and (np.delete(new, (8, 18), axis=0) == 0).all()


def test_colours_keep_their_place() -> None:
    """A ramp stays the ramp at the new pixel centres."""
    ramp = np.repeat(np.linspace(20, 220, 120)[None], 40, axis=0)
    image = np.repeat(ramp[..., None], 3, axis=-1).round().astype(np.uint8)
    frame = Frame.of((120, 40), (60, 20), "resize")
    at = (np.arange(60) + 0.5) * 2 - 0.5
    expected = np.interp(at, np.arange(120), np.linspace(20, 220, 120))
    assert np.abs(frame.image(image)[10, 3:-3, 0] - expected[3:-3]).max() <= 1
