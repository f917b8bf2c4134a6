"""Files that mean harm: scripts, drivers, bombs, and paths that lead out of their folder. Nothing of it happens."""

from __future__ import annotations

import json
import os
import struct
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

bpy = pytest.importorskip("bpy")

from dsia_gen.assets.importing.entries import Terms  # noqa: E402
from dsia_gen.assets.importing.import_folder import ImportBounds, import_folder  # noqa: E402
from dsia_gen.assets.importing.import_worker import ImportLimits, open_files  # noqa: E402
from dsia_gen.blender.characters.imported_textures import used_images  # noqa: E402
from dsia_gen.blender.characters.imports import evaluated_points, load_objects  # noqa: E402
from dsia_gen.blender.characters.mesh_file import build_mesh_file  # noqa: E402
from dsia_gen.core.errors import AssetError  # noqa: E402
from dsia_gen.spec.asset import MeshFile  # noqa: E402
from dsia_gen.spec.import_request import ImportFile, ImportRequest  # noqa: E402
from tests.blender.characters.people import asset, empty, export_glb, textured  # noqa: E402

pytestmark = pytest.mark.blender


def evil_blend(path: Path, mark: Path) -> Path:
    """A cube with a text block that runs at opening, and scripted drivers of object, shape key and material."""
    empty()
    bpy.ops.mesh.primitive_cube_add(size=2)
    item = bpy.context.object
    text = bpy.data.texts.new("autorun.py")
    text.write(f"open({str(mark)!r}, 'w').write('text')\n")
    text.use_module = True
    item.data.materials.append(textured("paint", False))
    item.shape_key_add(name="Basis")
    key = item.shape_key_add(name="push")
    socket = item.data.materials[0].node_tree.nodes["Principled BSDF"].inputs["Roughness"]
    for curve in (item.driver_add("location", 0), key.driver_add("value"), socket.driver_add("default_value")):
        curve.driver.type = "SCRIPTED"
        curve.driver.expression = f"len(open({str(mark)!r}, 'w').name)"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    empty()
    return path


def test_scripts_and_drivers_of_a_blend_do_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "written"
    path = evil_blend(tmp_path / "evil.blend", mark)
    mark.unlink(missing_ok=True)
    item = build_mesh_file(MeshFile(file=asset(path)), path, "thing")
    bpy.context.scene.frame_set(7)
    assert len(evaluated_points([item])) == 8 and not mark.exists()
    assert len(bpy.data.texts) == 0
    owners = [*bpy.data.objects, *bpy.data.shape_keys, *(m.node_tree for m in bpy.data.materials if m.node_tree)]
    assert not any(o.animation_data and o.animation_data.drivers for o in owners)


def test_the_evil_blend_would_do_it_where_it_is_let(tmp_path: Path) -> None:
    """The trap of the test above works: with scripts allowed, the file is written."""
    mark = tmp_path / "written"
    path = evil_blend(tmp_path / "evil.blend", mark)
    mark.unlink(missing_ok=True)
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path), use_scripts=True)
        assert mark.exists()
    finally:
        bpy.context.preferences.filepaths.use_scripts_auto_execute = False
        bpy.ops.wm.read_factory_settings(use_empty=True)


def secret_picture(folder: Path) -> Path:
    """A bright red picture outside of every asset folder."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (255, 0, 0)).save(folder / "secret.png")
    return folder / "secret.png"


@pytest.mark.parametrize("suffix", [".obj", ".fbx", ".blend"])
@pytest.mark.parametrize("way", ["absolute", "up"])
def test_pictures_outside_the_folder_are_not_read(tmp_path: Path, suffix: str, way: str) -> None:
    secret = secret_picture(tmp_path / "private")
    folder = tmp_path / "assets"
    folder.mkdir()
    path = naming_picture(folder / f"a{suffix}", str(secret) if way == "absolute" else "../private/secret.png")
    with pytest.raises(AssetError, match=r"the texture .*secret\.png.* is missing"):
        load_objects(path, folder)
    empty()
    objects = load_objects(path, folder, "plain")
    assert list(used_images(objects)) == []
    assert all(not image.has_data for image in bpy.data.images if "secret" in image.name)


def naming_picture(path: Path, name: str) -> Path:
    empty()
    bpy.ops.mesh.primitive_cube_add(size=2)
    if path.suffix == ".obj":
        path.write_text("mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nusemtl m\nf 1/1 2/1 3/1\n")
        path.with_suffix(".mtl").write_text(f"newmtl m\nmap_Kd {name}\n")
        return path
    material = textured("paint", False)
    image = next(n.image for n in material.node_tree.nodes if n.bl_idname == "ShaderNodeTexImage")
    image.unpack(method="REMOVE")
    image.source = "FILE"
    image.filepath_raw = name if name.startswith("/") else f"//{name}"
    bpy.context.object.data.materials.append(material)
    if path.suffix == ".blend":
        bpy.ops.wm.save_as_mainfile(filepath=str(path), relative_remap=False)
    else:
        # As an exporter on this machine would have written it.
        image.filepath_raw = name if name.startswith("/") else str((path.parent / name).resolve())
        bpy.ops.export_scene.fbx(filepath=str(path), path_mode="ABSOLUTE" if name.startswith("/") else "RELATIVE")
    empty()
    return path


def test_a_blend_does_not_read_a_cache_outside(tmp_path: Path) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    (tmp_path / "outside.mdd").write_bytes(struct.pack(">ii", 1, 8) + bytes(200))
    empty()
    bpy.ops.mesh.primitive_cube_add(size=2)
    cache = bpy.context.object.modifiers.new("cache", "MESH_CACHE")
    cache.filepath = str(tmp_path / "outside.mdd")
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "a.blend"))
    empty()
    with pytest.raises(AssetError, match=r"a\.blend: 'Cube' reads the file '.*outside\.mdd', which lies outside"):
        load_objects(folder / "a.blend", folder)


def test_a_gltf_does_not_read_a_buffer_outside(tmp_path: Path) -> None:
    empty()
    bpy.ops.mesh.primitive_cube_add(size=2)
    folder = tmp_path / "assets"
    folder.mkdir()
    path = export_glb(folder / "a.gltf", format="GLTF_SEPARATE")
    (folder / "a.bin").rename(tmp_path / "outside.bin")
    document = json.loads(path.read_text())
    document["buffers"][0]["uri"] = "../outside.bin"
    path.write_text(json.dumps(document))
    empty()
    with pytest.raises(AssetError, match=r"names the file '\.\./outside\.bin', which lies outside"):
        load_objects(path, folder)
    assert len(bpy.data.objects) == 0
    assert load_objects(path, tmp_path)  # the same file, inside a larger asset folder


def test_a_texture_that_promises_too_much_is_refused_unopened(tmp_path: Path) -> None:
    path = naming_picture(tmp_path / "a.obj", "bomb.png")
    head = struct.pack(">4sIIBBBBB", b"IHDR", 100_000, 100_000, 8, 2, 0, 0, 0)
    data = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data + struct.pack(">I4sI", 0, b"IDAT", 0))
    with pytest.raises(AssetError, match="100000 x 100000 pixels; make it smaller"):
        load_objects(path, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
def test_a_file_that_eats_memory_or_hangs_is_ended_and_the_rest_go_on(tmp_path: Path) -> None:
    """Real processes: a file that grows in memory, a broken one and a good one."""
    folder = tmp_path / "in"
    folder.mkdir()
    growing(folder / "a.obj")
    (folder / "b.glb").write_bytes(b"glTF" + os.urandom(100))
    (folder / "c.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\nf 1 3 4\nf 2 3 4\n")
    bounds = ImportBounds(memory_gib=1.0, pixels=32)
    report = import_folder(
        folder, tmp_path / "out", terms=Terms(licence="CC0"), bounds=bounds, limits=ImportLimits(600.0)
    )
    states = {o.name: o.state for o in report.outcomes}
    assert states == {"a.obj": "refused", "b.glb": "refused", "c.obj": "new"}
    reason = next(o.reason for o in report.outcomes if o.name == "a.obj")
    assert "needs more than 1 GiB of memory" in reason, reason


def growing(path: Path) -> None:
    """An OBJ of 96 MB whose 12 million faces need more than 2 GiB; a small file takes 0.1, and 0.01 a core."""
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n" + "f 1 2 3\n" * 12_000_000)


def test_a_pipe_is_never_opened_and_a_time_limit_ends_a_worker(tmp_path: Path) -> None:
    """The worker itself, told to open what blocks for ever, is ended by the clock."""
    os.mkfifo(tmp_path / "a.bvh")
    request = ImportRequest(folder=str(tmp_path), out=str(tmp_path), files=(ImportFile(path="a.bvh", reader="motion"),))
    (answer,) = open_files(request, ImportLimits(3.0))
    assert answer.found is None and "not opened within 3 s" in answer.reason
