"""Guesses of what files do not state: unit, up axis, the scheme of bone names, where a skeleton looks."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

import numpy as np

from dsia_gen.core.rotations import Array
from dsia_gen.spec.asset import SHORTEST, TALLEST
from dsia_gen.spec.import_request import Facing

LARGEST, SMALLEST = 15.0, 0.004
"""Metres between which the largest side of an object is believed."""
USUAL_HEIGHT = 1.7
_RARE = dict.fromkeys((0.0254, 0.3048, 10.0, 100.0, 1000.0), 0.25)
FIGURE_UNITS = {1.0: 0.0, 0.01: 0.0, 0.001: 0.0, 0.1: 0.5, **_RARE}
"""Metres of units in which figures are made, and how little each is used."""
DOUBT = 0.8
"""Greatest doubt with which a unit is believed: its rarity, and the logarithm of the height over the usual one."""
_UNITS = (1.0, 0.01, 0.001, 0.0254)
"""Metres of the units that models are made in: metre, centimetre, millimetre, inch."""
_SLAB = 0.03
"""Share of the height that counts as the bottom of an object."""
_SCHEMES = (
    ("Mixamo", r"mixamorig\d*[:_]?hips"),
    ("Biped", r"bip0?\d* (pelvis|l thigh)"),
    ("Unreal", r"(thigh_l|upperarm_l)"),
    ("Rigify", r"(def-)?thigh\.l"),
    ("Acclaim (CMU)", r"(lhipjoint|lfemur)"),
    ("Daz or Poser", r"(lshldr(bend)?|lthigh(bend)?)"),
    ("VRM", r"j_bip_c_hips"),
    ("Character Creator", r"cc_base_hip"),
    ("HumanIK", r"(leftupleg|left_?upleg|lupleg)"),
    ("joint after joint", r"(lefthip|lhip|left_hip)"),
    ("CesiumMan", r"skeleton_torso_joint_1"),
)


def naming_scheme(bones: Sequence[str]) -> str:
    """What the names of bones follow, in a word or two; `own` when the scheme is not known."""
    lower = [name.lower() for name in bones]
    for scheme, pattern in _SCHEMES:
        if any(re.fullmatch(pattern, name) for name in lower):
            return scheme
    return "own"


def guess_unit(largest: float) -> float:
    """Metres a unit, for the largest side of an object in the units of a file that names none."""
    return next((unit for unit in _UNITS if SMALLEST <= largest * unit <= LARGEST), 1.0)


def guess_height(measured: float) -> tuple[float, bool]:
    """A character's height in metres from what its mesh measures, and whether that could be believed in some unit.

    Metres are believed as they are where they are the height of a figure, else the unit that makes it most usual.
    """
    if SHORTEST <= measured <= TALLEST:
        return measured, True
    heights = {unit: measured * unit for unit in FIGURE_UNITS if SHORTEST <= measured * unit <= TALLEST}
    doubt = {
        unit: rare + abs(math.log(heights[unit] / USUAL_HEIGHT))
        for unit, rare in FIGURE_UNITS.items()
        if unit in heights
    }
    best = min(doubt, key=lambda unit: doubt[unit], default=1.0)
    return (heights[best], True) if doubt.get(best, np.inf) <= DOUBT else (USUAL_HEIGHT, False)


def guess_up(name: str, points: Array) -> tuple[Literal["Y", "Z"], str]:
    """Up axis of points (N, 3) in a file's own axes, and the reason.

    The layouts of ShapeNet and PartNet are known to be Y up, that of Gazebo Z up. Else the axis along which the object
    stands on zero, or on its broader base; and where these do not differ, the custom of the format.
    """
    path = PurePosixPath(name)
    if path.name == "model_normalized.obj" or "objs" in path.parent.parts:
        return "Y", "the layout of ShapeNet and PartNet"
    if path.parent.name == "meshes":
        return "Z", "the layout of Gazebo models"
    low, high = points.min(axis=0), points.max(axis=0)
    size = high - low
    centred = np.abs((low + high) / 2) < 0.2 * size + 1e-9
    stands, shares = [], []
    for axis in (1, 2):
        others = [i for i in range(3) if i != axis]
        on_zero = abs(low[axis]) < 0.03 * max(float(size[axis]), 1e-9)
        stands.append(bool(on_zero and np.all(centred[others])))
        # Area of the box around the lowest points, as a share of the footprint.
        base = points[points[:, axis] <= low[axis] + _SLAB * size[axis]]
        sides = np.ptp(base[:, others], axis=0) / np.maximum(size[others], 1e-12)
        shares.append(float(np.prod(np.maximum(sides, 1e-3))))
    if stands[0] != stands[1]:
        return ("Y" if stands[0] else "Z"), "it stands on zero"
    if max(shares) > 1.25 * min(shares):
        return ("Y" if shares[0] > shares[1] else "Z"), "its broader base"
    return ("Y" if path.suffix.lower() == ".obj" else "Z"), "the custom of its format; check it"


def guess_object_facing(name: str) -> Facing:
    """Front of a file in Z-up axes: ShapeNet's is -Z of its Y-up axes, which is +Y; else unknown, and taken as -Y."""
    return "+Y" if PurePosixPath(name).name == "model_normalized.obj" else "-Y"
