"""Checks of characters: what their joints do is what a person can do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.subject import SceneSubject
from dsia_gen.motion.plausibility import implausible
from dsia_gen.motion.skeleton import REQUIRED
from dsia_gen.spec.asset import SHORTEST, TALLEST

FAULTS = ("finite", "lengths", "upright", "size")
"""What no person does; the rest is a warning: people do kneel, float in a jump, and turn."""
_TO_HEAD = (0.6, 1.0)
"""Share of a figure's height from ankles to head, at least and at most."""


@check("scene")
def characters_stand(scene: SceneSubject) -> Iterator[Finding]:
    """Characters are upright, of a person's size, near the floor, and their bones keep their lengths."""
    for number, entry in scene.instances.items():
        if any(joint not in entry.joints for joint in REQUIRED):
            continue
        joints = {name: np.array(places, dtype=np.float64).reshape(-1, 3) for name, places in entry.joints.items()}
        if len({len(places) for places in joints.values()}) != 1:
            yield Finding(f"the joints of instance {number} are given at different numbers of times", "scene.json")
            continue
        floor = min(place[2] for place in entry.positions)
        sizes = (_TO_HEAD[0] * SHORTEST * entry.scale, _TO_HEAD[1] * TALLEST * entry.scale)
        for fault in implausible(joints, floor=floor, sizes=sizes):
            message = f"instance {number} ({entry.asset_id}) is not a person's: {fault.what}"
            yield Finding(message, "scene.json", "error" if fault.check in FAULTS else "warning")
