"""Crops, flips, order and bad samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.training.data import (  # noqa: E402
    CachedSource,
    CropView,
    MixedSource,
    Positions,
    Triplets,
    collate,
    loader,
    measured,
    open_source,
    random_view,
)
from dsia_gen.align.training.run_config import DataConfig, SyntheticConfig  # noqa: E402
from dsia_gen.align.training.synthetic import SyntheticTriplet, SyntheticTriplets  # noqa: E402
from dsia_gen.core.errors import AlignError, StorageError  # noqa: E402
from dsia_gen.core.image_metrics import backward_warp, iou, psnr  # noqa: E402

pytestmark = pytest.mark.torch

MADE = SyntheticConfig(count=5, width=64, height=48)
CROPPED = DataConfig(crop=(16, 16), workers=0)


def test_made_up_triplets_are_exact() -> None:
    """Igt is I2 warped by the flow where it is seen; it is I1 outside the dynamic mask."""
    for i in range(3):
        sample = SyntheticTriplets(MADE)[i]
        seen = np.asarray(sample["occlusion_gt_to_2"]) == 0
        warped = backward_warp(sample.image("2"), np.asarray(sample["flow_gt_to_2"]))
        assert psnr(warped, sample.image("gt"), seen) > 28
        static = ~np.asarray(sample["dynamic_union"])
        assert np.array_equal(sample.image("1")[static], sample.image("gt")[static])
        assert not np.array_equal(sample.image("1"), sample.image("gt"))


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("upside_down", [False, True])
def test_flips_and_crops_keep_image_and_flow_together(mirror: bool, upside_down: bool) -> None:
    """A warp after the cut is the cut of the warp, away from the border that the cut makes."""
    sample = SyntheticTriplets(MADE)[1]
    view = CropView(8, 12, 32, 40, mirror, upside_down)
    flow = np.asarray(sample["flow_gt_to_2"], dtype=np.float32)
    whole = view.cut(backward_warp(sample.image("2"), flow))
    part = backward_warp(view.cut(sample.image("2")), view.cut_flow(flow))
    rows, columns = np.mgrid[:32, :40]
    target = np.stack([columns, rows], axis=-1) + view.cut_flow(flow)
    inside = np.all((target > 0) & (target < (39, 31)), axis=-1)
    assert inside.mean() > 0.3
    assert np.abs(whole[inside].astype(int) - part[inside].astype(int)).max() <= 1


def test_the_signs_of_a_flipped_flow() -> None:
    flow = np.dstack([np.full((2, 2), 3.0), np.full((2, 2), 5.0)])
    assert CropView(0, 0, 2, 2, mirror=True).cut_flow(flow)[0, 0].tolist() == [-3, 5]
    assert CropView(0, 0, 2, 2, upside_down=True).cut_flow(flow)[0, 0].tolist() == [3, -5]


class Coordinates:
    """A sample in which every array says where each pixel was."""

    id = "coordinates"

    def __init__(self, height: int = 40, width: int = 50) -> None:
        self.rows, self.columns = np.mgrid[:height, :width]

    def image(self, role: Any) -> Any:
        return np.stack([self.rows, self.columns, np.full_like(self.rows, ord(role[0]))], axis=-1).astype(np.uint8)

    def __getitem__(self, name: Any) -> Any:
        return (self.rows + self.columns) % 2 == 0

    def __contains__(self, name: Any) -> bool:
        return True


def test_one_draw_serves_all_arrays_of_a_sample() -> None:
    triplets = Triplets([Coordinates()], CROPPED, seed=0)
    draws = set()
    for position in range(40):
        item = triplets[position]
        first, second, truth = (item.images[role] for role in ("1", "2", "gt"))
        assert torch.equal(first[:2], second[:2])
        assert torch.equal(first[:2], truth[:2])
        assert torch.equal(item.mask[0], (first[0].int() + first[1].int()) % 2 == 0)
        mirrored, upside_down = bool(first[1, 0, 0] > first[1, 0, 1]), bool(first[0, 0, 0] > first[0, 1, 0])
        draws.add((int(first[0].min()), int(first[1].min()), mirrored, upside_down))
    assert len(draws) > 30
    assert {draw[2:] for draw in draws} == {(False, False), (False, True), (True, False), (True, True)}


def test_flips_can_be_left_out() -> None:
    config = CROPPED.model_copy(update={"flip_horizontal": False, "flip_vertical": False})
    views = [random_view(np.random.default_rng(k), (40, 50), (16, 16), config) for k in range(20)]
    assert not any(view.mirror or view.upside_down for view in views)


def test_an_epoch_sees_every_sample_once_in_its_own_order() -> None:
    triplets = Triplets(SyntheticTriplets(MADE), CROPPED, seed=0)
    epochs = [[triplets[5 * e + k].id for k in range(5)] for e in range(3)]
    assert all(len(set(epoch)) == 5 for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1


def test_a_position_is_the_same_sample_whoever_asks() -> None:
    a, b = (Triplets(SyntheticTriplets(MADE), CROPPED, seed=1) for _ in range(2))
    for position in (13, 2):
        assert a[position].id == b[position].id
        assert torch.equal(a[position].images["gt"], b[position].images["gt"])


def test_processes_share_what_one_would_see() -> None:
    alone = Positions(0, 4, 2)
    shared = [Positions(0, 2, 2, rank, 2) for rank in range(2)]
    streams = [iter(p) for p in (alone, *shared)]
    for _ in range(6):
        whole, *parts = (next(stream) for stream in streams)
        assert [p for part in parts for p in part] == whole


def test_positions_go_on_where_they_stopped() -> None:
    stream = iter(Positions(0, 3, 2))
    passed = [next(stream) for _ in range(8)]
    assert next(iter(Positions(4, 3, 2))) == next(stream)
    assert [p for part in passed for p in part] == list(range(24))


class Damaged(SyntheticTriplets):
    """A source whose second sample cannot be read."""

    def __getitem__(self, index: int) -> Any:
        sample = super().__getitem__(index)
        return Broken(sample.id) if index == 1 else sample


class Broken:
    def __init__(self, name: str) -> None:
        self.id = name

    def image(self, role: Any) -> Any:
        raise StorageError(f"{self.id}/gt.png is truncated; render the scene again")

    def __getitem__(self, name: Any) -> Any:
        raise StorageError("never asked")

    def __contains__(self, name: Any) -> bool:
        return False


def test_a_corrupt_sample_is_skipped_and_named() -> None:
    triplets = Triplets(Damaged(MADE), CROPPED, seed=0)
    items = [triplets[position] for position in range(5)]
    reasons = [reason for item in items for reason in item.skipped]
    assert len(reasons) == 1
    assert reasons[0].startswith("synthetic_0_00001: ")
    assert "truncated" in reasons[0]
    assert all(item.id != "synthetic_0_00001" for item in items)
    assert collate(items).skipped == reasons


def test_a_kept_sample_is_opened_once_and_a_broken_one_again() -> None:
    opened: list[int] = []

    class Counting(Damaged):
        def __getitem__(self, index: int) -> Any:
            opened.append(index)
            return super().__getitem__(index)

    fresh, kept = Triplets(Damaged(MADE), CROPPED, seed=0), Triplets(CachedSource(Counting(MADE)), CROPPED, seed=0)
    items = [(fresh[position], kept[position]) for position in range(10)]
    assert sorted(opened) == list(range(5))
    assert all(torch.equal(a.images["2"], b.images["2"]) and torch.equal(a.mask, b.mask) for a, b in items)
    assert sum(len(b.skipped) for _, b in items) == 2  # once an epoch, as without


def test_validation_passes_over_a_corrupt_sample(caplog: pytest.LogCaptureFixture) -> None:
    found = measured(Damaged(MADE), 5, lambda sample: (sample.image("1"), sample.id)[1])
    assert found == [f"synthetic_0_{k:05d}" for k in (0, 2, 3, 4)]
    assert "synthetic_0_00001: synthetic_0_00001/gt.png is truncated" in caplog.text
    with pytest.raises(AlignError, match=r"not one sample can be validated on; the first is bad: bad/gt.png"):
        measured([Broken("bad")], 4, lambda sample: sample.image("1"))


def test_when_nothing_can_be_read_that_is_an_error() -> None:
    with pytest.raises(AlignError, match=r"2 samples in a row cannot be used; the first is bad"):
        Triplets([Broken("bad"), Broken("bad")], CROPPED, seed=0)[0]


def test_images_smaller_than_the_crop_are_named() -> None:
    with pytest.raises(AlignError, match=r"is 50x40, smaller than data.crop 64x16; lower data.crop"):
        Triplets([Coordinates()], DataConfig(crop=(64, 16)), seed=0)[0]


def test_mixed_sizes_are_named() -> None:
    made = SyntheticTriplets(MADE)[0]
    mixed = SyntheticTriplet("mixed", {**made.images, "2": made.images["2"][:-4]}, made.arrays)
    with pytest.raises(AlignError, match="mixed mixes sizes: image 2"):
        Triplets([mixed], CROPPED, seed=0)[0]
    grey = SyntheticTriplet("grey", {**made.images, "gt": made.images["gt"][..., 0]}, made.arrays)
    with pytest.raises(AlignError, match="image gt of grey is not 8-bit RGB"):
        Triplets([grey], CROPPED, seed=0)[0]


def test_samples_of_different_sizes_need_a_crop() -> None:
    items = [Triplets([Coordinates(40, w)], DataConfig(crop=None), seed=0, multiple=8)[0] for w in (48, 64)]
    with pytest.raises(AlignError, match=r"set data\.crop"):
        collate(items)


def test_without_a_crop_the_image_is_cut_to_what_the_network_divides() -> None:
    triplets = Triplets([Coordinates(45, 50)], DataConfig(crop=None), seed=0, multiple=8)
    items = [triplets[position] for position in range(30)]
    assert {tuple(item.mask.shape) for item in items} == {(1, 40, 48)}
    assert max(int(item.images["1"][0].max()) for item in items) == 44  # the last row has its turn


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_a_mixed_source_has_all_samples_in_the_share_asked_for(share: float) -> None:
    first, second = range(7), range(100, 300)
    mixed = MixedSource(first, second, share)  # type: ignore[arg-type]
    samples = [mixed[k] for k in range(len(mixed))]
    made = [int(sample) for sample in samples if int(sample) >= 100]  # type: ignore[call-overload]
    assert sorted(made) == list(second) and set(samples) == {*first, *second}
    assert abs(len(made) / len(samples) - share) < 0.03
    assert len({samples.count(k) for k in first}) == 1  # type: ignore[arg-type]


def test_no_samples_is_an_error() -> None:
    with pytest.raises(AlignError, match="no sample to train on"):
        Triplets([], CROPPED, seed=0)


def test_a_batch_becomes_floats_between_minus_one_and_one() -> None:
    triplets = Triplets(SyntheticTriplets(MADE), CROPPED, seed=0)
    batch = collate([triplets[0], triplets[1]])
    ready = batch.to(torch.device("cpu"))
    torch.testing.assert_close(ready.images["gt"], batch.images["gt"].float() / 127.5 - 1)
    assert set(ready.mask.unique().tolist()) <= {0.0, 1.0}
    assert batch.positions == [0, 1]


def test_loader_processes_change_nothing() -> None:
    triplets = Triplets(SyntheticTriplets(MADE), CROPPED, seed=0)
    state = torch.random.get_rng_state()
    streams = [iter(loader(triplets, Positions(0, 2, 1), workers, pin=False)) for workers in (0, 1)]
    for _ in range(3):
        a, b = (next(stream) for stream in streams)
        assert a.ids == b.ids
        assert torch.equal(a.images["2"], b.images["2"])
    assert torch.equal(torch.random.get_rng_state(), state)


def test_whole_scenes_are_held_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dsia_gen.dataset.documents import DatasetDocument, SampleRow
    from dsia_gen.dataset.layout import DatasetLayout
    from dsia_gen.dataset.reader import Dataset

    same = {"t1": 0, "p1": 0, "t2": 1, "p2": 1, "config": "", "setting": "", "seed": 0}
    names = [(f"s{k % 7}", k, "LcLf" if k % 2 else "ScSf") for k in range(70)]
    rows = [SampleRow(scene=s, pair=k, subset=subset, sample=f"{s}_{k:04d}", **same) for s, k, subset in names]
    data = Dataset(DatasetLayout(tmp_path), rows, DatasetDocument(name="", outputs=[]))
    monkeypatch.setattr("dsia_gen.dataset.reader.open_dataset", lambda path: data)
    train, held_out = open_source(DataConfig(path="x", holdout=0.3))
    scenes = [{row.scene for row in part.rows} for part in (train, held_out)]  # type: ignore[attr-defined]
    assert len(scenes[1]) == 2
    assert not scenes[0] & scenes[1]
    assert len(train) + len(held_out) == 70
    some, _ = open_source(DataConfig(path="x", holdout=0.0, subsets=["LcLf"]))
    assert len(some) == 35


def test_measures() -> None:
    a = np.full((4, 4, 3), 100, np.uint8)
    assert psnr(a, a) == float("inf")
    assert psnr(a, a + 10) == pytest.approx(10 * np.log10(255**2 / 100))
    assert np.isnan(psnr(a, a, np.zeros((4, 4), bool)))
    assert iou(np.array([True, True, False]), np.array([False, True, True])) == pytest.approx(1 / 3)
    shifted = backward_warp(np.arange(12, dtype=np.uint8).reshape(2, 2, 3), np.full((2, 2, 2), (1.0, 0.0)))
    assert shifted[0].tolist() == [[3, 4, 5], [3, 4, 5]]
