"""Parametric characters: one closed, light, symmetric, deterministic skin with sound weights."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.characters import build_character  # noqa: E402
from dsia_gen.motion.skeleton import JOINTS  # noqa: E402
from dsia_gen.procedural.people.anatomy import Anatomy  # noqa: E402
from dsia_gen.procedural.people.hair import hair as hair_field  # noqa: E402
from dsia_gen.procedural.people.hair import headwear as headwear_field  # noqa: E402
from dsia_gen.procedural.people.person import SLOTS, half_surface, with_mirror_image  # noqa: E402
from dsia_gen.procedural.people.wardrobe import Wardrobe  # noqa: E402
from dsia_gen.spec.asset import BodyShape, Headwear, Overwear, ParametricCharacter  # noqa: E402
from tests.blender.characters.people import PLAIN, empty, extent, outfit  # noqa: E402

pytestmark = pytest.mark.blender
CAST = [
    ParametricCharacter(body=BodyShape(), outfit=outfit()),
    ParametricCharacter(
        body=BodyShape(height=1.2, head=1.25, legs=0.93), outfit=outfit(hair_style="long", sleeves="long", legs="skirt")
    ),
    ParametricCharacter(
        body=BodyShape(height=1.9, girth=1.35, shoulders=0.9),
        outfit=outfit(
            headwear=Headwear(style="cap", cloth=PLAIN),
            over=Overwear(style="coat", cloth=PLAIN),
            scarf=PLAIN,
            bag=PLAIN,
            beard="full",
            glasses="dark",
            sleeves="none",
            legs="shorts",
        ),
    ),
]


def no_files(_file):
    raise AssertionError("a parametric character needs no file")


@pytest.fixture(scope="module", params=CAST, ids=["average", "child", "heavy"])
def built(request):
    empty()
    return request.param, build_character(request.param, no_files, "someone")


def skin(root):
    meshes = [o for o in root.children_recursive if o.type == "MESH"]
    assert len(meshes) == 1
    return meshes[0]


def test_size_place_and_budget(built) -> None:
    character, root = built
    assert root.type == "ARMATURE" and root.matrix_world.is_identity
    low, high = extent(root)
    assert low[2] == pytest.approx(0.0, abs=0.004)
    hair = 0.10 * character.body.height
    assert character.body.height - 0.01 < high[2] < character.body.height + hair
    np.testing.assert_allclose(low[0], -high[0], atol=0.01)
    assert len(skin(root).data.polygons) < 40_000
    assert all(len(p.vertices) == 3 for p in skin(root).data.polygons)


def test_the_face_looks_along_minus_y(built) -> None:
    _, root = built
    item = skin(root)
    pupil = item.data.materials.find("someone.pupil")
    centres = [np.array(p.center) for p in item.data.polygons if p.material_index == pupil]
    assert len(centres) > 10
    head = np.array(root.data.bones["Head"].head_local)
    assert np.mean(centres, axis=0)[1] < head[1] - 0.03


def test_every_slot_is_worn(built) -> None:
    character, root = built
    item = skin(root)
    index = np.empty(len(item.data.polygons), dtype=np.int32)
    item.data.polygons.foreach_get("material_index", index)
    names = [m.name.removeprefix("someone.") for m in item.data.materials]
    extras = set() if character.outfit.bag is None else {"headwear", "over", "scarf", "bag", "rims", "lenses"}
    assert set(names) == set(SLOTS) - {"headwear", "over", "scarf", "bag", "rims", "lenses"} | extras
    counts = dict(zip(names, np.bincount(index, minlength=len(names)), strict=True))
    least = {slot: counts[slot] for slot in {"skin", "top", "bottom", "shoes", "hair", *extras} - {"lenses"}}
    assert min(least.values()) > 150, least


def test_weights_sum_to_one_and_bones_are_the_canonical_joints(built) -> None:
    _, root = built
    item = skin(root)
    assert {b.name for b in root.data.bones} == set(JOINTS) == {g.name for g in item.vertex_groups}
    sums = np.array([sum(g.weight for g in v.groups) for v in item.data.vertices])
    np.testing.assert_allclose(sums, 1.0, atol=1e-4)
    assert max(len(v.groups) for v in item.data.vertices) <= 4


def test_left_limbs_do_not_move_the_right_half(built) -> None:
    character, root = built
    item = skin(root)
    groups = {g.index for g in item.vertex_groups if g.name.startswith("Left") and "Shoulder" not in g.name}
    flared = character.outfit.legs == "skirt" or character.outfit.over is not None
    margin = 0.12 if flared else 0.04
    for vertex in item.data.vertices:
        if vertex.co.x < -margin * character.body.height:
            assert sum(g.weight for g in vertex.groups if g.group in groups) < 0.1


def test_textures_are_drawn_in_the_undeformed_body(built) -> None:
    _, root = built
    block = skin(root).data
    rest, position = np.empty(3 * len(block.vertices)), np.empty(3 * len(block.vertices))
    block.attributes["rest_position"].data.foreach_get("vector", rest)
    block.vertices.foreach_get("co", position)
    np.testing.assert_allclose(rest, position, atol=1e-6)


@pytest.fixture(scope="module", params=CAST, ids=["average", "child", "heavy"])
def surface(request):
    wardrobe = Wardrobe(Anatomy(request.param.body), request.param.outfit)
    vertices, triangles, labels = half_surface(wardrobe)
    return wardrobe, *with_mirror_image(vertices, triangles), np.concatenate([labels, labels])


def test_the_skin_is_closed(surface) -> None:
    _, _, triangles, _ = surface
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert np.all(counts % 2 == 0), "no hole: every edge has a face on each side"
    assert np.mean(counts == 2) > 0.998, "layers of cloth touch in few places"


def test_the_skin_is_one_piece(surface) -> None:
    _, vertices, triangles, _ = surface
    label = np.arange(len(vertices))
    while True:
        least = label.copy()
        np.minimum.at(least, triangles.ravel(), np.repeat(label[triangles].min(axis=1), 3))
        least = least[least]
        if np.array_equal(least, label):
            break
        label = least
    assert len(np.unique(label[triangles])) == 1


def test_faces_look_outwards(surface) -> None:
    _, vertices, triangles, _ = surface
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    volume = np.einsum("fi,fi->f", a, np.cross(b, c)).sum() / 6
    assert 0.01 < volume < 0.25, "cubic metres of a person"


def test_the_same_record_gives_the_same_skin(surface) -> None:
    wardrobe, vertices, triangles, labels = surface
    half = half_surface(Wardrobe(Anatomy(wardrobe.body.shape), wardrobe.outfit))
    again = (*with_mirror_image(*half[:2]), np.tile(half[2], 2))
    for one, two in zip((vertices, triangles, labels), again, strict=True):
        assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize(
    "style", ["bald", "crop", "short", "curls", "afro", "bob", "long", "bun", "ponytail", "pigtails"]
)
def test_every_hair_style_is_a_field_of_its_own(style: str) -> None:
    wardrobe = Wardrobe(Anatomy(BodyShape()), outfit(hair_style=style))
    body = wardrobe.body
    above, nose = body.head_point(0.0, 0.05, 1.02), body.head_point(0.0, -0.48, 0.35)
    values = hair_field(wardrobe.body, wardrobe.outfit, np.stack([above, nose]))
    assert (values[0] < 0) == (style != "bald")
    assert values[1] > 0, "the nose stays free"


@pytest.mark.parametrize("style", ["cap", "beanie", "hat", "headscarf"])
def test_headwear_covers_the_crown_and_leaves_hair_below_it(style: str) -> None:
    wardrobe = Wardrobe(Anatomy(BodyShape()), outfit(headwear=Headwear(style=style, cloth=PLAIN)))
    body = wardrobe.body
    above, nose, temple = (
        body.head_point(0, 0.05, 1.02),
        body.head_point(0, -0.48, 0.35),
        body.head_point(0.35, 0.1, 0.55),
    )
    crown, face = headwear_field(wardrobe.body, style, np.stack([above, nose]))
    assert crown < 0 < face
    hair = hair_field(wardrobe.body, wardrobe.outfit, np.stack([above, temple]))
    assert hair[1] < 0.01, "hair beside the ear"
    assert hair[0] > crown, "what is on the head hides the hair"


@pytest.mark.parametrize("beard", ["moustache", "goatee", "full", "long"])
def test_beards_leave_lips_and_nose_free(beard: str) -> None:
    wardrobe = Wardrobe(Anatomy(BodyShape()), outfit(hair_style="bald", beard=beard))
    body = wardrobe.body
    lips, nose, lip = body.head_point(0, -0.38, 0.19), body.head_point(0, -0.47, 0.35), body.head_point(0, -0.39, 0.28)
    values = hair_field(wardrobe.body, wardrobe.outfit, np.stack([lips, nose, lip]))
    assert values[0] > 0 and values[1] > 0 > values[2]
