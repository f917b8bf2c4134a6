"""Weights of another run as a start: what fits is taken, what does not is told, and a run that goes on has its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.methods.dmaligner.model import build_aligner  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.align.training.warm_start import FILE, warm_start  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from tests.align.make import aligner_config, make_pipeline  # noqa: E402

pytestmark = [pytest.mark.torch]


def test_weights_of_the_same_network_are_all_taken() -> None:
    model = aligner_config().model
    source, module = build_aligner(model, 3, 1), build_aligner(model, 3, 2)
    told = warm_start(module, source.state_dict(), "runs/a")
    assert not (told.partly or told.fresh or told.unused)
    assert all(
        torch.equal(a, b) for a, b in zip(source.state_dict().values(), module.state_dict().values(), strict=True)
    )
    assert told.sentence() == f"{len(told.taken)} of {len(told.taken)} weights are those of runs/a"


def test_a_network_with_more_inputs_begins_as_the_one_with_fewer() -> None:
    """The mask module adds V_M to what the denoiser sees: its weights begin at zero, so the answer is the same."""
    plain = build_aligner(aligner_config(model={"mask": None}).model, 3, 1)
    module = build_aligner(aligner_config().model, 3, 2)
    told = warm_start(module, plain.state_dict(), "runs/plain")
    assert told.partly == ("unet.conv_in.weight",) and all(name.startswith("mask.") for name in told.fresh)
    x, v1, v2 = torch.randn(3, 1, 3, 8, 8)
    t = torch.zeros(1)
    with torch.no_grad():
        torch.testing.assert_close(module(x, t, v1, v2)[0], plain(x, t, v1, v2)[0])
    back = warm_start(build_aligner(aligner_config(model={"mask": None}).model, 3, 3), module.state_dict(), "runs/m")
    assert back.partly == ("unet.conv_in.weight",) and all(name.startswith("mask.") for name in back.unused)


def test_a_source_without_one_fitting_weight_is_refused() -> None:
    module = build_aligner(aligner_config().model, 3, 2)
    with pytest.raises(AlignError, match="runs/other has no weight that fits this network; set weights"):
        warm_start(module, {"layer": torch.zeros(3)}, "runs/other")


@pytest.mark.slow
def test_a_run_starts_from_another_and_goes_on_without_it(tmp_path: Path) -> None:
    first = tmp_path / "first"
    make_pipeline(train={"seed": 5}).save_pretrained(first)
    config = aligner_config(train={"steps": 1, "learning_rate": 1e-9}).model_copy(update={"weights": str(first)})
    outcome = train(config, tmp_path / "run", progress=False)
    told = json.loads((tmp_path / "run" / FILE).read_text())
    assert told["source"] == str(first) and not told["fresh"]
    assert outcome.notes == (f"{len(told['taken'])} of {len(told['taken'])} weights are those of {first}",)
    assert "## Start" in (tmp_path / "run" / "README.md").read_text()
    shutil.rmtree(first)
    longer = config.model_copy(update={"train": config.train.model_copy(update={"steps": 2})})
    assert train(longer, tmp_path / "run", progress=False).start == 1
