"""Skeletons of one body in the naming schemes of many tools, with the joints that their bones are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dsia_gen.core.rotations import Array
from dsia_gen.motion.skeleton import JOINTS, PARENTS, rest_joints
from dsia_gen.spec.asset import BodyShape

_ARM = ("Shoulder", "Arm", "ForeArm", "Hand")
_LEG = ("UpLeg", "Leg", "Foot", "ToeBase")
_WORD = {"L": "Left", "R": "Right"}
_SMALL = {"L": "left", "R": "right"}
_KANJI = {"L": "左", "R": "右"}


@dataclass(frozen=True)
class NamedSkeleton:
    """Bones with their parents and places (J, 3), and the index of each canonical joint that names must give."""

    names: list[str]
    parents: list[int]
    places: Array
    joints: dict[str, int]


def _named(
    centre: str, arm: str, leg: str, sided: Callable[[str, str], str], more: dict[str, str] | None = None
) -> dict[str, str]:
    """Canonical joint -> name. `-` is a joint that the scheme does not have."""
    names = dict(zip(("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head"), centre.split("|"), strict=True))
    for side in ("L", "R"):
        for parts, words in ((_ARM, arm), (_LEG, leg)):
            for part, word in zip(parts, words.split("|"), strict=True):
                names[_WORD[side] + part] = word if word == "-" else sided(word, side)
    return {joint: name for joint, name in (names | (more or {})).items() if name != "-"}


SCHEMES: dict[str, dict[str, str]] = {
    "Mixamo": _named("Hips|Spine|Spine1|Spine2|Neck|Head", "Shoulder|Arm|ForeArm|Hand", "UpLeg|Leg|Foot|ToeBase",
                     lambda n, s: f"{_WORD[s]}{n}"),
    "VRM": _named("J_Bip_C_Hips|J_Bip_C_Spine|J_Bip_C_Chest|J_Bip_C_UpperChest|J_Bip_C_Neck|J_Bip_C_Head",
                  "Shoulder|UpperArm|LowerArm|Hand", "UpperLeg|LowerLeg|Foot|ToeBase", lambda n, s: f"J_Bip_{s}_{n}"),
    "XxxBone": _named("HipsBone|SpineBone|Spine1Bone|ChestBone|NeckBone|HeadBone", "Shoulder|Arm|ForeArm|Hand",
                      "UpLeg|Leg|Foot|Toe", lambda n, s: f"{_WORD[s]}{n}Bone"),
    "jnt": _named("hips_jnt|spine1_jnt|spine2_jnt|chest_jnt|neck_jnt|head_jnt", "clavicle|upperArm|lowerArm|hand",
                  "upperLeg|lowerLeg|foot|toe", lambda n, s: f"{s}_{n}_jnt"),
    "jnt of joints": _named("pelvis_jnt|spine_01_jnt|-|spine_02_jnt|neck_jnt|head_jnt", "clav|shoulder|elbow|wrist",
                            "hip|knee|ankle|ball", lambda n, s: f"{s.lower()}_{n}_jnt"),
    "ARKit": _named("hips_joint|spine_1_joint|spine_2_joint|spine_3_joint|neck_1_joint|head_joint",
                    "shoulder_1|arm|forearm|hand", "upLeg|leg|foot|toes", lambda n, s: f"{_SMALL[s]}_{n}_joint"),
    "Character1": _named("Character1_Hips|Character1_Spine|Character1_Spine1|Character1_Spine2|Character1_Neck|"
                         "Character1_Head", "Shoulder|Arm|ForeArm|Hand", "UpLeg|Leg|Foot|ToeBase",
                         lambda n, s: f"Character1_{_WORD[s]}{n}"),
    "Model": _named("Model_Hips|Model_Spine|-|Model_Chest|Model_Neck|Model_Head", "Shoulder|UpperArm|LowerArm|Hand",
                    "UpperLeg|LowerLeg|Foot|Toes", lambda n, s: f"Model_{_WORD[s]}{n}"),
    "SMPL": _named("pelvis|spine1|spine2|spine3|neck|head", "collar|shoulder|elbow|wrist", "hip|knee|ankle|foot",
                   lambda n, s: f"{_SMALL[s]}_{n}"),
    "SMPL in FBX": _named("m_avg_Pelvis|m_avg_Spine1|m_avg_Spine2|m_avg_Spine3|m_avg_Neck|m_avg_Head",
                          "Collar|Shoulder|Elbow|Wrist", "Hip|Knee|Ankle|Foot", lambda n, s: f"m_avg_{s}_{n}"),
    "MakeHuman": _named("root|spine05|spine03|spine01|neck02|head", "clavicle|upperarm01|lowerarm01|wrist",
                        "upperleg01|lowerleg01|foot|toe1-1", lambda n, s: f"{n}.{s}"),
    "Rigify": _named("DEF-spine|DEF-spine.001|DEF-spine.002|DEF-spine.003|DEF-spine.004|DEF-spine.006",
                     "shoulder|upper_arm|forearm|hand", "thigh|shin|foot|toe", lambda n, s: f"DEF-{n}.{s}"),
    "OptiTrack": _named("Skeleton_Hip|Skeleton_Ab|-|Skeleton_Chest|Skeleton_Neck|Skeleton_Head",
                        "Shoulder|UArm|FArm|Hand", "Thigh|Shin|Foot|Toe", lambda n, s: f"Skeleton_{s}{n}"),
    "MMD": _named("センター|上半身|-|上半身2|首|頭", "肩|腕|ひじ|手首", "足|ひざ|足首|つま先",
                  lambda n, s: f"{_KANJI[s]}{n}"),
    "MMD in Blender": _named("センター|上半身|-|上半身2|首|頭", "肩|腕|ひじ|手首", "足D|ひざD|足首D|足先EX",
                             lambda n, s: f"{n}.{s}"),
    "MMD in English": _named("center|upper body|-|upper body 2|neck|head", "shoulder|arm|elbow|wrist",
                             "leg|knee|ankle|toe", lambda n, s: f"{n}_{s}"),
    "Quaternius": _named("Hips|Abdomen|-|Torso|Neck|Head", "Shoulder|UpperArm|LowerArm|Palm",
                         "UpperLeg|LowerLeg|Foot|-", lambda n, s: f"{n}.{s}"),
    "KayKit": _named("hips|spine|-|chest|-|head", "-|upperarm|lowerarm|wrist", "upperleg|lowerleg|foot|toes",
                     lambda n, s: f"{n}.{s.lower()}"),
    "Unreal": _named("pelvis|spine_01|spine_02|spine_03|neck_01|head", "clavicle|upperarm|lowerarm|hand",
                     "thigh|calf|foot|ball", lambda n, s: f"{n}_{s.lower()}"),
    "Character Creator": _named("CC_Base_Hip|CC_Base_Waist|CC_Base_Spine01|CC_Base_Spine02|CC_Base_NeckTwist01|"
                                "CC_Base_Head", "Clavicle|Upperarm|Forearm|Hand", "Thigh|Calf|Foot|ToeBase",
                                lambda n, s: f"CC_Base_{s}_{n}"),
    "Daz 8": _named("hip|abdomenLower|abdomenUpper|chestLower|neckLower|head", "Collar|ShldrBend|ForearmBend|Hand",
                    "ThighBend|Shin|Foot|Toe", lambda n, s: f"{s.lower()}{n}"),
    "Daz 9": _named("hip|spine1|spine2|spine3|neck1|head", "shoulder|upperarm|forearm|hand", "thigh|shin|foot|toes",
                    lambda n, s: f"{s.lower()}_{n}"),
    "Biped": _named("Bip001 Pelvis|Bip001 Spine|Bip001 Spine1|Bip001 Spine2|Bip001 Neck|Bip001 Head",
                    "Clavicle|UpperArm|Forearm|Hand", "Thigh|Calf|Foot|Toe0", lambda n, s: f"Bip001 {s} {n}"),
    "Source": _named("ValveBiped.Bip01_Pelvis|ValveBiped.Bip01_Spine|ValveBiped.Bip01_Spine1|ValveBiped.Bip01_Spine2|"
                     "ValveBiped.Bip01_Neck1|ValveBiped.Bip01_Head1", "Clavicle|UpperArm|Forearm|Hand",
                     "Thigh|Calf|Foot|Toe0", lambda n, s: f"ValveBiped.Bip01_{s}_{n}"),
    "CATS": _named("Hips|Spine|-|Chest|Neck|Head", "shoulder|arm|elbow|wrist", "leg|knee|ankle|toe",
                   lambda n, s: f"{_WORD[s]} {n}"),
    "Xsens": _named("Pelvis|L5|T12|T8|Neck|Head", "Shoulder|UpperArm|Forearm|Hand", "UpperLeg|LowerLeg|Foot|Toe",
                    lambda n, s: f"{_WORD[s]}{n}"),
    "Auto-Rig Pro": _named("root.x|spine_01.x|-|spine_02.x|neck.x|head.x", "shoulder|arm_stretch|forearm_stretch|hand",
                           "thigh_stretch|leg_stretch|foot|toes_01", lambda n, s: f"{n}.{s.lower()}"),
    "Advanced Skeleton": _named("Root_M|Spine1_M|Spine2_M|Chest_M|Neck_M|Head_M", "Scapula|Shoulder|Elbow|Wrist",
                                "Hip|Knee|Ankle|Toes", lambda n, s: f"{n}_{s}"),
    "Roblox": _named("LowerTorso|-|-|UpperTorso|-|Head", "-|UpperArm|LowerArm|Hand", "UpperLeg|LowerLeg|Foot|-",
                     lambda n, s: f"{_WORD[s]}{n}"),
    "Acclaim": _named("root|lowerback|upperback|thorax|lowerneck|head", "clavicle|humerus|radius|wrist",
                      "femur|tibia|foot|toes", lambda n, s: f"{s.lower()}{n}"),
    "Poser": _named("hip|abdomen|-|chest|neck|head", "Collar|Shldr|ForeArm|Hand", "Thigh|Shin|Foot|Toe",
                    lambda n, s: f"{s.lower()}{n}"),
    "joints in words": _named("Hips|Chest|Chest2|Chest3|Neck|Head", "Collar|Shoulder|Elbow|Wrist", "Hip|Knee|Ankle|Toe",
                              lambda n, s: f"{_WORD[s]}{n}"),
}  # fmt: skip


def skeleton(scheme: str, rename: Callable[[str], str] = lambda name: name, extras: bool = False) -> NamedSkeleton:
    """The skeleton of a scheme; with `extras` with twist bones, fingers, ends and IK targets of its own style."""
    named = SCHEMES[scheme]
    rest = dict(zip(JOINTS, rest_joints(BodyShape()), strict=True))
    names, parents, places, joints = ["Armature root"], [-1], [np.zeros(3)], dict[str, int]()

    def add(name: str, parent: int, place: Array) -> int:
        names.append(rename(name))
        parents.append(parent)
        places.append(place)
        return len(names) - 1

    for joint in JOINTS:
        if joint not in named:
            continue
        above = PARENTS[joint]
        while above is not None and above not in joints:
            above = PARENTS[above]
        joints[joint] = add(named[joint], joints[above] if above else 0, rest[joint])
    if extras:
        for side in ("Left", "Right"):
            for part, words in (("Arm", ("twist", "ShareBone")), ("UpLeg", ("Twist01", "roll")), ("Hand", ("IK",))):
                for word in words:
                    bone = joints[side + part]
                    add(f"{named[side + part]}_{word}", bone, rest[side + part] * 0.9 + 0.1 * rest["Hips"])
            for k, finger in enumerate(("Thumb", "Index", "Middle", "Ring", "Pinky")):
                offset = np.array([0.05 if side == "Left" else -0.05, 0.01 * k - 0.02, 0.0])
                one = add(f"{named[side + 'Hand']}_{finger}1", joints[side + "Hand"], rest[side + "Hand"] + offset)
                add(f"{named[side + 'Hand']}_{finger}2", one, rest[side + "Hand"] + 1.6 * offset)
            add(f"{named[side + 'Foot']}_IK", 0, rest[side + "Foot"])
            add(f"{named[side + 'Leg']}_pole", 0, rest[side + "Leg"] + [0.0, -0.5, 0.0])
        add(f"{named['Head']}_end", joints["Head"], rest["Head"] + [0.0, 0.0, 0.2])
        add(f"{named['Head']}_hair", joints["Head"], rest["Head"] + [0.0, 0.1, 0.1])
    return NamedSkeleton(names, parents, np.stack(places), joints)
