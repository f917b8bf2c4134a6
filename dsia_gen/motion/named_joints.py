"""Joints of a humanoid from the names of bones; words that schemes use differently are told apart."""

from __future__ import annotations

from collections.abc import Sequence

from dsia_gen.motion.joint_names import Reading, read_names
from dsia_gen.motion.skeleton_structure import ancestors, spine_joints

_CHAINS = (("UpLeg", "Leg", "Foot", "ToeBase"), ("Arm", "ForeArm", "Hand"))


def joints_by_name(names: Sequence[str], parents: Sequence[int]) -> dict[str, int]:
    """Canonical joint -> index of the bones whose names say so; see `skeleton.match_joints` for what they mean."""
    readings = read_names(names)
    depth = [len(ancestors(bone, parents)) for bone in range(len(parents))]
    found: dict[str, int] = {}
    for side in ("Left", "Right"):
        parts = _parts(readings, side, depth)
        found |= {side + joint: bone for joint, bone in (_leg(parts, parents) | _arm(parts)).items()}
    centre = _parts(readings, "", depth)
    hips = _hips(found, centre, readings, parents)
    if hips is not None:
        found["Hips"] = hips
    head = centre.get("head") or _top(found, centre, parents, depth)
    if head:
        found["Head"] = head[0]
        _share_trunk(found, names, readings, parents)
    return found


def _parts(readings: Sequence[Reading | None], side: str, depth: Sequence[int]) -> dict[str, list[int]]:
    """Bones of one side by part of the body, those that stand for it best first, then those nearest to the root."""
    rows: dict[str, list[tuple[int, int, int]]] = {}
    for bone, reading in enumerate(readings):
        if reading is not None and reading.side == side:
            rows.setdefault(reading.part, []).append((reading.rank // 4, depth[bone], bone))
    return {part: [bone for _, _, bone in sorted(found)] for part, found in rows.items()}


def _leg(parts: dict[str, list[int]], parents: Sequence[int]) -> dict[str, int]:
    """Thigh, shank, foot and toes. A `leg` is the shank, unless the shank has a name of its own and the thigh has none;
    a `foot` below an `ankle` is the toes; a `hip` is the thigh where there is no other."""
    thighs, legs, shanks = (parts.get(part, []) for part in ("thigh", "leg", "shank"))
    hips = parts.get("hip") or parts.get("hip socket", [])
    if not thighs and shanks:
        thighs = legs or hips
    elif not thighs and len(legs) > 1 and legs[0] in ancestors(legs[1], parents) and not hips:
        thighs, shanks = legs[:1], legs[1:]
    else:
        thighs, shanks = thighs or hips, shanks or legs
    ankles, feet, toes = (parts.get(part, []) for part in ("ankle", "foot", "toe"))
    if ankles and feet and ankles[0] in ancestors(feet[0], parents):
        toes = toes or feet
    chain = (thighs, shanks, ankles or feet, toes)
    return {joint: bones[0] for joint, bones in zip(_CHAINS[0], chain, strict=True) if bones}


def _arm(parts: dict[str, list[int]]) -> dict[str, int]:
    """Collar, upper arm, forearm and hand. A `shoulder` is the upper arm where that has no other name, and the collar
    where that has none."""
    collars, shoulders, uppers, arms, fores = (
        parts.get(part, []) for part in ("collar", "shoulder", "upperarm", "arm", "forearm")
    )
    if not uppers and arms and not fores and len(arms) > 1:
        uppers, fores = arms[:1], arms[1:]
    uppers = uppers or arms
    if not uppers:
        uppers, shoulders = shoulders, []
    chain = (uppers, fores, parts.get("wrist") or parts.get("hand", []))
    found = {joint: bones[0] for joint, bones in zip(_CHAINS[1], chain, strict=True) if bones}
    collars = collars or shoulders
    return found | ({"Shoulder": collars[0]} if collars else {})


def _hips(
    found: dict[str, int], centre: dict[str, list[int]], readings: Sequence[Reading | None], parents: Sequence[int]
) -> int | None:
    """The last bone that carries both legs and the trunk, or the one above it that is called hips."""
    legs = [found[side + "UpLeg"] for side in ("Left", "Right") if side + "UpLeg" in found]
    trunk = [bones[0] for part in ("head", "neck") if (bones := centre.get(part))]
    trunk += [found[side + "Arm"] for side in ("Left", "Right") if side + "Arm" in found]
    trunk = trunk or centre.get("spine", [])[-1:]
    named = centre.get("hips", [])
    if len(legs) < 2:
        return named[0] if named else None
    for carried in ([*legs, *trunk], legs):
        lines = [ancestors(bone, parents) for bone in carried]
        shared = [bone for bone in lines[0] if all(bone in line for line in lines[1:])]
        if shared:
            # A bone of the spine may itself carry the legs, as Biped's does; then the hips are above it.
            spine = (reading := readings[shared[0]]) is not None and reading.part == "spine"
            return next((bone for bone in shared if spine and bone in named), shared[0])
    return named[0] if named else None


def _top(
    found: dict[str, int], centre: dict[str, list[int]], parents: Sequence[int], depth: Sequence[int]
) -> list[int]:
    """The last bone of neck or spine where none is called head: rigs number the whole column."""
    column = [*centre.get("neck", []), *centre.get("spine", [])]
    arms = [found[side + "Arm"] for side in ("Left", "Right") if side + "Arm" in found]
    carried = {bone for arm in arms for bone in ancestors(arm, parents)}
    above = [bone for bone in column if bone not in carried and "Hips" in found]
    return sorted((b for b in above if found["Hips"] in ancestors(b, parents)), key=lambda bone: -depth[bone])[:1]


def _share_trunk(
    found: dict[str, int], names: Sequence[str], readings: Sequence[Reading | None], parents: Sequence[int]
) -> None:
    """Spine and neck joints are spread over the chain between hips and head."""
    chain = ancestors(found["Head"], parents)
    if found.get("Hips") not in chain:
        return
    between = chain[: chain.index(found["Hips"])][::-1]
    carried = [ancestors(found[side + "Arm"], parents) for side in ("Left", "Right") if side + "Arm" in found]
    # The neck begins above the arms; without arms, where its name says so.
    if carried:
        parts = {bone: reading.part if (reading := readings[bone]) is not None else "" for bone in between}
        above = [bone for bone in between if parts[bone] == "neck" or not any(bone in line for line in carried)]
        neck = [bone for bone in above if parts[bone] != "spine"] or above
    else:
        neck = [bone for bone in between if "neck" in names[bone].lower()]
    if neck:
        found["Neck"] = neck[len(neck) // 2]
    found |= spine_joints([bone for bone in between if bone not in neck])
