"""Every format, read back by the readers of its users: values come back as they went in."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dsia_gen.dataset import Dataset, Sample
from dsia_gen.dataset.export import ExportOptions, decode_exr, export
from dsia_gen.dataset.export.encode import kitti_flow, png16_rgb

cv2 = pytest.importorskip("cv2")
Exported = Callable[[str], Path]


def named(root: Path, data: Dataset) -> Iterator[tuple[str, str, Sample]]:
    """Split, name and sample of each row of an export's table."""
    with (root / "samples.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            yield row["split"], row["name"], data[row["sample"]]


def picture(path: Path) -> np.ndarray:
    return np.array(Image.open(path))


def test_every_sample_is_there_once_and_listed(odd: Dataset, exported: Exported) -> None:
    for form in ("dmaligner", "webdataset", "huggingface", "sintel", "kitti", "kubric", "fiftyone"):
        root = exported(form)
        rows = list(named(root, odd))
        assert sorted(sample.id for _, _, sample in rows) == sorted(odd.ids)
        lines = {path.stem: path.read_text().split() for path in (root / "lists").iterdir()}
        subsets = {sample.subset for _, _, sample in rows}
        for subset in subsets:
            assert sorted(lines[str(subset)]) == sorted(f"{s}/{n}" for s, n, x in rows if x.subset == subset)
        card = (root / "README.md").read_text()
        assert "## Licences" in card and f"`{form}`" in card and f"{len(odd)} of {len(odd)} samples" in card
        assert (root / "ATTRIBUTION.md").read_bytes() == (odd.layout.root / "ATTRIBUTION.md").read_bytes()


def test_dmaligner_as_the_released_trainer_reads_it(odd: Dataset, exported: Exported) -> None:
    """`MyDataset` of the release: pandas on the CSV, paths from the working folder, part 3 of a path is the id."""
    pandas = pytest.importorskip("pandas")
    root = exported("dmaligner")
    folder = root / "data" / "csv_files"
    assert {"train.csv", "test.csv", "train_debug.csv", "test_debug.csv"} <= {p.name for p in folder.iterdir()}
    samples = {name: sample for _, name, sample in named(root, odd)}
    seen = []
    for split in ("train", "val", "test"):
        table = pandas.read_csv(folder / f"{split}.csv")
        assert list(table.columns) == ["img1", "img2", "gt", "mask"]
        for row in table.itertuples():
            assert row.img1.startswith(f"data/DSIA/{split}/")
            assert row.gt.endswith("/img1_warp_gt.png") and row.mask.endswith("/input_mask.png")
            name = row.img1.split("/")[3]
            assert re.fullmatch(r"\d{5}_\d+_000[1-7]", name)
            sample = samples[name]
            for path, role in ((row.img1, "1"), (row.img2, "2"), (row.gt, "gt")):
                assert np.array_equal(np.array(Image.open(root / path).convert("RGB")), sample.image(role))
            mask = Image.open(root / row.mask)
            assert mask.mode == "L" and np.array_equal(np.array(mask) > 0, sample["dynamic_union"])
            seen.append(name)
    assert sorted(seen) == sorted(samples)


@pytest.mark.parametrize(("size", "fit"), [((48, 32), "resize"), ((60, 32), "crop")])
def test_dmaligner_at_another_size(odd: Dataset, tmp_path: Path, size: tuple[int, int], fit: str) -> None:
    export(odd.layout.root, tmp_path / "out", "dmaligner", ExportOptions(size=size, fit=fit), where="scene == '00000'")
    for path in (tmp_path / "out" / "data" / "DSIA").rglob("*.png"):
        assert Image.open(path).size == size
    split, name, sample = next(named(tmp_path / "out", odd))
    mask = picture(tmp_path / "out" / "data" / "DSIA" / split / name / "input_mask.png") > 0
    assert mask.mean() == pytest.approx(sample["dynamic_union"].mean(), abs=0.03)


def test_webdataset_by_its_own_reader(odd: Dataset, exported: Exported) -> None:
    wds = pytest.importorskip("webdataset")
    root = exported("webdataset")
    counts = json.loads((root / "shards.json").read_text())
    urls = [str(root / name) for name in counts]
    found = list(wds.WebDataset(urls, shardshuffle=False).decode("rgb8", decode_exr))
    assert len(found) == len(odd) == sum(counts.values())
    for entry in found:
        sample = odd[entry["__key__"]]
        assert np.array_equal(entry["img1.png"], sample.image("1")) and np.array_equal(
            entry["gt.png"], sample.image("gt")
        )
        assert np.array_equal(entry["flow_1_to_2.exr"], sample.flow("1_to_2"), equal_nan=True)
        assert np.array_equal(entry["depth_gt.exr"], sample.depth("gt"))
        K, pose = sample.camera("2")
        assert np.array_equal(entry["json"]["K"], K) and np.array_equal(entry["json"]["camera_to_world"]["2"], pose)


def test_shards_hold_the_files_of_the_data_set_and_nothing_of_this_machine(odd: Dataset, exported: Exported) -> None:
    for path in exported("webdataset").glob("*.tar"):
        with tarfile.open(path) as tar:
            for info in tar:
                assert (info.mtime, info.uid, info.gid, info.uname, info.gname) == (0, 0, 0, "", "")
                sample, _, name = info.name.partition(".")
                if name == "flow_1_to_2.exr":
                    stream = tar.extractfile(info)
                    assert stream and stream.read() == odd[sample].file("flow_1_to_2").read_bytes()


def test_the_same_data_gives_the_same_bytes(odd: Dataset, exported: Exported, tmp_path: Path) -> None:
    for form in ("webdataset", "huggingface", "sintel", "kitti", "kubric", "fiftyone"):
        export(odd.layout.root, tmp_path / form, form, ExportOptions(ratios=(0.5, 0.25, 0.25)))
        for path in exported(form).rglob("*"):
            if path.is_file():
                again = tmp_path / form / path.relative_to(exported(form))
                assert again.read_bytes() == path.read_bytes(), path


def test_shard_size(odd: Dataset, tmp_path: Path) -> None:
    limit = 40_000
    export(odd.layout.root, tmp_path / "out", "webdataset", ExportOptions(ratios=(1, 0, 0), shard_bytes=limit))
    counts = json.loads((tmp_path / "out" / "shards.json").read_text())
    assert len(counts) > 1 and sum(counts.values()) == len(odd)
    for name, count in counts.items():
        with tarfile.open(tmp_path / "out" / name) as tar:
            size = sum(info.size for info in tar if not info.name.endswith(".json"))
        assert size <= limit or count == 1


def test_raw_shards(odd: Dataset, tmp_path: Path) -> None:
    export(odd.layout.root, tmp_path / "out", "webdataset", ExportOptions(raw=True, outputs=("image", "flow_gt_to_2")))
    with tarfile.open(next((tmp_path / "out").glob("*.tar"))) as tar:
        stem = tar.getnames()[0].partition(".")[0]
        stream = tar.extractfile(f"{stem}.flow_gt_to_2.npy")
        assert stream is not None
        flow = np.load(io.BytesIO(stream.read()))
        assert {name.partition(".")[2] for name in tar.getnames() if name.startswith(stem)} == {
            "json", "img1.npy", "img2.npy", "gt.npy", "flow_gt_to_2.npy"
        }  # fmt: skip
    assert np.array_equal(flow, odd[stem].flow("gt_to_2"), equal_nan=True)


@pytest.mark.slow
def test_huggingface_by_datasets(
    odd: Dataset, exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    root = exported("huggingface")
    splits = {"train": "train", "val": "validation", "test": "test"}
    wanted = {splits[split] for split, _, _ in named(root, odd)}
    loaded = datasets.load_dataset(str(root), cache_dir=str(tmp_path))
    assert set(loaded) == wanted
    for row in (row for split in loaded.values() for row in split.with_format("numpy")):
        sample = odd[str(row["sample"])]
        assert np.array_equal(row["img2"], sample.image("2"))
        assert np.array_equal(row["dynamic_union"] > 0, sample["dynamic_union"])
        assert np.array_equal(row["instances_gt"], sample.instances("gt"))
        assert np.array_equal(row["flow_1_to_2"], sample.flow("1_to_2"), equal_nan=True)
        assert row["flow_1_to_2"].dtype == np.float32
        assert np.array_equal(row["depth_1"], sample.depth("1"))
        assert np.array_equal(row["K"], sample.camera("1")[0].astype(np.float32))  # numpy's format is float32
        assert row["camera_motion_px"] == pytest.approx(sample.row["camera_motion_px"])


def test_parquet_by_pyarrow(odd: Dataset, exported: Exported) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for path in (exported("huggingface") / "data").iterdir():
        for row in parquet.read_table(path).to_pylist():
            sample = odd[row["sample"]]
            assert np.array_equal(row["K"], sample.camera("1")[0])
            assert np.array_equal(row["camera_to_world"][2], sample.camera("gt")[1])
            assert row["img1"]["bytes"] == sample.file("image", "1").read_bytes()


@pytest.mark.slow
def test_croissant_by_mlcroissant(odd: Dataset, exported: Exported) -> None:
    mlc = pytest.importorskip("mlcroissant")
    root = exported("huggingface")
    described = mlc.Dataset(jsonld=str(root / "croissant.json"))
    assert not described.metadata.ctx.issues.errors
    parts = [entry.uuid for entry in described.metadata.record_sets]
    assert sorted(parts) == sorted(path.stem for path in (root / "data").iterdir())
    ids = set()
    for part in parts:
        for record in described.records(record_set=part):
            sample = odd[record[f"{part}/sample"].decode()]
            ids.add(sample.id)
            assert np.array_equal(np.array(record[f"{part}/gt"]), sample.image("gt"))
            flow = np.stack([np.stack(list(row)) for row in record[f"{part}/flow_1_to_2"]])
            assert np.array_equal(flow, sample.flow("1_to_2"), equal_nan=True)
    assert ids == set(odd.ids)


def test_sintel_by_opencv_and_by_its_definition(odd: Dataset, exported: Exported) -> None:
    root = exported("sintel")
    folders = {"train": "training", "val": "validation", "test": "test"}
    for split, name, sample in named(root, odd):
        base = root / folders[split]
        flow, reason = sample.flow("1_to_2"), sample.occlusion("1_to_2")
        read = cv2.readOpticalFlow(str(base / "flow" / f"{name}.flo"))
        known = np.isfinite(flow).all(axis=-1)
        assert np.array_equal(read[known], flow[known]) and (read[~known] > 1e9).all() and not known.all()
        assert np.array_equal(picture(base / "occlusions" / f"{name}.png") == 255, (reason > 0) & (reason < 255))
        assert np.array_equal(picture(base / "invalid" / f"{name}.png") == 255, ~known)
        assert np.array_equal(read_dpt(base / "depth" / f"{name}.dpt"), sample.depth("1"))
        assert np.array_equal(picture(base / "clean" / f"{name}.png"), sample.image("1"))
        assert np.array_equal(picture(base / "gt" / f"{name}.png"), sample.image("gt"))
        M, N = read_cam(base / "camdata_left" / f"{name}.cam")
        K, matrix = sample.camera("1")
        assert np.array_equal(M, K) and np.allclose(N @ matrix, np.eye(4)[:3], atol=1e-12)
        following = name[:-4] + f"{int(name[-4:]) + 1:04d}"
        assert np.array_equal(picture(base / "clean" / f"{following}.png"), sample.image("2"))


def read_dpt(path: Path) -> np.ndarray:
    """By the definition in MPI-Sintel's sintel_io.py: tag, width, height, float32 in rows."""
    data = path.read_bytes()
    tag, width, height = struct.unpack("<fii", data[:12])
    assert tag == 202021.25 and len(data) == 12 + 4 * width * height
    return np.frombuffer(data[12:], "<f4").reshape(height, width)


def read_cam(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The same: tag, M (3, 3) and N (3, 4) in float64, x = M N X."""
    data = path.read_bytes()
    assert struct.unpack("<f", data[:4])[0] == 202021.25 and len(data) == 4 + 8 * 21
    values = np.frombuffer(data[4:], "<f8")
    return values[:9].reshape(3, 3), values[9:].reshape(3, 4)


def test_kitti_by_opencv(odd: Dataset, exported: Exported) -> None:
    root = exported("kitti")
    folders = {"train": "training", "val": "validation", "test": "testing"}
    for split, name, sample in named(root, odd):
        base = root / folders[split]
        flow, reason = sample.flow("1_to_2"), sample.occlusion("1_to_2")
        occ, valid = read_kitti(base / "flow_occ" / f"{name}_10.png")
        known = np.isfinite(flow).all(axis=-1)
        known[5, 7] = False  # 600 px
        assert np.array_equal(valid, known)
        assert np.abs(occ - flow)[known].max() <= 1 / 128
        _, seen = read_kitti(base / "flow_noc" / f"{name}_10.png")
        assert np.array_equal(seen, known & (reason == 0))
        assert np.array_equal(picture(base / "image_2" / f"{name}_10.png"), sample.image("1"))
        assert np.array_equal(picture(base / "image_2" / f"{name}_11.png"), sample.image("2"))
        text = (base / "calib_cam_to_cam" / f"{name}.txt").read_text().splitlines()[1]
        P = np.array(text.split()[1:], dtype=float).reshape(3, 4)
        assert np.allclose(P[:, :3], sample.camera("1")[0], rtol=1e-12)


def read_kitti(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """As the development kit says: u = (I - 2^15) / 64, valid where the last channel is above 0. OpenCV gives BGR."""
    image = cv2.imread(str(path), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR)
    assert image.dtype == np.uint16
    return (image[..., :0:-1].astype(float) - 2**15) / 64, image[..., 0] > 0


def test_kitti_limits() -> None:
    flow = np.array([[[-512, 0], [-512.01, 0], [511.98, 0], [512, 0], [np.nan, 0], [0, 1 / 64]]], dtype=np.float32)
    data = np.frombuffer(kitti_flow(flow, np.ones((1, 6), dtype=bool)), dtype=np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR)[..., ::-1]
    assert image[0, :, 2].tolist() == [1, 0, 1, 0, 0, 1]
    assert image[0, 0, 0] == 0 and image[0, 2, 0] == 65535 and image[0, 5, 1] == 2**15 + 1


def test_png_of_16_bits_is_read_by_opencv_and_pillow() -> None:
    image = np.random.default_rng(0).integers(0, 65536, (35, 61, 3), dtype=np.uint16)
    data = png16_rgb(image)
    assert np.array_equal(cv2.imdecode(np.frombuffer(data, np.uint8), -1)[..., ::-1], image)
    assert Image.open(io.BytesIO(data)).size == (61, 35)


def test_kubric_by_its_definition(odd: Dataset, exported: Exported) -> None:
    root = exported("kubric")
    for split, name, sample in named(root, odd):
        base, number = root / split / name.partition("/")[0], int(name.partition("/")[2])
        ranges = json.loads((base / "data_ranges.json").read_text())
        for kind, direction, frame in (("forward_flow", "1_to_2", number), ("backward_flow", "2_to_1", number + 1)):
            flow = sample.flow(direction)
            known = np.isfinite(flow).all(axis=-1)
            low, high = ranges[kind]["min"], ranges[kind]["max"]
            levels = cv2.imread(str(base / f"{kind}_{frame:05d}.png"), -1)[..., ::-1]
            assert levels.dtype == np.uint16 and not levels[..., 2].any()
            read = levels[..., :2] / 65535 * (high - low) + low
            assert np.abs(read[..., ::-1] - flow)[known].max() <= (high - low) / 65535 * 0.51
        assert np.array_equal(picture(base / f"rgba_{number:05d}.png")[..., :3], sample.image("1"))
        assert np.array_equal(picture(base / f"segmentation_{number:05d}.png"), sample.instances("1"))
        assert np.array_equal(picture(base / f"depth_{number:05d}.tiff"), sample.depth("1"))
        assert np.array_equal(picture(base / f"gt_rgba_{number:05d}.png")[..., :3], sample.image("gt"))


def test_kubric_metadata(odd: Dataset, exported: Exported) -> None:
    root = exported("kubric")
    split, name, sample = next(entry for entry in named(root, odd) if entry[2].id == "00000_0001")
    document = json.loads((root / split / name.partition("/")[0] / "metadata.json").read_text())
    assert document["metadata"]["num_frames"] == 4 and document["metadata"]["resolution"] == [61, 35]
    scene = sample.scene.document
    assert document["camera"]["positions"] == list(map(list, scene.camera.positions))
    mover = next(entry for entry in document["instances"] if entry["is_dynamic"])
    assert len(mover["positions"]) == 4 and len(set(map(tuple, mover["positions"]))) == 4
    ids = sample.instances("1")
    rows, columns = np.nonzero(ids == mover["segmentation_id"])
    box = mover["bboxes"][mover["bbox_frames"].index(1)]
    expected = [rows.min() / 35, columns.min() / 61, (rows.max() + 1) / 35, (columns.max() + 1) / 61]
    assert box == pytest.approx(expected) and mover["visibility"][1] == len(rows)
