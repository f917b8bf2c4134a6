"""Cost volume, dilation, fusion and the mask module."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.methods.dmaligner.aligner_config import MaskConfig, ModelConfig, UNetConfig  # noqa: E402
from dsia_gen.align.methods.dmaligner.mask import MaskProducer, cost_volume, dilate, fuse  # noqa: E402
from dsia_gen.align.methods.dmaligner.model import build_aligner  # noqa: E402

pytestmark = pytest.mark.torch

SMALL = UNetConfig(widths=(8, 8), layers=1, attention=(False, False), groups=4)


def normal(*shape: int, seed: int = 0) -> Any:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def slow_cost_volume(v1: Any, v2: Any, window: int) -> Any:
    """Eq. 6 as it is written: for every position and every displacement, a sum over channels."""
    batch, n, height, width = v1.shape
    radius = window // 2
    volume = np.zeros((batch, window * window, height, width))
    for y in range(height):
        for x in range(width):
            for i in range(window):
                for j in range(window):
                    y2, x2 = y + i - radius, x + j - radius
                    if 0 <= y2 < height and 0 <= x2 < width:
                        product = v1[:, :, y, x].numpy() * v2[:, :, y2, x2].numpy()
                        volume[:, i * window + j, y, x] = product.sum(axis=1) / n
    return volume


@pytest.mark.parametrize("window", [1, 3, 5])
def test_cost_volume_against_a_double_loop(window: int) -> None:
    v1, v2 = normal(2, 3, 5, 6), normal(2, 3, 5, 6, seed=1)
    np.testing.assert_allclose(cost_volume(v1, v2, window).numpy(), slow_cost_volume(v1, v2, window), atol=1e-6)


def test_cost_volume_peaks_at_the_displacement() -> None:
    v1 = torch.nn.functional.normalize(normal(1, 16, 12, 12), dim=1)
    v2 = torch.roll(v1, shifts=(2, -1), dims=(2, 3))  # V2(u + d) = V1(u) for d = (row 2, column -1)
    inner = cost_volume(v1, v2, 5)[0, :, 3:-3, 3:-3]
    assert (inner.argmax(dim=0) == (2 + 2) * 5 + (-1 + 2)).all()


def test_dilation_of_a_point() -> None:
    mask = torch.zeros(1, 1, 9, 9)
    mask[0, 0, 4, 4] = 1
    grown = dilate(mask, 2)
    assert grown.sum() == 25
    assert grown[0, 0, 2:7, 2:7].min() == 1
    torch.testing.assert_close(grown, dilate(dilate(mask, 1), 1))  # r times by one
    assert dilate(mask, 0) is mask


def test_dilation_commutes_with_the_sigmoid() -> None:
    logits = normal(1, 1, 6, 7)
    torch.testing.assert_close(torch.sigmoid(dilate(logits, 2)), dilate(torch.sigmoid(logits), 2))


def test_fusion_takes_v1_for_an_empty_and_v2_for_a_full_mask() -> None:
    v1, v2 = normal(1, 3, 4, 4), normal(1, 3, 4, 4, seed=1)
    assert torch.equal(fuse(v1, v2, torch.zeros(1, 1, 4, 4)), v1)
    assert torch.equal(fuse(v1, v2, torch.ones(1, 1, 4, 4)), v2)


@pytest.mark.parametrize(("bias", "role"), [(-1e4, 0), (1e4, 1)])
def test_network_condition_for_empty_and_full_masks(bias: float, role: int) -> None:
    model = build_aligner(ModelConfig(mask=MaskConfig(window=3, width=8, layers=1), unet=SMALL), 3, 0)
    assert model.mask is not None
    torch.nn.init.zeros_(model.mask.predictor[-1].weight)
    torch.nn.init.constant_(model.mask.predictor[-1].bias, bias)
    latents = normal(1, 3, 4, 4), normal(1, 3, 4, 4, seed=1)
    condition = model.condition(*latents)
    assert torch.equal(condition.latents, torch.cat([*latents, latents[role]], dim=1))


@pytest.mark.parametrize(("residual", "masked", "base"), [("v1", True, 0), ("v_m", True, 1), ("v_m", False, 0)])
def test_a_residual_begins_at_its_base(residual: str, masked: bool, base: int) -> None:
    mask = {"window": 3, "width": 8, "layers": 1} if masked else None
    model = build_aligner(ModelConfig.model_validate({"mask": mask, "unet": SMALL, "residual": residual}), 3, 0)
    if model.mask is not None:  # a full mask: V_M is V2
        torch.nn.init.constant_(model.mask.predictor[-1].bias, 1e4)
    latents = normal(1, 3, 4, 4), normal(1, 3, 4, 4, seed=1)
    output, _ = model(normal(1, 3, 4, 4, seed=2), torch.tensor([5]), *latents)
    torch.testing.assert_close(output, latents[base])


def test_gradient_reaches_the_predictor_through_the_denoiser() -> None:
    model = build_aligner(ModelConfig(mask=MaskConfig(window=3, width=8, layers=1), unet=SMALL), 3, 0)
    output, _ = model(normal(1, 3, 4, 4), torch.tensor([5]), normal(1, 3, 4, 4, seed=1), normal(1, 3, 4, 4, seed=2))
    output.square().sum().backward()
    assert model.mask is not None
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.mask.parameters())


def test_detached_fusion_keeps_that_gradient_away() -> None:
    config = ModelConfig(mask=MaskConfig(window=3, width=8, layers=1, detach_fusion=True), unet=SMALL)
    model = build_aligner(config, 3, 0)
    output, _ = model(normal(1, 3, 4, 4), torch.tensor([5]), normal(1, 3, 4, 4, seed=1), normal(1, 3, 4, 4, seed=2))
    output.square().sum().backward()
    assert model.mask is not None
    assert all(p.grad is None for p in model.mask.parameters())


@pytest.mark.parametrize("extra", [{}, {"normalise": "cosine"}, {"features": 4}, {"see_latents": True}])
def test_variants_of_the_predictor(extra: dict[str, Any]) -> None:
    producer = MaskProducer(MaskConfig(window=3, width=8, layers=2, **extra), 3)
    assert producer(normal(2, 3, 5, 6), normal(2, 3, 5, 6, seed=1)).shape == (2, 1, 5, 6)


def test_cosine_volume_ignores_brightness() -> None:
    producer = MaskProducer(MaskConfig(window=3, width=8, layers=1, normalise="cosine"), 3)
    v1, v2 = normal(1, 3, 5, 6), normal(1, 3, 5, 6, seed=1)
    torch.testing.assert_close(producer(v1, v2), producer(3 * v1, 0.5 * v2), rtol=1e-4, atol=1e-4)


def test_without_the_mask_module_the_network_sees_v1_and_v2_alone() -> None:
    model = build_aligner(ModelConfig(mask=None, unet=SMALL), 3, 0)
    assert model.unet.config.in_channels == 9
    condition = model.condition(normal(1, 3, 4, 4), normal(1, 3, 4, 4, seed=1))
    assert condition.logits is None
    assert condition.latents.shape[1] == 6


def test_weights_depend_on_the_seed_alone_and_leave_the_global_generator() -> None:
    before = torch.random.get_rng_state()
    a, b, c = (build_aligner(ModelConfig(unet=SMALL), 3, seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert not all(torch.equal(a[name], c[name]) for name in a)
