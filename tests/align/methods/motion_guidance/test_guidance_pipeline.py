"""Edits whole: a blob that is moved by a prior in closed form, what is kept, and input that is out of the ordinary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("cv2")

from hypothesis import given  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from dsia_gen.align.methods.motion_guidance.flow_estimators import CentroidFlow  # noqa: E402
from dsia_gen.align.methods.motion_guidance.guidance_pipeline import MotionGuide, moved_image, unmoved  # noqa: E402
from dsia_gen.align.methods.motion_guidance.motion_energy import MotionEnergy  # noqa: E402
from dsia_gen.align.step_progress import silent  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from dsia_gen.core.image_metrics import psnr  # noqa: E402
from tests.align.make import noise_image  # noqa: E402
from tests.align.methods.motion_guidance.make import (  # noqa: E402
    HEIGHT,
    MOVE,
    WIDTH,
    GaussianPrior,
    blob,
    displacement,
    settings,
    square,
)

pytestmark = pytest.mark.torch


def guide(**changes: Any) -> MotionGuide:
    return MotionGuide(GaussianPrior(), None, settings(**changes))


def quick(**changes: Any) -> MotionGuide:
    return guide(**{"step_size": 250, "repeats": 1, **changes})


def shift(dx: float, dy: float, size: tuple[int, int] = (HEIGHT, WIDTH)) -> Any:
    flow = np.empty((*size, 2), np.float32)
    flow[...] = dx, dy
    return flow


def test_a_blob_follows_its_flow() -> None:
    """Below half a pixel and above 25 dB with three repeats; and three are no worse than one."""
    source, flow, moved = blob()
    found = {repeats: guide(repeats=repeats).edit(source, flow).image for repeats in (3, 1)}
    quality = {repeats: psnr(image, moved, square(MOVE)) for repeats, image in found.items()}
    assert np.linalg.norm(displacement(source, found[3]) - MOVE) < 0.5
    assert quality[3] > 25 and quality[3] >= quality[1]
    assert np.linalg.norm(displacement(source, source)) < 0.1 and psnr(source, moved, square(MOVE)) < 12


def test_an_estimator_alone_moves_a_blob() -> None:
    """Without colours: the centroid of what differs from grey goes where it is sent."""
    source, flow, _ = blob()
    first = torch.from_numpy(source).permute(2, 0, 1)[None] / 255
    wanted = torch.tensor(MOVE).float().view(1, 2, 1, 1).expand(1, 2, HEIGHT, WIDTH)
    estimator = CentroidFlow(torch.full((1, 3, 1, 1), 128 / 255))
    maker = MotionGuide(GaussianPrior(), estimator, settings(colour_weight=0))
    energy = MotionEnergy(first, wanted, None, estimator, maker.config)
    latents, skipped = maker.sample(source, wanted, unmoved(flow, 2), energy, 0, silent)
    went = energy(maker.prior.decode(latents, (HEIGHT, WIDTH))).flow[0, :, 0, 0].numpy()
    assert np.linalg.norm(went - MOVE) < 0.5 and not skipped


def test_a_mask_that_keeps_everything_keeps_everything() -> None:
    image = noise_image(HEIGHT, WIDTH)
    found = quick().edit(image, shift(3, 1), keep=np.ones((HEIGHT, WIDTH), bool))
    assert np.array_equal(found.image, image) and "nothing is edited" in found.notes[0]


@pytest.mark.parametrize("source_latents", ["inverted", "noised"])
def test_what_is_kept_is_the_source_bit_for_bit(source_latents: str) -> None:
    source, flow, _ = blob()
    found = quick(source_latents=source_latents).edit(source, flow)
    assert found.kept is not None and found.kept.any() and not found.kept.all()
    assert np.array_equal(found.image[found.kept], source[found.kept])
    assert not np.array_equal(found.image[~found.kept], source[~found.kept])


def test_without_a_mask_what_is_far_from_the_motion_is_kept() -> None:
    _, flow, _ = blob()
    kept = unmoved(flow, 2)
    touched = square() | square(MOVE)
    assert not kept[touched].any()
    grown = torch.nn.functional.max_pool2d(torch.from_numpy(touched)[None, None].float(), 5, 1, 2)[0, 0].numpy() > 0
    assert np.array_equal(kept, ~grown)
    assert unmoved(np.zeros_like(flow), 2).all() and not unmoved(shift(1, 0), 2).any()


def test_a_flow_of_zero_keeps_the_image() -> None:
    image = noise_image(HEIGHT, WIDTH)
    assert np.array_equal(quick().edit(image, shift(0, 0)).image, image)


def test_one_seed_gives_one_answer() -> None:
    source, flow, _ = blob()
    first, again, other = (quick().edit(source, flow, seed=seed).image for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize("start", ["inverted", "warped"])
def test_sampling_may_begin_with_the_source(start: str) -> None:
    source, flow, moved = blob()
    found = guide(start=start, repeats=1, step_size=50).edit(source, flow)
    assert psnr(found.image, moved, square(MOVE)) > 20


def test_a_start_of_which_noise_leaves_nothing_is_told() -> None:
    """The share that is left is alpha; at 0.9 of the released schedule it is below two hundredths."""
    source, flow, _ = blob()
    late = quick(start="warped", start_at=0.9).edit(source, flow)
    assert any("of the moved source are left" in note for note in late.notes)
    assert not quick(start="warped", start_at=0.6).edit(source, flow).notes
    assert not quick(start="noise", start_at=0.9).edit(source, flow).notes


def test_the_moved_source_is_where_warped_begins() -> None:
    source, flow, moved = blob()
    found = moved_image(source, torch.from_numpy(flow).permute(2, 0, 1)[None])
    assert np.array_equal(found[square(MOVE)], moved[square(MOVE)])
    assert (found[square() & ~square(MOVE)] != source[square() & ~square(MOVE)]).any(), "no ghost stays behind"
    still = ~(square() | square(MOVE))
    assert np.array_equal(found[still], source[still])


def test_an_inverted_source_is_kept_for_the_next_edit_and_the_next_run(tmp_path: Path) -> None:
    source, flow, _ = blob()

    class Counting(GaussianPrior):
        count = 0

        def denoise(self, z: Any, t: int) -> Any:
            type(self).count += not z.requires_grad and not torch.is_grad_enabled()
            return super().denoise(z, t)

    def edit(maker: MotionGuide) -> tuple[Any, int]:
        before = Counting.count
        return maker.edit(source, flow).image, Counting.count - before

    config = settings(step_size=250, repeats=1, latents=str(tmp_path / "kept"))
    maker = MotionGuide(Counting(), None, config)
    (first, cost), (second, less) = edit(maker), edit(maker)
    third, other_run = edit(MotionGuide(Counting(), None, config))
    assert cost - less == 4 and other_run == less
    assert np.array_equal(first, second) and np.array_equal(first, third)
    assert len(list((tmp_path / "kept").glob("*.safetensors"))) == 1
    (broken,) = (tmp_path / "kept").glob("*.safetensors")
    broken.write_bytes(b"broken")
    again, _ = edit(MotionGuide(Counting(), None, config))
    assert np.array_equal(again, first), "what cannot be read is made again"
    other = MotionGuide(Counting(), None, settings(step_size=200, repeats=1, latents=str(tmp_path / "kept")))
    edit(other)
    assert len(list((tmp_path / "kept").glob("*.safetensors"))) == 2, "other steps, other latents"


def test_large_images_are_edited_smaller_and_keep_what_is_kept() -> None:
    source, flow, _ = blob()
    large = source.repeat(2, axis=0).repeat(2, axis=1)
    large_flow = flow.repeat(2, axis=0).repeat(2, axis=1) * 2
    found = guide(side=WIDTH, repeats=1, step_size=50).edit(large, large_flow)
    assert found.image.shape == large.shape and "48x32" in found.notes[0]
    small = found.image.reshape(HEIGHT, 2, WIDTH, 2, 3).mean(axis=(1, 3))
    assert np.linalg.norm(displacement(source, small) - MOVE) < 0.5
    assert found.kept is not None and np.array_equal(found.image[found.kept], large[found.kept])


def test_an_unknown_part_of_the_flow_is_told() -> None:
    image, flow = noise_image(HEIGHT, WIDTH), shift(2, 0)
    flow[:8], flow[8, 0] = np.nan, np.inf
    found = quick().edit(image, flow)
    assert "25.1% of the flow is unknown" in found.notes[0]


@pytest.mark.parametrize(("change", "message"), [
    ({"flow": shift(1, 0, (8, 8))}, "flow and the image have different sizes, 8x8 and 48x32"),
    ({"flow": shift(1, 0) * np.nan}, "unknown at every pixel"),
    ({"flow": shift(1, 0)[..., 0]}, "height, width, 2"),
    ({"keep": np.ones((3, 4), bool)}, "mask and the image have different sizes, 4x3 and 48x32"),
    ({"image": np.zeros((HEIGHT, WIDTH, 4), np.uint8)}, "8-bit RGB"),
])  # fmt: skip
def test_what_does_not_fit_is_said(change: dict[str, Any], message: str) -> None:
    given_values = {"image": noise_image(HEIGHT, WIDTH), "flow": shift(1, 0), "keep": None, **change}
    with pytest.raises(AlignError, match=message):
        quick().edit(given_values["image"], given_values["flow"], keep=given_values["keep"])


@given(
    st.integers(1, 20), st.integers(1, 20), st.booleans(),
    st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.sampled_from(["noise", "inverted", "warped"]),
)  # fmt: skip
@hypothesis_settings(max_examples=40, deadline=None)
def test_any_image_has_an_answer_of_its_size(
    height: int, width: int, flat: bool, dx: float, dy: float, start: str
) -> None:
    image = np.full((height, width, 3), 90, np.uint8) if flat else noise_image(height, width)
    found = quick(start=start).edit(image, shift(dx, dy, (height, width)))
    assert found.image.shape == image.shape and found.image.dtype == np.uint8
    if flat or (height, width) == (1, 1):
        assert np.array_equal(found.image, image) and found.notes


def test_a_weight_beyond_all_measure_is_a_sentence_or_an_answer() -> None:
    source, flow, _ = blob()
    found = quick(weight=1e9, clip=1e6, colour_weight=1e6)
    try:
        assert np.isfinite(found.edit(source, flow).image.astype(float)).all()
    except AlignError as error:
        assert "lower guidance.weight" in str(error)
