"""The codec contract: lossless, VQ, and weights of latent diffusion."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.codecs.codec import LosslessCodec, VQCodec, build_codec, load_codec  # noqa: E402
from dsia_gen.align.codecs.codec_config import LosslessCodecConfig, VQCodecConfig  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402

pytestmark = pytest.mark.torch

TINY = VQCodecConfig(kind="vq", widths=(8, 16, 16), layers=1, codes=16, groups=4)


def images(*shape: int) -> Any:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_the_lossless_codec_loses_nothing() -> None:
    codec = LosslessCodec(4)
    x = images(2, 3, 16, 24)
    latents = codec.encode(x)
    assert latents.shape == (2, 48, 4, 6)
    assert torch.equal(codec.decode(latents), x)


def test_a_lossless_latent_is_a_block_of_pixels() -> None:
    x = images(1, 3, 8, 8)
    latents = LosslessCodec(4).encode(x)
    assert torch.equal(latents[0, :, 1, 0].view(3, 4, 4), x[0, :, 4:8, 0:4])


@pytest.mark.slow
def test_vq_shapes_factor_and_scale() -> None:
    codec = build_codec(TINY)
    assert isinstance(codec, VQCodec)
    assert (codec.factor, codec.channels) == (4, 3)
    assert codec.vq.config.scaling_factor == 1.0
    latents = codec.encode(images(2, 3, 16, 24))
    assert latents.shape == (2, 3, 4, 6)
    assert codec.decode(latents).shape == (2, 3, 16, 24)


@pytest.mark.slow
def test_vq_agrees_with_diffusers() -> None:
    codec = build_codec(TINY)
    assert isinstance(codec, VQCodec)
    x = images(1, 3, 16, 16)
    torch.testing.assert_close(codec.encode(x), codec.vq.encode(x).latents)
    torch.testing.assert_close(codec(x)[0], codec.vq(x).sample)


def test_quantisation_picks_the_nearest_code_and_lets_gradients_through() -> None:
    codec = build_codec(TINY)
    assert isinstance(codec, VQCodec)
    book = codec.vq.quantize.embedding.weight
    latents = book[torch.tensor([[3, 7], [0, 15]])].permute(2, 0, 1)[None].detach().clone().requires_grad_()
    through, codes, indices = codec.lookup(latents)
    assert indices.tolist() == [[[3, 7], [0, 15]]]
    torch.testing.assert_close(codes, latents)
    through.sum().backward()
    assert torch.equal(latents.grad, torch.ones_like(latents))


def test_vq_f4_is_the_configuration_of_latent_diffusion() -> None:
    with torch.device("meta"):
        from dsia_gen.align.codecs.codec import _new_vq

        vq = _new_vq(VQCodecConfig(kind="vq"))
    assert sum(p.numel() for p in vq.parameters()) == pytest.approx(55.3e6, rel=0.005)


def test_checkpointing_changes_no_gradient() -> None:
    codec = build_codec(TINY)
    gradients = []
    for _ in range(2):
        latents = images(1, 3, 4, 4).requires_grad_()
        codec.decode(latents).square().sum().backward()
        gradients.append(latents.grad)
        codec.checkpoint_decoder()
    torch.testing.assert_close(gradients[0], gradients[1])


@pytest.mark.parametrize("config", [LosslessCodecConfig(kind="lossless", factor=2), TINY])
def test_save_and_load(config: Any, tmp_path: Path) -> None:
    codec = build_codec(config)
    codec.save(tmp_path)
    again = load_codec(tmp_path)
    x = images(1, 3, 16, 16)
    assert torch.equal(again.encode(x), codec.encode(x))
    assert torch.equal(again.decode(codec.encode(x)), codec.decode(codec.encode(x)))


def test_a_diffusers_folder_and_a_run_folder_are_weights(tmp_path: Path) -> None:
    codec = build_codec(TINY)
    assert isinstance(codec, VQCodec)
    codec.vq.register_to_config(scaling_factor=0.18215)  # what diffusers writes by default
    codec.vq.save_pretrained(tmp_path / "plain" / "vqvae")
    codec.save(tmp_path / "run" / "codec")
    x = images(1, 3, 16, 16)
    for weights, subfolder in ((tmp_path / "plain", "vqvae"), (tmp_path / "run", None)):
        loaded = build_codec(VQCodecConfig(kind="vq", weights=str(weights), subfolder=subfolder))
        assert isinstance(loaded, VQCodec)
        assert loaded.vq.config.scaling_factor == 1.0
        torch.testing.assert_close(loaded.encode(x), codec.encode(x))


def test_old_diffusers_weights_load_but_their_code_is_not_run(tmp_path: Path) -> None:
    codec = build_codec(TINY)
    assert isinstance(codec, VQCodec)
    codec.vq.save_pretrained(tmp_path)
    (tmp_path / "diffusion_pytorch_model.safetensors").unlink()
    config = VQCodecConfig(kind="vq", weights=str(tmp_path))
    old = tmp_path / "diffusion_pytorch_model.bin"
    torch.save(codec.vq.state_dict(), old)
    x = images(1, 3, 16, 16)
    torch.testing.assert_close(build_codec(config).encode(x), codec.encode(x))
    torch.save({"a": _NotLoaded()}, old)
    with pytest.raises(AlignError, match="holds no VQModel"):
        build_codec(config)


def test_a_folder_with_missing_weights_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    codec = build_codec(TINY)
    codec.save(tmp_path)
    path = tmp_path / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    del weights["quantize.embedding.weight"]
    save_file(weights, path)
    with pytest.raises(AlignError, match=r"lacks 1 weights of its VQModel, the first is quantize\.embedding\.weight"):
        load_codec(tmp_path)


# Names of latent diffusion's auto-encoder (ldm/modules/diffusionmodules/model.py), from those of diffusers.
_RENAMED = (
    (".to_out.0.", ".proj_out."),
    (".mid_block.attentions.0.", ".mid.attn_1."),
    (".group_norm.", ".norm."),
    (".to_q.", ".q."),
    (".to_k.", ".k."),
    (".to_v.", ".v."),
    (".conv_norm_out.", ".norm_out."),
    (".conv_shortcut.", ".nin_shortcut."),
    (".mid_block.resnets.0.", ".mid.block_1."),
    (".mid_block.resnets.1.", ".mid.block_2."),
    (".downsamplers.0.conv.", ".downsample.conv."),
    (".upsamplers.0.conv.", ".upsample.conv."),
    (".resnets.", ".block."),
)


def ldm_state(vq: Any, levels: int) -> dict[str, Any]:
    state = {}
    for name, value in vq.state_dict().items():
        for ours, theirs in _RENAMED:
            name = name.replace(ours, theirs)
        name = name.replace(".down_blocks.", ".down.")
        for i in range(levels):
            name = name.replace(f".up_blocks.{i}.", f".up.{levels - 1 - i}.")
        is_attention = ".attn_1." in name and value.ndim == 2
        state[name] = value[:, :, None, None] if is_attention else value
    return state


class _NotLoaded:
    """Stands for code in a checkpoint; unpickling it would call this."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("the checkpoint's code was run",))


@pytest.mark.parametrize("form", ["plain", "whole", "safetensors"])
def test_original_checkpoints_load(form: str, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    codec = build_codec(TINY, seed=3)
    assert isinstance(codec, VQCodec)
    state = ldm_state(codec.vq, 3)
    path = tmp_path / "model.ckpt"
    if form == "safetensors":
        path = tmp_path / "model.safetensors"
        save_file({name: value.contiguous() for name, value in state.items()}, path)
    elif form == "plain":
        torch.save({"state_dict": {**state, "loss.discriminator.main.0.weight": torch.zeros(3)}}, path)
    else:
        whole = {f"first_stage_model.{name}": value for name, value in state.items()}
        torch.save({"state_dict": {**whole, "model.diffusion_model.out.weight": torch.zeros(3)}}, path)
    loaded = build_codec(TINY.model_copy(update={"weights": str(path)}))
    x = images(1, 3, 16, 16)
    torch.testing.assert_close(loaded.encode(x), codec.encode(x))
    torch.testing.assert_close(loaded.decode(codec.encode(x)), codec.decode(codec.encode(x)))


def test_code_in_a_checkpoint_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "model.ckpt"
    torch.save({"state_dict": {}, "callbacks": _NotLoaded()}, path)
    with pytest.raises(AlignError, match="without running code"):
        build_codec(TINY.model_copy(update={"weights": str(path)}))
    path.write_bytes(pickle.dumps(_NotLoaded()))
    with pytest.raises(AlignError, match="without running code"):
        build_codec(TINY.model_copy(update={"weights": str(path)}))


def test_names_of_the_training_framework_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The published vq-f4 file uses a callback class as a key; it loads without that framework."""
    import sys
    from types import ModuleType

    codec = build_codec(TINY)
    assert isinstance(codec, VQCodec)
    name = "pytorch_lightning.callbacks.model_checkpoint"
    module = ModuleType(name)
    module.ModelCheckpoint = type("ModelCheckpoint", (), {"__module__": name})  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        for part in ("pytorch_lightning", "pytorch_lightning.callbacks"):
            patch.setitem(sys.modules, part, ModuleType(part))
        patch.setitem(sys.modules, name, module)
        content = {"callbacks": {module.ModelCheckpoint: {"best": 1.0}}, "state_dict": ldm_state(codec.vq, 3)}
        torch.save(content, tmp_path / "model.ckpt")
    loaded = build_codec(TINY.model_copy(update={"weights": str(tmp_path / "model.ckpt")}))
    torch.testing.assert_close(loaded.encode(images(1, 3, 8, 8)), codec.encode(images(1, 3, 8, 8)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"state_dict": {"a": torch.zeros(1)}}, "no codebook"),
        ([1, 2], "no state_dict"),
        ({"state_dict": {"quantize.embedding.weight": torch.zeros(4, 3)}}, "does not fit"),
    ],
)
def test_other_files_are_refused(content: Any, message: str, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "model.ckpt")
    with pytest.raises(AlignError, match=message):
        build_codec(TINY.model_copy(update={"weights": str(tmp_path / "model.ckpt")}))


def test_a_folder_without_a_codec_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AlignError, match="holds no codec"):
        build_codec(TINY.model_copy(update={"weights": str(tmp_path)}))


@pytest.mark.parametrize(
    ("text", "words"),
    [('{"kind": "wavelet"}', "codec kind 'wavelet' is unknown; known: lossless, vq"), ("{", "cannot be read")],
)
def test_a_description_that_does_not_fit_is_named(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "codec.json").write_text(text)
    with pytest.raises(AlignError, match=words):
        load_codec(tmp_path)
    (tmp_path / "codec.json").write_text('{"kind": "lossless", "factor": 2}')
    assert load_codec(tmp_path).factor == 2
