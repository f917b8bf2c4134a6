"""Pairs as tensors: one draw for images, flow, masks and depth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.utils.data import DataLoader  # noqa: E402

from dsia_gen.align.tensors import PairTensors  # noqa: E402
from dsia_gen.align.training.data import Triplets, open_source  # noqa: E402
from dsia_gen.align.training.run_config import DataConfig  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from dsia_gen.core.image_metrics import backward_warp, psnr  # noqa: E402
from dsia_gen.dataset.export.contract import ExportOptions  # noqa: E402
from dsia_gen.dataset.export.run_export import export  # noqa: E402
from dsia_gen.dataset.reader import Dataset, open_dataset  # noqa: E402
from dsia_gen.dataset.shards import Shards  # noqa: E402
from dsia_gen.spec.outputs import OUTPUTS  # noqa: E402
from tests.dataset.synthetic import write_dataset  # noqa: E402

pytestmark = pytest.mark.torch
CUT = DataConfig(crop=(96, 60))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(write_dataset(tmp_path_factory.mktemp("tensors") / "data", scenes=2).root)


def test_whole_samples_are_the_arrays_of_the_reader(data: Dataset) -> None:
    names = ["flow_gt_to_2", "depth_gt", "instances_1", "dynamic_union", "occlusion_gt_to_2", "scene_flow_1_to_gt"]
    item, sample = PairTensors(data, names)[1], data[1]
    assert item["id"] == sample.id
    assert np.array_equal(item["image_gt"].numpy().transpose(1, 2, 0), sample.image("gt"))
    assert np.array_equal(item["flow_gt_to_2"].numpy().transpose(1, 2, 0), sample.flow("gt_to_2"), equal_nan=True)
    assert np.array_equal(item["depth_gt"].numpy()[0], sample.depth("gt"))
    assert np.array_equal(item["instances_1"].numpy()[0], sample.instances("1"))
    assert item["dynamic_union"].dtype == torch.bool
    assert item["scene_flow_1_to_gt"].shape[0] == 3


def test_every_output_can_be_asked_for(data: Dataset) -> None:
    names = [o.name if o.scope == "pair" else f"{o.name}_2" for o in OUTPUTS.values()]
    item = PairTensors(data, names, CUT)[0]
    assert all(item[name].shape[1:] == (60, 96) for name in names)


def test_the_flow_of_a_cut_still_warps_its_pictures(data: Dataset) -> None:
    """Over many draws, with and without flips: I2 of the cut, warped by the flow of the cut, is its Igt."""
    pairs = PairTensors(data, ["flow_gt_to_2", "occlusion_gt_to_2", "unreliable_gt"], CUT)
    flips = set()
    for epoch in range(6):
        pairs.set_epoch(epoch)
        for item in (pairs[i] for i in range(len(pairs))):
            flow = item["flow_gt_to_2"].numpy().transpose(1, 2, 0)
            seen = (item["occlusion_gt_to_2"].numpy()[0] == 0) & ~item["unreliable_gt"].numpy()[0]
            rows, columns = np.indices(seen.shape)
            x, y = columns + flow[..., 0], rows + flow[..., 1]
            seen &= (x >= 0) & (x <= 95) & (y >= 0) & (y <= 59)  # the cut has borders of its own
            warped = backward_warp(item["image_2"].numpy().transpose(1, 2, 0), flow)
            assert psnr(warped, item["image_gt"].numpy().transpose(1, 2, 0), seen) > 28
            flips.add(tuple(np.sign(np.nanmean(flow, axis=(0, 1)))))
    assert len(flips) >= 2, "some draws were flipped"


@pytest.mark.parametrize("raw", [False, True], ids=["encoded", "raw"])
def test_shards_give_the_same_tensors(data: Dataset, raw: bool, tmp_path: Path) -> None:
    export(data.layout.root, tmp_path / "s", "webdataset", ExportOptions(ratios=(1.0, 0.0, 0.0), raw=raw))
    names = ["flow_gt_to_2", "depth_gt", "dynamic_union"]
    shards = Shards(tmp_path / "s")
    loaded = [item["id"][0] for item in DataLoader(PairTensors(shards, names, CUT), num_workers=1)]
    assert tuple(loaded) == shards.ids
    whole, cut = PairTensors(data, names), PairTensors(shards, names)
    for i, name in enumerate(shards.ids):
        wanted, found = whole[data.ids.index(name)], cut[i]
        assert all(torch.equal(torch.nan_to_num(found[k]), torch.nan_to_num(wanted[k])) for k in wanted if k != "id")


def test_the_aligner_trains_from_shards(data: Dataset, tmp_path: Path) -> None:
    export(data.layout.root, tmp_path / "s", "webdataset", ExportOptions(ratios=(0.5, 0.5, 0.0)))
    train, held_out = open_source(DataConfig(path=str(tmp_path / "s"), crop=(64, 48)))
    assert len(train) + len(held_out) in (len(data), 2 * len(data))  # both scenes may fall into one split
    item = Triplets(train, DataConfig(crop=(64, 48)), seed=0)[0]
    assert item.images["gt"].shape == (3, 48, 64) and item.mask.dtype == torch.bool
    few, _ = open_source(DataConfig(path=str(tmp_path / "s"), subsets=["ScSf"]))
    assert len(few) == sum(sample.record["subset"] == "ScSf" for sample in Shards(tmp_path / "s", {"train"}))


def test_draws_follow_seed_and_epoch_and_workers_do_not_matter(data: Dataset) -> None:
    pairs = PairTensors(data, ["dynamic_union"], CUT, seed=3)
    first = [item["image_1"] for item in pairs]
    loaded = [item["image_1"][0] for item in DataLoader(pairs, num_workers=2)]
    assert all(torch.equal(a, b) for a, b in zip(first, loaded, strict=True))
    pairs.set_epoch(1)
    assert any(not torch.equal(a, pairs[i]["image_1"]) for i, a in enumerate(first))


@pytest.mark.parametrize("name", ["flow", "depth", "image_3", "flow_1_to_2_gt"])
def test_unknown_outputs_are_refused_at_once(data: Dataset, name: str) -> None:
    with pytest.raises(AlignError, match=r"outputs: .*(is not an output of a sample; did you mean|one of depth_1)"):
        PairTensors(data, [name])


def test_a_crop_that_does_not_fit_names_the_sample(data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(AlignError, match=r"00000_0000 is 128x72, smaller than data\.crop 480x256"):
        PairTensors(data, config=DataConfig())[0]


def test_crop_and_flips_are_those_of_a_configuration(data: Dataset) -> None:
    names = ["flow_gt_to_2", "dynamic_union"]
    plain = PairTensors(data, names, crop=(60, 96), flips=True, seed=4)
    assert plain[0]["image_1"].shape == (3, 60, 96)
    configured = PairTensors(data, names, CUT, seed=4)
    for i in range(len(data)):
        assert all(torch.equal(torch.nan_to_num(plain[i][k]), torch.nan_to_num(configured[i][k])) for k in names)
    across = PairTensors(data, names, flips="horizontal")
    assert across.config == DataConfig(crop=None, flip_horizontal=True, flip_vertical=False)
    assert PairTensors(data).config == DataConfig(crop=None, flip_horizontal=False, flip_vertical=False)


@pytest.mark.parametrize(
    ("given", "words"),
    [({"crop": 64}, "height, width"), ({"crop": (0, 8)}, "1 to 16384"), ({"crop": (8.5, 8)}, "height, width"),
     ({"flips": "diagonal"}, "'vertical'"), ({"crop": (60, 96), "config": CUT}, "either config"),
     ({"flips": True, "config": CUT}, "either config")],
)  # fmt: skip
def test_a_wrong_crop_or_flip_is_refused_at_once(data: Dataset, given: dict[str, object], words: str) -> None:
    with pytest.raises(AlignError, match=words):
        PairTensors(data, **given)  # type: ignore[arg-type]
