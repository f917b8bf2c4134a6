"""Checks of physics: depth, cameras, flows and occlusion say the same thing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.interpolation import Lookup
from dsia_gen.dataset.checks.findings import CheckBounds, Finding, check
from dsia_gen.dataset.checks.subject import Mask, SampleSubject
from dsia_gen.spec.outputs import FLOW_ENDS, Occlusion

Floats = NDArray[np.float32]
LOOKED_AT = 8_000
"""Pixels of an image that checks of whole images look at, about."""
Camera = tuple[NDArray[np.float64], NDArray[np.float64]]
"""K (3, 3) and camera-to-world (4, 4)."""


def reproject(depth: Floats, x: Floats, y: Floats, source: Camera, target: Camera) -> tuple[Floats, Floats, Floats]:
    """Where static points at pixel positions x, y with this depth are in another camera: u, v (pixels, target minus
    source; NaN behind the target camera) and the ratio of their depths. Arrays that broadcast together.

    With M = K_b R_b^T R_a K_a^-1 and t = K_b R_b^T (c_a - c_b) the homogeneous target is M (x, y, 1) + t / depth
    (Hartley and Zisserman 2004, eq. 13.2), which holds for infinite depth too; its third component is the ratio.
    """
    (Ka, A), (Kb, B) = source, target
    fx, fy, cx, cy = Ka[0, 0], Ka[1, 1], Ka[0, 2], Ka[1, 2]
    inverse_K = np.array([[1 / fx, 0, -cx / fx], [0, 1 / fy, -cy / fy], [0, 0, 1]])  # LAPACK would start threads
    M = (Kb @ B[:3, :3].T @ A[:3, :3] @ inverse_K).astype(np.float32)
    t = (Kb @ B[:3, :3].T @ (A[:3, 3] - B[:3, 3])).astype(np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1 / depth
        a, b, ratio = (M[i, 0] * x + (M[i, 1] * y + M[i, 2]) + t[i] * inverse for i in range(3))
        scale = 1 / np.where(ratio > 0, ratio, np.float32(np.nan))
        return a * scale - x, b * scale - y, ratio


@check("sample")
def flow_from_depth(sample: SampleSubject) -> Iterator[Finding]:
    """flow_gt_to_2 and flow_2_to_gt, where time stands still, are what depth and cameras say."""
    for direction in ("gt_to_2", "2_to_gt"):
        yield from _against_depth(sample, direction, static_only=False)


@check("sample")
def flow_from_depth_on_static(sample: SampleSubject) -> Iterator[Finding]:
    """flow_1_to_2 and flow_2_to_1 are what depth and cameras say wherever nothing moves."""
    for direction in ("1_to_2", "2_to_1"):
        yield from _against_depth(sample, direction, static_only=True)


def _against_depth(sample: SampleSubject, direction: str, *, static_only: bool) -> Iterator[Finding]:
    a, b = FLOW_ENDS[direction]
    if not sample.has(f"flow_{direction}", ("depth", a)):
        return
    dynamic = sample.dynamic(a) if static_only else None
    if static_only and dynamic is None:
        return
    grid = looked_at(sample)
    if dynamic is not None:
        grid = grid[~dynamic.reshape(-1)[grid]]
    depth = sample.array("depth", a).reshape(-1)[grid]
    x, y = pixel_positions(grid, sample.shape[1])
    wanted_u, wanted_v, _ = reproject(depth, x, y, sample.camera(a), sample.camera(b))
    u, v = (plane.reshape(-1)[grid] for plane in sample.flow(direction))
    error = np.maximum(np.abs(u - wanted_u), np.abs(v - wanted_v))  # NaN where either has no flow
    length = np.maximum(np.abs(wanted_u), np.abs(wanted_v))
    bounds = sample.bounds
    wrong = error > bounds.flow_px + bounds.flow_relative * length
    count = np.count_nonzero(wrong)
    if count > bounds.flow_share * len(grid):
        worst = int(np.argmax(np.where(wrong, error, -1)))
        yield Finding(
            f"{count / len(grid):.2%} of the {'static ' if static_only else ''}pixels disagree with depth and cameras, "
            f"by {error[worst]:.3g} px at column {int(x[worst])}, row {int(y[worst])}",
            sample.file(f"flow_{direction}"),
        )


def _worst(error: Floats, wrong: Mask) -> str:
    row, column = np.unravel_index(int(np.argmax(np.where(wrong, error, -1))), error.shape)
    return f"by {error[row, column]:.3g} px at column {column}, row {row}"


@check("sample")
def static_pixels_stay(sample: SampleSubject) -> Iterator[Finding]:
    """Under the fixed camera P1 static pixels have no flow."""
    for direction in ("1_to_gt", "gt_to_1"):
        role = FLOW_ENDS[direction][0]
        dynamic = sample.dynamic(role) if sample.has(f"flow_{direction}") else None
        if dynamic is None:
            continue
        (u, v), most = sample.flow(direction), sample.bounds.still_px
        wrong = ((u > most) | (u < -most) | (v > most) | (v < -most)) & ~dynamic
        if wrong.any():
            length = np.maximum(np.abs(u), np.abs(v))
            message = f"{np.count_nonzero(wrong)} static pixels move, {_worst(length, wrong)}"
            yield Finding(message, sample.file(f"flow_{direction}"))


@dataclass(frozen=True)
class Trip:
    """Some of every n-th pixel of view a, and where they are in view b.

    pixels: (N,) flat index in a; there: where they are in b; u, v: (N,) how they got there; same: (N,) whether they
    arrive between four pixels of the instance that they started from.
    """

    pixels: NDArray[np.intp]
    there: Lookup
    u: Floats
    v: Floats
    same: Mask

    def take(self, where: NDArray[np.intp]) -> Trip:
        return Trip(self.pixels[where], self.there.take(where), self.u[where], self.v[where], self.same[where])


def follow(
    sample: SampleSubject, direction: str, reasons: tuple[Occlusion, ...], *, same_instance: bool = False
) -> Trip:
    """Follow a flow from the pixels of a with these occlusion reasons, where both ends are clear of edges.

    `same_instance` keeps those that arrive between four pixels of the instance that they started from.
    """
    return sample.shared(
        f"trip {direction} {reasons} {same_instance}",
        lambda: _of_reasons(sample, direction, reasons, same_instance=same_instance),
    )


def _of_reasons(sample: SampleSubject, direction: str, reasons: tuple[Occlusion, ...], *, same_instance: bool) -> Trip:
    trip = sample.shared(f"trip {direction}", lambda: _everywhere(sample, direction))
    found = sample.reasons(direction).reshape(-1)[trip.pixels]
    keep = np.zeros(len(found), bool)
    for reason in reasons:
        keep |= found == reason
    return trip.take(np.flatnonzero(keep & trip.same if same_instance else keep))


def _everywhere(sample: SampleSubject, direction: str) -> Trip:
    """The trip from a grid of all pixels that have a flow."""
    a, b = FLOW_ENDS[direction]
    height, width = sample.shape
    n = max(1, round(math.sqrt(height * width / sample.bounds.samples)))
    rows, columns = np.arange(n // 2, height, n), np.arange(n // 2, width, n)
    grid = (rows[:, None] * width + columns).reshape(-1)
    if sample.has(("unreliable", a)):
        grid = grid[~sample.array("unreliable", a).reshape(-1)[grid]]
    u, v = (plane.reshape(-1)[grid] for plane in sample.flow(direction))
    known = np.flatnonzero(np.isfinite(u) & np.isfinite(v))
    grid, u, v = grid[known], u[known], v[known]
    x, y = pixel_positions(grid, width)
    there, same = Lookup.at(x + u, y + v, sample.shape), np.ones(len(grid), bool)
    if sample.has(("instances", a), ("instances", b)):
        own = sample.array("instances", a).reshape(-1)[grid]
        p, q, r, s = (corner == own for corner in there.corners(sample.array("instances", b)))
        same = p & q & r & s
    trip = Trip(grid, there, u, v, same)
    if sample.has(("unreliable", b)):
        p, q, r, s = there.corners(sample.array("unreliable", b))
        trip = trip.take(np.flatnonzero(~(p | q | r | s)))
    return trip


def looked_at(sample: SampleSubject) -> NDArray[np.intp]:
    """Flat index of the pixels that checks of whole images look at: all of a small image, else every n-th.

    They are shifted from row to row, so that every row and every column has some.
    """
    return sample.shared("looked at", lambda: _diagonals(sample.shape))


def _diagonals(shape: tuple[int, int]) -> NDArray[np.intp]:
    height, width = shape
    step = max(1, min(width, height, round(height * width / LOOKED_AT)))
    columns = np.arange(0, width, step)[None] + np.arange(height)[:, None] % step
    return (np.arange(height)[:, None] * width + columns)[columns < width]


def pixel_positions(pixels: NDArray[np.intp], width: int) -> tuple[Floats, Floats]:
    """(N,) x and y of the centres of flat pixel indices."""
    rows, columns = np.divmod(pixels.astype(np.int32), np.int32(width))  # several times faster than in 64 bits
    return columns.astype(np.float32) + np.float32(0.5), rows.astype(np.float32) + np.float32(0.5)


@check("sample")
def flow_cycle_closes(sample: SampleSubject) -> Iterator[Finding]:
    """There and back again is where one started, for pixels that the occlusion calls visible."""
    for direction, (a, b) in FLOW_ENDS.items():
        back = f"{b}_to_{a}"
        if not sample.has(f"flow_{direction}", f"occlusion_{direction}", f"flow_{back}"):
            continue
        trip = follow(sample, direction, (Occlusion.VISIBLE,), same_instance=True)
        u, v = (trip.there(plane) for plane in sample.flow(back))
        share = _open_share(sample, trip, u + trip.u, v + trip.v)
        if share > sample.bounds.cycle_share:
            message = f"{share:.2%} of the visible pixels do not come back by flow_{back}"
            yield Finding(message, sample.file(f"flow_{direction}"))


@check("sample")
def flow_composes(sample: SampleSubject) -> Iterator[Finding]:
    """flow_1_to_2 is flow_1_to_gt followed by flow_gt_to_2."""
    if not sample.has("flow_1_to_2", "flow_1_to_gt", "flow_gt_to_2", "occlusion_1_to_gt"):
        return
    trip = follow(sample, "1_to_gt", (Occlusion.VISIBLE,), same_instance=True)
    u, v = (trip.there(plane) for plane in sample.flow("gt_to_2"))
    direct_u, direct_v = (plane.reshape(-1)[trip.pixels] for plane in sample.flow("1_to_2"))
    share = _open_share(sample, trip, trip.u + u - direct_u, trip.v + v - direct_v)
    if share > sample.bounds.cycle_share:
        message = f"{share:.2%} of the pixels seen in Igt are elsewhere by flow_1_to_gt and flow_gt_to_2"
        yield Finding(message, sample.file("flow_1_to_2"))


def _open_share(sample: SampleSubject, trip: Trip, x: Floats, y: Floats) -> float:
    """Share of a trip's pixels that end too far from where they should be; 0 when there are too few to tell."""
    known = np.isfinite(x) & np.isfinite(y)
    if np.count_nonzero(known) < sample.bounds.few:
        return 0.0
    error = np.maximum(np.abs(x), np.abs(y))[known]
    length = np.maximum(np.abs(trip.u), np.abs(trip.v))[known]
    wrong = error > sample.bounds.cycle_px + sample.bounds.cycle_relative * length
    return share_of(wrong, sample.bounds)


def share_of(wrong: Mask, bounds: CheckBounds) -> float:
    """Share of pixels that are wrong; 0 where it is a handful, which is not evidence."""
    return float(wrong.mean()) if np.count_nonzero(wrong) > bounds.handful else 0.0
