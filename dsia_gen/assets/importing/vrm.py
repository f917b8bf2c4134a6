"""What a VRM avatar says of itself, versions 0.x and 1.0: which bones are joints, and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsia_gen.assets.importing.headers import GLTF, gltf_document, gltf_items
from dsia_gen.assets.licences import permissions
from dsia_gen.spec.asset import Permission

_JOINTS = {
    "hips": "Hips", "spine": "Spine", "chest": "Spine1", "upperChest": "Spine2", "neck": "Neck", "head": "Head",
    **{
        f"{side.lower()}{bone}": side + joint
        for side in ("Left", "Right")
        for bone, joint in (
            ("Shoulder", "Shoulder"), ("UpperArm", "Arm"), ("LowerArm", "ForeArm"), ("Hand", "Hand"),
            ("UpperLeg", "UpLeg"), ("LowerLeg", "Leg"), ("Foot", "Foot"), ("Toes", "ToeBase"),
        )
    },
}  # fmt: skip


@dataclass(frozen=True)
class VrmTerms:
    """Licence in a few words, whom to credit, where it comes from, and what is permitted; `prohibited` says why not."""

    licence: str
    attribution: str
    source: str
    redistribution: Permission
    training: Permission
    prohibited: tuple[str, ...]


def vrm_joints(path: Path) -> dict[str, str]:
    """Canonical joint -> name of its node, as the file states them; empty for what is not a VRM, or ambiguous."""
    if path.suffix.lower() not in GLTF:
        return {}
    document = gltf_document(path)
    extension, version = _extension(document)
    humanoid = _dictionary(extension.get("humanoid"))
    stated = humanoid.get("humanBones")
    if version == 1:
        pairs: list[tuple[Any, Any]] = [(n, _dictionary(bone).get("node")) for n, bone in _dictionary(stated).items()]
    else:
        rows = [_dictionary(row) for row in (stated if isinstance(stated, list) else [])]
        pairs = [(row.get("bone"), row.get("node")) for row in rows]
    names = [str(node.get("name", "")) for node in gltf_items(document, "nodes")]
    found: dict[str, str] = {}
    for bone, node in pairs:
        joint = _JOINTS.get(str(bone))
        if joint is None or not isinstance(node, int) or not 0 <= node < len(names):
            continue
        if not names[node] or names.count(names[node]) > 1:  # the importer numbers equal names
            return {}
        found[joint] = names[node]
    if "Spine2" not in found and "Spine1" in found:
        found["Spine2"] = found.pop("Spine1")
    return found


def vrm_terms(path: Path) -> VrmTerms | None:
    """What a VRM permits and prohibits, None for other files.

    An avatar that only some people may use, or that must not be altered, is not for training; what is not said is not
    permitted in version 1.0, whose defaults are the strictest.
    """
    if path.suffix.lower() not in GLTF:
        return None
    extension, version = _extension(gltf_document(path))
    if version < 0:
        return None
    meta = _dictionary(extension.get("meta"))
    return _version_1(meta) if version == 1 else _version_0(meta)


def _extension(document: Mapping[str, object]) -> tuple[dict[str, Any], int]:
    """The extension of a document and its version, -1 without one."""
    held = _dictionary(document.get("extensions"))
    if "VRMC_vrm" in held:
        return _dictionary(held["VRMC_vrm"]), 1
    return (_dictionary(held["VRM"]), 0) if "VRM" in held else ({}, -1)


def _dictionary(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return " ".join(str(value).split())[:300] if isinstance(value, str) else ""


def _version_0(meta: Mapping[str, Any]) -> VrmTerms:
    licence = _text(meta.get("licenseName")) or "Redistribution_Prohibited"
    # `CC_BY_NC` and the like; the rest are words of the format.
    known = permissions(licence.replace("_", "-")) if licence.startswith("CC") else None
    redistribution: Permission = known.redistribution if known else "unknown"
    training: Permission = known.training if known else "unknown"
    prohibited = []
    if licence == "Redistribution_Prohibited":
        redistribution = "no"
        prohibited.append("redistribution is prohibited")
    users = _text(meta.get("allowedUserName")) or "OnlyAuthor"
    if users != "Everyone":
        training = "no"
        prohibited.append(
            "only its author may use it" if users == "OnlyAuthor" else "only people with a licence may use it"
        )
    if "ND" in licence.split("_"):
        training = "no"
        prohibited.append("it must not be altered")
    if _text(meta.get("commercialUssageName")) == "Disallow":
        training = "unknown" if training == "yes" else training
        prohibited.append("commercial use is disallowed")
    named = known.licence if known else _text(meta.get("otherLicenseUrl")) or licence
    return VrmTerms(
        f"VRM: {named}", _text(meta.get("author")), _text(meta.get("reference")), redistribution, training,
        tuple(prohibited),
    )  # fmt: skip


def _version_1(meta: Mapping[str, Any]) -> VrmTerms:
    redistribution: Permission = "yes" if meta.get("allowRedistribution") is True else "no"
    training: Permission = "unknown"
    prohibited = [] if redistribution == "yes" else ["redistribution is prohibited"]
    users = _text(meta.get("avatarPermission")) or "onlyAuthor"
    if users != "everyone":
        training = "no"
        prohibited.append(
            "only its author may use it" if users == "onlyAuthor" else "only people with a licence may use it"
        )
    if (_text(meta.get("modification")) or "prohibited") == "prohibited":
        training = "no"
        prohibited.append("it must not be altered")
    if (_text(meta.get("commercialUsage")) or "personalNonProfit") != "corporation":
        prohibited.append("companies must not use it")
    authors = meta.get("authors")
    names = ", ".join(_text(name) for name in authors if _text(name)) if isinstance(authors, list) else ""
    references = meta.get("references")
    source = _text(references[0]) if isinstance(references, list) and references else ""
    licence = _text(meta.get("licenseUrl")) or "https://vrm.dev/licenses/1.0/"
    return VrmTerms(
        f"VRM: {licence}", names or _text(meta.get("copyrightInformation")), source, redistribution, training,
        tuple(prohibited),
    )  # fmt: skip
