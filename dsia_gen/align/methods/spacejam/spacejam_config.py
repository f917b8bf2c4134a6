"""Configuration of joint alignment: features, auto-encoder, alignment network, loss and steps. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dsia_gen.align.matching.features.features_config import FeaturesConfig
from dsia_gen.config.presets import find_preset
from dsia_gen.core.bounds import NameText
from dsia_gen.core.strict_yaml import Config, read_config

GroupName = Literal["translation", "rigid", "similarity", "affine", "homography"]
MaskSource = Literal["auto", "given", "saliency", "none"]
Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(gt=0, le=1)]


class CurriculumStep(Config):
    """From which share of the steps on transforms are of a group."""

    begin: Annotated[Share, Field(description="share of the steps that are done")]
    group: Annotated[GroupName, Field(description="the Lie group; each holds those before it")]


class CoderConfig(Config):
    """The auto-encoder of 1x1 convolutions between principal components and the code that is aligned."""

    components: Annotated[
        int, Field(ge=1, le=256, description="principal components of the features; 25 in the paper")
    ] = 25
    norm: Annotated[
        Literal["batch", "group"], Field(description="after hidden layers; group suits sets of two images")
    ] = "batch"
    steps: Annotated[int, Field(ge=0, le=1_000_000, description="steps before alignment begins")] = 300
    rate: Annotated[Rate, Field(description="learning rate")] = 1e-3


class ReflectionsConfig(Config):
    """Mirrored images: each image is taken as it is or mirrored, whichever agrees with the others."""

    enabled: Annotated[bool, Field(description="whether images may be mirrored")] = True
    begin: Annotated[Share, Field(description="share of the steps from which on a choice is made")] = 0.1
    end: Annotated[Share, Field(description="share of the steps after which it stays")] = 0.9
    decisions: Annotated[int, Field(ge=1, le=1000, description="times that it is made, evenly between both")] = 16
    margin: Annotated[
        Share, Field(description="share of its loss by which a pair has to be better when one of both is mirrored")
    ] = 0.1


class JointLossConfig(Config):
    """What is compared between an image and another that is warped onto it."""

    target: Annotated[
        Literal["pairs", "atlas"], Field(description="the inverse-compositional loss of pairs, or the mean of the set")
    ] = "pairs"
    space: Annotated[
        Literal["decoded", "keys"],
        Field(description="warped codes that are decoded, as released, or warped components, as eq. 5 is printed"),
    ] = "decoded"
    pairs: Annotated[int, Field(ge=1, le=10_000, description="ordered pairs of a step, of all that there are")] = 36


class SpaceJamConfig(Config):
    """How a set of images is aligned."""

    name: Annotated[NameText, Field(description="name of the preset, in the card of a result")]
    features: FeaturesConfig = FeaturesConfig(kind="lite0")
    size: Annotated[int, Field(ge=16, le=512, description="side of the square maps; 256 in the paper")] = 64
    mask: Annotated[
        MaskSource,
        Field(
            description="given: mask files or transparency; saliency: found by co-segmentation; none: whole images; "
            "auto: given where all images have one, else saliency"
        ),
    ] = "auto"
    start: Annotated[
        Literal["masks", "images"],
        Field(description="masks: where all images have one, place, size and roll agree first; images: as they are"),
    ] = "masks"
    coder: CoderConfig = CoderConfig()
    algebra: Annotated[
        bool, Field(description="transforms are exponentials of a Lie algebra; false adds the output to the identity")
    ] = True
    curriculum: Annotated[
        tuple[CurriculumStep, ...], Field(min_length=1, max_length=16, description="groups in their order")
    ] = (
        CurriculumStep(begin=0.0, group="rigid"),
        CurriculumStep(begin=0.25, group="affine"),
        CurriculumStep(begin=0.5, group="homography"),
    )
    recurrences: Annotated[int, Field(ge=1, le=32, description="times that the network sees its own answer")] = 5
    reflections: ReflectionsConfig = ReflectionsConfig()
    losses: JointLossConfig = JointLossConfig()
    steps: Annotated[int, Field(ge=1, le=1_000_000, description="steps of alignment")] = 2000
    rate: Annotated[Rate, Field(description="learning rate of the alignment network; 2e-4 in the paper")] = 1e-3
    decay: Annotated[Rate, Field(description="factor of both rates after each tenth of the steps")] = 0.9
    batch: Annotated[int, Field(ge=2, le=1024, description="images of a step")] = 8
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="of weights, batches and pairs")] = 42

    @classmethod
    def load(cls, name: str, overrides: Sequence[str] = ()) -> Self:
        """Read a preset of align_configs/ or a YAML file; `overrides` are `dotted.key=value`."""
        return read_config(cls, find_preset("align_configs", name), overrides)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        begins = [step.begin for step in self.curriculum]
        if begins[0] != 0 or begins != sorted(begins):
            raise ValueError("curriculum must begin at 0 and go on in ascending order")
        if self.reflections.begin > self.reflections.end:
            raise ValueError("reflections.begin must not be larger than reflections.end")
        return self

    def group_at(self, share: float) -> GroupName:
        """The group at a share of the steps."""
        return [step.group for step in self.curriculum if step.begin <= share][-1]
