"""Every kind of fault in a folder of assets is found, and an honest folder has none."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dsia_gen.assets.importing.import_worker import ImportLimits
from dsia_gen.assets.importing.linked_files import LinkedFiles
from dsia_gen.assets.importing.references import missing_references
from dsia_gen.assets.library import load_library
from dsia_gen.assets.library_check import check_library
from dsia_gen.assets.manifest import Entry, record_entries
from dsia_gen.core.io import file_hash
from dsia_gen.motion.bvh_writer import write_bvh
from dsia_gen.motion.skeletal_motion import SkeletalMotion
from tests.motion.rewriting import clip, from_poses

OBJ = "mtllib model.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


FAKE = ImportLimits(module="tests.assets.fake_figures")


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An object as Google's scans are laid out: the texture lies in another folder than the material says."""
    write(tmp_path / "chair/meshes/model.obj", OBJ)
    write(tmp_path / "chair/meshes/model.mtl", "newmtl m\nmap_Kd texture.png\n")
    write(tmp_path / "chair/materials/textures/texture.png", b"png")
    record(tmp_path)
    return tmp_path


def record(folder: Path, **fields: object) -> None:
    files = {"chair/meshes/model.mtl": "", "chair/materials/textures/texture.png": ""}
    entry: dict[str, object] = {
        "id": "chair",
        "kind": "object",
        "file": "chair/meshes/model.obj",
        "sha256": file_hash(folder / "chair/meshes/model.obj"),
        "files": {name: file_hash(folder / name) for name in files},
        "source": "test",
        "licence": "CC-BY-4.0",
        "attribution": "A maker",
        "redistribution": "yes",
        "training": "yes",
    }
    record_entries(folder, [Entry.model_validate({**entry, **fields})])


def findings(folder: Path) -> list[tuple[str, str]]:
    return [(f.level, f.what) for f in check_library(load_library([], folder), limits=FAKE)]


def test_a_sound_folder_has_no_findings(folder: Path) -> None:
    assert findings(folder) == []


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda f: (f / "chair/meshes/model.obj").unlink(), ("problem", "file")),
        (lambda f: (f / "chair/meshes/model.mtl").unlink(), ("problem", "file")),
        (lambda f: write(f / "chair/meshes/model.obj", OBJ + "v 9 9 9\n"), ("problem", "hash")),
        (lambda f: write(f / "chair/materials/textures/texture.png", b"other"), ("problem", "hash")),
        (lambda f: (f / "chair/materials/textures/texture.png").unlink(), ("problem", "file")),
        (lambda f: record(f, licence="unknown"), ("problem", "licence")),
        (lambda f: record(f, attribution=" "), ("problem", "attribution")),
        (lambda f: record(f, training="unknown"), ("note", "permission")),
        (lambda f: record(f, sha256=""), ("note", "hash")),
        (lambda f: record(f, kind="character", height=5.6), ("problem", "height")),
    ],
)
def test_each_fault_is_found(folder: Path, spoil: Callable[[Path], object], expected: tuple[str, str]) -> None:
    spoil(folder)
    assert findings(folder) == [expected]


def test_a_texture_that_leads_nowhere_is_found_when_no_hash_tells(folder: Path) -> None:
    (folder / "chair/materials/textures/texture.png").unlink()
    record_entries(folder, [load_library([], folder).entries["chair"].model_copy(update={"files": {}})])
    (finding,) = check_library(load_library([], folder))
    assert (finding.level, finding.what) == ("problem", "texture")
    assert "texture.png" in finding.message


def test_entries_of_the_catalogue_are_not_missing() -> None:
    remote = Entry(id="a", kind="object", fetch="gso:a", source="s", licence="CC-BY-4.0", attribution="b",
                   redistribution="yes", training="yes")  # fmt: skip
    library = load_library(["trajectories"])
    library.entries.clear()
    library.entries["a"] = remote
    assert check_library(library) == []


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("map_Kd -s 1 1 1 -o 0 0 0 skin.png", []),
        ("map_Kd two words.png", []),
        ("map_Kd C:\\art\\skin.png", []),
        ("map_Kd SKIN.jpg", []),
        ("map_Bump -bm 0.5 normals.png", ["normals.png"]),
        ("# map_Kd gone.png", []),
    ],
)
def test_the_maps_of_an_obj(tmp_path: Path, line: str, missing: list[str]) -> None:
    write(tmp_path / "skin.png", b"x")
    write(tmp_path / "two words.png", b"x")
    write(tmp_path / "model.mtl", f"newmtl m\n{line}\n")
    assert named_and_gone(write(tmp_path / "model.obj", OBJ)) == missing


def test_an_obj_without_its_material_file(tmp_path: Path) -> None:
    assert named_and_gone(write(tmp_path / "model.obj", OBJ)) == ["model.mtl"]


@pytest.mark.parametrize("binary", [False, True])
def test_the_images_and_buffers_of_a_gltf(tmp_path: Path, binary: bool) -> None:
    document = {
        "asset": {"version": "2.0"},
        "images": [{"uri": "a%20b.png"}, {"uri": "gone.png"}, {"uri": "data:image/png;base64,AA=="}, {"bufferView": 0}],
        "textures": [{"source": index} for index in range(4)],
        "buffers": [{"uri": "gone.bin", "byteLength": 4}, {"byteLength": 4}],
    }
    write(tmp_path / "a b.png", b"x")
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    glb = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text
    path = write(tmp_path / ("m.glb" if binary else "m.gltf"), glb if binary else text)
    assert named_and_gone(path) == ["gone.bin", "gone.png"]


def test_a_broken_file_is_a_problem_and_not_a_crash(folder: Path) -> None:
    write(folder / "broken.glb", b"glTF" + bytes(8))
    record(folder, id="broken", file="broken.glb", sha256="", files={})
    assert ("problem", "content") in findings(folder)


def moving(folder: Path, motion: SkeletalMotion) -> list[tuple[str, str, str]]:
    write_bvh(motion, folder / "clip.bvh")
    fields = {"id": "clip", "kind": "motion", "file": "clip.bvh", "files": {}, "sha256": file_hash(folder / "clip.bvh")}
    record(folder, **fields)
    found = [f for f in check_library(load_library([], folder)) if f.asset == "clip"]
    return [(f.level, f.what, f.message) for f in found]


def test_a_clip_in_which_bones_stretch_is_a_problem(folder: Path) -> None:
    motion = clip("walk")
    assert moving(folder, motion) == []
    positions, rotations = motion.world_poses()
    feet = [motion.names.index(side + part) for side in ("Left", "Right") for part in ("Foot", "ToeBase")]
    # Feet that hang from the root stay where they begin while the body walks off.
    positions[:, feet] = positions[:1, feet]
    hung = from_poses(
        motion.names, motion.parents, positions, rotations, motion.ends, motion.frame_time, tuple(range(22))
    )
    ((level, what, message), *_) = moving(folder, hung)
    assert (level, what) == ("problem", "motion") and "changes its length" in message


def test_a_clip_that_is_a_pose_or_lost_frames_is_told(folder: Path) -> None:
    motion = clip("walk")
    ((level, what, message),) = moving(folder, replace(motion, values=motion.values[:1]))
    assert (level, what) == ("problem", "motion") and "is a pose" in message
    assert moving(folder, motion) == []
    path = folder / "clip.bvh"
    path.write_text(path.read_text(encoding="utf-8").replace("Frames: 36", "Frames: 40"), encoding="utf-8")
    record(folder, id="clip", kind="motion", file="clip.bvh", files={}, sha256=file_hash(path))
    (note,) = [f for f in check_library(load_library([], folder)) if f.asset == "clip"]
    assert note.level == "note" and "states 40 frames and has 36" in note.message


def named_and_gone(path: Path) -> list[str]:
    return missing_references(path, LinkedFiles(path, path.parent))
