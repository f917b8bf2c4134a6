"""Writes a camera path as one text: RealEstate10K's rows where its lens is known, else TUM's."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dsia_gen.core.rotations import quaternion
from dsia_gen.motion.camera_path import Trajectory


def trajectory_text(path: Trajectory) -> str:
    """The rows of a path, with as many digits as its numbers have; `read_trajectory` reads them."""
    rows: Iterable[list[float]]
    if path.intrinsics is None:
        places, turns = path.poses[:, :3, 3], np.roll(quaternion(path.poses[:, :3, :3]), -1, axis=1)
        head, rows = "# timestamp tx ty tz qx qy qz qw\n", np.column_stack([path.times, places, turns]).tolist()
    else:
        camera = np.linalg.inv(path.poses)[:, :3].reshape(-1, 12)
        blank = np.zeros((len(camera), 2))
        head, rows = "", np.column_stack([path.times * 1e6, path.intrinsics, blank, camera]).tolist()
    return head + "".join(" ".join(map(repr, row)) + "\n" for row in rows)
