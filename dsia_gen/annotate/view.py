"""One view: which material point each pixel centre sees, how far away, whose it is, and whether to trust it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.posed import PosedCamera
from dsia_gen.annotate.producers import produces_view
from dsia_gen.annotate.rays import Floats, Hits, RayScene, Triangles
from dsia_gen.annotate.spans import over_spans
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.views import View

Window = tuple[slice, slice]
"""Rows and columns."""

EDGE_PIXELS = 2.0
"""A jump in depth counts as an edge when it exceeds the width of this many pixels on the surface ..."""
EDGE_RELATIVE = 2e-3
"""... and this share of the depth."""
CUT_OUT_RELATIVE = 1e-3
"""The share of the depth that counts as an edge where a cut-out is involved: cards lie close together."""


@dataclass(frozen=True)
class PoseRays:
    """Rays of a pose through pixel centres and pixel corners, and what they hit first at one time.

    Parameters
    ----------
    centre_directions : ndarray of float64, (H * W, 3)
        In the world, of depth 1, row by row.
    corner_directions : ndarray of float64, ((H + 1) * (W + 1), 3)
        Likewise.
    centres, corners : Hits
        What `PosedCamera.cast` says of the rays.
    """

    centre_directions: Floats
    corner_directions: Floats
    centres: Hits
    corners: Hits

    @classmethod
    def of(cls, scene: RayScene, posed: PosedCamera, known: PoseRays | None) -> PoseRays:
        """Cast the rays of a pose.

        Parameters
        ----------
        scene : RayScene
            The scene at one time.
        posed : PosedCamera
            The camera at the pose.
        known : PoseRays or None
            The same rays at another time.

        Returns
        -------
        PoseRays
            With the directions of `known`.
        """
        if known is None:
            columns, rows = np.arange(posed.width + 1.0), np.arange(posed.height + 1.0)
            centres, corners = posed.directions(columns[:-1] + 0.5, rows[:-1] + 0.5), posed.directions(columns, rows)
            return cls(centres, corners, _cast(scene, posed, centres, None), _cast(scene, posed, corners, None))
        centres, corners = known.centre_directions, known.corner_directions
        at_centres, at_corners = (
            _cast(scene, posed, rays, hits) for rays, hits in ((centres, known.centres), (corners, known.corners))
        )
        return cls(centres, corners, at_centres, at_corners)


def _cast(scene: RayScene, posed: PosedCamera, directions: Floats, known: Hits | None) -> Hits:
    """`PosedCamera.cast` of many rays."""
    return Hits.joined(over_spans(
        lambda span: posed.cast(scene, directions[span], None if known is None else known.take(span)), len(directions)
    ))  # fmt: skip


@dataclass(frozen=True)
class ViewTruth:
    """What the pixel centres (column + 0.5, row + 0.5) of a view see.

    Parameters
    ----------
    view : View
        Time and pose index.
    camera : PosedCamera
        The camera at that pose.
    triangle : ndarray of int32, (H, W)
        Global triangle, -1 where no surface is hit.
    barycentric : ndarray of float64, (H, W, 3)
        Weights of the triangle's vertices; 0 where no surface is hit.
    points : ndarray of float64, (H, W, 3)
        World point; where no surface is hit, the world direction of depth 1.
    depth : ndarray of float32, (H, W)
        Metres along the optical axis; +inf where no surface is hit.
    instances : ndarray of uint16, (H, W)
        Instance ids; 0 is the environment.
    unreliable : ndarray of bool, (H, W)
        Glass, mirrors, cut-out borders, and pixels whose footprint straddles an edge.
    rays : PoseRays
        What it was made from.
    """

    view: View
    camera: PosedCamera
    triangle: Triangles
    barycentric: Floats
    points: Floats
    depth: NDArray[np.float32]
    instances: NDArray[np.uint16]
    unreliable: NDArray[np.bool_]
    rays: PoseRays


def annotate_view(scene: RayScene, camera: CameraSpec, view: View, alike: ViewTruth | None = None) -> ViewTruth:
    """Cast one ray through each pixel centre and recompute the hits in float64.

    Parameters
    ----------
    scene : RayScene
        The scene at the view's time.
    camera : CameraSpec
        The camera with all its poses.
    view : View
        Time and pose index.
    alike : ViewTruth, optional
        A view of the same scene from the same pose at another time; what rests in both is taken from it.

    Returns
    -------
    ViewTruth
        What the view sees.

    Raises
    ------
    ValueError
        When the scene is not at the view's time, or `alike` is from another pose.
    """
    if scene.time != view.time:
        raise ValueError(f"view {view.key} needs the scene at time {view.time}, not {scene.time}")
    if alike is not None and alike.view.pose != view.pose:
        raise ValueError(f"view {view.key} is not from the pose of view {alike.view.key}")
    if scene.frozen.cut_out.any():
        alike = None  # a ray that passes through layers hits what is behind them by another sum
    posed = PosedCamera.of(camera, view.pose)
    size = (posed.height, posed.width)
    rays = PoseRays.of(scene, posed, None if alike is None else alike.rays)
    hits, directions = posed.clipped(rays.centres), rays.centre_directions
    moving = scene.frozen.static_triangles
    if alike is None:
        new = np.ones(len(directions), dtype=bool)
        barycentric, points = np.zeros_like(directions), directions.copy()
        unreliable, window = np.zeros(size, dtype=bool), (slice(0, size[0]), slice(0, size[1]))
    else:
        new = (hits.triangle >= moving) | (hits.triangle != alike.triangle.ravel())
        barycentric, points = alike.barycentric.reshape(-1, 3).copy(), alike.points.reshape(-1, 3).copy()
        barycentric[new], points[new] = 0.0, directions[new]
        corners, before = rays.corners.triangle, alike.rays.corners.triangle
        beside = ((corners >= moving) | (corners != before)).reshape(size[0] + 1, size[1] + 1)
        beside = beside[1:] | beside[:-1]
        unreliable, window = alike.unreliable.copy(), _window(new.reshape(size) | beside[:, 1:] | beside[:, :-1])
    unreliable[window] = _unreliable(scene, posed, rays, window)
    where = np.flatnonzero(new & (hits.triangle >= 0))

    def place(span: slice) -> None:
        pixels = where[span]
        corners_of = scene.corners(hits.triangle[pixels])
        weights = ray_barycentric(corners_of - posed.centre, points[pixels], hits.barycentric[pixels])
        barycentric[pixels] = weights
        points[pixels] = interpolate(weights, corners_of)  # over the directions that stand there

    over_spans(place, len(where))
    depth = np.where(hits.triangle < 0, np.inf, (points - posed.centre) @ posed.rotation[:, 2])
    return ViewTruth(
        view=view,
        camera=posed,
        triangle=hits.triangle.reshape(size),
        barycentric=barycentric.reshape(*size, 3),
        points=points.reshape(*size, 3),
        depth=depth.astype(np.float32).reshape(size),
        instances=scene.instance(hits.triangle).reshape(size),
        unreliable=unreliable,
        rays=rays,
    )


def _window(mask: NDArray[np.bool_]) -> Window:
    """The smallest rectangle around what is set in a mask (H, W)."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def ray_barycentric(corners: Floats, directions: Floats, found: NDArray[np.float32]) -> Floats:
    """Barycentric weights where rays from the origin meet the planes of triangles.

    Parameters
    ----------
    corners : ndarray of float64, (N, 3, 3)
        Corners of the triangles, relative to the origin of the rays.
    directions : ndarray of float64, (N, 3)
        Directions of the rays.
    found : ndarray of float32, (N, 2)
        Weights of vertices 1 and 2 that stand where the result would lie far from the triangle (it is seen exactly
        edge-on, or has no area).

    Returns
    -------
    ndarray of float64, (N, 3)
        Weights of the three vertices.

    Notes
    -----
    The weight of a vertex is the share of the signed volume that the ray spans with the other two: Cramer's rule for
    direction * t = sum_i b_i corner_i.
    """
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    volumes = _triple(directions, b, c), _triple(directions, c, a), _triple(directions, a, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1.0 / (volumes[0] + volumes[1] + volumes[2])
        weights: Floats = np.stack([volume * scale for volume in volumes], axis=1)
    near = np.abs(weights - 0.5) <= 1.0
    lost = np.flatnonzero(~(near[:, 0] & near[:, 1] & near[:, 2]))
    u, v = found[lost].T.astype(np.float64)
    weights[lost] = np.stack([1 - u - v, u, v], axis=1)
    return weights


def interpolate(weights: Floats, corners: Floats) -> Floats:
    """Points of triangles.

    Parameters
    ----------
    weights : ndarray of float64, (N, 3)
        Barycentric weights.
    corners : ndarray of float64, (N, 3, 3)
        Corners of the triangles.

    Returns
    -------
    ndarray of float64, (N, 3)
        The points.
    """
    # Products and sums one by one, not einsum: the same weights give the same bits whatever they are batched with.
    w, c = weights[:, :, None], corners
    return np.add(w[:, 0] * c[:, 0] + w[:, 1] * c[:, 1], w[:, 2] * c[:, 2])


def _triple(a: Floats, b: Floats, c: Floats) -> Floats:
    """(N,) a . (b x c)."""
    ax, ay, az = a.T
    bx, by, bz = b.T
    cx, cy, cz = c.T
    return ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)


@dataclass(frozen=True)
class _Planes:
    """The tangent planes that a grid of rays hits, as inverse depth and its slope a pixel: on a plane inverse depth
    is affine in image coordinates. All arrays (R, C); zero where no surface is hit."""

    part: NDArray[np.int32]
    instance: NDArray[np.uint16]
    cut_out: NDArray[np.bool_]
    inverse: NDArray[np.float32]
    slope_x: NDArray[np.float32]
    slope_y: NDArray[np.float32]

    @classmethod
    def of(cls, scene: RayScene, posed: PosedCamera, hits: Hits, directions: Floats, size: tuple[int, int]) -> _Planes:
        part = scene.frozen.part_of[hits.triangle]
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = 1.0 / hits.distance
            facing = np.einsum("ni,ni->n", hits.normal, directions.astype(np.float32))
            scale = np.where(hits.triangle < 0, 0, inverse / (facing * np.float32(posed.focal)))
            slopes = (hits.normal @ posed.rotation[:, :2].astype(np.float32)) * scale[:, None]
        frozen = scene.frozen
        arrays = (part, frozen.instance_of[part], frozen.cut_out[part], inverse, slopes[:, 0], slopes[:, 1])
        return cls(*(array.reshape(size) for array in arrays))  # type: ignore[arg-type]

    def crop(self, row: int, column: int, size: tuple[int, int]) -> _Planes:
        rows, columns = slice(row, row + size[0]), slice(column, column + size[1])
        return _Planes(*(array[rows, columns] for array in vars(self).values()))


def _unreliable(scene: RayScene, posed: PosedCamera, rays: PoseRays, window: Window) -> NDArray[np.bool_]:
    """(h, w) bool in a window: see ViewTruth. Rays through the pixel corners tell whether a footprint straddles an
    edge."""
    rows, columns = window
    size = (rows.stop - rows.start, columns.stop - columns.start)

    def planes(hits: Hits, directions: Floats, more: int) -> _Planes:
        row, column = np.arange(rows.start, rows.stop + more), np.arange(columns.start, columns.stop + more)
        chosen = (row[:, None] * (posed.width + more) + column).ravel()
        part = posed.clipped(hits if len(chosen) == len(directions) else hits.take(chosen))
        return _Planes.of(scene, posed, part, directions[chosen], (size[0] + more, size[1] + more))

    centre = planes(rays.centres, rays.centre_directions, 0)
    flagged = scene.frozen.unreliable[centre.part]
    grid = planes(rays.corners, rays.corner_directions, 1)
    tolerance = max(EDGE_RELATIVE, EDGE_PIXELS / posed.focal)
    for row in (0, 1):
        for column in (0, 1):
            corner = grid.crop(row, column, size)
            flagged |= _edge_between(centre, corner, column - 0.5, row - 0.5, tolerance)
    return flagged


def _edge_between(centre: _Planes, corner: _Planes, dx: float, dy: float, tolerance: float) -> NDArray[np.bool_]:
    """(H, W) whether an edge lies between pixel centres and the corners at (dx, dy) pixels from them.

    A crease or a curved surface is not an edge: there, one of the two tangent planes comes close to the other hit.
    """
    jump = centre.inverse - corner.inverse
    with np.errstate(invalid="ignore", over="ignore"):
        from_centre = np.abs(jump + centre.slope_x * np.float32(dx) + centre.slope_y * np.float32(dy))
        from_corner = np.abs(jump + corner.slope_x * np.float32(dx) + corner.slope_y * np.float32(dy))
    deviation = np.fmin(np.fmin(from_centre, from_corner), np.abs(jump))
    card = centre.cut_out | corner.cut_out
    allowed = np.where(card, np.float32(min(tolerance, CUT_OUT_RELATIVE)), np.float32(tolerance))
    beyond = deviation > allowed * np.maximum(centre.inverse, corner.inverse)
    return beyond | (centre.instance != corner.instance) | (card & (centre.part != corner.part))


produces_view("depth")(lambda _, truth: truth.depth)
produces_view("instances")(lambda _, truth: truth.instances)
produces_view("unreliable")(lambda _, truth: truth.unreliable)


@produces_view("normals")
def normals(scene: RayScene, truth: ViewTruth) -> NDArray[np.float32]:
    """Unit normals of the triangles that a view sees, on the side of the camera.

    Parameters
    ----------
    scene : RayScene
        The scene at the view's time.
    truth : ViewTruth
        What the view sees.

    Returns
    -------
    ndarray of float32, (H, W, 3)
        Unit vectors in camera axes (x right, y down, z forward); NaN where no surface is hit.
    """
    result = np.full((*truth.triangle.shape, 3), np.nan, dtype=np.float32)
    hit = truth.triangle >= 0
    corners = scene.corners(truth.triangle[hit])
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    ray = truth.points[hit] - truth.camera.centre
    normal = np.where(np.einsum("ni,ni->n", normal, ray)[:, None] > 0, -normal, normal)
    normal = np.where(normal.any(axis=1, keepdims=True), normal, -ray)  # a triangle without area has no side
    result[hit] = normal / np.linalg.norm(normal, axis=1, keepdims=True) @ truth.camera.rotation
    return result
