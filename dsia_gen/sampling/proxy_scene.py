"""Estimates of what a pair will show, from proxies: motion of camera and foreground in pixels, cover and visibility.

The same measures that dsia_gen/annotate takes from the frozen geometry, at a few thousand pixels of simple shapes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.library import Library
from dsia_gen.core.rotations import Array, Bools
from dsia_gen.sampling.camera_motion import flow_length
from dsia_gen.sampling.proxies import Backdrop, Proxies, dome_backdrop, hits, proxies_of_all
from dsia_gen.spec.camera import CameraSpec, pixel_directions
from dsia_gen.spec.light import GroundedDome
from dsia_gen.spec.scene import Instance
from dsia_gen.spec.views import Pair

GRID = (64, 36)
EMPTY = 50.0
"""Depth in metres at which rays end that hit nothing."""
SEEN = 0.0008
"""Share of the image that an instance must cover to count as visible (two rays of the grid)."""


@dataclass(frozen=True)
class ViewEstimate:
    """What the rays of one view hit.

    Parameters
    ----------
    matrix : (4, 4) float64
        Camera to world, OpenCV axes.
    points : (N, 3) float64
        World points that the rays hit, metres.
    proxy : (N,) int64
        Index of the proxy that each ray hits, moving ones first, then static ones; -1 for the backdrop.
    """

    matrix: Array
    points: Array
    proxy: NDArray[np.int64]


@dataclass(frozen=True)
class PairEstimate:
    """What a pair will measure, in pixels at an image width of REFERENCE_WIDTH and shares of the image.

    Parameters
    ----------
    camera_px : float
        Mean |flow_gt_to_2| over static pixels of Igt that stay in the image.
    foreground_px : float
        Mean |flow_1_to_gt| over dynamic pixels of I1.
    cover : float
        Share of the pixels that are dynamic in I1 or Igt.
    in_all : bool
        Whether some moving instance is visible in all three views.
    """

    camera_px: float
    foreground_px: float
    cover: float
    in_all: bool


@dataclass(frozen=True)
class ProxyScene:
    """Proxies of a scene and the camera that looks at them.

    Parameters
    ----------
    camera : CameraSpec
        The camera, with the poses that views refer to.
    static, moving : Proxies
        Shapes that never move, and shapes that do.
    backdrop : callable, optional
        Where rays end that hit no proxy; without one, at a depth of EMPTY metres.
    """

    camera: CameraSpec
    static: Proxies
    moving: Proxies
    backdrop: Backdrop | None = None

    def cast_view(self, time: int, matrix: Array) -> ViewEstimate:
        """Cast a grid of rays from a camera.

        Parameters
        ----------
        time : int
            Time index.
        matrix : (4, 4) float64
            Camera to world, OpenCV axes, metres.

        Returns
        -------
        ViewEstimate
            What the rays hit.
        """
        u, v = np.meshgrid((np.arange(GRID[0]) + 0.5) / GRID[0], (np.arange(GRID[1]) + 0.5) / GRID[1])
        pixels = np.stack([u.ravel() * self.camera.width, v.ravel() * self.camera.height], axis=1)
        origin = matrix[:3, 3]
        rays = pixel_directions(self.camera.intrinsics(), matrix[:3, :3], pixels)
        depth = np.concatenate([hits(self.moving, time, origin, rays), hits(self.static, time, origin, rays)], axis=1)
        end = self.backdrop(origin, rays) if self.backdrop else np.full(len(rays), EMPTY)
        depth = np.concatenate([depth, end[:, None]], axis=1)
        nearest = np.argmin(depth, axis=1)
        reach = depth[np.arange(len(rays)), nearest]
        proxy = np.where(nearest == depth.shape[1] - 1, -1, nearest)
        return ViewEstimate(matrix, origin + reach[:, None] * rays, proxy)

    def dynamic(self, view: ViewEstimate, t1: int, t2: int) -> Bools:
        """Rays of a view that hit an instance which moves between two times.

        Parameters
        ----------
        view : ViewEstimate
            The view.
        t1, t2 : int
            Time indices.

        Returns
        -------
        (N,) bool
            True where the instance moves or deforms.
        """
        moved = np.concatenate([self.moving.moved(t1, t2), np.zeros(len(self.static.half) + 1, bool)])
        return np.asarray(moved[view.proxy])  # -1 is the last: the backdrop

    def foreground_px(self, view: ViewEstimate, t1: int, t2: int) -> float:
        """Mean motion of the moving points of a view, camera fixed.

        Parameters
        ----------
        view : ViewEstimate
            The view at `t1`.
        t1, t2 : int
            Time indices.

        Returns
        -------
        float
            Pixels at an image width of REFERENCE_WIDTH; 0 where nothing moves.
        """
        chosen = self.dynamic(view, t1, t2)
        if not chosen.any():
            return 0.0
        proxy, points = view.proxy[chosen], view.points[chosen]
        local = np.einsum("nji,nj->ni", self.moving.rotations[t1][proxy], points - self.moving.centres[t1][proxy])
        moved = np.einsum("nij,nj->ni", self.moving.rotations[t2][proxy], local) + self.moving.centres[t2][proxy]
        length, _ = flow_length(self.camera, view.matrix, view.matrix, points, moved)
        return float(np.nanmean(length)) if np.isfinite(length).any() else 0.0

    def camera_px(self, view: ViewEstimate, matrix: Array, still: Bools) -> float:
        """Mean motion of static points from one camera to another, over points that stay in the image.

        Parameters
        ----------
        view : ViewEstimate
            The view from the first camera.
        matrix : (4, 4) float64
            Camera to world of the second camera.
        still : (N,) bool
            The rays of `view` that hit static points; all rays count where there is none.

        Returns
        -------
        float
            Pixels at an image width of REFERENCE_WIDTH.
        """
        chosen = still if still.any() else np.ones_like(still)
        length, inside = flow_length(self.camera, view.matrix, matrix, view.points[chosen], view.points[chosen])
        length = length[inside if inside.any() else np.isfinite(length)]
        return float(length.mean()) if length.size else 0.0

    def static_distance(self, origin: Array, rays: Array) -> Array:
        """How far away static shapes are along rays.

        Parameters
        ----------
        origin : (3,) float64
            World point, metres.
        rays : (N, 3) float64
            World directions.

        Returns
        -------
        (N,) float64
            Multiples of the rays at which they hit a static proxy or the backdrop.
        """
        depth = hits(self.static, 0, origin, rays).min(axis=1, initial=np.inf)
        return np.minimum(depth, self.backdrop(origin, rays) if self.backdrop else EMPTY)

    def estimate(self, pair: Pair, first: ViewEstimate, answer: ViewEstimate, second: ViewEstimate) -> PairEstimate:
        """Estimate the measures of a pair from its three views.

        Parameters
        ----------
        pair : Pair
            Times and poses of the pair.
        first, answer, second : ViewEstimate
            The views of I1, Igt and I2.

        Returns
        -------
        PairEstimate
            The measures.
        """
        views = (first, answer, second)
        dynamic = [self.dynamic(view, pair.t1, pair.t2) for view in views]
        seen = []
        for view, mask in zip(views, dynamic, strict=True):
            ids, counts = np.unique(self.moving.instances[view.proxy[mask]], return_counts=True)
            seen.append({int(i) for i, n in zip(ids, counts, strict=True) if n >= SEEN * len(mask)})
        return PairEstimate(
            camera_px=self.camera_px(answer, second.matrix, ~dynamic[1]),
            foreground_px=self.foreground_px(first, pair.t1, pair.t2),
            cover=float((dynamic[0] | dynamic[1]).mean()),
            in_all=bool(seen[0] & seen[1] & seen[2]),
        )


def make_proxy_scene(
    instances: Iterable[Instance], camera: CameraSpec, times: int, library: Library, dome: GroundedDome | None
) -> ProxyScene:
    """The proxies of some instances and their camera.

    Parameters
    ----------
    instances : iterable of Instance
        What is in the scene.
    camera : CameraSpec
        The camera.
    times : int
        Number of times.
    library : Library
        Gives the sizes of meshes from files.
    dome : GroundedDome or None
        The backdrop of outdoor scenes.

    Returns
    -------
    ProxyScene
        The scene of proxies.
    """
    static, moving = proxies_of_all(instances, library, times)
    return ProxyScene(camera, static, moving, dome_backdrop(dome) if dome else None)
