"""A scene split into its objects: each once, as it stands in the world, with its textures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.assets.importing.discover import ImportRoot, discover  # noqa: E402
from dsia_gen.assets.importing.split_files import split_file  # noqa: E402
from dsia_gen.blender.characters.imports import evaluated_points, load_objects, open_file  # noqa: E402
from dsia_gen.blender.importing.split_process import different_pieces, write_piece  # noqa: E402
from tests.blender.characters.people import empty, export_glb, textured  # noqa: E402
from tests.blender.importing.model_files import SIZE, box, box_object  # noqa: E402

pytestmark = pytest.mark.blender


def scene(path: Path) -> Path:
    """Below two empties: a textured box, two more that share its mesh, and a box of twice the size with a child."""
    empty()
    holder = bpy.data.objects.new("everything", None)
    inner = bpy.data.objects.new("room", None)
    inner.parent, inner.scale = holder, (2.0, 2.0, 2.0)
    for item in (holder, inner):
        bpy.context.scene.collection.objects.link(item)
    first = box_object("chair", (10, 0, 0))
    first.data.materials.append(textured("wood", False))
    for k in range(2):
        twin = bpy.data.objects.new(f"chair twin {k}", first.data)
        twin.location = (20 + 10 * k, 0, 0)
        bpy.context.scene.collection.objects.link(twin)
        twin.parent = inner
    table = box_object("table", (0, 50, 0))
    cup = box_object("cup", (0, 0, 3))
    cup.parent = table
    first.parent = table.parent = inner
    return export_glb(path)


def test_each_object_becomes_a_file_as_it_stands_in_the_world(tmp_path: Path) -> None:
    path = scene(tmp_path / "scene.glb")
    empty()
    objects = open_file(path, tmp_path).objects
    pieces = different_pieces(objects)
    assert sorted(piece[0].name for piece in pieces) == ["chair", "table"]
    for piece in pieces:
        write_piece(piece, tmp_path / f"{piece[0].name}.glb")
    for name, size in (("chair", 2 * SIZE), ("table", 2 * SIZE * np.array([1, 1, 2]))):
        empty()
        objects = load_objects(tmp_path / f"{name}.glb", tmp_path)
        np.testing.assert_allclose(np.ptp(evaluated_points(objects), axis=0), size, atol=1e-4)
        assert any(image.size[0] == 8 for image in bpy.data.images) == (name == "chair")


def test_a_file_is_split_in_a_process_of_its_own_and_only_once(tmp_path: Path) -> None:
    folder, target = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    scene(folder / "scene.glb")
    box(folder / "single.obj")
    whole, single = sorted(discover(ImportRoot(folder)).found, key=lambda item: item.name)
    names = [f"unpacked/scene.glb/{name}.glb" for name in ("chair", "table")]
    for _ in range(2):
        split = split_file(whole, target, 120.0, 4.0)
        assert [item.name for item in split.pieces.found] == names and split.note == ""
        (folder / "scene.glb").touch()
    assert split_file(single, target, 120.0, 4.0).pieces.found == []
