"""Small meshes, cameras and closed forms for the tests of the annotator."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.flow import FlowTruth, annotate_flow
from dsia_gen.annotate.rays import FrozenScene
from dsia_gen.annotate.view import ViewTruth, annotate_view
from dsia_gen.core.rotations import quaternion, rotation_matrix
from dsia_gen.spec.camera import CameraSpec, Pose, look_at
from dsia_gen.spec.frozen_geometry import Cutout, Part, SceneGeometry
from dsia_gen.spec.views import View

Array = NDArray[np.float64]
Mesh = tuple[NDArray[np.float32], NDArray[np.int32]]

FORWARD = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""Rotation of a camera that looks along +Y with Z up."""


def camera(*poses: tuple[Sequence[float], Array], width: int = 64, height: int = 48, lens: float = 36.0) -> CameraSpec:
    """A camera at (position, rotation matrix) poses; focal length = lens / 36 * width pixels."""
    made = tuple(
        Pose(position=tuple(map(float, p)), rotation=tuple(map(float, quaternion(np.asarray(r))))) for p, r in poses
    )
    return CameraSpec(width=width, height=height, lens_mm=lens, poses=made)


def towards(position: Sequence[float], target: Sequence[float], roll: float = 0.0) -> tuple[Sequence[float], Array]:
    """A pose at `position` that looks at `target`."""
    return position, look_at(np.array(position, dtype=float), np.array(target, dtype=float), roll)


def spin(axis: Sequence[float], angle: float) -> Array:
    """(3, 3) rotation about an axis by an angle in radians."""
    unit = np.array(axis, dtype=float) / np.linalg.norm(axis)
    return rotation_matrix(np.array([np.cos(angle / 2), *np.sin(angle / 2) * unit]))


def rigid(position: Sequence[float] = (0, 0, 0), rotation: Array | None = None) -> Array:
    """(4, 4) matrix."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3) if rotation is None else rotation
    matrix[:3, 3] = position
    return matrix


def grid(n: int, place: Callable[[Array, Array], Array]) -> Mesh:
    """n x n quads, split in two, at place(u, v) for u, v in [0, 1]."""
    u, v = (a.ravel() for a in np.meshgrid(np.linspace(0, 1, n + 1), np.linspace(0, 1, n + 1)))
    corner = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).ravel()
    lower = np.stack([corner, corner + 1, corner + n + 1], axis=1)
    upper = np.stack([corner + 1, corner + n + 2, corner + n + 1], axis=1)
    return place(u, v).astype(np.float32), np.concatenate([lower, upper]).astype(np.int32)


def sphere(n: int = 96, radius: float = 1.0) -> Mesh:
    """A sphere about the origin."""

    def place(u: Array, v: Array) -> Array:
        a, b = 2 * np.pi * u, np.pi * v
        return radius * np.stack([np.cos(a) * np.sin(b), np.sin(a) * np.sin(b), np.cos(b)], axis=1)

    return grid(n, place)


def upright(width: float = 1.0, height: float = 1.0, n: int = 1) -> Mesh:
    """A rectangle about the origin in the plane Y = 0."""
    return grid(n, lambda u, v: np.stack([width * (u - 0.5), 0 * u, height * (v - 0.5)], axis=1))


def cube(half: float = 0.5) -> Mesh:
    """A cube about the origin."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float32) * half
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    return corners.astype(np.float32), np.array(triangles, dtype=np.int32)


def part(
    mesh: Mesh,
    instance: int,
    matrices: Sequence[Array] = (np.eye(4),),
    shapes: Sequence[Array] | None = None,
    name: str = "part",
    unreliable: bool = False,
    uv: NDArray[np.float32] | None = None,
    cutout: Cutout | None = None,
) -> Part:
    """A part: rigid through `matrices`, deforming where `shapes` gives vertices for each time."""
    vertices = mesh[0][None] if shapes is None else np.stack(shapes).astype(np.float32)
    return Part(name, instance, mesh[1], vertices, np.stack(matrices).astype(np.float64), unreliable, uv, cutout)


def scene(*parts: Part, times: int = 2) -> SceneGeometry:
    """Geometry at times 0, 1, ..."""
    return SceneGeometry(tuple(range(times)), parts)


def see(geometry: SceneGeometry, spec: CameraSpec, time: int = 0, pose: int = 0) -> ViewTruth:
    """One annotated view."""
    return annotate_view(FrozenScene(geometry).at(time), spec, View(time, pose))


def flow(
    geometry: SceneGeometry, spec: CameraSpec, start: tuple[int, int], end: tuple[int, int], reuse: bool = False
) -> tuple[ViewTruth, FlowTruth]:
    """The source view and its flow to another, both given as (time, pose)."""
    frozen = FrozenScene(geometry)
    source = annotate_view(frozen.at(start[0]), spec, View(*start))
    at_end = frozen.at(end[0])
    seen = annotate_view(at_end, spec, View(*end)) if reuse else None
    return source, annotate_flow(source, at_end, spec, View(*end), seen)


def moved_by(points: Array, before: Array, after: Array) -> Array:
    """Points (..., 3) of a rigid body whose matrix changes."""
    change = after @ np.linalg.inv(before)
    return points @ change[:3, :3].T + change[:3, 3]


def turning_sphere(width: int, height: int) -> tuple[NDArray[np.float32], Array, NDArray[np.bool_]]:
    """Flow (H, W, 2) of a sphere that turns before a moving camera; its closed form; pixels (H, W) on the sphere."""
    matrices = [rigid((0.1, 3, 0.2), spin((1, 2, 3), angle)) for angle in (0.3, 0.55)]
    poses = towards((0, 0, 0), (0, 3, 0)), towards((0.4, -0.2, 0.1), (0, 3, 0), roll=0.1)
    spec = camera(*poses, width=width, height=height)
    source, truth = flow(scene(part(sphere(), 7, matrices)), spec, (0, 0), (1, 1))
    on_sphere = source.instances == 7
    depth = np.where(on_sphere, source.depth, 1).astype(np.float64)
    points = rays(spec) * depth[..., None]  # the camera stands at the origin
    expected = seen_at(spec, 1, moved_by(points, *matrices)) - pixel_centres(spec)
    return truth.flow, expected, on_sphere


def pixel_centres(spec: CameraSpec) -> Array:
    """(H, W, 2) positions of pixel centres."""
    x, y = np.meshgrid(np.arange(spec.width) + 0.5, np.arange(spec.height) + 0.5)
    return np.stack([x, y], axis=-1)


def rays(spec: CameraSpec, pose: int = 0) -> Array:
    """(H, W, 3) world directions of depth 1 through pixel centres, written out apart from the library."""
    matrix, k = spec.camera_to_world(pose), spec.intrinsics()
    p = pixel_centres(spec)
    ones = np.ones((*p.shape[:2], 1))
    return np.concatenate([p, ones], axis=-1) @ np.linalg.inv(k).T @ matrix[:3, :3].T


def seen_at(spec: CameraSpec, pose: int, points: Array) -> Array:
    """(..., 2) pixels of world points (..., 3) through the 3x4 projection matrix."""
    k, world = spec.intrinsics(), np.linalg.inv(spec.camera_to_world(pose))[:3]
    homogeneous = np.concatenate([points, np.ones((*points.shape[:-1], 1))], axis=-1) @ (k @ world).T
    return homogeneous[..., :2] / homogeneous[..., 2:]


def percentile_error(found: NDArray[np.float32], expected: Array, where: NDArray[np.bool_]) -> float:
    """99th percentile of the length of the difference over chosen pixels, which must exist and be finite."""
    error = np.linalg.norm(found[where] - expected[where], axis=-1)
    assert error.size and np.isfinite(error).all()
    return float(np.percentile(error, 99))
