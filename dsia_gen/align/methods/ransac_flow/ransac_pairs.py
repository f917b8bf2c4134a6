"""Coarsely aligned pairs to learn from: which two of I1, I2 and Igt, by which homography, and where they are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.matching.robust_homography import homography_flow
from dsia_gen.align.methods.blend import inside_image
from dsia_gen.align.methods.geometric_warp import GeometricSettings
from dsia_gen.align.methods.homography_dis import MINIMUM, dis_homography
from dsia_gen.align.methods.method import Image
from dsia_gen.align.training.synthetic import small_homography
from dsia_gen.core.image_metrics import backward_warp
from dsia_gen.core.io import replacing

Matrix = NDArray[np.float64]
Match = Callable[[Image, Image], Matrix]
PAIRS = (("1", "2"), ("1", "gt"), ("gt", "2"))
VALID = "valid"
"""Name of the image that says where the warped one shows something: 255 there, else 0."""


def pair_key(image1: Image, image2: Image) -> str:
    """Changes with the pixels of either image."""
    digest = hashlib.blake2b(digest_size=16)
    for image in (image1, image2):
        digest.update(np.ascontiguousarray(image).tobytes())
    return digest.hexdigest()


@dataclass
class KnownHomographies:
    """Homographies of pairs of images by their pixels, in files of a folder; each process writes one of its own."""

    folder: Path
    key: str
    """Of the features and settings that they were made with."""
    _known: dict[str, Matrix] = field(default_factory=dict)

    def read(self) -> dict[str, Matrix]:
        """All that is in the folder; a file that cannot be read counts as missing."""
        if not self._known:
            for path in sorted(self.folder.glob(f"{self.key}_*.npz")):
                try:
                    with np.load(path, allow_pickle=False) as stored:
                        pairs = zip(stored["keys"].tolist(), stored["matrices"], strict=True)
                        self._known |= {str(key): np.asarray(matrix, dtype=np.float64) for key, matrix in pairs}
                except (OSError, ValueError, KeyError, EOFError, BadZipFile):
                    continue
        return self._known

    def write(self, found: Mapping[str, Matrix], part: str) -> None:
        """Those of one process."""
        matrices = np.stack(list(found.values())) if found else np.zeros((0, 3, 3))
        with replacing(self.folder / f"{self.key}_{part}.npz") as temporary, temporary.open("wb") as stream:
            np.savez(stream, keys=np.array(list(found), dtype="U32"), matrices=matrices)
        self._known = {}


def match_by_dis(image1: Image, image2: Image) -> Matrix:
    """The homography of DIS flow, the identity where there is none."""
    if min(image1.shape[:2]) < MINIMUM:
        return np.eye(3)
    found = dis_homography(image1, image2, GeometricSettings())
    return np.eye(3) if found is None else found


@dataclass(frozen=True)
class CoarsePairs:
    """Prepares a sample: one pair of its images in one order, the second warped onto the first."""

    match: Match
    known: KnownHomographies | None = None
    jitter: float = 0.0

    def matrix(self, image1: Image, image2: Image) -> Matrix:
        """The homography of a pair: the one that is kept, or a new one."""
        kept = self.known.read().get(pair_key(image1, image2)) if self.known is not None else None
        return self.match(image1, image2) if kept is None else kept

    def __call__(self, images: Mapping[str, Image], rng: np.random.Generator) -> dict[str, Image]:
        """`1`, `2` and `VALID` of a pair that is drawn from the three images."""
        first, second = PAIRS[int(rng.integers(len(PAIRS)))]
        matrix = self.matrix(images[first], images[second])
        if rng.random() < 0.5:
            first, second, matrix = second, first, np.linalg.pinv(matrix)
        height, width = images[first].shape[:2]
        if self.jitter:
            matrix = matrix @ small_homography(rng, self.jitter, width, height)
        flow = homography_flow(matrix, height, width)
        valid = np.where(inside_image(flow), np.uint8(255), np.uint8(0))
        return {"1": images[first], "2": backward_warp(images[second], flow), VALID: valid}
