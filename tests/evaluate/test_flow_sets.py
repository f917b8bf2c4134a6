"""Public sets of flow, made here in their own layouts, and the tables of an evaluation on them."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dsia_gen.align.flow_files import read_flo, read_kitti_flow, read_matrix
from dsia_gen.align.methods.method import Aligned, AlignmentMethod, ImagePair, MethodInfo
from dsia_gen.cli.main import app
from dsia_gen.core.errors import AlignError
from dsia_gen.dataset import DatasetLayout
from dsia_gen.dataset.export.encode import flo, kitti_flow
from dsia_gen.dataset.export.run_export import export
from dsia_gen.dataset.reader import open_dataset
from dsia_gen.evaluate.evaluation_report import write_evaluation
from dsia_gen.evaluate.flow_set_tables import flow_set_tables, open_flow_sets
from dsia_gen.evaluate.flow_sets import hpatches_pairs, kitti_flow_pairs, sintel_flow_pairs
from dsia_gen.evaluate.loop import MethodEntry
from dsia_gen.evaluate.result_store import ResultStore
from dsia_gen.evaluate.run_evaluation import Request
from tests.evaluate.conftest import no_bar
from tests.evaluate.flow_folders import (
    HEIGHT,
    SHIFT,
    WIDTH,
    constant_flow,
    hidden_mask,
    make_hpatches,
    make_kitti,
    make_sintel,
    write,
)

pytestmark = pytest.mark.torch
pytest.importorskip("cv2")
NAN_ROW = 0


class Wrong(AlignmentMethod):
    """Off by (6, 8) px in the left half and exact elsewhere."""

    info = MethodInfo("wrong", "Wrong", "warp", "here")

    def align(self, pair: ImagePair) -> Aligned:
        flow = np.broadcast_to(np.array(SHIFT, np.float32), (*pair.image1.shape[:2], 2)).copy()
        flow[:, : flow.shape[1] // 2] += (6, 8)
        return Aligned(pair.image2, flow)


def test_sintel_has_hidden_and_invalid_pixels(tmp_path: Path) -> None:
    pairs = sintel_flow_pairs(make_sintel(tmp_path), "final")
    assert [(p.group, p.first.stem) for p in pairs] == [("alley_1", "frame_0001"), ("market_2", "frame_0001")]
    truth = pairs[0].truth(("flow_1_to_2", "occlusion_1_to_2"))
    assert np.isnan(truth["flow_1_to_2"][NAN_ROW]).all()
    assert np.array_equal(truth["flow_1_to_2"][1:], constant_flow()[1:])
    assert np.array_equal(truth["occlusion_1_to_2"] != 0, hidden_mask())
    assert sintel_flow_pairs(tmp_path / "training", "clean")[0].data_key == pairs[0].data_key, "frames alike"


def test_a_changed_flow_is_another_pair(tmp_path: Path) -> None:
    (pair, _) = sintel_flow_pairs(make_sintel(tmp_path), "clean")
    before = pair.data_key
    write(pair.files[3], np.zeros((HEIGHT, WIDTH), np.uint8))
    assert pair.data_key != before


def test_sintel_without_flow_is_frames_alone(tmp_path: Path) -> None:
    root = make_sintel(tmp_path)
    (root / "training" / "flow" / "alley_1" / "frame_0001.flo").unlink()
    with pytest.raises(AlignError, match=r"alley_1.frame_0001\.flo is not there"):
        sintel_flow_pairs(root, "clean")
    (root / "training" / "flow").rename(root / "training" / "elsewhere")
    assert sintel_flow_pairs(root, "clean") == []


@pytest.mark.parametrize("pictures", ["image_2", "colored_0", "image_0"])
def test_kitti_is_sparse(tmp_path: Path, pictures: str) -> None:
    pairs = kitti_flow_pairs(make_kitti(tmp_path, pictures))
    assert [pair.id for pair in pairs] == ["kitti_000000_000000_10", "kitti_000001_000001_10"]
    truth = pairs[0].truth(("flow_1_to_2", "occlusion_1_to_2"))
    known = np.isfinite(truth["flow_1_to_2"]).all(axis=-1)
    assert known[:, ::3].all() and known.sum() == known[:, ::3].size
    assert np.array_equal(truth["flow_1_to_2"][known], constant_flow()[known])
    assert np.array_equal((truth["occlusion_1_to_2"] == 0)[known], ~hidden_mask()[known])


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (240, 240), (37, 41)])
def test_hpatches_flow_is_that_of_the_squashed_pictures(tmp_path: Path, size: tuple[int, int]) -> None:
    pairs = hpatches_pairs(make_hpatches(tmp_path), size)
    assert [(p.group, p.subset) for p in pairs] == [("v_wall", f"1-{k}") for k in range(2, 7)]
    for number, pair in enumerate(pairs, 2):
        flow = pair.truth(("flow_1_to_2",))["flow_1_to_2"]
        assert flow.shape == (size[1], size[0], 2) == (*pair.images()[0].shape[:2], 2)
        known = np.isfinite(flow).all(axis=-1)
        # picture k shows a pixel (2k, -k) px further, so it is aligned to by the opposite, on other sides
        expected = np.array([-2.0 * number * size[0] / (2 * WIDTH), number * size[1] / (2 * HEIGHT)])
        assert known.any() and np.abs(flow[known] - expected).max() < 1e-3
        x, y = np.meshgrid(np.arange(size[0]) + expected[0], np.arange(size[1]) + expected[1])
        inside = (x > 0.01) & (x < size[0] - 1.01) & (y > 0.01) & (y < size[1] - 1.01)
        assert known[inside].all() and not known[(x < -0.01) | (y > size[1] - 0.99)].any()


@pytest.mark.parametrize("form", ["sintel", "kitti"])
def test_an_export_has_the_truth_of_its_data_set(layout: DatasetLayout, tmp_path: Path, form: str) -> None:
    export(layout.root, tmp_path, form)
    (pairs,) = open_flow_sets(*((tmp_path, None) if form == "sintel" else (None, tmp_path)), None, (16, 16)).values()
    samples = {
        sample.image("1").tobytes() + sample.image("2").tobytes(): sample for sample in open_dataset(layout.root)
    }
    for pair in pairs:
        first, second = pair.images()
        sample = samples[first.tobytes() + second.tobytes()]
        truth, exact = pair.truth(("flow_1_to_2", "occlusion_1_to_2")), np.asarray(sample["flow_1_to_2"])
        known = np.isfinite(truth["flow_1_to_2"]).all(axis=-1)
        assert known.any() and np.abs(truth["flow_1_to_2"] - exact)[known].max() <= 1 / 128
        visible = np.asarray(sample["occlusion_1_to_2"]) == 0
        assert np.array_equal((truth["occlusion_1_to_2"] == 0)[known], visible[known])
    assert pairs


def test_measures_follow_the_protocols(tmp_path: Path) -> None:
    pairs = kitti_flow_pairs(make_kitti(tmp_path))
    (table,) = flow_set_tables(
        {"kitti": pairs}, (MethodEntry(Wrong.info, Wrong()),), lambda name: ResultStore(tmp_path / name), no_bar
    )
    (row,) = table.rows
    columns = np.arange(0, WIDTH, 3)
    wrong, hidden = columns < WIDTH // 2, columns < WIDTH // 8
    assert row.epe["all"].mean == pytest.approx(10 * wrong.mean(), abs=1e-5)
    assert row.epe["visible"].mean == pytest.approx(10 * wrong[~hidden].mean(), abs=1e-5)
    assert row.epe["hidden"].mean == pytest.approx(10, abs=1e-5)
    assert row.fl["all"] == pytest.approx(wrong.mean()) and row.fl["visible"] == pytest.approx(wrong[~hidden].mean())
    assert row.pck[5].mean == row.pck[1].mean == pytest.approx(1 - wrong.mean())


def test_outliers_are_pooled_over_pixels_and_not_over_pairs(tmp_path: Path) -> None:
    root = make_kitti(tmp_path)
    few = np.zeros((HEIGHT, WIDTH), bool)
    few[:2, WIDTH - 1] = True  # exact there
    for folder in ("flow_occ", "flow_noc"):
        write(root / "training" / folder / "000001_10.png", kitti_flow(constant_flow(), few))
    pairs, entries = kitti_flow_pairs(root), (MethodEntry(Wrong.info, Wrong()),)
    (table,) = flow_set_tables({"kitti": pairs}, entries, lambda name: ResultStore(tmp_path / name), no_bar)
    columns = np.arange(0, WIDTH, 3)
    outliers, pixels = (columns < WIDTH // 2).sum() * HEIGHT, columns.size * HEIGHT + 2
    assert table.rows[0].fl["all"] == pytest.approx(outliers / pixels)
    assert table.rows[0].pck[3].mean == pytest.approx((1 + (columns >= WIDTH // 2).mean()) / 2)


def test_a_report_has_a_table_for_each_set(tmp_path: Path) -> None:
    folders = make_sintel(tmp_path / "s"), make_kitti(tmp_path / "k"), make_hpatches(tmp_path / "h")
    sintel, kitti, hpatches = map(str, folders)
    arguments = [
        "evaluate", "-o", str(tmp_path / "report"), "--methods", "identity,dis", "--sintel", sintel, "--kitti", kitti,
        "--hpatches", hpatches, "--hpatches-size", "56x40", "--samples", "1",
    ]  # fmt: skip
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert [table["source"] for table in report["flow_sets"]] == ["sintel_clean", "sintel_final", "kitti", "hpatches"]
    for table in report["flow_sets"]:
        (row,) = table["rows"]
        assert row["name"] == "dis" and table["pairs"] == 1 and row["epe"]["all"]["mean"] < 1.5
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert "## Flow on KITTI" in text and "| `dis` |" in text and "EPE, hidden" in text and "EPE, 1-2" in text
    assert "Flow on HPatches" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "Flow on KITTI" in result.output


def test_wrong_folders_and_files_are_named(tmp_path: Path) -> None:
    for open_set, named in ((kitti_flow_pairs, "flow_occ"), (hpatches_pairs, r"v_\*")):
        with pytest.raises(AlignError, match=named):
            open_set(tmp_path)
    root = make_hpatches(tmp_path / "h")
    (root / "v_wall" / "H_1_3").unlink()
    with pytest.raises(AlignError, match="H_1_3 is not there"):
        hpatches_pairs(root)
    (root / "v_wall" / "4.ppm").unlink()
    with pytest.raises(AlignError, match=r"no 4\.ppm"):
        hpatches_pairs(root)
    root = make_kitti(tmp_path / "k")
    (root / "training" / "image_2" / "000001_11.png").unlink()
    with pytest.raises(AlignError, match=r"000001_11\.png is not there"):
        kitti_flow_pairs(root)


def test_damaged_truth_is_told_in_a_sentence(tmp_path: Path) -> None:
    kitti = make_kitti(tmp_path / "kitti")
    write(kitti / "training" / "flow_occ" / "000001_10.png", hidden_mask().astype(np.uint8))
    result = CliRunner().invoke(app, ["evaluate", "-o", str(tmp_path / "r"), "--methods", "dis", "--kitti", str(kitti)])
    assert isinstance(result.exception, AlignError) and "three channels of 16 bits" in str(result.exception)
    other = make_kitti(tmp_path / "other")
    write(other / "training" / "image_2" / "000000_10.png", np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(AlignError, match="differ"):
        write_evaluation(Request(("dis",), kitti=other), tmp_path / "r2", no_bar)


def test_flo_is_read_as_it_is_written(tmp_path: Path) -> None:
    flow = np.random.default_rng(0).normal(0, 300, (5, 7, 2)).astype(np.float32)
    flow[1, 2] = np.nan
    path = tmp_path / "a.flo"
    path.write_bytes(flo(flow))
    assert np.array_equal(read_flo(path), flow, equal_nan=True)
    whole = path.read_bytes()
    for damaged, named in (
        (whole[:-1], "bytes"), (whole + b"0", "bytes"), (b"", "begin"), (b"abcd" + whole[4:], "begin"),
        (whole[:4] + struct.pack("<ii", -1, 3) + whole[12:], "-1x3"),
        (whole[:4] + struct.pack("<ii", 2**30, 2**30) + whole[12:], "unpack"),
    ):  # fmt: skip
        path.write_bytes(damaged)
        with pytest.raises(AlignError, match=named):
            read_flo(path)


def test_kitti_flow_is_read_as_it_is_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    flow = (rng.integers(-512 * 64, 512 * 64, (6, 9, 2)) / 64).astype(np.float32)
    valid = rng.random((6, 9)) < 0.5
    path = tmp_path / "a.png"
    path.write_bytes(kitti_flow(flow, valid))
    expected = np.where(valid[..., None], flow, np.float32(np.nan))
    assert np.array_equal(read_kitti_flow(path), expected, equal_nan=True)


@pytest.mark.parametrize("text", ["", "1 2 3", "a b c\n" * 3, "0 0 0\n" * 3, "nan 0 0\n0 1 0\n0 0 1", "1 " * 10])
def test_a_matrix_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "H_1_2"
    path.write_text(text)
    with pytest.raises(AlignError, match="homography"):
        read_matrix(path)
