"""Which features describe an image, and where their weights are. Needs no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dsia_gen.align.training.run_config import Channels
from dsia_gen.core.bounds import PathText
from dsia_gen.core.errors import AlignError
from dsia_gen.core.strict_yaml import Config

FeatureKind = Literal["xfeat", "lite0", "resnet50", "vgg16", "dino", "encoder"]
LAYERS: dict[str, tuple[str, ...]] = {
    "xfeat": ("fusion",),
    "lite0": ("block10", "expand11", "expand5"),
    "resnet50": ("layer3", "layer2"),
    "vgg16": ("pool3", "pool1", "pool2", "pool4", "pool5"),
    "dino": ("key11", "token11"),
    "encoder": ("layer3",),
}
"""Layers of each kind that can be read, the default first."""


class FeaturesConfig(Config):
    """Dense features of an image."""

    kind: Annotated[
        FeatureKind,
        Field(
            description="xfeat and lite0 come with the weights of their packages, resnet50, vgg16 and dino read public "
            "files, encoder is a run of `dsia-gen train features`"
        ),
    ] = "xfeat"
    layer: Annotated[
        Literal["", "fusion", "block10", "expand11", "expand5", "layer2", "layer3", "pool1", "pool2", "pool3", "pool4",
                "pool5", "key11", "token11"],
        Field(description="of the network; empty is the usual one of its kind"),
    ] = ""  # fmt: skip
    weights: Annotated[PathText | None, Field(description="file of weights, or the run of an encoder")] = None
    side: Annotated[
        int, Field(ge=32, le=4096, description="pixels of the shorter side of the image that the network sees")
    ] = 432

    @model_validator(mode="after")
    def _fits(self) -> FeaturesConfig:
        known = LAYERS[self.kind]
        if self.layer and self.layer not in known:
            raise ValueError(f"{self.kind} has no layer {self.layer}; its layers are {', '.join(known)}")
        return self

    @property
    def chosen_layer(self) -> str:
        """The layer that is read."""
        return self.layer or LAYERS[self.kind][0]


def features_of(text: str) -> FeaturesConfig:
    """The features that a text names: KIND[:LAYER][:FILE], or the folder of a run of `train features`."""
    kind, _, rest = text.partition(":")
    if kind in LAYERS:
        layer, _, path = rest.partition(":")
        if layer not in LAYERS[kind]:
            layer, path = "", rest
        return FeaturesConfig.model_validate({"kind": kind, "layer": layer, "weights": path or None})
    if Path(text).is_dir():
        return FeaturesConfig(kind="encoder", weights=text)
    known = ", ".join(LAYERS)
    raise AlignError(f"{text!r} is neither features ({known}) nor the folder of a run of `dsia-gen train features`")


class EncoderConfig(Config):
    """An anti-aliased residual network as RANSAC-Flow has it (ResNet-18 up to its third stage)."""

    widths: Annotated[
        tuple[Channels, Channels, Channels], Field(description="channels of the stages; 64, 128, 256 in the paper")
    ] = (64, 128, 256)
    stride: Annotated[Literal[4, 8], Field(description="pixels of a cell; 8 in the paper")] = 8
