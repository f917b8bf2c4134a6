"""The index: what programs, pandas and spreadsheets find in a data set's folder."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from dsia_gen.config.job import JobConfig
from dsia_gen.core.errors import StorageError
from dsia_gen.dataset import DatasetLayout, dataset_status, read_job, record_failure, update_index, write_job
from dsia_gen.dataset.dataset_card import dataset_card
from dsia_gen.dataset.documents import FailureDocument, LedgerEntry
from dsia_gen.dataset.documents.sample_row import read_samples, samples_csv
from dsia_gen.dataset.index import attribution, read_index
from dsia_gen.dataset.sample_table import sample_columns
from dsia_gen.sampling.seeds import scene_seed
from dsia_gen.spec.motion import Still
from dsia_gen.spec.outputs import OUTPUTS
from tests.dataset.synthetic import OUTPUTS_ALL, make_spec, write_scene


def test_pandas_opens_the_samples(good: DatasetLayout) -> None:
    table = pd.read_csv(good.samples, dtype={"scene": str})
    assert list(table.columns) == list(sample_columns())
    assert table["sample"].tolist() == ["00000_0000", "00000_0001", "00000_0002", "00001_0000"]
    assert table["camera_motion_px"].dtype == float
    assert (table["camera_motion_px"] > 0).all()
    assert table["subset"].isin(["LcLf", "LcSf", "ScLf", "ScSf"]).all()
    assert table[["t1", "p1", "t2", "p2"]].iloc[1].tolist() == [1, 1, 2, 2]
    assert table["median_depth_m"].between(4, 10).all()
    for column in ("img1", "img2", "gt", "dynamic_union"):
        assert all((good.root / path).is_file() for path in table[column])


def test_the_images_are_those_of_the_views(good: DatasetLayout) -> None:
    row = pd.read_csv(good.samples).iloc[1]
    assert row["img1"].endswith("t0001_p0001/image.png")
    assert row["img2"].endswith("t0002_p0002/image.png")
    assert row["gt"].endswith("t0002_p0001/image.png")


def test_samples_are_rfc_4180(good: DatasetLayout) -> None:
    data = good.samples.read_bytes()
    assert data.endswith(b"\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == 5
    rows = list(csv.reader(data.decode().splitlines()))
    assert {len(row) for row in rows} == {len(sample_columns())}


def test_names_with_commas_and_quotes_survive(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path)
    spec = make_spec(pairs=1).model_copy(update={"config": 'a "tiny", scene'})
    write_scene(layout, "00000", spec, ("image",))
    update_index(layout)
    table = pd.read_csv(layout.samples)
    assert table["config"].tolist() == ['a "tiny", scene']
    assert table["dynamic_union"].isna().all()


def test_a_stranger_can_read_the_files_from_the_index(good: DatasetLayout) -> None:
    document = json.loads(good.index.read_text())
    rows = {row["name"]: row for row in document["outputs"]}
    assert set(rows) == set(OUTPUTS)
    assert rows["flow_1_to_2"]["channels"] == ["u", "v"]
    assert rows["flow_1_to_2"]["invalid"] == "NaN"
    assert all((good.root / row["example"]).is_file() for row in rows.values())
    assert document["counts"]["pairs"] == 4
    assert document["counts"]["scenes"] == 2
    assert document["resolution"] == [128, 72]
    assert document["occlusion_reasons"]["1"] == "out_of_frame"
    assert document["timings"]["seconds"] == {"annotate": 0.5, "render": 3.0}
    assert document["failed"] == []
    assert [scene["seed"] for scene in document["scenes"]] == [scene_seed(0, 0), scene_seed(0, 1)]


def test_the_licence_ledger_counts_scenes(good: DatasetLayout) -> None:
    document = json.loads(good.index.read_text())
    assert [(entry["id"], entry["scenes"]) for entry in document["licences"]] == [("rectangle", 2), ("sky", 2)]
    text = good.attribution.read_text()
    assert "tests \\| sky" in text
    assert "nobody, really" in text
    assert text.count("\n| ") == 3


def test_placements_are_counted_by_what_they_are_for(good: DatasetLayout) -> None:
    assert json.loads(good.index.read_text())["placements"] == {"foreground object": {"rectangle": 6}}


@pytest.mark.parametrize(
    ("setting", "height", "kind"),
    [("outdoor", 0.0, "dressing"), ("indoor", 0.0, "furniture"), ("indoor", 0.9, "thing")],
)
def test_what_stands_about_is_told_by_its_place(tmp_path: Path, setting: str, height: float, kind: str) -> None:
    layout, spec = DatasetLayout(tmp_path), make_spec(pairs=1)
    wall, slab, square = spec.instances
    slab = slab.model_copy(update={"role": "dressing", "motion": Still(position=(0.0, 5.0, height))})
    instances = (wall.model_copy(update={"role": "room"}), slab, square)
    write_scene(layout, "00000", spec.model_copy(update={"instances": instances, "setting": setting}), ("image",))
    assert update_index(layout).placements == {kind: {"rectangle": 1}, "foreground object": {"rectangle": 1}}


def test_the_ledger_is_summed_up_by_permission(good: DatasetLayout) -> None:
    document = json.loads(good.index.read_text())
    permissions = document["permissions"]
    for use in ("redistribution", "training"):
        assert sum(permissions[use].values()) == len(document["licences"])
    assert permissions["rule"] == "any"
    ledger = [
        LedgerEntry(id=n, redistribution="yes", training=t) for n, t in (("a", "yes"), ("b", "no"), ("c", "unknown"))
    ]
    text = attribution("x", ledger)
    assert "- redistribution: 3 of 3 allow it\n" in text
    assert "- training: 1 of 3 allow it (1 no, 1 unknown)\n" in text


def test_attribution_of_nothing_is_still_a_page() -> None:
    assert attribution("empty", []).startswith("# Assets in empty")


def test_the_content_hash_follows_the_scenes(good: DatasetLayout, copy: DatasetLayout) -> None:
    before = json.loads(good.index.read_text())["content_hash"]
    assert update_index(copy).content_hash == before
    shutil.rmtree(copy.scene("00001").path)
    assert update_index(copy).content_hash != before
    write_scene(copy, "00001", make_spec(seed=1, pairs=1), OUTPUTS_ALL)
    assert update_index(copy).content_hash == before


def test_an_unfinished_scene_is_left_out_and_named(copy: DatasetLayout) -> None:
    copy.scene("00000").receipt.unlink()
    document = update_index(copy)
    assert document.unfinished == ["00000"]
    assert document.counts.scenes == 1
    assert pd.read_csv(copy.samples)["scene"].tolist() == [1]


def test_failed_scenes_are_named(copy: DatasetLayout) -> None:
    record_failure(copy, "00002", FailureDocument(error="WorkerError", message="it died"))
    assert update_index(copy).plain()["failed"] == [{"scene": "00002", "error": "WorkerError", "message": "it died"}]


def test_outputs_of_the_index_are_those_of_every_scene(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path)
    write_scene(layout, "00000", make_spec(pairs=1), ("image", "depth"))
    write_scene(layout, "00001", make_spec(seed=1, pairs=1), ("image", "instances"))
    assert list(update_index(layout).output_names) == ["image"]


def test_an_empty_data_set_has_an_index(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path)
    document = update_index(layout)
    assert document.counts.pairs == 0
    assert document.name == tmp_path.name
    assert len(pd.read_csv(layout.samples)) == 0


def test_the_job_is_read_back(good: DatasetLayout, tmp_path: Path) -> None:
    job = read_job(good)
    assert isinstance(job, JobConfig)
    layout = DatasetLayout(tmp_path)
    write_job(layout, job)
    assert read_job(layout) == job
    assert read_job(DatasetLayout(tmp_path / "nowhere")) is None


def test_no_temporary_files_stay(good: DatasetLayout) -> None:
    names = {path.name for path in good.root.iterdir()}
    assert names == {"dataset.json", "samples.csv", "ATTRIBUTION.md", "DATASET_CARD.md", "job.yaml", "scenes"}


def test_an_unwritable_folder_is_one_sentence(copy: DatasetLayout) -> None:
    copy.index.unlink()
    copy.index.mkdir()
    with pytest.raises(StorageError, match=r"cannot write .*dataset.json: it is a folder"):
        update_index(copy)
    assert not list(copy.root.glob(".*.tmp"))


def test_status_of_a_whole_data_set(good: DatasetLayout) -> None:
    status = dataset_status(good)
    assert (status.name, status.wanted, status.done, status.pairs) == ("rectangles", 2, ("00000", "00001"), 4)
    assert status.complete
    assert status.lines()[0].startswith("rectangles: 2 of 2 scenes done, 4 pairs")


def test_status_names_what_is_not_done(copy: DatasetLayout) -> None:
    copy.scene("00000").spec.unlink()
    shutil.rmtree(copy.scene("00001").path)
    record_failure(copy, "00001", FailureDocument(error="WorkerError", message="it died"))
    copy.work("00003", "host-1").path.mkdir(parents=True)
    status = dataset_status(copy)
    assert status.damaged == ("00000",)
    assert status.running == ("00003",)
    assert status.missing == 2
    assert not status.complete
    assert "failed 00001: it died" in status.lines()
    assert status.plain()["failed"][0]["error"] == "WorkerError"


def test_status_of_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is not a data set"):
        dataset_status(DatasetLayout(tmp_path))


def test_names_of_assets_are_shown_and_never_obeyed(good: DatasetLayout) -> None:
    hostile = {
        "source": "<img src=x onerror=alert(1)> | x", "licence": "CC0 [a](javascript:alert(1)) | <b>",
        "attribution": "a\n\n# heading\n<script>alert(1)</script>\x1b[2J", "id": "a`b`<i>",
    }  # fmt: skip
    info = read_index(good)
    ledger = [entry.model_copy(update=hostile) for entry in info.licences]
    pages = attribution(info.name, ledger), dataset_card(info.model_copy(update={"licences": ledger}))
    clean = attribution(info.name, info.licences), dataset_card(info)
    for page, before in zip(pages, clean, strict=True):
        assert "<" not in re.sub(r"`[^`]*`", "", page)
        assert "\x1b" not in page and "](javascript" not in page.replace("\\]", "")
        assert page.count("\n# ") == before.count("\n# ")
        tables = [re.sub(r"\\\|", "", line) for line in page.splitlines() if line.startswith("| ")]
        widths = {line.count("|") for line in before.splitlines() if line.startswith("| ")}
        assert {line.count("|") for line in tables} <= widths


def test_a_cell_of_the_table_is_no_formula(good: DatasetLayout, tmp_path: Path) -> None:
    rows = [row.model_copy(update={"config": "=cmd|' /C calc'!A0"}) for row in read_samples(good.samples)]
    (tmp_path / "samples.csv").write_text(samples_csv(rows), newline="")
    assert ",'=cmd|' /C calc'!A0," in (tmp_path / "samples.csv").read_text()
    assert read_samples(tmp_path / "samples.csv") == rows
