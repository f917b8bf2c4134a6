"""Made-up scenes against closed forms and against themselves: what a flow says is where the picture is."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2")

from dsia_gen.align.layered.surfaces import Frame, Part, PlaneCamera, Surface, flow_to, look
from dsia_gen.align.layered.textures import SIDE, random_texture
from dsia_gen.align.layered.triplets import LayeredTriplets, layered_triplet
from dsia_gen.align.training.run_config import SyntheticConfig
from dsia_gen.core.image_metrics import backward_warp, bilinear, psnr

pytestmark = pytest.mark.torch
SIZE = (96, 56)
SCENES = range(6)


def test_a_wall_moves_as_the_pinhole_says() -> None:
    frame = Frame(np.array([0.3, 0, 4.0]), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    wall = Surface((frame, frame), random_texture(np.random.default_rng(0)), 1.0)
    first = PlaneCamera(100.0, SIZE, np.eye(3), np.zeros(3))
    second = PlaneCamera(100.0, SIZE, np.eye(3), np.array([0.2, -0.1, 1.0]))
    flow = flow_to(look([wall], first, 0), [wall], second, 0)
    column, row = np.meshgrid(np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5)
    x, y = (column - 48) * 4 / 100, (row - 28) * 4 / 100
    assert np.allclose(flow[..., 0], 100 * (x - 0.2) / 3 + 48 - column, atol=1e-4)
    assert np.allclose(flow[..., 1], 100 * (y + 0.1) / 3 + 28 - row, atol=1e-4)
    assert np.allclose(flow[..., 2], 3, atol=1e-5)


def test_a_place_of_a_part_is_found_again() -> None:
    rng = np.random.default_rng(1)
    part = Part(np.array([0.1, -0.4]), np.array([0.5, 0.2]), (0.2, 0.1), 0)
    u, v = rng.uniform(-0.2, 0.8, (2, 500))
    inside, along, across = part.inside(u, v)
    assert 50 < inside.sum() < 450
    again = part.point(along[inside], across[inside])
    assert np.allclose(again[0], u[inside]) and np.allclose(again[1], v[inside])
    assert part.near(u, v)[inside].all()


def test_a_texture_seen_from_afar_is_its_mean() -> None:
    texture = random_texture(np.random.default_rng(3))
    u, v = np.random.default_rng(0).uniform(-3, 3, (2, 400)).astype(np.float32)
    far = texture(u, v, np.full(400, 2.0, np.float32))
    near = texture(u, v, np.full(400, 1 / SIDE, np.float32))
    mean = texture.levels[0].mean(axis=(0, 1))
    assert np.abs(far - mean).mean() < 0.5 * np.abs(near - mean).mean()


@pytest.mark.parametrize("index", SCENES)
def test_flow_there_and_back_ends_where_it_began(index: int) -> None:
    sample = layered_triplet(5, index, SIZE)
    there, back = sample["flow_gt_to_2"].astype(float), sample["flow_2_to_gt"].astype(float)
    column, row = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    x, y = column + there[..., 0], row + there[..., 1]
    hidden = sample["occlusion_gt_to_2"] > 0
    outside = (x < -0.5) | (x > SIZE[0] - 0.5) | (y < -0.5) | (y > SIZE[1] - 0.5)
    assert hidden[outside].all()
    apart = np.linalg.norm(there + bilinear(back, x, y), axis=-1)[~hidden]
    assert np.median(apart) < 0.01  # at borders of things the look-up mixes two motions
    assert (apart < 0.25).mean() > 0.85


@pytest.mark.parametrize("index", SCENES)
def test_the_exact_flow_brings_i2_onto_igt(index: int) -> None:
    sample = layered_triplet(5, index, SIZE, faults=False)
    shown = sample["occlusion_gt_to_2"] == 0
    warped = backward_warp(sample.image("2"), sample["flow_gt_to_2"])
    quality = {name: psnr(image, sample.image("gt"), shown) for name, image in
               (("warp", warped), ("copy", sample.image("2")))}  # fmt: skip
    assert quality["warp"] > 24 and quality["warp"] > quality["copy"] + 2


def test_what_does_not_move_is_alike_at_both_times() -> None:
    sample = layered_triplet(5, 1, SIZE, faults=False)
    still = ~(sample["dynamic_1"] | sample["dynamic_gt"])
    apart = np.abs(sample.image("1").astype(int) - sample.image("gt")).max(axis=-1)
    assert (apart[still] < 60).mean() > 0.9  # shadows, and borders between pixels
    assert np.median(apart[still]) <= 1 < np.median(apart[~still])


@pytest.mark.slow
def test_a_triplet_depends_on_seed_and_number_alone() -> None:
    source = LayeredTriplets(SyntheticConfig(kind="layered", count=3, width=48, height=32, seed=7))
    last, first = source[2], source[0]
    assert np.array_equal(first.image("1"), source[0].image("1"))
    assert np.array_equal(last["flow_1_to_2"], source[2]["flow_1_to_2"], equal_nan=True)
    assert not np.array_equal(first.image("1"), last.image("1"))
    assert first.image("gt").shape == (32, 48, 3) and first["flow_gt_to_2"].shape == (32, 48, 2)
    with pytest.raises(IndexError):
        source[3]
