"""Features of a fixed classifier in the motion-compensated aligner: they begin without effect, stay fixed, travel."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")

from dsia_gen.align.layered.triplets import layered_triplet  # noqa: E402
from dsia_gen.align.matching.features import open_features  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_network import build_mc_network  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline  # noqa: E402
from dsia_gen.align.methods.mc_aligner.mc_task import McTask  # noqa: E402
from dsia_gen.align.methods.mc_aligner.start import start  # noqa: E402
from dsia_gen.align.methods.method import UnavailableError  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.align.training.warm_start import warm_start  # noqa: E402
from tests.align.methods.mc_aligner.make import SIZE, mc_config  # noqa: E402

pytestmark = pytest.mark.torch


def test_planes_that_are_added_do_not_change_the_answer_at_first() -> None:
    sample = layered_triplet(5, 0, SIZE, faults=False)
    begun = start([sample.image("1")], [sample.image("2")])
    model = mc_config().model
    narrow = build_mc_network(model, 1).eval()
    wide = build_mc_network(model.model_copy(update={"semantics": "lite0"}), 2).eval()
    with torch.no_grad():
        before = wide(begun).image
        warm_start(wide, narrow.state_dict(), "narrow")
        assert torch.equal(wide(begun).image, narrow(begun).image)
    assert not torch.equal(before, narrow(begun).image)


@pytest.mark.slow
def test_the_classifier_is_fixed_and_travels_with_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = mc_config(model={"semantics": "lite0"}, train={"steps": 2})
    try:
        first = McTask(config).phases[0].module.semantics
    except UnavailableError as error:
        pytest.skip(str(error))
    train(config, tmp_path / "run")
    monkeypatch.setattr(open_features, "find_spec", lambda name: None)
    again = McPipeline.from_pretrained(tmp_path / "run")
    learned = again.network.semantics
    assert learned is not None
    assert all(torch.equal(a, b) for a, b in zip(first.lite0.state_dict().values(), learned.lite0.state_dict().values(),
                                                 strict=True))  # fmt: skip
    assert any(
        not torch.equal(a, b) for a, b in zip(first.reduce.parameters(), learned.reduce.parameters(), strict=True)
    )
    image = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    assert again(image, np.roll(image, 3, axis=1)).image.shape == image.shape
    with pytest.raises(UnavailableError, match="pip install"):
        McTask(config)
    train(mc_config(model={"semantics": "lite0"}, train={"steps": 3}), tmp_path / "run")  # a run that goes on


@pytest.mark.slow
def test_a_run_goes_on_without_the_one_that_it_started_from(tmp_path: Path) -> None:
    train(mc_config(train={"steps": 1}), tmp_path / "first")
    document = {"weights": str(tmp_path / "first"), "model": {"semantics": "none"}}
    train(mc_config(**document, train={"steps": 1}), tmp_path / "second")
    assert "first" in (tmp_path / "second" / "warm_start.json").read_text()
    shutil.rmtree(tmp_path / "first")
    train(mc_config(**document, train={"steps": 2}), tmp_path / "second")
