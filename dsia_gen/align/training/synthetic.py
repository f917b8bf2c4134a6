"""Synthetic triplets with exact flow: a textured plane under a homography and a moving textured patch. Numpy only."""

from __future__ import annotations

import hashlib
import zipfile
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.training.run_config import SyntheticConfig
from dsia_gen.core.io import json_bytes, replacing

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SyntheticTriplet:
    """Looks like a data set's sample, as far as training and its measures need one."""

    id: str
    images: dict[str, NDArray[np.uint8]]
    arrays: dict[str, NDArray[np.generic]]

    def image(self, role: str) -> NDArray[np.uint8]:
        """(H, W, 3) uint8; role "1", "2" or "gt"."""
        return self.images[role]

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        """dynamic_1, dynamic_gt, dynamic_union (bool), flow_gt_to_2 (float32), occlusion_gt_to_2 (uint8)."""
        return self.arrays[name]

    def __contains__(self, name: str) -> bool:
        return name in self.arrays


class MadeTriplets(ABC):
    """`count` triplets of a configuration; sample i depends on (seed, i) alone."""

    def __init__(self, config: SyntheticConfig) -> None:
        self.config = config

    def __len__(self) -> int:
        return self.config.count

    def __getitem__(self, index: int) -> SyntheticTriplet:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.triplet(index)

    @abstractmethod
    def triplet(self, index: int) -> SyntheticTriplet:
        """The triplet of an index that is in range."""


_RECIPE = 1
"""Raised when a sample of a configuration is no longer what it was."""


class KeptTriplets(MadeTriplets):
    """The samples of a source, each kept in a file of a folder once it is made: other epochs, runs and seeds read it.

    Several processes may fill a folder at once; a damaged file is made again.
    """

    def __init__(self, source: MadeTriplets, folder: Path) -> None:
        super().__init__(source.config)
        self.source = source
        made = {**source.config.model_dump(mode="json", exclude={"count"}), "recipe": _RECIPE}
        self.folder = folder / hashlib.sha256(json_bytes(made)).hexdigest()[:16]

    def triplet(self, index: int) -> SyntheticTriplet:
        """The triplet of an index that is in range."""
        path = self.folder / f"{index // 1000:04d}" / f"{index:08d}.npz"
        try:
            with np.load(path) as file:
                arrays = {name: file[name] for name in file.files}
            return SyntheticTriplet(
                str(arrays.pop("id")),
                {name.removeprefix("image_"): arrays.pop(name) for name in list(arrays) if name.startswith("image_")},
                arrays,
            )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            made = self.source.triplet(index)
        images = {f"image_{role}": image for role, image in made.images.items()}
        with replacing(path, sync=False) as temporary:
            np.savez(temporary, id=np.array(made.id), **images, **made.arrays)
        return made


class SyntheticTriplets(MadeTriplets):
    """A texture under a homography, and a patch that moves on it."""

    def triplet(self, index: int) -> SyntheticTriplet:
        """The triplet of an index that is in range."""
        rng = np.random.default_rng([self.config.seed, index])
        size = np.array([self.config.width, self.config.height], dtype=np.float64)
        grid = np.stack(np.meshgrid(np.arange(self.config.width) + 0.5, np.arange(self.config.height) + 0.5), axis=-1)
        background, foreground = _Texture(rng), _Texture(rng)
        homography = random_homography(rng, size)
        radius = rng.uniform(0.12, 0.2) * size.min()
        start = size * rng.uniform(0.3, 0.7, 2)
        angle = rng.uniform(0, 2 * np.pi)
        move = rng.uniform(0.8, 1.6) * radius * np.array([np.cos(angle), np.sin(angle)])

        seen = {"1": (grid, start), "2": (project(homography, grid), start + move), "gt": (grid, start + move)}
        images, masks = {}, {}
        for role, (points, centre) in seen.items():
            masks[role] = np.hypot(*np.moveaxis(points - centre, -1, 0)) < radius
            colour = np.where(masks[role][..., None], foreground(points - centre), background(points))
            images[role] = np.rint(np.clip(colour, 0, 1) * 255).astype(np.uint8)
        flow = project(np.linalg.inv(homography), grid) - grid
        arrays: dict[str, NDArray[np.generic]] = {
            "dynamic_1": masks["1"],
            "dynamic_gt": masks["gt"],
            "dynamic_union": masks["1"] | masks["gt"],
            "flow_gt_to_2": flow.astype(np.float32),
            "occlusion_gt_to_2": (~np.all((grid + flow >= 0) & (grid + flow <= size), axis=-1)).astype(np.uint8),
        }
        return SyntheticTriplet(f"synthetic_{self.config.seed}_{index:05d}", images, arrays)


def random_homography(rng: np.random.Generator, size: Floats) -> Floats:
    """Maps pixels of I2 to pixels of I1: a shift of up to an eighth of the image, a small turn, zoom and tilt."""
    angle, zoom = rng.normal(0, 0.03), np.exp(rng.normal(0, 0.03))
    c, s = zoom * np.cos(angle), zoom * np.sin(angle)
    shift = rng.uniform(-0.125, 0.125, 2) * size
    tilt = rng.normal(0, 0.03, 2) / size
    return about(size / 2, np.array([[c, -s, shift[0]], [s, c, shift[1]], [*tilt, 1]]))


def small_homography(rng: np.random.Generator, deviation: float, width: int, height: int) -> Floats:
    """(3, 3): a shift of `deviation` widths, and a turn, zoom and tilt that move the corners by about half of it."""
    shift = rng.normal(0, deviation * width, 2)
    turn, zoom = rng.normal(0, 0.5 * deviation, 2)
    tilt = rng.normal(0, 0.3 * deviation, 2) / width
    c, s = np.exp(zoom) * np.cos(turn), np.exp(zoom) * np.sin(turn)
    middle = (np.array([width, height]) - 1) / 2
    return about(middle, np.array([[c, -s, shift[0]], [s, c, shift[1]], [*tilt, 1]]))


def about(middle: Floats, homography: Floats) -> Floats:
    """A homography (3, 3) of coordinates that begin at `middle` (2,), as one of pixels."""
    to_middle = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    return np.linalg.inv(to_middle) @ homography @ to_middle


def project(homography: Floats, points: Floats) -> Floats:
    """Points (..., 2) under a homography (3, 3)."""
    lifted = np.concatenate([points, np.ones_like(points[..., :1])], axis=-1) @ homography.T
    return lifted[..., :2] / lifted[..., 2:]


class _Texture:
    """A colour for every point of the plane: a sum of waves, none faster than the pixels can show."""

    def __init__(self, rng: np.random.Generator, waves: int = 24) -> None:
        angle = rng.uniform(0, 2 * np.pi, waves)
        frequency = 2 * np.pi / rng.uniform(8, 60, waves)
        self.waves = frequency * np.stack([np.cos(angle), np.sin(angle)])
        self.phase = rng.uniform(0, 2 * np.pi, waves)
        self.colours = rng.normal(0, 1, (waves, 3)) / np.sqrt(waves) * 0.2
        self.mean = rng.uniform(0.3, 0.7, 3)

    def __call__(self, points: Floats) -> Floats:
        return self.mean + np.sin(points @ self.waves + self.phase) @ self.colours
