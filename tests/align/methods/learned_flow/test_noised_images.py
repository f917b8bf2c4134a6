"""Images estimated from noise: the estimate that no other linear one beats, and which images are left as they are."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.methods.learned_flow.noised_images import estimated, partly_noised  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("level", [0.1, 0.5])
def test_no_multiple_of_the_noised_image_is_nearer_to_the_image(level: float) -> None:
    generator = torch.Generator().manual_seed(1)
    images, noise = 0.5 * torch.randn(1, 3, 64, 64, generator=generator), torch.randn(1, 3, 64, 64, generator=generator)
    small = images.clamp(-0.9, 0.9)

    def error(factor: float) -> float:
        return float((factor * estimated(small, noise, torch.tensor([level])) - small).square().mean())

    assert error(1.0) < min(error(0.85), error(1.15))
    trust = 0.25 / (0.25 + level**2)
    assert error(1.0) == pytest.approx(0.25 * (1 - trust), rel=0.25), (
        "the error that is left, of values of deviation 0.5"
    )


def test_a_share_of_the_images_is_noised_and_the_rest_keeps_its_bits() -> None:
    images = torch.rand(200, 1, 2, 2, generator=torch.Generator().manual_seed(2)) * 2 - 1
    found = partly_noised(images, range(200), 0, 0.5)
    same = (found == images).flatten(1).all(dim=1)
    assert 70 < int(same.sum()) < 130
    assert torch.equal(partly_noised(images[50:60], range(50, 60), 0, 0.5), found[50:60]), (
        "a sample's own position decides"
    )
    assert not (partly_noised(images, range(200), 0, 1.0) == images).flatten(1).all(dim=1).any()
    assert float(found.abs().max()) <= 1
