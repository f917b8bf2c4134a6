"""The fine network and its losses against closed forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
metrics = pytest.importorskip("skimage.metrics")

from dsia_gen.align.methods.ransac_flow.fine_network import FineAnswer, FineNetwork, build_fine_network  # noqa: E402
from dsia_gen.align.methods.ransac_flow.ransac_config import FineConfig, RansacLossConfig  # noqa: E402
from dsia_gen.align.methods.ransac_flow.ransac_losses import cycle_length, cycle_matchability, ransac_loss, ssim_weight  # noqa: E402
from dsia_gen.align.methods.ransac_flow.ransac_pipeline import released_weights  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402

pytestmark = pytest.mark.torch
SIZE = (24, 32)


def shift(x: float, y: float, size: tuple[int, int] = SIZE) -> torch.Tensor:
    return torch.tensor([float(x), float(y)]).view(1, 2, 1, 1).expand(1, 2, *size)


def ones() -> torch.Tensor:
    return torch.ones(1, 1, *SIZE)


def images(seed: int = 0) -> torch.Tensor:
    return torch.rand(1, 3, *SIZE, generator=torch.Generator().manual_seed(seed))


def test_the_network_of_the_paper_has_its_number_of_weights() -> None:
    network = FineNetwork(FineConfig())
    counts = [
        sum(p.numel() for p in part.parameters()) for part in (network.encoder, network.flow_head, network.match_head)
    ]
    assert counts == [2_775_104, 1_758_592, 1_703_296] and sum(counts) == 6_236_992


@pytest.mark.parametrize("channel", [0, 20, 24, 48])
def test_one_hot_logits_are_their_displacement_and_equal_ones_are_none(channel: int) -> None:
    network = build_fine_network(FineConfig.model_validate({"encoder": {"widths": [4, 4, 4]}, "head": [4, 4, 4]}), 0)
    logits = torch.zeros(1, 49, 3, 4)
    assert torch.allclose(network.flow_of(logits, SIZE), torch.zeros(1, 2, 3, 4), atol=1e-6)
    logits[:, channel] = 200.0
    exact = 8.0 * torch.tensor([channel % 7 - 3.0, channel // 7 - 3.0])
    assert torch.allclose(network.flow_of(logits, SIZE), exact.view(1, 2, 1, 1).expand(1, 2, 3, 4), atol=1e-4)


def test_no_logits_reach_beyond_the_radius_and_matchability_begins_at_one_half() -> None:
    network = build_fine_network(FineConfig.model_validate({"encoder": {"widths": [4, 4, 4]}, "head": [4, 4, 4]}), 0)
    wild = 50 * torch.randn(1, 49, 4, 4, generator=torch.Generator().manual_seed(0))
    assert network.flow_of(wild, SIZE).abs().max() <= 24
    with torch.no_grad():
        answer = network.eval()(images() * 2 - 1, images(1) * 2 - 1)
    assert answer.flow12.shape == (1, 2, *SIZE) and (answer.match12 - 0.5).abs().max() < 0.05


def test_the_reconstruction_is_that_of_structural_similarity() -> None:
    a, b = images(), images(1)
    still = FineAnswer(shift(0, 0), shift(0, 0), ones(), ones())
    loss, parts = ransac_loss(still, (a, a), (ones(), ones()), RansacLossConfig(), False, False)
    assert loss.abs() < 1e-6 and set(parts) == {"loss/reconstruction"}
    loss, _ = ransac_loss(still, (a, b), (ones(), ones()), RansacLossConfig(reduction="sum"), False, False)
    _, full = metrics.structural_similarity(
        a[0].permute(1, 2, 0).double().numpy(), b[0].permute(1, 2, 0).double().numpy(), channel_axis=2, data_range=1.0,
        gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True,
    )  # fmt: skip
    from dsia_gen.align.matching.similarity import ssim_of

    inner = (slice(5, -5), slice(5, -5))
    assert np.allclose(ssim_of(a, b)[0, 0].numpy()[inner], full.mean(axis=-1)[inner], atol=1e-5)
    assert loss / (SIZE[0] * SIZE[1]) == pytest.approx(1 - float(ssim_of(a, b).mean()), abs=1e-5)


def test_a_flow_and_its_inverse_close_the_cycle_and_an_error_is_its_length() -> None:
    inner = (..., slice(6, -6), slice(8, -8))
    assert cycle_length(shift(3, -2), shift(-3, 2))[inner].max() < 1e-4
    assert torch.allclose(cycle_length(shift(3, -2), shift(0, -2))[inner], torch.tensor(5.0))
    half = cycle_length(shift(3, -2), shift(0, -2), "l1")[inner]
    assert torch.allclose(half, torch.tensor((2 * 3 / SIZE[1] + 2 * 4 / SIZE[0]) / 2))


def test_matchability_is_multiplied_at_the_pixel_where_the_flow_ends() -> None:
    match12, match21 = torch.zeros(1, 1, *SIZE), torch.zeros(1, 1, *SIZE)
    match12[..., 10, 12] = match12[..., 3, 3] = 0.8
    match21[..., 8, 15] = 0.5
    both = cycle_matchability(match12, match21, shift(3, -2))
    assert both[0, 0, 10, 12] == pytest.approx(0.4, abs=1e-5) and both.sum() == pytest.approx(0.4, abs=1e-4)
    assert cycle_matchability(ones(), ones(), shift(100, 0)).sum() == 0, "what leaves the image matches nothing"


def test_a_hard_mask_has_no_gradient_and_a_soft_one_has() -> None:
    match = torch.full((1, 1, *SIZE), 0.7, requires_grad=True)
    assert ssim_weight(match, RansacLossConfig()).requires_grad
    hard = ssim_weight(match, RansacLossConfig(ssim_mask="hard"))
    assert not hard.requires_grad and hard.min() == 1
    assert ssim_weight(match * 0.5, RansacLossConfig(ssim_mask="hard")).max() == 0


def test_what_an_image_does_not_show_has_no_part_in_any_loss() -> None:
    a, b = images(), images(1)
    shown = ones()
    shown[..., 16:] = 0
    changed = b.clone()
    changed[..., 24:] = 0.0
    config = RansacLossConfig(smooth=1.0)
    answer = FineAnswer(shift(0, 0), shift(0, 0), 0.9 * ones(), 0.9 * ones())
    losses = [ransac_loss(answer, (a, x), (shown, shown), config, True, True)[0] for x in (b, changed)]
    assert losses[0] == losses[1]


def test_the_weights_of_the_authors_are_read_and_another_blur_is_refused() -> None:
    network = build_fine_network(FineConfig(), 0)
    names = {"encoder": "netFeatCoarse", "flow_head": "netFlowCoarse", "match_head": "netMatch"}
    given = {}
    for name, value in network.state_dict().items():
        part, _, rest = name.partition(".")
        if not rest.endswith("num_batches_tracked"):
            given[f"{names[part]}.{rest}"] = value.clone()
    assert "netFeatCoarse.layer2.0.downsample.0.filt" in given and "netFeatCoarse.layer3.0.downsample.2.weight" in given
    other = build_fine_network(FineConfig(), 1)
    other.load_state_dict(released_weights(given, other, Path("w.pth")))
    assert torch.equal(other.flow_head.conv4.weight, network.flow_head.conv4.weight)
    given["netFeatCoarse.maxpool.1.filt"] = torch.full_like(given["netFeatCoarse.maxpool.1.filt"], 1 / 9)
    with pytest.raises(AlignError, match="another kernel"):
        released_weights(given, other, Path("w.pth"))
