"""Small trainings of what finds correspondence, with a batch of each."""

from __future__ import annotations

from pathlib import Path

import torch

from dsia_gen.align.matching.features.features_run_config import FeaturesRunConfig
from dsia_gen.align.matching.features.features_task import FeaturesTask
from dsia_gen.align.methods.diffmatch.diffmatch_config import DiffMatchConfig
from dsia_gen.align.methods.diffmatch.diffmatch_task import DiffMatchTask
from dsia_gen.align.methods.diffmatch.field_condition import ConditionMaker
from dsia_gen.align.methods.ransac_flow.ransac_task import RansacTask
from dsia_gen.align.training.data import Batch, Triplets, collate, open_source
from dsia_gen.align.training.task import TrainingTask
from tests.align.make import aligner_config
from tests.align.matching.fake_features import PlaceFeatures
from tests.align.methods.ransac_flow.make import ransac_config

KINDS = ("ransac", "features", "diffmatch")


def make_task(kind: str, folder: Path, steps: int = 4) -> TrainingTask:
    """A network of a few thousand weights; that of RANSAC-Flow learns all but matchability in the first half."""
    if kind == "ransac":
        return RansacTask(ransac_config(train={"steps": steps}, stages={"cycle": 0.0, "matchability": 0.5}), folder)
    base = aligner_config().model_dump()
    data = {**base["data"], "synthetic": {"count": 6, "width": 64, "height": 48}, "crop": [64, 48]}
    document = {"name": "test", "data": data, "train": {**base["train"], "steps": steps, "weight_decay": 0}}
    if kind == "features":
        encoder = {"widths": [6, 8, 12], "stride": 4}
        return FeaturesTask(
            FeaturesRunConfig.model_validate(document | {"encoder": encoder, "direction": "gt_to_2", "cells": 64})
        )
    unet = {"widths": [8, 8], "layers": 1, "attention": [False, False], "groups": 4}
    config = DiffMatchConfig.model_validate(
        document | {"grid": [12, 8], "radius": 1, "unit": 0.1, "directions": ["gt_to_2"], "unet": unet}
    )
    return DiffMatchTask(config, ConditionMaker(config, [PlaceFeatures()]))


def make_batch(task: TrainingTask, positions: range) -> Batch:
    """Samples of the task at some positions of its stream."""
    source, _ = open_source(task.config.data)
    triplets = Triplets(source, task.config.data, 0, task.multiple, task.flows, task.planes, task.prepare)
    return collate([triplets[position] for position in positions]).to(torch.device("cpu"))


def gradients(task: TrainingTask) -> dict[str, torch.Tensor]:
    """By name, of the weights that have one."""
    named = task.phases[0].module.named_parameters()
    return {name: weight.grad.detach().clone() for name, weight in named if weight.grad is not None}
