"""Training a flow network: loop, loss and run, with a network of our own, and with ptlflow's where it is installed."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from dsia_gen.align.methods import ImagePair, MethodOptions  # noqa: E402
from dsia_gen.align.methods.learned_flow import flow_network  # noqa: E402
from dsia_gen.align.methods.learned_flow.flow_config import FlowRunConfig  # noqa: E402
from dsia_gen.align.methods.learned_flow.flow_network import (  # noqa: E402
    FlowNetwork,
    build_flow_network,
    network_class,
    read_weights,
)
from dsia_gen.align.methods.learned_flow.flow_task import FlowTask, load_flow_run  # noqa: E402
from dsia_gen.align.training.data import Triplets, collate, open_source  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.align.training.trainable import TRAINABLES, open_run  # noqa: E402
from dsia_gen.align.weight_files import save_tensors  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from tests.align.make import aligner_config  # noqa: E402

pytestmark = pytest.mark.torch


class OneFlow(nn.Module):
    """Answers with one learned displacement for every pixel, under the contract of ptlflow's networks."""

    pretrained_checkpoints: ClassVar = {"things": "https://example.org/one-flow.ckpt"}

    def __init__(self, start: float = 0.0) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.full((2,), start))

    def forward(self, inputs: dict[str, Any]) -> dict[str, Any]:
        images = inputs["images"]
        assert images.min() >= 0 and images.max() <= 1
        batch, _, _, height, width = images.shape
        return {"flows": self.value[None, None, :, None, None].expand(batch, 1, 2, height, width)}

    def loss_fn(self, outputs: dict[str, Any], inputs: dict[str, Any]) -> Any:
        valid = inputs["valids"]
        return ((outputs["flows"] - inputs["flows"]).abs() * valid).sum() / valid.sum().clamp(min=1)


@pytest.fixture
def one_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_network, "network_class", lambda name: OneFlow)


def config(**changes: Any) -> FlowRunConfig:
    base = aligner_config().model_dump()
    data = {**base["data"], "synthetic": {"count": 1, "width": 64, "height": 48}, "crop": None,
            "flip_horizontal": False, "flip_vertical": False}  # fmt: skip
    train = {**base["train"], "steps": 24, "batch_size": 1, "learning_rate": 0.5, "ema": 0}
    document = {
        "name": "test",
        "network": {"model": "raft_small"},
        "direction": "gt_to_2",
        "data": data,
        "train": train,
    }
    return FlowRunConfig.model_validate({**document, **changes})


@pytest.mark.slow
def test_a_network_learns_the_flow_of_the_data(one_flow: None, tmp_path: Path) -> None:
    outcome = train(config(), tmp_path / "run", progress=False)
    assert np.mean(outcome.losses[-5:]) < 0.7 * outcome.losses[0]
    assert outcome.validation["flow/epe"] > 0 and math.isfinite(outcome.validation["psnr/warp"])
    source, _ = open_source(config().data)
    exact = np.median(source[0]["flow_gt_to_2"].reshape(-1, 2), axis=0)
    run = load_flow_run(tmp_path / "run")
    assert np.abs(run.network.inner.value.detach().numpy() - exact).max() < 1.5, (
        "the median is what lowers the mean distance"
    )
    assert len(run.hash) == 64


def test_a_run_is_a_method_of_the_evaluation(one_flow: None, tmp_path: Path) -> None:
    train(config(train={**config().train.model_dump(), "steps": 2}), tmp_path / "run", progress=False)
    recognises = TRAINABLES.get("flow").recognises
    assert recognises(tmp_path / "run") and not recognises(tmp_path)
    method = open_run(tmp_path / "run", "mine", MethodOptions(device="cpu"))
    image = np.zeros((48, 64, 3), dtype=np.uint8)
    answer = method.align(ImagePair(image, image))
    assert answer.flow is not None and answer.flow.shape == (48, 64, 2)
    assert method.info.name == "mine" and "raft_small" in method.info.title


@pytest.mark.slow
def test_an_interrupted_run_goes_on(one_flow: None, tmp_path: Path) -> None:
    halves = config().train.model_dump()
    whole = train(config(), tmp_path / "whole", progress=False)
    train(config(train={**halves, "steps": 15, "checkpoint_every": 15}), tmp_path / "cut", progress=False)
    rest = train(config(), tmp_path / "cut", progress=False)
    assert rest.start == 15
    assert rest.losses == pytest.approx(whole.losses[15:])


def test_pixels_without_ground_truth_do_not_count() -> None:
    task = FlowTask(config(), FlowNetwork(OneFlow(1.0), "one"))
    source, _ = open_source(config().data)
    item = Triplets(source, task.config.data, 0, task.multiple, task.flows)[0]
    batch = collate([item]).to(torch.device("cpu"))
    flow = batch.flows["gt_to_2"]
    flow[:] = 1.0
    flow[..., :10, :] = float("nan")
    flow[..., 10:20, :] = 9.0
    loss, scalars = task.loss(task.network, batch)
    height = flow.shape[-2]
    assert float(loss) == pytest.approx(8 * 2 * 10 / (height - 10))
    assert float(scalars["flow/epe"]) == pytest.approx(8 * math.sqrt(2) * 10 / (height - 10), rel=1e-5)


def test_flow_that_ends_outside_can_be_left_out() -> None:
    task = FlowTask(config(inside_only=True), FlowNetwork(OneFlow(0.0), "one"))
    source, _ = open_source(config().data)
    batch = collate([Triplets(source, task.config.data, 0, 8, task.flows)[0]]).to(torch.device("cpu"))
    flow = batch.flows["gt_to_2"]
    flow.zero_()
    flow[..., :4] = -1000.0
    assert float(task.loss(task.network, batch)[0]) == 0


def test_flips_of_an_image_flip_its_flow() -> None:
    data = config().data
    source, _ = open_source(data)
    plain = Triplets(source, data, 0, 1, ("gt_to_2",))
    flipped = Triplets(source, data.model_copy(update={"flip_horizontal": True}), 0, 1, ("gt_to_2",))
    mirrored = next(k for k in range(20) if not torch.equal(plain[k].images["gt"], flipped[k].images["gt"]))
    a, b = plain[mirrored].flows["gt_to_2"], flipped[mirrored].flows["gt_to_2"]
    assert torch.allclose(b[0], -a[0].flip(-1)) and torch.allclose(b[1], a[1].flip(-1))


def test_weights_come_from_a_file_or_from_the_cache(
    one_flow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_tensors(tmp_path / "w.safetensors", {"value": torch.tensor([3.0, 4.0])})
    network = build_flow_network(config().network.model_copy(update={"weights": str(tmp_path / "w.safetensors")}), 0)
    assert network.inner.value.tolist() == [3.0, 4.0]
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(AlignError, match=r"are not here; download https://example.org/one-flow.ckpt"):
        read_weights("raft_small", "things")
    (tmp_path / "checkpoints").mkdir()
    torch.save({"state_dict": {"value": torch.tensor([5.0, 6.0])}}, tmp_path / "checkpoints" / "one-flow.ckpt")
    assert read_weights("raft_small", "things")["value"].tolist() == [5.0, 6.0]
    with pytest.raises(AlignError, match="known: things"):
        read_weights("raft_small", "chairs")


def test_an_unknown_network_is_answered_with_the_nearest() -> None:
    with pytest.raises(AlignError, match="did you mean 'raft_small'"):
        network_class("raft_smal")


@pytest.mark.skipif(importlib.util.find_spec("ptlflow") is None, reason="needs ptlflow (docs/evaluation.md)")
def test_a_network_of_ptlflow_trains_and_is_opened_again(tmp_path: Path) -> None:
    small = {**config().data.model_dump(), "synthetic": {"count": 1, "width": 160, "height": 128}}
    few = {**config().train.model_dump(), "steps": 3, "learning_rate": 1e-4}
    network = {"model": "raft_small", "arguments": {"iters": 2}}
    outcome = train(config(network=network, data=small, train=few), tmp_path / "run", progress=False)
    assert all(math.isfinite(loss) for loss in outcome.losses)
    opened = load_flow_run(tmp_path / "run").network
    image = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    assert opened.eval().estimate(image, image).shape == (60, 90, 2)
