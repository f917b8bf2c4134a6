"""Checks of occlusion in all six directions, from ids, depth and flows of both views."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.interpolation import Lookup
from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.geometry import Floats, follow, looked_at, pixel_positions, reproject, share_of
from dsia_gen.dataset.checks.subject import Mask, SampleSubject
from dsia_gen.spec.outputs import FLOW_ENDS, Occlusion
from dsia_gen.spec.views import Role

FIXED: tuple[tuple[str, Role, Role], ...] = (("1_to_gt", "1", "gt"), ("gt_to_1", "gt", "1"))
"""Directions under the fixed camera P1, with the roles of their views."""


def clear_of_edges(sample: SampleSubject, role: Role) -> Mask | None:
    """(H, W) pixels whose footprint lies on one surface; by their neighbours where `unreliable` is not kept."""
    return sample.shared(f"clear {role}", lambda: _clear(sample, role))


def _clear(sample: SampleSubject, role: Role) -> Mask | None:
    if sample.has(("unreliable", role)):
        clear: Mask = ~sample.array("unreliable", role)
        return clear
    if not sample.has(("instances", role)):
        return None
    ids = np.pad(sample.array("instances", role), 1, mode="edge")
    middle = ids[1:-1, 1:-1]
    rows, columns = middle.shape
    return np.all([ids[r : r + rows, c : c + columns] == middle for r in range(3) for c in range(3)], axis=0)


def _clear_grid(sample: SampleSubject, clear: Mask) -> tuple[NDArray[np.intp], Floats, Floats]:
    """The pixels that are looked at of those that are clear of edges, with x and y of their centres."""
    grid = looked_at(sample)
    grid = grid[clear.reshape(-1)[grid]]
    return grid, *pixel_positions(grid, sample.shape[1])


@check("sample")
def occlusion_from_ids(sample: SampleSubject) -> Iterator[Finding]:
    """A visible pixel ends on its own instance, a self-occluded one too, and an occluded one on another."""
    for direction, (a, b) in FLOW_ENDS.items():
        name = f"occlusion_{direction}"
        if not sample.has(f"flow_{direction}", name, ("instances", a), ("instances", b)):
            continue
        clear_a, clear_b = clear_of_edges(sample, a), clear_of_edges(sample, b)
        if clear_a is None or clear_b is None:
            continue
        height, width = sample.shape
        grid, x, y = sample.shared(f"clear grid {a}", partial(_clear_grid, sample, clear_a))
        u, v = (plane.reshape(-1)[grid] for plane in sample.flow(direction))
        with np.errstate(invalid="ignore"):
            x, y = x + u, y + v
            inside = np.flatnonzero((x >= 0) & (x < width) & (y >= 0) & (y < height))
        grid, x, y = grid[inside], x[inside], y[inside]
        place = y.astype(np.intp) * width + x.astype(np.intp)
        reasons = sample.reasons(direction).reshape(-1)[grid]
        same = sample.array("instances", b).reshape(-1)[place] == sample.array("instances", a).reshape(-1)[grid]
        judged = clear_b.reshape(-1)[place]
        wrong = judged & (
            ((reasons == Occlusion.OCCLUDED) & same)
            | (((reasons == Occlusion.VISIBLE) | (reasons == Occlusion.SELF_OCCLUDED)) & ~same)
        )
        count, total = np.count_nonzero(wrong), np.count_nonzero(judged)
        if count > sample.bounds.ids_share * total + sample.bounds.ids_pixels:
            message = f"{count} of {total} pixels have a reason that the instances in view {b} contradict"
            yield Finding(message, sample.file(name))


@check("sample")
def hidden_does_not_return(sample: SampleSubject) -> Iterator[Finding]:
    """A hidden pixel is not the one to which the flow back leads: what comes back to it would be the pixel itself."""
    hidden = (Occlusion.SELF_OCCLUDED, Occlusion.OCCLUDED)
    for direction, (a, b) in FLOW_ENDS.items():
        back = f"{b}_to_{a}"
        if not sample.has(f"flow_{direction}", f"occlusion_{direction}", f"flow_{back}", f"occlusion_{back}"):
            continue
        trip = follow(sample, direction, hidden, same_instance=True)
        if len(trip.pixels) < sample.bounds.few_hidden:
            continue
        u, v = (trip.there(plane) for plane in sample.flow(back))
        corners = np.stack(trip.there.corners(sample.reasons(back)))
        with np.errstate(invalid="ignore"):
            returns = np.maximum(np.abs(u + trip.u), np.abs(v + trip.v)) < sample.bounds.return_px
        share = float((returns & (corners == Occlusion.VISIBLE).all(axis=0)).mean())
        if share > sample.bounds.return_share:
            message = f"{share:.0%} of the hidden pixels come back by flow_{back}, and are visible then"
            yield Finding(message, sample.file(f"occlusion_{direction}"))


@check("sample")
def static_depth_stays(sample: SampleSubject) -> Iterator[Finding]:
    """Under the fixed camera P1 a static pixel keeps its depth while it is visible; hidden, it is the farther one."""
    for direction, a, b in FIXED:
        dynamic = sample.dynamic(a) if sample.has(("depth", a), ("depth", b), f"occlusion_{direction}") else None
        if dynamic is None:
            continue
        here, there = sample.array("depth", a), sample.array("depth", b)
        reasons, bounds, total = sample.reasons(direction), sample.bounds, here.size
        differs = (here != there) & ~dynamic  # few
        here, there, reasons = here[differs], there[differs], reasons[differs]
        with np.errstate(invalid="ignore"):
            moved = np.abs(here - there) > bounds.still_relative * here
        hidden = (reasons == Occlusion.SELF_OCCLUDED) | (reasons == Occlusion.OCCLUDED)
        seen = reasons == Occlusion.VISIBLE
        wrong = (seen & moved) | (hidden & (there > here * np.float32(1 + bounds.still_relative)))
        count = np.count_nonzero(wrong)
        if count > bounds.flow_share * total:
            message = f"{count} static pixels have another depth in view {b} than their reason in view {a} says"
            yield Finding(message, sample.file(f"occlusion_{direction}"))


@check("sample")
def movers_before_background(sample: SampleSubject) -> Iterator[Finding]:
    """Under the fixed camera P1 what moves is nearer than the static surface that is seen there at the other time."""
    for _, a, b in FIXED:
        if not sample.has(("depth", a), ("depth", b)):
            continue
        dynamic, other, clear = sample.dynamic(a), sample.dynamic(b), clear_of_edges(sample, a)
        if dynamic is None or other is None or clear is None:
            continue
        here, there = sample.array("depth", a), sample.array("depth", b)
        judged = dynamic & ~other & clear
        count = np.count_nonzero(judged & (here > there * np.float32(1 + sample.bounds.before_relative)))
        if count > sample.bounds.before_share * np.count_nonzero(judged) + sample.bounds.ids_pixels:
            message = f"{count} moving pixels lie behind the static surface that view {b} shows there"
            yield Finding(message, sample.file("depth", a))


@check("sample")
def occlusion_from_depth(sample: SampleSubject) -> Iterator[Finding]:
    """Visible points have the depth that the other view sees, hidden ones a larger one: all where time stands still,
    static ones in the other directions."""
    for direction, (a, b) in FLOW_ENDS.items():
        if not sample.has(f"flow_{direction}", f"occlusion_{direction}", ("depth", a), ("depth", b)):
            continue
        static_only = direction not in ("gt_to_2", "2_to_gt")
        dynamic = sample.dynamic(a) if static_only else None
        if static_only and dynamic is None:
            continue
        file = sample.file(f"occlusion_{direction}")
        share = _off_depth(sample, direction, (Occlusion.VISIBLE,), dynamic)
        if share > sample.bounds.depth_share:
            yield Finding(f"{share:.2%} of the visible pixels have another depth in view {b}", file)
        share = _off_depth(sample, direction, (Occlusion.SELF_OCCLUDED, Occlusion.OCCLUDED), dynamic)
        if share > sample.bounds.hidden_share:
            yield Finding(f"{share:.2%} of the hidden pixels lie before what view {b} sees", file)


def _off_depth(sample: SampleSubject, direction: str, reasons: tuple[Occlusion, ...], dynamic: Mask | None) -> float:
    """Share of the points whose depth in the target contradicts the reason; 0 when there are too few to tell."""
    a, b = FLOW_ENDS[direction]
    trip = follow(sample, direction, reasons)
    if dynamic is not None:
        trip = trip.take(np.flatnonzero(~dynamic.reshape(-1)[trip.pixels]))
    if len(trip.pixels) < sample.bounds.few:
        return 0.0
    depth = sample.array("depth", a).reshape(-1)[trip.pixels]
    x, y = pixel_positions(trip.pixels, sample.shape[1])
    with np.errstate(invalid="ignore"):
        here = depth * reproject(depth, x, y, sample.camera(a), sample.camera(b))[2]
    seen = sample.array("depth", b)
    if Occlusion.VISIBLE in reasons:
        p, q, r, s = trip.there.corners(seen)
        nearest, farthest = (g(g(p, q), g(r, s)) for g in (np.minimum, np.maximum))
        margin = sample.bounds.depth_relative
        wrong = (here > farthest * (1 + margin)) | (here < nearest * (1 - margin))
    else:
        wrong = lies_before(here, trip.there, seen, sample.bounds.hidden_relative)
    return share_of(wrong, sample.bounds)


def lies_before(here: Floats, there: Lookup, seen: Floats, margin: float) -> Mask:
    """(N,) points of depth `here` that do not lie behind the surface that an (H, W) depth shows where they are.

    Inverse depth is linear on a plane, so that what lies just behind a slanted one is told from what lies on it; the
    four pixels around may be farther than both.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        before: Mask = here * there(1 / seen) < 1 + margin
    return before
