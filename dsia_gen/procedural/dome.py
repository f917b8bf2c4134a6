"""Profiles of the grounded HDRI's floor and dome."""

from __future__ import annotations

import numpy as np

from dsia_gen.procedural.mesh import Floats
from dsia_gen.spec.light import GroundedDome


def floor_profile(dome: GroundedDome) -> Floats:
    """(N, 2) radius and height of the floor, metres, from the centre out."""
    radii = np.linspace(0, dome.floor_radius, 9)
    return np.stack([radii, np.zeros_like(radii)], axis=1)


def dome_profile(dome: GroundedDome) -> Floats:
    """(N, 2) radius and height of the dome, metres, from the rim of the floor to the top.

    It leaves the floor level, rises in a quarter of an ellipse to its full radius, and closes as a hemisphere.
    """
    rim = min(dome.floor_radius, 0.95 * dome.radius)
    rise = dome.radius - rim
    turn = np.linspace(0, np.pi / 2, 25)
    wall = np.stack([rim + rise * np.sin(turn), rise * (1 - np.cos(turn))], axis=1)
    roof = np.stack([dome.radius * np.cos(turn[1:]), rise + dome.radius * np.sin(turn[1:])], axis=1)
    return np.concatenate([wall, roof])
