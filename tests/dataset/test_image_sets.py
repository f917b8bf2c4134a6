"""Sets of images: squares around instances, whose coordinates say which pixels of two images are the same point."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.dataset.array_files import read_array
from dsia_gen.dataset.image_sets import SetsRequest, read_sets, window, write_sets
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.reader import open_dataset
from dsia_gen.spec.outputs import OUTPUTS
from tests.dataset.synthetic import write_dataset

SIZE = 64
REQUEST = SetsRequest(min_pixels=60, size=SIZE)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> DatasetLayout:
    return write_dataset(tmp_path_factory.mktemp("sets") / "data", scenes=2)


def test_the_same_coordinates_show_the_same_texture(layout: DatasetLayout, tmp_path: Path) -> None:
    result = write_sets(open_dataset(layout.root), tmp_path, SetsRequest(min_pixels=60, size=SIZE, by="instance"))
    document = read_sets(tmp_path)
    assert result.sets == len(document.sets) == 6
    assert result.images == sum(len(entry.images) for entry in document.sets)
    errors = []
    for entry in document.sets:
        first, *others = entry.images
        images, coordinates = zip(*(_read(tmp_path, image) for image in (first, *others)), strict=True)
        known = np.isfinite(coordinates[0]).all(axis=-1)
        assert known.any()
        for image, there in zip(images[1:], coordinates[1:], strict=True):
            flat = there.reshape(-1, 3)
            usable = np.flatnonzero(np.isfinite(flat).all(axis=-1))
            for row, column in np.argwhere(known)[:: max(1, int(known.sum()) // 40)]:
                distance = np.linalg.norm(flat[usable] - coordinates[0][row, column], axis=-1)
                if distance.min() < 0.01:
                    found = image.reshape(-1, 3)[usable[distance.argmin()]].astype(int)
                    errors.append(np.abs(found - images[0][row, column]).max())
    assert len(errors) > 200
    assert np.median(errors) < 8
    assert np.percentile(errors, 90) < 30  # at the borders the background is mixed in


def _read(root: Path, entry: object) -> tuple[np.ndarray, np.ndarray]:
    image = np.asarray(Image.open(root / entry.image))  # type: ignore[attr-defined]
    mask = np.asarray(Image.open(root / entry.mask))  # type: ignore[attr-defined]
    coordinates = read_array(OUTPUTS["object_coordinates"], root / entry.coordinates)  # type: ignore[attr-defined]
    assert image.shape == (SIZE, SIZE, 3)
    assert mask.shape == (SIZE, SIZE)
    assert (np.isfinite(coordinates).all(axis=-1) == (mask > 0)).all()
    assert set(np.unique(mask)) <= {0, 255}
    return image, coordinates


def test_groups_filters_and_limits(layout: DatasetLayout, tmp_path: Path) -> None:
    data = open_dataset(layout.root)
    whole = write_sets(data, tmp_path / "whole", REQUEST)
    assert whole.sets == 1
    few = write_sets(data, tmp_path / "few", SetsRequest(min_pixels=60, size=16, most=3))
    assert few.images == 3
    scenes = {image.scene for image in read_sets(tmp_path / "few").sets[0].images}
    assert scenes == {"00000", "00001"}
    for wrong in (SetsRequest(assets=("*/toy",)), SetsRequest(kind="character"), SetsRequest(min_pixels=10**6)):
        with pytest.raises(ConfigError, match="no asset is seen twice"):
            write_sets(data, tmp_path / "none", wrong)
    assert not (tmp_path / "none").exists()


def test_without_coordinates_there_is_a_note(tmp_path: Path) -> None:
    layout = write_dataset(tmp_path / "data", scenes=1, outputs=("image", "instances"))
    result = write_sets(open_dataset(layout.root), tmp_path / "sets", REQUEST)
    assert "no object_coordinates" in result.notes[0]
    assert read_sets(tmp_path / "sets").sets[0].images[0].coordinates is None
    bare = write_dataset(tmp_path / "bare", scenes=1, outputs=("image",))
    with pytest.raises(ConfigError, match="no output instances"):
        write_sets(open_dataset(bare.root), tmp_path / "other", REQUEST)


def test_files_of_others_stay_and_a_second_run_replaces_its_own(layout: DatasetLayout, tmp_path: Path) -> None:
    data = open_dataset(layout.root)
    (tmp_path / "mine.txt").write_text("mine")
    write_sets(data, tmp_path, REQUEST)
    before = read_sets(tmp_path)
    write_sets(data, tmp_path, SetsRequest(min_pixels=60, size=SIZE, most=2))
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png")}
    assert len(before.sets[0].images) > 2
    assert len(left) == 4
    assert (tmp_path / "mine.txt").read_text() == "mine"
    other = tmp_path / "other"
    other.mkdir()
    (other / "sets.json").write_text('{"version": 1, "size": 3, "sets": []}')
    with pytest.raises(StorageError, match="not written by this command"):
        write_sets(data, other, REQUEST)


@pytest.mark.parametrize("text", ["", "[]", '{"size": 3}', '{"size": 3, "sets": [{"name": "../x", "images": []}]}'])
def test_a_damaged_description_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "sets.json").write_text(text)
    with pytest.raises(StorageError, match="cut the sets again"):
        read_sets(tmp_path)


def test_a_window_beyond_the_border() -> None:
    array = np.arange(12).reshape(3, 4)
    assert window(array, (-1, -1, 3)).tolist() == [[0, 0, 1], [0, 0, 1], [4, 4, 5]]
    assert window(array, (2, 1, 3), outside=-1).tolist() == [[6, 7, -1], [10, 11, -1], [-1, -1, -1]]
