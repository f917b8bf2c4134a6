"""Pairs with exact flow from folders that the user has: MPI Sintel, KITTI and HPatches, in their own layouts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.flow_files import Flow, read_flo, read_kitti_flow, read_matrix
from dsia_gen.align.images import Image, read_image
from dsia_gen.align.matching.robust_homography import homography_flow
from dsia_gen.align.methods.method import opencv
from dsia_gen.align.photo_files import read_photo
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import reading
from dsia_gen.evaluate.frame_folders import ImageFiles, sintel_below, sintel_pairs
from dsia_gen.evaluate.samples import fingerprint
from dsia_gen.spec.outputs import Occlusion

FLOW, OCCLUSION = "flow_1_to_2", "occlusion_1_to_2"
P = TypeVar("P", bound="FlowPair")
_NUMBERS = range(2, 7)
"""Of the pictures of a sequence of HPatches, each of which is paired with picture 1."""


class FlowPair(ImageFiles, ABC):
    """Two images and the exact flow from the first to the second."""

    @abstractmethod
    def exact(self) -> tuple[Flow, NDArray[np.bool_] | None]:
        """The flow (H, W, 2), NaN where unknown, and where (H, W) the second image shows the pixel, if that is said."""

    def truth(self, outputs: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Flow and occlusion by the names of the table of outputs, as far as the set has them."""
        flow, visible = self.exact()
        if self.images()[0].shape[:2] != flow.shape[:2]:
            raise AlignError(f"{self.first} and its flow differ in size; unpack the set again")
        found: dict[str, NDArray[Any]] = {FLOW: flow}
        if visible is not None:
            found[OCCLUSION] = np.where(visible, Occlusion.VISIBLE, Occlusion.OCCLUDED).astype(np.uint8)
        return {name: values for name, values in found.items() if name in outputs}

    def truths(self, outputs: Sequence[str]) -> list[Mapping[str, NDArray[Any]]]:
        """That of its pair."""
        return [self.truth(outputs)]


@dataclass(frozen=True)
class SintelPair(FlowPair):
    """Consecutive frames of Sintel; `below` is the folder that holds clean, final, flow, occlusions and invalid."""

    below: Path = Path()

    @property
    def files(self) -> tuple[Path, ...]:
        name = Path(self.group) / self.first.stem
        folders = (("flow", ".flo"), ("occlusions", ".png"), ("invalid", ".png"))
        return (self.first, self.second, *((self.below / folder / name).with_suffix(end) for folder, end in folders))

    def exact(self) -> tuple[Flow, NDArray[np.bool_] | None]:
        _, _, flow_file, occlusions, invalid = self.files
        flow = read_flo(flow_file)
        unknown, hidden = (_mask(path, flow) if path.is_file() else None for path in (invalid, occlusions))
        if unknown is not None:
            flow = np.where(unknown[..., None], np.float32(np.nan), flow)
        return flow, None if hidden is None else ~hidden


@dataclass(frozen=True)
class KittiPair(FlowPair):
    """A pair of KITTI: `known` has all flow that was measured, `seen` that of pixels which the second image shows."""

    known: Path = Path()
    seen: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.first, self.second, self.known, *([self.seen] if self.seen is not None else []))

    def exact(self) -> tuple[Flow, NDArray[np.bool_] | None]:
        flow = read_kitti_flow(self.known)
        if self.seen is None:
            return flow, None
        visible = np.isfinite(read_kitti_flow(self.seen)).all(axis=-1)
        if visible.shape != flow.shape[:2]:
            raise AlignError(f"{self.seen} and {self.known} differ in size; unpack both again")
        return flow, visible


@dataclass(frozen=True)
class HPatchesPair(FlowPair):
    """Picture 1 of a sequence, which is aligned to picture k, both squashed to one size, as DGC-Net has it."""

    matrix: Path = Path()
    """File of the homography from picture 1 to picture k."""
    size: tuple[int, int] = (240, 240)
    """Width and height."""

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.first, self.second, self.matrix)

    @property
    def data_key(self) -> str:
        return fingerprint([super().data_key, self.size])

    def images(self) -> tuple[Image, Image]:
        cv2 = opencv()
        first, second = (cv2.resize(read_image(p), self.size, interpolation=cv2.INTER_LINEAR) for p in self.files[:2])
        return first, second

    def exact(self) -> tuple[Flow, NDArray[np.bool_] | None]:
        (width, height), scales = self.size, [self._scale(path) for path in (self.second, self.first)]
        to_first = np.linalg.inv(scales[1] @ read_matrix(self.matrix) @ np.linalg.inv(scales[0]))
        flow = homography_flow(to_first, height, width)
        column, row = np.meshgrid(np.arange(width), np.arange(height))
        x, y = column + flow[..., 0], row + flow[..., 1]
        depth = to_first[2, 0] * column + to_first[2, 1] * row + to_first[2, 2]
        shown = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
        shown &= depth * depth[height // 2, width // 2] > 0  # beyond the horizon a homography comes back mirrored
        return np.where(shown[..., None], flow, np.float32(np.nan)), None

    def _scale(self, path: Path) -> NDArray[np.float64]:
        """Pixels of a picture as those of the squashed one, both with their centres at whole numbers."""
        height, width = read_photo(path).size
        x, y = self.size[0] / width, self.size[1] / height
        return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def sintel_flow_pairs(root: Path, render: str) -> list[SintelPair]:
    """Pairs of `training/<render>` with `training/flow`, `occlusions` and `invalid`; none without a folder of flow."""
    below, frames = sintel_below(root, render), sintel_pairs(root, render)
    if below is None or not (below / "flow").is_dir():
        return []
    pairs = [SintelPair(p.source, p.group, p.first, p.second, p.subset, below) for p in frames]
    return _complete(pairs, lambda pair: pair.files[2])


def kitti_flow_pairs(root: Path) -> list[KittiPair]:
    """Pairs of KITTI 2015 (`training/image_2`) or 2012 (`training/colored_0` or `image_0`), with `flow_occ` or `flow`.

    `root` is the folder that KITTI was unpacked to, or its folder `training` (Menze and Geiger, CVPR 2015).
    """
    below = root / "training" if (root / "training").is_dir() else root
    pictures = next((f for f in (below / name for name in ("image_2", "colored_0", "image_0")) if f.is_dir()), None)
    flows = next((f for f in (below / name for name in ("flow_occ", "flow")) if f.is_dir()), None)
    if pictures is None or flows is None:
        raise AlignError(
            f"{root} holds no training/image_2 (or colored_0, image_0) with training/flow_occ; give the folder that "
            "the scene flow or stereo and flow set of KITTI was unpacked to"
        )
    with reading(flows):
        names = sorted(path.name for path in flows.iterdir() if path.suffix.lower() == ".png")
    found = []
    for name in names:
        scene = name.removesuffix(".png").removesuffix("_10")
        seen = below / "flow_noc" / name
        first, second = pictures / f"{scene}_10.png", pictures / f"{scene}_11.png"
        found.append(KittiPair("kitti", scene, first, second, "", flows / name, seen if seen.is_file() else None))
    if not found:
        raise AlignError(f"{flows} holds no PNG of flow; unpack KITTI again")
    return _complete(_complete(found, lambda pair: pair.first), lambda pair: pair.second)


def hpatches_pairs(root: Path, size: tuple[int, int] = (240, 240)) -> list[HPatchesPair]:
    """Pairs 1-2 to 1-6 of the sequences of viewpoint, `v_*` with 1.ppm to 6.ppm and H_1_2 to H_1_6.

    `size` is the width and height that both pictures are squashed to (Balntas et al., CVPR 2017; DGC-Net, WACV 2019).
    """
    folder = next((f for f in (root / "hpatches-sequences-release", root) if f.is_dir()), root)
    with reading(folder):
        sequences = sorted(path for path in folder.iterdir() if path.is_dir() and path.name.startswith("v_"))
    if not sequences:
        raise AlignError(f"{root} holds no sequence v_*; give the folder hpatches-sequences-release")
    found = []
    for sequence in sequences:
        pictures = {k: _picture(sequence, k) for k in (1, *_NUMBERS)}
        found += [
            HPatchesPair("hpatches", sequence.name, pictures[k], pictures[1], f"1-{k}", sequence / f"H_1_{k}", size)
            for k in _NUMBERS
        ]
    return _complete(found, lambda pair: pair.matrix)


def _picture(sequence: Path, number: int) -> Path:
    """The picture of a number, as it was released or converted."""
    found = [path for end in (".ppm", ".png", ".jpg") if (path := sequence / f"{number}{end}").is_file()]
    if not found:
        raise AlignError(f"{sequence} holds no {number}.ppm; unpack HPatches again")
    return found[0]


def _complete(pairs: list[P], needed: Callable[[P], Path]) -> list[P]:
    """The pairs. AlignError names the first file that is not there."""
    for pair in pairs:
        if not needed(pair).is_file():
            raise AlignError(f"{needed(pair)} is not there; unpack the set again")
    return pairs


def _mask(path: Path, flow: Flow) -> NDArray[np.bool_]:
    """Where (H, W) a mask is set. AlignError when it has another size than the flow."""
    levels = read_photo(path).colours
    if levels.shape[:2] != flow.shape[:2]:
        raise AlignError(f"{path} and its flow differ in size; unpack the set again")
    return np.asarray((levels > 0).any(axis=-1))
