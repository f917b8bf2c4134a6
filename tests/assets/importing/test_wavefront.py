"""Lines of material files: options, names with blanks, and what a prepared OBJ says."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.assets.importing.linked_files import LinkedFiles
from dsia_gen.assets.importing.wavefront import (
    PREPARED,
    glass_materials,
    library_names,
    map_of,
    material_libraries,
    write_prepared_obj,
)


@pytest.mark.parametrize(("line", "options", "name"), [
    ("map_Kd wood.png", (), "wood.png"),
    ("  map_Kd   my fine wood.png  ", (), "my fine wood.png"),
    ("map_Kd -s 1 1 1 -o 0 0 0 my tex.png", ("-s", "1", "1", "1", "-o", "0", "0", "0"), "my tex.png"),
    ("map_Kd -s 2 my tex.png", ("-s", "2"), "my tex.png"),
    ("map_Kd -s 1 1 1 1.png", ("-s", "1", "1", "1"), "1.png"),
    ("map_Bump -bm 0.5 -clamp on -imfchan l n.png", ("-bm", "0.5", "-clamp", "on", "-imfchan", "l"), "n.png"),
    ("bump -mm 0 1 a\\b c.png", ("-mm", "0", "1"), "a\\b c.png"),
    ("refl -type sphere -mm -1.5 1 clouds.png", ("-type", "sphere", "-mm", "-1.5", "1"), "clouds.png"),
    ("norm -texres 512 x.png", ("-texres", "512"), "x.png"),
    ('map_d "with quotes.png"', (), "with quotes.png"),
    ("map_Kd -odd name.png", (), "-odd name.png"),
])  # fmt: skip
def test_a_map_is_its_options_and_its_name(line: str, options: tuple[str, ...], name: str) -> None:
    found = map_of(line)
    assert found is not None and (found.options, found.name) == (options, name)


@pytest.mark.parametrize("line", ["newmtl map_Kd", "Kd 1 1 1", "# map_Kd a.png", "map_Kd", "map_Kd  "])
def test_other_lines_name_no_image(line: str) -> None:
    assert map_of(line) is None


def test_material_files_are_found_wherever_they_lie(tmp_path: Path) -> None:
    path = tmp_path / "my chair.obj"
    for name in ("a.mtl", "b.mtl", "my chair.mtl", "sub/c d.mtl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("newmtl m\n")

    def found(text: str) -> tuple[list[str], tuple[str, ...]]:
        path.write_text(text)
        libraries = material_libraries(path, LinkedFiles(path, tmp_path))
        return [file.relative_to(tmp_path).as_posix() for file in libraries.found], libraries.missing

    assert found("mtllib a.mtl b.mtl\n") == (["a.mtl", "b.mtl"], ())
    assert found("mtllib sub\\c d.mtl\r\n") == (["sub/c d.mtl"], ())
    assert found("mtllib \\\nA.MTL\n") == (["a.mtl"], ())
    assert found("mtllib /home/me/sub/c d.mtl\n") == (["sub/c d.mtl"], ())
    assert found("mtllib a.mtl gone.mtl\n") == (["a.mtl"], ("gone.mtl",))
    assert found("v 0 0 0\n") == (["my chair.mtl"], ())
    assert found("mtllib gone.mtl\n") == (["my chair.mtl"], ())
    (tmp_path / "my chair.mtl").unlink()
    assert found("mtllib gone.mtl\n") == ([], ("gone.mtl",))
    assert found("v 0 0 0\n") == ([], ())


def test_names_are_read_across_pieces_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.obj"
    path.write_text("v 0 0 0\nmtllib first.mtl\nv 1 1 1\nmtllib \\\nsecond.mtl")
    for size in range(1, 40):
        monkeypatch.setattr("dsia_gen.assets.importing.wavefront._CHUNK", size)
        assert library_names(path) == ["first.mtl", "second.mtl"]


def test_a_prepared_obj_names_what_was_found_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.obj"
    path.write_text("mtllib mtl\\m.mtl\nv 0 0 0\nusemtl m\nf 1 1 1\n")
    (tmp_path / "mtl").mkdir()
    (tmp_path / "mtl" / "m.mtl").write_text(
        "newmtl m\nKd 1 1 1\nmap_Kd -s 2 2 2 -clamp on wood.png\nbump gone/b.png\nnewmtl g\nillum 4\n"
    )
    (tmp_path / "mtl" / "wood.png").write_text("x")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    linked = LinkedFiles(path, tmp_path)
    out = write_prepared_obj(path, material_libraries(path, linked), linked, scratch)
    assert out.read_text().split() == ["mtllib", PREPARED, "v", "0", "0", "0", "usemtl", "m", "f", "1", "1", "1"]
    lines = (scratch / PREPARED).read_text().splitlines()
    assert f"map_Kd -s 2 2 2 {tmp_path}/mtl/wood.png" in lines and f"bump {scratch}/missing/b.png" in lines
    assert glass_materials(scratch / PREPARED) == {"g"}
