"""Eq. 9 to 12 against values worked out by hand."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.methods.dmaligner.aligner_config import LossConfig  # noqa: E402
from dsia_gen.align.methods.dmaligner.losses import (  # noqa: E402
    denoising_loss,
    mask_iou,
    mask_loss,
    norm,
    total_loss,
    upsampled_logits,
)

pytestmark = pytest.mark.torch


def test_norms_of_a_constant_difference() -> None:
    difference = torch.full((2, 3, 4, 4), 0.5)
    assert norm(difference, "l2").item() == pytest.approx(0.5)
    assert norm(difference, "mse").item() == pytest.approx(0.25)
    assert norm(-difference, "l1").item() == pytest.approx(0.5)


def test_l2_is_the_euclidean_norm_over_the_root_of_the_count() -> None:
    difference = torch.tensor([[[[3.0, 4.0]]], [[[0.0, 1.0]]]])
    assert norm(difference, "l2").item() == pytest.approx((5 / math.sqrt(2) + 1 / math.sqrt(2)) / 2)


def test_denoising_loss_weighs_the_dynamic_part() -> None:
    """A quarter of the pixels is dynamic and off by 2, the rest by 1."""
    truth = torch.zeros(1, 3, 4, 4)
    mask = torch.zeros(1, 1, 4, 4)
    mask[..., :2, :2] = 1
    prediction = 1 + mask.expand(1, 3, 4, 4)
    static, dynamic = math.sqrt(12 / 16), math.sqrt(4 * 4 / 16)
    for gamma in (0.0, 0.3, 1.0):
        expected = (1 - gamma) * static + gamma * dynamic
        assert denoising_loss(prediction, truth, mask, gamma).item() == pytest.approx(expected, rel=1e-5)
    assert denoising_loss(prediction, truth, None, 0.3, "mse").item() == pytest.approx((12 + 16) / 16)


def test_a_perfect_prediction_has_a_finite_gradient() -> None:
    prediction = torch.zeros(1, 3, 4, 4, requires_grad=True)
    denoising_loss(prediction, torch.zeros(1, 3, 4, 4), torch.ones(1, 1, 4, 4), 0.5).backward()
    assert prediction.grad is not None
    assert torch.isfinite(prediction.grad).all()


def test_mask_loss_is_the_cross_entropy_of_eq_11() -> None:
    p = torch.tensor([0.9, 0.2, 0.6, 0.5]).view(1, 1, 2, 2)
    m = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(1, 1, 2, 2)
    expected = -(math.log(0.9) + math.log(0.8) + math.log(0.4) + math.log(0.5)) / 4
    assert mask_loss(torch.logit(p), m).item() == pytest.approx(expected, rel=1e-5)
    heavy = -(3 * math.log(0.9) + math.log(0.8) + math.log(0.4) + 3 * math.log(0.5)) / 4
    assert mask_loss(torch.logit(p), m, positive=3.0).item() == pytest.approx(heavy, rel=1e-5)


def test_mask_loss_survives_half_precision() -> None:
    value = mask_loss(torch.tensor([[[[60.0, -60.0]]]], dtype=torch.bfloat16), torch.tensor([[[[0.0, 1.0]]]]))
    assert value.item() == pytest.approx(60)


def test_upsampling_follows_dilation() -> None:
    logits = torch.full((1, 1, 5, 5), -1.0)
    logits[0, 0, 2, 2] = 1
    large = upsampled_logits(logits, 1, (20, 20))
    assert (large > 0).sum() == (3 * 4) ** 2
    assert (large[0, 0, 4:16, 4:16] > 0).all()


def test_total_loss_has_the_weights_of_the_paper() -> None:
    one, two = torch.tensor(1.0), torch.tensor(2.0)
    assert total_loss(one, two, LossConfig()).item() == pytest.approx(2 * 1 + 0.1 * 2)
    assert total_loss(one, None, LossConfig()).item() == pytest.approx(2)


def test_iou() -> None:
    truth = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    assert mask_iou(torch.tensor([[1.0, -1.0, 1.0, -1.0]]), truth).item() == pytest.approx(1 / 3)
    assert mask_iou(torch.full((1, 4), -1.0), torch.zeros(1, 4)).item() == 1
