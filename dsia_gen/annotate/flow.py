"""Optical flow, scene flow and occlusion between any two views of a scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.posed import PosedCamera
from dsia_gen.annotate.rays import Floats, RayScene, Triangles
from dsia_gen.annotate.view import ViewTruth, chunks, interpolate
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.outputs import Occlusion
from dsia_gen.spec.views import View

PLANE_TOLERANCE = 5e-6
"""A surface hides a point when it cuts the line of sight before the point and off the plane of the point's own
triangle by more than this share of the depth. Distances to the plane, unlike those along the ray, do not grow at
grazing angles, where neighbours in one surface, or a coincident surface, would seem to lie in front."""
_COORDINATE_TOLERANCE = 5e-7  # four units in the last place of float32, which Embree's vertices have


@dataclass(frozen=True)
class FlowTruth:
    """Where the pixels of a source view are in a target view.

    Parameters
    ----------
    flow : ndarray of float32, (H, W, 2)
        Pixels, u right, v down, target minus source. NaN where the point is not in front of the target's near
        clipping plane (reason 4) or lies beyond the far one (reason 255).
    occlusion : ndarray of uint8, (H, W)
        Values of Occlusion. The first that applies of: 4 behind the near clipping plane, 255 beyond the far one, 1 off
        the image (whether or not something hides the point too), 2 hidden by its own instance, 3 hidden by another,
        0 visible. Pixels at infinity belong to instance 0; any surface hides them.
    scene_flow : ndarray of float32, (H, W, 3)
        Metres, world displacement of the point between the two times; NaN where no surface is hit.
    """

    flow: NDArray[np.float32]
    occlusion: NDArray[np.uint8]
    scene_flow: NDArray[np.float32]

    @property
    def planes(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(H, W) u and v of the flow."""
        return self.flow[..., 0], self.flow[..., 1]


@dataclass(frozen=True)
class _Target:
    """Where points are asked for: the scene and camera, and the view itself where it has been cast already."""

    view: View
    scene: RayScene
    camera: PosedCamera
    seen: ViewTruth | None


@dataclass(frozen=True)
class _Points:
    """Points (N,) of the source on their way to the target.

    pixel:    (N,) flat position in the source image.
    triangle: (N,) as hit in the source, -1 at infinity.
    offset:   (N, 3) from the target's centre to the point; the direction for a point at infinity.
    depth:    (N,) component of `offset` along the target's axis.
    fixed:    (N,) whether neither point nor camera has moved, so that the point keeps its pixel.
    """

    pixel: NDArray[np.intp]
    triangle: Triangles
    offset: Floats
    depth: Floats
    fixed: NDArray[np.bool_]

    def take(self, where: NDArray[np.intp]) -> _Points:
        return _Points(*(array[where] for array in vars(self).values()))


def annotate_flow(
    source: ViewTruth, scene: RayScene, camera: CameraSpec, target: View, seen: ViewTruth | None = None
) -> FlowTruth:
    """Flow and occlusion from a view to any other: any times, any poses.

    Parameters
    ----------
    source : ViewTruth
        The annotated source view.
    scene : RayScene
        The scene at the target's time.
    camera : CameraSpec
        The camera with all its poses.
    target : View
        The view to which the flow leads.
    seen : ViewTruth, optional
        The annotated target view; it saves casting the rays of points that keep their pixel.

    Returns
    -------
    FlowTruth
        Flow, occlusion and scene flow of every pixel of the source.

    Raises
    ------
    ValueError
        When the scene is not at the target's time, or `seen` is another view.

    Notes
    -----
    A material point is a fixed barycentric position on a triangle; a pixel without a surface is a direction at
    infinity and moves with the camera's rotation alone.
    """
    if scene.time != target.time or (seen is not None and seen.view != target):
        raise ValueError(f"view {target.key} needs the scene at time {target.time} and its own annotation")
    end = _Target(target, scene, PosedCamera.of(camera, target.pose), seen)
    size = source.triangle.shape
    truth = FlowTruth(np.empty((*size, 2), np.float32), np.empty(size, np.uint8), np.empty((*size, 3), np.float32))
    for span in chunks(source.triangle.size):
        _annotate_span(source, end, truth, span)
    return truth


def _annotate_span(source: ViewTruth, end: _Target, truth: FlowTruth, span: slice) -> None:
    """Fill in the flat pixels `span` of `truth`."""
    triangle = source.triangle.reshape(-1)[span]
    displacement = np.zeros((span.stop - span.start, 3))  # exactly zero for what has not moved
    if source.view.time != end.view.time:
        moving = np.flatnonzero(triangle >= end.scene.frozen.static_triangles)
        weights = source.barycentric.reshape(-1, 3)[span][moving]
        displacement[moving] = interpolate(weights, end.scene.corners(triangle[moving]))
        displacement[moving] -= source.points.reshape(-1, 3)[span][moving]
    offset = source.points.reshape(-1, 3)[span] + displacement
    offset[triangle >= 0] -= end.camera.centre
    pixels, depth = end.camera.project(offset)
    pixel = np.arange(span.start, span.stop)
    row, column = np.divmod(pixel, source.camera.width)
    start = np.stack([column, row], axis=1) + 0.5
    still = (displacement[:, 0] == 0) & (displacement[:, 1] == 0) & (displacement[:, 2] == 0)
    fixed = still & (source.view.pose == end.view.pose)
    flow = pixels - start
    flow[fixed] = 0.0
    points = _Points(pixel, triangle, offset, depth, fixed)
    reason = _reasons(points, pixels, end)
    flow[reason >= Occlusion.BEHIND_CAMERA] = np.nan
    displacement[triangle < 0] = np.nan
    truth.flow.reshape(-1, 2)[span] = flow
    truth.occlusion.reshape(-1)[span] = reason
    truth.scene_flow.reshape(-1, 3)[span] = displacement


def _reasons(points: _Points, pixels: Floats, end: _Target) -> NDArray[np.uint8]:
    """(N,) occlusion reasons, see FlowTruth for their priority."""
    surface = points.triangle >= 0
    reason = np.full(len(pixels), Occlusion.VISIBLE, dtype=np.uint8)
    reason[~end.camera.inside(pixels)] = Occlusion.OUT_OF_FRAME
    reason[surface & (points.depth > end.camera.far)] = Occlusion.NO_GROUND_TRUTH
    reason[~(points.depth > np.where(surface, end.camera.near, 0.0))] = Occlusion.BEHIND_CAMERA
    candidates = np.flatnonzero(reason == Occlusion.VISIBLE)
    occluder = _occluders(points.take(candidates), end)
    hidden = occluder >= 0
    own = end.scene.instance(occluder) == end.scene.instance(points.triangle[candidates])
    reason[candidates[hidden & own]] = Occlusion.SELF_OCCLUDED
    reason[candidates[hidden & ~own]] = Occlusion.OCCLUDED
    return reason


def _occluders(points: _Points, end: _Target) -> Triangles:
    """(N,) the triangle that hides each point from the target's camera, or -1."""
    triangle = np.empty(len(points.pixel), dtype=np.int32)
    distance = np.empty(len(points.pixel), dtype=np.float32)
    known = points.fixed if end.seen is not None else np.zeros_like(points.fixed)
    if end.seen is not None:
        triangle[known] = end.seen.triangle.reshape(-1)[points.pixel[known]]
        distance[known] = end.seen.depth.reshape(-1)[points.pixel[known]]
    cast = ~known
    hits = end.camera.cast(end.scene, points.offset[cast] / points.depth[cast, None])
    triangle[cast], distance[cast] = hits.triangle, hits.distance
    finite = points.triangle >= 0
    suspect = (triangle >= 0) & (triangle != points.triangle) & (~finite | (distance < points.depth))
    check = np.flatnonzero(suspect & finite)
    suspect[check] = _in_front(points.take(check), triangle[check], end)
    triangle[~suspect] = -1
    return triangle


def _in_front(points: _Points, occluder: Triangles, end: _Target) -> NDArray[np.bool_]:
    """(N,) whether the plane of each occluder cuts the line of sight clearly before the point, in float64."""
    ray = points.offset / points.depth[:, None]
    corners = end.scene.corners(occluder)
    normal = _normals(corners)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = _dot(normal, corners[:, 0] - end.camera.centre) / _dot(normal, ray)
        gap = (points.depth - depth) * np.linalg.norm(ray, axis=1)
        own = _normals(end.scene.corners(points.triangle))
        off_plane = gap * np.abs(_dot(own, ray)) / (np.linalg.norm(own, axis=1) * np.linalg.norm(ray, axis=1))
    largest = np.abs(points.offset).max(axis=1, initial=0.0) + 2 * np.abs(end.camera.centre).max()
    resolution = _COORDINATE_TOLERANCE * largest
    return off_plane > PLANE_TOLERANCE * points.depth + resolution


def _normals(corners: Floats) -> Floats:
    """(N, 3) normals of (N, 3, 3) triangle corners, of twice the area."""
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def _dot(a: Floats, b: Floats) -> Floats:
    return np.einsum("ni,ni->n", a, b)
