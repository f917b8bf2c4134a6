"""What files promise: too much, more than they have, or what cannot be read; found before anything is opened."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import pytest
import zstandard

from dsia_gen.assets.importing.headers import MAX_ELEMENTS, blend_version, check_header
from dsia_gen.core.errors import AssetError

BLENDS = Path(__file__).parent / "blends"
"""Files that `linked_blends.py` made with each Blender."""

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
    """A .blend of blocks, their heads as its version has them: up to 4.5 in 24 bytes or, with `_`, 20; then in 32."""
    order = ">" if b"V" in version else "<"
    data = b"BLENDER" + version
    for code, content in (*blocks, (b"ENDB", b"")):
        name, size = code.ljust(4, b"\0"), len(content)
        if version[:1] in b"-_":
            data += struct.pack(order + ("4siQii" if version[:1] == b"-" else "4siIii"), name, size, 1, 0, 1) + content
        else:
            data += struct.pack(order + "4siQqq", name, 0, 1, size, 1) + content
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
        ("a.blend", b"BLENDER17-01v0500REND", "cut off"),
        ("a.blend", blend(b"17-01v0502")[:-8], "cut off"),
        ("a.blend", blend(b"-v405")[:-8], "cut off"),
        ("a.blend", blend(b"17-02v0700"), "blocks of format 2, which is newer"),
        ("a.blend", blend(b"17-01x0502"), "not a .blend file"),
        ("a.blend", b"BLENDER16-01v0502" + bytes(64), "not a .blend file"),
        ("a.blend", b"BLENDER-v405" + struct.pack("<4siQii", b"OB", -1, 1, 0, 1), "block of negative size"),
        ("a.blend", blend(b"-v405", (b"LI", b"IDlib\0//rigs/rig.blend\0\0")), "links the library '//rigs/rig.blend'"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, data: bytes, what: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(AssetError, match=rf"{name}.*{what}"):
        check_header(path)


LAYOUTS = [b"-v405", b"_v293", b"-V279", b"17-01v0502", b"17-01V0500"]
"""Versions of .blend files: pointers of 64 and 32 bits, both orders of bytes, both sizes of block heads."""


@pytest.mark.parametrize("packed", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
@pytest.mark.parametrize("version", LAYOUTS)
def test_a_linked_library_is_found_however_the_file_is_laid_out(tmp_path: Path, version: bytes, packed: Any) -> None:
    path = tmp_path / "a.blend"
    others = [(b"GLOB", bytes(40)), (b"OB", b"LI" * 20), (b"DATA", b"")]
    path.write_bytes(packed(blend(version, *others)))
    check_header(path)
    path.write_bytes(packed(blend(version, *others, (b"LI", b"LIrig.blend\0//rigs/rig.blend\0"), *others)))
    with pytest.raises(AssetError, match=r"links the library '//rigs/rig\.blend'"):
        check_header(path)


@pytest.mark.parametrize("version", [(4, 5), (5, 2)])
@pytest.mark.parametrize("packed", [True, False])
def test_a_linked_library_is_found_in_files_of_each_blender(
    tmp_path: Path, version: tuple[int, int], packed: bool
) -> None:
    written = BLENDS / f"linked_{version[0]}{version[1]}_compressed.blend"
    path = tmp_path / "a.blend"
    with zstandard.ZstdDecompressor().stream_reader(written.read_bytes(), read_across_frames=True) as stream:
        path.write_bytes(written.read_bytes() if packed else stream.read())
    assert blend_version(path) == version
    with pytest.raises(AssetError, match=r"links the library '//rig\.blend'"):
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
    path = tmp_path / "a.blend"
    data = blend(b"-v405", (b"OB", bytes(3_000_000)), (b"LI", b"//other.blend\0"))
    path.write_bytes(zstandard.compress(data))
    with pytest.raises(AssetError, match=r"links the library '//other\.blend'"):
        check_header(path)
    monkeypatch.setattr("dsia_gen.assets.importing.headers.MAX_UNPACKED", 1_000_000)
    with pytest.raises(AssetError, match="unpacks to more than"):
        check_header(path)
