"""The motion-compensated aligner: geometry of its loss, any size, training that lowers the loss, runs as methods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")

from dsia_gen.align import trained_aligner  # noqa: E402
from dsia_gen.align.layered.triplets import layered_triplet  # noqa: E402
from dsia_gen.align.matching.geometry import inside, pixel_points, warp  # noqa: E402
from dsia_gen.align.methods import open_method  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_augment import Planes, changed_batch, zoomed  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_config import McAugmentConfig  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_losses import mc_loss  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_network import McAnswer, build_mc_network  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline  # noqa: E402
from dsia_gen.align.methods.mc_aligner.start import Start, start  # noqa: E402
from dsia_gen.align.methods.method import ImagePair, MethodOptions, UnavailableError  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.align.training.trainable import open_run, trainable_of  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from dsia_gen.core.image_metrics import backward_warp, psnr  # noqa: E402
from tests.align.methods.mc_aligner.make import SIZE  # noqa: E402
from tests.align.methods.mc_aligner.make import mc_config as config  # noqa: E402
from tests.align.test_photos import smooth_image  # noqa: E402

pytestmark = pytest.mark.torch


def sample_tensors(index: int, seed: int = 5) -> tuple[Start, torch.Tensor, dict[str, torch.Tensor], Any]:
    sample = layered_triplet(seed, index, SIZE, faults=False)
    begun = start([sample.image("1")], [sample.image("2")])

    def planes(name: str) -> torch.Tensor:
        array = sample[name]
        return torch.from_numpy(np.array(array[None] if array.ndim == 2 else array.transpose(2, 0, 1))[None]).float()

    truth = {name: planes(name) for name in ("flow_gt_to_2", "flow_2_to_gt", "dynamic_gt")}
    truth["visible"] = (planes("occlusion_gt_to_2") == 0).float()
    target = torch.from_numpy(sample.image("gt")).permute(2, 0, 1)[None].float() / 255
    return begun, target, truth, sample


def batch_of_one(index: int) -> tuple[Planes, Planes, Planes]:
    """Images in [0, 1], flows and masks of a sample, as a batch in training has them before it is changed."""
    _, target, truth, sample = sample_tensors(index)
    images = {role: torch.from_numpy(sample.image(role)).permute(2, 0, 1)[None].float() / 255 for role in "12"}
    flows = {name: truth[f"flow_{name}"] for name in ("gt_to_2", "2_to_gt")}
    return {**images, "gt": target}, flows, {name: truth[name] for name in ("visible", "dynamic_gt")}


def exact_answer(begun: Start, target: torch.Tensor, truth: dict[str, torch.Tensor]) -> McAnswer:
    """What a perfect network would answer, made from the truth alone."""
    from dsia_gen.align.matching.geometry import look_up, pixel_points, project

    points = pixel_points(SIZE[1], SIZE[0], target)
    there = project(begun.matrix, points)
    residual2 = there + look_up(truth["flow_2_to_gt"], there, "nearest") - points
    dynamic2 = look_up(truth["dynamic_gt"], points + residual2, "nearest")
    flow = truth["flow_gt_to_2"]
    gates = torch.zeros(1, 4, SIZE[1], SIZE[0])
    return McAnswer(target, gates, target * 0, (flow, flow, flow), target, truth["dynamic_gt"] * 40 - 20, residual2,
                    dynamic2 * 40 - 20)  # fmt: skip


@pytest.mark.parametrize("index", [0, 1, 2])
def test_the_truth_has_the_smallest_loss(index: int) -> None:
    begun, target, truth, _ = sample_tensors(index)
    weights = config().losses
    best, scalars = mc_loss(exact_answer(begun, target, truth), begun, target, truth, weights)
    assert float(scalars["flow/static"]) < 1e-5 and float(scalars["loss/mask"]) < 1e-3
    assert float(scalars["loss/splat_flow"]) < 0.03  # of the square root that stands for the absolute value
    answer = build_mc_network(config().model, 0)(begun)
    assert float(mc_loss(answer, begun, target, truth, weights)[0].detach()) > float(best) + 0.3


def test_before_training_the_answer_is_near_the_mean() -> None:
    begun, target, _, _ = sample_tensors(1)
    answer = build_mc_network(config().model, 0)(begun)
    mean = (begun.lit1 + begun.warped2) / 2
    assert float((answer.image - mean).abs().mean()) < 0.05
    assert float(answer.gates.sum(dim=1).sub(1).abs().max()) < 1e-5
    assert bool(torch.isfinite(answer.camera).all()) and answer.image.shape == target.shape


@pytest.mark.parametrize(("deviation", "zoom"), [(0.0, 0.0), (0.05, 0.0), (0.0, 0.8), (0.03, 0.4)])
@pytest.mark.parametrize("seed", [0, 1, 4])
def test_augmentation_keeps_the_truth_exact(seed: int, deviation: float, zoom: float) -> None:
    """I2 by the flow is Igt, before and after; Igt by the flow of the other side is I2."""
    images, flows, masks = batch_of_one(2 + seed)
    settings = McAugmentConfig(exposure=0.0, homography=deviation, zoom=zoom)
    changed, moved, seen = changed_batch([np.random.default_rng(seed)], settings, images, flows, masks)

    def errors(pictures: dict[str, torch.Tensor], flow: dict[str, torch.Tensor]) -> list[float]:
        """Medians over what the flow leads to within the image, of both directions."""
        found = []
        for name, there, here in (("gt_to_2", "2", "gt"), ("2_to_gt", "gt", "2")):
            apart = (warp(pictures[there], flow[name]) - pictures[here]).abs().mean(dim=1)
            ends = inside(pixel_points(SIZE[1], SIZE[0], apart) + flow[name], (SIZE[1], SIZE[0]))[:, 0]
            found.append(float(apart[ends].median()))
        return found

    before, after = errors(images, flows), errors(changed, moved)
    assert all(b < a + 0.02 for a, b in zip(before, after, strict=True))
    assert (deviation == 0 and zoom == 0) == torch.equal(moved["gt_to_2"], flows["gt_to_2"])
    assert all(set(seen[name].unique().tolist()) <= {0.0, 1.0} for name in masks)


@pytest.mark.parametrize(("deviation", "zoom"), [(0.0, 0.8), (0.05, 0.0), (0.05, 0.8)])
def test_what_leaves_the_part_that_is_learned_from_is_not_visible(deviation: float, zoom: float) -> None:
    left = 0.0
    for seed in range(6):
        images, flows, masks = batch_of_one(seed)
        settings = McAugmentConfig(exposure=0.0, homography=deviation, zoom=zoom)
        before = zoomed([np.random.default_rng(seed)], zoom, images, flows, masks)[2]["visible"]
        _, moved, seen = changed_batch([np.random.default_rng(seed)], settings, images, flows, masks)
        within = inside(pixel_points(SIZE[1], SIZE[0], images["gt"]) + moved["gt_to_2"], (SIZE[1], SIZE[0]))
        assert not (seen["visible"].bool() & ~within.bool()).any()
        assert torch.equal(seen["visible"][within.bool()], before[within.bool()]), "and all else is as it was"
        left += float((before - seen["visible"]).sum())
    assert left > 0, "some of it does leave"


def test_an_enlarged_part_is_that_part() -> None:
    """A zoom of just twice: the mean of each square of four pixels is the pixel that was enlarged."""
    ramp = torch.arange(64.0).view(1, 1, 1, 64).expand(1, 3, 48, 64) / 64
    flow = torch.arange(64.0).view(1, 1, 1, 64).expand(1, 2, 48, 64)

    class Always(np.random.Generator):
        """Twice, from the middle."""

        def uniform(self, low: float = 0, high: float = 1, size: object = None) -> object:  # type: ignore[override]
            return high if size is None else np.full(2, 0.5)

    images = dict.fromkeys(("1", "2", "gt"), ramp)
    mask = (ramp[:, :1] > 0.5).float()
    near, moved, masks = zoomed([Always(np.random.PCG64())], 1.0, images, {"f": flow}, {"m": mask})
    twice = near["1"].unfold(3, 2, 2).mean(dim=-1)
    assert torch.allclose(twice, ramp[..., 16:48].expand(1, 3, 48, 32), atol=1e-5)
    assert torch.allclose(moved["f"][..., ::2], 2 * flow[..., 16:48])
    assert torch.equal(masks["m"][..., ::2], mask[..., 16:48].expand(1, 1, 48, 32))


@pytest.mark.parametrize("size", [(48, 64), (47, 63), (16, 17), (3, 5), (1, 1), (700, 40)])
def test_any_size_is_answered(size: tuple[int, int]) -> None:
    pipeline = McPipeline(config(), build_mc_network(config().model, 0))
    image1, image2 = (smooth_image(*size, shift=shift) for shift in (0.0, 0.7))
    answer = pipeline(image1, image2)
    assert answer.image.shape == image1.shape and answer.image.dtype == np.uint8
    assert answer.flow is not None and answer.flow.shape == (*size, 2) and np.isfinite(answer.flow).all()
    assert answer.mask is not None and answer.mask.shape == size
    assert answer.confidence is not None and 0 <= answer.confidence.min() <= answer.confidence.max() <= 1.001


@pytest.mark.slow
def test_one_pair_is_learned_by_heart(tmp_path: Path) -> None:
    one = {"synthetic": {"kind": "layered", "count": 1, "width": SIZE[0], "height": SIZE[1]}, "flip_horizontal": False}
    alone = config(data=one, augment={"colours": False, "exposure": 0}, train={"steps": 40})
    losses = train(alone, tmp_path / "run", progress=False).losses
    assert losses[-1] < losses[0] - 0.3


@pytest.mark.slow
def test_a_run_resumes_and_opens_as_a_method(tmp_path: Path) -> None:
    whole = train(config(), tmp_path / "run", progress=False)
    train(config(train={"steps": 6}), tmp_path / "halves", progress=False)
    rest = train(config(), tmp_path / "halves", progress=False)
    assert rest.start == 6 and rest.losses == pytest.approx(whole.losses[6:], rel=1e-5)
    assert trainable_of(str(tmp_path / "run")).name == "mc_aligner"
    method = open_run(tmp_path / "run", "mc_aligner", MethodOptions())
    sample = layered_triplet(9, 0, SIZE)
    answer = method.align(ImagePair(sample.image("1"), sample.image("2")))
    assert answer.flow is not None
    by_flow = backward_warp(sample.image("2"), answer.flow)
    assert psnr(by_flow, sample.image("2")) < 60 and answer.image.shape == by_flow.shape
    with pytest.raises(AlignError, match=r"holds no mc_aligner\.json"):
        McPipeline.from_pretrained(tmp_path)
    again = train(config(weights=str(tmp_path / "run"), train={"steps": 1}), tmp_path / "warm", progress=False)
    assert again.losses[0] != pytest.approx(whole.losses[0], rel=1e-3)


def test_without_weights_the_method_says_what_to_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained_aligner, "PACKAGED", tmp_path / "none")
    with pytest.raises(UnavailableError, match="give --checkpoint RUN of `dsia-gen train mc_aligner`"):
        open_method("mc_aligner", MethodOptions())
