"""BVH files for tests, written from a few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

# Joint: (parent, offset) in Y-up axes facing +Z, left at +X: a person whose legs are 40 + 40 long.
SKELETON: dict[str, tuple[str | None, tuple[float, float, float]]] = {
    "Hips": (None, (0, 0, 0)),
    "Spine": ("Hips", (0, 10, 0)),
    "Spine1": ("Spine", (0, 10, 0)),
    "Spine2": ("Spine1", (0, 10, 0)),
    "Neck": ("Spine2", (0, 20, 0)),
    "Head": ("Neck", (0, 10, 0)),
    "LeftShoulder": ("Spine2", (4, 15, 0)),
    "LeftArm": ("LeftShoulder", (12, 0, 0)),
    "LeftForeArm": ("LeftArm", (28, 0, 0)),
    "LeftHand": ("LeftForeArm", (24, 0, 0)),
    "RightShoulder": ("Spine2", (-4, 15, 0)),
    "RightArm": ("RightShoulder", (-12, 0, 0)),
    "RightForeArm": ("RightArm", (-28, 0, 0)),
    "RightHand": ("RightForeArm", (-24, 0, 0)),
    "LeftUpLeg": ("Hips", (9, -5, 0)),
    "LeftLeg": ("LeftUpLeg", (0, -40, 0)),
    "LeftFoot": ("LeftLeg", (0, -40, 0)),
    "LeftToeBase": ("LeftFoot", (0, -5, 13)),
    "RightUpLeg": ("Hips", (-9, -5, 0)),
    "RightLeg": ("RightUpLeg", (0, -40, 0)),
    "RightFoot": ("RightLeg", (0, -40, 0)),
    "RightToeBase": ("RightFoot", (0, -5, 13)),
}
Angles = Mapping[str, tuple[float, float, float]]
"""Joint to degrees about Z, Y, X, applied in that order of the channels."""


def bvh_text(
    frames: Sequence[tuple[tuple[float, float, float], Angles]],
    *,
    frame_time: float = 1 / 24,
    unit: float = 1.0,
    z_up: bool = False,
    rename: Mapping[str, str] | None = None,
) -> str:
    """The text of a BVH file. A frame is the position of the hips and the angles of joints (others are 0).

    `unit` scales every length; `z_up` writes the same person in axes with Z up, facing -Y; only its rest pose and
    positions are rewritten, so give it frames without angles.
    """
    names = rename or {}

    def vector(v: tuple[float, float, float]) -> str:
        x, y, z = (unit * c for c in v)
        return f"{x:.6f} {-z:.6f} {y:.6f}" if z_up else f"{x:.6f} {y:.6f} {z:.6f}"

    order: list[str] = []

    def joint(name: str, depth: int) -> list[str]:
        order.append(name)
        pad = "  " * depth
        parent, offset = SKELETON[name]
        positions = "6 Xposition Yposition Zposition " if parent is None else "3 "
        rows = [
            f"{pad}{'ROOT' if parent is None else 'JOINT'} {names.get(name, name)}",
            f"{pad}{{",
            f"{pad}  OFFSET {vector(offset)}",
            f"{pad}  CHANNELS {positions}Zrotation Yrotation Xrotation",
        ]
        children = [c for c, (p, _) in SKELETON.items() if p == name]
        for child in children:
            rows += joint(child, depth + 1)
        if not children:
            rows += [f"{pad}  End Site", f"{pad}  {{", f"{pad}    OFFSET {vector((0, 0, 5))}", f"{pad}  }}"]
        return [*rows, f"{pad}}}"]

    head = ["HIERARCHY", *joint("Hips", 0), "MOTION", f"Frames: {len(frames)}", f"Frame Time: {frame_time:.8f}"]
    rows = []
    for place, angles in frames:
        turns = [f"{a:.6f}" for name in order for a in angles.get(name, (0.0, 0.0, 0.0))]
        rows.append(" ".join([vector(place), *turns]))
    return "\n".join([*head, *rows]) + "\n"


def write_bvh(path: Path, *args, **kwargs) -> Path:
    path.write_text(bvh_text(*args, **kwargs), encoding="utf-8")
    return path
