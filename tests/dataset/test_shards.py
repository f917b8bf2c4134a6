"""Random access to shards: the arrays of the data set, from encoded and from raw members, and broken shards."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.export.contract import ExportOptions
from dsia_gen.dataset.export.run_export import export
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.reader import open_dataset
from dsia_gen.dataset.shards import Shards
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.views import ROLES


@pytest.fixture(scope="module", params=[False, True], ids=["encoded", "raw"])
def folder(good: DatasetLayout, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shards") / "out"
    export(good.root, root, "webdataset", ExportOptions(ratios=(1.0, 0.0, 0.0), shard_bytes=100_000, raw=request.param))
    return root


def test_every_array_is_that_of_the_data_set(good: DatasetLayout, folder: Path) -> None:
    data, shards = open_dataset(good.root), Shards(folder)
    assert len(shards.paths) > 1
    assert sorted(shards.ids) == sorted(data.ids)
    for sample in shards:
        wanted = data[sample.id]
        assert sample.resolution == wanted.resolution
        for name in data.outputs:
            assert name in sample
            for role in ROLES if OUTPUTS[name].scope == "view" else (None,):
                found = sample.array(name, role)
                assert found.dtype == wanted.array(name, role).dtype
                assert np.array_equal(found, wanted.array(name, role), equal_nan=found.dtype.kind == "f")
        assert sample.record["subset"] == wanted.subset
        for role in ROLES:
            assert all(np.allclose(a, b) for a, b in zip(sample.camera(role), wanted.camera(role), strict=True))
            assert np.array_equal(sample.depth(role), wanted.depth(role))
        assert np.array_equal(sample.flow("gt_to_2"), wanted.flow("gt_to_2"), equal_nan=True)


def test_selection_slices_and_other_processes(folder: Path) -> None:
    shards = Shards(folder)
    before = shards[0].image("1")
    again = pickle.loads(pickle.dumps(shards))
    assert np.array_equal(again[0].image("1"), before)
    first = shards.select(lambda row: row["scene"] == "00001")
    assert set(first.ids) == {name for name in shards.ids if name.startswith("00001")}
    assert [sample.id for sample in shards[:2]] == list(shards.ids[:2])


def test_what_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    assert not len(Shards(folder, {"val"}))
    assert "nothing" not in Shards(folder)[0]
    with pytest.raises(StorageError, match=r"shards\.json"):
        Shards(tmp_path)


def test_broken_shards_are_named(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    first = sorted(tmp_path.glob("*.tar"))[0]
    data = first.read_bytes()
    first.write_bytes(data[: len(data) // 2])
    with pytest.raises(StorageError, match=r"(is not a tar shard|is truncated|is broken).*export it again"):
        [sample.array(name) for sample in Shards(tmp_path) for name in ("flow_1_to_2", "dynamic_union")]
    first.write_bytes(b"no tar at all")
    with pytest.raises(StorageError, match="is not a tar shard"):
        Shards(tmp_path)
