"""Samples for training: one random choice of crop and flips a sample, in an order that can be resumed."""

from __future__ import annotations

import hashlib
import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dsia_gen.align.training.run_config import DataConfig, SyntheticConfig
from dsia_gen.align.training.synthetic import KeptTriplets, MadeTriplets, SyntheticTriplets
from dsia_gen.core.errors import AlignError, DsiaError

_ROLES = ("1", "2", "gt")
_MAX_SKIPS = 20
_UNREADABLE = (DsiaError, OSError, ValueError, KeyError)
_log = logging.getLogger(__name__)
T = TypeVar("T")
Prepare = Callable[[Mapping[str, NDArray[np.uint8]], np.random.Generator], Mapping[str, NDArray[np.uint8]]]
"""(whole images (H, W, 3) of a sample by role, draws of its position) -> images of that size by name."""


class SampleLike(Protocol):
    """A triplet: of a data set, or made up."""

    @property
    def id(self) -> str: ...
    def image(self, role: Any, /) -> NDArray[np.uint8]: ...
    def __getitem__(self, name: Any, /) -> NDArray[Any]: ...
    def __contains__(self, name: Any, /) -> bool: ...


class SourceLike(Protocol):
    """A sequence of triplets."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> SampleLike: ...


@dataclass(frozen=True)
class CachedSample:
    """A sample of which everything that was read stays in memory."""

    sample: SampleLike
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.sample.id

    def image(self, role: Any) -> NDArray[np.uint8]:
        """(H, W, 3) uint8."""
        if role not in self.arrays:
            self.arrays[role] = self.sample.image(role)
        return self.arrays[role]

    def __getitem__(self, name: Any) -> NDArray[Any]:
        if name not in self.arrays:
            self.arrays[name] = self.sample[name]
        return self.arrays[name]

    def __contains__(self, name: Any) -> bool:
        return name in self.sample


class CachedSource:
    """A source whose samples are opened once; what could not be read is tried again."""

    def __init__(self, source: SourceLike) -> None:
        self.source = source
        self._samples: dict[int, CachedSample] = {}

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> CachedSample:
        if index not in self._samples:
            self._samples[index] = CachedSample(self.source[index])
        return self._samples[index]


@dataclass(frozen=True)
class MixedSource:
    """Every sample of `first` as often as brings those of `second` to a share of all, and each of `second` once."""

    first: SourceLike
    second: SourceLike
    share: float

    @property
    def repeats(self) -> int:
        """How often each sample of `first` occurs."""
        return max(1, round(len(self.second) * (1 - self.share) / self.share / max(1, len(self.first))))

    def __len__(self) -> int:
        return self.repeats * len(self.first) + len(self.second)

    def __getitem__(self, index: int) -> SampleLike:
        own = self.repeats * len(self.first)
        return self.first[index % len(self.first)] if index < own else self.second[index - own]


@dataclass(frozen=True)
class PartOfSource:
    """Every n-th sample of a source, for one of n processes."""

    source: SourceLike
    number: int
    parts: int

    def __len__(self) -> int:
        return len(range(self.number, len(self.source), self.parts))

    def __getitem__(self, index: int) -> SampleLike:
        return self.source[self.number + index * self.parts]


@dataclass(frozen=True)
class CropView:
    """A cut of a sample: the window in pixels and the two flips. All its arrays go through the same one."""

    top: int
    left: int
    height: int
    width: int
    mirror: bool = False
    upside_down: bool = False

    def cut(self, array: NDArray[Any]) -> NDArray[Any]:
        """An (H, W) or (H, W, C) array of colours, masks or ids."""
        part = array[self.top : self.top + self.height, self.left : self.left + self.width]
        if self.mirror:
            part = part[:, ::-1]
        if self.upside_down:
            part = part[::-1]
        return np.array(part)  # never a view: what lies in a file or a cache is not written to

    def cut_flow(self, vectors: NDArray[Any]) -> NDArray[Any]:
        """An (H, W, C) array whose first components are right and down: a flip turns their signs, a crop none."""
        part = self.cut(vectors)
        part[..., 0] *= -1 if self.mirror else 1
        part[..., 1] *= -1 if self.upside_down else 1
        return part


def random_view(
    rng: np.random.Generator, size: tuple[int, int], window: tuple[int, int], config: DataConfig, grid: int = 1
) -> CropView:
    """A random window and flips. `size` is (height, width) of the sample, `window` of the cut.

    Its corner lies on multiples of `grid`, which divides the sides of the window, as does that of its flips.
    """
    places = ((whole // grid * grid - part) // grid + 1 for whole, part in zip(size, window, strict=True))
    top, left = (int(rng.integers(count)) * grid for count in places)
    mirror, upside_down = (rng.random(2) < 0.5).tolist()
    return CropView(top, left, *window, mirror and config.flip_horizontal, upside_down and config.flip_vertical)


@dataclass(frozen=True)
class TrainingSample:
    """One training sample."""

    id: str
    position: int
    images: dict[str, Tensor]
    """"1", "2", "gt": (3, H, W) uint8."""
    mask: Tensor
    """(1, H, W) bool."""
    skipped: tuple[str, ...] = ()
    """What could not be read on the way to this sample: one sentence each."""
    flows: dict[str, Tensor] = field(default_factory=dict)
    """By direction, such as "1_to_2": (2, H, W) float32 px, NaN where unknown."""
    planes: dict[str, Tensor] = field(default_factory=dict)
    """By name, such as "occlusion_gt_to_2": (1, H, W)."""
    latents: dict[str, Tensor] = field(default_factory=dict)
    """By role, where they are kept on disk: (N, h, w)."""


@dataclass
class Batch:
    """Samples side by side."""

    ids: list[str]
    positions: list[int]
    images: dict[str, Tensor]
    """"1", "2", "gt": (B, 3, H, W), uint8 or, after `to`, float in [-1, 1]."""
    mask: Tensor
    """(B, 1, H, W) bool or float."""
    skipped: list[str] = field(default_factory=list)
    flows: dict[str, Tensor] = field(default_factory=dict)
    """By direction, such as "1_to_2": (B, 2, H, W) float32 px, NaN where unknown."""
    planes: dict[str, Tensor] = field(default_factory=dict)
    """By name, such as "occlusion_gt_to_2": (B, 1, H, W)."""
    latents: dict[str, Tensor] = field(default_factory=dict)
    """By role, where they are kept on disk: (B, N, h, w)."""

    def pin_memory(self) -> Batch:
        """The loader calls this where a GPU is fed."""
        images = {role: image.pin_memory() for role, image in self.images.items()}
        flows = {direction: flow.pin_memory() for direction, flow in self.flows.items()}
        planes = {name: plane.pin_memory() for name, plane in self.planes.items()}
        latents = {role: latent.pin_memory() for role, latent in self.latents.items()}
        return Batch(self.ids, self.positions, images, self.mask.pin_memory(), self.skipped, flows, planes, latents)

    def to(self, device: torch.device, channels_last: bool = False) -> Batch:
        """On a device, as float: images in [-1, 1], mask 0 or 1."""
        layout = torch.channels_last if channels_last else torch.contiguous_format
        images = {
            role: (image.to(device, non_blocking=True).float() / 127.5 - 1).contiguous(memory_format=layout)
            for role, image in self.images.items()
        }
        mask = self.mask.to(device, non_blocking=True).float()
        flows = {direction: flow.to(device, non_blocking=True) for direction, flow in self.flows.items()}
        planes = {name: plane.to(device, non_blocking=True) for name, plane in self.planes.items()}
        latents = {role: latent.to(device, non_blocking=True) for role, latent in self.latents.items()}
        return Batch(self.ids, self.positions, images, mask, self.skipped, flows, planes, latents)


def collate(samples: Sequence[TrainingSample]) -> Batch:
    """Samples of one size to a batch."""
    sizes = sorted({tuple(sample.mask.shape[-2:]) for sample in samples})
    if len(sizes) > 1:
        raise AlignError(f"samples have different sizes {sizes}; set data.crop to a size that fits in all of them")
    return Batch(
        [sample.id for sample in samples],
        [sample.position for sample in samples],
        {role: torch.stack([sample.images[role] for sample in samples]) for role in samples[0].images},
        torch.stack([sample.mask for sample in samples]),
        [reason for sample in samples for reason in sample.skipped],
        {direction: torch.stack([sample.flows[direction] for sample in samples]) for direction in samples[0].flows},
        {name: torch.stack([sample.planes[name] for sample in samples]) for name in samples[0].planes},
        {role: torch.stack([sample.latents[role] for sample in samples]) for role in samples[0].latents},
    )


class StoredLatents(Protocol):
    """Latents of whole images, cut where a sample is cut."""

    @property
    def factor(self) -> int: ...
    def cut(self, images: Mapping[str, NDArray[np.uint8]], view: CropView, /) -> dict[str, Tensor]:
        """(N, h, w) by role; of the whole images 1, 2 and gt."""


class Triplets(Dataset[TrainingSample]):
    """Training samples by position in an endless stream.

    Position p is sample p mod n of the order of epoch p div n. Order, crop and flips depend on (seed, p) alone, so that
    neither loader processes, nor the number of GPUs, nor an interruption changes what is seen.
    A sample that cannot be read is replaced by the one after it, and named in `skipped`. `flows` are the directions
    of flow that a task asks for beside images and mask, `planes` the masks and codes by name; `prepare` makes images of
    the whole ones, `latents` takes the place of it and of the codec.
    """

    def __init__(
        self,
        source: SourceLike,
        config: DataConfig,
        seed: int,
        multiple: int = 1,
        flows: Sequence[str] = (),
        planes: Sequence[str] = (),
        prepare: Prepare | None = None,
        latents: StoredLatents | None = None,
    ) -> None:
        self.latents = latents
        self.prepare = prepare
        self.flows = tuple(flows)
        self.planes = tuple(planes)
        self.source = source
        self.config = config
        self.seed = seed
        self.multiple = multiple
        if len(source) == 0:
            raise AlignError("there is no sample to train on; look at data.path, data.subsets and data.holdout")

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, position: int) -> TrainingSample:
        epoch, place = divmod(position, len(self))
        order = epoch_order(self.seed, epoch, len(self))
        skipped: list[str] = []
        for attempt in range(min(len(self), _MAX_SKIPS)):
            sample = self.source[int(order[(place + attempt) % len(self)])]
            try:
                images, mask = read_triplet(sample, self.config.mask)
                size = (mask.shape[0], mask.shape[1])
                latents: dict[str, Tensor] = {}
                if self.prepare is not None and self.latents is None:
                    images |= self.prepare(images, np.random.default_rng([self.seed, 4, position]))
                rng = np.random.default_rng([self.seed, 1, position])
                window = cut_size(size, self.config.crop, sample.id, self.multiple)
                grid = 1 if self.latents is None else self.latents.factor
                view = random_view(rng, size, window, self.config, grid)
                if self.latents is not None:
                    latents = self.latents.cut(images, view)
                flows = {name: np.asarray(sample[f"flow_{name}"], dtype=np.float32) for name in self.flows}
                cut_images = {role: to_tensor(view.cut(image)) for role, image in images.items()}
                cut_mask = to_tensor(view.cut(mask))
                cut_flows = {name: to_tensor(view.cut_flow(flow)) for name, flow in flows.items()}
                planes = {name: to_tensor(view.cut(np.asarray(sample[name]))) for name in self.planes}
                return TrainingSample(
                    sample.id, position, cut_images, cut_mask, tuple(skipped), cut_flows, planes, latents
                )
            except _UNREADABLE as error:
                skipped.append(_reason(sample, error))
        raise AlignError(f"{len(skipped)} samples in a row cannot be used; the first is {skipped[0]}")


def to_tensor(array: NDArray[Any]) -> Tensor:
    """(1, H, W) of (H, W), (C, H, W) of (H, W, C); the same type."""
    return torch.from_numpy(array[None] if array.ndim == 2 else array.transpose(2, 0, 1).copy())


def cut_size(size: tuple[int, int], crop: tuple[int, int] | None, name: str, multiple: int = 1) -> tuple[int, int]:
    """Height and width of a cut: the crop (width, height), or all of the image that the network can divide."""
    height, width = size
    if crop is None:
        return height - height % multiple, width - width % multiple
    if crop[0] > width or crop[1] > height:
        raise AlignError(f"{name} is {width}x{height}, smaller than data.crop {crop[0]}x{crop[1]}; lower data.crop")
    return crop[1], crop[0]


def read_triplet(sample: SampleLike, mask: str) -> tuple[dict[str, NDArray[np.uint8]], NDArray[np.bool_]]:
    """The three images (H, W, 3) and the mask (H, W) of a sample; AlignError when they do not fit together."""
    images = {role: sample.image(role) for role in _ROLES}
    dynamic = np.asarray(sample[mask])
    for role, image in images.items():
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise AlignError(f"image {role} of {sample.id} is not 8-bit RGB but {image.dtype} {image.shape}")
        if image.shape[:2] != dynamic.shape:
            raise AlignError(f"{sample.id} mixes sizes: image {role} is {image.shape[:2]}, {mask} {dynamic.shape}")
    return images, dynamic > 0


def measured(source: SourceLike, count: int, measure: Callable[[SampleLike], T]) -> list[T]:
    """`measure` of at most `count` samples from all over the source.

    One that cannot be read is passed over with a warning; AlignError when none is left.
    """
    count = min(count, len(source))
    results, reasons = [], []
    for sample in (source[k * len(source) // count] for k in range(count)):
        try:
            results.append(measure(sample))
        except _UNREADABLE as error:
            reasons.append(_reason(sample, error))
            _log.warning("not validated on %s", reasons[-1])
    if not results:
        raise AlignError(f"not one sample can be validated on; the first is {[*reasons, 'missing: data is empty'][0]}")
    return results


def _reason(sample: SampleLike, error: Exception) -> str:
    return f"{sample.id}: {' '.join(str(error).split())[:300]}"


@lru_cache(maxsize=4)
def epoch_order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """(count,) indices of the source in the order of an epoch."""
    return np.random.default_rng([seed, 0, epoch]).permutation(count)


@dataclass(frozen=True)
class Positions:
    """Batches of positions for one process: pass n of all processes takes the next batch_size x processes."""

    start_step: int
    batch_size: int
    accumulate: int
    rank: int = 0
    processes: int = 1

    def __iter__(self) -> Iterator[list[int]]:
        for number in itertools.count(self.start_step * self.accumulate):
            first = (number * self.processes + self.rank) * self.batch_size
            yield list(range(first, first + self.batch_size))


def loader(triplets: Triplets, positions: Positions, workers: int, pin: bool) -> DataLoader[TrainingSample]:
    """An endless loader of `Batch`es."""
    own = torch.Generator()  # the loader would draw from the global generator
    loading = {"num_workers": workers, "persistent_workers": workers > 0, "pin_memory": pin}
    return DataLoader(triplets, batch_sampler=positions, collate_fn=collate, generator=own, **loading)


def made_triplets(config: SyntheticConfig, kept: str | None) -> MadeTriplets:
    """The triplets of a configuration, kept in a folder where one is given."""
    triplets: MadeTriplets = SyntheticTriplets(config)
    if config.kind == "layered":
        from dsia_gen.align.layered.triplets import LayeredTriplets  # needs OpenCV

        triplets = LayeredTriplets(config)
    return triplets if kept is None else KeptTriplets(triplets, Path(kept))


def open_source(config: DataConfig) -> tuple[SourceLike, SourceLike]:
    """Training and validation samples of a data set or of shards made of one, or made up.

    Whole scenes are held out: of a data set a share chosen by a hash of their names, of shards the split `val`.
    """
    made = config.synthetic
    if config.path is None:
        other = SyntheticConfig(**{**made.model_dump(), "seed": made.seed + 1}) if config.holdout else made
        return made_triplets(made, config.kept), made_triplets(other, config.kept)
    train, held_out = _open_stored(config, config.path)
    if config.mix:
        return MixedSource(train, made_triplets(made, config.kept), config.mix), held_out
    return train, held_out


def _open_stored(config: DataConfig, path: str) -> tuple[SourceLike, SourceLike]:
    from dsia_gen.dataset.export.webdataset import SHARDS
    from dsia_gen.dataset.reader import open_dataset
    from dsia_gen.dataset.shards import Shards

    if (Path(path) / SHARDS).is_file():
        splits = [Shards(path, {name}) for name in ("train", "val")]
        if config.subsets:
            splits = [split.select(lambda row: row.subset in config.subsets) for split in splits]
        train, held_out = splits
        return train, held_out if len(held_out) else train
    data = open_dataset(path)
    if config.subsets:
        data = data.select(subset=config.subsets)
    scenes = sorted({row.scene for row in data.rows}, key=lambda name: hashlib.sha256(name.encode()).digest())
    if not config.holdout or len(scenes) < 2:
        return data, data
    kept_back = set(scenes[: min(max(1, round(len(scenes) * config.holdout)), len(scenes) - 1)])
    return data.select(where=lambda row: row.scene not in kept_back), data.select(scene=kept_back)
