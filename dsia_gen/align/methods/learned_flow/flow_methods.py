"""Learned optical flow as registered methods and as something that can be trained. Needs no torch until opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from dsia_gen.align.methods import Aligned, AlignmentMethod, ImagePair, MethodInfo, MethodOptions, UnavailableError
from dsia_gen.align.methods.flow_warp import DIRECTION, FlowWarp
from dsia_gen.align.methods.learned_flow.flow_config import FlowNetworkConfig, FlowRunConfig
from dsia_gen.align.methods.method import refuse_settings
from dsia_gen.align.training.trainable import Trainable
from dsia_gen.core.errors import AlignError

if TYPE_CHECKING:
    from dsia_gen.align.training.task import TrainingTask


@dataclass(frozen=True)
class LearnedFlow(AlignmentMethod):
    """A network of ptlflow before its weights are loaded."""

    info: MethodInfo
    network: str
    """Its name in ptlflow."""
    weights: str = "things"
    """The published set that is looked for unless the options name others."""

    def open(self, options: MethodOptions) -> AlignmentMethod:
        """The network with weights from a file or from torch's cache; UnavailableError says what is missing."""
        from dsia_gen.align.devices import device_by_name
        from dsia_gen.align.methods.learned_flow.flow_network import build_flow_network

        super().open(options)
        weights = options.weights.get(self.info.name, self.weights)
        try:
            network = build_flow_network(FlowNetworkConfig(model=self.network, weights=weights), 0)
        except AlignError as error:
            raise UnavailableError(str(error)) from error
        network = network.eval().to(device_by_name(options.device))
        settings: dict[str, JsonValue] = {"network": self.network, "weights": weights}
        return FlowWarp(self.info, network.estimate, settings, options.check)

    def align(self, pair: ImagePair) -> Aligned:
        """As the opened method."""
        return self.open(MethodOptions()).align(pair)


def learned_flow(name: str, network: str, title: str, citation: str) -> LearnedFlow:
    """A row of the table of methods."""
    return LearnedFlow(MethodInfo(name, title, "warp", f"{citation}; ptlflow", direction=DIRECTION), network)


RAFT = learned_flow("raft", "raft", "RAFT", "Teed and Deng, ECCV 2020")
PWCNET = learned_flow("pwcnet", "pwcnet", "PWC-Net", "Sun et al., CVPR 2018")
GMA = learned_flow("gma", "gma", "GMA", "Jiang et al., ICCV 2021")
GMFLOW = learned_flow("gmflow", "gmflow", "GMFlow", "Xu et al., CVPR 2022")
SEA_RAFT = learned_flow("sea_raft", "sea_raft_m", "SEA-RAFT (M)", "Wang et al., ECCV 2024")
FLOWFORMER_PP = learned_flow("flowformer_pp", "flowformerplusplus", "FlowFormer++", "Shi et al., CVPR 2023")
DPFLOW = learned_flow("dpflow", "dpflow", "DPFlow", "Morimitsu et al., CVPR 2025")


class FlowTraining(Trainable):
    """`dsia-gen train flow`."""

    name = "flow"
    help = "Train or fine-tune a network of ptlflow on exact flow, as a baseline for `dsia-gen evaluate`."
    about = "Optical flow by a network of ptlflow, trained on exact flow; `dsia-gen evaluate` opens it."
    config = FlowRunConfig

    def task(self, config: FlowRunConfig, run: Path) -> TrainingTask:  # noqa: ARG002  (of the contract)
        """Training with the network's own published loss."""
        from dsia_gen.align.methods.learned_flow.flow_task import FlowTask

        return FlowTask(config)

    def recognises(self, run: Path) -> bool:
        """Whether a folder is a finished run."""
        return (run / "flow.json").is_file()

    def open_run(self, run: str, label: str, options: MethodOptions) -> AlignmentMethod:
        """The network of a run as a method that warps."""
        from dsia_gen.align.devices import device_by_name
        from dsia_gen.align.methods.learned_flow.flow_task import load_flow_run

        refuse_settings(label, options)
        loaded = load_flow_run(Path(run))
        model = loaded.config.network.model
        title, citation = f"{model}, trained ({label})", f"{model} of ptlflow; this project"
        info = MethodInfo(label, title, "warp", citation, direction=DIRECTION)
        settings: dict[str, JsonValue] = {"config": loaded.config.model_dump(mode="json"), "weights": loaded.hash}
        network = loaded.network.eval().to(device_by_name(options.device))
        return FlowWarp(info, network.estimate, settings, options.check)
