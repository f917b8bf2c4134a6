"""Configuration of guided sampling. Needs no torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dsia_gen.align.training.run_config import LossWeight
from dsia_gen.core.bounds import PathText
from dsia_gen.core.strict_yaml import Config


class GuidanceConfig(Config):
    """Guided sampling; the defaults are the settings of the authors' release."""

    weight: Annotated[
        float,
        Field(ge=0, le=1e9, description="w: of the energy's gradient, for latents of 16,384 values, and in proportion"),
    ] = 300.0
    flow_weight: Annotated[LossWeight, Field(description="lambda_flow: weight of the error of the motion")] = 3.0
    colour_weight: Annotated[LossWeight, Field(description="lambda_color: weight of the error of the colours")] = 100.0
    flow_width: Annotated[
        int, Field(ge=1, le=16384, description="the motion's error is counted in pixels of an image of this width")
    ] = 512
    colour_flow: Annotated[
        Literal["estimated", "target"],
        Field(description="the flow by which colours are compared: as the network sees it, or as it was asked for"),
    ] = "estimated"
    detach_warp: Annotated[
        bool, Field(description="let the colours' error move no flow: its gradient stops at the estimated one")
    ] = False
    occlusion: Annotated[
        bool, Field(description="leave pixels that the motion covers, or moves out of the image, out of the colours")
    ] = True
    schedule: Annotated[
        Literal["constant", "cosine"],
        Field(description="s_t: constant, or falling to zero over the last tenth of the steps"),
    ] = "constant"
    begin: Annotated[
        float, Field(ge=0, le=1, description="share of the timesteps below which steps are guided; 1 guides them all")
    ] = 0.9
    repeats: Annotated[int, Field(ge=1, le=1000, description="K: how often each step is taken, with new noise")] = 10
    clip: Annotated[
        float, Field(ge=0, le=1e6, description="c: longest change of the noise by guidance over the root of its values")
    ] = 1.56
    scale: Annotated[
        Literal["sigma", "none"],
        Field(
            description="whether the change of the noise is multiplied by sigma_t, as released, before it is clipped"
        ),
    ] = "sigma"
    step_size: Annotated[int, Field(ge=1, le=100_000, description="timesteps between two denoising steps")] = 2
    start: Annotated[
        Literal["noise", "inverted", "warped"],
        Field(description="sampling begins with noise, with the inverted source, or with the noised source, moved"),
    ] = "noise"
    start_at: Annotated[
        float, Field(gt=0, le=1, description="share of the timesteps at which `inverted` and `warped` begin")
    ] = 0.6
    source_latents: Annotated[
        Literal["inverted", "noised"],
        Field(
            description="what stands outside of the edit at timestep t: the inverted source, or the source with noise"
        ),
    ] = "inverted"
    latents: Annotated[
        PathText | None, Field(description="folder that keeps inverted sources; null inverts once a run")
    ] = None
    margin: Annotated[
        int, Field(ge=0, le=16384, description="pixels around what moves that are edited, where no mask is given")
    ] = 4
    side: Annotated[
        int, Field(ge=8, le=16384, description="longer side that images are edited at; larger ones are reduced")
    ] = 512
