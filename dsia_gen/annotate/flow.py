"""Optical flow, scene flow and occlusion between any two views of a scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.posed import PosedCamera
from dsia_gen.annotate.rays import Floats, RayScene, Triangles
from dsia_gen.annotate.spans import over_spans
from dsia_gen.annotate.view import ViewTruth, interpolate
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.outputs import Occlusion
from dsia_gen.spec.views import View

PLANE_TOLERANCE = 5e-6
"""A surface hides a point when it cuts the line of sight before the point and off the plane of the point's own
triangle by more than this share of the depth. Distances to the plane, unlike those along the ray, do not grow at
grazing angles, where neighbours in one surface, or a coincident surface, would seem to lie in front."""
AT_CLIPPING = 1e-5
"""Share of a clipping depth within which only a point's own depth in float64 tells on which side it lies."""
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
        if len(where) == len(self.pixel):  # ascending: all of them
            return self
        return _Points(*(array.take(where, axis=0) for array in vars(self).values()))


def annotate_flow(
    source: ViewTruth,
    scene: RayScene,
    camera: CameraSpec,
    target: View,
    seen: ViewTruth | None = None,
    alike: tuple[ViewTruth, FlowTruth] | None = None,
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
    alike : tuple of ViewTruth and FlowTruth, optional
        Another view from the source's pose and its flow to the same target; it saves the pixels in which both see the
        same point of something that never moves.

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
    truth = FlowTruth(np.zeros((*size, 2), np.float32), np.zeros(size, np.uint8), np.zeros((*size, 3), np.float32))
    todo = np.ones(source.triangle.size, dtype=bool)
    if seen is not None and source.view.pose == target.pose:
        todo &= ~_rests_in_sight(source, seen, end)
    if alike is not None:
        known = todo & _same_rest(source, alike[0], scene.frozen.static_triangles)
        for ours, theirs in zip(vars(truth).values(), vars(alike[1]).values(), strict=True):
            ours.reshape(len(todo), -1)[known] = theirs.reshape(len(todo), -1)[known]
        todo &= ~known
    pixels = np.flatnonzero(todo)
    over_spans(lambda span: _annotate_pixels(source, end, truth, pixels[span]), len(pixels))
    return truth


def _rests_in_sight(source: ViewTruth, seen: ViewTruth, end: _Target) -> NDArray[np.bool_]:
    """(N,) the pixels of a view in which another view from its pose sees the same point of a part that never moves.

    There everything of a flow is zero. What lies at a clipping plane to within float32 is left out.
    """
    triangle, depth, camera = source.triangle.ravel(), source.depth.ravel(), end.camera
    same = (triangle == seen.triangle.ravel()) & (triangle >= 0) & (triangle < end.scene.frozen.static_triangles)
    return same & (depth > camera.near * (1 + AT_CLIPPING)) & (depth < camera.far * (1 - AT_CLIPPING))


def _same_rest(source: ViewTruth, other: ViewTruth, static: int) -> NDArray[np.bool_]:
    """(N,) the pixels in which two views see the same point of what never moves; `static` triangles come first."""
    triangle = source.triangle.ravel()
    same = (triangle == other.triangle.ravel()) & (triangle < static)
    for axis in range(3):
        same &= (source.points[..., axis] == other.points[..., axis]).ravel()
    return same


def _annotate_pixels(source: ViewTruth, end: _Target, truth: FlowTruth, pixel: NDArray[np.intp]) -> None:
    """Fill in the flat pixels `pixel` (N,) of `truth`."""
    # A slice is read and written faster than the indices of all that lies in it.
    where = slice(pixel[0], pixel[-1] + 1) if pixel[-1] - pixel[0] + 1 == len(pixel) else pixel
    triangle, seen_at = source.triangle.reshape(-1)[where], source.points.reshape(-1, 3)[where]
    surface, centre = triangle >= 0, end.camera.centre
    offset = seen_at - (centre if surface.all() else np.where(surface[:, None], centre, 0.0))
    displacement = np.zeros((len(pixel), 3))  # exactly zero for what has not moved
    fixed = np.full(len(pixel), source.view.pose == end.view.pose)
    if source.view.time != end.view.time:
        moving = np.flatnonzero(triangle >= end.scene.frozen.static_triangles)
        weights = source.barycentric.reshape(-1, 3)[pixel[moving]]
        moved = interpolate(weights, end.scene.corners(triangle[moving])) - seen_at[moving]
        displacement[moving] = moved
        offset[moving] = (seen_at[moving] + moved) - centre
        fixed[moving] &= (moved[:, 0] == 0) & (moved[:, 1] == 0) & (moved[:, 2] == 0)
    flow, depth = end.camera.project(offset)
    points = _Points(pixel, triangle, offset, depth, fixed)
    reason = _reasons(points, flow, end)
    row, column = np.divmod(pixel, source.camera.width)
    flow[:, 0] -= column + 0.5
    flow[:, 1] -= row + 0.5
    flow[fixed] = 0.0
    flow[reason >= Occlusion.BEHIND_CAMERA] = np.nan
    displacement[~surface] = np.nan
    truth.flow.reshape(-1, 2)[where] = flow
    truth.occlusion.reshape(-1)[where] = reason
    truth.scene_flow.reshape(-1, 3)[where] = displacement


def _reasons(points: _Points, pixels: Floats, end: _Target) -> NDArray[np.uint8]:
    """(N,) occlusion reasons, see FlowTruth for their priority."""
    surface = points.triangle >= 0
    reason = np.full(len(pixels), Occlusion.VISIBLE, dtype=np.uint8)
    reason[~end.camera.inside(pixels)] = Occlusion.OUT_OF_FRAME
    reason[surface & (points.depth > end.camera.far)] = Occlusion.NO_GROUND_TRUTH
    reason[~(points.depth > np.where(surface, end.camera.near, 0.0))] = Occlusion.BEHIND_CAMERA
    candidates = np.flatnonzero(reason == Occlusion.VISIBLE)
    occluder = _occluders(points.take(candidates), end)
    hidden = candidates[occluder >= 0]
    own = end.scene.instance(occluder[occluder >= 0]) == end.scene.instance(points.triangle[hidden])
    reason[hidden] = np.where(own, np.uint8(Occlusion.SELF_OCCLUDED), np.uint8(Occlusion.OCCLUDED))
    return reason


def _occluders(points: _Points, end: _Target) -> Triangles:
    """(N,) the triangle that hides each point from the target's camera, or -1."""
    finite = points.triangle >= 0
    triangle = np.full(len(points.pixel), -1, dtype=np.int32)
    known = points.fixed if end.seen is not None else np.zeros_like(points.fixed)
    if end.seen is not None:
        where = np.flatnonzero(known)
        pixel = points.pixel[where]
        before = ~finite[where] | (end.seen.depth.reshape(-1)[pixel] < points.depth[where])
        triangle[where] = np.where(before, end.seen.triangle.reshape(-1)[pixel], np.int32(-1))
    cast = np.flatnonzero(~known)
    points_cast = points.take(cast)
    depth = np.where(finite[cast], points_cast.depth, np.inf)
    triangle[cast] = end.camera.blockers(end.scene, points_cast.offset / points_cast.depth[:, None], depth)
    suspect = (triangle >= 0) & (triangle != points.triangle)
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
