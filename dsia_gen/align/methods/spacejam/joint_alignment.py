"""A set of images that was aligned: transforms, warps from one to another, averages; kept as JSON and tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from dsia_gen.align.devices import device_by_name, out_of_memory
from dsia_gen.align.matching.features.extractor import Extractor
from dsia_gen.align.matching.features.open_features import open_features
from dsia_gen.align.matching.geometry import look_up
from dsia_gen.align.methods.spacejam.joint_features import JointMaps, joint_maps
from dsia_gen.align.methods.spacejam.joint_fit import FittedSet, Progress, centred_images, fit_set
from dsia_gen.align.methods.spacejam.joint_network import warped
from dsia_gen.align.methods.spacejam.set_image import SetImage
from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig
from dsia_gen.align.methods.spacejam.square_frame import SquareFrame
from dsia_gen.align.weight_files import load_tensors, save_tensors
from dsia_gen.core.document import Document, read_document
from dsia_gen.core.errors import AlignError
from dsia_gen.core.inside_path import PlainName
from dsia_gen.core.io import replace_bytes, replacing

JOINT, TENSORS = PlainName("joint.json"), PlainName("joint.safetensors")
Floats = NDArray[np.float32]
_VISIBLE = 0.05
"""Overlap of two aligned images below which they show nothing in common."""


class JointImageEntry(Document):
    """An image of an aligned set: its name, height and width in pixels, and whether it was mirrored."""

    name: str
    size: tuple[Annotated[int, Field(ge=1, le=1_000_000)], Annotated[int, Field(ge=1, le=1_000_000)]]
    mirrored: bool


class JointDocument(Document):
    """joint.json: what was aligned, and how."""

    version: Annotated[int, Field(ge=1, le=1)] = 1
    config: SpaceJamConfig
    images: Annotated[list[JointImageEntry], Field(min_length=1)]
    curve: list[tuple[int, float]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class JointAlignment:
    """Transforms `matrices` (N, 3, 3) from a shared frame to the squares of images, in coordinates from -1 to 1.

    `starts` (N, 3, 3) are those that the fit began with, and none is the identity. `frames` say where images lie in
    their squares; `atlas` (K, s, s) is the mean of the aligned components.
    """

    config: SpaceJamConfig
    names: tuple[str, ...]
    frames: tuple[SquareFrame, ...]
    matrices: NDArray[np.float64]
    versions: NDArray[np.bool_]
    atlas: Floats
    curve: tuple[tuple[int, float], ...] = ()
    notes: tuple[str, ...] = ()
    tensors: dict[str, Tensor] = field(default_factory=dict)
    starts: NDArray[np.float64] | None = None

    def homography(self, source: int, target: int) -> NDArray[np.float64]:
        """(3, 3) from pixels of an image to those of another that show the same (eq. 6), centres at whole numbers."""
        there = self.frames[target].to_pixels @ self.matrices[target]
        back = np.linalg.inv(self.frames[source].to_pixels @ self.matrices[source])
        found: NDArray[np.float64] = there @ back
        return found

    def points(self, source: int, target: int, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where points (M, 2) of an image, columns and rows in pixels, are in another; NaN at infinity."""
        return map_points(self.homography(source, target), points)

    def flow(self, source: int, target: int) -> Floats:
        """(H, W, 2) pixels from each pixel of an image to the same point of another."""
        frame = self.frames[source]
        rows, columns = np.mgrid[: frame.height, : frame.width].astype(np.float64)
        grid = np.stack([columns, rows], axis=-1)
        there = self.points(source, target, grid.reshape(-1, 2)).reshape(grid.shape)
        # beyond the image by its size is as far outside as any place
        far = 2.0 * max(self.frames[target].side, frame.side)
        return np.clip(np.nan_to_num(there - grid, nan=far), -far, far).astype(np.float32)

    def aligned(self, index: int, values: NDArray[np.generic], size: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Values (H, W) or (H, W, C) of an image in the shared frame (size, size, C), and where it covers that."""
        return in_frame(values, self.matrices[index], size)

    def save(self, folder: Path) -> None:
        """Write joint.safetensors, then joint.json. StorageError when the disk refuses."""
        with replacing(folder / TENSORS) as temporary:
            save_tensors(temporary, {
                "matrices": torch.from_numpy(self.matrices), "atlas": torch.from_numpy(self.atlas),
                **({} if self.starts is None else {"starts": torch.from_numpy(self.starts)}), **self.tensors,
            })  # fmt: skip
        rows = [
            JointImageEntry(name=name, size=(frame.height, frame.width), mirrored=bool(version))
            for name, frame, version in zip(self.names, self.frames, self.versions, strict=True)
        ]
        document = JointDocument(
            version=1, config=self.config, images=rows, curve=list(self.curve), notes=list(self.notes)
        )
        replace_bytes(folder / JOINT, document.to_json())

    @classmethod
    def load(cls, folder: Path) -> JointAlignment:
        """Read what `save` wrote. StorageError or AlignError names what is wrong."""
        document = read_document(
            JointDocument, JOINT.file_below(folder), "the description of an aligned set", "align the set again"
        )
        path = TENSORS.file_below(folder)
        tensors = load_tensors(path)
        matrices, atlas = tensors.pop("matrices", None), tensors.pop("atlas", None)
        if matrices is None or atlas is None or matrices.shape != (len(document.images), 3, 3):
            raise AlignError(f"{path} does not hold a transform for each image of {JOINT}; align the set again")
        starts = tensors.pop("starts", None)
        if starts is not None and starts.shape != matrices.shape:
            raise AlignError(f"{path} does not hold a start for each image of {JOINT}; align the set again")
        if not all(bool(torch.isfinite(found).all()) for found in (matrices, starts) if found is not None):
            raise AlignError(f"{path} holds transforms that are not finite; align the set again")
        return cls(
            document.config,
            tuple(row.name for row in document.images),
            tuple(SquareFrame(*row.size) for row in document.images),
            matrices.double().numpy(),
            np.array([row.mirrored for row in document.images]),
            atlas.float().numpy(),
            tuple(document.curve),
            tuple(document.notes),
            tensors,
            None if starts is None else starts.double().numpy(),
        )


def align_set(
    images: Sequence[SetImage],
    config: SpaceJamConfig,
    *,
    device: str = "auto",
    progress: Progress = lambda _done, _all: None,
    checkpoint: Path | None = None,
    on_maps: Callable[[JointMaps], None] = lambda _maps: None,
    extractor: Extractor | None = None,
) -> JointAlignment:
    """Align a set of images jointly.

    AlignError when there are fewer than two, or they have no texture; UnavailableError when the features' weights are
    missing. With `checkpoint` an interrupted fit goes on from that file. `on_maps` is shown what is aligned;
    `extractor` spares opening the features of the configuration.
    """
    if len(images) < 2:
        raise AlignError(f"a set needs at least two images and has {len(images)}; give more images")
    chosen = device_by_name(device)
    with out_of_memory("size, batch or losses.pairs"):
        maps = joint_maps(images, extractor or open_features(config.features), config, chosen)
        on_maps(maps)
        fitted = fit_set(maps, config, device=chosen, progress=progress, checkpoint=checkpoint)
    # the frame is the mean of the images, also where the squares around masks were fitted
    matrices = centred_images(maps.of_images(fitted.matrices), fitted.versions)
    aligned = warped(maps.keys, torch.from_numpy(maps.of_maps(matrices)))
    notes = [*maps.notes, *_what_went_wrong(fitted, maps)]
    state = {f"network.{name}": value.cpu() for name, value in fitted.network.state_dict().items()}
    return JointAlignment(
        config,
        tuple(item.name for item in images),
        tuple(item.frame for item in images),
        matrices,
        fitted.versions,
        aligned.mean(dim=0).numpy(),
        tuple(fitted.curve),
        tuple(notes),
        state,
        maps.starts,
    )


def _what_went_wrong(fitted: FittedSet, maps: JointMaps) -> list[str]:
    """Sentences on steps without a finite loss, and on images that share nothing with the others."""
    notes = [f"{fitted.skipped} of {fitted.steps} steps had no finite loss"] if fitted.skipped else []
    masks = warped(maps.masks.float(), torch.from_numpy(fitted.matrices))[:, 0] > 0.5
    for k, mask in enumerate(masks):
        others = masks[torch.arange(len(masks)) != k]
        both = (others & mask).flatten(1).sum(dim=1).float()
        either = (others | mask).flatten(1).sum(dim=1).clamp(min=1).float()
        if float((both / either).max()) < _VISIBLE:
            notes.append(f"image {k + 1} shares nothing with the others")
    return notes


def map_points(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (M, 2) under a homography (3, 3); NaN for those at infinity or behind it."""
    there = points @ matrix[:, :2].T + matrix[:, 2]
    sign = np.sign(matrix[2, 2]) or 1.0
    depth = np.where(there[:, 2:] * sign > 1e-9, there[:, 2:], np.nan)
    found: NDArray[np.float64] = there[:, :2] / depth
    return found


def in_frame(values: NDArray[np.generic], matrix: NDArray[np.float64], size: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Values (H, W) or (H, W, C) through a transform into a square (size, size, C), and where that is inside them."""
    planes = torch.from_numpy(np.atleast_3d(values).astype(np.float32)).permute(2, 0, 1)[None]
    height, width = planes.shape[-2:]
    if max(height, width) > size:
        small = [max(1, round(side * size / max(height, width))) for side in (height, width)]
        planes = torch.nn.functional.interpolate(planes, small, mode="bilinear", align_corners=False, antialias=True)
    frame = SquareFrame(*planes.shape[-2:])
    places = (2 * np.arange(size) + 1) / size - 1
    x, y = np.meshgrid(places, places)
    there = map_points(frame.to_pixels @ matrix, np.stack([x, y], axis=-1).reshape(-1, 2)).reshape(size, size, 2)
    limits = np.array([frame.width, frame.height]) - 0.5
    covered: NDArray[np.bool_] = ((there >= -0.5) & (there <= limits)).all(axis=-1)
    points = torch.from_numpy(np.nan_to_num(there, nan=-1e4).clip(-1e4, 1e5)).permute(2, 0, 1)[None].float()
    found = look_up(planes, points)[0].permute(1, 2, 0).numpy()
    return found * covered[..., None], covered
