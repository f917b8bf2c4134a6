"""Manifests, the catalogue, an asset folder's own manifest, Kubric's, and what a licence rule leaves."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dsia_gen.assets.catalogue import load_manifest
from dsia_gen.assets.fetch.asset_source import FETCH_SOURCES
from dsia_gen.assets.hdri_tags import hdri_tags
from dsia_gen.assets.library import Library, load_library
from dsia_gen.assets.licences import permissions
from dsia_gen.assets.manifest import FOLDER_MANIFEST, Entry, folder_entries, record_entries
from dsia_gen.config.presets import preset_names
from dsia_gen.core.errors import AssetError, ConfigError
from dsia_gen.spec.asset import LicenceRule

KINDS = ["characters", "motions", "objects", "hdris", "trajectories", "textures"]


def entry(name: str = "a", **fields: object) -> Entry:
    base = {"id": name, "kind": "object", "file": f"{name}.obj", "source": "s", "licence": "CC-BY-4.0"}
    return Entry.model_validate({**base, **fields})


def manifest(path: Path, *lines: str) -> str:
    path.write_text("assets:\n" + "".join(f"  - {{{line}}}\n" for line in lines))
    return str(path)


def library(*entries: Entry) -> Library:
    return Library({e.id: e for e in entries}, {e.id: Path("m.yaml") for e in entries})


# --- what ships


def test_there_is_a_manifest_for_each_kind() -> None:
    assert set(KINDS) <= set(preset_names("assets_manifest"))
    for name in KINDS:
        kinds = {e.kind for e in load_manifest(name)[1].assets}
        assert kinds == {name.rstrip("s") if name != "trajectories" else "trajectory"}


def test_every_shipped_entry_says_where_it_is_from_and_what_is_allowed() -> None:
    entries = [e for name in KINDS for e in load_manifest(name)[1].assets]
    assert len({e.id for e in entries}) == len(entries)
    for e in entries:
        assert e.licence, e.id
        assert e.get or e.fetch, e.id
        assert e.attribution or e.builtin, e.id


def test_what_can_be_fetched_names_a_source_that_exists_and_no_invented_hash() -> None:
    known = dict(FETCH_SOURCES.items())
    remote = [e for name in KINDS for e in load_manifest(name)[1].assets if e.remote]
    assert len(remote) > 300
    for e in remote:
        source, _, _ = str(e.fetch).partition(":")
        assert known[source].kind == e.kind
        assert e.sha256 == ""
        assert e.how_to_get.startswith(f"dsia-gen assets fetch {source} ")


# --- the catalogue


def test_entries_that_were_not_fetched_are_never_drawn() -> None:
    found = load_library(["objects"]).of("object", tags=("foreground",))
    assert found
    assert all(e.builtin for e in found)


def test_naming_one_says_how_to_get_it() -> None:
    with pytest.raises(
        AssetError, match="`dsia-gen assets fetch gso --id Squirrel -o FOLDER` and give `--assets FOLDER`"
    ):
        load_library(["objects"]).of("object", ["gso/Squirrel"])


def test_a_fetched_file_that_is_gone_says_how_to_get_it(tmp_path: Path) -> None:
    record_entries(tmp_path, [entry(fetch="gso:a")])
    lost = load_library([], tmp_path)
    with pytest.raises(AssetError, match=r"a\.obj is missing .*dsia-gen assets fetch gso --id a"):
        lost.path(lost.entries["a"])


def test_a_folder_fills_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "x.obj").write_text("v 0 0 0\n")
    record_entries(tmp_path, [entry("gso/Squirrel", file="x.obj", tags=["foreground"])])
    full = load_library(["objects"], tmp_path)
    assert full.of("object", ["gso/Squirrel"])[0].file == "x.obj"
    assert "gso/Squirrel" in [e.id for e in full.of("object", tags=("foreground",))]


def test_two_entries_that_exist_may_not_share_an_id(tmp_path: Path) -> None:
    record_entries(tmp_path, [entry("builtin/object/crate")])
    with pytest.raises(ConfigError, match=r"builtin/object/crate.*rename one"):
        load_library(["objects"], tmp_path)


def test_a_folder_manifest_may_be_named_too(tmp_path: Path) -> None:
    path = record_entries(tmp_path, [entry()])
    assert list(load_library([str(path)], tmp_path).entries) == ["a"]


# --- the folder's manifest


def test_entries_are_recorded_beside_each_other_and_replaced_by_id(tmp_path: Path) -> None:
    record_entries(tmp_path, [entry("b", tags=["x"], size=0.5), entry("a", files={"t.png": "0" * 64})])
    record_entries(tmp_path, [entry("b", tags=["y"])])
    found = folder_entries(tmp_path)
    assert [e.id for e in found] == ["a", "b"]
    assert found[0] == entry("a", files={"t.png": "0" * 64})
    assert found[1].tags == ["y"]
    assert [path.name for path in tmp_path.glob("[!.]*")] == [FOLDER_MANIFEST]


def test_writers_of_one_folder_do_not_lose_each_others_entries(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: record_entries(tmp_path, [entry(f"e{k}")]), range(24)))
    assert len(folder_entries(tmp_path)) == 24


@pytest.mark.parametrize("path", ["/etc/passwd", "../x.obj", "a/../../x", "C:/x.obj", "a\\b.obj", ""])
def test_no_path_of_a_manifest_leads_outside(tmp_path: Path, path: str) -> None:
    text = json.dumps(path)
    name = manifest(tmp_path / "m.yaml", f"id: a, kind: object, file: {text}, source: s, licence: l")
    with pytest.raises(ConfigError, match=r"line 2: assets\.0\.file"):
        load_manifest(name)


def test_mistakes_are_told_with_their_lines(tmp_path: Path) -> None:
    name = manifest(
        tmp_path / "m.yaml",
        "id: a, kind: object, file: a.obj, source: s, licence: l, facing: north",
        "id: b, kind: objct, file: b.obj, source: s, licence: l, traning: 'yes'",
        "id: c, kind: object, source: s, licence: l",
    )
    with pytest.raises(ConfigError) as error:
        load_manifest(name)
    text = str(error.value)
    assert "line 2: assets.0.facing" in text
    assert "line 3: assets.1.kind" in text
    assert "line 3: assets.1.traning is not a known key; did you mean 'training'?" in text
    assert "line 4: assets.2: c: give builtin, file or fetch" in text


# --- licences


RULES = pytest.mark.parametrize(
    ("rule", "kept"),
    [("any", "both neither pass train unsure"), ("redistributable", "both pass"), ("trainable", "both train")],
)


def licensed() -> Library:
    return library(
        entry("both", redistribution="yes", training="yes"),
        entry("pass", redistribution="yes", training="no"),
        entry("train", redistribution="no", training="yes"),
        entry("neither", redistribution="no", training="no"),
        entry("unsure"),
    )


@RULES
def test_a_rule_keeps_what_says_yes(rule: LicenceRule, kept: str) -> None:
    left = licensed().allowed(rule)
    assert sorted(left.entries) == kept.split()
    assert left.withheld().keys() == licensed().entries.keys() - left.entries.keys()


def test_what_is_left_out_is_told_when_nothing_remains() -> None:
    left = library(entry("a", training="no"), entry("b")).allowed("trainable")
    with pytest.raises(AssetError, match=r"no object is left under `licences: trainable`, which leaves out 2 \(a, b\)"):
        left.of("object")


def test_naming_what_the_rule_forbids_tells_the_licence() -> None:
    left = library(entry("a", training="no", licence="CC-BY-NC-4.0")).allowed("trainable")
    with pytest.raises(AssetError, match=r"'a' is named .*does not allow it \(licence CC-BY-NC-4.0.*training no"):
        left.of("object", ["a"])


@pytest.mark.parametrize("rule", ["redistributable", "trainable"])
def test_the_built_in_library_is_allowed_for_everything(rule: LicenceRule) -> None:
    left = load_library(KINDS[:5], licences=rule)
    assert left.withheld() == {}
    assert all(left.of(kind) for kind in ("character", "motion", "object", "hdri", "trajectory"))


@pytest.mark.parametrize(
    ("name", "url", "expected"),
    [
        ("Creative Commons Attribution 4.0 International", "", ("CC-BY-4.0", "yes", "yes")),
        ("", "http://creativecommons.org/licenses/by/3.0/", ("CC-BY-3.0", "yes", "yes")),
        ("CC-BY 4.0", "", ("CC-BY-4.0", "yes", "yes")),
        ("CC BY-SA 4.0", "", ("CC-BY-SA-4.0", "unknown", "unknown")),
        ("Creative Commons Attribution Non Commercial 4.0", "", ("CC-BY-NC-4.0", "unknown", "unknown")),
        ("Creative Commons Attribution NonCommercial NoDerivs 3.0", "", ("CC-BY-NC-ND-3.0", "unknown", "unknown")),
        ("CC0 1.0", "", ("CC0-1.0", "yes", "yes")),
        ("Creative Commons - Public Domain", "", ("CC0-1.0", "yes", "yes")),
        ("MIT", "", ("MIT", "yes", "yes")),
        ("Permitted by the owner", "", ("Permitted by the owner", "unknown", "unknown")),
        ("", "", ("unknown", "unknown", "unknown")),
    ],
)
def test_what_licences_allow(name: str, url: str, expected: tuple[str, str, str]) -> None:
    assert permissions(name, url) == expected


# --- Kubric


def kubric(path: Path, assets: dict[str, object]) -> str:
    path.write_text(json.dumps({"name": "GSO", "data_dir": "gs://kubric-public/assets/GSO", "assets": assets}))
    return str(path)


def test_a_kubric_manifest_is_read_as_ours(tmp_path: Path) -> None:
    name = kubric(
        tmp_path / "GSO.json",
        {
            "Shark": {
                "asset_type": "FileBasedObject",
                "license": "CC BY-SA 4.0",
                "kwargs": {
                    "bounds": [[-0.1, -0.2, 0.0], [0.1, 0.3, 0.7]],
                    "mass": 0.2,
                    "render_filename": "{asset_dir}/visual_geometry.obj",
                    "simulation_filename": "{asset_dir}/object.urdf",
                    "render_import_kwargs": {"axis_forward": "Y", "axis_up": "Z"},
                },
                "metadata": {"category": "Toys", "nr_faces": 100},
            },
            "lebombo": {
                "asset_type": "Texture",
                "license": "CC0 1.0",
                "kwargs": {"filename": "{asset_dir}/lebombo_4k.hdr"},
                "metadata": {"authors": ["Greg Zaal"], "categories": ["indoor", "midday"]},
            },
        },
    )
    shark, lebombo = load_library([name]).entries.values()
    assert (shark.id, shark.kind, shark.file, shark.up) == ("GSO/Shark", "object", "Shark/visual_geometry.obj", "Z")
    assert (shark.size, shark.height) == pytest.approx((0.5, 0.7))
    assert (shark.licence, shark.training) == ("CC-BY-SA-4.0", "unknown")
    assert set(shark.tags) >= {"foreground", "outdoor", "indoor", "toys"}
    assert (lebombo.kind, lebombo.attribution, lebombo.training) == ("hdri", "Greg Zaal", "yes")
    assert lebombo.tags == ["interior", "day"]


@pytest.mark.parametrize(
    ("asset", "message"),
    [
        ({"asset_type": "Camera"}, "asset_type 'Camera' is not known"),
        ({"asset_type": "FileBasedObject", "kwargs": {}}, "'render_filename' is missing"),
        ({"asset_type": "Texture", "kwargs": {"filename": "../x.hdr"}}, "inside the folder"),
    ],
)
def test_mistakes_of_a_kubric_manifest_name_the_asset(tmp_path: Path, asset: object, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"assets\.thing: .*{message}"):
        load_library([kubric(tmp_path / "k.json", {"thing": asset})])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"assets": []}', "\x00"])
def test_what_is_no_kubric_manifest_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "k.json").write_text(text)
    with pytest.raises(ConfigError, match="Kubric manifest"):
        load_manifest(str(tmp_path / "k.json"))


def test_the_tags_of_environments() -> None:
    assert hdri_tags(["outdoor", "urban", "night"]) == ["outdoor", "window", "night", "urban"]
    assert hdri_tags(["outdoor", "pure skies"]) == ["window", "pure-skies"]
    assert hdri_tags([]) == []
