"""Presets, and what importing the package loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.codecs.codec_config import CodecRunConfig  # noqa: E402
from dsia_gen.align.matching.features.features_run_config import FeaturesRunConfig  # noqa: E402
from dsia_gen.align.methods.diffmatch.diffmatch_config import DiffMatchConfig  # noqa: E402
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig  # noqa: E402
from dsia_gen.align.methods.learned_flow.flow_config import FlowRunConfig  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_config import McConfig  # noqa: E402
from dsia_gen.align.methods.motion_guidance.prior_config import PriorConfig  # noqa: E402
from dsia_gen.align.methods.ransac_flow.ransac_config import RansacConfig  # noqa: E402
from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig  # noqa: E402
from dsia_gen.align.training.run_config import RunConfig, differences  # noqa: E402
from dsia_gen.config.presets import preset_names  # noqa: E402
from dsia_gen.core.errors import ConfigError  # noqa: E402
from tests.align.make import aligner_config  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("name", preset_names("align_configs"))
def test_presets_are_valid_and_named_after_their_file(name: str) -> None:
    kinds: dict[str, type[RunConfig | SpaceJamConfig]] = {
        "codec": CodecRunConfig, "flow": FlowRunConfig, "mc": McConfig, "features": FeaturesRunConfig,
        "ransac": RansacConfig, "diffmatch": DiffMatchConfig, "prior": PriorConfig, "spacejam": SpaceJamConfig,
    }  # fmt: skip
    kind = kinds.get(name.partition("_")[0], AlignerConfig)
    assert kind.load(name).name == name


def test_every_row_of_table_4_is_a_preset_that_differs_from_the_paper_in_that_row_alone() -> None:
    paper = AlignerConfig.load("dmaligner").model_dump(mode="json")
    rows = {name: AlignerConfig.load(name) for name in preset_names("align_configs") if name.startswith("ablation")}
    found = [(row.model.target, row.model.mask is not None) for row in rows.values()]
    assert found == [("epsilon", False), ("x0", False), ("flow", True), ("v", True), ("x0", True)]
    for row in rows.values():
        changed = {line.split(" is ")[0] for line in differences(paper, row.model_dump(mode="json"))}
        assert changed <= {"model.target", "model.mask", "losses.domain"}


def test_the_paper_s_numbers() -> None:
    config = AlignerConfig.load("dmaligner")
    assert (config.losses.denoising, config.losses.mask) == (2, 0.1)
    assert config.model.mask is not None
    assert config.model.mask.dilations == 2
    assert (config.diffusion.timesteps, config.sampling.step_size) == (1000, 20)
    assert config.data.crop == (480, 256)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("model.mask.window=8", "odd"),
        ("model.unet.groups=5", "divide every width"),
        ("model.unet.attention=[true]", "give as many"),
        ("sampling.step_size=5000", "larger than diffusion.timesteps"),
        ("codec.kind=vae", "codec"),
    ],
)
def test_inconsistent_configurations_are_refused(override: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        AlignerConfig.load("tiny", [override])


def test_a_residual_needs_x0() -> None:
    with pytest.raises(ConfigError, match="residual needs target x0"):
        AlignerConfig.load("tiny", ["model.residual=v1", "model.target=v"])


def test_differences_leave_out_what_may_change() -> None:
    a = aligner_config().model_dump(mode="json")
    b = aligner_config(train={"steps": 9, "keep": 1}, data={"workers": 1}, sampling={"eta": 0.5}).model_dump(
        mode="json"
    )
    assert differences(a, b) == []
    assert differences(a, aligner_config(data={"holdout": 0.5}).model_dump(mode="json")) == [
        "data.holdout is 0.5 here and 0.0 in the checkpoint"
    ]


def test_a_prior_goes_on_with_other_guidance() -> None:
    """How it is guided afterwards changes nothing of what is learned."""
    a, b = (PriorConfig.load("prior_tiny", ["flow=run", f"guidance.repeats={k}"]) for k in (3, 5))
    assert differences(a.model_dump(mode="json"), b.model_dump(mode="json")) == []


def test_every_field_says_what_it_is() -> None:
    def fields(model: type) -> list[str]:
        found = []
        for name, info in model.model_fields.items():  # type: ignore[attr-defined]
            nested = [
                t for t in (info.annotation, *getattr(info.annotation, "__args__", ())) if hasattr(t, "model_fields")
            ]
            found += [f"{model.__name__}.{name}"] if not nested and not info.description else []
            for inner in nested:
                found += fields(inner)
        return found

    assert fields(AlignerConfig) == []


_EVERYTHING = """
import importlib, pkgutil, sys
class Banned:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("bpy", "torchvision", "ray", "embreex"):
            raise ImportError(f"{name} was imported")
sys.meta_path.insert(0, Banned())
import dsia_gen.align
for module in pkgutil.walk_packages(dsia_gen.align.__path__, "dsia_gen.align."):
    importlib.import_module(module.name)
import dsia_gen.dataset.reader
assert not any(name.startswith("dsia_gen.blender") for name in sys.modules)
"""

_LIGHT = """
import sys
import dsia_gen.align.images, dsia_gen.cli.train, dsia_gen.cli.align
from dsia_gen.align.methods import METHODS
from dsia_gen.align.training.trainable import TRAINABLES
assert [name for name, _ in METHODS.items()] and [kind.config for _, kind in TRAINABLES.items()]
assert not {"torch", "diffusers", "accelerate", "bpy"} & set(sys.modules), set(sys.modules)
"""


@pytest.mark.slow
@pytest.mark.parametrize("program", [_EVERYTHING, _LIGHT])
def test_what_importing_loads(program: str, checkout: Path) -> None:
    done = subprocess.run([sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
