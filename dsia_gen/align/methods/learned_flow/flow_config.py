"""Configuration of a flow network and of its training. Needs no torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dsia_gen.align.training.run_config import RunConfig
from dsia_gen.core.bounds import PathText
from dsia_gen.core.strict_yaml import Config

Argument = Annotated[int, Field(ge=-(2**31), le=2**31)] | Annotated[float, Field(ge=-1e9, le=1e9)] | bool | str
"""What a network of another library may be given."""


class FlowNetworkConfig(Config):
    """A network that estimates optical flow, from the library ptlflow."""

    model: Annotated[str, Field(description="its name in ptlflow: raft, raft_small, gma, pwcnet, gmflow, dpflow, ...")]
    weights: Annotated[
        PathText | None,
        Field(description="file (.safetensors, .ckpt) or set published by ptlflow to begin with; empty is random"),
    ] = None
    arguments: Annotated[
        dict[str, Argument], Field(max_length=100, description="of the network, as ptlflow names them")
    ] = Field(default_factory=dict)


class FlowRunConfig(RunConfig):
    """One training of a flow network on exact flow, with the network's own published loss."""

    network: FlowNetworkConfig
    direction: Annotated[
        Literal["1_to_2", "2_to_1", "1_to_gt", "gt_to_1", "gt_to_2", "2_to_gt"],
        Field(description="which exact flow supervises, between which images"),
    ] = "1_to_2"
    inside_only: Annotated[bool, Field(description="learn only from pixels whose flow ends inside the other image")] = (
        False
    )
    noised: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="share of pairs whose second image is seen as Motion Guidance shows it, estimated from noise",
        ),
    ] = 0.0
