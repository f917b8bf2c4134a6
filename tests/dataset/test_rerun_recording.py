"""Recordings for rerun, read back: cameras, depth, flows and instances are those of the data set, at their times."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset import Dataset, DatasetLayout, open_dataset
from dsia_gen.dataset import rerun_recording as recording
from tests.dataset.synthetic import write_dataset


def test_names_choose_scenes_and_pairs(good: DatasetLayout) -> None:
    data = open_dataset(good.root)
    assert recording.choose_samples(data, [], 1).ids == ("00000_0000", "00000_0001", "00000_0002")
    assert recording.choose_samples(data, ["00001", "00000_0002"], 1).ids == ("00000_0002", "00001_0000")
    with pytest.raises(StorageError, match=r"no scene or pair '00009'.*such as 00000 and 00000_0000"):
        recording.choose_samples(data, ["00009"], 1)
    with pytest.raises(StorageError, match="has no pairs yet"):
        recording.choose_samples(data[:0], [], 1)


rerun = pytest.importorskip("rerun", reason="needs the [view] extra")


@pytest.fixture(scope="module")
def data(good: DatasetLayout) -> Dataset:
    return open_dataset(good.root)


@pytest.fixture(scope="module")
def saved(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("view") / "rectangles.rrd"
    found = recording.save_recording(data, file)
    assert (found.scenes, found.pairs, found.problems) == (2, len(data), ())
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    return file


def rows(file: Path, entity: str, component: str, index: str = "pair") -> dict[int, Any]:
    """Values of a component of an entity by the index of a timeline."""
    loaded = rerun.dataframe.load_recording(file)
    table = loaded.view(index=index, contents=entity).select().read_all().to_pydict()
    (name,) = [column for column in table if column.startswith(f"{entity}:") and component in column]
    return {k: value for k, value in zip(table[index], table[name], strict=True) if value is not None}


needs_reader = pytest.mark.skipif(not hasattr(rerun, "dataframe"), reason="this version of rerun reads otherwise")


@pytest.mark.slow
@needs_reader
def test_cameras_are_those_of_each_pair(data: Dataset, saved: Path) -> None:
    for role, name in recording.NAMES.items():
        places = rows(saved, f"/00000/world/{name}", "Translation3D")
        assert sorted(places) == [0, 1, 2]
        for pair, value in places.items():
            K, pose = data[f"00000_{pair:04d}"].camera(role)
            assert np.allclose(value[0], pose[:3, 3], atol=1e-6)
            matrix = rows(saved, f"/00000/world/{name}", "TransformMat3x3")[pair][0]
            assert np.allclose(np.reshape(matrix, (3, 3)).T, pose[:3, :3], atol=1e-6)
            projection = rows(saved, f"/00000/world/{name}", "PinholeProjection")[pair][0]
            assert np.allclose(np.reshape(projection, (3, 3)).T, K, rtol=1e-6)


@needs_reader
def test_depth_is_metres_and_nothing_where_no_surface_is(data: Dataset, saved: Path) -> None:
    buffer = rows(saved, "/00000/world/Igt/depth", "ImageBuffer")[1][0]
    exact = data["00000_0001"].depth("gt")
    found = np.frombuffer(bytes(buffer), np.float32).reshape(exact.shape)
    assert np.array_equal(found, np.where(np.isfinite(exact), exact, 0))
    assert rows(saved, "/00000/world/Igt/depth", "DepthMeter")[1] == [1.0]


@needs_reader
def test_arrows_of_a_flow_lead_where_it_leads(data: Dataset, saved: Path) -> None:
    origins = np.array(rows(saved, "/00000/flow/flow_gt_to_2/arrows", "Position2D")[0])
    vectors = np.array(rows(saved, "/00000/flow/flow_gt_to_2/arrows", "Vector2D")[0])
    flow = data["00000_0000"].flow("gt_to_2")
    x, y = (origins - 0.5).astype(int).T
    assert len(vectors) > 50
    assert np.array_equal(vectors, flow[y, x])


@needs_reader
def test_instances_are_where_they_are_at_each_time(data: Dataset, saved: Path) -> None:
    document = data["00000_0000"].scene.document
    at = rows(saved, "/00000/world/instances", "Position3D", "time")
    assert len(at) >= max(len(entry.positions) for entry in document.instances) > 1
    for time, places in at.items():
        for entry, place in zip(document.instances, places, strict=True):
            assert np.allclose(place, entry.positions[min(time, len(entry.positions) - 1)], atol=1e-5)


def test_what_cannot_be_read_is_told_and_the_rest_is_there(good: DatasetLayout, tmp_path: Path) -> None:
    layout = DatasetLayout(shutil.copytree(good.root, tmp_path / "rectangles"))
    open_dataset(layout.root)["00000_0001"].file("depth", "2").write_bytes(b"")
    layout.scene("00001").scene.write_text("{")
    found = recording.save_recording(open_dataset(layout.root), tmp_path / "a.rrd")
    assert (found.scenes, found.pairs) == (1, 3)
    assert any("depth.exr" in text for text in found.problems) and any("00001_0000" in text for text in found.problems)


def test_images_alone_are_enough(tmp_path: Path) -> None:
    layout = write_dataset(tmp_path / "images", scenes=1, outputs=("image",))
    found = recording.save_recording(open_dataset(layout.root), tmp_path / "a.rrd")
    assert (found.scenes, found.problems) == (1, ())
