"""Trainings in half precision learn what they learn in single precision: positions and cosines keep their digits."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")
pytest.importorskip("diffusers")

from dsia_gen.align.matching.correlation import global_correlation, mutual, soft_argmax  # noqa: E402
from dsia_gen.align.matching.geometry import look_up, pixel_points, warp  # noqa: E402
from dsia_gen.align.matching.similarity import ssim_of  # noqa: E402
from tests.align.training.matching_tasks import KINDS, gradients, make_batch, make_task  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", [0, 3])
def test_a_loss_and_its_gradient_are_those_of_single_precision(kind: str, step: int, tmp_path: Path) -> None:
    losses, found = [], []
    for half in (False, True):
        task = make_task(kind, tmp_path / str(half))
        task.at_step(step)
        batch = make_batch(task, range(2))
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss, _ = task.phases[0].loss(task.phases[0].module, batch)
        loss.backward()
        losses.append(loss.item())
        found.append(torch.cat([g.flatten() for _, g in sorted(gradients(task).items())]))
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
    assert torch.nn.functional.cosine_similarity(*found, dim=0) > 0.9


def test_positions_and_cosines_are_as_exact_as_without() -> None:
    generator = torch.Generator().manual_seed(0)
    image, features = torch.rand(1, 3, 40, 300, generator=generator), torch.randn(1, 16, 6, 9, generator=generator)
    other = features + 0.02 * torch.randn(features.shape, generator=generator)
    flow = 3 * torch.randn(1, 2, 40, 300, generator=generator)

    def answers() -> list[torch.Tensor]:
        correlation = global_correlation(features, other)
        rows = [f[0].flatten(1).T for f in (features, other)]
        return [
            warp(image, flow), correlation, soft_argmax(correlation, (6, 9), (6, 9), 0.02), mutual(*rows)[2],
            ssim_of(image, image * 0.9),
        ]  # fmt: skip

    exact = answers()
    with torch.autocast("cpu", torch.bfloat16):
        half = answers()
    for number, (a, b) in enumerate(zip(exact, half, strict=True)):
        assert a.dtype == b.dtype == torch.float32 and torch.equal(a, b), number


def test_images_and_points_in_half_precision_are_looked_up_in_single() -> None:
    image = torch.rand(1, 2, 5, 7).bfloat16()
    read = look_up(image, pixel_points(5, 7, image))
    assert read.dtype == torch.float32 and torch.allclose(read, image.float(), atol=1e-5)
    assert look_up(image.double(), pixel_points(5, 7, image)).dtype == torch.float64
