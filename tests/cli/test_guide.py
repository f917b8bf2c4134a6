"""`dsia-gen guide` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the [align] extra")
pytest.importorskip("diffusers", reason="needs the [align] extra")
pytest.importorskip("cv2", reason="needs the [align] extra")

from PIL import Image

from dsia_gen.dataset.export.encode import flo
from tests.align.make import noise_image
from tests.align.methods.motion_guidance.test_prior_training import SIZE, saved_prior

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an image, a flow of its size, a region and a prior with fresh weights."""
    folder = tmp_path_factory.mktemp("guide")
    Image.fromarray(noise_image(*SIZE)).save(folder / "a.png")
    (folder / "flow.flo").write_bytes(flo(np.full((*SIZE, 2), 2, np.float32)))
    region = np.zeros(SIZE, np.uint8)
    region[8:14, 8:14] = 255
    Image.fromarray(region).save(folder / "region.png")
    Image.fromarray(255 - region).save(folder / "rest.png")
    Image.fromarray(0 * region).save(folder / "black.png")
    saved_prior(folder / "prior")
    return folder


def test_an_edit_by_each_way_to_say_a_motion(dsia: Any, place: Path, tmp_path: Path) -> None:
    ways = [[place / "flow.flo"], ["--translate", "2,2"], ["--homography", "1,0,2,0,1,2,0,0,1"]]
    answers = []
    for number, way in enumerate(ways):
        path = tmp_path / f"{number}.png"
        code, out, err = dsia("guide", place / "a.png", *way, "--prior", place / "prior", "-o", path)
        assert code == 0 and f"edited: {path}" in out, err
        assert "no network sees the motion" in err
        answers.append(np.asarray(Image.open(path)))
    assert np.array_equal(answers[0], answers[1]) and np.array_equal(answers[0], answers[2])
    assert answers[0].shape == (*SIZE, 3)


def test_a_region_moves_and_what_is_far_from_it_stays(dsia: Any, place: Path, tmp_path: Path) -> None:
    words = ["guide", place / "a.png", "--translate=3,-2", "--region", place / "region.png", "--prior", place / "prior"]
    code, out, _ = dsia(*words, "-o", tmp_path / "b.png", "--outputs", "panel,flow", "--set", "margin=1", "--json")
    document = json.loads(out)
    assert code == 0 and set(document["files"]) == {"image", "panel"} and document["flow_error_px"] is None
    source, answer = np.asarray(Image.open(place / "a.png")), np.asarray(Image.open(tmp_path / "b.png"))
    differs = (source != answer).any(axis=-1)
    assert differs[6:12, 11:17].any() and not differs[:, :7].any() and not differs[16:].any()
    code, _, _ = dsia(*words, "-o", tmp_path / "c.png", "--mask", place / "rest.png")
    kept = np.asarray(Image.open(tmp_path / "c.png"))
    assert code == 0 and not (source != kept).any(axis=-1)[:8].any(), "white stays as it is"


@pytest.mark.parametrize("mode", ["RGBA", "L", "I;16", "LA", "P"])
def test_images_of_any_kind_keep_their_kind(dsia: Any, place: Path, tmp_path: Path, mode: str) -> None:
    rgb = Image.fromarray(noise_image(*SIZE))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(rgb.convert("L")).astype(np.uint16) * 257)
    else:
        image = rgb.convert(mode)
    image.save(tmp_path / "a.png")
    code, _, err = dsia(
        "guide", tmp_path / "a.png", "--translate", "1,1", "--prior", place / "prior", "-o", tmp_path / "b.png"
    )
    assert code == 0, err
    found = Image.open(tmp_path / "b.png")
    assert found.size == (SIZE[1], SIZE[0]) and found.mode == ("RGB" if mode == "P" else image.mode)


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (3, 2)])
def test_small_images_are_answered(dsia: Any, place: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    Image.fromarray(noise_image(*size)).save(tmp_path / "a.png")
    code, _, err = dsia(
        "guide", tmp_path / "a.png", "--translate", "1,0", "--prior", place / "prior", "-o", tmp_path / "b.png"
    )
    assert code == 0 and "note:" in err


@pytest.mark.parametrize(("words", "sentence"), [
    ((), "in one way"),
    (("--translate", "1"), "5,-3"),
    (("--translate", "nan,0"), "not finite"),
    (("--translate", "1,1", "--homography", "1,0,0,0,1,0,0,0,1"), "in one way"),
    (("--homography", "1,2"), "nine"),
    (("--translate", "1,1", "--region", "black.png"), "black everywhere"),
    (("--translate", "1,1", "--region", "missing.png"), "missing.png"),
    (("--translate", "1,1", "--set", "wheight=1"), "did you mean 'weight'"),
    (("--translate", "1,1", "--set", "weight"), "weight"),
    (("--translate", "1,1", "--set", "weight=[1"), "weight"),
    (("--translate", "1,1", "--flow", "missing"), "missing"),
    (("--translate", "1,1", "--outputs", "mask"), "flow, panel"),
    (("--translate", "1,1", "--prior", "nowhere"), "nowhere"),
    (("--translate", "1,1", "-o", "b.xyz"), "ending of an image"),
    (("--translate", "1,1", "-o", "a.png"), "written over"),
    (("other.flo",), "different sizes, 5x4 and 32x24"),
    (("nan.flo",), "unknown at every pixel"),
])  # fmt: skip
def test_mistakes_are_answered_with_a_next_step(
    dsia: Any, place: Path, words: tuple[str, ...], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    Path("other.flo").write_bytes(flo(np.zeros((4, 5, 2), np.float32)))
    Path("nan.flo").write_bytes(flo(np.full((*SIZE, 2), np.nan, np.float32)))
    code, out, err = dsia("guide", "a.png", "--prior", "prior", "-o", "b.png", *words)
    assert code != 0 and "Traceback" not in err
    assert sentence in " ".join((out + err).replace("│", " ").split())
