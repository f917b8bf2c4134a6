"""The energy against closed forms: gradients, zeros, what is hidden, and the units that a flow network sees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from hypothesis import given  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from torch import nn  # noqa: E402

from dsia_gen.align.layered.triplets import layered_triplet  # noqa: E402
from dsia_gen.align.matching.geometry import pixel_points, warp  # noqa: E402
from dsia_gen.align.methods.learned_flow.flow_network import FlowNetwork  # noqa: E402
from dsia_gen.align.methods.motion_guidance.flow_estimators import CentroidFlow, ExactFlow, TrainedFlow  # noqa: E402
from dsia_gen.align.methods.motion_guidance.motion_energy import MotionEnergy, hidden_by  # noqa: E402
from dsia_gen.core.image_metrics import iou  # noqa: E402
from tests.align.methods.motion_guidance.make import settings  # noqa: E402

pytestmark = pytest.mark.torch


def smooth(points: Any) -> Any:
    """(1, 3, H, W) colours of a smooth function of points (1, 2, H, W)."""
    x, y = points[:, 0], points[:, 1]
    return (
        torch.stack([torch.sin(0.5 * x + 0.2 * y), torch.cos(0.3 * y), torch.sin(0.2 * x - 0.4 * y)], dim=1) / 4 + 0.5
    )


@pytest.mark.parametrize("kind", ["centroid", "exact"])
def test_the_gradient_is_that_of_central_differences(kind: str) -> None:
    torch.manual_seed(0)
    source, image = torch.rand(1, 3, 16, 16).double(), torch.rand(1, 3, 16, 16).double().requires_grad_()
    flow = torch.tensor([1.3, -0.6]).double().view(1, 2, 1, 1).expand(1, 2, 16, 16)
    estimator = CentroidFlow(torch.zeros(1, 3, 1, 1).double()) if kind == "centroid" else ExactFlow(flow)
    energy = MotionEnergy(source, flow, hidden_by(flow), estimator, settings(flow_width=16))
    (gradient,) = torch.autograd.grad(energy(image).total, image)
    step = 1e-5
    with torch.no_grad():
        for _ in range(12):
            at = tuple(int(torch.randint(n, (1,))) for n in image.shape)
            change = torch.zeros_like(image)
            change[at] = step
            difference = float(energy(image + change).total - energy(image - change).total) / (2 * step)
            assert float(gradient[at]) == pytest.approx(difference, abs=1e-4)


@given(st.integers(-4, 4), st.integers(-4, 4))
@hypothesis_settings(max_examples=20, deadline=None)
def test_the_energy_is_zero_at_the_image_that_has_moved(dx: int, dy: int) -> None:
    points = pixel_points(24, 32, torch.zeros(1))
    source = smooth(points)
    moved = smooth(points - torch.tensor([dx, dy]).view(1, 2, 1, 1))
    flow = torch.tensor([float(dx), float(dy)]).view(1, 2, 1, 1).expand(1, 2, 24, 32)
    energy = MotionEnergy(source, flow, hidden_by(flow), ExactFlow(flow), settings())
    assert float(energy(moved).total) < 1e-4
    if (dx, dy) != (0, 0):
        assert float(energy(source).total) > 1


def test_unknown_flow_and_hidden_pixels_do_not_count() -> None:
    flow = torch.zeros(1, 2, 16, 16)
    source = torch.rand(1, 3, 16, 16)
    image, unknown = source.clone(), flow.clone()
    image[..., :4] = 1 - image[..., :4]
    unknown[..., :4] = torch.nan
    hidden = torch.zeros(1, 1, 16, 16, dtype=torch.bool)
    hidden[..., :4] = True
    plain = settings()
    assert float(MotionEnergy(source, flow, None, ExactFlow(flow), plain)(image).colour_error) > 0.01
    assert float(MotionEnergy(source, unknown, None, ExactFlow(flow), plain)(image).total) == 0
    assert float(MotionEnergy(source, flow, hidden, ExactFlow(flow), plain)(image).total) == 0
    wrong = MotionEnergy(source, unknown, None, ExactFlow(torch.ones_like(flow)), plain)(image)
    assert float(wrong.flow_error) == pytest.approx(12 / 16)


def test_the_motion_is_counted_in_pixels_of_one_width() -> None:
    """The same picture at twice the size has the same energy of motion."""
    totals = []
    for factor in (1, 2):
        flow = torch.full((1, 2, 8 * factor, 16 * factor), 2.0 * factor)
        source = torch.full((1, 3, 8 * factor, 16 * factor), 0.5)
        energy = MotionEnergy(source, flow, None, ExactFlow(torch.zeros_like(flow)), settings(flow_width=512))
        totals.append(float(energy(source).total))
    assert totals[0] == pytest.approx(totals[1])


@pytest.mark.parametrize(("detach", "colour_flow", "moves"), [
    (False, "estimated", True), (True, "estimated", False), (False, "target", False),
])  # fmt: skip
def test_the_colours_move_the_flow_unless_they_are_told_not_to(detach: bool, colour_flow: str, moves: bool) -> None:
    parameter = torch.tensor([0.4, 0.2], requires_grad=True)
    source = smooth(pixel_points(16, 16, torch.zeros(1)))

    def estimator(a: Any, b: Any) -> Any:
        return parameter.view(1, 2, 1, 1).expand(1, 2, 16, 16)

    config = settings(detach_warp=detach, colour_flow=colour_flow, flow_weight=0)
    image = (source * 0.9).requires_grad_()
    energy = MotionEnergy(source, torch.zeros(1, 2, 16, 16), None, estimator, config)
    (gradient,) = torch.autograd.grad(energy(image).total, parameter, allow_unused=True)
    assert (gradient is not None and bool(gradient.any())) == moves


@given(st.integers(-6, 6), st.integers(-5, 5))
@hypothesis_settings(max_examples=40, deadline=None)
def test_a_square_hides_exactly_the_band_that_it_covers(dx: int, dy: int) -> None:
    flow = torch.zeros(1, 2, 32, 40)
    square = np.zeros((32, 40), bool)
    square[10:20, 12:26] = True
    flow[0, 0][torch.from_numpy(square)], flow[0, 1][torch.from_numpy(square)] = dx, dy
    ends = np.roll(square, (dy, dx), axis=(0, 1))
    assert np.array_equal(hidden_by(flow)[0, 0].numpy(), ends & ~square)


def test_what_leaves_the_image_is_hidden() -> None:
    flow = torch.tensor([-3.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 8, 12)
    hidden = hidden_by(flow)[0, 0].numpy()
    assert hidden[:, :3].all() and not hidden[:, 3:].any()


@pytest.mark.slow
def test_hidden_pixels_are_those_of_made_up_scenes() -> None:
    found = []
    for index in range(6):
        sample = layered_triplet(5, index, (96, 64))
        flow = torch.from_numpy(np.asarray(sample["flow_2_to_gt"], np.float32)).permute(2, 0, 1)[None]
        exact = np.asarray(sample["occlusion_2_to_gt"]) > 0
        if exact.mean() > 0.02:
            found.append(iou(hidden_by(flow)[0, 0].numpy(), exact))
    assert np.mean(found) > 0.8, found


class Recorder(nn.Module):
    """A network of ptlflow's contract that keeps what it is shown; its flow is the first colour, so that it has a
    gradient."""

    corr_levels = 3

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.images: Any = None

    def forward(self, inputs: dict[str, Any]) -> dict[str, Any]:
        self.images = inputs["images"]
        return {"flows": self.weight * self.images[:, 1:, :2]}


def test_a_flow_network_sees_blue_green_red_from_0_to_1_and_any_size() -> None:
    inner = Recorder()
    estimator = TrainedFlow(FlowNetwork(inner, "recorder"))
    source, image = torch.rand(1, 3, 20, 30), torch.rand(1, 3, 20, 30).requires_grad_()
    flow = estimator(source, image)
    assert flow.shape == (1, 2, 20, 30)
    assert inner.images.shape == (1, 2, 3, 64, 64), "the smallest that the network's pyramid takes"
    assert torch.allclose(inner.images[:, 0, :, :20, :30], source.flip(1), atol=1e-6)
    assert torch.allclose(inner.images[:, 1, :, :20, :30], image.flip(1), atol=1e-6)
    (gradient,) = torch.autograd.grad(flow.sum(), image)
    assert torch.equal(gradient[:, 1:], torch.ones(1, 2, 20, 30)) and not gradient[:, 0].any()


def test_the_centroid_finds_a_displacement() -> None:
    image = torch.zeros(1, 3, 24, 24)
    image[..., 8:12, 8:12] = 1
    flow = torch.tensor([2.0, -3.0]).view(1, 2, 1, 1).expand(1, 2, 24, 24)
    moved = warp(image, -flow)
    assert torch.allclose(CentroidFlow(torch.zeros(1, 3, 1, 1))(image, moved), flow, atol=1e-4)
