"""The lift that keeps a figure on the floor."""

from __future__ import annotations

import numpy as np

from dsia_gen.motion.retarget import floor_offset


def test_standing_is_followed_and_jumps_stay_jumps() -> None:
    low = np.full(40, -0.03)
    low[:12] = 0.01 * np.sin(np.arange(12)) - 0.03
    jump = 0.4 * np.sin(np.pi * np.arange(10) / 9)
    low[20:30] += jump
    lifted = low + floor_offset(low)
    assert np.abs(lifted[12:18]).max() < 0.012
    assert np.abs(lifted[32:]).max() < 0.012
    assert lifted[24:26].min() > 0.33
    assert np.abs(np.diff(floor_offset(low))).max() < 0.02, "no jerk"
