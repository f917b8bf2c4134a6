"""The invariants of an evaluation, and that it goes on where it stopped."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dsia_gen.align import methods as methods_module
from dsia_gen.align.methods import Aligned, AlignmentMethod, ImagePair, MethodInfo, MethodOptions
from dsia_gen.core.errors import AlignError, DsiaError
from dsia_gen.core.registry import Registry
from dsia_gen.dataset import DatasetLayout, open_dataset
from dsia_gen.evaluate import run_evaluation as run_module
from dsia_gen.evaluate.evaluation_report import WrittenReport
from dsia_gen.evaluate.hdr import HdrSettings
from dsia_gen.evaluate.result_store import ResultRecord, ResultStore
from dsia_gen.evaluate.run_evaluation import Request, Results, evaluate, labelled_runs
from dsia_gen.evaluate.tables import AVERAGE, region_table
from tests.evaluate.conftest import METHODS, SUBSETS, no_bar
from tests.files import rewrite_samples

pytestmark = pytest.mark.torch
metrics = pytest.importorskip("skimage.metrics")
CHEAP = ("identity", "reference", "oracle_flow", "oracle_flow_1_to_2")


@pytest.fixture(scope="session")
def results(written: WrittenReport) -> Results:
    return written.summary.results


def numbers(results: Results) -> dict[tuple[str, str], dict[str, float]]:
    return {(m, s): dict(r.values) for m, of in results.records.items() for s, r in of.items()}


def test_every_method_asked_for_is_in_every_table(written: WrittenReport) -> None:
    for table in written.summary.tables:
        assert {row.entry.name for row in table.rows} == set(METHODS)
        assert all(row.cells or row.reason for row in table.rows)
        assert table.columns == (*SUBSETS, AVERAGE)
    regions = {table.region for table in written.summary.tables}
    assert regions == {
        "all",
        "visible",
        "consistent",
        "own",
        "reliable",
        "changed",
        "foreground",
        "background",
        "uncovered",
    }


def test_identity_is_what_a_direct_computation_gives(results: Results, layout: DatasetLayout) -> None:
    direct = []
    for sample in open_dataset(layout.root):
        a, b = sample.image("2"), sample.image("gt")
        direct.append(metrics.peak_signal_noise_ratio(b, a, data_range=255))
        assert results.records["identity"][sample.id].values["psnr/all"] == pytest.approx(direct[-1], abs=1e-5)
        seen = sample.occlusion("gt_to_2") == 0
        error = np.mean((a[seen].astype(float) - b[seen]) ** 2)
        value = results.records["identity"][sample.id].values["psnr/visible"]
        assert value == pytest.approx(10 * math.log10(255**2 / error), abs=1e-5)
    table = region_table("all", results)
    (row,) = (row for row in table.rows if row.entry.name == "identity")
    assert row.cells[AVERAGE]["psnr"].mean == pytest.approx(np.mean(direct), abs=1e-5)


def test_leaving_out_occluded_pixels_never_lowers_the_oracle(results: Results) -> None:
    for record in results.records["oracle_flow"].values():
        assert record.values["psnr/visible"] >= record.values["psnr/all"]
        assert record.values["ssim/visible"] >= record.values["ssim/all"]


def test_the_oracle_is_right_where_it_can_be(results: Results) -> None:
    for record in results.records["oracle_flow"].values():
        assert record.values["psnr/reliable"] >= 30
        assert record.values["epe/gt_to_2"] == 0
        assert (
            record.values["psnr/visible"] > results.records["oracle_flow_1_to_2"][record.sample].values["psnr/visible"]
        )


def test_the_exact_flow_of_the_first_image_rebuilds_its_foreground_not_the_answer_s(results: Results) -> None:
    """The trap: an exact optical flow is no better on the foreground of Igt than any estimate."""
    for sample, record in results.records["oracle_flow_1_to_2"].items():
        assert record.values["psnr/foreground"] < results.records["oracle_flow"][sample].values["psnr/foreground"] - 5
        assert record.values["epe/1_to_2"] == 0


def test_shares_of_foreground_background_and_uncovered_make_one(results: Results) -> None:
    for record in results.records["identity"].values():
        parts = [record.values[f"share/{name}"] for name in ("foreground", "background", "uncovered")]
        assert sum(parts) == pytest.approx(1)


def test_two_runs_give_the_same_numbers(request_all: Request, results: Results, work: Path) -> None:
    again = evaluate(replace(request_all, hdr=None), work, no_bar)
    assert numbers(again) == numbers(results)


@pytest.mark.slow
def test_a_shuffled_data_set_gives_the_same_averages(layout: DatasetLayout, tmp_path: Path, work: Path) -> None:
    other = DatasetLayout(shutil.copytree(layout.root, tmp_path / "shuffled"))
    rewrite_samples(other, lambda rows: rows[::-1])
    tables = []
    for place in (layout, other):
        found = evaluate(Request(CHEAP, place.root), work / place.root.name, no_bar)
        table = region_table("all", found)
        # as text: the ends of an interval of one sample are NaN, which equals nothing from Python 3.13 on
        tables.append([(row.entry.name, repr(row.cells)) for row in table.rows])
    assert tables[0] == tables[1]


class Counting(AlignmentMethod):
    """A method that counts its calls, and fails on request."""

    def __init__(self, version: int = 1) -> None:
        self.info = MethodInfo("counting", "counts", "copy", "-", version=version)
        self.calls = 0
        self.broken = ""

    def align(self, pair: ImagePair) -> Aligned:
        self.calls += 1
        if self.broken:
            raise DsiaError(self.broken)
        return Aligned(pair.image2)


def count(method: Counting, dataset: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    registry: Registry[AlignmentMethod] = Registry("no_packages", "method")
    registry.register("counting", method)
    for module in (methods_module, run_module):
        monkeypatch.setattr(module, "METHODS", registry)
    return evaluate(Request(("counting",), dataset), folder, no_bar)


def test_what_is_kept_is_not_made_again(layout: DatasetLayout, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = Counting()
    first = count(method, layout.root, work, monkeypatch)
    again = count(method, layout.root, work, monkeypatch)
    assert method.calls == 4
    assert numbers(first) == numbers(again)
    newer = Counting(version=2)
    count(newer, layout.root, work, monkeypatch)
    assert newer.calls == 4, "a new version of a method is asked anew"


def test_other_data_and_a_line_that_was_cut_are_made_again(
    layout: DatasetLayout, tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = DatasetLayout(shutil.copytree(layout.root, tmp_path / "copy"))
    method = Counting()
    count(method, copy.root, work, monkeypatch)
    kept = work / "results" / "counting.jsonl"
    kept.write_bytes(kept.read_bytes()[:-40])
    count(method, copy.root, work, monkeypatch)
    assert method.calls == 5
    for receipt in (copy.root / "scenes" / "00001").glob("receipt.json"):
        receipt.unlink()
    image = copy.root / "scenes" / "00001" / "views" / "t0001_p0000" / "image.png"
    shutil.copy(copy.root / "scenes" / "00000" / "views" / "t0001_p0000" / "image.png", image)
    count(method, copy.root, work, monkeypatch)
    assert method.calls == 6


def test_a_failure_on_a_sample_is_told_and_stops_nothing(
    layout: DatasetLayout, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = Counting()
    method.broken = "the GPU's memory is too small"
    found = count(method, layout.root, work, monkeypatch)
    (row,) = region_table("all", found).rows
    assert "failed on every sample: the GPU's memory" in row.reason


def test_infinities_survive_the_disk(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    store.add("m", ResultRecord("s", "k", 0.5, {"psnr/all": math.inf}))
    found = ResultStore(tmp_path).get("m", "s", "k")
    assert found is not None and found.values["psnr/all"] == math.inf
    assert ResultStore(tmp_path).get("m", "s", "other") is None


def test_samples_are_limited_evenly_and_subsets_chosen(layout: DatasetLayout, work: Path) -> None:
    found = evaluate(Request(("identity",), layout.root, samples=2), work, no_bar)
    assert [sample.id for sample in found.samples] == ["00000_0000", "00000_0002"]
    found = evaluate(Request(("identity",), layout.root, subsets=("ScSf",)), work, no_bar)
    assert [sample.subset for sample in found.samples] == ["ScSf"]
    with pytest.raises(AlignError, match="no sample"):
        evaluate(Request(("identity",), layout.root, subsets=("none",)), work, no_bar)


def test_checkpoints_have_names_of_their_own(tmp_path: Path) -> None:
    assert labelled_runs(["runs/a"]) == [("dmaligner", "runs/a")]
    assert labelled_runs(["runs/a", "x=runs/b"]) == [("a", "runs/a"), ("x", "runs/b")]
    for wrong in (["a=1", "a=2"], ["identity=1"], ["a/b=1"], ["=1"]):
        with pytest.raises(AlignError, match="LABEL=RUN"):
            labelled_runs(wrong)
    (tmp_path / "flow.json").touch()
    assert labelled_runs([str(tmp_path)]) == [(tmp_path.name, str(tmp_path))]


def test_nothing_to_do_is_said(layout: DatasetLayout, work: Path) -> None:
    with pytest.raises(AlignError, match="nothing to evaluate on"):
        evaluate(Request(("identity",)), work, no_bar)
    with pytest.raises(AlignError, match=r"no method can run: dmaligner: no weights"):
        evaluate(Request(("dmaligner",), layout.root, options=MethodOptions()), work, no_bar)


class InBatches(Counting):
    """Counts how many pairs it is given at once; fails where a batch holds a black image."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def align_batch(self, pairs: Sequence[ImagePair]) -> list[Aligned]:
        self.sizes.append(len(pairs))
        if self.broken and any(pair.image1.mean() < 1 for pair in pairs):
            raise DsiaError(self.broken)
        return [self.align(pair) for pair in pairs]

    def align(self, pair: ImagePair) -> Aligned:
        return Aligned(pair.image2)


@pytest.mark.slow
def test_batches_give_the_results_of_single_pairs(
    layout: DatasetLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for batch, sizes in ((1, [1, 1, 1, 1]), (3, [3, 1]), (9, [4])):
        method = InBatches()
        registry: Registry[AlignmentMethod] = Registry("no_packages", "method")
        registry.register("counting", method)
        for module in (methods_module, run_module):
            monkeypatch.setattr(module, "METHODS", registry)
        request = Request(("counting",), layout.root, batch=batch)
        found.append(numbers(evaluate(request, tmp_path / str(batch), no_bar)))
        assert method.sizes == sizes
        evaluate(request, tmp_path / str(batch), no_bar)
        assert method.sizes == sizes, "what is stored is not given to the method again"
    assert found[0] == found[1] == found[2]


def test_one_sample_that_fails_takes_no_other_of_its_batch_along(
    layout: DatasetLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = DatasetLayout(shutil.copytree(layout.root, tmp_path / "copy"))
    image = copy.root / "scenes" / "00001" / "views" / "t0000_p0000" / "image.png"
    Image.new("RGB", Image.open(image).size).save(image)
    method = InBatches()
    method.broken = "a black image"
    registry: Registry[AlignmentMethod] = Registry("no_packages", "method")
    registry.register("counting", method)
    for module in (methods_module, run_module):
        monkeypatch.setattr(module, "METHODS", registry)
    found = evaluate(Request(("counting",), copy.root, batch=4), tmp_path / "report", no_bar)
    errors = {sample: record.error for sample, record in found.records["counting"].items()}
    assert errors == {"00000_0000": "", "00000_0001": "", "00000_0002": "", "00001_0000": "a black image"}


@pytest.mark.slow
def test_processes_share_an_evaluation_and_give_the_same_results(layout: DatasetLayout, tmp_path: Path) -> None:
    request = Request(CHEAP, layout.root, hdr=HdrSettings())
    alone = evaluate(request, tmp_path / "alone", no_bar)
    told: list[tuple[int, int]] = []

    @contextmanager
    def bar(title: str) -> Iterator[Callable[[int, int], None]]:
        yield (lambda done, total: told.append((done, total))) if title == "2 processes" else (lambda done, total: None)

    shared = evaluate(replace(request, workers=2), tmp_path / "shared", bar)
    assert numbers(shared) == numbers(alone) and shared.hdr == alone.hdr
    assert told[-1] == (32, 32), "four methods on four samples, and again for HDR"
    assert sorted(path.name for path in (tmp_path / "shared").iterdir()) == ["results"]
    files = [sorted(p.relative_to(tmp_path / run) for p in (tmp_path / run).rglob("*")) for run in ("alone", "shared")]
    assert files[0] == files[1]


def test_results_of_processes_that_were_cut_off_are_taken_over(
    layout: DatasetLayout, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = Counting()
    first = count(method, layout.root, work, monkeypatch)
    left = work / "shares" / "1" / "results"
    left.mkdir(parents=True)
    lines = (work / "results" / "counting.jsonl").read_bytes().splitlines(keepends=True)
    (work / "results" / "counting.jsonl").write_bytes(lines[0])
    (left / "counting.jsonl").write_bytes(b"".join(lines[1:3]) + lines[3][:20])
    again = count(method, layout.root, work, monkeypatch)
    assert numbers(again) == numbers(first)
    assert method.calls == 5, "the line that was cut off is computed again, and it alone"
    assert not (work / "shares").exists()
