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
from dsia_gen.motion.bvh import MAX_BYTES, MAX_FRAMES, MAX_JOINTS, Bvh

FRAME_TIME = 1.0 / 120.0
"""Seconds a frame: the files do not say; the CMU database records 120 frames a second."""
_ROTATIONS = ("Zrotation", "Yrotation", "Xrotation")


@dataclass
class _Bone:
    """`tip` (3,): direction times length; `axis` (3, 3): the frame of its angles; `dof`: what a row of it holds."""

    name: str
    tip: Array = field(default_factory=lambda: np.zeros(3))
    axis: Array = field(default_factory=lambda: np.eye(3))
    dof: tuple[str, ...] = ()
    parent: str = ""


def read_amc(path: Path) -> Bvh:
    """Read a motion with the skeleton beside it: NAME.asf, the subject's (02.asf for 02_01.amc), or the only one.

    Raises AssetError that names the file and line of what is wrong.
    """
    bones = _skeleton(_skeleton_of(path))
    rows = _frames(path, bones)
    names = list(bones)
    parents = tuple(names.index(bone.parent) if bone.parent else -1 for bone in bones.values())
    locals_ = [_local(bone, rows[bone.name]) for bone in bones.values()]
    values = [_degrees(turn) for turn in locals_]
    root = bones["root"]
    places = np.stack([rows["root"][:, root.dof.index(axis)] for axis in ("tx", "ty", "tz")], axis=1)
    offsets = [bones[bone.parent].tip if bone.parent else np.zeros(3) for bone in bones.values()]
    return Bvh(
        names=tuple(names),
        parents=parents,
        offsets=np.array(offsets),
        ends=np.array([bone.tip for bone in bones.values()]),
        channels=(("Xposition", "Yposition", "Zposition", *_ROTATIONS), *(_ROTATIONS,) * (len(names) - 1)),
        frame_time=FRAME_TIME,
        values=np.concatenate([places, *values], axis=1),
    )


def _skeleton_of(path: Path) -> Path:
    same = [path.with_suffix(".asf"), path.with_name(path.stem.split("_")[0] + ".asf")]
    others = sorted(path.parent.glob("*.asf"))
    for candidate in (*same, *(others if len(others) == 1 else ())):
        if candidate.is_file():
            return candidate
    raise AssetError(f"{path} has no skeleton beside it; put {same[-1].name} into the same folder")


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and words, without comments."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise AssetError(f"{path} is larger than {MAX_BYTES // 2**20} MiB; cut the clip into shorter files")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise AssetError(f"{path} cannot be read ({error.strerror}); check the path in the manifest") from error
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].replace("(", " ").replace(")", " ").split()
        if words:
            yield number, words


def _fail(path: Path, line: int, what: str) -> AssetError:
    return AssetError(f"{path}, line {line}: {what}; the file is not readable as ASF/AMC, get it again")


def _numbers(path: Path, line: int, words: list[str]) -> list[float]:
    try:
        numbers = [float(word) for word in words]
    except ValueError as error:
        raise _fail(path, line, "a number was expected") from error
    if not np.all(np.isfinite(numbers)):
        raise _fail(path, line, "a number is not finite")
    return numbers


# --- the skeleton -------------------------------------------------------------------------------------------------


def _skeleton(path: Path) -> dict[str, _Bone]:
    """Bones by name, parents before children; the first is `root`."""
    bones, section, bone = {"root": _Bone("root")}, "", None
    family: dict[str, list[str]] = {}
    for line, words in _lines(path):
        key = words[0].lower()
        if key.startswith(":"):
            section = key
        elif section == ":root" and key == "order":
            bones["root"].dof = tuple(word.lower() for word in words[1:])
        elif section == ":bonedata":
            bone = _bone_line(path, line, words, bone, bones)
        elif section == ":hierarchy" and key not in ("begin", "end"):
            family.setdefault(words[0], []).extend(words[1:])
    if len(bones) > MAX_JOINTS:
        raise _fail(path, 1, f"more than {MAX_JOINTS} bones")
    if not {"tx", "ty", "tz"} <= set(bones["root"].dof):
        raise _fail(path, 1, "the root has no order with TX, TY and TZ")
    return _ordered(path, bones, family)


def _bone_line(path: Path, line: int, words: list[str], bone: _Bone | None, bones: dict[str, _Bone]) -> _Bone | None:
    key = words[0].lower()
    if key == "begin":
        return _Bone("")
    if bone is None:
        return None
    if key == "end":
        bones[bone.name] = bone
        return None
    if key == "name":
        bone.name = words[1] if len(words) > 1 else ""
    elif key == "direction":
        bone.tip = np.array(_three(path, line, words[1:4]))
    elif key == "length":
        bone.tip = bone.tip / max(float(np.linalg.norm(bone.tip)), 1e-9) * _numbers(path, line, words[1:2])[0]
    elif key == "axis":
        bone.axis = _euler(np.array(_three(path, line, words[1:4])), words[4].lower() if len(words) > 4 else "xyz")
    elif key == "dof":
        bone.dof = tuple(word.lower() for word in words[1:])
    return bone


def _three(path: Path, line: int, words: list[str]) -> list[float]:
    if len(words) != 3:
        raise _fail(path, line, "three numbers were expected")
    return _numbers(path, line, words)


def _ordered(path: Path, bones: dict[str, _Bone], family: dict[str, list[str]]) -> dict[str, _Bone]:
    ordered, waiting = {"root": bones["root"]}, ["root"]
    while waiting:
        parent = waiting.pop(0)
        for name in family.get(parent, []):
            if name not in bones or name in ordered:
                raise _fail(path, 1, f"the hierarchy names {name!r}, which is no bone or is there twice")
            bones[name].parent = parent
            ordered[name] = bones[name]
            waiting.append(name)
    return ordered


def _euler(degrees: Array, order: str) -> Array:
    """(..., 3, 3) rotations by (..., 3) degrees about the axes of `order`, the first one first."""
    turn = np.broadcast_to(np.eye(3), (*degrees.shape[:-1], 3, 3))
    for k, axis in enumerate(order):
        turn = about(axis, degrees[..., k]) @ turn
    return np.asarray(turn)


# --- the motion ---------------------------------------------------------------------------------------------------


def _frames(path: Path, bones: dict[str, _Bone]) -> dict[str, Array]:
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
            rows[words[0]].append(_numbers(path, line, words[1:]))
        else:
            raise _fail(path, line, f"{words[0]!r:.40} is no bone of the skeleton with {len(words) - 1} angles")
    short = [name for name, bone in bones.items() if bone.dof and len(rows[name]) != count]
    if not count or short:
        raise _fail(path, 1, f"{short[0]} is missing in some frames" if short else "no frames")
    return {name: np.array(values).reshape(count, -1) for name, values in rows.items()}


def _local(bone: _Bone, values: Array) -> Array:
    """(F, 3, 3) rotation of a bone relative to its parent, in the axes of the rest pose's world."""
    turn = np.broadcast_to(np.eye(3), (len(values), 3, 3))
    for k, name in enumerate(bone.dof):
        if name in ("rx", "ry", "rz"):
            turn = about(name[1], values[:, k]) @ turn
    return np.asarray(bone.axis @ turn @ bone.axis.T)


def _degrees(turn: Array) -> Array:
    """(F, 3) degrees about Z, Y, X with Rz Ry Rx = `turn` (F, 3, 3)."""
    y = np.arcsin(np.clip(-turn[:, 2, 0], -1, 1))
    x, z = arctan2(turn[:, 2, 1], turn[:, 2, 2]), arctan2(turn[:, 1, 0], turn[:, 0, 0])
    return np.degrees(np.stack([z, y, x], axis=1))
