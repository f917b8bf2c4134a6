"""What a report writes: one file or a folder, nothing from the network, and a page for broken data too."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dsia_gen.cli.main import app
from dsia_gen.core.errors import StorageError
from dsia_gen.core.web_page import script_json
from dsia_gen.dataset import DatasetLayout
from dsia_gen.dataset.index import update_index
from dsia_gen.dataset.report import ReportResult, findings_of, write_report
from dsia_gen.dataset.report.problems import read_findings
from dsia_gen.dataset.validate import validate
from tests.dataset.report.conftest import BAD, edit_samples

ADDRESS = re.compile(r"""(?:https?:)?//[\w.-]+""")


def document(index: Path) -> dict[str, Any]:
    """What the page knows from the start."""
    found = re.search(r'<script type="application/json" id="report">(.*?)</script>', index.read_text(), re.S)
    assert found is not None
    return json.loads(found[1])


def part_names(index: Path) -> list[str]:
    return re.findall(r'data-part="([^"$]+)"', index.read_text())


def test_a_small_report_is_one_file(single: ReportResult) -> None:
    assert single.single
    assert [path.name for path in single.index.parent.rglob("*")] == ["index.html"]
    assert single.bytes == single.index.stat().st_size


def test_a_large_report_is_a_folder(parted: ReportResult) -> None:
    root = parted.index.parent
    assert not parted.single
    assert not part_names(parted.index)
    assert (root / "data/00000/scene.js").read_text().startswith('DSIA.part("00000/scene", {')
    assert (root / "images/00001/pair/0000-warp.webp").is_file()
    assert "data:image/webp" not in parted.index.read_text()


def test_both_forms_hold_the_same_parts(single: ReportResult, parted: ReportResult) -> None:
    root = parted.index.parent / "data"
    assert sorted(part_names(single.index)) == sorted(p.relative_to(root).as_posix()[:-3] for p in root.rglob("*.js"))


def test_views_are_stored_once(single: ReportResult, varied: DatasetLayout) -> None:
    names = part_names(single.index)
    views = sum(len(list((varied.scene(name).path / "views").iterdir())) for name in varied.scene_names())
    assert len(names) == len(set(names))
    assert sum("/view/" in name for name in names) <= views


@pytest.mark.parametrize("form", ["single", "parted"])
def test_nothing_names_another_machine(form: str, request: pytest.FixtureRequest) -> None:
    result = request.getfixturevalue(form)
    for path in (p for p in result.index.parent.rglob("*") if p.suffix in (".html", ".js")):
        text = re.sub(r"data:[^\"')]*|<script type=\"application/json\".*?</script>", "", path.read_text(), flags=re.S)
        addresses = set(ADDRESS.findall(text.replace("http://www.w3.org", "")))
        assert not {a for a in addresses if "." in a}, f"{path.name}: {addresses}"


def test_a_file_that_cannot_be_read_makes_a_bad_sample(single: ReportResult, varied: DatasetLayout) -> None:
    cards = {card["sample"]: card for card in document(single.index)["samples"]}
    assert [name for name, card in cards.items() if card["bad"]] == [BAD]
    assert "truncated" in cards[BAD]["problems"][0]["message"]
    assert cards[BAD]["problems"][0]["file"] == "views/t0002_p0001/image.png"
    assert str(varied.root) not in single.index.read_text(), "a page that is sent on tells no path of this machine"
    assert cards[BAD]["thumb"], "the other two pictures are shown"
    assert single.bad == 1


def test_a_scene_that_cannot_be_read_is_shown_as_bad(copy: DatasetLayout, work: Path) -> None:
    copy.scene("00001").scene.write_text("{")
    result = write_report(copy.root, work)
    bad = [card for card in document(result.index)["samples"] if card["bad"]]
    assert [(card["sample"], card["key"], card["thumb"]) for card in bad] == [("00001_0000", None, None)]


@pytest.mark.slow
def test_validation_beside_the_data_set_is_read(copy: DatasetLayout, work: Path) -> None:
    (copy.scene("00000").path / "pairs/0002/flow_1_to_2.exr").unlink()
    report = validate(copy.root)
    (copy.root / "validation.json").write_bytes(report.document().to_json())
    from_file = document(write_report(copy.root, work).index)
    from_memory = document(write_report(copy.root, work, findings=findings_of(report)).index)
    assert from_file == from_memory
    assert from_file["validation"]["checked"]
    assert (
        {card["sample"] for card in from_file["samples"] if card["bad"] == "error"}
        >= set(report.drop)
        >= {"00000_0002"}
    )


@pytest.mark.slow
def test_checks_that_were_run_are_on_the_page(copy: DatasetLayout, work: Path) -> None:
    report = validate(copy.root, photometric=False)
    page = document(write_report(copy.root, work, findings=findings_of(report)).index)["validation"]
    assert [check["name"] for check in page["checks"]] == [entry.name for entry in report.checks]
    looked = {check["scope"]: check["looked_at"] for check in page["checks"]}
    views = sum(len(list((copy.scene(name).path / "views").iterdir())) for name in copy.scene_names())
    assert looked == {"dataset": 1, "scene": 2, "view": views, "sample": 4}
    assert page["bounds"]["flow_px"] == report.bounds.flow_px
    every = {entry.name for entry in validate(copy.root).checks}
    assert {entry.name for entry in report.checks} < every, "those that open images were left out"


def test_a_validation_of_an_earlier_version_is_read(copy: DatasetLayout, work: Path) -> None:
    kept = json.loads(validate(copy.root).document().to_json())
    del kept["checks"], kept["bounds"]
    (copy.root / "validation.json").write_text(json.dumps(kept))
    page = document(write_report(copy.root, work).index)["validation"]
    assert (page["checked"], page["checks"], page["bounds"]) == (True, [], {})


def test_thresholds_that_an_early_version_did_not_write_are_those_of_the_job(copy: DatasetLayout, work: Path) -> None:
    new = document(write_report(copy.root, work).index)["overview"]
    index = json.loads(copy.index.read_text())
    del index["subset_thresholds"]
    copy.index.write_text(json.dumps(index))
    old = document(write_report(copy.root, work).index)["overview"]
    assert old["large_motions"] == new["large_motions"]
    assert old["large_motions"] == pytest.approx({"camera_motion_px": 2.0, "foreground_motion_px": 4 / 3})
    assert old["subset_thresholds"] == new["subset_thresholds"]


@pytest.mark.slow
def test_files_are_linked_from_a_page_inside_the_data_set(copy: DatasetLayout, work: Path) -> None:
    for folder, root in ((copy.root / "report", "../"), (copy.root / "a" / "b", "../../"), (work, None)):
        page = document(write_report(copy.root, folder).index)
        assert page["place"] == {"root": root, "address": None}


def test_a_validation_of_another_state_is_not_shown(copy: DatasetLayout, work: Path) -> None:
    (copy.root / "validation.json").write_bytes(validate(copy.root).document().to_json())
    assert read_findings(copy).checked
    copy.scene("00001").receipt.unlink()
    update_index(copy)
    assert not read_findings(copy).checked


@pytest.mark.parametrize("text", ["{", "[]", '{"problems": [{}], "drop": []}', '{"drop": []}'])
def test_a_broken_validation_names_its_file(copy: DatasetLayout, work: Path, text: str) -> None:
    (copy.root / "validation.json").write_text(text)
    with pytest.raises(StorageError, match=r"validation\.json.*write it again"):
        write_report(copy.root, work)


def test_without_validation_the_page_says_so(single: ReportResult) -> None:
    assert document(single.index)["validation"]["checked"] is False


@pytest.mark.slow
def test_a_second_report_replaces_the_first_and_leaves_other_files(varied: DatasetLayout, work: Path) -> None:
    write_report(varied.root, work, single_page_pairs=0)
    mine = work / "data" / "notes.txt"
    mine.write_text("mine")
    write_report(varied.root, work, single_page_pairs=0, max_pairs=1)
    assert len(list(work.rglob("pair/*.js"))) == 1
    write_report(varied.root, work)
    assert sorted(p.name for p in work.rglob("*") if p.is_file()) == ["index.html", "notes.txt"]


def test_the_same_data_set_gives_the_same_bytes(varied: DatasetLayout, single: ReportResult, work: Path) -> None:
    assert write_report(varied.root, work).index.read_bytes() == single.index.read_bytes()


def test_another_page_is_left_alone(good: DatasetLayout, work: Path) -> None:
    work.mkdir()
    (work / "index.html").write_text("<p>mine")
    with pytest.raises(StorageError, match="choose another folder"):
        write_report(good.root, work)
    assert (work / "index.html").read_text() == "<p>mine"


def test_a_folder_that_is_a_file_is_one_sentence(good: DatasetLayout, work: Path) -> None:
    work.write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        write_report(good.root, work)


def test_max_pairs_counts_all_and_shows_some(varied: DatasetLayout, work: Path) -> None:
    result = write_report(varied.root, work, max_pairs=2)
    page = document(result.index)
    assert (result.shown, result.pairs, len(page["samples"]), page["total"]) == (2, 4, 2, 4)
    assert sum(page["overview"]["histograms"][0]["counts"]) == 4


def test_images_alone_are_enough(images_only: ReportResult) -> None:
    text = images_only.index.read_text()
    assert images_only.bad == 0
    assert '"layers":[{' not in text
    assert '"warp":null' in text


def test_text_of_a_data_set_cannot_leave_its_script(copy: DatasetLayout, work: Path) -> None:
    evil = "</script><script>alert(1)</script><!--"
    edit_samples(copy, lambda row: row.update(config=evil))
    page = write_report(copy.root, work).index
    assert evil not in page.read_text()
    assert document(page)["samples"][0]["config"] == evil


def test_script_json_is_json() -> None:
    value = {"a": "</script>\u2028<!--", "b": [1, 2.5, None]}
    assert json.loads(script_json(value)) == value
    assert "<" not in script_json(value)


@pytest.mark.slow
def test_the_command_writes_into_the_data_set(copy: DatasetLayout) -> None:
    before = validate(copy.root)
    result = CliRunner().invoke(app, ["dataset", "report", str(copy.root), "--validate"])
    assert result.exit_code == 0, result.output
    assert (copy.root / "report/index.html").is_file()
    assert "4 pairs" in result.output
    assert validate(copy.root) == before, "the report inside a data set does not disturb it"
    checked = document(copy.root / "report/index.html")["validation"]
    assert (checked["checked"], checked["errors"]) == (True, len(before.errors))
