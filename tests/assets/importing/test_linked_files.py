"""Names of files: however a name is written, it leads to the same file, and never out of the folder."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from dsia_gen.assets.importing.linked_files import CopiedFiles, LinkedFiles, fence_of, is_remote


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model below an asset folder, with textures beside it, and a secret outside."""
    folder = tmp_path / "assets" / "chair"
    for name in ("maps/my wood.png", "mtl/chair.mtl", "chair.obj", "maps/t.1001.png", "maps/t.1002.png", "Käse.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (tmp_path / "secret.png").write_text("secret")
    return folder / "chair.obj"


def linked(model: Path) -> LinkedFiles:
    return LinkedFiles(model, model.parent.parent)


@pytest.mark.parametrize("name", [
    "maps/my wood.png", "maps\\my wood.png", ".\\maps\\my wood.png", "./maps/../maps/my wood.png",
    "maps/my%20wood.png",
    "MAPS/My Wood.PNG", '"maps/my wood.png"',
    "my wood.png", "my wood.tga", "textures/my wood.dds", "//maps\\my wood.png",
    "C:\\Users\\me\\chair\\maps\\my wood.png", "C:/Users/me/my wood.png", "file:///C:/Users/me/maps/my%20wood.png",
    "file://host/share/maps/my wood.png", "\\\\host\\share\\my wood.png", "/home/me/maps/my wood.png",
    "../chair/maps/my wood.png", "../../../maps/my wood.png", "my wood.ktx2",
])  # fmt: skip
def test_a_name_leads_to_the_same_file_however_it_is_written(model: Path, name: str) -> None:
    assert linked(model).find(name) == model.parent / "maps" / "my wood.png"
    absolute = str(model.parent / "maps" / "my wood.png")
    for spelt in (absolute, f"file://{quote(absolute)}"):
        assert linked(model).find(spelt) == Path(absolute)


def test_a_name_is_relative_to_the_file_that_has_it(model: Path) -> None:
    (model.parent / "mtl" / "t.png").write_text("beside the material file")
    (model.parent / "t.png").write_text("beside the model")
    assert linked(model).find("t.png", model.parent / "mtl") == model.parent / "mtl" / "t.png"
    assert linked(model).find("t.png") == model.parent / "t.png"


def test_accents_may_be_composed_or_not(model: Path) -> None:
    assert linked(model).find("Ka\u0308se.png") == model.parent / "Käse.png"


def test_a_tiled_image_is_its_tiles(model: Path) -> None:
    found = linked(model).find("maps/t.<UDIM>.png")
    assert found == model.parent / "maps" / "t.<UDIM>.png"
    assert [file.name for file in linked(model).files(found)] == ["t.1001.png", "t.1002.png"]
    assert linked(model).find("maps/u.<UDIM>.png") is None


@pytest.mark.parametrize(
    "name", ["", " ", "gone.png", "a\0b.png", "x" * 5000, "http://host/my wood.png", "maps", ".", "/"]
)
def test_what_leads_nowhere_is_not_found(model: Path, name: str) -> None:
    assert linked(model).find(name) is None


@pytest.mark.parametrize("way", ["absolute", "up", "file link", "folder link", "chain", "tile"])
def test_nothing_outside_is_found(model: Path, tmp_path: Path, way: str) -> None:
    (tmp_path / "secret.1001.png").write_text("secret")
    folder = model.parent
    name = {
        "absolute": str(tmp_path / "secret.png"), "up": "../../secret.png", "file link": "secret.png",
        "folder link": "out/secret.png", "chain": "first.png", "tile": "secret.<UDIM>.png",
    }[way]  # fmt: skip
    if way == "file link":
        (folder / "secret.png").symlink_to(tmp_path / "secret.png")
    elif way == "folder link":
        (folder / "out").symlink_to(tmp_path)
    elif way == "chain":
        (folder / "first.png").symlink_to("second.png")
        (folder / "second.png").symlink_to(tmp_path / "secret.png")
    elif way == "tile":
        (folder / "secret.1001.png").symlink_to(tmp_path / "secret.1001.png")
    assert linked(model).find(name) is None
    copies = CopiedFiles(model.parent.parent, "chair/chair.obj", tmp_path / "copies")
    copies.find(name)
    assert not [file for file in (tmp_path / "copies").rglob("*") if file.is_file() and "secret" in file.read_text()]
    assert way == "tile" or linked(model).outside(name)


def test_links_that_go_in_circles_lead_nowhere(model: Path) -> None:
    (model.parent / "a.png").symlink_to("b.png")
    (model.parent / "b.png").symlink_to("a.png")
    (model.parent / "round").symlink_to(model.parent)
    assert linked(model).find("a.png") is None and not linked(model).outside("a.png")
    assert linked(model).find("round/round/maps/my wood.png") is not None


def test_a_link_within_the_folder_is_followed(model: Path) -> None:
    (model.parent / "wood.png").symlink_to("maps/my wood.png")
    assert linked(model).find("wood.png") == model.parent / "wood.png"


def test_copies_are_found_as_the_originals_are(model: Path, tmp_path: Path) -> None:
    copies = CopiedFiles(model.parent.parent, "chair/chair.obj", tmp_path / "copies")
    library = copies.find("MTL\\chair.mtl", image=False)
    assert library == tmp_path / "copies" / "chair" / "mtl" / "chair.mtl"
    assert copies.find("../maps/my wood.png", library.parent) == tmp_path / "copies" / "chair" / "maps" / "my wood.png"
    assert copies.find("maps/t.<UDIM>.png") is not None
    assert copies.parts == tuple(
        f"chair/{name}" for name in ("maps/my wood.png", "maps/t.1001.png", "maps/t.1002.png", "mtl/chair.mtl")
    )
    # What was copied is found again among the copies alone.
    alone = LinkedFiles(copies.model, copies.fence)
    assert alone.find("MTL\\chair.mtl", image=False) == library


def test_the_path_of_a_copy_stands_for_its_original(tmp_path: Path) -> None:
    """Two pictures of one name: that of a copy leads to its own original, also where the copies lie in the folder."""
    for name in ("meshes/a.obj", "maps/a/wood.png", "maps/b/wood.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "copies").mkdir()
    copies = CopiedFiles(tmp_path, "meshes/a.obj", tmp_path / "copies")
    for side in ("b", "a"):
        found = copies.find(f"../maps/{side}/wood.png")
        assert found is not None and found.read_text() == f"maps/{side}/wood.png"
        assert copies.find(str(found)) == found
    assert copies.parts == ("maps/a/wood.png", "maps/b/wood.png")


def test_the_fence_is_the_folder_that_a_file_was_found_in(tmp_path: Path) -> None:
    assert fence_of(tmp_path / "a" / "b" / "c.obj", "a/b/c.obj") == tmp_path
    assert fence_of(tmp_path / "a" / "b" / "c.obj", "c.obj") == tmp_path / "a" / "b"
    assert fence_of(tmp_path / "a" / "b" / "c.obj", "elsewhere/c.obj") == tmp_path / "a" / "b"


def test_addresses_of_the_network_are_told_apart_from_drives_and_files() -> None:
    assert is_remote("https://host/a.png") and is_remote("omniverse://host/a.usd")
    assert not is_remote("C:/a.png") and not is_remote("file:///a.png") and not is_remote("a.png")
