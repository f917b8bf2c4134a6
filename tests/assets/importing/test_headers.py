"""What files promise: too much, more than they have, or what cannot be read; found before anything is opened."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from dsia_gen.assets.importing.headers import MAX_ELEMENTS, check_header
from dsia_gen.core.errors import AssetError

BILLION = 10**9


def ply(vertices: int) -> bytes:
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {vertices}\nproperty float x\nend_header\n"
    return head.encode() + struct.pack("<f", 1.0) * min(vertices, 4)


def stl(triangles: int) -> bytes:
    return bytes(80) + struct.pack("<I", triangles) + bytes(50) * min(triangles, 3)


def gltf(**document: object) -> bytes:
    return json.dumps({"asset": {"version": "2.0"}, **document}).encode()


def glb(document: bytes) -> bytes:
    document += b" " * (-len(document) % 4)
    return struct.pack("<4sIII4s", b"glTF", 2, 20 + len(document), len(document), b"JSON") + document


def blend(version: bytes = b"-v405", *blocks: tuple[bytes, bytes]) -> bytes:
    data = b"BLENDER" + version
    for code, content in (*blocks, (b"ENDB", b"")):
        data += struct.pack("<4siQii", code.ljust(4, b"\0"), len(content), 1, 0, 1) + content
    return data


TOO_MUCH = {
    "a.ply": ply(BILLION),
    "a.stl": stl(BILLION),
    "a.gltf": gltf(accessors=[{"componentType": 5126, "count": BILLION, "type": "VEC3"}]),
    "a.glb": glb(gltf(accessors=[{"componentType": 5126, "count": BILLION, "type": "VEC3"}])),
    "b.gltf": gltf(accessors=[{"count": "many"}]),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_a_billion_vertices_are_refused_by_the_header(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(TOO_MUCH[name])
    with pytest.raises(AssetError, match=rf"{name} says that it has [\d,]+ .*more than the {MAX_ELEMENTS:,}"):
        check_header(path)


def test_an_obj_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.obj"
    path.write_text("v 0 0 0\n" * 50 + "f 1 2 3\n" * 7)
    check_header(path)
    monkeypatch.setattr("dsia_gen.assets.importing.headers.MAX_ELEMENTS", 49)
    monkeypatch.setattr("dsia_gen.assets.importing.headers._CHUNK", 13)  # lines that straddle chunks count once
    with pytest.raises(AssetError, match="has 50 vertices"):
        check_header(path)


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("a.ply", ply(4000), "cut off"),
        ("a.ply", b"ply\nelement vertex many\nend_header\n", "not a number"),
        ("a.ply", b"not a ply", "no PLY header"),
        ("a.stl", stl(10), "cut off"),
        ("a.glb", glb(gltf())[:-4], "cut off"),
        ("a.glb", b"glTF", "cut off"),
        ("a.gltf", b"{", "not a readable glTF"),
        ("a.gltf", b"[" * 100_000, "not a readable glTF"),
        ("a.gltf", b"[]", "no object"),
        ("a.gltf", gltf(buffers=[{"byteLength": 10**15}]), "a buffer has"),
        ("a.gltf", gltf(extensionsRequired=["EXT_meshopt_compression"]), "needs the glTF extension EXT_meshopt"),
        ("a.obj", b"", "is empty"),
        ("a.blend", b"BLENDER", "not a .blend file"),
        ("a.blend", blend(b"-v506"), r"Blender 5\.6, newer than 4\.5"),
        ("a.blend", b"BLENDER17-01v0500REND", r"Blender 5\.0, newer than 4\.5"),
        ("a.blend", blend(b"-v405", (b"LI", b"IDlib\0//rigs/rig.blend\0\0")), "links the library '//rigs/rig.blend'"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, data: bytes, what: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(AssetError, match=rf"{name}.*{what}"):
        check_header(path)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.ply", ply(4)),
        ("a.stl", stl(3)),
        ("a.stl", b"solid text\nfacet normal 0 0 1\nendsolid\n" * 4),
        ("a.gltf", gltf(accessors=[{"count": 3}])),
        ("a.glb", glb(gltf())),
        ("a.blend", blend(b"-v405", (b"OB", b"x" * 40))),
        ("a.fbx", b"Kaydara"),
    ],
)
def test_honest_files_pass(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    check_header(path)


def test_a_compressed_blend_is_looked_into_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zstandard = pytest.importorskip("zstandard")
    path = tmp_path / "a.blend"
    data = blend(b"-v405", (b"OB", bytes(3_000_000)), (b"LI", b"//other.blend\0"))
    path.write_bytes(zstandard.compress(data))
    with pytest.raises(AssetError, match=r"links the library '//other\.blend'"):
        check_header(path)
    monkeypatch.setattr("dsia_gen.assets.importing.headers.MAX_UNPACKED", 1_000_000)
    with pytest.raises(AssetError, match="unpacks to more than"):
        check_header(path)
