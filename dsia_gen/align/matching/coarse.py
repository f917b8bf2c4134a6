"""Coarse alignment by deep features: mutual nearest cells over several sizes, and homographies through them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dsia_gen.align.matching.coarse_config import CoarseConfig
from dsia_gen.align.matching.correlation import mutual
from dsia_gen.align.matching.features.extractor import Extractor, cell_places, features_at
from dsia_gen.align.matching.geometry import look_up, project, resize
from dsia_gen.align.matching.robust_homography import FEWEST, Fit, Points, homography_flow, magsac, ransac
from dsia_gen.align.methods.method import Image
from dsia_gen.align.photos import has_one_colour

Matrix = NDArray[np.float64]
_LATER = 0.05
"""Cosine by which features have to agree better under a later homography than under an earlier one."""
_SMALLEST_PLANE = 0.05
"""Share of all matches that a further homography has to explain."""
_SMOOTH = 3
"""Side in cells of the square over which that agreement is averaged."""


@dataclass(frozen=True)
class CoarseMatches:
    """Places (N, 2) px in I1 and in I2 whose features are each other's nearest, and features of both at one size."""

    points1: Points
    points2: Points
    cell: float
    """Pixels of I1 of the side of a cell."""
    features: tuple[Tensor, Tensor] | None = None


class CoarseMatcher:
    """Matches images by the features of an extractor."""

    def __init__(self, extractor: Extractor, config: CoarseConfig) -> None:
        self.extractor = extractor
        self.config = config

    @torch.no_grad()
    def matches(self, image1: Image, image2: Image) -> CoarseMatches:
        """Of images (H, W, 3) uint8, also of different sizes; none where an image has one colour."""
        none = np.zeros((0, 2))
        if has_one_colour(image1) or has_one_colour(image2):
            return CoarseMatches(none, none, 1.0)
        parameter = next(self.extractor.parameters())
        first, second = (
            torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].to(parameter) / 127.5 - 1
            for image in (image1, image2)
        )
        side = self.config.features.side
        features1 = features_at(self.extractor, first, side)
        size1, size2 = image1.shape[:2], image2.shape[:2]
        all2, places2 = [], []
        at_one = None
        for scale in self.config.scales:
            features2 = features_at(self.extractor, second, side * scale)
            at_one = features2 if scale == 1 else at_one
            all2.append(features2[0].flatten(1).T)
            places2.append(cell_places((features2.shape[-2], features2.shape[-1]), (size2[0], size2[1])))
        here, there, _ = mutual(features1[0].flatten(1).T, torch.cat(all2))
        places1 = cell_places((features1.shape[-2], features1.shape[-1]), (size1[0], size1[1]))
        at_one = features_at(self.extractor, second, side) if at_one is None else at_one
        points1, points2 = places1[here.cpu()].numpy(), torch.cat(places2)[there.cpu()].numpy()
        return CoarseMatches(points1, points2, size1[1] / features1.shape[-1], (features1, at_one))

    def fit(self, points1: Points, points2: Points, cell: float, size: tuple[int, int]) -> Fit:
        """The homography of most points, as the configuration has it; `size` is the height and width of I2."""
        config = self.config
        if config.robust == "magsac":
            return magsac(points1, points2, config.threshold * cell)
        rng = np.random.default_rng([config.seed, len(points1)])
        return ransac(points1, points2, config.share, rng, config.iterations, size)

    def homographies(self, found: CoarseMatches, size: tuple[int, int], planes: int) -> list[Matrix]:
        """At most `planes` homographies, each through the matches that those before it left."""
        points1, points2 = found.points1, found.points2
        matrices: list[Matrix] = []
        while len(matrices) < planes and len(points1) >= FEWEST:
            matrix, inliers = self.fit(points1, points2, found.cell, size)
            # what is left at the edges of planes agrees with something, too
            if matrix is None or (matrices and inliers.sum() < _SMALLEST_PLANE * len(found.points1)):
                break
            matrices.append(matrix)
            points1, points2 = points1[~inliers], points2[~inliers]
        return matrices


def chosen_flow(
    matrices: list[Matrix], found: CoarseMatches, size: tuple[int, int], size2: tuple[int, int]
) -> NDArray[np.float32]:
    """(H, W, 2) flow of the homography under which the features agree best at each pixel.

    An earlier homography, which more matches agree with, is kept unless a later one is clearly better.
    """
    flows = [homography_flow(matrix, *size) for matrix in matrices]
    if len(flows) == 1 or found.features is None:
        return flows[0]
    costs = []
    for number, matrix in enumerate(matrices):
        agreement = features_agreement(found.features, matrix, size, size2)
        mean = torch.nn.functional.avg_pool2d(agreement, _SMOOTH, 1, _SMOOTH // 2, count_include_pad=False)
        costs.append(resize(mean, size)[0, 0].numpy() - (_LATER if number else 0))
    choice = np.argmax(np.stack(costs), axis=0)
    return np.take_along_axis(np.stack(flows), choice[None, ..., None], axis=0)[0]


def features_agreement(
    features: tuple[Tensor, Tensor], matrix: Matrix, size: tuple[int, int], size2: tuple[int, int]
) -> Tensor:
    """(1, 1, h, w) cosine of features of I1 with those of I2 at the places that a homography of pixels gives."""
    first, second = (torch.nn.functional.normalize(f.cpu().float(), dim=1) for f in features)
    height, width = first.shape[-2:]
    places = cell_places((height, width), size).T.reshape(1, 2, height, width)
    there = project(torch.from_numpy(matrix)[None], places)
    unit = torch.tensor([second.shape[-1] / size2[1], second.shape[-2] / size2[0]], dtype=there.dtype).view(1, 2, 1, 1)
    cells = ((there + 0.5) * unit - 0.5).float()
    return (first * look_up(second, cells, padding="zeros")).sum(dim=1, keepdim=True)
