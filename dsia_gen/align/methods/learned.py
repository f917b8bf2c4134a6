"""Methods that are networks: learned flow with weights that are present, and the aligner of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsia_gen.align.methods.method import Aligned, Image, Method, MethodInfo, Options, Truth, UnavailableError
from dsia_gen.align.methods.opencv_flow import DIRECTION, FlowMethod
from dsia_gen.core.errors import AlignError

LEARNED: dict[str, tuple[str, str, str, str]] = {
    "raft": ("raft", "RAFT", "Teed and Deng, ECCV 2020; ptlflow", "things"),
    "pwcnet": ("pwcnet", "PWC-Net", "Sun et al., CVPR 2018; ptlflow", "things"),
    "gma": ("gma", "GMA", "Jiang et al., ICCV 2021; ptlflow", "things"),
    "gmflow": ("gmflow", "GMFlow", "Xu et al., CVPR 2022; ptlflow", "things"),
    "sea_raft": ("sea_raft_m", "SEA-RAFT (M)", "Wang et al., ECCV 2024; ptlflow", "things"),
    "flowformer_pp": ("flowformerplusplus", "FlowFormer++", "Shi et al., CVPR 2023; ptlflow", "things"),
    "dpflow": ("dpflow", "DPFlow", "Morimitsu et al., CVPR 2025; ptlflow", "things"),
}
"""Name here: name in ptlflow, title, citation, weights that are looked for unless others are named."""
DMALIGNER_CITATION = "DMAligner, CVPR 2026, arXiv:2602.23022; this project"


def learned_info(name: str) -> MethodInfo:
    """What is known of a learned flow before it is opened."""
    _, title, citation, _ = LEARNED[name]
    return MethodInfo(name, title, "warp", citation, direction=DIRECTION)


def dmaligner_info(label: str) -> MethodInfo:
    """What is known of an aligner before it is opened."""
    title = "DMAligner" if label == "dmaligner" else f"DMAligner ({label})"
    return MethodInfo(label, title, "synthesis", DMALIGNER_CITATION)


def open_learned(name: str, options: Options) -> Method:
    """A learned flow with weights from a file or from the cache of torch; UnavailableError says what is missing."""
    network, _, _, default = LEARNED[name]
    weights = options.weights.get(name, default)
    try:
        from dsia_gen.align.config import FlowNetworkConfig
        from dsia_gen.align.methods.flow_network import build_flow_network

        built = build_flow_network(FlowNetworkConfig(model=network, weights=weights), 0)
    except AlignError as error:
        raise UnavailableError(str(error)) from error
    return _flow_method(learned_info(name), built, {"network": network, "weights": weights}, options)


def _flow_method(info: MethodInfo, network: Any, settings: Mapping[str, Any], options: Options) -> FlowMethod:
    from dsia_gen.align.methods.dmaligner.aligner_pipeline import device_by_name

    network = network.eval().to(device_by_name(options.device))
    return FlowMethod(info, network.estimate, settings, options.check)


@dataclass(frozen=True)
class Trained:
    """The aligner of a run."""

    info: MethodInfo
    pipeline: Any
    settings: Mapping[str, Any]
    seed: int

    def align(self, image1: Image, image2: Image, truth: Truth) -> Aligned:  # noqa: ARG002
        """The pipeline's answer from noise of the given seed."""
        return Aligned(self.pipeline(image1, image2, seed=self.seed).image)


def open_run(label: str, run: Path | str, options: Options) -> Method:
    """The aligner or the flow network of a run of `dsia-gen train`; AlignError says what is wrong with the folder."""
    from dsia_gen.align.training.flow_task import is_flow_run, load_flow_run

    if is_flow_run(Path(run)):
        network, config, marks = load_flow_run(Path(run))
        title = f"{config.network.model}, trained ({label})"
        info = MethodInfo(label, title, "warp", f"{config.network.model} of ptlflow; this project", direction=DIRECTION)
        return _flow_method(info, network, {"config": config.model_dump(mode="json"), **marks}, options)
    return _open_aligner(label, run, options)


def _open_aligner(label: str, run: Path | str, options: Options) -> Method:
    from dsia_gen.align.methods.dmaligner.aligner_pipeline import AlignerPipeline

    pipeline = AlignerPipeline.from_pretrained(run).to_device(options.device)
    settings = {"config": pipeline.config.model_dump(mode="json"), "seed": options.seed, "weights": pipeline.hash()}
    return Trained(dmaligner_info(label), pipeline, settings, options.seed)
