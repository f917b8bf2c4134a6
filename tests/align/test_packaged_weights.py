"""Weights that are passed on: what is written, what is read, and what the wheel holds."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from dsia_gen.align import AlignerPipeline
from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline
from dsia_gen.align.trained_aligner import PACKAGED
from dsia_gen.align.training.checkpoint import checkpoints
from dsia_gen.align.training.entry_points import train
from dsia_gen.align.training.trainable import trainable_of
from dsia_gen.align.training.weights_card import LARGEST_BYTES, LICENCE, read_weights_card
from dsia_gen.cli.main import app
from dsia_gen.core.errors import AlignError
from tests.align.make import aligner_config
from tests.align.methods.mc_aligner.make import mc_config
from tests.align.test_photos import smooth_image

pytestmark = pytest.mark.torch
needs_weights = pytest.mark.skipif(not PACKAGED.is_dir(), reason="the package holds no weights yet")


def dsia_gen(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`first`, and `second`, which started from it and was stopped before its end."""
    root = tmp_path_factory.mktemp("runs")
    train(mc_config(train={"steps": 2, "checkpoint_every": 1}), root / "first", progress=False)
    kept = {"kept": str(root / "kept")}
    train(
        mc_config(weights=str(root / "first"), name="fine", data=kept, train={"steps": 1}),
        root / "second",
        progress=False,
    )
    (root / "second" / "pipeline").rename(root / "away")
    return root


@pytest.mark.slow
def test_a_run_is_exported_in_half_precision_with_its_history(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "f.json").write_text('{"psnr": 25.5}')
    done = dsia_gen("train", "export", runs / "second", "-o", out, "--figures", tmp_path / "f.json", "--json")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in out.iterdir()) == [
        "README.md",
        "card.json",
        "mc_aligner.json",
        "mc_aligner.safetensors",
    ]
    card = read_weights_card(out)
    assert json.loads(done.stdout) == card.model_dump(mode="json")
    assert [(stage.name, stage.steps, stage.samples) for stage in card.stages] == [("test", 2, 4), ("fine", 1, 2)]
    assert card.figures == {"psnr": 25.5} and card.licence == LICENCE
    whole, half = McPipeline.from_pretrained(runs / "away"), McPipeline.from_pretrained(out)
    assert half.hash() == card.weights == McPipeline.from_pretrained(out / "mc_aligner.safetensors").hash()
    size = sum(tensor.numel() for tensor in whole.network.state_dict().values())
    assert 2 * size <= card.bytes == (out / "mc_aligner.safetensors").stat().st_size < 2 * size + 20_000
    image1, image2 = smooth_image(), smooth_image(shift=2.0)
    assert np.abs(whole(image1, image2).image.astype(int) - half(image1, image2).image).max() <= 2
    text = "".join((out / name).read_text() for name in ("README.md", "card.json", "mc_aligner.json"))
    assert str(tmp_path) not in text and str(runs) not in text, "a path of this machine is passed on"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()}
    assert len(modes) == 1, "whoever may read one file may read all"
    assert card.sha256 in (out / "README.md").read_text() and "25.500" in (out / "README.md").read_text()


@pytest.mark.slow
def test_an_export_is_the_same_twice_and_opens_as_a_method(runs: Path, tmp_path: Path) -> None:
    for name in ("a", "b/mc_aligner.safetensors"):
        assert dsia_gen("train", "export", runs / "first", "-o", tmp_path / name).exit_code == 0
    files = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "ab"]
    assert files[0] == files[1]
    assert trainable_of(str(tmp_path / "a")).name == "mc_aligner"
    assert isinstance(AlignerPipeline.from_pretrained(tmp_path / "a"), McPipeline)


@pytest.mark.slow
@pytest.mark.parametrize("given", ["", "mc_aligner.safetensors"])
def test_what_starts_from_an_export_has_its_history(runs: Path, tmp_path: Path, given: str) -> None:
    assert dsia_gen("train", "export", runs / "second", "-o", tmp_path / "out").exit_code == 0
    further = mc_config(weights=str(tmp_path / "out" / given), name="further", train={"steps": 1})
    train(further, tmp_path / "run", progress=False)
    assert dsia_gen("train", "export", tmp_path / "run", "-o", tmp_path / "again").exit_code == 0
    first, again = (read_weights_card(tmp_path / name).stages for name in ("out", "again"))
    assert again[:-1] == first and (again[-1].name, again[-1].steps) == ("further", 1)


@pytest.mark.slow
def test_an_unfinished_run_is_recognised(runs: Path) -> None:
    assert checkpoints(runs / "second") and trainable_of(str(runs / "second")).name == "mc_aligner"
    assert McPipeline.from_pretrained(runs / "second").hash() == McPipeline.from_pretrained(runs / "away").hash()


@pytest.mark.slow
def test_what_cannot_be_exported_ends_in_a_sentence(tmp_path: Path) -> None:
    train(aligner_config(train={"steps": 1}), tmp_path / "dm", progress=False)
    result = dsia_gen("train", "export", tmp_path / "dm", "-o", tmp_path / "out")
    assert "is passed on as it is: its folder pipeline" in str(result.exception)
    for figures in ('{"the camera\'s flow": 2}', '{"psnr": NaN}', '{"psnr": 1e300}', "[1]", "{", "\xff"):
        (tmp_path / "f.json").write_text(figures, encoding="latin-1")
        told = dsia_gen("train", "export", tmp_path / "dm", "-o", tmp_path / "out", "--figures", tmp_path / "f.json")
        assert "is not a JSON object of finite numbers" in str(told.exception), figures
    assert "is not there" in str(dsia_gen("train", "export", tmp_path / "no", "-o", tmp_path / "out").exception)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_another_name_for_the_weights_is_refused_before_anything_is_written(runs: Path, tmp_path: Path) -> None:
    told = dsia_gen("train", "export", runs / "first", "-o", tmp_path / "out" / "mine.safetensors")
    assert told.exit_code == 2 and "mc_aligner.safetensors" in told.output
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_damaged_card_or_file_is_told(runs: Path, tmp_path: Path) -> None:
    assert dsia_gen("train", "export", runs / "first", "-o", tmp_path).exit_code == 0
    weights = tmp_path / "mc_aligner.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(AlignError, match="is not the file of its card"):
        read_weights_card(tmp_path)
    card = json.loads((tmp_path / "card.json").read_text())
    (tmp_path / "card.json").write_text(json.dumps({**card, "file": "../elsewhere"}))
    with pytest.raises(AlignError, match="is not a card of weights"):
        read_weights_card(tmp_path)
    weights.write_bytes(b"\x80\x04cposix\nsystem\n.")  # a pickle
    with pytest.raises(AlignError, match="is not a sound safetensors file"):
        McPipeline.from_pretrained(tmp_path)


@needs_weights
def test_the_package_s_weights_are_those_of_their_card() -> None:
    card = read_weights_card(PACKAGED)
    assert card.licence == LICENCE and card.bytes <= LARGEST_BYTES and card.figures and card.stages
    assert AlignerPipeline.from_pretrained().hash() == card.weights
    assert any(stage.job_sha256 for stage in card.stages)


@needs_weights
@pytest.mark.slow
def test_the_wheel_holds_the_weights(checkout: Path, tmp_path: Path) -> None:
    wheels = pytest.importorskip("hatchling.builders.wheel")
    (made,) = wheels.WheelBuilder(str(checkout)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(made) as wheel:
        for path in PACKAGED.iterdir():
            assert wheel.read(f"dsia_gen/align/weights/{path.name}") == path.read_bytes()
