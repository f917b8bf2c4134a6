"""A data set in use: validation, reading triplets from shards and from a folder of pictures, bytes a pair."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from bench.figures import Figure, seconds
from bench.scale import Scale
from dsia_gen.config.job import JobConfig
from dsia_gen.dataset import Dataset, open_dataset
from dsia_gen.dataset.export import ExportOptions, export
from dsia_gen.dataset.shards import Shards
from dsia_gen.dataset.validate import validate
from dsia_gen.farm.inline import InlineExecutor
from dsia_gen.farm.run_job import render_job
from dsia_gen.spec.light import Render
from dsia_gen.spec.outputs import sample_places

CROP = (480, 256)
WORKERS = 2
ALL_TRAIN = (1.0, 0.0, 0.0)


def measure(scale: Scale) -> list[Figure]:
    """A scene is rendered with few samples, and then read in every way that its users do."""
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        root = Path(folder)
        data = _rendered(root / "data", scale)
        return [_validation(data, scale), *_bytes(data), *_reading(data, root, scale)]


def _rendered(root: Path, scale: Scale) -> Dataset:
    job = JobConfig(
        name="bench-data",
        scenes=[{"config": "outdoor", "count": 1, "set": {"sequence.pairs": max(4, scale.pairs)}}],
        resolution=scale.resolution,
        quality=Render(samples=4),
    )
    render_job(job, root, InlineExecutor())
    return open_dataset(root)


def _validation(data: Dataset, scale: Scale) -> Figure:
    root = data.layout.root
    times = seconds(lambda: validate(root, photometric=False), scale.repeats)
    note = f"{len(data)} pairs of one scene, {scale.resolution[0]}x{scale.resolution[1]}, hashes included"
    rates = tuple(len(data) / time for time in times)
    return Figure("validation without photometric checks, one core", "pairs/s", rates, "at least", 20, note)


def _bytes(data: Dataset) -> Iterator[Figure]:
    """Bytes of each output for a pair; what views share is counted once."""
    total = 0.0
    for name in data.outputs:
        files = {sample.file(*place) for sample in data for place in sample_places([name]).values()}
        size = sum(path.stat().st_size for path in files) / len(data)
        total += size
        yield Figure(f"disk: {name}", "kB a pair", (size / 1e3,))
    yield Figure("disk: all default outputs", "kB a pair", (total / 1e3,))


def _reading(data: Dataset, root: Path, scale: Scale) -> Iterator[Figure]:
    """Triplets a second with two loader processes: random crops of the three images and the dynamic mask."""
    chosen = ("image", "dynamic_union")
    for name, raw in (("encoded", False), ("raw", True)):
        export(data.layout.root, root / name, "webdataset", ExportOptions(ratios=ALL_TRAIN, outputs=chosen, raw=raw))
    export(data.layout.root, root / "folder", "dmaligner", ExportOptions(ratios=ALL_TRAIN))
    crop = CROP if scale.resolution[0] >= CROP[0] else (scale.resolution[0] // 2, scale.resolution[1] // 2)
    samples = sorted(path.parent for path in (root / "folder").rglob("img1.png"))
    sources: dict[str, tuple[Callable[[int], Any], float | None]] = {
        "raw shards": (_pairs(Shards(root / "raw"), crop), 200),
        "shards": (_pairs(Shards(root / "encoded"), crop), None),
        "a plain folder of PNG": (PlainFolder(samples, crop).__getitem__, None),
    }
    note = f"crops of {crop[0]}x{crop[1]} from {scale.resolution[0]}x{scale.resolution[1]}, files in memory"
    for name, (item, goal) in sources.items():
        rates = tuple(_rate(item, 64 if goal is None else 400) for _ in range(3))
        yield Figure(f"reading {name}, {WORKERS} loader processes", "triplets/s", rates, "at least", goal, note)


def _pairs(shards: Shards, crop: tuple[int, int]) -> Callable[[int], Any]:
    from dsia_gen.align.tensors import PairTensors
    from dsia_gen.align.training.run_config import DataConfig

    pairs = PairTensors(shards, ["dynamic_union"], DataConfig(crop=crop))
    return lambda index: pairs[index % len(pairs)]


class PlainFolder:
    """How most training code reads: open four pictures, cut, to tensors."""

    def __init__(self, samples: list[Path], crop: tuple[int, int]) -> None:
        self.samples, self.crop = samples, crop

    def __getitem__(self, index: int) -> Any:
        import torch

        folder = self.samples[index % len(self.samples)]
        rng = np.random.default_rng(index)
        out = []
        for name in ("img1", "img2", "img1_warp_gt", "input_mask"):
            picture = np.array(Image.open(folder / f"{name}.png").convert("RGB"))
            top = int(rng.integers(picture.shape[0] - self.crop[1] + 1))
            left = int(rng.integers(picture.shape[1] - self.crop[0] + 1))
            out.append(torch.from_numpy(picture[top : top + self.crop[1], left : left + self.crop[0]].copy()))
        return out


class _Endless:
    """A map-style data set of `count` items made by a function."""

    def __init__(self, item: Callable[[int], Any], count: int) -> None:
        self.item, self.count = item, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Any:
        return self.item(index)


def _rate(item: Callable[[int], Any], count: int) -> float:
    """Items a second once the loader processes run: a first batch is not counted."""
    from torch.utils.data import DataLoader

    loader = iter(
        DataLoader(_Endless(item, count + 8), batch_size=8, num_workers=WORKERS, multiprocessing_context="fork")
    )
    next(loader)
    begun = time.perf_counter()
    for _ in loader:
        pass
    return count / (time.perf_counter() - begun)
