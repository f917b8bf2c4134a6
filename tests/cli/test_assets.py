"""The commands of assets: what they print, what they return, and what a mistake is answered with."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.testing import CliRunner, Result

from dsia_gen.assets.fetch.sources.gso import COLLECTION
from dsia_gen.cli.common_options import print_table
from dsia_gen.cli.main import app
from tests.assets.fetch.server import Site, serving
from tests.assets.fetch.test_sources import gso_site, gso_zip

runner = CliRunner()
STATES = ("installed", "fetchable", "missing")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with serving() as served:
        gso_site(served, tmp_path, [["Shark", "Squirrel"]])
        monkeypatch.setenv("DSIA_GEN_GSO_URL", served.url)
        yield served


def assets(*arguments: object) -> Result:
    return runner.invoke(app, ["assets", *map(str, arguments)])


def test_fetch_without_a_source_lists_them() -> None:
    result = assets("fetch")
    assert result.exit_code == 0
    assert all(name in result.stdout for name in ("gso", "polyhaven-hdris", "cmu", "realestate10k"))


def test_fetch_then_check_then_list(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    result = assets("fetch", "gso", "--id", "Shark, Squirrel", "-o", folder, "--json")
    assert result.exit_code == 0, result.output
    assert sorted(json.loads(result.stdout)["fetched"]) == ["gso/Shark", "gso/Squirrel"]
    assert "downloading 2 files from gso: sizes are told as they begin" in result.stderr
    assert "2 assets, 0 problems" in assets("check", "--assets", folder).stdout
    listed = json.loads(assets("list", "objects", "--assets", folder, "--json").stdout)
    assert [e["file"] for e in listed if e["manifest"] == "manifest.yaml"] == [
        "objects/gso/Shark/meshes/model.obj",
        "objects/gso/Squirrel/meshes/model.obj",
    ]


def test_names_may_come_from_a_list(site: Site, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("# toys\nShark\n\nShark  # again\n")
    result = assets("fetch", "gso", "--list", names, "-o", tmp_path / "mine")
    assert "gso: 1 fetched, 0 were there" in result.stdout
    assert f"--assets {tmp_path / 'mine'}" in result.stdout


def test_a_failure_is_listed_and_returned(site: Site, tmp_path: Path) -> None:
    site.serve("/1.0/GoogleResearch/models/Shark.zip", gso_zip(tmp_path, "bad", **{"../evil": b""}))
    result = assets("fetch", "gso", "--count", 2, "-o", tmp_path / "mine")
    assert result.exit_code == 1
    assert "1 fetched" in result.stdout
    assert "1 failed; the same command tries them again" in result.stdout


def test_a_size_limit_is_obeyed(site: Site, tmp_path: Path) -> None:
    big = gso_zip(tmp_path, "big", **{"materials/big.bin": bytes(range(256)) * 8192})
    site.serve("/1.0/GoogleResearch/models/Shark.zip", big + bytes(2**21))
    result = assets("fetch", "gso", "--id", "Shark", "-o", tmp_path / "mine", "--max-size", "0.001", "--json")
    assert result.exit_code == 1
    assert "over the limit of 1.0 MiB; raise it with --max-size" in json.loads(result.stdout)["failed"]["Shark"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fetch", "gsoo", "-o", "x"], "did you mean 'gso'"),
        (["fetch", "gso", "--id", "Sharkk", "-o", "x"], "no model 'Sharkk'"),
        (["fetch", "gso"], "name the folder to fill"),
        (["fetch", "gso", "--list", "nothing.txt", "-o", "x"], "is not a file"),
    ],
)
def test_mistakes_are_answered(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = assets(*arguments)
    assert result.exit_code != 0
    assert message in result.output + str(result.exception)


def test_check_finds_what_broke(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assets("fetch", "gso", "--id", "Shark", "-o", folder)
    (folder / "objects/gso/Shark/materials/textures/texture.png").unlink()
    result = assets("check", "--assets", folder, "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    (finding,) = document["findings"]
    assert document["problems"] == 1
    assert (finding["asset"], finding["what"]) == ("gso/Shark", "file")
    assert "dsia-gen assets fetch gso --id Shark" in finding["message"]


def test_the_shipped_manifests_pass_the_check() -> None:
    result = assets("check", "characters", "motions", "objects", "hdris", "trajectories", "textures", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["findings"] == []


def test_the_collection_is_asked_for_once(site: Site, tmp_path: Path) -> None:
    assets("fetch", "gso", "--count", 2, "-o", tmp_path / "mine")
    assert site.paths()[0] == f"/1.0/models?page=1&per_page=100&q=collections:{quote(COLLECTION)}"


def test_several_kinds_at_once() -> None:
    listed = json.loads(assets("list", "characters", "objects", "hdris", "--kind", "character,hdri", "--json").stdout)
    assert {entry["kind"] for entry in listed} == {"character", "hdri"}
    plural = json.loads(
        assets("list", "characters", "objects", "hdris", "--kind", "characters, hdris", "--json").stdout
    )
    assert plural == listed
    result = assets("list", "--kind", "object,sky")
    assert result.exit_code == 2 and "'sky' is not a kind of asset" in " ".join(result.output.split())


@pytest.mark.slow
def test_filters_of_the_list_and_their_sum() -> None:
    whole = json.loads(assets("list", "--json").stdout)
    by_state = [json.loads(assets("list", "--state", state, "--json").stdout) for state in STATES]
    assert sorted(e["id"] for part in by_state for e in part) == sorted(e["id"] for e in whole)
    assert all(e["state"] == state for state, part in zip(STATES, by_state, strict=True) for e in part)
    assert all(part for part in by_state[:2])
    free = json.loads(assets("list", "--licence", "cc0", "--tag", "outdoor", "--tag", "day", "--json").stdout)
    assert free == [e for e in whole if "CC0" in e["licence"].upper() and {"outdoor", "day"} <= set(e["tags"])] != []


def test_a_file_of_an_asset_folder_is_installed_once_it_is_there(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assets("fetch", "gso", "--id", "Shark", "-o", folder)
    asked = ("list", "objects", "--assets", folder, "--json", "--state")
    (shark,) = [e for e in json.loads(assets(*asked, "installed").stdout) if e["manifest"] == "manifest.yaml"]
    (folder / shark["file"]).unlink()
    (missing,) = json.loads(assets(*asked, "missing").stdout)
    assert missing["id"] == shark["id"]


def plain(result: Result) -> str:
    """What was printed, without the frame that typer draws."""
    return " ".join(result.output.replace("│", " ").split())


def test_wrong_words_of_filters_are_answered() -> None:
    result = assets("list", "--tag", "outdor")
    assert result.exit_code == 2 and "'outdor' is not a tag; did you mean 'outdoor'" in plain(result)
    result = assets("list", "--state", "here")
    assert result.exit_code == 2 and "is not one of installed, fetchable, missing" in plain(result)


@pytest.mark.parametrize("columns", [60, 80, 100, 200])
def test_a_table_fits_the_terminal_and_keeps_names_whole(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    rows = [["builtin/object/fire_extinguisher", "object", "CC0", "a very long origin " * 9, "tags " * 30]] * 2
    print_table("2 assets", ["id", "kind", "licence", "origin", "tags"], rows, cut=("licence", "origin", "tags"))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert max(map(len, lines)) <= columns
    named = [line for line in lines if "builtin/object/fire_extinguisher" in line]
    assert len(named) == 2 and all("CC0" in line for line in named)
    assert ("tags" in " ".join(lines).partition("builtin")[0].rpartition("all)")[2]) == (columns >= 100)
    assert len([line for line in lines if "\u2026" in line]) == 2 * (columns >= 80)  # a row a line


def test_a_table_in_a_pipe_has_a_row_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [[str(i), "word " * 60] for i in range(3)]
    print_table("3 rows", ["n", "words"], rows)
    assert sum("word word" in line for line in capsys.readouterr().out.splitlines()) == 3


def test_a_folder_of_which_nothing_comes_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("nothing")
    result = assets("import", tmp_path / "in", "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "1 file: 0 new, 0 kept, 0 refused, 1 passed over (1 text)" in result.stdout
    assert "became an asset" in result.output
