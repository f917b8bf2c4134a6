"""Checks of object coordinates: against depth and paths of rigid instances, and from view to view along the flows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.rotations import rotation_matrix
from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.geometry import follow, looked_at, share_of
from dsia_gen.dataset.checks.subject import SampleSubject
from dsia_gen.dataset.checks.trajectories import world_points
from dsia_gen.dataset.documents.scene_document import InstanceEntry
from dsia_gen.spec.outputs import FLOW_ENDS, Occlusion
from dsia_gen.spec.views import ROLES

NAME = "object_coordinates"
Floats = NDArray[np.float64]


@check("sample")
def coordinates_from_depth(sample: SampleSubject) -> Iterator[Finding]:
    """Coordinates of a rigid instance are its points by depth, seen from its frame and divided by its rest box."""
    for role in ROLES:
        if not sample.has((NAME, role), ("depth", role), ("instances", role)):
            continue
        grid, ids = looked_at(sample), sample.array("instances", role).reshape(-1)
        grid = grid[np.isfinite(sample.array("depth", role).reshape(-1)[grid])]
        known = sample.array(NAME, role).reshape(-1, 3)
        for number, entry in sample.scene.instances.items():
            pixels = grid[ids[grid] == number]
            if entry.rest_box is None or entry.quaternions is None or not pixels.size:
                continue
            points = world_points(sample, role, pixels)
            local = _in_frame(entry, points, sample.pair.view(role).time)
            low, high = np.array(entry.rest_box)
            error = np.abs(known[pixels] * (high - low) + low - local).max(axis=1) * entry.scale
            distance = np.linalg.norm(points - sample.camera(role)[1][:3, 3], axis=1)
            wrong = ~(error <= sample.bounds.moved_metres + sample.bounds.still_relative * distance)
            share = share_of(wrong, sample.bounds)
            if share > sample.bounds.flow_share:
                message = f"{share:.2%} of the pixels of instance {number} are not where depth and its path put them"
                yield Finding(message, sample.file(NAME, role))


def _in_frame(entry: InstanceEntry, points: Floats, time: int) -> Floats:
    """World points (N, 3) in the frame of a rigid instance at a time, without its scale."""
    turns = entry.quaternions or [(1.0, 0.0, 0.0, 0.0)]
    turn = rotation_matrix(np.array(turns[0 if len(turns) == 1 else time]))
    place = np.array(entry.positions[0 if len(entry.positions) == 1 else time])
    found: Floats = (points - place) @ turn / entry.scale
    return found


@check("sample")
def coordinates_follow_flow(sample: SampleSubject) -> Iterator[Finding]:
    """What a visible pixel shows has the same coordinates where the flow leads, to within the pixels around it."""
    for direction, (a, b) in FLOW_ENDS.items():
        if not sample.has(
            (NAME, a), (NAME, b), ("instances", a), ("instances", b), f"flow_{direction}", f"occlusion_{direction}"
        ):
            continue
        trip = follow(sample, direction, (Occlusion.VISIBLE,), same_instance=True)
        trip = trip.take(np.flatnonzero(sample.array("instances", a).reshape(-1)[trip.pixels] > 0))
        if len(trip.pixels) < sample.bounds.few:
            continue
        wrong = np.zeros(len(trip.pixels), dtype=bool)
        for channel in range(3):
            here = sample.array(NAME, a)[..., channel].reshape(-1)[trip.pixels]
            around = np.stack(trip.there.corners(sample.array(NAME, b)[..., channel]))
            margin = sample.bounds.coordinate_margin
            wrong |= ~((here >= around.min(axis=0) - margin) & (here <= around.max(axis=0) + margin))
        share = share_of(wrong, sample.bounds)
        if share > sample.bounds.coordinate_share:
            message = f"{share:.2%} of the visible pixels show other coordinates where flow_{direction} leads"
            yield Finding(message, sample.file(NAME, a))
