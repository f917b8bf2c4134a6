"""Photographed surfaces in scenes: without any nothing changes; else they go where they fit, and are counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.scene_variety import Diversity
from dsia_gen.assets.library import load_library
from dsia_gen.procedural.families import FAMILIES
from dsia_gen.sampling.holdout import held_out
from dsia_gen.sampling.scene_sampler import sample_scene
from dsia_gen.spec.asset import ProceduralObject
from dsia_gen.spec.light import Render
from dsia_gen.spec.material import ImageMaterial
from dsia_gen.spec.record import canonical_json
from dsia_gen.spec.scene import SceneSpec
from tests.sampling import own_library as own
from tests.sampling.scenes import SIZE, scene

pytestmark = pytest.mark.slow
WORN_BY = {
    "own/boards": {"floor", "wood", "planks"},
    "own/stucco": {"wall", "plaster", "concrete"},
    "own/poster": {"print", "patches", "noise"},
    "own/secret": {"floor", "wood", "planks"},
}
"""Slots' names and kinds on which each texture may lie."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("own")
    own.textures(place)
    return place


def surfaces(spec: SceneSpec) -> list[tuple[str, set[str], ImageMaterial]]:
    """Family, slot's name and kinds, and picture of every surface that wears one."""
    shapes = [i.shape for i in spec.instances if isinstance(i.shape, ProceduralObject)]
    return [
        (shape.family, {slot.name, *slot.kinds}, material)
        for shape in shapes
        for slot, material in zip(FAMILIES[shape.family].slots, shape.materials, strict=True)
        if isinstance(material, ImageMaterial)
    ]


@pytest.mark.parametrize("name", ["tiny", "indoor"])
def test_without_textures_nothing_changes(folder: Path, name: str) -> None:
    plain = canonical_json(scene(name, 1))
    assert '"image"' not in plain and '"ground"' not in plain
    # The catalogue lists textures that nobody fetched; a share of zero leaves out those that are there.
    fetched_none = load_library(["characters", "motions", "objects", "hdris", "trajectories", "textures"])
    assert canonical_json(sample_scene(own.load_scene_config(name), fetched_none, 1, SIZE, Render())) == plain
    assert canonical_json(own.scene(folder, name, 1, "textures.share=0")) == plain


def test_pictures_lie_where_they_fit_and_nothing_else_changes(folder: Path) -> None:
    worn = [own.scene(folder, name, 1, "textures.share=1") for name in ("tiny", "indoor")]
    for spec, name in zip(worn, ("tiny", "indoor"), strict=True):
        plain = scene(name, 1)
        assert spec.camera == plain.camera and spec.pairs == plain.pairs
        assert [i.motion for i in spec.instances] == [i.motion for i in plain.instances]
        assert set(spec.textures()) <= {use.id for use in spec.assets if use.kind == "texture"}
    found = [surface for spec in worn for surface in surfaces(spec)]
    for _, slot, material in found:
        assert slot & WORN_BY[material.asset], (slot, material.asset)
    assert {material.asset for _, _, material in found} == set(WORN_BY)
    ground = worn[0].environment.dome.ground if worn[0].environment.dome else None
    assert ground is not None and ground.asset == "own/meadow"
    boards = next(material for _, _, material in found if material.asset == "own/boards")
    assert boards.normal is not None and boards.normal.path == "boards_nor_gl.png"
    assert boards.roughness_map is not None and len(boards.roughness_map.sha256) == 64
    assert all(material.repeat <= 1.5 * 1.2 for _, _, material in found if material.asset == "own/boards")


def test_walls_of_a_room_wear_one_picture(folder: Path) -> None:
    spec = own.scene(folder, "indoor", 1, "textures.share=1")
    walls = {shape.materials[0] for i in spec.instances if (shape := i.shape).type == "procedural"
             and shape.family == "wall"}  # fmt: skip
    assert 1 <= len(walls) <= 2  # one of them may be accented


def test_about_the_share_asked_for_is_dressed(folder: Path) -> None:
    all_of_them, some = (len(own.scene(folder, "indoor", 1, f"textures.share={s}").textures()) for s in (1.0, 0.5))
    assert 0.2 * all_of_them < some < 0.8 * all_of_them


def test_a_scene_survives_its_json(folder: Path) -> None:
    spec = own.scene(folder, "tiny", 1, "textures.share=1")
    assert SceneSpec.model_validate_json(canonical_json(spec)) == spec


def test_what_may_not_be_trained_on_is_left_out(folder: Path) -> None:
    spec = own.scene(folder, "indoor", 1, "textures.share=1", licences="trainable")
    assert spec.textures() and "own/secret" not in spec.textures()


def test_named_textures_are_drawn_alone_and_uses_are_counted(folder: Path) -> None:
    spec = own.scene(folder, "indoor", 1, "textures.assets=[own/stucco]")
    assert set(spec.textures()) == {"own/stucco"}
    counted = Diversity()
    counted.add(spec, own.library(folder))
    assert counted.placements["texture"] == {"own/stucco": len(spec.textures())}


def test_textures_are_held_out_like_others(tmp_path: Path) -> None:
    own.record_entries(tmp_path, [own.texture(tmp_path, f"wood{k}", "wood", "floor", "wall") for k in range(12)])
    spec = own.scene(tmp_path, "indoor", 1, "textures.share=1", "holdout.share=0.4", "holdout.side=test")
    assert spec.textures() and all(held_out(name, 0.4) for name in spec.textures())
