"""Sets of images: squares around instances, whose coordinates say which pixels of two images are the same point."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.dataset.array_files import read_array
from dsia_gen.dataset.image_sets import SetsRequest, read_sets, write_sets
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.reader import open_dataset
from dsia_gen.spec.outputs import OUTPUTS
from tests.dataset.synthetic import write_dataset

SIZE = 64
REQUEST = SetsRequest(min_pixels=60, size=SIZE, views=20, min_shared=0, framing="box")


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> DatasetLayout:
    return write_dataset(tmp_path_factory.mktemp("sets") / "data", scenes=2)


def test_the_same_coordinates_show_the_same_texture(layout: DatasetLayout, tmp_path: Path) -> None:
    result = write_sets(open_dataset(layout.root), tmp_path, replace(REQUEST, by="instance"))
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
    few = write_sets(data, tmp_path / "few", replace(REQUEST, most=3))
    assert few.images == 3
    scenes = {image.scene for image in read_sets(tmp_path / "few").sets[0].images}
    assert scenes == {"00000", "00001"}
    one = write_sets(data, tmp_path / "one", replace(REQUEST, views=1))
    assert one.images == 6  # three instances of two scenes
    for changes in ({"assets": ("*/toy",)}, {"kind": "character"}, {"min_pixels": 10**6}, {"least": 1000}):
        with pytest.raises(ConfigError, match=r"no asset is seen \d+ times"):
            write_sets(data, tmp_path / "none", replace(REQUEST, **changes))
    assert not (tmp_path / "none").exists()


def test_members_are_turned_little_and_share_surface_with_the_first(layout: DatasetLayout, tmp_path: Path) -> None:
    data = open_dataset(layout.root)
    loose = write_sets(data, tmp_path / "loose", replace(REQUEST, max_turn=180, by="instance"))
    tight = write_sets(data, tmp_path / "tight", replace(REQUEST, max_turn=3, by="instance", least=2, min_shared=0.8))
    assert tight.turned > loose.turned == 0
    images = [image for entry in read_sets(tmp_path / "tight").sets for image in entry.images]
    assert all(image.turn is not None and image.turn <= 3 for image in images)
    assert all(image.shared is None or image.shared >= 0.8 for image in images)
    assert max(image.turn or 0 for entry in read_sets(tmp_path / "loose").sets for image in entry.images) > 3


def test_loose_squares_keep_image_and_coordinates_together(layout: DatasetLayout, tmp_path: Path) -> None:
    """An image pixel of the object has coordinates, and its colour is that of the upright cut at the same ones."""
    data = open_dataset(layout.root)
    for name, framing in (("box", "box"), ("loose", "loose")):
        write_sets(data, tmp_path / name, replace(REQUEST, by="instance", framing=framing))  # type: ignore[arg-type]
    upright, turned = (read_sets(tmp_path / name).sets[-1].images[0] for name in ("box", "loose"))
    assert upright.roll == 0 != turned.roll
    (one, here), (two, there) = _read(tmp_path / "box", upright), _read(tmp_path / "loose", turned)
    inside = np.argwhere(np.isfinite(there).all(axis=-1))
    known = np.isfinite(here).all(axis=-1)
    for row, column in inside[:: max(1, len(inside) // 30)]:
        distance = np.linalg.norm(here[known] - there[row, column], axis=-1)
        if distance.min() < 0.01 and _flat(two, row, column):
            assert np.abs(one[known][distance.argmin()].astype(int) - two[row, column]).max() < 25


def _flat(image: np.ndarray, row: int, column: int) -> bool:
    """Whether a pixel is like its neighbours: at borders the background is mixed in."""
    part = image[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].astype(int)
    return bool(np.ptp(part, axis=(0, 1)).max() < 30)


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
    write_sets(data, tmp_path, replace(REQUEST, most=2, least=2))
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
