"""What scenes do with an object of a size: move it about, let it stand around, or nothing."""

from __future__ import annotations

FOREGROUND = (0.02, 3.0)
"""Metres of the largest side of objects that are moved about before the camera."""
PROPS = (0.3, 30.0)
"""Metres of the largest side of objects that stand around."""


def object_roles(largest: float) -> tuple[str, ...]:
    """The tags by which scenes draw an object whose largest side has so many metres; none for one that cannot be."""
    found = {"foreground": FOREGROUND, "props": PROPS}
    return tuple(role for role, (low, high) in found.items() if low <= largest <= high)


def role_note(largest: float) -> str:
    """What to do about an object without a role; empty where it has one."""
    if object_roles(largest):
        return ""
    length = f"{largest * 1000:.3g} mm" if largest < 0.01 else f"{largest:.3g} m"
    if largest < FOREGROUND[0]:
        return f"{length} large, too small for scenes to draw it; state its true --size or --scale"
    step = "state its true --size or --scale, or import its objects one by one with --split"
    return f"{length} large, too large for scenes to draw it; {step}"
