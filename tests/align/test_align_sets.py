"""Sets of images as a user gives them: what is written, and what is said of sets that cannot be aligned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from dsia_gen.align.align_sets import align_sets  # noqa: E402
from dsia_gen.align.matching.features.feature_encoder import FeatureEncoder  # noqa: E402
from dsia_gen.align.matching.features.features_config import EncoderConfig  # noqa: E402
from dsia_gen.align.matching.features.open_features import write_encoder  # noqa: E402
from dsia_gen.align.methods.method import ImagePair, MethodOptions  # noqa: E402
from dsia_gen.align.methods.spacejam.joint_alignment import JointAlignment  # noqa: E402
from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig  # noqa: E402
from dsia_gen.align.methods.spacejam.spacejam_method import SPACEJAM  # noqa: E402
from dsia_gen.align.set_files import folder_images, sets_at  # noqa: E402
from dsia_gen.core.errors import AlignError, StorageError  # noqa: E402
from dsia_gen.dataset.image_sets import SetsRequest, write_sets  # noqa: E402
from dsia_gen.dataset.reader import open_dataset  # noqa: E402
from dsia_gen.evaluate.sets_evaluation import evaluate_sets  # noqa: E402
from tests.dataset.synthetic import write_dataset  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> SpaceJamConfig:
    """A few steps on features of an encoder that has learned nothing."""
    folder = tmp_path_factory.mktemp("features")
    shape = EncoderConfig(widths=(8, 8, 8), stride=4)
    torch.manual_seed(0)
    write_encoder(FeatureEncoder(shape), shape, folder)
    return SpaceJamConfig.model_validate({
        "name": "test", "features": {"kind": "encoder", "weights": str(folder), "side": 64}, "size": 24,
        "coder": {"components": 6, "steps": 2}, "steps": 5, "reflections": {"decisions": 1}, "mask": "none",
    })  # fmt: skip


def picture(seed: int = 0, size: tuple[int, int] = (40, 40)) -> np.ndarray:
    small = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))


def put(folder: Path, **images: np.ndarray) -> Path:
    folder.mkdir(exist_ok=True)
    for name, image in images.items():
        Image.fromarray(image).save(folder / f"{name}.png")
    return folder


def aligned(folder: Path, out: Path, config: SpaceJamConfig, **changes: Any) -> Any:
    chosen = config.model_copy(update=changes)
    (row,) = align_sets(sets_at(folder), out, chosen, device="cpu", size=32)
    return row


@pytest.mark.slow
def test_a_folder_of_mixed_sizes_is_aligned_and_read_again(tmp_path: Path, config: SpaceJamConfig) -> None:
    grey = picture(2)[..., 0]
    folder = put(tmp_path / "in", wide=picture(0, (60, 30)), tall=picture(1, (30, 50)), grey=grey)
    row = aligned(folder, tmp_path / "out", config)
    assert row.error == ""
    assert row.images == 3
    found = JointAlignment.load(tmp_path / "out")
    assert found.names == ("grey", "tall", "wide")
    for i in range(3):
        assert np.abs(found.flow(i, i)).max() < 1e-4
        points = np.array([[3.0, 4.0], [20.0, 11.0]])
        assert np.allclose(found.points(1, i, found.points(i, 1, points)), points, atol=1e-6)
    assert found.flow(2, 1).shape == (30, 60, 2)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written >= {"index.html", "README.md", "transforms.json", "average_before.png", "average_after.png"}
    assert "checkpoint.pt" not in written
    rows = json.loads((tmp_path / "out" / "transforms.json").read_text())["images"]
    centre = np.array(rows[2]["frame_to_pixels"]) @ [0, 0, 1]
    assert (np.abs(centre[:2] / centre[2] - [29.5, 14.5]) < 30).all()
    again = aligned(folder, tmp_path / "out", config)
    assert again.error == ""


@pytest.mark.slow
@pytest.mark.parametrize("mask", ["none", "saliency", "auto"])
def test_odd_sets_end_in_numbers_or_in_a_sentence(tmp_path: Path, config: SpaceJamConfig, mask: str) -> None:
    flat, one = np.full((40, 40, 3), 90, np.uint8), picture()
    sets = {"identical": (one, one), "one flat": (one, flat), "unlike": (picture(1), picture(2)), "flat": (flat, flat)}
    for name, images in sets.items():
        folder = put(tmp_path / name, **{f"i{k}": image for k, image in enumerate(images)})
        row = aligned(folder, tmp_path / f"{name} out", config, mask=mask)
        if row.error:
            assert "texture" in row.error or "mask" in row.error
            assert not (tmp_path / f"{name} out" / "index.html").exists()
        else:
            assert np.isfinite([row.after.gradient, row.after.similarity, row.after.features, row.after.entropy]).all()


def test_sets_that_cannot_be_read_are_one_sentence(tmp_path: Path, config: SpaceJamConfig) -> None:
    alone = put(tmp_path / "alone", a=picture())
    assert "at least two" in aligned(alone, tmp_path / "o", config).error
    dot = put(tmp_path / "dot", a=picture(), b=picture(1, (1, 1)))
    assert "1x1 pixels" in aligned(dot, tmp_path / "o", config).error
    broken = put(tmp_path / "broken", a=picture())
    (broken / "b.png").write_bytes(b"no image")
    assert "b.png" in aligned(broken, tmp_path / "o", config).error
    for path, words in ((tmp_path / "nowhere", "not a folder"), (put(tmp_path / "empty"), "no image")):
        with pytest.raises(AlignError, match=words):
            sets_at(path)[0].images()
    mine = put(tmp_path / "mine")
    (mine / "index.html").write_text("mine")
    with pytest.raises(StorageError, match="not written by this command"):
        aligned(put(tmp_path / "two", a=picture(), b=picture(1)), mine, config)


def test_masks_are_files_or_transparency(tmp_path: Path, config: SpaceJamConfig) -> None:
    on = np.zeros((40, 40), np.uint8)
    on[8:30, 10:32] = 255
    clear = np.dstack([picture(1), on])
    folder = put(tmp_path / "in", a=picture(), a_mask=on, b=clear)
    images, notes = folder_images(folder)
    assert [item.name for item in images] == ["a", "b"]
    assert all(item.mask is not None and item.mask.sum() == 22 * 22 for item in images)
    assert any("opaque in b.png" in note for note in notes)
    assert aligned(folder, tmp_path / "out", config, mask="given").error == ""
    wrong = put(tmp_path / "wrong", a=picture(), a_mask=on[:20], b=picture(1))
    assert "20 pixels" in aligned(wrong, tmp_path / "o", config).error
    empty = put(tmp_path / "none", a=picture(), a_mask=0 * on, b=picture(1))
    assert "is empty" in aligned(empty, tmp_path / "o", config).error
    without = put(tmp_path / "without", a=picture(), b=picture(1))
    assert "has no mask" in aligned(without, tmp_path / "o", config, mask="given").error


@pytest.mark.slow
def test_sets_of_a_data_set_are_measured_and_kept(tmp_path: Path, config: SpaceJamConfig) -> None:
    data = open_dataset(write_dataset(tmp_path / "data", scenes=1).root)
    write_sets(
        data, tmp_path / "sets", SetsRequest(min_pixels=60, size=32, by="instance", most=3, min_shared=0, framing="box")
    )
    given = config.model_copy(update={"mask": "given"})
    found = evaluate_sets(tmp_path / "sets", tmp_path / "report", given, device="cpu")
    assert [row.error for row in found.sets] == ["", "", ""]
    assert all(0 <= row.pck_after["0.1"] <= 1 and row.pairs == 6 for row in found.sets)
    assert all((tmp_path / "report" / row.name / "index.html").is_file() for row in found.sets)
    # squares that were cut around the boxes are framed already
    assert all(row.pck_start["0.1"] == pytest.approx(row.pck_before["0.1"], abs=0.2) for row in found.sets)
    assert 0 <= found.sets[0].pck_start["0.1"] <= 1
    assert "PCK@0.1" in (tmp_path / "report" / "tables.md").read_text(encoding="utf-8")
    seconds = [row.seconds for row in found.sets]
    again = evaluate_sets(tmp_path / "sets", tmp_path / "report", given, device="cpu")
    assert [row.seconds for row in again.sets] == seconds
    with pytest.raises(AlignError, match="other settings"):
        evaluate_sets(tmp_path / "sets", tmp_path / "report", config, device="cpu")


def test_the_row_of_an_evaluation(config: SpaceJamConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    short = {"steps": 4, "coder": config.coder.model_copy(update={"norm": "group"}), "size": 24}
    monkeypatch.setattr(SpaceJamConfig, "load", lambda *_: config.model_copy(update=short))
    weights = {"spacejam": str(config.features.weights)}
    method = SPACEJAM.open(MethodOptions(device="cpu", weights=weights))
    one, two = picture(0, (48, 30)), picture(1, (48, 30))
    answer = method.align(ImagePair(one, two))
    assert answer.flow is not None
    assert answer.flow.shape == (30, 48, 2)
    assert np.isfinite(answer.flow).all()
    equal = method.align(ImagePair(one, one))
    assert np.array_equal(equal.image, one)
    flat = method.align(ImagePair(np.full_like(one, 7), np.full_like(one, 9)))
    assert flat.note
