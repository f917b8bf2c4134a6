"""Reader of Acclaim motion capture (ASF skeleton, AMC motion), as the CMU database publishes it.

Format: M. Schafer, ASF skeleton file format, University of Wisconsin, 1995. Each bone has a direction and length in the
world of the rest pose, and an axis frame C in which its angles turn it: local rotation C M C^-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, about, arctan2
from dsia_gen.motion.bvh import MAX_BYTES
from dsia_gen.motion.skeletal_motion import MAX_FRAMES, MAX_JOINTS, SkeletalMotion
from dsia_gen.motion.text_files import finite_numbers, read_lines

FRAME_TIME = 1.0 / 120.0
"""Seconds a frame, which the files do not give: the CMU database records 120 frames a second."""
_ROTATIONS = ("Zrotation", "Yrotation", "Xrotation")


@dataclass
class _Bone:
    """`tip` (3,): direction times length; `axis` (3, 3): the frame of its angles; `dof`: the columns of its rows."""

    name: str
    tip: Array = field(default_factory=lambda: np.zeros(3))
    axis: Array = field(default_factory=lambda: np.eye(3))
    dof: tuple[str, ...] = ()
    parent: str = ""

    def read(self, key: str, words: list[str]) -> None:
        """Take over one line of the bone. ValueError says what is wrong."""
        if key == "name":
            self.name = words[1] if len(words) > 1 else ""
        elif key == "length":
            self.tip = self.tip / max(float(np.linalg.norm(self.tip)), 1e-9) * finite_numbers(words[1:2] or [""])[0]
        elif key == "dof":
            self.dof = tuple(word.lower() for word in words[1:])
        elif key in ("direction", "axis"):
            if len(words) < 4:
                raise ValueError("three numbers were expected")
            numbers = finite_numbers(words[1:4])
            if key == "direction":
                self.tip = np.array(numbers)
            else:
                order = words[4].lower() if len(words) > 4 else "xyz"
                if len(order) != 3 or not set(order) <= set("xyz"):
                    raise ValueError(f"{order!r:.40} is not an order of axes such as XYZ")
                self.axis = np.eye(3)
                for name, degrees in zip(order, numbers, strict=True):
                    self.axis = about(name, degrees) @ self.axis


def read_amc(path: Path) -> SkeletalMotion:
    """Read a motion with the skeleton beside it: NAME.asf, the subject's (02.asf for 02_01.amc), or the only one.

    Raises AssetError that names the file and line of what is wrong.
    """
    same = [path.with_suffix(".asf"), path.with_name(path.stem.split("_")[0] + ".asf")]
    others = sorted(path.parent.glob("*.asf"))
    skeleton = next((p for p in (*same, *(others if len(others) == 1 else ())) if p.is_file()), None)
    if skeleton is None:
        raise AssetError(f"{path} has no skeleton beside it; put {same[-1].name} into the same folder")
    bones = _read_skeleton(skeleton)
    rows = _read_frames(path, bones)
    names, root = list(bones), bones["root"]
    columns = [np.stack([rows["root"][:, root.dof.index(axis)] for axis in ("tx", "ty", "tz")], axis=1)]
    for bone in bones.values():
        # The rotation of a bone from its parent, in the axes of the rest pose's world, as Rz Ry Rx.
        turn = np.broadcast_to(np.eye(3), (len(rows["root"]), 3, 3))
        for k, name in enumerate(bone.dof):
            if name in ("rx", "ry", "rz"):
                turn = about(name[1], rows[bone.name][:, k]) @ turn
        turn = bone.axis @ turn @ bone.axis.T
        y = np.arcsin(np.clip(-turn[:, 2, 0], -1, 1))
        x, z = arctan2(turn[:, 2, 1], turn[:, 2, 2]), arctan2(turn[:, 1, 0], turn[:, 0, 0])
        columns.append(np.degrees(np.stack([z, y, x], axis=1)))
    return SkeletalMotion(
        names=tuple(names),
        parents=tuple(names.index(bone.parent) if bone.parent else -1 for bone in bones.values()),
        offsets=np.array([bones[bone.parent].tip if bone.parent else np.zeros(3) for bone in bones.values()]),
        ends=np.array([bone.tip for bone in bones.values()]),
        channels=(("Xposition", "Yposition", "Zposition", *_ROTATIONS), *(_ROTATIONS,) * (len(names) - 1)),
        frame_time=FRAME_TIME,
        values=np.concatenate(columns, axis=1),
    )


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and words, without comments."""
    for number, line in enumerate(read_lines(path, MAX_BYTES, "cut the clip into shorter files"), start=1):
        words = line.split("#", 1)[0].replace("(", " ").replace(")", " ").split()
        if words:
            yield number, words


def _fail(path: Path, line: int, what: str) -> AssetError:
    return AssetError(f"{path}, line {line}: {what}; the file is not readable as ASF/AMC, get it again")


def _read_skeleton(path: Path) -> dict[str, _Bone]:
    """Bones by name, parents before children; the first is `root`."""
    bones, section, bone = {"root": _Bone("root")}, "", None
    children: dict[str, list[str]] = {}
    for line, words in _lines(path):
        key = words[0].lower()
        if key.startswith(":"):
            section = key
        elif section == ":root" and key == "order":
            bones["root"].dof = tuple(word.lower() for word in words[1:])
        elif section == ":bonedata" and key == "begin":
            bone = _Bone("")
        elif section == ":bonedata" and bone is not None:
            if key == "end":
                bones[bone.name], bone = bone, None
                continue
            try:
                bone.read(key, words)
            except ValueError as error:
                raise _fail(path, line, str(error)) from error
        elif section == ":hierarchy" and key not in ("begin", "end"):
            children.setdefault(words[0], []).extend(words[1:])
    if len(bones) > MAX_JOINTS:
        raise _fail(path, 1, f"more than {MAX_JOINTS} bones")
    if not {"tx", "ty", "tz"} <= set(bones["root"].dof):
        raise _fail(path, 1, "the root has no order with TX, TY and TZ")
    ordered, waiting = {"root": bones["root"]}, ["root"]
    while waiting:
        parent = waiting.pop(0)
        for name in children.get(parent, []):
            if name not in bones or name in ordered:
                raise _fail(path, 1, f"the hierarchy names {name!r}, which is not a bone or is there twice")
            bones[name].parent = parent
            ordered[name] = bones[name]
            waiting.append(name)
    return ordered


def _read_frames(path: Path, bones: dict[str, _Bone]) -> dict[str, Array]:
    """Values (F, n) of each bone; a bone without angles has none."""
    rows: dict[str, list[list[float]]] = {name: [] for name in bones}
    count = 0
    for line, words in _lines(path):
        if words[0].startswith(":"):
            continue
        if len(words) == 1 and words[0].isdigit():
            count += 1
            if count > MAX_FRAMES:
                raise _fail(path, line, f"more than {MAX_FRAMES} frames")
        elif words[0] in rows and len(words) - 1 == len(bones[words[0]].dof):
            try:
                rows[words[0]].append(finite_numbers(words[1:]))
            except ValueError as error:
                raise _fail(path, line, str(error)) from error
        else:
            raise _fail(path, line, f"{words[0]!r:.40} is not a bone of the skeleton with {len(words) - 1} angles")
    short = [name for name, bone in bones.items() if bone.dof and len(rows[name]) != count]
    if not count or short:
        raise _fail(path, 1, f"{short[0]} is missing in some frames" if short else "no frames")
    return {name: np.array(values).reshape(count, -1) for name, values in rows.items()}
