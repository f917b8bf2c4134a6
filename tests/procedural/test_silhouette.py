"""Silhouettes of meshes against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dsia_gen.procedural.mesh import merge
from dsia_gen.procedural.primitives import box, icosphere
from dsia_gen.procedural.silhouette import AZIMUTHS, ELEVATION, silhouette_fill


def test_a_box_fills_itself_whatever_its_sides() -> None:
    assert silhouette_fill(box((0.3, 2.0, 0.7))) == pytest.approx(1.0, abs=0.015)


def test_a_ball_fills_a_disc_of_the_silhouette_of_its_cube() -> None:
    height = math.radians(ELEVATION)
    shares = []
    for azimuth in np.radians(AZIMUTHS):
        towards = (math.cos(height) * math.cos(azimuth), math.cos(height) * math.sin(azimuth), math.sin(height))
        shares.append(math.pi / (4.0 * sum(abs(part) for part in towards)))
    assert silhouette_fill(icosphere(4, 0.4)) == pytest.approx(float(np.mean(shares)), abs=0.01)


def test_what_lies_behind_what_is_seen_adds_nothing_and_gaps_do_not_count() -> None:
    posts = merge([box((0.1, 0.1, 1.0)).moved(x=x, y=y) for x in (-0.45, 0.45) for y in (-0.45, 0.45)])
    whole = silhouette_fill(posts)
    assert whole < 0.5
    assert silhouette_fill(merge([posts, posts])) == whole
