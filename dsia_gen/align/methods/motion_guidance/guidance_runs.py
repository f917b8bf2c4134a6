"""Opens what trainings left as a guide: a prior or an aligner, a network of flow, and the settings of guidance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import JsonValue

from dsia_gen.align.devices import device_by_name
from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline
from dsia_gen.align.methods.motion_guidance.flow_estimators import load_estimator
from dsia_gen.align.methods.motion_guidance.guidance_config import GuidanceConfig
from dsia_gen.align.methods.motion_guidance.guidance_pipeline import MotionGuide
from dsia_gen.align.methods.motion_guidance.guidance_prior import (
    CONFIG_FILE,
    AlignerPrior,
    GuidancePrior,
    UnconditionalPrior,
)
from dsia_gen.align.training.checkpoint import latest_checkpoint
from dsia_gen.core.errors import AlignError, ConfigError
from dsia_gen.core.strict_yaml import parse_config

_STEPS = 50
"""Denoising steps of an aligner that is guided, where no step size is given."""
_ALIGNER = {"weight": 1000.0, "repeats": 3}


@dataclass(frozen=True)
class LoadedGuide:
    """A guide, and SHA-256 over the weights of its networks; `flow_hash` is empty without a network of flow."""

    guide: MotionGuide
    prior_hash: str
    flow_hash: str


def load_guide(
    prior: str, flow: str | None, device: str, overrides: Sequence[str] = (), who: str = "guidance"
) -> LoadedGuide:
    """The guide of a run of `train prior` or `train aligner`, and of one of `train flow`.

    `overrides` change fields of `GuidanceConfig`, on behalf of `who`. Without `flow` it is that of the prior's
    configuration. AlignError says what is wrong.
    """
    opened, config, own_flow = open_prior(prior)
    config = changed_guidance(config, overrides, who)
    if config.step_size > opened.schedule.timesteps:
        raise AlignError(f"step_size is larger than the {opened.schedule.timesteps} timesteps of {prior}; lower it")
    place = device_by_name(device)
    run = flow if flow is not None else own_flow
    estimator = load_estimator(Path(run), place) if run is not None else None
    guide = MotionGuide(opened.to(place), estimator, config)
    return LoadedGuide(guide, opened.hash(), estimator.hash() if estimator is not None else "")


def open_prior(run: str) -> tuple[GuidancePrior, GuidanceConfig, str | None]:
    """The prior of a run on the CPU, the guidance it is configured with, and the run of its network of flow."""
    if any((folder / CONFIG_FILE).is_file() for folder in (Path(run), Path(run) / "pipeline")):
        prior = UnconditionalPrior.from_pretrained(run)
        return prior, prior.config.guidance, prior.config.flow
    checkpoint = latest_checkpoint(Path(run))
    if checkpoint is not None and "guidance" in checkpoint.state.config:
        raise AlignError(f"{run} is not finished; give its `dsia-gen train prior` again, which goes on")
    if Path(run).is_dir() and not any(Path(run).rglob("*.safetensors")):
        raise AlignError(f"{run} holds no weights; give a finished run of `dsia-gen train prior` or `train aligner`")
    aligner = DMAlignerPipeline.from_pretrained(run)
    step = max(1, aligner.schedule.timesteps // _STEPS)
    return AlignerPrior(aligner), GuidanceConfig(step_size=step, **_ALIGNER), None


def changed_guidance(config: GuidanceConfig, overrides: Sequence[str], who: str) -> GuidanceConfig:
    """Settings with some fields changed, each `key=value` with the value in YAML.

    AlignError names all that are not there or out of range.
    """
    try:
        return parse_config(GuidanceConfig, yaml.safe_dump(config.model_dump(mode="json")), who, overrides)
    except ConfigError as error:
        raise AlignError(str(error)) from error


def overrides_of(settings: Mapping[str, JsonValue]) -> list[str]:
    """JSON values of fields as overrides; None leaves a field as it is."""
    return [f"{name}={json.dumps(value)}" for name, value in settings.items() if value is not None]
