"""Files that name other files: those inside the folder are fine, those outside are refused unread."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path

import pytest

from dsia_gen.assets.importing.linked_files import LinkedFiles
from dsia_gen.assets.importing.references import check_references, missing_references, references
from dsia_gen.core.errors import AssetError


def lz4(data: bytes) -> bytes:
    """An LZ4 block of literals, after one repetition of the first byte so that matches are exercised."""
    lead, rest = data[:1], data[1:]
    repeats = len(rest) - len(rest.lstrip(lead))
    out = b""
    if repeats >= 4:
        out = bytes([1 << 4 | min(repeats - 4, 15)]) + lead + b"\1\0"
        if repeats - 4 >= 15:
            out += bytes([repeats - 4 - 15])
        rest = rest[repeats:]
    else:
        rest = data
    if len(rest) < 15:
        return out + bytes([len(rest) << 4]) + rest
    length, extra = len(rest) - 15, b""
    while length >= 255:
        extra, length = extra + b"\xff", length - 255
    return out + b"\xf0" + extra + bytes([length]) + rest


def crate(*tokens: str) -> bytes:
    """A binary USD file that has nothing but its table of words."""
    words = b"\0".join([b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", *(t.encode() for t in tokens)]) + b"\0"
    packed = b"\0" + lz4(words)
    section = struct.pack("<QQQ", len(tokens) + 1, len(words), len(packed)) + packed
    table = 88 + len(section)
    head = b"PXR-USDC" + bytes(8) + struct.pack("<q", table)
    return head.ljust(88, b"\0") + section + struct.pack("<Q", 1) + struct.pack("<16sqq", b"TOKENS", 88, len(section))


def naming(folder: Path, suffix: str, name: str) -> Path:
    """A file of this kind that names another."""
    path = folder / f"a{suffix}"
    if suffix == ".gltf":
        path.write_text(json.dumps({"buffers": [{"uri": name, "byteLength": 3}]}))
    elif suffix == ".obj":
        path.write_text(f"o x\nmtllib \\\n{name}\nv 0 0 0\n")
    elif suffix == ".usda":
        path.write_text(f'#usda 1.0\ndef "x" (references = @{name}@) {{}}\n')
    elif suffix == ".usdc":
        path.write_bytes(crate("def", name))
    elif suffix == ".usdz":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("in.usdc", crate(name))
    return path


@pytest.mark.parametrize("suffix", [".gltf", ".obj", ".usda", ".usdc", ".usdz"])
@pytest.mark.parametrize("way", ["absolute", "up", "link"])
def test_files_outside_the_folder_are_refused(tmp_path: Path, suffix: str, way: str) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_text("secret")
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "link.bin").symlink_to(secret)
    name = {"absolute": str(secret), "up": "../secret.bin", "link": "link.bin"}[way]
    with pytest.raises(AssetError, match=rf"a{suffix} names the file .*{Path(name).name}.*outside the folder"):
        check(naming(folder, suffix, name), folder)


@pytest.mark.parametrize("suffix", [".gltf", ".obj", ".usda", ".usdc", ".usdz"])
def test_files_inside_and_files_that_are_not_there_are_not(tmp_path: Path, suffix: str) -> None:
    folder = tmp_path / "assets" / "meshes"
    folder.mkdir(parents=True)
    (folder.parent / "other.bin").write_text("x")
    for name in ("../other.bin", "/nowhere/at/all.bin", "C:\\Users\\someone\\all.bin", "x" * 300):
        path = naming(folder, suffix, name)
        check(path, folder.parent)
        found = [item.found for item in references(path, LinkedFiles(path, folder.parent))]
        assert found == [folder.parent / "other.bin"] if "other" in name else not any(found)


def test_a_layer_is_followed_to_the_layers_that_it_names(tmp_path: Path) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    (tmp_path / "secret.usda").write_text("#usda 1.0\n")
    (folder / "b.usda").write_text("#usda 1.0\n(subLayers = [@../secret.usda@, @a.usda@])\n")
    with pytest.raises(AssetError, match=r"secret\.usda"):
        check(naming(folder, ".usda", "b.usda"), folder)


@pytest.mark.parametrize("data", [b"PXR-USDC", b"PXR-USDC" + bytes(200), crate("x")[:-20]])
def test_a_broken_crate_is_no_crash(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.usdc"
    path.write_bytes(data)
    with pytest.raises(AssetError, match="not a readable USD"):
        check(path, tmp_path)


def test_what_is_missing_is_named_in_every_format(tmp_path: Path) -> None:
    (tmp_path / "a.mtl").write_text("newmtl m\nmap_Kd -s 1 1 1 my wood.png\nmap_Ka unused.png\n")
    (tmp_path / "a.obj").write_text("mtllib a.mtl\nmtllib gone.mtl\nv 0 0 0\n")
    (tmp_path / "b.ply").write_text("ply\nformat ascii 1.0\ncomment TextureFile my wood.png\nend_header\n")
    (tmp_path / "c.usda").write_text("#usda 1.0\n@./tex/my wood.png@ @part.usda@")
    textures = [{"extensions": {"KHR_texture_basisu": {"source": 1}}}, {"source": 0}]
    images = [{"uri": "my%20wood.png"}, {"uri": "t.ktx2"}, {"uri": "unused.png"}]
    (tmp_path / "d.gltf").write_text(json.dumps({"textures": textures, "images": images}))
    (tmp_path / "t.ktx2").write_bytes(b"KTX 20")
    expected = {
        "a.obj": ["gone.mtl", "my wood.png"], "b.ply": ["my wood.png"], "c.usda": ["my wood.png", "part.usda"],
        "d.gltf": ["t.ktx2", "my%20wood.png"],
    }  # fmt: skip
    for name, missing in expected.items():
        path = tmp_path / name
        assert missing_references(path, LinkedFiles(path, tmp_path)) == missing
    # Beside the files lies one of that name, or of the same name in a format that can be read.
    (tmp_path / "textures").mkdir()
    (tmp_path / "textures" / "My Wood.PNG").write_text("x")
    (tmp_path / "t.jpg").write_text("x")
    left = {"a.obj": ["gone.mtl"], "c.usda": ["part.usda"]}
    for name in expected:
        path = tmp_path / name
        assert missing_references(path, LinkedFiles(path, tmp_path)) == left.get(name, [])


def check(path: Path, fence: Path) -> None:
    check_references(path, LinkedFiles(path, fence))
