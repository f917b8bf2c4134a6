"""From where things are seen: views of one asset between which it is turned little, and the surface that they share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from dsia_gen.core.rotations import rotation_matrix, unit
from dsia_gen.dataset.documents.scene_document import InstanceEntry, SceneDocument
from dsia_gen.spec.views import View

Floats = NDArray[np.float64]
_POINTS = 400
"""Surface points of a view that are looked for in another."""
_SAME = 0.05
"""Object coordinates within which two pixels show the same surface, in shares of the rest box: two pixels of forty."""


def camera_direction(document: SceneDocument, entry: InstanceEntry, view: View) -> Floats | None:
    """Unit vector (3,) from an instance to the camera in the axes of its asset; None where its pose is not known.

    A person's axes are those of the hips: the line between the legs, and the spine.
    """
    camera = np.array(document.camera.camera_to_world[view.pose])[:3, 3]
    if entry.quaternions is not None:
        place, turn = (rows[view.time if len(rows) > 1 else 0] for rows in (entry.positions, entry.quaternions))
        return np.asarray(unit((camera - np.array(place)) @ rotation_matrix(np.array(turn))))
    if not {"Hips", "Spine2", "LeftUpLeg", "RightUpLeg"} <= entry.joints.keys():
        return None
    time = sorted({row.time for row in document.views}).index(view.time)
    hips, spine, left, right = (
        np.array(entry.joints[name][time]) for name in ("Hips", "Spine2", "LeftUpLeg", "RightUpLeg")
    )
    x = unit(left - right)
    y = unit(np.cross(spine - hips, x))
    return np.asarray(unit(np.stack([x, y, np.cross(x, y)]) @ (camera - hips)))


def angle_between(first: Floats | None, second: Floats | None) -> float | None:
    """Degrees between two unit vectors, which is the turn out of the image plane between two views; None for None."""
    if first is None or second is None:
        return None
    return float(np.degrees(2 * np.arcsin(min(1.0, float(np.linalg.norm(first - second)) / 2))))


def groups_by_turn(directions: Sequence[Floats | None], most: float) -> list[list[int]]:
    """Groups of views, each beginning with one from which no other of its group is turned by more than `most` degrees.

    The largest group comes first; its members are taken away, and so on. Views of unknown direction are one group.
    """
    unknown = [k for k, direction in enumerate(directions) if direction is None]
    known = [k for k, direction in enumerate(directions) if direction is not None]
    vectors = np.array([directions[k] for k in known], dtype=np.float64).reshape(-1, 3)
    distance = np.linalg.norm(vectors[:, None] - vectors, axis=-1)
    near = distance <= 2 * np.sin(np.radians(min(most, 180.0)) / 2) + 1e-9
    groups: list[list[int]] = []
    left = np.ones(len(known), dtype=bool)
    while left.any():
        counts = np.where(left, (near & left).sum(axis=1), -1)
        # of centres with as many members, the one that is nearest to them
        spread = np.where(near & left, distance, 0.0).sum(axis=1)
        centre = int(np.lexsort((spread, -counts))[0])
        members = np.flatnonzero(near[centre] & left)
        groups.append([known[centre], *(known[k] for k in members if k != centre)])
        left[members] = False
    return [*groups, *([unknown] if unknown else [])]


def shared_surface(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """The share of its surface that each of two views has in common with the other: the smaller of both.

    Object coordinates (H, W, 3) with NaN off the object; 0 where one shows nothing.
    """
    points = [values[np.isfinite(values).all(axis=-1)].astype(np.float64) for values in (first, second)]
    if not all(len(found) for found in points):
        return 0.0
    shares = []
    for here, there in (points, points[::-1]):
        chosen = here[np.linspace(0, len(here) - 1, min(_POINTS, len(here))).round().astype(np.intp)]
        shares.append(float(np.isfinite(cKDTree(there).query(chosen, distance_upper_bound=_SAME)[0]).mean()))
    return min(shares)
