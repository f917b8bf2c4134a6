"""Checks of what moves: flows against the trajectories of the specification, scene flow, and small scalings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.geometry import Camera, Trip, follow, looked_at, pixel_positions
from dsia_gen.dataset.checks.subject import SampleSubject
from dsia_gen.spec.camera import project
from dsia_gen.spec.motion import HumanoidMotion, Motion, RigidPath
from dsia_gen.spec.outputs import FLOW_ENDS, Occlusion, directed_output
from dsia_gen.spec.views import Role

Doubles = NDArray[np.float64]
Indices = NDArray[np.intp]


def world_points(sample: SampleSubject, role: Role, pixels: Indices) -> Doubles:
    """(N, 3) world points of some flat pixels of a view, by its depth and camera."""
    K, pose = sample.camera(role)
    x, y = pixel_positions(pixels, sample.shape[1])
    depth = sample.array("depth", role).reshape(-1)[pixels].astype(np.float64)
    rays = np.stack([(x - K[0, 2]) / K[0, 0], (y - K[1, 2]) / K[1, 1], np.ones(len(x))], axis=-1)
    return depth[:, None] * rays @ pose[:3, :3].T + pose[:3, 3]


def flow_off(sample: SampleSubject, direction: str, pixels: Indices, points: Doubles) -> tuple[int, float]:
    """How many of some pixels do not end where points (N, 3) are seen in the target, and by how many pixels at most."""
    camera: Camera = sample.camera(FLOW_ENDS[direction][1])
    there, _ = project(camera[0], camera[1], points)
    x, y = pixel_positions(pixels, sample.shape[1])
    u, v = (plane.reshape(-1)[pixels] for plane in sample.flow(direction))
    error = np.maximum(np.abs(x + u - there[:, 0]), np.abs(y + v - there[:, 1]))
    length = np.hypot(there[:, 0] - x, there[:, 1] - y)
    wrong = error > sample.bounds.flow_px + sample.bounds.flow_relative * length
    return int(np.count_nonzero(wrong)), float(np.nanmax(np.where(wrong, error, 0), initial=0.0))


@check("sample")
def rigid_flow_follows_path(sample: SampleSubject) -> Iterator[Finding]:
    """Pixels of a rigid instance move as its path in the specification says."""
    paths = sample.scene.rigid_paths
    times = {"1": sample.pair.t1, "2": sample.pair.t2, "gt": sample.pair.t2}
    for direction, (a, b) in FLOW_ENDS.items():
        if times[a] == times[b] or not sample.has(f"flow_{direction}", ("depth", a), ("instances", a)):
            continue
        numbers = [number for number, (path, _, _) in paths.items() if not path.rests(times[a], times[b])]
        if not numbers:
            continue
        of_role = partial(_along_paths, sample, a, numbers, times[a], times[b])
        pixels, moved = sample.shared(f"along paths {a} {times[b]}", of_role)
        count, largest = flow_off(sample, direction, pixels, moved)
        if count > sample.bounds.flow_share * len(pixels):
            message = f"{count} of {len(pixels)} pixels of rigid instances leave their paths, by up to {largest:.3g} px"
            yield Finding(message, sample.file(f"flow_{direction}"))


def _along_paths(
    sample: SampleSubject, role: Role, numbers: list[int], start: int, end: int
) -> tuple[Indices, Doubles]:
    """The pixels of a view that see some rigid instances, and where (N, 3) their points are at another time."""
    ids, grid = sample.array("instances", role).reshape(-1), looked_at(sample)
    pixels = grid[np.isin(ids[grid], numbers, kind="table")]
    points, moved = world_points(sample, role, pixels), np.empty((len(pixels), 3))
    for number in numbers:
        own = np.flatnonzero(ids[pixels] == number)
        if own.size:
            _, places, turns = sample.scene.rigid_paths[number]
            local = (points[own] - places[start]) @ turns[start]
            moved[own] = local @ turns[end].T + places[end]
    return pixels, moved


@check("sample")
def motion_flags_agree(sample: SampleSubject) -> Iterator[Finding]:
    """What is listed as moved between t1 and t2 is what the motions of the specification move."""
    moved, spec = sample.entry.moved_instances, sample.scene.spec
    if moved is None or isinstance(spec, str):
        return
    unknown = sorted(set(moved) - {instance.id for instance in spec.instances} - {0})
    if unknown:
        yield Finding(f"moved_instances names {unknown[0]}, which is not an instance of the scene", "scene.json")
    for instance in spec.instances:
        apart = _moves_between(instance.motion, sample.pair.t1, sample.pair.t2)
        if instance.id in moved and apart == 0:
            message = f"instance {instance.id} is listed as moved, but spec.json does not move it between t1 and t2"
            yield Finding(message, "scene.json")
        elif instance.id not in moved and apart > sample.bounds.moved_metres:
            message = f"instance {instance.id} changes its place or pose between t1 and t2 but is not listed"
            yield Finding(message, "scene.json")


def _moves_between(motion: Motion, t1: int, t2: int) -> float:
    """How far a motion goes between two times: metres, and radians of its turns; 0 exactly where nothing changes."""
    if isinstance(motion, RigidPath):
        places, turns = motion.positions, np.array([motion.rotations[t1], motion.rotations[t2]])
    elif isinstance(motion, HumanoidMotion):
        places, turns = motion.hips, np.array([motion.rotations[t1], motion.rotations[t2]])
    else:
        return 0.0
    place = np.array([places[t1], places[t2]])
    cosines = np.abs(np.sum(turns[0] * turns[1], axis=-1)).clip(max=1)  # q and -q are the same turn
    angle = 0.0 if np.array_equal(turns[0], turns[1]) else float(2 * np.arccos(cosines).max())
    return float(np.linalg.norm(place[1] - place[0])) + angle


@check("sample")
def scene_flow_gives_flow(sample: SampleSubject) -> Iterator[Finding]:
    """The point of a pixel, displaced by scene flow, is seen where the flows from that view lead."""
    for name in ("scene_flow_1_to_gt", "scene_flow_gt_to_1"):
        role: Role = "1" if name.endswith("1_to_gt") else "gt"
        if not sample.has(name, ("depth", role)):
            continue
        grid = looked_at(sample)
        displaced = np.stack([plane.reshape(-1)[grid] for plane in sample.planes(name)], axis=-1)
        known = np.isfinite(displaced).all(axis=-1)
        pixels = grid[known]
        points = world_points(sample, role, pixels) + displaced[known]
        for target in ("1", "2", "gt"):
            if (target == "1") == (role == "1") or not sample.has(directed_output("flow", role, target).name):
                continue
            direction = f"{role}_to_{target}"
            count, largest = flow_off(sample, direction, pixels, points)
            if count > sample.bounds.flow_share * len(pixels):
                message = f"{count} points are not where flow_{direction} leads, by up to {largest:.3g} px"
                yield Finding(message, sample.file(name))


@check("sample")
def flow_scales_agree(sample: SampleSubject) -> Iterator[Finding]:
    """Flows there and back, and over a third view, have the same length on what moves: no factor lies between them."""
    routes = {"1_to_gt": None, "gt_to_1": None, "1_to_2": "gt", "2_to_1": "gt"}
    for direction, via in routes.items():
        a, b = FLOW_ENDS[direction]
        first = direction if via is None else f"{a}_to_{via}"
        second = f"{b}_to_{a}" if via is None else f"{via}_to_{b}"
        moving = sample.dynamic(a)
        needs = (f"flow_{direction}", f"flow_{first}", f"flow_{second}", f"occlusion_{first}")
        if moving is None or not sample.has(*needs):
            continue
        trip = follow(sample, first, (Occlusion.VISIBLE,), same_instance=True)
        trip = trip.take(np.flatnonzero(moving.reshape(-1)[trip.pixels]))
        factor = _factor(sample, trip, direction, second, back=via is None)
        if factor is not None and abs(factor) > sample.bounds.scale_relative:
            message = f"is {abs(factor):.1%} {'longer' if factor > 0 else 'shorter'} than {first} and {second} say"
            yield Finding(message, sample.file(f"flow_{direction}"))


def _factor(sample: SampleSubject, trip: Trip, direction: str, second: str, *, back: bool) -> float | None:
    """By which share a flow is too long on the pixels of a trip: median over them; None where too few move enough."""
    u, v = (trip.there(plane) for plane in sample.flow(second))
    if back:
        own, other = np.stack([trip.u, trip.v]), np.stack([-u, -v])
    else:
        own = np.stack([plane.reshape(-1)[trip.pixels] for plane in sample.flow(direction)])
        other = np.stack([trip.u + u, trip.v + v])
    square = (other * other).sum(axis=0)
    with np.errstate(invalid="ignore"):
        enough = square > sample.bounds.scale_px**2
    if np.count_nonzero(enough) < sample.bounds.few:
        return None
    along = ((own - other) * other).sum(axis=0)[enough] / square[enough]
    return float(np.median(along))
