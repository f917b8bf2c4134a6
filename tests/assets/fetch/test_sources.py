"""Each source against a site that answers in its service's format; the folder can be used at once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from dsia_gen.assets.fetch.asset_source import FETCH_SOURCES, Query, base_address
from dsia_gen.assets.fetch.fetching import FetchReport, Progress, fetch
from dsia_gen.assets.fetch.sources.gso import COLLECTION
from dsia_gen.assets.fetch.web import Web
from dsia_gen.assets.library import load_library
from dsia_gen.assets.manifest import FOLDER_MANIFEST, folder_entries
from dsia_gen.core.errors import AssetError, UnknownNameError
from dsia_gen.motion.trajectory import load_trajectory
from tests.assets.fetch.server import Reply, Site
from tests.assets.fetch.test_archive import make_tar, make_zip

OBJ = b"mtllib model.mtl\nv -0.1 0 0\nv 0.1 0.05 0\nv 0 0 0.3\nvt 0 0\nf 1 2 3\n"
MTL = b"newmtl material_0\nmap_Kd texture.png\n"
Fetch = Callable[..., FetchReport]


@pytest.fixture
def run(site: Site, web: Web, tmp_path: Path) -> Fetch:
    def run(name: str, *, workers: int = 2, **query: Any) -> FetchReport:
        return fetch(FETCH_SOURCES.get(name), Query(**query), tmp_path / "assets", web, base=site.url, workers=workers)

    return run


def one(path: Path, name: str) -> Any:
    return {entry.id: entry for entry in folder_entries(path)}[name]


# --- Google Scanned Objects on Gazebo Fuel


def model(name: str, **more: object) -> dict[str, object]:
    return {
        "name": name,
        "owner": "GoogleResearch",
        "description": "a thing",
        "filesize": 1234,
        "license_id": 2,
        "license_name": "Creative Commons Attribution 4.0 International",
        "license_url": "http://creativecommons.org/licenses/by/4.0/",
        "categories": ["Toys"],
        **more,
    }


def gso_zip(folder: Path, name: str, **more: bytes) -> bytes:
    files = {
        "meshes/model.obj": OBJ,
        "meshes/model.mtl": MTL,
        "materials/textures/texture.png": b"png",
        "thumbnails/0.jpg": b"jpg",
        "model.sdf": b"<sdf/>",
        **more,
    }
    return make_zip(folder / f"{name}.zip", files).read_bytes()


def gso_site(site: Site, folder: Path, pages: list[list[str]]) -> None:
    for number, names in enumerate(pages, start=1):
        query = f"page={number}&per_page=100&q=collections:{quote(COLLECTION)}"
        site.serve(f"/1.0/models?{query}", [model(name) for name in names])
        for name in names:
            site.serve(f"/1.0/GoogleResearch/models/{name}", model(name))
            site.serve(f"/1.0/GoogleResearch/models/{name}.zip", gso_zip(folder, name))


def test_scanned_objects_come_over_several_pages(site: Site, run: Fetch, tmp_path: Path) -> None:
    gso_site(site, tmp_path, [["Shark", "Squirrel"], ["Racoon"]])
    report = run("gso", count=10)
    assert sorted(report.fetched) == ["gso/Racoon", "gso/Shark", "gso/Squirrel"]
    assert report.failed == {}
    entry = one(tmp_path / "assets", "gso/Shark")
    assert (entry.size, entry.height, entry.up) == (0.2, 0.3, "Z")
    assert (entry.licence, entry.redistribution, entry.training) == ("CC-BY-4.0", "yes", "yes")
    assert entry.sha256 == hashlib.sha256(OBJ).hexdigest()
    there = {p.name for p in (tmp_path / "assets").rglob("[!.]*") if p.is_file()}
    assert there == {"model.obj", "model.mtl", "texture.png", FOLDER_MANIFEST}


def test_the_collection_itself_is_asked_where_the_search_is_off(site: Site, run: Fetch, tmp_path: Path) -> None:
    gso_site(site, tmp_path, [["Shark"]])
    (search,) = (path for path in site.replies if path.startswith("/1.0/models?"))
    listed = f"/1.0/GoogleResearch/collections/{quote(COLLECTION)}/models?page=1&per_page=100"
    site.replies[listed] = site.replies.pop(search)
    assert run("gso", count=5).fetched == ["gso/Shark"]


@pytest.mark.parametrize("answer", [{"error": 1}, [{"owner": "x"}], ["Shark"]])
def test_a_list_in_another_form_is_told(site: Site, run: Fetch, answer: object) -> None:
    site.serve(f"/1.0/models?page=1&per_page=100&q=collections:{quote(COLLECTION)}", answer)
    with pytest.raises(AssetError, match="did not answer with a list of models"):
        run("gso", count=5)


def test_what_was_fetched_can_be_drawn_at_once(site: Site, run: Fetch, tmp_path: Path) -> None:
    gso_site(site, tmp_path, [["Shark", "Squirrel"]])
    run("gso", count=1)
    library = load_library(["trajectories"], tmp_path / "assets")
    (entry,) = library.of("object", tags=("foreground", "indoor"))
    assert library.path(entry).is_file()
    assert library.file(entry).path == "objects/gso/Shark/meshes/model.obj"


def test_a_second_fetch_loads_nothing_and_repairs_what_broke(site: Site, run: Fetch, tmp_path: Path) -> None:
    gso_site(site, tmp_path, [["Shark", "Squirrel"]])
    run("gso", ids=("Shark", "Squirrel"))
    site.requests.clear()
    assert run("gso", ids=("Shark", "Squirrel")).kept == ["gso/Shark", "gso/Squirrel"]
    assert not any(path.endswith(".zip") for path in site.paths())
    (tmp_path / "assets/objects/gso/Shark/materials/textures/texture.png").write_bytes(b"damaged")
    report = run("gso", ids=("Shark", "Squirrel"))
    assert [path for path in site.paths() if path.endswith(".zip")] == ["/1.0/GoogleResearch/models/Shark.zip"]
    assert sorted(report.kept) == ["gso/Shark", "gso/Squirrel"]
    assert (tmp_path / "assets/objects/gso/Shark/materials/textures/texture.png").read_bytes() == b"png"


def test_a_source_whose_bytes_changed_is_told(site: Site, run: Fetch, tmp_path: Path) -> None:
    gso_site(site, tmp_path, [["Shark"]])
    run("gso", ids=("Shark",))
    mesh = tmp_path / "assets/objects/gso/Shark/meshes/model.obj"
    mesh.unlink()
    site.serve(
        "/1.0/GoogleResearch/models/Shark.zip", gso_zip(tmp_path, "b", **{"meshes/model.obj": OBJ + b"v 9 9 9\n"})
    )
    report = run("gso", ids=("Shark",))
    assert "other bytes than manifest.yaml records" in report.failed["Shark"]
    assert not mesh.exists()


def test_a_correction_in_the_manifest_is_kept(site: Site, run: Fetch, tmp_path: Path) -> None:
    gso_site(site, tmp_path, [["Shark"]])
    run("gso", ids=("Shark",))
    manifest = tmp_path / "assets" / FOLDER_MANIFEST
    manifest.write_text(manifest.read_text().replace("training: 'yes'", "training: 'no'"))
    (tmp_path / "assets/objects/gso/Shark/meshes/model.mtl").unlink()
    run("gso", ids=("Shark",))
    assert one(tmp_path / "assets", "gso/Shark").training == "no"
    assert (tmp_path / "assets/objects/gso/Shark/meshes/model.mtl").is_file()


def test_one_bad_archive_leaves_the_others_alone(site: Site, run: Fetch, tmp_path: Path) -> None:
    gso_site(site, tmp_path, [["Shark", "Squirrel", "Racoon"]])
    site.serve("/1.0/GoogleResearch/models/Shark.zip", gso_zip(tmp_path, "x", **{"../../evil.txt": b"x"}))
    site.serve("/1.0/GoogleResearch/models/Racoon.zip", Reply(status=500))
    report = run("gso", count=3)
    assert report.fetched == ["gso/Squirrel"]
    assert "outside the folder" in report.failed["Shark"]
    assert "answered 500" in report.failed["Racoon"]
    assert not report.complete
    assert not list(tmp_path.rglob("evil.txt"))
    assert [entry.id for entry in folder_entries(tmp_path / "assets")] == ["gso/Squirrel"]


def test_words_choose_among_the_models(site: Site, run: Fetch, tmp_path: Path) -> None:
    gso_site(site, tmp_path, [["Great_White_Shark", "Squirrel"]])
    assert run("gso", words=("white", "toys")).fetched == ["gso/Great_White_Shark"]
    with pytest.raises(AssetError, match="no model"):
        run("gso", words=("zebra",))


def test_a_licence_that_restricts_is_recorded_as_unknown(site: Site, run: Fetch, tmp_path: Path) -> None:
    gso_site(site, tmp_path, [["Shark"]])
    site.serve(
        "/1.0/GoogleResearch/models/Shark",
        model("Shark", license_name="Creative Commons Attribution Non Commercial 4.0 International", license_url=""),
    )
    run("gso", ids=("Shark",))
    entry = one(tmp_path / "assets", "gso/Shark")
    assert (entry.licence, entry.redistribution, entry.training) == ("CC-BY-NC-4.0", "unknown", "unknown")


def test_a_model_that_is_not_there_is_named(site: Site, run: Fetch) -> None:
    with pytest.raises(AssetError, match="no model 'Sharkk'"):
        run("gso", ids=("Sharkk",))


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "a\\b", ""])
def test_names_that_a_server_makes_up_are_refused(site: Site, run: Fetch, name: str) -> None:
    query = f"page=1&per_page=100&q=collections:{quote(COLLECTION)}"
    site.serve(f"/1.0/models?{query}", [model(name)])
    with pytest.raises(AssetError, match="cannot be the name"):
        run("gso", count=1)


# --- Poly Haven


def polyhaven_site(site: Site, kind: str) -> None:
    about: dict[str, tuple[list[str], list[str], int]] = {
        "lebombo": (["indoor", "natural light", "midday"], ["Greg Zaal"], 10),
        "forest_slope": (["outdoor", "nature", "midday"], ["A", "B"], 500),
        "sky_puresky": (["outdoor", "skies", "pure skies"], [], 90),
    }
    listed = {
        name: {"categories": kinds, "tags": [], "authors": dict.fromkeys(authors, "All"), "download_count": count}
        for name, (kinds, authors, count) in about.items()
    }
    site.serve(f"/assets?type={kind}", listed)
    for name in listed:
        body = f"#?RADIANCE {name}".encode()
        site.serve(f"/files/{name}", {"hdri": {"2k": {"hdr": served(site, f"{name}_2k.hdr", body)}}})


def served(site: Site, name: str, body: bytes, **wrong: object) -> dict[str, object]:
    site.serve(f"/dl/{name}", body)
    return {"size": len(body), "md5": hashlib.md5(body).hexdigest(), "url": f"{site.url}/dl/{name}", **wrong}


def test_environments_come_by_popularity_with_tags_and_authors(site: Site, run: Fetch, tmp_path: Path) -> None:
    polyhaven_site(site, "hdris")
    report = run("polyhaven-hdris", count=2)
    assert sorted(report.fetched) == ["polyhaven/forest_slope", "polyhaven/sky_puresky"]
    forest, sky = (one(tmp_path / "assets", f"polyhaven/{name}") for name in ("forest_slope", "sky_puresky"))
    assert forest.tags[:3] == ["outdoor", "window", "day"]
    assert "outdoor" not in sky.tags, "a pure sky has no ground to stand on"
    assert forest.attribution == "A, B (Poly Haven)"
    assert forest.licence == "CC0-1.0"
    assert (tmp_path / "assets/hdris/forest_slope_2k.hdr").is_file()


def test_wrong_bytes_of_an_environment_are_refused(site: Site, run: Fetch, tmp_path: Path) -> None:
    polyhaven_site(site, "hdris")
    site.serve("/dl/lebombo_2k.hdr", b"#?RADIANCE Lebombo")
    report = run("polyhaven-hdris", ids=("lebombo", "forest_slope"))
    assert report.fetched == ["polyhaven/forest_slope"]
    assert "wrong bytes" in report.failed["lebombo"]
    assert not (tmp_path / "assets/hdris/lebombo_2k.hdr").exists()


def test_an_unknown_environment_or_resolution_names_the_nearest(site: Site, run: Fetch) -> None:
    polyhaven_site(site, "hdris")
    with pytest.raises(AssetError, match="did you mean 'lebombo'"):
        run("polyhaven-hdris", ids=("lebomb",))
    assert "Poly Haven has 2k" in run("polyhaven-hdris", ids=("lebombo",), resolution="64k").failed["lebombo"]


def test_surfaces_come_with_their_maps(site: Site, run: Fetch, tmp_path: Path) -> None:
    about = {"categories": ["wood", "floor"], "authors": {"R": "All"}, "dimensions": [1800, 1800]}
    site.serve("/assets?type=textures", {"wood_floor": about})
    maps = {
        key: {"1k": {"jpg": served(site, f"wood_floor_{short}_1k.jpg", short.encode())}}
        for key, short in {"Diffuse": "diff", "nor_gl": "nor_gl", "Rough": "rough", "AO": "ao"}.items()
    }
    site.serve("/files/wood_floor", maps)
    run("polyhaven-textures", ids=("wood_floor",), resolution="1k")
    entry = one(tmp_path / "assets", "polyhaven/texture/wood_floor")
    assert (entry.kind, entry.size) == ("texture", 1.8)
    assert entry.file == "textures/wood_floor/wood_floor_diff_1k.jpg"
    assert [Path(name).name for name in entry.files] == ["wood_floor_nor_gl_1k.jpg", "wood_floor_rough_1k.jpg"]
    assert entry.files["textures/wood_floor/wood_floor_rough_1k.jpg"] == hashlib.sha256(b"rough").hexdigest()


# --- CMU


def cmu_site(site: Site) -> None:
    site.serve("/subjects/02/02.asf", b":version 1.10\n")
    for trial in ("02_01", "02_02", "02_03"):
        site.serve(f"/subjects/02/{trial}.amc", f":DEGREES {trial}\n".encode())
    links = "".join(f'<A HREF="subjects/02/02_0{i}.amc">amc</A>' for i in (1, 2, 3))
    site.serve("/search.php?subjectnumber=2", f"<html>{links}</html>".encode())


def test_motions_come_with_the_skeleton_of_their_subject(site: Site, run: Fetch, tmp_path: Path) -> None:
    cmu_site(site)
    assert sorted(run("cmu", ids=("02_01", "02_03")).fetched) == ["cmu/02_01", "cmu/02_03"]
    entry = one(tmp_path / "assets", "cmu/02_03")
    assert entry.file == "motions/cmu/02/02_03.amc"
    assert list(entry.files) == ["motions/cmu/02/02.asf"]
    assert site.paths().count("/subjects/02/02.asf") == 1
    assert (entry.redistribution, entry.training) == ("unknown", "yes")


def test_a_whole_subject_is_looked_up(site: Site, run: Fetch, tmp_path: Path) -> None:
    cmu_site(site)
    assert sorted(run("cmu", ids=("02",)).fetched) == ["cmu/02_01", "cmu/02_02", "cmu/02_03"]
    with pytest.raises(AssetError, match="neither a trial"):
        run("cmu", ids=("walking",))


def test_a_page_in_place_of_a_motion_is_refused(site: Site, run: Fetch, tmp_path: Path) -> None:
    cmu_site(site)
    site.serve("/subjects/02/02_01.amc", b"<!DOCTYPE html><title>Not found</title>")
    assert "is a web page" in run("cmu", ids=("02_01",)).failed["02"]


# --- camera paths


def path_text(url: str = "https://www.youtube.com/watch?v=x") -> bytes:
    rows = [f"{t * 33333} 0.9 1.6 0.5 0.5 0 0 1 0 0 {t * 0.1:.3f} 0 1 0 0 0 0 1 0" for t in range(40)]
    return "\n".join([url, *rows, ""]).encode()


def archive_bytes(folder: Path, name: str, top: str) -> bytes:
    files = {f"{top}/{split}/{clip}.txt": path_text() for split in ("test", "train") for clip in ("0a1", "0b2", "0c3")}
    return make_tar(folder / name, files).read_bytes()


@pytest.mark.parametrize(
    ("source", "archive", "top"),
    [
        ("realestate10k", "RealEstate10K.tar.gz", "RealEstate10K"),
        ("mannequinchallenge", "MannequinChallenge.tar", "MannequinChallenge"),
    ],
)
def test_camera_paths_come_out_of_an_archive_that_stays(
    site: Site, run: Fetch, tmp_path: Path, source: str, archive: str, top: str
) -> None:
    site.serve(f"/{archive}", archive_bytes(tmp_path, archive, top))
    assert run(source, count=2).fetched == [f"{source}/test/0a1", f"{source}/test/0b2"]
    report = run(source, ids=("train/0c3", "0b2"))
    assert (report.fetched, report.kept) == ([f"{source}/train/0c3"], [f"{source}/test/0b2"])
    assert site.paths() == [f"/{archive}"], "the archive is loaded once"
    assert [path.name for path in report.archives] == [archive]
    library = load_library([], tmp_path / "assets")
    (entry,) = library.of("trajectory", [f"{source}/train/0c3"])
    assert len(load_trajectory(library.path(entry)).times) == 40


def test_a_clip_that_is_not_in_the_archive_is_named(site: Site, run: Fetch, tmp_path: Path) -> None:
    site.serve("/RealEstate10K.tar.gz", archive_bytes(tmp_path, "RealEstate10K.tar.gz", "RealEstate10K"))
    assert "no clip '0zz'" in run("realestate10k", ids=("0zz",)).failed["realestate10k"]


# --- all of them


def test_every_source_keeps_the_contract() -> None:
    known = dict(FETCH_SOURCES.items())
    assert {
        "gso",
        "polyhaven-hdris",
        "polyhaven-textures",
        "cmu",
        "realestate10k",
        "mannequinchallenge",
    } <= known.keys()
    for name, source in known.items():
        assert source.name == name
        assert source.base.startswith("http")
        assert source.about
    with pytest.raises(UnknownNameError, match="did you mean 'gso'"):
        FETCH_SOURCES.get("gsoo")


def test_addresses_can_be_mirrors(monkeypatch: pytest.MonkeyPatch) -> None:
    source = FETCH_SOURCES.get("polyhaven-hdris")
    assert base_address(source) == "https://api.polyhaven.com"
    monkeypatch.setenv("DSIA_GEN_POLYHAVEN_HDRIS_URL", "http://mirror/x/")
    assert base_address(source) == "http://mirror/x"
    assert base_address(source, "http://given") == "http://given"


def test_progress_is_told_and_downloads_run_side_by_side(site: Site, web: Web, tmp_path: Path) -> None:
    gso_site(site, tmp_path, [["Shark", "Squirrel", "Racoon", "Hilary"]])
    told: list[tuple[int, int]] = []
    total: list[int] = []
    sizes: dict[str, int] = {}
    plans: list[tuple[int, int]] = []
    threads: set[str] = set()

    def on_bytes(count: int) -> None:
        total.append(count)
        threads.add(threading.current_thread().name)

    progress = Progress(
        lambda files, size: plans.append((files, size)), sizes.__setitem__, on_bytes,
        lambda done, of: told.append((done, of)),
    )  # fmt: skip
    fetch(
        FETCH_SOURCES.get("gso"), Query(count=4), tmp_path / "assets", web, base=site.url, workers=2, progress=progress
    )
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert sum(total) == sum(len(gso_zip(tmp_path, "n")) for _ in range(4))
    assert plans == [(4, 0)], "the source states no sizes"
    assert sizes.keys() == {"Shark.zip", "Squirrel.zip", "Racoon.zip", "Hilary.zip"}
    assert sum(sizes.values()) == sum(total)
    assert all(name.startswith("fetch") for name in threads)


def test_the_plan_has_the_stated_sizes_less_what_is_here(site: Site, web: Web, tmp_path: Path) -> None:
    polyhaven_site(site, "hdris")
    part = tmp_path / "assets" / ".downloads" / "polyhaven-hdris" / "sky_puresky_2k.hdr.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(5))
    plans: list[tuple[int, int]] = []
    progress = Progress(on_plan=lambda files, size: plans.append((files, size)))
    for _ in range(2):
        fetch(FETCH_SOURCES.get("polyhaven-hdris"), Query(count=2), tmp_path / "assets", web, base=site.url,
              progress=progress)  # fmt: skip
    assert plans == [(2, sum(len(f"#?RADIANCE {name}") for name in ("forest_slope", "sky_puresky")) - 5), (0, 0)]


def test_an_interrupted_fetch_keeps_what_is_whole(site: Site, web: Web, tmp_path: Path) -> None:
    gso_site(site, tmp_path, [["Shark", "Squirrel", "Racoon"]])

    def stop(done: int, _of: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(FETCH_SOURCES.get("gso"), Query(count=3), tmp_path / "assets", web, base=site.url, workers=1,
              progress=Progress(on_done=stop))  # fmt: skip
    there = {p.parent.parent.name for p in (tmp_path / "assets").rglob("model.obj")}
    recorded = {entry.id.removeprefix("gso/") for entry in folder_entries(tmp_path / "assets")}
    assert 1 <= len(recorded) < 3
    assert recorded == there
