"""The training loop: what it leaves, exact resume, and how it stops."""

from __future__ import annotations

import json
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch")

from dsia_gen.align.codecs.codec import LosslessCodec, load_codec  # noqa: E402
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig  # noqa: E402
from dsia_gen.align.methods.dmaligner.aligner_task import AlignerTask  # noqa: E402
from dsia_gen.align.methods.dmaligner.losses import total_loss  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_task import McTask  # noqa: E402
from dsia_gen.align.training import data as data_module  # noqa: E402
from dsia_gen.align.training.checkpoint import checkpoints  # noqa: E402
from dsia_gen.align.training.data import Triplets, collate  # noqa: E402
from dsia_gen.align.training.ema import ema_model  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.align.training.run_config import TrainConfig  # noqa: E402
from dsia_gen.align.training.synthetic import SyntheticTriplets  # noqa: E402
from dsia_gen.align.training.task import Validation  # noqa: E402
from dsia_gen.align.training.trainer import has_dilated_convolutions, rate  # noqa: E402
from dsia_gen.align.weight_files import load_tensors  # noqa: E402
from dsia_gen.core.errors import AlignError, StorageError  # noqa: E402
from tests.align.make import aligner_config, codec_config  # noqa: E402
from tests.align.methods.mc_aligner.make import mc_config  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.slow]


def batch_of(config: Any, count: int = 2) -> Any:
    triplets = Triplets(SyntheticTriplets(config.data.synthetic), config.data, 0, 8)
    return collate([triplets[k] for k in range(count)]).to(torch.device("cpu"))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_resumed_run_has_the_losses_of_an_uninterrupted_one(precision: str, tmp_path: Path) -> None:
    settings = {"steps": 6, "accumulate": 2, "precision": precision}
    whole = train(aligner_config(train=settings), tmp_path / "whole", progress=False)
    train(aligner_config(train={**settings, "steps": 3}), tmp_path / "cut", progress=False)
    rest = train(aligner_config(train=settings), tmp_path / "cut", progress=False)
    assert (rest.start, len(rest.losses)) == (3, 3)
    assert rest.losses == whole.losses[3:]
    for name in ("model", "ema", "optimizer"):
        a, b = (load_tensors(checkpoints(tmp_path / run)[-1] / f"{name}.safetensors") for run in ("whole", "cut"))
        assert all(torch.equal(a[key], b[key]) for key in a)


def test_what_a_run_leaves(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    config = aligner_config(train={"checkpoint_every": 1, "keep": 2, "validate_every": 2})
    outcome = train(config, tmp_path, progress=False)
    assert len(outcome.losses) == 4
    assert [path.name for path in checkpoints(tmp_path)] == ["step_00000003", "step_00000004"]
    assert yaml.safe_load((tmp_path / "config.yaml").read_text()) == config.model_dump(mode="json")
    state = json.loads((checkpoints(tmp_path)[-1] / "state.json").read_text())
    assert (state["step"], state["config"]) == (4, config.model_dump(mode="json"))
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    scalars, images = events.Tags()["scalars"], events.Tags()["images"]
    assert {"loss/total", "loss/denoising", "loss/mask", "mask/iou", "rate", "validation/psnr/answer"} <= set(scalars)
    assert [e.step for e in events.Scalars("loss/total")] == [1, 2, 3, 4]
    assert images == ["panels/0"]
    panel = events.Images("panels/0")[0]
    assert (panel.width, panel.height) == (6 * 32, 24)  # I1, I2, Igt, answer, mask, true mask
    card = (tmp_path / "README.md").read_text()
    assert (tmp_path / "pipeline" / "README.md").read_text() == card
    for words in ("gamma = 0.5", "D = 3", "dynamic_union", "psnr/answer", "learning_rate: 0.001"):
        assert words in card


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    data = {"synthetic": {"count": 1, "width": 32, "height": 24}, "flip_horizontal": False, "flip_vertical": False}
    config = aligner_config(data={**data, "crop": None}, train={"steps": 60, "learning_rate": 5e-3})
    losses = train(config, tmp_path, progress=False).losses
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])


@pytest.mark.parametrize("target", ["x0", "epsilon", "v", "flow"])
@pytest.mark.parametrize("masked", [True, False])
def test_every_row_of_table_4_trains(target: str, masked: bool) -> None:
    base = aligner_config().model_dump()["model"]
    config = aligner_config(model={"target": target, **({} if masked else {"mask": None})})
    assert base["mask"] is not None
    task = AlignerTask(config, LosslessCodec())
    loss, scalars = task.loss(task.phases[0].module, batch_of(config))
    loss.backward()
    assert ("loss/mask" in scalars) == masked
    assert all(p.grad is not None for p in task.phases[0].module.parameters())


def test_image_and_latent_losses_are_one_for_the_lossless_codec_without_a_mask() -> None:
    values = []
    for domain in ("image", "latent"):
        config = aligner_config(losses={"domain": domain}, model={"mask": None})
        task = AlignerTask(config, LosslessCodec())
        values.append(task.loss(task.phases[0].module, batch_of(config))[0].item())
    assert values[0] == pytest.approx(values[1], rel=1e-5)


def test_the_loss_is_eq_12_of_its_logged_parts() -> None:
    config = aligner_config(losses={"domain": "image", "denoising": 3.0, "mask": 0.7})
    task = AlignerTask(config, LosslessCodec())
    loss, scalars = task.loss(task.phases[0].module, batch_of(config))
    expected = total_loss(scalars["loss/denoising"], scalars["loss/mask"], config.losses)
    assert loss.item() == pytest.approx(expected.item())


@pytest.mark.parametrize(("changes", "reached"), [({"denoising": 0.0}, True), ({"mask": 0.0, "denoising": 0.0}, False)])
def test_the_mask_loss_reaches_the_predictor(changes: dict[str, float], reached: bool) -> None:
    config = aligner_config(losses=changes)
    task = AlignerTask(config, LosslessCodec())
    model: Any = task.phases[0].module
    task.loss(model, batch_of(config))[0].backward()
    assert (sum(float(p.grad.abs().sum()) for p in model.mask.parameters()) > 0) == reached


def test_the_decoder_lets_gradients_through_but_does_not_learn(tmp_path: Path) -> None:
    from dsia_gen.align.codecs.codec import build_codec

    codec = build_codec(codec_config().codec)
    config = aligner_config(losses={"domain": "image", "checkpoint_decoder": True})
    task = AlignerTask(config, codec)
    task.loss(task.phases[0].module, batch_of(config))[0].backward()
    assert all(p.grad is None for p in codec.parameters())
    assert all(p.grad is not None for p in task.phases[0].module.parameters())


def test_accumulation_is_a_larger_batch(tmp_path: Path) -> None:
    """Without a mask every sample counts alike, so two passes of two are one pass of four."""
    model = {**aligner_config().model_dump()["model"], "mask": None}
    runs = []
    for batch_size, accumulate in ((4, 1), (2, 2)):
        settings = {"batch_size": batch_size, "accumulate": accumulate, "steps": 3}
        run = tmp_path / str(accumulate)
        runs.append(train(aligner_config(model=model, train=settings), run, progress=False).losses)
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-4)


def test_another_configuration_is_refused(tmp_path: Path) -> None:
    train(aligner_config(train={"steps": 1}), tmp_path, progress=False)
    with pytest.raises(AlignError) as caught:
        changed = aligner_config(losses={"gamma": 0.9}, train={"learning_rate": 0.5, "steps": 2})
        train(changed, tmp_path, progress=False)
    assert "losses.gamma is 0.9 here and 0.5 in the checkpoint" in str(caught.value)
    assert "train.learning_rate" in str(caught.value)
    assert "train.steps" not in str(caught.value)
    with pytest.raises(AlignError, match="another configuration"):
        train(codec_config(), tmp_path, progress=False)


def test_nan_stops_the_run_and_keeps_the_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loss = AlignerTask.loss

    def poisoned(self: AlignerTask, model: Any, batch: Any) -> Any:
        value, scalars = loss(self, model, batch)
        return value * (float("nan") if 4 in batch.positions else 1), scalars

    monkeypatch.setattr(AlignerTask, "loss", poisoned)
    with pytest.raises(AlignError, match=r"not a number at step 2; .*lower train.learning_rate"):
        train(aligner_config(train={"checkpoint_every": 1}), tmp_path, progress=False)
    saved = load_tensors(tmp_path / "nan" / "step_00000002_0.safetensors")
    assert saved["0/image_gt"].shape == (2, 3, 16, 16)
    notes = json.loads((tmp_path / "nan" / "step_00000002_0.json").read_text())
    assert notes["batches"][0]["positions"] == [4, 5]
    assert len(notes["batches"][0]["samples"]) == 2
    assert [path.name for path in checkpoints(tmp_path)] == ["step_00000001", "step_00000002"]
    assert all(v.isfinite().all() for v in load_tensors(checkpoints(tmp_path)[-1] / "model.safetensors").values())


def test_a_corrupt_sample_in_the_middle_is_counted_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Damaged(SyntheticTriplets):
        def __getitem__(self, index: int) -> Any:
            sample: Any = super().__getitem__(index)
            if index == 3:
                object.__setattr__(sample, "images", Missing(sample.id))
            return sample

    class Missing:
        def __init__(self, name: str) -> None:
            self.name = name

        def __getitem__(self, role: str) -> Any:
            raise StorageError(f"cannot read {self.name}/{role}.png: there is no such file or folder")

    monkeypatch.setattr(data_module, "SyntheticTriplets", Damaged)
    outcome = train(aligner_config(train={"steps": 5}), tmp_path, progress=False)
    assert len(outcome.losses) == 5
    [(reason, count)] = outcome.skipped.items()
    assert reason.startswith("synthetic_0_00003: cannot read")
    assert count == 2  # ten samples of five: two epochs
    assert json.loads((tmp_path / "skipped.json").read_text()) == {reason: 2}
    assert reason in (tmp_path / "README.md").read_text()
    again = train(aligner_config(train={"steps": 10}), tmp_path, progress=False)
    assert again.skipped == {reason: 4}  # counted over interruptions


def test_out_of_memory_names_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def large(self: AlignerTask, model: Any, batch: Any) -> Any:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    monkeypatch.setattr(AlignerTask, "loss", large)
    with pytest.raises(AlignError, match=r"lower train.batch_size .*checkpoint_decoder.*losses.domain to latent"):
        train(aligner_config(), tmp_path, progress=False)


def test_a_crop_that_the_network_cannot_divide_is_refused() -> None:
    with pytest.raises(AlignError, match="20x16 must be a multiple of 8"):
        AlignerTask(aligner_config(data={"crop": [20, 16]}), LosslessCodec())


def test_the_rate() -> None:
    config = TrainConfig(steps=110, warmup=10, decay="cosine")
    assert [rate(s, config) for s in (0, 9, 10)] == [0.1, 1.0, 1.0]
    assert rate(60, config) == pytest.approx(0.5)
    assert rate(110, config) == pytest.approx(0)
    assert rate(100, config.model_copy(update={"decay": "constant"})) == 1.0


def test_the_ema_follows_the_weights_as_its_recurrence_says() -> None:
    module = torch.nn.BatchNorm1d(1)
    torch.nn.init.constant_(module.weight, 1.0)
    ema = ema_model(module, decay=0.9)
    expected = 1.0
    for k in range(1, 200):
        torch.nn.init.constant_(module.weight, float(k))
        module.running_mean.fill_(k)
        ema.update_parameters(module)
        decay = min(0.9, k / (k + 9))
        expected = decay * expected + (1 - decay) * k
        assert ema.module.weight.item() == pytest.approx(expected, rel=1e-6)
        assert ema.module.running_mean.item() == k
    resumed = ema_model(ema.module, decay=0.9, step=199)
    for averaged in (ema, resumed):
        averaged.update_parameters(module)
    assert torch.equal(resumed.module.weight, ema.module.weight)


def test_the_ema_has_the_schedule_of_diffusers_from_its_second_step_on() -> None:
    from diffusers.training_utils import EMAModel

    theirs = EMAModel([torch.nn.Parameter(torch.zeros(1))], decay=0.9999)
    assert theirs.get_decay(1) == 0.0
    for k in (2, 3, 50, 10**6):
        assert theirs.get_decay(k) == min(0.9999, k / (k + 9))


def test_the_codec_learns(tmp_path: Path) -> None:
    config = codec_config(train={"steps": 40, "learning_rate": 5e-3}, losses={"ssim": 0.1})
    outcome = train(config, tmp_path, progress=False)
    assert np.mean(outcome.losses[-5:]) < 0.8 * np.mean(outcome.losses[:5])
    assert outcome.validation["psnr/reconstruction"] > 8
    assert 0 < outcome.validation["codes/share_used"] <= 1
    assert load_codec(tmp_path / "codec").factor == 2
    assert "VQ-VAE" in (tmp_path / "README.md").read_text()


def test_the_discriminator_enters_at_its_step_and_resumes(tmp_path: Path) -> None:
    losses = {"adversarial": 0.1, "adversarial_start": 2, "discriminator_width": 4}
    whole = train(codec_config(losses=losses, train={"steps": 5}), tmp_path / "whole", progress=False)
    train(codec_config(losses=losses, train={"steps": 3}), tmp_path / "cut", progress=False)
    rest = train(codec_config(losses=losses, train={"steps": 5}), tmp_path / "cut", progress=False)
    assert rest.losses == whole.losses[3:]
    tensors = load_tensors(checkpoints(tmp_path / "whole")[-1] / "optimizer.safetensors")
    assert tensors["discriminator/0/step"].item() == 3
    assert tensors["codec/0/step"].item() == 5


def test_the_codebook_begins_at_latents_of_the_data() -> None:
    from dsia_gen.align.codecs.codec_task import CodecTask

    config = codec_config()
    task = CodecTask(config)
    batch = batch_of(config)
    task.begin(batch)
    with torch.no_grad():
        latents = task.codec.encode(torch.cat([batch.images[role] for role in ("1", "2", "gt")]))
        _, codes, _ = task.codec.lookup(latents)
        assert (codes - latents).square().mean() < latents.var(dim=(0, 2, 3)).mean()


def test_an_aligner_trains_on_a_trained_codec(tmp_path: Path) -> None:
    train(codec_config(train={"steps": 1}), tmp_path / "codec", progress=False)
    codec = {**codec_config().codec.model_dump(), "weights": str(tmp_path / "codec")}
    config = aligner_config(losses={"domain": "image"}, train={"steps": 1})
    config = type(config).model_validate({**config.model_dump(), "codec": codec})
    validation = train(config, tmp_path / "run", progress=False).validation
    assert 0 < validation["psnr/codec"] < 60  # the bound is told
    a, b = (load_codec(tmp_path / run / "codec").state_dict() for run in ("codec", "run"))
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_overfitting_beats_both_copies_and_the_exact_warp(tmp_path: Path) -> None:
    """The preset with fewer steps of a smaller network, on one synthetic pair."""
    small = ["model.unet.widths=[16,32]", "model.unet.groups=8", "model.unet.attention=[false,false]"]
    data = ["data.synthetic.count=1", "data.synthetic.width=48", "data.synthetic.height=32", "train.device=cpu"]
    steps = ["train.steps=120", "train.batch_size=2", "train.learning_rate=4e-3", "train.warmup=10", "train.ema=0.9"]
    config = AlignerConfig.load("tiny_overfit", [*small, *data, *steps, "train.validate_every=0"])
    found = train(config, tmp_path, progress=False).validation
    assert "psnr/codec" not in found  # infinite
    assert found["psnr/answer"] > 1 + max(found["psnr/copy_1"], found["psnr/copy_2"])
    assert found["psnr_occluded/answer"] > found["psnr_occluded/warp"]  # there, a copy of I1 is exact


def test_a_compiled_step_learns_what_a_plain_one_learns(tmp_path: Path) -> None:
    plain, compiled = (
        train(aligner_config(train={"steps": 2, "compile": kind}), tmp_path / kind, progress=False).losses
        for kind in ("none", "aot_eager")
    )
    assert compiled == pytest.approx(plain, rel=1e-5)
    names = [
        set(load_tensors(checkpoints(tmp_path / kind)[-1] / "model.safetensors")) for kind in ("none", "aot_eager")
    ]
    assert names[0] == names[1], "a checkpoint does not depend on the compiler"


def test_trackers_are_those_asked_for(tmp_path: Path) -> None:
    train(aligner_config(train={"steps": 1, "trackers": ()}), tmp_path / "none", progress=False)
    assert not (tmp_path / "none" / "tensorboard").exists()
    if find_spec("wandb") is None:
        with pytest.raises(AlignError, match=r"train\.trackers asks for wandb; install it with: pip install wandb"):
            train(aligner_config(train={"steps": 1, "trackers": ["wandb"]}), tmp_path / "wandb", progress=False)


def test_the_layout_that_is_unsound_on_cpus_is_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    losses = []
    for layout in (False, True):
        config = aligner_config(
            train={"steps": 2, "precision": "bf16", "channels_last": layout},
            model={"mask": {"window": 3, "width": 8, "layers": 2}},  # the second layer is dilated
        )
        losses.append(train(config, tmp_path / str(layout), progress=False).losses)
    assert losses[0] == losses[1]
    assert "train.channels_last is left out" in caplog.text
    assert not has_dilated_convolutions(McTask(mc_config()))  # which keeps the layout


def test_means_of_a_validation_come_with_their_errors() -> None:
    found = Validation.mean([{"a": 1.0, "b": 2.0}, {"a": 3.0}, {"a": 5.0, "b": math.inf}], [])
    assert found.scalars == {"a": 3.0, "b": 2.0}
    assert found.errors == {"a": pytest.approx(2 / math.sqrt(3))}, "one value has no spread"
