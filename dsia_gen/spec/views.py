"""Views and pairs: what is rendered, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from dsia_gen.spec.record import Record

Role = Literal["1", "2", "gt"]
ROLES: tuple[Role, ...] = ("1", "2", "gt")

REFERENCE_WIDTH = 960
"""Image width in pixels at which thresholds of motion are given: the resolution of the DSIA data set."""
LARGE_CAMERA_PX = 15.0
"""Mean |flow_gt_to_2| over static pixels from which camera motion counts as large, at a width of 960 pixels."""
LARGE_FOREGROUND_PX = 10.0
"""Mean |flow_1_to_gt| over dynamic pixels from which foreground motion counts as large, at a width of 960 pixels."""


class View(NamedTuple):
    """One image: time index and camera pose index.

    Parameters
    ----------
    time, pose : int
        Indices into the times and camera poses of the scene.
    """

    time: int
    pose: int

    @property
    def key(self) -> str:
        """Name used in files and receipts, e.g. `t0003_p0001`."""
        return f"t{self.time:04d}_p{self.pose:04d}"


Index = Annotated[int, Field(ge=0, le=1_000_000)]


class Pair(Record):
    """A sample: I1 at (t1, p1), I2 at (t2, p2), Igt at (t2, p1).

    Parameters
    ----------
    index : int
        Number of the pair in its scene.
    t1, p1 : int
        Time index and camera pose index of I1; Igt shares the pose.
    t2, p2 : int
        Time index and camera pose index of I2; Igt shares the time.
    """

    index: Index
    t1: Index
    p1: Index
    t2: Index
    p2: Index

    def view(self, role: Role) -> View:
        """The view that plays a role in this pair.

        Parameters
        ----------
        role : Role
            "1", "2" or "gt".

        Returns
        -------
        View
            Time and pose index.
        """
        return {"1": View(self.t1, self.p1), "2": View(self.t2, self.p2), "gt": View(self.t2, self.p1)}[role]


def unique_views(pairs: Iterable[Pair]) -> tuple[View, ...]:
    """Every view of some pairs once, all views of one time together: the order of rendering.

    Parameters
    ----------
    pairs : iterable of Pair
        The pairs.

    Returns
    -------
    tuple of View
        Sorted by time, then pose.
    """
    return tuple(sorted({pair.view(role) for pair in pairs for role in ROLES}))
