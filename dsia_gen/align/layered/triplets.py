"""Triplets of made-up scenes: pictures of the three views, exact flow, occlusion and masks."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.layered.camera_faults import with_faults
from dsia_gen.align.layered.surfaces import FAR, PlaneCamera, Seen, flow_to, look
from dsia_gen.align.layered.textures import Texture, random_texture
from dsia_gen.align.layered.world import World, random_world
from dsia_gen.align.training.synthetic import MadeTriplets, SyntheticTriplet

Floats = NDArray[np.float32]
_OVER = 2
"""Samples of a pixel along each side."""
_FLOWS = (("1", "2"), ("gt", "2"), ("2", "gt"))


class LayeredTriplets(MadeTriplets):
    """Scenes of planes, boxes and figures."""

    def triplet(self, index: int) -> SyntheticTriplet:
        """The triplet of an index that is in range."""
        return layered_triplet(self.config.seed, index, (self.config.width, self.config.height))


def layered_triplet(seed: int, index: int, size: tuple[int, int], faults: bool = True) -> SyntheticTriplet:
    """Triplet `index` of a seed, of a width and height; without `faults`, as an ideal camera sees it."""
    rng = np.random.default_rng([seed, index])
    world = random_world(rng, size, texture_bank(seed))
    first, second = world.cameras
    views = {"1": (first, 0), "2": (second, 1), "gt": (first, 1)}
    seen = {role: look(world.surfaces, camera, time, colours=False) for role, (camera, time) in views.items()}
    arrays: dict[str, NDArray[np.generic]] = {}
    for source, target in _FLOWS:
        camera, time = views[target]
        flow = flow_to(seen[source], world.surfaces, camera, time)
        arrays[f"flow_{source}_to_{target}"] = flow[..., :2]
        arrays[f"occlusion_{source}_to_{target}"] = hidden(seen[source], flow, seen[target])
    for role, view in seen.items():
        arrays[f"dynamic_{role}"] = view.instance > 0
    arrays["dynamic_union"] = (seen["1"].instance > 0) | (seen["gt"].instance > 0)
    sky = rng.uniform(0.3, 1.0, 3).astype(np.float32)
    colours = {role: rendered(world, *view, sky) for role, view in views.items()}
    if faults:
        colours = with_faults(rng, colours)
    images = {role: np.rint(np.clip(colour, 0, 1) * 255).astype(np.uint8) for role, colour in colours.items()}
    return SyntheticTriplet(f"layered_{seed}_{index:06d}", images, arrays)


@lru_cache(maxsize=2)
def texture_bank(seed: int, count: int = 96) -> list[Texture]:
    """The textures of all scenes of a seed."""
    return [random_texture(np.random.default_rng([seed, 0, k])) for k in range(count)]


def rendered(world: World, camera: PlaneCamera, time: int, sky: Floats) -> Floats:
    """(H, W, 3) colours in [0, 1], the mean of several samples of each pixel."""
    width, height = camera.size
    seen = look(world.surfaces, camera.scaled(_OVER), time)
    colour = np.where((seen.depth >= FAR)[..., None], sky, seen.colour)
    return np.asarray(colour.reshape(height, _OVER, width, _OVER, 3).mean(axis=(1, 3)))


def hidden(source: Seen, flow: Floats, target: Seen) -> NDArray[np.uint8]:
    """(H, W): 1 where the place lies outside of the target's picture, or behind something there.

    `flow` (H, W, 3) holds displacements in pixels and the depth at the target.
    """
    height, width = target.depth.shape
    column, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    x, y = column + flow[..., 0], row + flow[..., 1]
    with np.errstate(invalid="ignore"):
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height) & (flow[..., 2] > 0)
        i, j = (np.where(inside, c, 0).astype(int) for c in (y, x))
        # a slanted surface has other depths within a pixel: the same surface hides nothing of itself
        shown = (flow[..., 2] <= target.depth[i, j] * 1.02) | (source.surface == target.surface[i, j])
    return (~(inside & shown)).astype(np.uint8)
