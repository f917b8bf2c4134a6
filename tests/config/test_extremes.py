"""Bounds: every number of every configuration has them, and every extreme that they allow makes a scene, soon."""

from __future__ import annotations

import resource
from typing import Any

import pytest
from pydantic import BaseModel

from dsia_gen.align.codecs.codec_config import CodecRunConfig
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig
from dsia_gen.align.methods.learned_flow.flow_config import FlowRunConfig
from dsia_gen.assets.manifest import Manifest
from dsia_gen.config.job import JobConfig
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.errors import ConfigError, SamplingError
from dsia_gen.core.strict_yaml import Config, parse_config
from dsia_gen.dataset.photographic import PhotographicConfig
from dsia_gen.dataset.receipt import Receipt
from dsia_gen.farm.slurm_executor import SlurmSettings
from dsia_gen.pipeline.tasks import SceneTask
from dsia_gen.sampling.scene_sampler import sample_scene
from dsia_gen.spec.light import Render
from dsia_gen.spec.scene import SceneSpec
from tests.config.extremes import extremes, numbers
from tests.effort import counting_calls
from tests.sampling.scenes import SIZE, library

READ = (SceneConfig, JobConfig, Manifest, AlignerConfig, CodecRunConfig, FlowRunConfig, PhotographicConfig,
        SlurmSettings, SceneTask, SceneSpec, Receipt)  # fmt: skip
"""What is read from files and options, and what travels to a worker; sections are found from these."""
CALLS, CALLS_OF_THE_LARGEST, MEBIBYTES = 6_000_000, 20_000_000, 300
"""Calls of functions."""
EXTREMES = list(extremes(SceneConfig))
LISTS: dict[type[Config], str] = {
    JobConfig: "version: 2\nscenes: [{}]", SceneConfig: "version: 2", Manifest: "assets: [{}]"
}  # fmt: skip
SPARSE = {"characters.count": [0, 1], "objects.count": [1, 1], "props.count": [0, 1], "sequence.pairs": 1}
"""What surrounds the field under test: little, so that what the field itself costs is seen."""


@pytest.mark.parametrize("model", READ)
def test_every_number_of_a_configuration_has_bounds(model: type[BaseModel]) -> None:
    found = dict(numbers(model))
    assert found
    assert [name for name, bounds in found.items() if bounds.low is None or bounds.high is None] == []


@pytest.mark.parametrize("model", [model for model in READ if issubclass(model, Config)])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
def test_no_number_is_infinite_or_nan(model: type[Config], value: str) -> None:
    assert model.model_config["allow_inf_nan"] is False
    for name, given in extremes(model):
        if isinstance(given, float):
            with pytest.raises(ConfigError) as caught:
                parse_config(model, LISTS.get(model, ""), "f.yaml", [f"{name}={value}"])
            assert any(f"{name}: " in problem for problem in caught.value.problems), name


def _calls(name: str, value: Any) -> int:
    """How much work it is to decide a scene with one field at an extreme; a fault of any other kind is raised."""
    base = "indoor" if name.startswith("room.") or name == "light.torch" else "tiny"
    given = SPARSE | {name: value}
    if name == "holdout.share":
        given |= {"holdout.side": "test" if value else "train"}
    config = load_scene_config(base, given)
    assets = library(tuple(config.manifests))
    with counting_calls() as count:
        try:
            spec = sample_scene(config, assets, 0, SIZE, Render())
        except SamplingError as error:
            assert "widen" in str(error)  # a camera above the clouds sees nobody
            assert name == "camera.height"
        else:
            assert spec.pairs and len(spec.hash()) == 64
    return count[0]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_every_extreme_of_a_scene_takes_bounded_work(part: int) -> None:
    ends = [(name, value) for name, value in EXTREMES if not isinstance(value, list) or value[0] == value[1]]
    took = {f"{name}={value}": _calls(name, value) for name, value in ends[part::8]}
    assert {case: calls for case, calls in took.items() if calls > CALLS} == {}
    assert len(took) > 10
    assert min(took.values()) > 1000, "they are counted"


@pytest.mark.slow
def test_the_largest_scene_takes_bounded_work_and_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest: dict[str, Any] = {"sequence.pairs": 1}
    for name, value in EXTREMES:
        if name.endswith((".count", ".furniture", ".windows")) and isinstance(value, list):
            largest[name] = value
    config = load_scene_config("indoor", largest)
    with counting_calls() as count:
        sample_scene(config, library(tuple(config.manifests)), 0, SIZE, Render())
    assert count[0] < CALLS_OF_THE_LARGEST
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEBIBYTES * 1024
