"""What is written: every format says the same, nothing is dropped, and the same results give the same files."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dsia_gen.align.methods import MethodInfo
from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.web_page import GENERATOR
from dsia_gen.core.written_files import WrittenFiles
from dsia_gen.evaluate.curves import Curve, curves, draw
from dsia_gen.evaluate.evaluation_page import page
from dsia_gen.evaluate.evaluation_report import INDEX, WrittenReport, write_evaluation, write_report
from dsia_gen.evaluate.gallery import chosen
from dsia_gen.evaluate.latex import escaped, latex
from dsia_gen.evaluate.loop import MethodEntry
from dsia_gen.evaluate.markdown import markdown
from dsia_gen.evaluate.result_store import ResultRecord
from dsia_gen.evaluate.run_evaluation import Request, Results
from dsia_gen.evaluate.statistics import Mean
from dsia_gen.evaluate.tables import Ablation
from tests.evaluate.conftest import METHODS, no_bar

pytestmark = pytest.mark.torch


def test_all_files_are_there(written: WrittenReport) -> None:
    names = {path.name for path in written.folder.iterdir()}
    assert {"index.html", "report.md", "report.json", "table2.tex", "samples.csv", "pictures", "results"} <= names


def test_markdown_names_every_method_and_every_reason(written: WrittenReport) -> None:
    text = (written.folder / "report.md").read_text(encoding="utf-8")
    for name in METHODS:
        assert f"| `{name}` |" in text or f"`{name}`" in text
    assert "| `dmaligner` | n/a |" in text
    assert "- `dmaligner`: no weights: give --checkpoint RUN" in text
    assert "nan" not in text.lower().replace("nannan", "")
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")


def test_rows_of_one_table_have_one_width(written: WrittenReport) -> None:
    block: list[int] = []
    for line in [*(written.folder / "report.md").read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("|"):
            block.append(line.count("|"))
        elif block:
            assert len(set(block)) == 1, line
            block = []


def test_json_holds_the_means_of_the_samples(written: WrittenReport) -> None:
    document = json.loads((written.folder / "report.json").read_text(encoding="utf-8"))
    assert document["samples"] == 4
    (table,) = (t for t in document["tables"] if t["region"] == "all")
    (row,) = (r for r in table["rows"] if r["method"] == "identity")
    lines = list(csv.DictReader(io.StringIO((written.folder / "samples.csv").read_text(encoding="utf-8"))))
    found = [float(line["psnr/all"]) for line in lines if line["method"] == "identity"]
    assert row["cells"]["Avg."]["psnr"]["mean"] == pytest.approx(math.fsum(found) / 4)
    reasons = {m["name"]: m["reason"] for m in document["methods"] if not m["ran"]}
    assert set(reasons) == {"raft", "dmaligner"} and all(reasons.values())


def test_csv_has_a_line_for_each_sample_of_each_method_that_ran(written: WrittenReport) -> None:
    lines = list(csv.DictReader(io.StringIO((written.folder / "samples.csv").read_text(encoding="utf-8"))))
    assert len(lines) == 4 * (len(METHODS) - 2)
    assert {"psnr/all", "ssim/visible", "share/foreground", "epe/gt_to_2", "seconds", "note"} <= lines[0].keys()


def test_latex_is_balanced_and_escaped(written: WrittenReport) -> None:
    text = latex(written.summary)
    assert text.count("{") == text.count("}")
    widths = {line.count(" & ") for line in text.splitlines() if line.endswith(r"\\") and "multicolumn" not in line}
    assert widths == {10}
    assert escaped("a_b & 5%") == r"a\_b \& 5\%"


def test_the_best_without_ground_truth_is_bold(written: WrittenReport) -> None:
    (table,) = (t for t in written.summary.tables if t.region == "all")
    rivals = [r for r in table.rows if r.cells and r.entry.info.group != "oracle"]
    best = max(rivals, key=lambda r: r.cells["Avg."]["psnr"].mean)
    line = next(x for x in markdown(written.summary).split("## Table 2: all")[1].splitlines()
                if x.startswith(f"| `{best.entry.name}`"))  # fmt: skip
    assert f"**{best.cells['Avg.']['psnr'].mean:.2f}**" in line
    assert "**" not in next(x for x in markdown(written.summary).splitlines() if x.startswith("| `oracle_flow` | 2"))


def test_pictures_are_those_of_the_samples(written: WrittenReport) -> None:
    files = sorted((written.folder / "pictures").glob("*.webp"))
    assert files and all(Image.open(path).size == (128, 72) for path in files)
    errors = [path for path in files if path.name.startswith("reference") and path.stem.endswith("error")]
    assert len(errors) == 3


def test_the_page_shows_texts_as_texts(written: WrittenReport) -> None:
    results = written.summary.results
    info = MethodInfo("evil", "<script>alert(1)</script>{{data}}", "warp", "-")
    summary = replace(
        written.summary, results=replace(results, entries=(*results.entries, MethodEntry(info, None, "no & <b>")))
    )
    text = page(summary, [])
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)&lt;/script&gt;{{data}}" in text


def some(written: WrittenReport) -> Results:
    """The results of two methods that are quick and of one that could not run."""
    results = written.summary.results
    return replace(results, entries=tuple(e for e in results.entries if e.name in ("identity", "dis", "dmaligner")))


def test_the_same_results_give_the_same_files(written: WrittenReport, tmp_path: Path) -> None:
    first, again = (write_report(some(written), tmp_path / name, no_bar).folder for name in ("a", "b"))
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for name in names:
        assert (first / name).read_bytes() == (again / name).read_bytes(), name


def test_pictures_of_an_earlier_report_go_and_no_others(written: WrittenReport, tmp_path: Path) -> None:
    mine = [tmp_path / "pictures" / "mine.webp", tmp_path / "figures" / "mine.svg"]
    for path in mine:
        path.parent.mkdir()
        path.write_text("mine")
    files = WrittenFiles(tmp_path, INDEX, GENERATOR)
    files.write(InsidePath("pictures/old.webp"), b"ours")
    files.write(INDEX, GENERATOR)
    files.close()
    write_report(some(written), tmp_path, no_bar)
    assert not (tmp_path / "pictures" / "old.webp").exists() and len(list(tmp_path.rglob("*.webp"))) > 1
    assert [path.read_text() for path in mine] == ["mine", "mine"]


@pytest.mark.parametrize("name", ["index.html", "samples.csv", "report.md"])
def test_a_file_of_another_is_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(StorageError, match="left alone"):
        write_evaluation(Request(("identity",)), tmp_path, no_bar)
    assert (tmp_path / name).read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_worst_median_best() -> None:
    records = {
        f"s{k}": ResultRecord(f"s{k}", "k", 0.1, {"psnr/all": v}) for k, v in enumerate((30.0, 10.0, math.inf, 20.0))
    }
    assert chosen(records) == {"worst": "s1", "median": "s3", "best": "s2"}
    assert chosen({"s0": records["s0"]}) == {"worst": "s0"}
    assert chosen({}) == {}


def test_figure_8_has_equal_bins_and_is_drawn(written: WrittenReport, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    results = written.summary.results
    samples, records = [], {}
    for k in range(12):
        sample = results.samples[k % 4]
        samples.append(_Renamed(sample, f"s{k:02d}", {"camera_motion_px": float(k)}))
        records[f"s{k:02d}"] = ResultRecord(f"s{k:02d}", "k", 0.1, {"psnr/all": 40.0 - k})
    entries = tuple(e for e in results.entries if e.name == "identity")
    made = replace(results, entries=entries, records={"identity": records}, samples=tuple(samples))
    (curve,) = curves("camera_motion_px", "psnr/all", made)
    assert curve.places == pytest.approx((1, 4, 7, 10))
    assert [m.mean for m in curve.means] == pytest.approx([39, 36, 33, 30])
    assert curves("camera_motion_px", "psnr/all", replace(made, samples=tuple(samples[:5]))) == []
    names = draw("camera_motion_px", "PSNR", [curve], entries, tmp_path, "figure")
    first = {name: (tmp_path / name).read_bytes() for name in names}
    draw("camera_motion_px", "PSNR", [curve], entries, tmp_path, "figure")
    assert first == {name: (tmp_path / name).read_bytes() for name in names}
    assert b"<svg" in first["figure.svg"] and first["figure.pdf"].startswith(b"%PDF")


class _Renamed:
    """A sample under another name and with another motion."""

    def __init__(self, sample: object, name: str, motion: dict[str, float]) -> None:
        self.source, self.id, self.motion, self.group, self.subset = sample.source, name, motion, name, "LcLf"  # type: ignore[attr-defined]


def test_ablations_are_a_table(written: WrittenReport) -> None:
    mean = Mean(26.0, 25.0, 27.0, 10)
    summary = replace(written.summary, ablations=(Ablation("e", "x0", True, mean, Mean(0.8, 0.7, 0.9, 10)),))
    assert "| `e` | x0 | with | 26.00 (25.00 to 27.00) | 0.800 (0.700 to 0.900) |" in markdown(summary)
    assert "Table 4" in page(summary, []) and "Table 4" not in page(written.summary, [])


def test_curves_need_places() -> None:
    assert Curve("m", (1.0,), (Mean(1, np.nan, np.nan, 1),)).places == (1.0,)
