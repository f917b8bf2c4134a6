"""The digest of a data set: a copy is the same, each change of a file is found, and noise within the bounds is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset import DatasetLayout, open_dataset
from dsia_gen.dataset.array_files import read_array, write_array
from dsia_gen.dataset.digest import (
    BOUNDS,
    DatasetDigest,
    SceneDigest,
    block_values,
    compare_digests,
    dataset_digest,
    read_digest,
)
from dsia_gen.spec.outputs import OUTPUTS


@pytest.fixture(scope="module")
def kept(good: DatasetLayout) -> DatasetDigest:
    return dataset_digest(open_dataset(good.root))


def test_a_copy_is_the_same_and_the_file_gives_it_back(
    copy: DatasetLayout, kept: DatasetDigest, tmp_path: Path
) -> None:
    path = tmp_path / "kept.json"
    path.write_text(kept.text())
    result = compare_digests(read_digest(path), dataset_digest(open_dataset(copy.root)))
    assert result.same and result.image_levels == result.flow_px == 0.0
    pairs, views = 4, len([*good_files(copy, "image.png")])
    assert result.counts["image"] == views * sum(
        OUTPUTS[name].kind == "image" for name in open_dataset(copy.root).outputs
    )
    assert result.counts["ground truth"] == sum(
        pairs if OUTPUTS[name].scope == "pair" else views
        for name in open_dataset(copy.root).outputs
        if OUTPUTS[name].kind != "image"
    )


def good_files(layout: DatasetLayout, name: str) -> list[Path]:
    return sorted(layout.root.rglob(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["image", "depth", "instances", "flow_1_to_2", "occlusion_gt_to_2", "dynamic_union"])
def test_a_changed_array_is_named(copy: DatasetLayout, kept: DatasetDigest, name: str) -> None:
    row = OUTPUTS[name]
    path = good_files(copy, name + row.suffix)[0]
    array = read_array(row, path)
    path.unlink()
    # What was on the left is on the right: the same values elsewhere.
    write_array(row, path, np.ascontiguousarray(np.roll(array, array.shape[1] // 2, axis=1)))
    result = compare_digests(kept, dataset_digest(open_dataset(copy.root)))
    assert [found.message for found in result.differences if path.relative_to(copy.root).as_posix() in found.message]
    assert len(result.differences) == 1


def test_another_specification_is_another_scene(copy: DatasetLayout, kept: DatasetDigest) -> None:
    path = good_files(copy, "spec.json")[0]
    path.write_text(path.read_text().replace('"fps": 24.0', '"fps": 25.0'))
    found = [found.part for found in compare_digests(kept, dataset_digest(open_dataset(copy.root))).differences]
    assert found == ["specification"]


def test_missing_and_further_scenes_are_told(kept: DatasetDigest) -> None:
    fewer = DatasetDigest(version=1, name="x", scenes=dict([*kept.scenes.items()][:1]))
    for one, other, where in ((kept, fewer, "not in the data set"), (fewer, kept, "not in the digest")):
        result = compare_digests(one, other)
        assert not result.same and where in result.lines()[0]


@given(st.floats(-0.9, 0.9), st.integers(0, 2**32 - 1))
def test_noise_of_pixels_is_within_the_bound_and_a_shift_of_all_is_not(share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(40, 200, (30, 44, 3)).astype(np.uint8)
    noisy = (image.astype(int) + rng.integers(-8, 9, image.shape)).astype(np.uint8)
    bound = BOUNDS["image"][0]
    shifted = (image.astype(int) + np.sign(share or 1).astype(int) * int(bound + 2)).astype(np.uint8)
    digests = [one_image(array) for array in (image, noisy, shifted)]
    assert compare_digests(digests[0], digests[1]).same
    assert not compare_digests(digests[0], digests[2]).same


def one_image(image: np.ndarray) -> DatasetDigest:
    values = {"views/t0000_p0000/image.png": block_values("image", image)}
    scene = SceneDigest.model_validate({"specification": "0", "meshes": {}, "arrays": values})
    return DatasetDigest(version=1, name="x", scenes={"00000": scene})


def test_infinities_and_nan_are_counted_not_averaged() -> None:
    depth = np.full((6, 8), 5.0, np.float32)
    depth[:2, :2] = np.inf
    values, shares = block_values("depth", depth)
    assert values[0] is None and shares[0] == 0.0 and values[1:] == (5.0,) * 11 and shares[1:] == (1.0,) * 11


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "x", "scenes": {"a": {"specification": 1}}}'])
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(StorageError, match="make one with `dsia-gen dataset digest"):
        read_digest(path)


def test_a_later_version_is_refused(tmp_path: Path, kept: DatasetDigest) -> None:
    path = tmp_path / "x.json"
    path.write_text(kept.text().replace('"version": 1', '"version": 9', 1))
    with pytest.raises(StorageError, match="has version 9, and 1 is known"):
        read_digest(path)
