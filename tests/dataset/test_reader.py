"""Reading a data set: samples by number, id and condition; arrays by name and role; light imports."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dsia_gen.dataset
from dsia_gen.core.errors import StorageError
from dsia_gen.dataset import DatasetLayout, open_dataset, reader
from dsia_gen.dataset.documents import SampleRow
from dsia_gen.dataset.reader import SceneReader
from dsia_gen.spec.outputs import FLOW_ENDS, OUTPUTS
from dsia_gen.spec.views import ROLES, View
from tests.dataset.synthetic import Truth, make_spec


def test_samples_come_by_number_slice_id_and_in_order(good: DatasetLayout) -> None:
    data = open_dataset(good.root)
    assert len(data) == 4
    assert [sample.id for sample in data] == list(data.ids)
    assert data[-1].id == "00001_0000"
    assert data["00000_0002"].id == "00000_0002"
    assert data[1:3].ids == ("00000_0001", "00000_0002")
    with pytest.raises(IndexError):
        data[4]
    with pytest.raises(KeyError, match="has no sample"):
        data["00009_0000"]


def test_arrays_are_those_that_were_written(good: DatasetLayout) -> None:
    sample, truth = open_dataset(good.root)["00000_0001"], Truth(make_spec())
    arrays = truth.pair_arrays(sample.pair)
    for name in FLOW_ENDS:
        assert np.array_equal(sample.flow(name), arrays[f"flow_{name}"])
        assert np.array_equal(sample.occlusion(name), arrays[f"occlusion_{name}"])
    assert np.array_equal(sample["dynamic_union"], arrays["dynamic_union"])
    assert sample["dynamic_union"].dtype == bool
    for role in ROLES:
        view = truth.view_arrays(sample.pair.view(role))
        assert np.array_equal(sample.image(role), view["image"])
        assert np.array_equal(sample.depth(role), view["depth"])
        assert np.array_equal(sample.instances(role), view["instances"])
        assert np.array_equal(sample.unreliable(role), view["unreliable"])
        assert np.array_equal(sample["linear", role], view["linear"])
    assert np.array_equal(sample.flow("flow_gt_to_2"), sample.flow("gt_to_2"))


def test_roles_are_times_and_poses(good: DatasetLayout) -> None:
    sample, spec = open_dataset(good.root)["00000_0001"], make_spec()
    assert sample.times == (1, 2)
    for role, pose in (("1", 1), ("2", 2), ("gt", 1)):
        K, matrix = sample.camera(role)  # type: ignore[arg-type]
        assert np.allclose(K, spec.camera.intrinsics())
        assert np.allclose(matrix, spec.camera.camera_to_world(pose))
        assert matrix.shape == (4, 4)
    assert sample.file("image", "gt").parent.name == View(2, 1).key


def test_selection_by_condition(good: DatasetLayout) -> None:
    data = open_dataset(good.root)
    assert len(data.select(scene="00000")) == 3
    assert len(data.select(scene=["00000", "00001"])) == 4
    assert len(data.select(setting="indoor")) == 0
    assert len(data.select(subset=data[0].subset)) >= 1
    assert len(data.select(subset=("LcLf", "LcSf", "ScLf", "ScSf"))) == 4
    largest = max(row["camera_motion_px"] for row in data.rows)
    chosen = data.select(where=lambda row: row["camera_motion_px"] == largest)
    assert len(chosen) == 1
    assert chosen.outputs == data.outputs


def test_rows_have_types(good: DatasetLayout) -> None:
    row = open_dataset(good.root)[0].row
    assert isinstance(row["t1"], int)
    assert isinstance(row["camera_motion_px"], float)
    assert row["scene"] == "00000"
    assert isinstance(row["median_depth_m"], float)
    same = {"t1": 0, "p1": 0, "t2": 1, "p2": 1, "config": "", "setting": "", "seed": 0}
    assert SampleRow(scene="s0", pair=0, sample="s0_0000", subset="LcLf", **same)["median_depth_m"] is None


def test_wrong_names_say_what_is_known(good: DatasetLayout) -> None:
    sample = open_dataset(good.root)[0]
    with pytest.raises(KeyError, match="known: image_1, image_2"):
        sample["smell"]
    with pytest.raises(KeyError, match="give the role"):
        sample["depth"]
    with pytest.raises(KeyError, match="known: 1_to_2"):
        sample.flow("1_to_3")
    assert "depth" in sample
    assert "smell" not in sample


def test_a_missing_array_is_named(copy: DatasetLayout) -> None:
    copy.scene("00000").file("flow_1_to_2", pair=0).unlink()
    sample = open_dataset(copy.root)[0]
    assert "flow_1_to_2" not in sample
    with pytest.raises(StorageError, match=r"flow_1_to_2.exr: there is no such file"):
        sample.flow("1_to_2")


def test_not_a_data_set_is_one_sentence(tmp_path: Path, copy: DatasetLayout) -> None:
    with pytest.raises(StorageError, match="is not a folder"):
        open_dataset(tmp_path / "nowhere")
    copy.index.unlink()
    with pytest.raises(StorageError, match="has no index yet"):
        open_dataset(copy.root)


def test_a_damaged_table_is_named(copy: DatasetLayout) -> None:
    text = copy.samples.read_text()
    copy.samples.write_text(text.replace("00000,1,1,1,2,2", "00000,1,x,1,2,2"))
    with pytest.raises(StorageError, match=r"samples.csv: row '00000_0001' is damaged"):
        open_dataset(copy.root)
    copy.samples.write_text("a,b\n1,2\n")
    with pytest.raises(StorageError, match=r"samples.csv is not the table"):
        open_dataset(copy.root)


def test_a_data_set_travels_to_loader_processes(good: DatasetLayout) -> None:
    data = open_dataset(good.root)
    again = pickle.loads(pickle.dumps(data))
    assert again.ids == data.ids
    assert np.array_equal(again[0].image("1"), data[0].image("1"))


def test_a_cache_keeps_what_was_read_last(good: DatasetLayout) -> None:
    scene = SceneReader(good.scene("00000"), cache=2)
    first = scene.array("depth", view=View(0, 0))
    assert scene.array("depth", view=View(0, 0)) is first
    assert not first.flags.writeable
    scene.array("depth", view=View(1, 0))
    scene.array("depth", view=View(1, 1))
    assert scene.array("depth", view=View(0, 0)) is not first


def test_few_scenes_are_kept_open(good: DatasetLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "OPEN_SCENES", 1)
    data = open_dataset(good.root)
    assert data[0].scene is data[1].scene
    first = data[0].scene
    assert data[3].scene is not first
    assert data[0].scene is not first


def test_open_is_open_dataset() -> None:
    assert dsia_gen.dataset.open is open_dataset


@pytest.mark.slow
def test_reading_loads_neither_blender_nor_torch(checkout: Path) -> None:
    code = (
        "import sys, dsia_gen.dataset; print(sorted({'bpy', 'torch', 'ray', 'embreex', 'pandas'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_table_covers_every_output_of_a_sample(good: DatasetLayout) -> None:
    sample = open_dataset(good.root)[0]
    for name, output in OUTPUTS.items():
        array = sample.array(name, "gt" if output.scope == "view" else None)
        assert array.shape[:2] == (72, 128)
