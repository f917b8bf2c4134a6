"""Profiles of the grounded dome."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.procedural.dome import dome_profile, floor_profile
from dsia_gen.spec.light import GroundedDome


def test_dome_rises_from_the_floor_without_a_step() -> None:
    profile = dome_profile(GroundedDome(radius=30, floor_radius=10))
    assert np.allclose(profile[0], (10, 0))
    assert np.allclose(profile[-1], (0, 50), atol=1e-9)
    first = profile[1] - profile[0]
    assert first[1] / first[0] < 0.05
    assert profile[:, 0].max() == pytest.approx(30)
    assert np.allclose(profile[0], floor_profile(GroundedDome(radius=30, floor_radius=10))[-1])
