"""One name for an array wherever it is read: in a data set, in shards, by WebDataset, as tensors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.array_files import array_dtype
from dsia_gen.dataset.export.contract import ExportOptions
from dsia_gen.dataset.export.run_export import export
from dsia_gen.dataset.reader import Dataset, open_dataset
from dsia_gen.dataset.shards import Shards, decode
from dsia_gen.spec.outputs import OUTPUTS, SHORT_KEYS, place_of_key, sample_places
from dsia_gen.spec.views import ROLES
from tests.dataset.synthetic import write_dataset

WRONG = {
    "depth": "depth_gt", "image": "image_1", "flow_1_gt": "flow_1_to_gt", "Depth_gt": "depth_gt",
    "occlusion_gt_2": "occlusion_gt_to_2", "dynamic_unoin": "dynamic_union", "image_3": "image_",
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(write_dataset(tmp_path_factory.mktemp("keys") / "data", scenes=1).root)


@pytest.fixture(scope="module", params=[False, True], ids=["encoded", "raw"])
def shards(request: pytest.FixtureRequest, data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards") / "s"
    export(data.layout.root, folder, "webdataset", ExportOptions(ratios=(1.0, 0.0, 0.0), raw=request.param))
    return folder


def test_every_array_has_one_key_everywhere(data: Dataset, shards: Path) -> None:
    webdataset = pytest.importorskip("webdataset")
    (tar,) = shards.glob("train-*.tar")
    decoded = {s["id"]: s for s in webdataset.WebDataset(str(tar), shardshuffle=False).map(decode)}
    packed = Shards(shards)
    written = [key for key, (output, _) in sample_places().items() if output in data.outputs]
    assert len(written) > 30
    for sample in data:
        assert set(written) == {key for key in decoded[sample.id] if key in sample_places()}
        for key in written:
            output, role = place_of_key(key)
            wanted = sample[key]
            assert wanted.dtype == array_dtype(OUTPUTS[output])
            others = [sample.array(output, role), packed[sample.id][key], decoded[sample.id][key]]
            if role is not None:
                others += [sample[output, role], packed[sample.id][output, role]]
            for found in others:
                assert found.dtype == wanted.dtype, key
                assert np.array_equal(found, wanted, equal_nan=wanted.dtype.kind == "f"), key
            assert key in sample and key in packed[sample.id]
        assert decoded[sample.id]["record"]["subset"] == sample.row.subset


@pytest.mark.parametrize(("key", "right"), WRONG.items())
def test_a_wrong_key_is_answered_with_the_right_form(key: str, right: str, data: Dataset, shards: Path) -> None:
    for sample in (data[0], Shards(shards)[0]):
        assert key in ("depth", "image") or key not in sample
        with pytest.raises(KeyError, match=right):
            sample[key]


@pytest.mark.parametrize("key", SHORT_KEYS)
def test_the_short_names_of_exports_are_keys_too(key: str, data: Dataset) -> None:
    output, role = SHORT_KEYS[key]
    assert role is not None and np.array_equal(data[0][key], data[0].array(output, role))


def test_a_role_that_a_key_does_not_take_is_refused() -> None:
    for key, role in (("flow_1_to_2", "1"), ("depth_gt", "1")):
        with pytest.raises(KeyError, match="takes no role '1'"):
            place_of_key(key, role)  # type: ignore[arg-type]
    assert all(place_of_key(f"depth_{role}", role) == ("depth", role) for role in ROLES)


def test_a_broken_file_of_a_sample_is_named() -> None:
    with pytest.raises(StorageError, match=r"depth_1\.exr of sample a is broken"):
        decode({"__key__": "a", "depth_1.exr": b"no picture"})
    assert decode({"__key__": "a", "__url__": "u", "notes.txt": b"x"}) == {"__key__": "a", "__url__": "u", "id": "a"}
