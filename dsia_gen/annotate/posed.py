"""A camera at one of its poses, and the rays that start at it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.rays import Hits, RayScene, Triangles
from dsia_gen.spec.camera import CameraSpec, pixel_directions, project_directions

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PosedCamera:
    """A pinhole in the world: K (3, 3), rotation (3, 3) from OpenCV axes to world, centre (3,), clipping depths."""

    width: int
    height: int
    intrinsics: Floats
    rotation: Floats
    centre: Floats
    near: float
    far: float

    @classmethod
    def of(cls, camera: CameraSpec, pose: int) -> PosedCamera:
        """The camera at pose index `pose`."""
        matrix = camera.camera_to_world(pose)
        near, far = camera.clip_start, camera.clip_end
        return cls(camera.width, camera.height, camera.intrinsics(), matrix[:3, :3], matrix[:3, 3], near, far)

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return float(self.intrinsics[0, 0])

    def directions(self, columns: Floats, rows: Floats) -> Floats:
        """(R * C, 3) world directions, scaled to depth 1, through every pixel position of a grid, row by row."""
        x, y = np.meshgrid(columns, rows)
        return pixel_directions(self.intrinsics, self.rotation, np.stack([x, y], axis=-1).reshape(-1, 2))

    def project(self, offsets: Floats) -> tuple[Floats, Floats]:
        """Pixels (N, 2) and depth (N,) of (N, 3) offsets from the camera's centre; NaN pixels for depth <= 0."""
        return project_directions(self.intrinsics, self.rotation, offsets)

    def inside(self, pixels: Floats) -> NDArray[np.bool_]:
        """(N,) whether (N, 2) positions lie on the image."""
        x, y = pixels[:, 0], pixels[:, 1]
        return (x >= 0) & (x < self.width) & (y >= 0) & (y < self.height)

    def cast(self, scene: RayScene, directions: Floats | NDArray[np.float32], known: Hits | None = None) -> Hits:
        """First hits along (N, 3) world directions of depth 1, from the near clipping plane on; see `RayScene.cast`."""
        return scene.cast(*self._rays(directions), known)

    def blockers(self, scene: RayScene, directions: Floats, depth: Floats) -> Triangles:
        """The first triangle along (N, 3) world directions of depth 1, from the near clipping plane to depths (N,)."""
        reach = np.minimum(depth, self.far).astype(np.float32) - np.float32(self.near)
        return scene.blockers(*self._rays(directions), reach)

    def _rays(self, directions: Floats | NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Origins on the near clipping plane, and the directions: in float32, all that Embree takes, half the work."""
        directions = directions.astype(np.float32)
        return self.centre.astype(np.float32) + np.float32(self.near) * directions, directions

    def clipped(self, hits: Hits) -> Hits:
        """Hits of `cast` between the clipping planes; distances are depths."""
        distance = hits.distance + np.float32(self.near)
        beyond = distance > self.far
        distance[beyond] = np.inf
        return Hits(np.where(beyond, np.int32(-1), hits.triangle), distance, hits.barycentric, hits.normal)
