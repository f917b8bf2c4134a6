"""What a pair will show, foreseen: motion of camera and foreground in pixels, cover and visibility, from proxies.

The same measures as dsia_gen/annotate takes from the frozen geometry, at a few thousand pixels of simple shapes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.library import Library
from dsia_gen.sampling.proxies import Backdrop, Proxies, dome_backdrop, hits, pieces_of_all
from dsia_gen.spec.camera import CameraSpec, pixel_directions, project
from dsia_gen.spec.light import GroundedDome
from dsia_gen.spec.scene import Instance, SceneSpec
from dsia_gen.spec.views import Pair

Array = NDArray[np.float64]
GRID = (64, 36)
REFERENCE_WIDTH = 960
EMPTY = 50.0
"""Depth in metres at which rays end that nothing stops."""
SEEN = 0.0008
"""Share of the image that an instance must cover to be called visible (two rays of the grid)."""


@dataclass(frozen=True)
class ViewEstimate:
    """What the rays of one view meet: points (N, 3); piece (N,) of all moving, then all static ones, -1 for none."""

    matrix: Array
    points: Array
    piece: NDArray[np.int64]


@dataclass(frozen=True)
class PairEstimate:
    """What a pair will measure, in pixels at a width of 960 and shares of the image.

    camera_px: mean |flow_gt_to_2| over static pixels of Igt that stay in the image. foreground_px: mean |flow_1_to_gt|
    over dynamic pixels of I1. cover: share of dynamic pixels in I1 or Igt. in_all: some moving instance is visible in
    all three views.
    """

    camera_px: float
    foreground_px: float
    cover: float
    in_all: bool


@dataclass(frozen=True)
class ProxyScene:
    """Proxies of a scene and the camera that looks at them."""

    camera: CameraSpec
    static: Proxies
    moving: Proxies
    backdrop: Backdrop | None = None

    def pixels(self) -> Array:
        """(N, 2) pixel positions of the grid."""
        u, v = np.meshgrid((np.arange(GRID[0]) + 0.5) / GRID[0], (np.arange(GRID[1]) + 0.5) / GRID[1])
        return np.stack([u.ravel() * self.camera.width, v.ravel() * self.camera.height], axis=1)

    def look(self, time: int, matrix: Array) -> ViewEstimate:
        """Cast the rays of a view: a time and a camera-to-world matrix (4, 4)."""
        origin = matrix[:3, 3]
        rays = pixel_directions(self.camera.intrinsics(), matrix[:3, :3], self.pixels())
        depth = np.concatenate([hits(self.moving, time, origin, rays), hits(self.static, time, origin, rays)], axis=1)
        end = self.backdrop(origin, rays) if self.backdrop else np.full(len(rays), EMPTY)
        depth = np.concatenate([depth, end[:, None]], axis=1)
        nearest = np.argmin(depth, axis=1)
        reach = depth[np.arange(len(rays)), nearest]
        piece = np.where(nearest == depth.shape[1] - 1, -1, nearest)
        return ViewEstimate(matrix, origin + reach[:, None] * rays, piece)

    def dynamic(self, look: ViewEstimate, t1: int, t2: int) -> NDArray[np.bool_]:
        """(N,) rays that meet an instance that moves between two times."""
        moved = np.concatenate([self.moving.moved(t1, t2), np.zeros(len(self.static.half) + 1, bool)])
        return np.asarray(moved[look.piece])  # -1 is the last: the backdrop

    def foreground_px(self, look: ViewEstimate, t1: int, t2: int) -> float:
        """Mean motion of the moving points of a view at t1 until t2, camera fixed; 0 where nothing moves."""
        chosen = self.dynamic(look, t1, t2)
        if not chosen.any():
            return 0.0
        piece, points = look.piece[chosen], look.points[chosen]
        local = np.einsum("nji,nj->ni", self.moving.rotations[t1][piece], points - self.moving.centres[t1][piece])
        moved = np.einsum("nij,nj->ni", self.moving.rotations[t2][piece], local) + self.moving.centres[t2][piece]
        return self._mean_flow(look.matrix, look.matrix, points, moved)

    def camera_px(self, look: ViewEstimate, matrix: Array, still: NDArray[np.bool_]) -> float:
        """Mean motion of the points `still` (N,) of a look that stay in the image of another camera matrix."""
        chosen = still if still.any() else np.ones_like(still)
        return self._mean_flow(look.matrix, matrix, look.points[chosen], look.points[chosen], inside=True)

    def _mean_flow(self, first: Array, second: Array, before: Array, after: Array, inside: bool = False) -> float:
        K = self.camera.intrinsics()
        a, _ = project(K, first, before)
        b, _ = project(K, second, after)
        length = np.linalg.norm(b - a, axis=1)
        keep = np.isfinite(length)
        if inside:
            seen = keep & np.all((b >= 0) & (b <= [self.camera.width, self.camera.height]), axis=1)
            keep = seen if seen.any() else keep
        return float(length[keep].mean()) * REFERENCE_WIDTH / self.camera.width if keep.any() else 0.0

    def static_distance(self, origin: Array, rays: Array) -> Array:
        """(N,) multiples of rays (N, 3) at which they meet what never moves."""
        depth = hits(self.static, 0, origin, rays).min(axis=1, initial=np.inf)
        return np.minimum(depth, self.backdrop(origin, rays) if self.backdrop else EMPTY)

    def estimate(self, pair: Pair, first: ViewEstimate, answer: ViewEstimate, second: ViewEstimate) -> PairEstimate:
        """Foresee a pair from the looks of its three views."""
        dynamic = [self.dynamic(look, pair.t1, pair.t2) for look in (first, answer, second)]
        seen = [self._instances(look, mask) for look, mask in zip((first, answer, second), dynamic, strict=True)]
        return PairEstimate(
            camera_px=self.camera_px(answer, second.matrix, ~dynamic[1]),
            foreground_px=self.foreground_px(first, pair.t1, pair.t2),
            cover=float((dynamic[0] | dynamic[1]).mean()),
            in_all=bool(seen[0] & seen[1] & seen[2]),
        )

    def _instances(self, look: ViewEstimate, mask: NDArray[np.bool_]) -> set[int]:
        ids, counts = np.unique(self.moving.instances[look.piece[mask]], return_counts=True)
        return {int(i) for i, n in zip(ids, counts, strict=True) if n >= SEEN * len(mask)}


def make_stage(
    instances: Iterable[Instance], camera: CameraSpec, times: int, library: Library, dome: GroundedDome | None
) -> ProxyScene:
    """The stage of some instances; `dome` is the backdrop outdoors."""
    static, moving = pieces_of_all(instances, library, times)
    return ProxyScene(camera, static, moving, dome_backdrop(dome) if dome else None)


def estimate_scene(spec: SceneSpec, library: Library) -> tuple[PairEstimate, ...]:
    """Foresee every pair of a specification; `library` gives the sizes of meshes from files."""
    stage = make_stage(spec.instances, spec.camera, spec.times, library, spec.environment.dome)
    looks = {v: stage.look(v.time, spec.camera.camera_to_world(v.pose)) for v in spec.views()}
    return tuple(stage.estimate(p, *(looks[p.view(role)] for role in ("1", "gt", "2"))) for p in spec.pairs)
