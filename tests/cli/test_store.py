"""The command line with an address in the place of a folder, from Blender to an S3 server over HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import dsia_gen.dataset
from dsia_gen.cli.main import app
from dsia_gen.core.remote import Remote
from dsia_gen.dataset.index import update_index, write_job
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.receipt import read_receipt
from dsia_gen.dataset.validate import validate
from tests.cli.test_end_to_end import SMALL, dsia
from tests.dataset.synthetic import make_spec, write_scene
from tests.dataset.test_throughput import run
from tests.farm.jobs import job
from tests.s3 import SECRET, CuttingProxy

KINDS = ("image", "dynamic_union")


@pytest.fixture
def address(s3: CuttingProxy) -> str:
    """A data set of two scenes, of which the job asks for three."""
    layout = DatasetLayout(s3.address)
    layout.root.mkdir(parents=True)
    write_job(layout, job(seed=0, resolution=[128, 72]))
    for number in range(2):
        spec = make_spec(seed=number, pairs=1)
        made = run(10 * number, 10 * number + 10, view_seconds={view.key: 30.0 for view in spec.views()})
        write_scene(layout, f"{number:05d}", spec, KINDS, made)
    update_index(layout)
    return s3.address


def call(*words: object, code: int) -> str:
    result = CliRunner().invoke(app, list(map(str, words)))
    assert result.exit_code == code, result.output
    return result.stdout


@pytest.mark.slow
def test_status_of_an_address(address: str) -> None:
    assert "demo: 2 of 3 scenes done" in call("dataset", "status", address, code=1)
    document = json.loads(call("dataset", "status", address, "--json", code=1))
    assert document["done"] == ["00000", "00001"] and document["missing"] == 1
    assert document["pace"]["views_an_hour"] > 0 and document["seconds_left"] == pytest.approx(600)
    assert document["devices"]["00000"] == "OPTIX RTX"


@pytest.mark.slow
def test_an_address_is_shown_by_a_page_that_names_it_and_by_rerun(address: str, tmp_path: Path) -> None:
    call("dataset", "report", address, "-o", tmp_path / "page", code=0)
    assert (
        json.dumps({"root": None, "address": address}, separators=(",", ":"))
        in (tmp_path / "page" / "index.html").read_text()
    )
    pytest.importorskip("rerun", reason="needs the [view] extra")
    assert "2 pairs of 2 scenes" in call("dataset", "view", address, "--save", tmp_path / "a.rrd", code=0)


@pytest.mark.slow
def test_watching_ends_when_the_last_scene_is_there(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    def finish(seconds: float) -> None:
        looks.append(seconds)
        write_scene(DatasetLayout(address), "00002", make_spec(seed=2, pairs=1), KINDS, run(20, 30))

    monkeypatch.setattr("time.sleep", lambda seconds: finish(seconds) if seconds == 2.5 else None)
    lines = call("dataset", "status", address, "--watch", "--interval", 2.5, "--json", code=0).splitlines()
    assert [len(json.loads(line)["done"]) for line in lines] == [2, 3] and looks == [2.5]


@pytest.mark.slow
def test_validate_and_report_of_an_address(address: str, tmp_path: Path) -> None:
    found = json.loads(call("dataset", "validate", address, "--json", code=0))
    assert found["path"] == address and {problem["check"] for problem in found["problems"]} == {"job_done"}
    assert json.loads(Remote(address).read("validation.json") or b"{}") == found
    call("dataset", "report", address, "-o", tmp_path / "page", code=0)
    assert "OPTIX RTX" in (tmp_path / "page" / "index.html").read_text()
    result = CliRunner().invoke(app, ["dataset", "report", address])
    assert result.exit_code != 0 and "give a folder with -o" in str(result.exception)


@pytest.mark.blender
def test_from_blender_to_a_store_and_back(checkout: Path, s3: CuttingProxy, tmp_path: Path) -> None:
    """The same scene in a folder and in a store: specifications and ground truth byte for byte."""
    render = ("render", "tiny", "-q", "--json", *SMALL)
    assert json.loads(dsia(checkout, *render, "-o", tmp_path / "set"))["complete"]
    report = json.loads(dsia(checkout, *render, "-o", s3.address))
    assert report["complete"] and report["root"] == s3.address and "publish" in report["scenes"][0]["seconds"]
    here, there = (read_receipt(DatasetLayout(place).scene("00000")) for place in (tmp_path / "set", s3.address))
    assert here.content_hash == there.content_hash
    assert json.loads(dsia(checkout, *render, "-o", s3.address))["skipped"] == ["00000"]
    assert validate(s3.address).problems == validate(tmp_path / "set").problems
    assert dsia_gen.dataset.open(s3.address)[0].flow("gt_to_2").shape == (36, 64, 2)
    everything = {name: Remote(s3.address).read(name) or b"" for name in Remote(s3.address).list()}
    assert not [name for name, data in everything.items() if SECRET.encode() in data]
