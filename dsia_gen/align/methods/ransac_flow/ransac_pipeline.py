"""RANSAC-Flow as a user calls it: homographies, the fine flow on each, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, label
from torch import Tensor

from dsia_gen.align.devices import out_of_memory
from dsia_gen.align.matching.coarse import CoarseMatcher, CoarseMatches
from dsia_gen.align.matching.features.extractor import working_sides
from dsia_gen.align.matching.features.open_features import copy_encoder, open_features, with_saved_encoder
from dsia_gen.align.matching.geometry import compose, inside, pixel_points, resize, resize_flow, warp
from dsia_gen.align.matching.robust_homography import FEWEST, homography_flow
from dsia_gen.align.methods.method import EQUAL, Aligned, Image, unmoved
from dsia_gen.align.methods.ransac_flow.fine_network import FineNetwork, build_fine_network
from dsia_gen.align.methods.ransac_flow.ransac_config import TOO_FEW, RansacConfig
from dsia_gen.align.methods.ransac_flow.ransac_losses import cycle_matchability
from dsia_gen.align.trained_aligner import TrainedAligner
from dsia_gen.align.training.saved_runs import read_saved_config, saved_folder
from dsia_gen.align.weight_files import load_module, load_tensors, load_weights, save_tensors, tensors_hash
from dsia_gen.core.errors import AlignError
from dsia_gen.core.image_metrics import backward_warp
from dsia_gen.core.io import json_bytes, replace_bytes, replacing

CONFIG_FILE, WEIGHTS_FILE = "ransac.json", "ransac.safetensors"
_RELEASED = {"netFeatCoarse": "encoder", "netFlowCoarse": "flow_head", "netMatch": "match_head"}
"""Networks of the authors' file, and their names here."""
Flow = NDArray[np.float32]
Plane = NDArray[np.float32]
_FIRST_LOOK, _SECOND_LOOK = 0.9999, 0.99
"""Matchability from which a pixel counts as explained, and from which its connected regions are measured."""


@dataclass(frozen=True)
class PlaneFlow:
    """What one homography and the fine flow on it explain."""

    coarse: Flow
    flow: Flow
    match: Plane


class RansacPipeline(TrainedAligner):
    """Coarse matcher, fine network and configuration, ready to align. The flow is that from I1 to I2."""

    config: RansacConfig

    def __init__(self, config: RansacConfig, network: FineNetwork, matcher: CoarseMatcher) -> None:
        self.config = config
        self.network = network.eval()
        self.matcher = matcher

    @property
    def modules(self) -> tuple[torch.nn.Module, ...]:
        return (self.network, self.matcher.extractor)

    def align_rgb(self, image1: Image, image2: Image) -> Aligned:
        """Align image 2 to image 1, (H, W, 3) uint8 sRGB; the confidence is the matchability."""
        if np.array_equal(image1, image2):
            return unmoved(image2, EQUAL, confidence=1)
        found = self.planes(image1, image2)
        if not found:
            return unmoved(image2, TOO_FEW, confidence=0)
        flow, match = put_together(found, self.config.matchable, self.config.interpolate)
        return Aligned(backward_warp(image2, flow), flow, match)

    def planes(self, image1: Image, image2: Image, matches: CoarseMatches | None = None) -> list[PlaneFlow]:
        """Homographies one after another, each from matches that no plane before it explains (section 3.3).

        `matches` are those of `self.matches`, where they are known already.
        """
        with out_of_memory("the size of the images"):
            matches = self.matcher.matches(image1, image2) if matches is None else matches
            size, size2 = (image1.shape[0], image1.shape[1]), (image2.shape[0], image2.shape[1])
            points1, points2 = matches.points1, matches.points2
            explained = np.zeros(size, dtype=bool)
            found: list[PlaneFlow] = []
            # a plane that adds too little is dropped, and its matches with it, so that another is looked for
            for _ in range(2 * self.config.planes):
                if len(found) == self.config.planes or len(points1) < FEWEST:
                    break
                matrix, inliers = self.matcher.fit(points1, points2, matches.cell, size2)
                if matrix is None:
                    break
                coarse = homography_flow(matrix, *size)
                flow, match = fine_flow(self.network, self.config, image1, image2, coarse)
                region = explained_region(match, self.config.component)
                new = region & ~explained
                if not found or new.mean() > self.config.region:
                    found.append(PlaneFlow(coarse, flow, match))
                    explained |= region
                points1, points2 = points1[~inliers], points2[~inliers]
                left = ~explained[pixel_rows(points1, size)]
                points1, points2 = points1[left], points2[left]
            return found

    def matches(self, image1: Image, image2: Image) -> CoarseMatches:
        """The coarse matches of a pair."""
        return self.matcher.matches(image1, image2)

    def hash(self) -> str:
        """SHA-256 over the weights of features and network."""
        tensors = {f"network/{name}": value for name, value in self.network.state_dict().items()}
        features = {f"features/{name}": value for name, value in self.matcher.extractor.state_dict().items()}
        return tensors_hash(tensors | features)

    def save_pretrained(self, folder: Path | str) -> None:
        """Write configuration and weights. StorageError when the disk refuses."""
        self.write(self.config, self.network, Path(folder))

    @staticmethod
    def write(config: RansacConfig, network: FineNetwork, folder: Path) -> None:
        """Configuration and weights of the fine network, and of an encoder that was trained here."""
        features = copy_encoder(config.coarse.features, folder)
        coarse = config.coarse.model_copy(update={"features": features})
        with replacing(folder / WEIGHTS_FILE) as temporary:
            save_tensors(temporary, network.state_dict())
        saved = config.model_copy(update={"coarse": coarse})
        replace_bytes(folder / CONFIG_FILE, json_bytes(saved.model_dump(mode="json")))

    @classmethod
    def from_pretrained(cls, name: Path | str, revision: str | None = None) -> RansacPipeline:
        """Load a folder of `save_pretrained`, a finished run or a hub repository. AlignError says what is wrong."""
        folder = saved_folder(name, CONFIG_FILE, "ransac", revision)
        config = read_saved_config(RansacConfig, folder / CONFIG_FILE)
        features = with_saved_encoder(config.coarse.features, folder)
        network = build_fine_network(config.network, config.train.seed)
        load_module(network, load_tensors(folder / WEIGHTS_FILE), folder / WEIGHTS_FILE)
        return cls(config, network, CoarseMatcher(open_features(features), config.coarse))

    @staticmethod
    def read_network(name: Path | str) -> FineNetwork:
        """The fine network alone, to begin another training with."""
        folder = saved_folder(name, CONFIG_FILE, "ransac")
        config = read_saved_config(RansacConfig, folder / CONFIG_FILE)
        network = build_fine_network(config.network, config.train.seed)
        load_module(network, load_tensors(folder / WEIGHTS_FILE), folder / WEIGHTS_FILE)
        return network

    @classmethod
    def from_release(cls, path: Path, config: RansacConfig) -> RansacPipeline:
        """The authors' file of weights. AlignError when it is something else."""
        network = build_fine_network(config.network, 0)
        load_module(network, released_weights(load_weights(path), network, path), path)
        return cls(config, network, CoarseMatcher(open_features(config.coarse.features), config.coarse))


def released_weights(given: Mapping[str, Tensor], network: FineNetwork, path: Path) -> dict[str, Tensor]:
    """The authors' weights under our names; the blur must be [1, 2, 1]. AlignError when it is not."""
    tensors: dict[str, Tensor] = {}
    for name, value in given.items():
        part, _, rest = name.partition(".")
        rest = rest.removeprefix("module.")
        if part in _RELEASED:
            tensors[f"{_RELEASED[part]}.{rest}"] = value
    for name, value in network.state_dict().items():
        if name.endswith(".filt") and name in tensors:
            if not torch.allclose(tensors[name].to(value), value, atol=1e-4):
                raise AlignError(f"{path} blurs by another kernel than [1, 2, 1]; give the authors' weights")
            tensors[name] = value
        elif name.endswith("num_batches_tracked"):
            tensors.setdefault(name, value)
    return tensors


@torch.no_grad()
def fine_flow(
    network: FineNetwork, config: RansacConfig, image1: Image, image2: Image, coarse: Flow
) -> tuple[Flow, Plane]:
    """The coarse flow (H, W, 2) px refined in passes, and the matchability (H, W) there and back."""
    parameter = next(network.parameters())
    first, second = (
        torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].to(parameter) / 127.5 - 1
        for image in (image1, image2)
    )
    size, size2 = (first.shape[-2], first.shape[-1]), (second.shape[-2], second.shape[-1])
    start = torch.from_numpy(coarse).permute(2, 0, 1)[None].to(parameter)
    flow, match = start, start.new_zeros(1, 1, *size)
    for side in config.sides:
        wanted = working_sides(size, side, network.multiple)
        # the second image at the scale of the first
        other = (round(size2[0] * wanted[0] / size[0]), round(size2[1] * wanted[1] / size[1]))
        reached = resize_flow(flow, wanted)
        warped = warp(resized(second, other), reached)
        seen = inside(pixel_points(*wanted, reached) + reached, other).to(warped)
        answer = network(resized(first, wanted), warped)
        refined = compose(answer.flow12, reached)
        both = cycle_matchability(answer.match12, answer.match21 * seen, answer.flow12)
        flow, match = resize_flow(refined, size), resize(both, size)
    array = np.ascontiguousarray(flow[0].permute(1, 2, 0).float().cpu().numpy())
    return array, match[0, 0].float().cpu().numpy()


def resized(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Images at a height and width, antialiased where they shrink."""
    if size[0] >= image.shape[-2] and size[1] >= image.shape[-1]:
        return resize(image, size)
    return torch.nn.functional.interpolate(image, size, mode="bilinear", align_corners=False, antialias=True)


def explained_region(match: Plane, component: float) -> NDArray[np.bool_]:
    """(H, W): what a plane explains; connected regions below a share of the image are left out."""
    labels, count = label(match > _SECOND_LOOK)
    if not count:
        return np.zeros(match.shape, dtype=bool)
    sizes = np.bincount(labels.ravel())
    large = sizes >= component * match.size
    large[0] = False
    return large[labels]


def pixel_rows(points: NDArray[np.float64], size: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pixels that points (N, 2) lie in."""
    cells = np.rint(points).astype(np.intp)
    return np.clip(cells[:, 1], 0, size[0] - 1), np.clip(cells[:, 0], 0, size[1] - 1)


def put_together(found: list[PlaneFlow], matchable: float, interpolate: bool) -> tuple[Flow, Plane]:
    """Flow and matchability of planes in their order: a pixel takes the first that matches it.

    Pixels that none matches take the first plane's flow, or with `interpolate` that of the nearest matched pixel.
    """
    flow, match = found[0].flow.copy(), found[0].match.copy()
    taken = found[0].match >= matchable
    for plane in found[1:]:
        new = (plane.match >= matchable) & ~taken
        flow[new], match[new] = plane.flow[new], plane.match[new]
        taken |= new
    if interpolate and taken.any() and not taken.all():
        nearest = distance_transform_edt(~taken, return_distances=False, return_indices=True)
        flow = flow[nearest[0], nearest[1]]
    return flow, match
