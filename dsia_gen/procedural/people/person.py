"""The surface of a parametric person: body and clothes as one mesh with a material slot for each face. numpy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.motion.skeleton import JOINTS
from dsia_gen.procedural.mesh import MeshData, icosphere, mesh
from dsia_gen.procedural.people.anatomy import Anatomy, softly_folded
from dsia_gen.procedural.people.glasses import glasses
from dsia_gen.procedural.people.isosurface import Ints, axis_nodes, cut, onto, sample, surface_nets, triangulated
from dsia_gen.procedural.people.signed_distance import Array
from dsia_gen.procedural.people.skin_weights import skin_weights
from dsia_gen.procedural.people.wardrobe import Wardrobe
from dsia_gen.spec.asset import Outfit, ParametricCharacter

Decimate = Callable[[Array, Ints, Array, int], tuple[Array, Ints]]
"""(vertices (V, 3), triangles (F, 3), freedom (V,), faces) -> a surface with about so many faces."""

SLOTS = (
    "skin", "top", "bottom", "shoes", "sole", "hair", "headwear", "over", "scarf", "bag",
    "lips", "brow", "sclera", "iris", "pupil", "rims", "lenses",
)  # fmt: skip
"""Materials by name; a character has those that it wears, in this order."""
_GARMENTS = SLOTS[:10]
IRIS, PUPIL = 36.0, 16.0
"""Radii in degrees, seen from the middle of the eyeball."""
FACES = 28_000
"""Triangles of a body before seams are cut and eyes are added."""
_DECALS = ("lips", "brow")


@dataclass(frozen=True)
class SkinnedPerson:
    """A person in bind pose, in metres, facing -Y, standing on the origin.

    weights: (V, len(JOINTS)) of the vertices of `mesh`. worn: the materials of its slots by name. joints: their world
    positions (3,). tips: the ends (3,) of the last bones.
    """

    mesh: MeshData
    weights: Array
    worn: tuple[str, ...]
    joints: dict[str, Array]
    tips: dict[str, Array]


def skinned_person(character: ParametricCharacter, decimate: Decimate) -> SkinnedPerson:
    """The skinned mesh of a character, with below 40,000 triangles; the same record gives the same mesh."""
    body = Anatomy(character.body)
    wardrobe = Wardrobe(body, character.outfit)
    vertices, triangles, labels = body_surface(wardrobe, decimate)
    owner = _owners(len(vertices), triangles, labels)
    weights = skin_weights(
        body,
        vertices,
        triangles,
        hair=np.maximum(owner["hair"], owner["headwear"]),
        bottom=owner["bottom"],
        flared=_flared(character.outfit, owner, vertices[:, 2] < body.trunk_z(-0.02)),
        bag=owner["bag"],
    )
    eyes, eye_faces, eye_labels = _on_the_face(body, character.outfit)
    head = np.zeros((len(eyes), len(JOINTS)))
    head[:, JOINTS.index("Head")] = 1.0
    data = mesh(np.concatenate([vertices, eyes]), np.concatenate([triangles, eye_faces + len(vertices)]), smooth=True)
    worn, data.slots[:] = np.unique(np.concatenate([labels, eye_labels]), return_inverse=True)
    tips = {"Head": body.head_point(0, 0, 1.0), "LeftHand": body.hand_tip}
    return SkinnedPerson(data, np.concatenate([weights, head]), tuple(SLOTS[i] for i in worn), body.joints, tips)


def body_surface(wardrobe: Wardrobe, decimate: Decimate) -> tuple[Array, Ints, Ints]:
    """Vertices (V, 3), triangles (F, 3) and material slots (F,) of body and clothes, mirrored about x = 0."""
    x, y, z = _grid(wardrobe)
    body = wardrobe.body

    def union(p: Array) -> Array:
        return wardrobe.union(softly_folded(body, p))

    half = sample(union, x, y, z)
    values = np.concatenate([half[:0:-1], half])
    vertices, quads = surface_nets(values, np.concatenate([-x[:0:-1], x]), y, z)
    vertices, triangles = decimate(vertices, triangulated(vertices, quads), _detail(body, vertices), FACES)
    vertices = onto(union, vertices, 0.003 * body.height, steps=2)
    vertices, triangles = _cut_seams(wardrobe, vertices, triangles)
    return vertices, triangles, _labels(wardrobe, vertices, triangles)


def _detail(body: Anatomy, vertices: Array) -> Array:
    """(V,) how much of the detail at a vertex may go: nothing on the face, little on hands, the rest freely."""
    s = body.head_height
    q = (np.abs(vertices) * np.array([1.0, 0.0, 0.0]) + vertices * np.array([0.0, 1.0, 1.0]) - body.head_origin) / s
    face = np.clip(
        2.0 - np.linalg.norm((q - np.array([0.0, -0.33, 0.40])) / np.array([0.36, 0.20, 0.42]), axis=1), 0, 1
    )
    hand = np.clip(
        2.0 - np.linalg.norm(q * s + body.head_origin - body.joints["LeftHand"], axis=1) / (0.07 * body.height), 0, 1
    )
    return 1.0 - np.maximum(face, 0.6 * hand)


def _grid(wardrobe: Wardrobe) -> tuple[Array, Array, Array]:
    """Nodes along X (from 0 on), Y and Z: finer at the head and the hands."""
    body = wardrobe.body
    h, s = body.height, body.head_height
    belly = 0.155 + 0.08 * max(body.stout - 1.0, 0.0)
    back = 0.058 * body.stout + 0.135 if wardrobe.outfit.bag else 0.175
    hand, tip = body.joints["LeftHand"], body.hand_tip
    wide, front = float(tip[0]) + 0.06 * h, float(body.head_origin[1])
    face = (body.chin + 0.12 * s, body.chin + 0.64 * s, 0.0027 * h)
    palm, feet = (float(tip[2]) - 0.03 * h, float(hand[2]), 0.0050 * h), (-0.02 * h, 0.03 * h, 0.0052 * h)
    head = (body.chin - 0.05 * s, body.chin + 0.95 * s, 0.0045 * h)
    x = axis_nodes(0.0, wide, 0.0072 * h, [(0.0, 0.26 * s, 0.0029 * h), (hand[0] - 0.01 * h, wide, 0.0042 * h)])
    y = axis_nodes(-belly * h, back * h, 0.0062 * h, [(front - 0.50 * s, front - 0.26 * s, 0.0032 * h)])
    z = axis_nodes(-0.02 * h, h + 0.42 * s, 0.0072 * h, [palm, face, head, feet])
    return x, y, z


def _marks(wardrobe: Wardrobe, vertices: Array) -> dict[str, Array]:
    """Values by slot: a surface point belongs to the slot with the least; decals are painted where below zero."""
    p = softly_folded(wardrobe.body, vertices)
    marks = wardrobe.fields(p)
    body = wardrobe.body
    marks["lips"] = body.lips(p) - 0.008 * body.head_height
    marks["brow"] = body.brow_line(p)
    return marks


def _cut_seams(wardrobe: Wardrobe, vertices: Array, triangles: Ints) -> tuple[Array, Ints]:
    marks = _marks(wardrobe, vertices)
    for slot in [slot for slot in (*_GARMENTS[1:], *_DECALS) if slot in marks]:
        if slot in _DECALS:
            values = marks[slot]
        else:
            values = marks[slot] - np.minimum.reduce([marks[g] for g in _worn(marks) if g != slot])
        before = vertices
        vertices, triangles = cut(before, triangles, values)
        marks = _renewed(wardrobe, marks, before, vertices)
    return vertices, triangles


def _worn(marks: dict[str, Array]) -> list[str]:
    return [slot for slot in _GARMENTS if slot in marks]


def _renewed(wardrobe: Wardrobe, marks: dict[str, Array], before: Array, after: Array) -> dict[str, Array]:
    """Marks of the vertices after a cut, computed only where vertices moved or are new."""
    fresh = np.ones(len(after), dtype=bool)
    fresh[: len(before)] = np.any(after[: len(before)] != before, axis=1)
    values = _marks(wardrobe, after[fresh])
    whole = {}
    for slot, old in marks.items():
        whole[slot] = np.empty(len(after))
        whole[slot][: len(before)] = old
        whole[slot][fresh] = values[slot]
    return whole


def _labels(wardrobe: Wardrobe, vertices: Array, triangles: Ints) -> Ints:
    marks = _marks(wardrobe, vertices[triangles].mean(axis=1))
    index = np.array([SLOTS.index(slot) for slot in _worn(marks)])
    labels = index[np.argmin(np.stack([marks[g] for g in _worn(marks)]), axis=0)]
    for decal in _DECALS:
        labels = np.where((labels == 0) & (marks[decal] < 0), SLOTS.index(decal), labels)
    return labels


def _owners(count: int, triangles: Ints, labels: Ints) -> dict[str, Array]:
    """(V,) 1 for vertices all of whose faces belong to a slot, by slot."""
    owners = {}
    for i, slot in enumerate(_GARMENTS):
        other = np.zeros(count)
        other[triangles[labels != i]] = 1.0
        owners[slot] = 1.0 - other
    return owners


def _flared(outfit: Outfit, owner: dict[str, Array], low: NDArray[np.bool_]) -> Array:
    """(V,) 1 where cloth is wider than a leg: skirts and the tails of coats."""
    skirt = owner["bottom"] if outfit.legs == "skirt" else np.zeros(len(low))
    tails = owner["over"] * low if outfit.over and outfit.over.style == "coat" else np.zeros(len(low))
    return np.maximum(skirt, tails)


def _on_the_face(body: Anatomy, outfit: Outfit) -> tuple[Array, Ints, Ints]:
    """What moves with the head and is no part of its surface: eyes and glasses (vertices, triangles, slots)."""
    points, faces, labels = _eyes(body)
    if outfit.glasses == "none":
        return points, faces, labels
    more, bars, lens = glasses(body, outfit.glasses)
    slots = np.where(lens > 0, SLOTS.index("lenses"), SLOTS.index("rims"))
    return np.concatenate([points, more]), np.concatenate([faces, bars + len(points)]), np.concatenate([labels, slots])


def _eyes(body: Anatomy) -> tuple[Array, Ints, Ints]:
    """Both eyeballs with an iris and a pupil that look straight ahead: vertices, triangles, slots."""
    ball = icosphere(4, 1.0)
    points, faces = ball.vertices, ball.corners.reshape(-1, 3).astype(np.int64)
    angle = np.degrees(np.arccos(np.clip(-points[:, 1] / np.linalg.norm(points, axis=1), -1, 1)))
    for limit in (IRIS, PUPIL):
        cut_points, faces = cut(points, faces, angle - limit)
        points = cut_points / np.linalg.norm(cut_points, axis=1, keepdims=True)
        angle = np.degrees(np.arccos(np.clip(-points[:, 1], -1, 1)))
    middle = points[faces].mean(axis=1)
    off = np.degrees(np.arccos(np.clip(-middle[:, 1] / np.linalg.norm(middle, axis=1), -1, 1)))
    labels = np.where(
        off < PUPIL, SLOTS.index("pupil"), np.where(off < IRIS, SLOTS.index("iris"), SLOTS.index("sclera"))
    )
    front = middle[:, 1] < 0.25
    faces, labels = faces[front], labels[front]
    centre, radius = body.eye()
    both = [centre + radius * points, centre * np.array([-1.0, 1.0, 1.0]) + radius * points]
    return np.concatenate(both), np.concatenate([faces, faces + len(points)]), np.concatenate([labels, labels])
