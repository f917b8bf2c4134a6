"""I2 in the view of I1 before it is pasted: closed forms, conditions, and that a pipeline keeps all of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")

from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig, MotionConfig  # noqa: E402
from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline  # noqa: E402
from dsia_gen.align.methods.dmaligner.compensation import WARPED, open_compensation  # noqa: E402
from dsia_gen.align.methods.dmaligner.model import build_aligner  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_config import McConfig  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_network import build_mc_network  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline  # noqa: E402
from dsia_gen.align.weight_files import load_tensors  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from dsia_gen.core.image_metrics import psnr  # noqa: E402
from tests.align.make import aligner_config, make_pipeline, noise_image  # noqa: E402
from tests.align.methods.test_methods import pair  # noqa: E402

pytestmark = pytest.mark.torch
SMALL = {"widths": (8, 8, 8), "features": (8, 8), "windows": (3, 3), "head": 8}


def saved_mc(folder: Path) -> Path:
    """A motion-compensated aligner of a few thousand weights."""
    config = McConfig.model_validate({"name": "test", "model": SMALL})
    McPipeline(config, build_mc_network(config.model, 0)).save_pretrained(folder)
    return folder


def test_the_homography_takes_the_camera_out_and_the_gain_its_light() -> None:
    image1, image2, _ = pair()
    dimmed = np.rint(image2 * 0.8).astype(np.uint8)
    made = open_compensation(MotionConfig(light=True))(image1, dimmed)
    inner = (slice(16, -16), slice(16, -16))
    assert psnr(made[WARPED][inner], np.rint(image1 * 0.8)[inner]) > 32
    assert psnr(made["1"][inner], made[WARPED][inner]) > psnr(image1[inner], made[WARPED][inner]) + 5
    plain = open_compensation(MotionConfig(light=False))(image1, dimmed)
    assert np.array_equal(plain["1"], image1) and np.array_equal(plain[WARPED], made[WARPED])


def test_where_no_motion_is_found_both_images_stay_as_they_are() -> None:
    image1, image2 = noise_image(8, 8), noise_image(8, 8, seed=1)  # too small for DIS flow
    made = open_compensation(MotionConfig())(image1, image2)
    assert np.array_equal(made["1"], image1) and np.array_equal(made[WARPED], image2)


def test_v_m_is_made_of_the_compensated_image() -> None:
    v1, v2, warped = torch.randn(3, 1, 3, 8, 8)
    model = build_aligner(aligner_config(model={"motion": {}, "residual": "v_m"}).model, 3, 0)
    ones, zeros, logits = torch.ones(1, 1, 8, 8), torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)
    shown = model.masked(v1, v2, warped, ones, logits).latents.chunk(3, dim=1)
    assert [torch.equal(a, b) for a, b in zip(shown, (v1, v2, warped), strict=True)] == [True] * 3
    assert torch.equal(model.masked(v1, v2, warped, zeros, logits).base, v1)
    plain = build_aligner(aligner_config(model={"motion": {}, "mask": None, "residual": "v_m"}).model, 3, 0)
    found = plain.condition(v1, v2, warped)
    assert torch.equal(found.latents, torch.cat([v1, v2, warped], dim=1)) and torch.equal(found.base, warped)


@pytest.mark.parametrize("kind", ["homography", "mc_flow", "mc_answer"])
def test_a_saved_pipeline_brings_its_motion_along(kind: str, tmp_path: Path) -> None:
    weights = None if kind == "homography" else str(saved_mc(tmp_path / "mc"))
    pipeline = make_pipeline(model={"motion": {"kind": kind, "weights": weights}})
    pipeline.save_pretrained(tmp_path / "saved")
    for path in (tmp_path / "mc").glob("*"):
        path.unlink()
    again = DMAlignerPipeline.from_pretrained(tmp_path / "saved")
    assert again.hash() == pipeline.hash()
    images = noise_image(24, 32), noise_image(24, 32, seed=1)
    assert np.array_equal(again(*images).image, pipeline(*images).image)


def test_the_motion_is_part_of_the_hash_and_of_the_key(tmp_path: Path) -> None:
    motion = {"kind": "mc_flow", "weights": str(saved_mc(tmp_path / "mc"))}
    pipeline = make_pipeline(model={"motion": motion})
    before = pipeline.hash(), pipeline.motion.key()
    with torch.no_grad():
        next(pipeline.motion.aligner.network.parameters()).add_(1)
    assert pipeline.hash() != before[0] and pipeline.motion.key() != before[1]


def test_missing_weights_of_the_motion_are_named(tmp_path: Path) -> None:
    with pytest.raises(AlignError, match="nothing_here"):
        open_compensation(MotionConfig(kind="mc_flow", weights=str(tmp_path / "nothing_here")))


def test_configurations_from_before_have_no_motion_and_the_same_network(tmp_path: Path) -> None:
    document = aligner_config().model_dump(mode="json")
    del document["model"]["motion"], document["weights"], document["latents"], document["sampling"]["precision"]
    config = AlignerConfig.model_validate(document)
    assert config == aligner_config() and config.model.motion is None
    pipeline = make_pipeline()
    pipeline.save_pretrained(tmp_path)
    names = load_tensors(tmp_path / "aligner.safetensors")
    assert set(names) == set(build_aligner(config.model, 48, 0).state_dict())


@pytest.mark.parametrize("name", ["tiny_motion", "dmaligner_motion"])
def test_the_presets_with_motion_are_read(name: str) -> None:
    config = AlignerConfig.load(name)
    assert config.model.motion is not None and config.model.mask is not None
