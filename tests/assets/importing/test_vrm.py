"""What avatars say of themselves; what they prohibit wins over what the user says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dsia_gen.assets.importing.entries import Terms, make_entries, prohibitions
from dsia_gen.assets.importing.vrm import vrm_joints, vrm_terms
from dsia_gen.core.errors import AssetError
from dsia_gen.spec.import_request import Measured


def avatar(tmp_path: Path, **document: Any) -> Path:
    path = tmp_path / "a.vrm"
    path.write_text(json.dumps({"asset": {"version": "2.0"}, **document}))
    return path


def version_0(tmp_path: Path, **meta: Any) -> Path:
    return avatar(tmp_path, extensions={"VRM": {"meta": meta}})


def version_1(tmp_path: Path, **meta: Any) -> Path:
    return avatar(tmp_path, extensions={"VRMC_vrm": {"meta": meta}})


OPEN_0 = {"allowedUserName": "Everyone", "commercialUssageName": "Allow"}
OPEN_1 = {
    "avatarPermission": "everyone", "commercialUsage": "corporation", "modification": "allowModification",
    "allowRedistribution": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("meta", "licence", "redistribution", "training"),
    [
        ({**OPEN_0, "licenseName": "CC0"}, "VRM: CC0-1.0", "yes", "yes"),
        ({**OPEN_0, "licenseName": "CC_BY"}, "VRM: CC-BY", "yes", "yes"),
        ({**OPEN_0, "licenseName": "CC_BY_NC"}, "VRM: CC-BY-NC", "unknown", "unknown"),
        ({**OPEN_0, "licenseName": "CC_BY_ND"}, "VRM: CC-BY-ND", "unknown", "no"),
        ({**OPEN_0, "licenseName": "Redistribution_Prohibited"}, "VRM: Redistribution_Prohibited", "no", "unknown"),
        (
            {**OPEN_0, "licenseName": "Other", "otherLicenseUrl": "https://x.y"},
            "VRM: https://x.y",
            "unknown",
            "unknown",
        ),
        ({"licenseName": "CC0", "allowedUserName": "OnlyAuthor"}, "VRM: CC0-1.0", "yes", "no"),
        ({"licenseName": "CC0", "allowedUserName": "ExplicitlyLicensedPerson"}, "VRM: CC0-1.0", "yes", "no"),
        ({**OPEN_0, "licenseName": "CC0", "commercialUssageName": "Disallow"}, "VRM: CC0-1.0", "yes", "unknown"),
        ({}, "VRM: Redistribution_Prohibited", "no", "no"),
    ],
)
def test_terms_of_version_0(
    tmp_path: Path, meta: dict[str, Any], licence: str, redistribution: str, training: str
) -> None:
    terms = vrm_terms(version_0(tmp_path, author="A. Maker", **meta))
    assert terms is not None and terms.attribution == "A. Maker"
    assert (terms.licence, terms.redistribution, terms.training) == (licence, redistribution, training)


@pytest.mark.parametrize(
    ("change", "redistribution", "training"),
    [
        ({}, "yes", "unknown"),
        ({"allowRedistribution": False}, "no", "unknown"),
        ({"avatarPermission": "onlyAuthor"}, "yes", "no"),
        ({"avatarPermission": "onlySeparatelyLicensedPerson"}, "yes", "no"),
        ({"modification": "prohibited"}, "yes", "no"),
        (dict.fromkeys(OPEN_1), "no", "no"),
    ],
)
def test_terms_of_version_1(tmp_path: Path, change: dict[str, Any], redistribution: str, training: str) -> None:
    terms = vrm_terms(version_1(tmp_path, authors=["A", "B"], **(OPEN_1 | change)))
    assert terms is not None and terms.attribution == "A, B"
    assert (terms.redistribution, terms.training) == (redistribution, training)


def test_other_files_say_nothing(tmp_path: Path) -> None:
    assert vrm_terms(avatar(tmp_path)) is None and vrm_joints(avatar(tmp_path)) == {}
    assert vrm_terms(tmp_path / "a.fbx") is None and vrm_joints(tmp_path / "a.obj") == {}
    (tmp_path / "cut.vrm").write_bytes(b"glTF")
    with pytest.raises(AssetError, match="cut off"):
        vrm_terms(tmp_path / "cut.vrm")


def test_bones_of_one_name_are_not_taken_for_exact(tmp_path: Path) -> None:
    nodes = [{"name": "hips"}, {"name": "leg"}, {"name": "leg"}]
    human = {"humanBones": {"hips": {"node": 0}, "leftUpperLeg": {"node": 1}, "rightUpperLeg": {"node": 2}}}
    assert vrm_joints(avatar(tmp_path, nodes=nodes, extensions={"VRMC_vrm": {"humanoid": human}})) == {}
    nodes[2]["name"] = "leg.R"
    found = vrm_joints(avatar(tmp_path, nodes=nodes, extensions={"VRMC_vrm": {"humanoid": human}}))
    assert found == {"Hips": "hips", "LeftUpLeg": "leg", "RightUpLeg": "leg.R"}


@pytest.mark.parametrize("broken", [{"humanBones": 7}, {"humanBones": [{"bone": "hips", "node": 99}, 3]}, [], None])
@pytest.mark.parametrize("name", ["VRM", "VRMC_vrm"])
def test_broken_maps_are_no_maps(tmp_path: Path, broken: Any, name: str) -> None:
    assert vrm_joints(avatar(tmp_path, extensions={name: {"humanoid": broken, "meta": 5}})) == {}
    assert vrm_terms(avatar(tmp_path, extensions={name: {"meta": broken}})) is not None


def entries(found: Measured, **stated: Any) -> list[Any]:
    return make_entries("a.vrm", "folder", "", found, {}, Terms(**stated), ())


def test_what_a_file_prohibits_wins_over_what_the_user_says() -> None:
    found = Measured(kind="character", height=1.7, licence="VRM: x", redistribution="no", training="unknown")
    (entry,) = entries(found, licence="CC0", redistribution="yes", training="yes")
    assert (entry.redistribution, entry.training, entry.licence) == ("no", "yes", "VRM: x")
    (open_,) = entries(found.model_copy(update={"redistribution": "unknown"}), licence="CC0")
    assert (open_.redistribution, open_.licence) == ("yes", "CC0-1.0")
    assert prohibitions(None) == {}


def test_each_figure_of_a_file_is_an_entry() -> None:
    ben = Measured(kind="character", height=1.9, facing="+X", figure=2, name="Ben")
    ann = Measured(kind="character", height=1.6, figure=1, name="Ann", others=(ben,))
    first, second = entries(ann)
    assert (first.id, first.figure, first.height) == ("folder/a_Ann", 1, 1.6)
    assert (second.id, second.figure, second.height, second.facing) == ("folder/a_Ben", 2, 1.9, "+X")
