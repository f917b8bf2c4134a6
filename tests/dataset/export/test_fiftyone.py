"""FiftyOne's own format: what it reads, value by value; where FiftyOne is installed, as it reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dsia_gen.core.errors import ConfigError
from dsia_gen.dataset import Dataset
from dsia_gen.dataset.export import ExportOptions, export
from dsia_gen.dataset.export.fiftyone import SLICES, heat_levels
from dsia_gen.dataset.metadata import boxes
from dsia_gen.spec.outputs import OUTPUTS

Json = dict[str, Any]


@pytest.fixture
def root(exported: Callable[[str], Path]) -> Path:
    return exported("fiftyone")


@pytest.fixture
def samples(root: Path) -> list[Json]:
    return json.loads((root / "samples.json").read_text())["samples"]


def pixels(path: Path) -> np.ndarray:
    return np.array(Image.open(path))


def test_a_pair_is_a_group_of_three_slices(odd: Dataset, samples: list[Json], root: Path) -> None:
    groups: dict[str, dict[str, str]] = {}
    for sample in samples:
        groups.setdefault(sample["sample"], {})[sample["group"]["name"]] = sample["group"]["_id"]["$oid"]
    assert sorted(groups) == sorted(odd.ids)
    assert all(list(found) == list(SLICES.values()) for found in groups.values())
    ids = [set(found.values()) for found in groups.values()]
    assert all(len(found) == 1 and len(next(iter(found))) == 24 for found in ids)
    assert len(set.union(*ids)) == len(odd), "no two pairs share a group"
    metadata = json.loads((root / "metadata.json").read_text())
    assert metadata["media_type"] == "group"
    assert metadata["group_media_types"] == dict.fromkeys(SLICES.values(), "image")
    targets = metadata["info"]["mask_targets"]
    assert (targets["dynamic_union"]["255"], targets["occlusion_gt_to_2"]["3"]) == ("dynamic union", "occluded")
    assert "version" not in metadata, "with one, FiftyOne takes it for a copy of its data base"


def test_values_are_those_of_the_data_set(odd: Dataset, samples: list[Json], root: Path) -> None:
    roles = {name: role for role, name in SLICES.items()}
    for document in samples:
        sample, role = odd[document["sample"]], roles[document["group"]["name"]]
        assert np.array_equal(pixels(root / document["filepath"]), sample.image(role))
        assert np.array_equal(pixels(root / document["instances"]["mask_path"]), sample.instances(role))
        assert document["metadata"]["size_bytes"] == (root / document["filepath"]).stat().st_size
        K, pose = sample.camera(role)
        assert np.array_equal(document["K"], K) and np.array_equal(document["camera_to_world"], pose)
        assert document["camera_motion_px"] == sample.row["camera_motion_px"]
        depth, exact = pixels(root / document["depth"]["map_path"]) / 1000, sample.depth(role)
        known = np.isfinite(exact) & (exact < 65)
        assert np.abs(depth[known] - exact[known]).max() <= 0.0005 + 1e-6
        assert not depth[~np.isfinite(exact)].any()
        flows = [name for name in document if OUTPUTS.get(name) is not None and OUTPUTS[name].kind == "flow"]
        assert all(OUTPUTS[name].views[0] == role for name in flows)
        for name in flows:
            length = np.linalg.norm(sample[name], axis=-1)
            found, known = pixels(root / document[name]["map_path"]) / 64, length < 1023
            assert np.allclose(found[known], length[known], atol=1 / 128 + 1e-6)
            assert not found[~known].any()
            assert document[name]["range"][1] == max(1, (found * 64).max())
        assert {name for name in ("flow_1_to_2", "flow_2_to_1", "flow_gt_to_2") if name in flows}


def test_boxes_are_those_of_the_instances(odd: Dataset, samples: list[Json]) -> None:
    roles = {name: role for role, name in SLICES.items()}
    seen = 0
    for document in samples:
        ids = odd[document["sample"]].instances(roles[document["group"]["name"]])
        height, width = ids.shape
        for box in document["objects"]["detections"]:
            x, y, w, h = box["bounding_box"]
            place = [round(v) for v in (x * width, y * height, (x + w) * width, (y + h) * height)]
            assert (box["pixels"], place) == (boxes(ids)[box["index"]][0], list(boxes(ids)[box["index"]][1]))
            assert (box["pixels"], box["label"]) == ((ids == box["index"]).sum(), "rectangle")
            seen += 1
    assert seen


def test_every_path_is_relative_and_there(samples: list[Json], root: Path) -> None:
    """FiftyOne takes the names of folders below `fields` for those of fields whose paths it completes."""
    fields = {folder.name for folder in (root / "fields").iterdir()}
    for document in samples:
        paths = {name: value for name, cell in document.items() if isinstance(cell, dict)
                 for key, value in cell.items() if key in ("mask_path", "map_path")}  # fmt: skip
        assert paths.keys() <= fields
        assert all(path.startswith(f"fields/{name}/") and (root / path).is_file() for name, path in paths.items())


def test_too_large_values_are_none() -> None:
    depth = np.array([[0.001, 65.5, 65.6, np.inf]], np.float32)
    assert heat_levels("depth", depth).tolist() == [[1, 65500, 0, 0]]
    flow = np.array([[[3, 4], [1023, 0], [2000, 0], [np.nan, 0]]], np.float32)
    assert heat_levels("flow_1_to_2", flow).tolist() == [[320, 65472, 0, 0]]


def test_outputs_are_chosen_and_scaled(odd: Dataset, tmp_path: Path) -> None:
    options = ExportOptions(ratios=(1, 0, 0), size=(122, 70), outputs=("image", "flow_gt_to_2"))
    export(odd.layout.root, tmp_path / "out", "fiftyone", options)
    samples = json.loads((tmp_path / "out" / "samples.json").read_text())["samples"]
    assert not any("depth" in sample or "objects" in sample for sample in samples)
    igt = next(sample for sample in samples if sample["group"]["name"] == "Igt")
    length = pixels(tmp_path / "out" / igt["flow_gt_to_2"]["map_path"]) / 64
    assert length.shape == (70, 122)
    exact = np.linalg.norm(2 * odd[igt["sample"]].flow("gt_to_2"), axis=-1)
    known = np.isfinite(exact) & (exact < 1023)
    assert np.allclose(length[::2, ::2][known], exact[known], atol=1 / 64)


@pytest.mark.parametrize("name", ["linear", "normals", "scene_flow_1_to_gt"])
def test_what_it_has_no_field_for_is_refused(odd: Dataset, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=f"no field for {name}"):
        export(odd.layout.root, tmp_path / "out", "fiftyone", ExportOptions(outputs=("image", name)))


def test_fiftyone_reads_it(odd: Dataset, root: Path) -> None:
    fiftyone = pytest.importorskip("fiftyone")
    data = fiftyone.Dataset.from_dir(str(root), dataset_type=fiftyone.types.FiftyOneDataset)
    try:
        assert (data.media_type, sorted(data.group_slices)) == ("group", sorted(SLICES.values()))
        assert len(data) == len(odd)
        first = data.first()
        assert np.array_equal(first.instances.get_mask(), odd[first.sample].instances("1"))
    finally:
        data.delete()
