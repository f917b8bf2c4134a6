"""Checks of physics: depth, cameras, flows and occlusion say the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.dataset.checks.lookup import Lookup
from dsia_gen.dataset.checks.registry import Finding, check
from dsia_gen.dataset.checks.subject import Mask, SampleSubject
from dsia_gen.spec.outputs import FLOW_ENDS, Occlusion
from dsia_gen.spec.views import Role

Floats = NDArray[np.float32]
Camera = tuple[NDArray[np.float64], NDArray[np.float64]]
"""K (3, 3) and camera-to-world (4, 4)."""


def reproject(depth: Floats, source: Camera, target: Camera) -> tuple[Floats, ...]:
    """Where static points are in another camera: u, v in pixels (target minus source) and inverse scale, (H, W) each.

    source, target: (K, camera_to_world). With M = K_b R_b^T R_a K_a^-1 and t = K_b R_b^T (c_a - c_b) the homogeneous
    target is M (x, y, 1) + t / depth (Hartley and Zisserman 2004, eq. 13.2), which holds for infinite depth too; its
    third component is the target's depth over the source's. u and v are NaN behind the target camera.
    """
    (Ka, A), (Kb, B) = source, target
    M = (Kb @ B[:3, :3].T @ A[:3, :3] @ np.linalg.inv(Ka)).astype(np.float32)
    t = (Kb @ B[:3, :3].T @ (A[:3, 3] - B[:3, 3])).astype(np.float32)
    height, width = depth.shape
    x = np.arange(width, dtype=np.float32)[None] + np.float32(0.5)
    y = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5)
    inverse = 1 / depth
    a, b, scale = (M[i, 0] * x + (M[i, 1] * y + M[i, 2]) + t[i] * inverse for i in range(3))
    with np.errstate(divide="ignore", invalid="ignore"):
        denominator = np.where(scale > 0, scale, np.float32(np.nan))
        return a / denominator - x, b / denominator - y, scale


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
    with np.errstate(divide="ignore", invalid="ignore"):
        u, v, _ = reproject(sample.array("depth", a), sample.camera(a), sample.camera(b))
    error, length = _difference(sample.flow(direction), (u, v))
    bounds = sample.bounds
    wrong = error > bounds.flow_px + bounds.flow_relative * length
    if dynamic is not None:
        wrong &= ~dynamic
    count, total = np.count_nonzero(wrong), wrong.size if dynamic is None else wrong.size - np.count_nonzero(dynamic)
    if count > bounds.flow_share * total:
        yield Finding(
            f"{count / total:.2%} of the {'static ' if static_only else ''}pixels disagree with depth and cameras, "
            f"{_worst(error, wrong)}",
            sample.file(f"flow_{direction}"),
        )


def _difference(flow: tuple[Floats, Floats], wanted: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """(H, W) largest component of the difference, and of the flow wanted; NaN where either has none."""
    error = np.maximum(np.abs(flow[0] - wanted[0]), np.abs(flow[1] - wanted[1]))
    return error, np.maximum(np.abs(wanted[0]), np.abs(wanted[1]))


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
        u, v = sample.flow(direction)
        length = np.maximum(np.abs(u), np.abs(v))
        wrong = (length > sample.bounds.still_px) & ~dynamic
        if wrong.any():
            yield Finding(
                f"{np.count_nonzero(wrong)} static pixels move, {_worst(length, wrong)}",
                sample.file(f"flow_{direction}"),
            )


@dataclass(frozen=True)
class _Trip:
    """Every n-th pixel of view a that is seen in b and may be compared there.

    pick: slices of the pixels; keep: (h, w) which of them; there: where they are in b; u, v: (N,) how they got there.
    """

    pick: tuple[slice, slice]
    keep: Mask
    there: Lookup
    u: Floats
    v: Floats


def _trip(
    sample: SampleSubject, direction: str, reasons: tuple[Occlusion, ...], *, same_instance: bool = False
) -> _Trip:
    """Follow a flow from the pixels of a with these occlusion reasons, where both ends are clear of edges.

    `same_instance` keeps those that arrive between four pixels of the instance that they started from.
    """
    a, b = FLOW_ENDS[direction]
    n = sample.bounds.stride
    pick = (slice(n // 2, None, n), slice(n // 2, None, n))
    flow = sample.array(f"flow_{direction}")[pick]
    keep = np.isin(sample.reasons(direction)[pick], reasons) & np.isfinite(flow).all(axis=2)
    if sample.has(("unreliable", a)):
        keep &= ~sample.array("unreliable", a)[pick]
    rows, columns = np.nonzero(keep)
    u, v = flow[keep].T
    x, y = columns * n + n // 2 + 0.5 + u, rows * n + n // 2 + 0.5 + v
    there = Lookup.at(x.astype(np.float32), y.astype(np.float32), sample.shape)
    clear = np.ones(len(u), dtype=bool)
    if sample.has(("unreliable", b)):
        clear &= ~np.any(there.corners(sample.array("unreliable", b)), axis=0)
    if same_instance and sample.has(("instances", a), ("instances", b)):
        own = sample.array("instances", a)[pick][keep]
        clear &= np.all([corner == own for corner in there.corners(sample.array("instances", b))], axis=0)
    keep[rows[~clear], columns[~clear]] = False
    there = Lookup(there.corner[clear], there.fx[clear], there.fy[clear], there.width)
    return _Trip(pick, keep, there, u[clear], v[clear])


@check("sample")
def flow_cycle_closes(sample: SampleSubject) -> Iterator[Finding]:
    """There and back again is where one started, for pixels that the occlusion calls visible."""
    for direction, (a, b) in FLOW_ENDS.items():
        back = f"{b}_to_{a}"
        if not sample.has(f"flow_{direction}", f"occlusion_{direction}", f"flow_{back}"):
            continue
        trip = _trip(sample, direction, (Occlusion.VISIBLE,), same_instance=True)
        home = trip.there(sample.array(f"flow_{back}"))
        share = _open_share(sample, trip, home[:, 0] + trip.u, home[:, 1] + trip.v)
        if share > sample.bounds.cycle_share:
            yield Finding(
                f"{share:.1%} of the visible pixels do not come back by flow_{back}", sample.file(f"flow_{direction}")
            )


@check("sample")
def flow_composes(sample: SampleSubject) -> Iterator[Finding]:
    """flow_1_to_2 is flow_1_to_gt followed by flow_gt_to_2."""
    if not sample.has("flow_1_to_2", "flow_1_to_gt", "flow_gt_to_2", "occlusion_1_to_gt"):
        return
    trip = _trip(sample, "1_to_gt", (Occlusion.VISIBLE,), same_instance=True)
    onward = trip.there(sample.array("flow_gt_to_2"))
    direct = sample.array("flow_1_to_2")[trip.pick][trip.keep]
    share = _open_share(sample, trip, trip.u + onward[:, 0] - direct[:, 0], trip.v + onward[:, 1] - direct[:, 1])
    if share > sample.bounds.cycle_share:
        yield Finding(
            f"{share:.1%} of the pixels seen in Igt are elsewhere by flow_1_to_gt and flow_gt_to_2",
            sample.file("flow_1_to_2"),
        )


def _open_share(sample: SampleSubject, trip: _Trip, x: Floats, y: Floats) -> float:
    """Share of a trip's pixels that end too far from where they should be; 0 when there are too few to tell."""
    known = np.isfinite(x) & np.isfinite(y)
    if np.count_nonzero(known) < sample.bounds.few:
        return 0.0
    error = np.maximum(np.abs(x), np.abs(y))[known]
    length = np.maximum(np.abs(trip.u), np.abs(trip.v))[known]
    wrong = error > sample.bounds.cycle_px + sample.bounds.cycle_relative * length
    return float(wrong.mean())


@check("sample")
def occlusion_from_depth(sample: SampleSubject) -> Iterator[Finding]:
    """Where time stands still, visible points have the depth that the other view sees, hidden ones a larger one."""
    for direction in ("gt_to_2", "2_to_gt"):
        a, b = FLOW_ENDS[direction]
        if not sample.has(f"flow_{direction}", f"occlusion_{direction}", ("depth", a), ("depth", b)):
            continue
        file = sample.file(f"occlusion_{direction}")
        share = _off_depth(sample, direction, a, b, (Occlusion.VISIBLE,))
        if share > sample.bounds.depth_share:
            yield Finding(f"{share:.1%} of the visible pixels have another depth in view {b}", file)
        share = _off_depth(sample, direction, a, b, (Occlusion.SELF_OCCLUDED, Occlusion.OCCLUDED))
        if share > sample.bounds.hidden_share:
            yield Finding(f"{share:.1%} of the hidden pixels lie before what view {b} sees", file)


def _off_depth(sample: SampleSubject, direction: str, a: Role, b: Role, reasons: tuple[Occlusion, ...]) -> float:
    """Share of the points whose depth in b contradicts the reason; 0 when there are too few to tell."""
    trip = _trip(sample, direction, reasons)
    depth = sample.array("depth", a)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = reproject(depth, sample.camera(a), sample.camera(b))[2]
    here = (depth[trip.pick] * scale[trip.pick])[trip.keep]
    around = np.stack(trip.there.corners(sample.array("depth", b)))
    nearest, farthest = around.min(axis=0), around.max(axis=0)
    if Occlusion.VISIBLE in reasons:
        margin = sample.bounds.depth_relative
        wrong = (here > farthest * (1 + margin)) | (here < nearest * (1 - margin))
    else:
        wrong = here < farthest * (1 + sample.bounds.hidden_relative)
    return float(wrong.mean()) if len(wrong) >= sample.bounds.few else 0.0
