"""The surface of a parametric person: body and clothes as one mesh with a material slot for each face. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dsia_gen.motion.skeleton import JOINTS
from dsia_gen.procedural.mesh import MeshData, mesh, on_lattice
from dsia_gen.procedural.people.anatomy import Anatomy, softly_folded
from dsia_gen.procedural.people.decimation import decimated
from dsia_gen.procedural.people.glasses import glasses
from dsia_gen.procedural.people.isosurface import Ints, axis_nodes, cut, onto, sample, surface_nets, triangulated
from dsia_gen.procedural.people.signed_distance import Array, length
from dsia_gen.procedural.people.skin_weights import OTHER_SIDE, skin_weights
from dsia_gen.procedural.people.wardrobe import Wardrobe
from dsia_gen.procedural.primitives import icosphere
from dsia_gen.spec.asset import ParametricCharacter

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
NEAREST = 2.0**-12
"""Metres from the middle of the body that a vertex of one half keeps."""


@dataclass(frozen=True)
class SkinnedPerson:
    """A person in bind pose: metres, Z up, facing -Y, standing on the origin.

    Parameters
    ----------
    mesh : MeshData
        Body, clothes, eyes and glasses as triangles.
    weights : (V, len(JOINTS)) float64
        Skinning weights of the vertices of `mesh`; rows sum to 1.
    worn : tuple of str
        The material of each slot of `mesh`, one of SLOTS.
    joints : dict of str to (3,) float64
        World position of each joint.
    tips : dict of str to (3,) float64
        Ends of the bones that have no child.
    """

    mesh: MeshData
    weights: Array
    worn: tuple[str, ...]
    joints: dict[str, Array]
    tips: dict[str, Array]


def skinned_person(character: ParametricCharacter) -> SkinnedPerson:
    """Build the skinned mesh of a character.

    Parameters
    ----------
    character : ParametricCharacter
        Body shape and outfit.

    Returns
    -------
    SkinnedPerson
        With fewer than 40,000 triangles; the same record gives the same mesh.
    """
    body = Anatomy(character.body)
    wardrobe = Wardrobe(body, character.outfit)
    vertices, triangles, labels = half_surface(wardrobe)
    # (V,) 1 for vertices all of whose faces belong to a slot.
    owner = {}
    for i, slot in enumerate(_GARMENTS):
        other = np.zeros(len(vertices))
        other[triangles[labels != i]] = 1.0
        owner[slot] = 1.0 - other
    # Cloth is wider than a leg in skirts and the tails of coats.
    outfit, nothing = character.outfit, np.zeros(len(vertices))
    skirt = owner["bottom"] if outfit.legs == "skirt" else nothing
    coat = outfit.over is not None and outfit.over.style == "coat"
    tails = owner["over"] * (vertices[:, 2] < body.trunk_z(-0.02)) if coat else nothing
    weights = skin_weights(
        body,
        vertices,
        triangles,
        hair=np.maximum(owner["hair"], owner["headwear"]),
        bottom=owner["bottom"],
        flared=np.maximum(skirt, tails),
        bag=owner["bag"],
    )
    weights = np.concatenate([weights, weights[vertices[:, 0] > 0][:, OTHER_SIDE]])
    vertices, triangles = with_mirror_image(vertices, triangles)
    labels = np.concatenate([labels, labels])
    # Eyes and glasses are meshes of their own that move with the head.
    points, faces, slots = eyes(body)
    if outfit.glasses != "none":
        more, bars, lens = glasses(body, outfit.glasses)
        slots = np.concatenate([slots, np.where(lens > 0, SLOTS.index("lenses"), SLOTS.index("rims"))])
        points, faces = np.concatenate([points, more]), np.concatenate([faces, bars + len(points)])
    head = np.zeros((len(points), len(JOINTS)))
    head[:, JOINTS.index("Head")] = 1.0
    data = mesh(
        np.concatenate([vertices, on_lattice(points)]), np.concatenate([triangles, faces + len(vertices)]), smooth=True
    )
    worn, data.slots[:] = np.unique(np.concatenate([labels, slots]), return_inverse=True)
    tips = {"Head": body.head_point(0, 0, 1.0), "LeftHand": body.hand_tip}
    joints, tips = ({name: on_lattice(place) for name, place in points.items()} for points in (body.joints, tips))
    weights = on_lattice(np.concatenate([weights, head]))
    return SkinnedPerson(data, weights, tuple(SLOTS[i] for i in worn), joints, tips)


def half_surface(wardrobe: Wardrobe) -> tuple[Array, Ints, Ints]:
    """Build the left half of the surface of body and clothes.

    Parameters
    ----------
    wardrobe : Wardrobe
        The signed distances of body and garments, on the left half.

    Returns
    -------
    vertices : (V, 3) float64
        Metres, Z up, facing -Y; x is 0 on the border and positive elsewhere.
    triangles : (F, 3) int64
        Outward.
    labels : (F,) int64
        Index into SLOTS of each triangle.

    Notes
    -----
    Surface nets (Gibson 1998) of the union's signed distance, decimated, projected back onto the surface, and cut
    along the borders of garments.
    """
    x, y, z = sampling_grid(wardrobe)
    body = wardrobe.body

    def union(p: Array) -> Array:
        return wardrobe.union(softly_folded(body, p))

    values = on_lattice(sample(union, x[1:], y, z))
    vertices, quads = surface_nets(np.concatenate([values[:1], values]), x, y, z, mirrored=True)
    vertices = on_lattice(vertices)
    # (V,) how much of the detail at a vertex may go: nothing on the face, little on hands, the rest freely.
    s = body.head_height
    q = (vertices - body.head_origin) / s
    face = np.clip(2.0 - length((q - np.array([0.0, -0.33, 0.4])) / np.array([0.36, 0.2, 0.42])), 0, 1)
    hand = np.clip(2.0 - length(vertices - body.joints["LeftHand"]) / (0.07 * body.height), 0, 1)
    freedom = on_lattice(1.0 - np.maximum(face, 0.6 * hand))
    vertices, triangles = decimated(vertices, triangulated(vertices, quads), freedom, FACES // 2, mirrored=True)
    middle = vertices[:, 0] == 0
    vertices = on_lattice(onto(union, vertices, 0.003 * body.height, steps=2))
    vertices[:, 0] = np.where(middle, 0.0, np.maximum(vertices[:, 0], NEAREST))
    vertices, triangles = cut_seams(wardrobe, vertices, triangles)
    # A face belongs to the garment that is nearest at its middle; decals are painted onto the skin.
    marks = _marks(wardrobe, vertices[triangles].mean(axis=1))
    index = np.array([SLOTS.index(slot) for slot in _worn(marks)])
    labels = index[np.argmin(np.stack([marks[g] for g in _worn(marks)]), axis=0)]
    for decal in _DECALS:
        labels = np.where((labels == 0) & (marks[decal] < 0), SLOTS.index(decal), labels)
    return vertices, triangles, labels


def with_mirror_image(vertices: Array, triangles: Ints) -> tuple[Array, Ints]:
    """Complete a half by its mirror image about x = 0.

    Parameters
    ----------
    vertices : (V, 3) float64
        Metres; those with x = 0 belong to both halves.
    triangles : (F, 3) int64
        Outward.

    Returns
    -------
    vertices : (W, 3) float64
        The given ones, then the mirror images of those with x > 0, in the same order.
    triangles : (2F, 3) int64
        The given ones, then their mirror images, outward.
    """
    aside = vertices[:, 0] > 0
    image = np.arange(len(vertices))
    image[aside] = len(vertices) + np.arange(int(aside.sum()))
    both = np.concatenate([vertices, vertices[aside] * np.array([-1.0, 1.0, 1.0])])
    return both, np.concatenate([triangles, image[triangles[:, ::-1]]])


def sampling_grid(wardrobe: Wardrobe) -> tuple[Array, Array, Array]:
    """Place the nodes on which the signed distance is sampled: closer at the head and the hands.

    Parameters
    ----------
    wardrobe : Wardrobe
        Body and garments.

    Returns
    -------
    x, y, z : (N,) float64
        Rising coordinates in metres; the first two of `x` lie on both sides of the middle, equally far from it.
    """
    body = wardrobe.body
    h, s = body.height, body.head_height
    belly = 0.155 + 0.08 * max(body.stout - 1.0, 0.0)
    back = 0.058 * body.stout + 0.135 if wardrobe.outfit.bag else 0.175
    hand, tip = body.joints["LeftHand"], body.hand_tip
    wide, front = float(tip[0]) + 0.06 * h, float(body.head_origin[1])
    face = (body.chin + 0.12 * s, body.chin + 0.64 * s, 0.0027 * h)
    palm, feet = (float(tip[2]) - 0.03 * h, float(hand[2]), 0.0050 * h), (-0.02 * h, 0.03 * h, 0.0052 * h)
    head = (body.chin - 0.05 * s, body.chin + 0.95 * s, 0.0045 * h)
    step = 0.0029 * h
    x = axis_nodes(-step / 2, wide, 0.0072 * h, [(0.0, 0.26 * s, step), (hand[0] - 0.01 * h, wide, 0.0042 * h)])
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
    return {slot: on_lattice(values) for slot, values in marks.items()}


def cut_seams(wardrobe: Wardrobe, vertices: Array, triangles: Ints) -> tuple[Array, Ints]:
    """Cut the left half of a surface along the borders of garments and decals.

    Parameters
    ----------
    wardrobe : Wardrobe
        Body and garments.
    vertices : (V, 3) float64
        Metres.
    triangles : (F, 3) int64
        Vertices of each triangle.

    Returns
    -------
    vertices : (W, 3) float64
        Vertices of the cut surface.
    triangles : (G, 3) int64
        No triangle crosses a border.
    """
    marks = _marks(wardrobe, vertices)
    for slot in [slot for slot in (*_GARMENTS[1:], *_DECALS) if slot in marks]:
        if slot in _DECALS:
            values = marks[slot]
        else:
            values = marks[slot] - np.minimum.reduce([marks[g] for g in _worn(marks) if g != slot])
        before = vertices
        vertices, triangles = cut(before, triangles, values, mirrored=True)
        vertices = on_lattice(vertices)
        # Marks are computed again only where vertices moved or are new.
        fresh = np.ones(len(vertices), dtype=bool)
        fresh[: len(before)] = np.any(vertices[: len(before)] != before, axis=1)
        renewed = _marks(wardrobe, vertices[fresh])
        for name, old in marks.items():
            marks[name] = np.empty(len(vertices))
            marks[name][: len(before)] = old
            marks[name][fresh] = renewed[name]
    return vertices, triangles


def _worn(marks: dict[str, Array]) -> list[str]:
    """The garments that are worn, skin included, in the order of SLOTS."""
    return [slot for slot in _GARMENTS if slot in marks]


def eyes(body: Anatomy) -> tuple[Array, Ints, Ints]:
    """Build both eyeballs, which look straight ahead.

    Parameters
    ----------
    body : Anatomy
        Where the eyes are and how large.

    Returns
    -------
    vertices : (V, 3) float64
        Metres.
    triangles : (F, 3) int64
        The front of each ball, cut along the borders of iris and pupil.
    labels : (F,) int64
        Index into SLOTS: sclera, iris or pupil.
    """
    ball = icosphere(4, 1.0)
    points, faces = ball.vertices, ball.corners.reshape(-1, 3).astype(np.int64)
    angle = np.degrees(np.arccos(np.clip(-points[:, 1] / np.linalg.norm(points, axis=1), -1, 1)))
    for limit in (IRIS, PUPIL):
        cut_points, faces = cut(points, faces, angle - limit)
        points = cut_points / np.linalg.norm(cut_points, axis=1, keepdims=True)
        angle = np.degrees(np.arccos(np.clip(-points[:, 1], -1, 1)))
    middle = points[faces].mean(axis=1)
    off = np.degrees(np.arccos(np.clip(-middle[:, 1] / np.linalg.norm(middle, axis=1), -1, 1)))
    sclera, iris, pupil = (SLOTS.index(name) for name in ("sclera", "iris", "pupil"))
    labels = np.where(off < PUPIL, pupil, np.where(off < IRIS, iris, sclera))
    front = middle[:, 1] < 0.25
    faces, labels = faces[front], labels[front]
    centre, radius = body.eye()
    both = [centre + radius * points, centre * np.array([-1.0, 1.0, 1.0]) + radius * points]
    return np.concatenate(both), np.concatenate([faces, faces + len(points)]), np.concatenate([labels, labels])
