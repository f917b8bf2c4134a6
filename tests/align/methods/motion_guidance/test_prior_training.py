"""The prior from its training to an edit and to rows of an evaluation; an aligner in its place; a run's card."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("cv2")

from pydantic import ValidationError  # noqa: E402

from dsia_gen.align.codecs.codec import LosslessCodec  # noqa: E402
from dsia_gen.align.diffusion.noise_schedule import build_noise_schedule  # noqa: E402
from dsia_gen.align.methods import METHODS, ImagePair, MethodOptions, UnavailableError, open_method  # noqa: E402
from dsia_gen.align.methods.learned_flow import flow_network  # noqa: E402
from dsia_gen.align.methods.learned_flow.flow_network import FlowNetwork  # noqa: E402
from dsia_gen.align.methods.learned_flow.flow_task import FlowTask  # noqa: E402
from dsia_gen.align.methods.motion_guidance.guidance_methods import sift_target  # noqa: E402
from dsia_gen.align.methods.motion_guidance.guidance_prior import AlignerPrior, UnconditionalPrior  # noqa: E402
from dsia_gen.align.methods.motion_guidance.guidance_runs import load_guide  # noqa: E402
from dsia_gen.align.methods.motion_guidance.prior_config import PriorConfig  # noqa: E402
from dsia_gen.align.methods.motion_guidance.prior_denoiser import build_prior_denoiser  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.align.training.trainable import open_run, trainable_of  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from tests.align.make import aligner_config, make_pipeline, noise_image  # noqa: E402
from tests.align.methods.learned_flow.test_flow_training import OneFlow  # noqa: E402
from tests.align.methods.learned_flow.test_flow_training import config as flow_config  # noqa: E402
from tests.align.methods.motion_guidance.make import GaussianPrior  # noqa: E402
from tests.align.methods.test_methods import HEIGHT, WIDTH, H, pair  # noqa: E402

pytestmark = pytest.mark.torch
SIZE = (24, 32)


def make_config(**changes: Any) -> PriorConfig:
    """A prior of a few thousand weights on synthetic samples of 32x24; `changes` are sections."""
    base = aligner_config().model_dump()
    document: dict[str, Any] = {
        "name": "test", "codec": {"kind": "lossless"}, "diffusion": {"timesteps": 100, "beta_end": 0.2},
        "unet": {"widths": [8, 8], "layers": 1, "attention": [False, False], "groups": 4},
        "guidance": {"step_size": 25, "repeats": 1, "side": 32}, "data": base["data"], "train": base["train"],
    }  # fmt: skip
    for section, values in changes.items():
        document[section] = {**document.get(section, {}), **values} if isinstance(values, dict) else values
    return PriorConfig.model_validate(document)


def saved_prior(folder: Path, **changes: Any) -> Path:
    """A prior with fresh weights."""
    config = make_config(**changes)
    codec = LosslessCodec()
    UnconditionalPrior(config, codec, build_prior_denoiser(config, codec.channels)).save_pretrained(folder)
    return folder


def shift(dx: float = 2, dy: float = 1) -> Any:
    flow = np.empty((*SIZE, 2), np.float32)
    flow[...] = dx, dy
    return flow


@pytest.fixture
def flow_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of `train flow` whose network answers with one flow."""
    monkeypatch.setattr(flow_network, "network_class", lambda name: OneFlow)
    FlowTask(flow_config()).export(FlowNetwork(OneFlow(1.0), "raft_small"), tmp_path)
    return tmp_path


def test_the_tiny_preset_guides_and_begins_where_something_can_be_seen() -> None:
    """Its noise grows sooner than the released one, so that the same shares of the timesteps would be noise alone."""
    tiny, released = PriorConfig.load("prior_tiny"), PriorConfig.load("prior")

    def ratio(config: PriorConfig, share: float) -> float:
        schedule = build_noise_schedule(config.target, config.diffusion)
        t = torch.tensor([int(share * schedule.timesteps)])
        alpha, sigma = schedule.alpha_sigma(t, torch.zeros(1, 1, 1, 1))
        return float(sigma / alpha)

    assert 1 < ratio(tiny, tiny.guidance.start_at) < 1.1 * ratio(released, released.guidance.start_at)
    assert ratio(tiny, tiny.guidance.start_at) < ratio(tiny, tiny.guidance.begin)
    assert ratio(tiny, tiny.guidance.begin) < ratio(released, released.guidance.begin)


@pytest.mark.slow
def test_a_prior_learns_to_denoise(tmp_path: Path) -> None:
    config = make_config(train={"steps": 80, "learning_rate": 1e-2, "ema": 0, "batch_size": 4})
    outcome = train(config, tmp_path / "run", progress=False)
    assert np.mean(outcome.losses[-10:]) < 0.7 * np.mean(outcome.losses[:10])
    assert set(outcome.validation) == {"psnr/denoised_0.1", "psnr/denoised_0.3", "psnr/denoised_0.5"}
    assert outcome.validation["psnr/denoised_0.1"] > outcome.validation["psnr/denoised_0.5"]
    assert trainable_of(str(tmp_path / "run")).name == "prior"
    card = (tmp_path / "run" / "README.md").read_text()
    assert "Geng and Owens" in card and "only the abstract was at hand" in card and "dsia-gen guide" in card
    opened = open_run(tmp_path / "run", "mine", MethodOptions(device="cpu"))
    assert (
        opened.info.name == "mine"
        and opened.settings["prior"] == UnconditionalPrior.from_pretrained(tmp_path / "run").hash()
    )


@pytest.mark.slow
def test_a_prior_with_a_deviation_begins_as_the_gaussian_one_and_learns(tmp_path: Path) -> None:
    config = make_config(deviation=0.6, train={"steps": 60, "learning_rate": 1e-2, "ema": 0, "batch_size": 4})
    codec = LosslessCodec()
    prior = UnconditionalPrior(config, codec, build_prior_denoiser(config, codec.channels))
    exact = GaussianPrior(0.0, 0.6)
    exact.schedule = prior.schedule
    z = torch.randn(1, 48, 6, 8)
    for t in (0, 30, 99):
        assert torch.allclose(prior.denoise(z, t), exact.denoise(z, t), atol=1e-5)
    outcome = train(config, tmp_path / "run", progress=False)
    assert 0.1 < outcome.losses[0] < 2, "an error of the linear estimate is one of its deviation"
    assert np.mean(outcome.losses[-8:]) < 0.9 * np.mean(outcome.losses[:8])
    with pytest.raises(ValidationError, match="needs target x0"):
        make_config(deviation=0.6, target="v")


@pytest.mark.slow
def test_a_training_goes_on_where_it_was_stopped_bit_for_bit(tmp_path: Path) -> None:
    train(make_config(train={"steps": 4}), tmp_path / "whole", progress=False)
    for steps in (2, 4):
        train(make_config(train={"steps": steps}), tmp_path / "parts", progress=False)
    hashes = {UnconditionalPrior.from_pretrained(tmp_path / name).hash() for name in ("whole", "parts")}
    assert len(hashes) == 1


def test_an_aligner_is_a_prior_that_knows_both_images(tmp_path: Path) -> None:
    pipeline = make_pipeline()
    pipeline.save_pretrained(tmp_path)
    loaded = load_guide(str(tmp_path), None, "cpu", ["step_size=250", "repeats=1"])
    assert isinstance(loaded.guide.prior, AlignerPrior)
    image1, image2 = noise_image(*SIZE), noise_image(*SIZE, seed=1)
    edit = loaded.guide.edit
    answers = [edit(image2, shift(), reference=image).image for image in (image1, image2)]
    assert not np.array_equal(*answers)
    assert np.array_equal(answers[0], edit(image2, shift(), reference=image1).image)
    assert edit(image2, shift()).image.shape == image2.shape, "without a reference it is the moved image"
    assert len({loaded.guide.prior.shown(image, image2).hash() for image in (image1, image2)}) == 2
    with pytest.raises(AlignError, match="reference and the image have different sizes"):
        edit(image2, shift(), reference=image1[:8])
    # without weight it draws what the aligner itself draws from that noise
    plain = load_guide(str(tmp_path), None, "cpu", ["step_size=250", "repeats=1", "weight=0"]).guide
    noise = torch.randn(1, 48, 6, 8)
    latents = [plain.prior.encode(image) for image in (image1, image2)]
    condition = pipeline.model.condition(*latents)
    time = torch.tensor([500])
    expected = pipeline.schedule.to_x0(pipeline.model.denoise(noise, time, condition), noise, time)
    assert torch.allclose(plain.prior.shown(image1, image2).denoise(noise, 500), expected, atol=1e-5)


def test_an_aligner_with_compensated_motion_is_a_prior(tmp_path: Path) -> None:
    make_pipeline(model={**aligner_config().model_dump()["model"], "motion": {"kind": "homography"}}).save_pretrained(
        tmp_path
    )
    guide = load_guide(str(tmp_path), None, "cpu", ["step_size=250", "repeats=1"]).guide
    found = guide.edit(noise_image(*SIZE, seed=1), shift(), reference=noise_image(*SIZE))
    assert found.image.shape == (*SIZE, 3)


def test_an_aligner_sees_large_images_at_the_size_of_the_edit(tmp_path: Path) -> None:
    make_pipeline().save_pretrained(tmp_path)
    guide = load_guide(str(tmp_path), None, "cpu", ["step_size=250", "repeats=1", "side=16"]).guide
    found = guide.edit(noise_image(*SIZE, seed=1), shift(), reference=noise_image(*SIZE))
    assert found.image.shape == (*SIZE, 3) and "16x12" in found.notes[0]


def test_a_run_of_flow_is_the_estimator(tmp_path: Path, flow_run: Path) -> None:
    folder = saved_prior(tmp_path / "prior")
    loaded = load_guide(str(folder), str(flow_run), "cpu")
    found = loaded.guide.edit(noise_image(*SIZE), shift(1, 1))
    assert found.flow is not None and np.allclose(found.flow, 1) and found.flow_error == pytest.approx(0, abs=1e-5)
    assert loaded.flow_hash and loaded.flow_hash != loaded.prior_hash
    own = saved_prior(tmp_path / "own", flow=str(flow_run))
    assert load_guide(str(own), None, "cpu").flow_hash == loaded.flow_hash
    with pytest.raises(AlignError, match=r"flow\.json"):
        load_guide(str(folder), str(tmp_path / "nothing"), "cpu")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["motion_guidance", "motion_guidance_exact"])
def test_rows_of_an_evaluation(name: str, tmp_path: Path) -> None:
    folder = saved_prior(tmp_path / "prior")
    options = MethodOptions(device="cpu", weights={"motion_guidance": str(folder)})
    method = open_method(name, options)
    image1, image2, _ = pair()
    flow = np.full((HEIGHT, WIDTH, 2), 1.5, np.float32)
    flow[:9] = np.nan
    hidden = np.zeros((HEIGHT, WIDTH), np.uint8)
    truth = {"flow_2_to_gt": flow, "occlusion_2_to_gt": hidden}
    given = ImagePair(image1, image2, truth if method.info.truth else {})
    answer = method.align(given)
    assert answer.image.shape == image2.shape and not np.array_equal(answer.image, image2)
    if method.info.truth:
        assert np.array_equal(answer.image, method.align(given).image)
    assert ("of the flow is unknown" in answer.note) == (name == "motion_guidance_exact")
    assert method.info.group == ("oracle" if method.info.truth else "synthesis")
    changed = open_method(name, dataclasses.replace(options, settings={"weight": 5.0}))
    assert changed.settings != method.settings


def test_the_camera_s_motion_is_the_homography_from_image_2_to_image_1() -> None:
    image1, image2, _ = pair()
    found = sift_target(ImagePair(image1, image2))
    assert found.flow is not None
    grid = np.stack(np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT)), axis=-1).astype(float)
    lifted = np.concatenate([grid, np.ones_like(grid[..., :1])], axis=-1) @ np.linalg.inv(H).T
    exact = lifted[..., :2] / lifted[..., 2:] - grid
    assert np.median(np.linalg.norm(found.flow - exact, axis=-1)) < 0.5


def test_without_a_homography_i2_is_the_answer_with_a_note(tmp_path: Path) -> None:
    folder = saved_prior(tmp_path / "prior")
    method = open_method("motion_guidance", MethodOptions(device="cpu", weights={"motion_guidance": str(folder)}))
    grey = np.full((*SIZE, 3), 90, np.uint8)
    for images in ((grey, grey), (noise_image(1, 1), noise_image(1, 1, seed=1))):
        answer = method.align(ImagePair(*images))
        assert np.array_equal(answer.image, images[1]) and "answered with I2" in answer.note


@pytest.mark.parametrize("name", ["motion_guidance", "motion_guidance_exact"])
def test_without_weights_a_method_says_what_to_give(name: str) -> None:
    with pytest.raises(UnavailableError, match="train prior"):
        open_method(name, MethodOptions())
    assert name in METHODS


@pytest.mark.parametrize(("changes", "message"), [
    ({"wheight": 3}, "did you mean 'weight'"), ({"repeats": 0}, "repeats"), ({"step_size": 5000}, "lower it"),
    ({"start": "middle"}, "start"), ({"weight": float("nan")}, "weight"), ({"eta": 0.5}, "eta"),
])  # fmt: skip
def test_settings_that_are_none_are_refused(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    folder = saved_prior(tmp_path / "prior")
    with pytest.raises(AlignError, match=message):
        open_method(
            "motion_guidance", MethodOptions(device="cpu", weights={"motion_guidance": str(folder)}, settings=changes)
        )


def test_a_folder_without_a_prior_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AlignError, match="holds no weights"):
        load_guide(str(tmp_path), None, "cpu")
    folder = saved_prior(tmp_path / "prior")
    train(make_config(train={"steps": 2, "checkpoint_every": 1}), tmp_path / "run", progress=False)
    shutil.rmtree(tmp_path / "run" / "pipeline")
    with pytest.raises(AlignError, match="is not finished"):
        load_guide(str(tmp_path / "run"), None, "cpu")
    (folder / "prior.safetensors").write_bytes(b"no")
    with pytest.raises(AlignError, match="not a sound safetensors"):
        load_guide(str(folder), None, "cpu")
