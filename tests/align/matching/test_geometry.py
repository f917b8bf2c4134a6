"""Warps, flows, homographies and splats against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.matching.geometry import (  # noqa: E402
    compose,
    flow_of,
    inside,
    look_up,
    pixel_points,
    project,
    reduce_flow,
    resize_flow,
    splat,
    warp,
)
from dsia_gen.core.image_metrics import bilinear  # noqa: E402

pytestmark = pytest.mark.torch
H = torch.tensor([[[1.02, 0.02, 1.5], [-0.01, 0.98, -0.8], [1e-4, -2e-4, 1.0]]], dtype=torch.float64)


def noise(height: int, width: int, channels: int = 2, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(1, channels, height, width)))


@pytest.mark.parametrize("size", [(8, 12), (7, 11), (1, 5)])
def test_a_warp_by_nothing_is_the_image(size: tuple[int, int]) -> None:
    image = noise(*size)
    assert torch.allclose(warp(image, torch.zeros(1, 2, *size, dtype=image.dtype)), image, atol=1e-12)


def test_a_warp_by_whole_pixels_is_a_shift() -> None:
    image = noise(9, 14)
    flow = torch.tensor([3.0, -2.0], dtype=image.dtype).view(1, 2, 1, 1).expand(1, 2, 9, 14)
    there = warp(image, flow)
    assert torch.allclose(there[..., 2:, :-3], image[..., :-2, 3:], atol=1e-12)


def test_a_look_up_is_the_bilinear_one_of_numpy() -> None:
    image, points = noise(9, 14, 3), noise(6, 7, 2, 1) * 4 + 5
    expected = bilinear(image[0].permute(1, 2, 0).numpy(), points[0, 0].numpy(), points[0, 1].numpy())
    assert np.allclose(look_up(image, points)[0].permute(1, 2, 0).numpy(), expected)


def test_flows_of_two_homographies_make_the_flow_of_their_product() -> None:
    points = pixel_points(40, 60, H)
    second = H.clone()
    second[0, 0, 2] = -3
    flows = [project(m, points) - points for m in (H, second)]
    both = project(second @ H, points) - points
    middle = (..., slice(6, -6), slice(6, -6))
    assert torch.allclose(compose(flows[0], flows[1])[middle], both[middle], atol=1e-4)


def test_a_flow_in_other_pixels_is_the_same_motion() -> None:
    points = pixel_points(20, 30, H)
    flow = 0.1 * points - 1  # linear, so that no resampling changes it
    larger = resize_flow(flow, (40, 60))
    there = pixel_points(40, 60, H)
    middle = (..., slice(2, -2), slice(2, -2))
    expected = 2 * (0.1 * ((there + 0.5) / 2 - 0.5) - 1)
    assert torch.allclose(larger[middle], expected[middle], atol=1e-9)


def test_a_splat_gives_back_what_a_shift_took_and_loses_nothing_inside() -> None:
    image = noise(10, 16, 3)
    flow = torch.tensor([2.0, 1.0], dtype=image.dtype).view(1, 2, 1, 1).expand(1, 2, 10, 16)
    sums, total = splat(image, flow, torch.ones(1, 1, 10, 16, dtype=image.dtype))
    assert torch.allclose(sums[..., 1:, 2:], image[..., :-1, :-2], atol=1e-12)
    assert torch.equal(total[..., 1:, 2:], torch.ones_like(total[..., 1:, 2:])) and not total[..., 0, :].any()
    part = splat(image, flow * 0 + 0.3, torch.ones_like(total))[1]
    assert part.sum() == pytest.approx((9 + 0.7) * (15 + 0.7), abs=1e-9), "only what leaves the image is lost"


def test_the_heavier_of_two_pixels_wins_a_splat() -> None:
    values = torch.tensor([1.0, 5.0]).view(1, 1, 1, 2)
    flow = torch.tensor([[1.0, 0.0], [0.0, 0.0]]).view(1, 2, 1, 2)  # both end in the second pixel
    sums, total = splat(values, flow, torch.tensor([9.0, 1.0]).view(1, 1, 1, 2))
    assert float((sums / total)[0, 0, 0, 1]) == pytest.approx(1.4)


def test_points_inside_are_those_whose_pixel_is() -> None:
    points = torch.tensor([[-0.6, 0], [-0.4, 0], [11.4, 7.4], [11.6, 0], [0, 7.6]]).T.view(1, 2, 1, 5)
    assert inside(points, (8, 12)).flatten().tolist() == [False, True, True, False, False]


@pytest.mark.parametrize("size", [(8, 12), (7, 11), (1, 5), (224, 417)])
def test_a_warp_by_nothing_keeps_every_bit_and_its_gradient(size: tuple[int, int]) -> None:
    image = noise(*size).float()
    flow = torch.zeros(1, 2, *size, requires_grad=True)
    there = warp(image, flow)
    assert torch.equal(there, image)
    there.square().sum().backward()
    assert flow.grad is not None and (flow.grad.abs().sum() > 0) == (max(size) > 1)


def test_a_smaller_flow_is_the_mean_of_what_is_known() -> None:
    flow = noise(8, 12)
    exact = reduce_flow(flow, (4, 6))
    assert torch.allclose(exact[..., 1, 2], flow[..., 2:4, 4:6].mean(dim=(2, 3)) / 2)
    holes = flow.clone()
    holes[..., 0, 0] = torch.nan  # one of four
    holes[..., 2:4, 4:6] = torch.nan
    holes[..., 2, 4] = flow[..., 2, 4]
    found = reduce_flow(holes, (4, 6))
    assert torch.allclose(found[..., 0, 0], (flow[..., 0:2, 0:2].sum(dim=(2, 3)) - flow[..., 0, 0]) / 3 / 2)
    assert torch.isnan(found[..., 1, 2]).all(), "one of four is known"
    rest = torch.isfinite(found).all(dim=1)
    assert rest.sum() == 23 and torch.allclose(found[:, :, 2:], exact[:, :, 2:])


def test_the_flow_of_homographies_is_that_of_their_points() -> None:
    points = pixel_points(5, 7, H)
    assert torch.equal(flow_of(H, (5, 7)), project(H, points) - points)
