"""Objaverse, ambientCG and collections on GitHub, against a site that answers in their formats."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsia_gen.assets.fetch.gltf_size import gltf_bounds
from dsia_gen.assets.library import load_library
from dsia_gen.assets.manifest import folder_entries
from dsia_gen.core.errors import AssetError
from tests.assets.fetch.server import Reply, Site
from tests.assets.fetch.test_archive import make_zip
from tests.assets.fetch.test_sources import Fetch, run  # noqa: F401

UIDS = [f"{i:032x}" for i in range(1, 6)]


def gltf(size: float, **more: Any) -> bytes:
    """A box of `size` by half of it by its double, below a node that is turned and scaled by two."""
    node = {"mesh": 0, "scale": [2, 2, 2], "rotation": [0, 0.7071067811865476, 0, 0.7071067811865476]}
    document = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}],
        "nodes": [{"children": [1], "translation": [5, 0, 0]}, node],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"count": 8, "componentType": 5126, "type": "VEC3", "min": [0, 0, 0],
                       "max": [size / 2, size / 4, size]}],
        **more,
    }  # fmt: skip
    return json.dumps(document).encode()


def glb(size: float) -> bytes:
    text = gltf(size)
    text += b" " * (-len(text) % 4)
    head = len(text) + 20
    return b"glTF" + b"".join(n.to_bytes(4, "little") for n in (2, head, len(text), 0x4E4F534A)) + text


def test_bounds_follow_the_nodes(tmp_path: Path) -> None:
    (tmp_path / "a.gltf").write_bytes(gltf(1.0))
    (tmp_path / "b.glb").write_bytes(glb(1.0))
    for name in ("a.gltf", "b.glb"):
        low, high = gltf_bounds(tmp_path / name)
        np.testing.assert_allclose(high - low, [2, 0.5, 1], atol=1e-9)
    (tmp_path / "loop.gltf").write_bytes(gltf(1.0, nodes=[{"children": [0]}]))
    with pytest.raises(AssetError, match="circle"):
        gltf_bounds(tmp_path / "loop.gltf")


# --- Objaverse


@pytest.fixture
def objaverse(site: Site) -> Site:
    places = {uid: f"glbs/000-{i % 2:03d}/{uid}.glb" for i, uid in enumerate(UIDS)}
    site.serve("/object-paths.json.gz", gzip.compress(json.dumps(places).encode()))
    licences = ["by", "by-nc-sa", "cc0", None, "by"]
    sizes = [0.4, 30.0, 1e6, 0.4, 0.4]
    for k in range(2):
        said = {
            uid: {
                "uid": uid, "name": f"Thing {i}", "license": licences[i], "viewerUrl": f"https://sketchfab.com/x-{uid}",
                "user": {"username": "jo", "displayName": "Jo | <b>"}, "tags": [{"name": "Old Chair"}, {"slug": "x"}],
                "categories": [{"name": "Furniture & Home"}],
            }
            for i, uid in enumerate(UIDS)
        }  # fmt: skip
        site.serve(f"/metadata/000-{k:03d}.json.gz", gzip.compress(json.dumps(said).encode()))
    for i, uid in enumerate(UIDS):
        site.serve(f"/glbs/000-{i % 2:03d}/{uid}.glb", glb(sizes[i]))
    return site


def test_objaverse_models_have_the_licence_of_each(objaverse: Site, run: Fetch, tmp_path: Path) -> None:  # noqa: F811
    report = run("objaverse", ids=tuple(UIDS[:4]))
    assert report.fetched and not report.failed
    found = {entry.id.removeprefix("objaverse/"): entry for entry in folder_entries(tmp_path / "assets")}
    terms = [(found[uid].licence, found[uid].redistribution, found[uid].training) for uid in UIDS[:4]]
    assert terms == [
        ("CC-BY-4.0", "yes", "yes"), ("CC-BY-NC-SA-4.0", "unknown", "unknown"), ("CC0-1.0", "yes", "yes"),
        ("unknown", "unknown", "unknown"),
    ]  # fmt: skip
    first = found[UIDS[0]]
    assert first.attribution == "Thing 0 by Jo | <b>" and first.get.endswith(UIDS[0])
    assert (first.scale, first.size, first.height) == (1.0, 0.8, 0.2)
    assert {"foreground", "old-chair", "furniture-home"} <= set(first.tags)
    assert found[UIDS[1]].scale == 0.01 and found[UIDS[2]].size == pytest.approx(0.5)
    library = load_library([], tmp_path / "assets")
    assert library.path(library.entries[f"objaverse/{UIDS[0]}"]).is_file()
    assert run("objaverse", ids=tuple(UIDS[:4])).fetched == []


@pytest.mark.parametrize(
    ("ids", "message"), [((), "needs uids"), (("chair",), "not a uid"), (("f" * 32,), "has no model")]
)
def test_objaverse_says_what_it_needs(objaverse: Site, run: Fetch, ids: tuple[str, ...], message: str) -> None:  # noqa: F811
    with pytest.raises(AssetError, match=message):
        run("objaverse", ids=ids)


@pytest.mark.parametrize(
    "body",
    [b"<html>", gzip.compress(b"[1, 2]", mtime=0), gzip.compress(b"{}", mtime=0)[:-4]],
    ids=["a page", "a list", "cut off"],
)
def test_an_index_that_is_none_is_named(site: Site, run: Fetch, body: bytes) -> None:  # noqa: F811
    site.serve("/object-paths.json.gz", body)
    with pytest.raises(AssetError, match=r"object-paths\.json\.gz .*the source changed"):
        run("objaverse", ids=(UIDS[0],))


def test_a_hostile_place_in_the_index_is_no_place(site: Site, run: Fetch) -> None:  # noqa: F811
    places = {UIDS[0]: "../../etc/passwd"}
    site.serve("/object-paths.json.gz", gzip.compress(json.dumps(places).encode()))
    with pytest.raises(AssetError, match="has no model"):
        run("objaverse", ids=(UIDS[0],))


# --- ambientCG


def material(site: Site, name: str, *attributes: str) -> dict[str, object]:
    downloads = [
        {"attribute": a, "fileName": f"{name}_{a}.zip", "fullDownloadPath": f"{site.url}/get?file={name}_{a}.zip"}
        for a in attributes
    ]
    folders = {"default": {"downloadFiletypeCategories": {"zip": {"title": "ZIP", "downloads": downloads}}}}
    return {"assetId": name, "displayName": name, "tags": ["wood", "Old Plank"], "downloadFolders": folders}


def surface(folder: Path, name: str, attribute: str) -> bytes:
    files = {f"{name}_{attribute}_{kind}.jpg": kind.encode() for kind in ("Color", "NormalGL", "NormalDX", "Roughness")}
    others = {f"{name}.png": b"ball", f"{name}_{attribute}.usda": b"#usda", f"{name}_{attribute}.mtlx": b"<x/>"}
    return make_zip(folder / f"{name}.zip", {**files, **others}).read_bytes()


def test_ambientcg_surfaces_by_name(site: Site, run: Fetch, tmp_path: Path) -> None:  # noqa: F811
    listed = [material(site, "Wood068", "1K-JPG", "2K-JPG", "2K-PNG")]
    address = "/api/v2/full_json?include=downloadData,tagData&type=Material&limit=100&offset=0&id=Wood068"
    site.serve(address, {"numberOfResults": 1, "foundAssets": listed})
    site.serve("/get?file=Wood068_2K-JPG.zip", surface(tmp_path, "Wood068", "2K-JPG"))
    report = run("ambientcg", ids=("Wood068",))
    assert report.fetched == ["ambientcg/Wood068"], report.failed
    (entry,) = folder_entries(tmp_path / "assets")
    assert entry.file == "textures/ambientcg/Wood068/Wood068_2K-JPG_Color.jpg" and entry.licence == "CC0-1.0"
    names = {Path(name).name for name in entry.files}
    assert {"Wood068_2K-JPG_NormalGL.jpg", "Wood068_2K-JPG_Roughness.jpg"} <= names
    assert not any(name.endswith((".png", ".usda", ".mtlx")) for name in names) and entry.tags == ["wood", "old-plank"]
    assert run("ambientcg", ids=("Wood068",), resolution="8k").failed == {}
    with pytest.raises(AssetError, match="no material 'Wood999'"):
        site.serve(address.replace("Wood068", "Wood999"), {"numberOfResults": 0, "foundAssets": []})
        run("ambientcg", ids=("Wood999",))


def test_ambientcg_surfaces_by_words_over_pages(site: Site, run: Fetch, tmp_path: Path) -> None:  # noqa: F811
    address = "/api/v2/full_json?include=downloadData,tagData&type=Material&sort=Popular&limit=100&offset="
    first = [material(site, f"Rock{i:03d}", "1K-JPG") | {"tags": ["rock"]} for i in range(100)]
    site.serve(f"{address}0", {"numberOfResults": 101, "foundAssets": first})
    site.serve(f"{address}100", {"numberOfResults": 101, "foundAssets": [material(site, "Wood001", "1K-JPG")]})
    site.serve("/get?file=Wood001_1K-JPG.zip", surface(tmp_path, "Wood001", "1K-JPG"))
    assert run("ambientcg", words=("wood",), count=3, resolution="1k").fetched == ["ambientcg/Wood001"]
    report = run("ambientcg", words=("rock",), count=1, resolution="16k")
    assert "not offered in 16k; ambientCG has 1K-JPG" in report.failed["Rock000"]


def test_an_answer_of_another_form_is_named(site: Site, run: Fetch) -> None:  # noqa: F811
    site.serve("/api/v2/full_json?include=downloadData,tagData&type=Material&sort=Popular&limit=100&offset=0", {"a": 1})
    with pytest.raises(AssetError, match="foundAssets"):
        run("ambientcg")


# --- GitHub

COLLECTION = """
collections:
  - name: kit
    repository: Some-One/kit-1.0
    commit: "0123456789012345678901234567890123456789"
    title: Kit
    files: [assets/*.gltf]
    licence: CC0
    attribution: Some One
    tags: [toys]
"""


def repository(folder: Path, **files: bytes) -> bytes:
    top = "kit-1.0-0123456789012345678901234567890123456789"
    model = gltf(
        0.2, buffers=[{"uri": "box%20a.bin", "byteLength": 4}], images=[{"uri": "tex.png"}, {"uri": "../x.png"}]
    )
    held = {
        "assets/box.gltf": model, "assets/box a.bin": b"0123", "assets/tex.png": b"png", "assets/unused.txt": b"x",
        "README.md": b"hello", "other/chair.gltf": model, **files,
    }  # fmt: skip
    return make_zip(folder / "repo.zip", {f"{top}/{name}": data for name, data in held.items()}).read_bytes()


def test_a_collection_on_github_by_a_file_of_ones_own(site: Site, run: Fetch, tmp_path: Path) -> None:  # noqa: F811
    path = "/Some-One/kit-1.0/zip/0123456789012345678901234567890123456789"
    site.serve(path, Reply(repository(tmp_path), length=-1))
    (tmp_path / "mine.yaml").write_text(COLLECTION)
    report = run("github", ids=(str(tmp_path / "mine.yaml"),))
    assert report.fetched == ["kit/box"], report.failed
    (entry,) = folder_entries(tmp_path / "assets")
    assert (entry.licence, entry.attribution, entry.up) == ("CC0-1.0", "Some One", "Y")
    folder = "objects/github/kit/assets"
    assert sorted(entry.files) == [f"{folder}/box a.bin", f"{folder}/tex.png"] and "toys" in entry.tags
    assert (entry.scale, entry.size) == (1.0, 0.4)
    assert not (tmp_path / "assets" / folder / "unused.txt").exists()
    again = run("github", ids=(str(tmp_path / "mine.yaml"),))
    assert again.kept == ["kit/box"] and site.paths().count(path) == 1


def test_what_a_collection_lacks_is_named(site: Site, run: Fetch, tmp_path: Path) -> None:  # noqa: F811
    path = "/Some-One/kit-1.0/zip/0123456789012345678901234567890123456789"
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    site.serve(path, repository(tmp_path, **{"assets/box.gltf": pointer}))
    (tmp_path / "mine.yaml").write_text(COLLECTION)
    assert "Git LFS" in run("github", ids=(str(tmp_path / "mine.yaml"),)).failed["kit"]
    (tmp_path / "mine.yaml").write_text(COLLECTION.replace("*.gltf", "*.glb"))
    assert "no file like" in run("github", ids=(str(tmp_path / "mine.yaml"),)).failed["kit"]
    with pytest.raises(AssetError, match="did you mean 'kaykit-furniture'"):
        run("github", ids=("kaykit-furnitur",))
