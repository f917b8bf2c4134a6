"""Walls with openings: holes in the right place, and openings that do not fit."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.core.errors import AssetError
from dsia_gen.procedural.families import FAMILIES
from dsia_gen.procedural.params import Params
from dsia_gen.spec.asset import ParamValue

WALL = FAMILIES["wall"]


def wall(**changes: ParamValue) -> Params:
    params: dict[str, ParamValue] = {
        "length": 4.0, "height": 2.5, "thickness": 0.2, "skirting": 0.0, "dado": 0.0,
        "opening_1": (-1.0, 0.9, 1.0, 1.2), "opening_2": (1.0, 0.0, 0.9, 2.0),
    }  # fmt: skip
    return {**params, **changes}


def test_a_wall_has_holes_where_its_openings_are() -> None:
    data = WALL.mesh(wall())
    front = 0.0
    for start, size in zip(data.starts, data.sizes, strict=True):
        face = data.vertices[data.corners[start : start + size]]
        if np.allclose(face[:, 1], -0.1):
            front += np.ptp(face[:, 0]) * np.ptp(face[:, 2])
    assert front == pytest.approx(4.0 * 2.5 - 1.0 * 1.2 - 0.9 * 2.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"opening_1": (1.8, 0.9, 1.0, 1.2)}, "does not fit a wall of 4 x 2.5 m"),
        ({"opening_1": (0.0, 0.9, 1.0)}, "give .x, sill, width, height."),
        ({"length": "long"}, "'length' is 'long', give a number"),
    ],
)
def test_wrong_openings_and_values_are_named(changes: dict[str, ParamValue], words: str) -> None:
    with pytest.raises(AssetError, match=words):
        WALL.mesh(wall(**changes))


def test_unknown_parameters_are_named() -> None:
    with pytest.raises(AssetError, match="unknown parameter 'colour'"):
        WALL.check(wall(colour="red"), [])
