"""`dsia-gen align` as a user calls it: what it writes, where, and what it says of unusual input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import imageio.v3 as iio
import numpy as np
import OpenEXR
import pytest
from typer.testing import CliRunner

from dsia_gen.align.methods.mc_aligner.mc_network import build_mc_network
from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline
from dsia_gen.align.photo_files import read_photo, write_photo
from dsia_gen.align.videos import VideoFile
from dsia_gen.cli.main import app
from tests.align.make import noise_image
from tests.align.methods.mc_aligner.make import mc_config
from tests.align.test_photos import smooth_image

pytestmark = pytest.mark.torch


def align(*words: object) -> Any:
    return CliRunner().invoke(app, ["align", *map(str, words), "-q"])


def said(result: Any) -> str:
    """The one sentence of a command that failed."""
    text = str(result.exception)
    assert result.exit_code == 1 and "\n" not in text, text
    return text


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    McPipeline(mc_config(), build_mc_network(mc_config().model, 0)).save_pretrained(folder)
    return folder


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    for name, shift in (("1.png", 0.0), ("2.png", 2.0)):
        write_photo(tmp_path / name, smooth_image(shift=shift))
    return tmp_path / "1.png", tmp_path / "2.png"


def test_all_parts_of_an_answer_are_written_beside_the_image(
    run: Path, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "new" / "out.png"
    parts = ("--outputs", "image,flow,mask,confidence")
    done = align(*pair, "-o", out, "--checkpoint", run, *parts, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["aligned"] == 1 and document["failed"] == 0
    files = {Path(path).name for path in document["pairs"][0]["files"].values()}
    assert (
        files
        == {"out.png", "out_flow.flo", "out_mask.png", "out_confidence.png"}
        == {p.name for p in out.parent.iterdir()}
    )
    flow = cv2.readOpticalFlow(str(out.with_name("out_flow.flo")))
    for form in ("npz", "exr"):
        assert align(*pair, "-o", out, "--checkpoint", run, *parts, "--flow-format", form).exit_code == 0
    assert np.array_equal(np.load(out.with_name("out_flow.npz"))["flow"], flow)
    channels = OpenEXR.File(str(out.with_name("out_flow.exr")), separate_channels=True).channels()
    assert np.array_equal(np.stack([channels[name].pixels for name in sorted(channels)], axis=-1), flow)
    only = tmp_path / "only.png"
    assert align(*pair, "-o", only, "--checkpoint", run, "--outputs", "flow").exit_code == 0
    assert not only.exists() and (tmp_path / "only_flow.flo").exists()


def test_what_a_method_has_not_is_told(pair: tuple[Path, Path], tmp_path: Path) -> None:
    done = align(*pair, "-o", tmp_path / "o.png", "--method", "identity", "--outputs", "image,flow")
    assert done.exit_code == 0 and "note: identity has no flow" in done.stderr
    assert "--outputs knows image, flow, mask, confidence, uncertainty, not floww" in said(
        align(*pair, "-o", tmp_path / "p.png", "--method", "identity", "--outputs", "floww")
    )
    alone = align(*pair, "-o", tmp_path / "p.png", "--method", "dis", "--outputs", "uncertainty,mask")
    assert "dis has no mask, dis has no uncertainty, so nothing was written" in said(alone)
    assert not (tmp_path / "p.png").exists()


@pytest.mark.parametrize("kind", ["grey", "16 bits", "grey 16 bits", "alpha", "floats"])
def test_the_answer_has_the_depth_and_channels_of_the_first_image(run: Path, kind: str, tmp_path: Path) -> None:
    def form(image: Any) -> Any:
        image = image[..., 0] if "grey" in kind else image
        if "16" in kind:
            return image.astype(np.uint16) * 257
        if kind == "alpha":
            return np.dstack([image, image[..., :1] | 1])
        return image / np.float32(255) if kind == "floats" else image

    ending = ".tif" if kind == "floats" else ".png"
    paths = [tmp_path / f"{k}{ending}" for k in (1, 2)]
    for k, path in enumerate(paths):
        write_photo(path, form(smooth_image(shift=2.0 * k)))
        write_photo(tmp_path / "rgb" / f"{k + 1}.png", smooth_image(shift=2.0 * k))
    out = tmp_path / f"out{ending}"
    assert align(*paths, "-o", out, "--checkpoint", run).exit_code == 0
    found, first = read_photo(out).whole(), read_photo(paths[0]).whole()
    assert found.shape == first.shape and found.dtype == first.dtype
    if kind in ("16 bits", "floats"):
        plain = tmp_path / "rgb" / "out.png"
        assert (
            align(tmp_path / "rgb" / "1.png", tmp_path / "rgb" / "2.png", "-o", plain, "--checkpoint", run).exit_code
            == 0
        )
        scale = 257 if kind == "16 bits" else 1 / 255
        assert np.abs(found / scale - iio.imread(plain)).max() < 0.51, "the motion is that of the 8-bit images"
        assert np.abs(found / scale - np.rint(found / scale)).mean() > 0.05, "there is more than 8 bits of depth"


def test_a_file_that_cannot_hold_the_answer_is_refused_before_it_is_made(run: Path, tmp_path: Path) -> None:
    deep = smooth_image().astype(np.uint16) * 257
    for k in (1, 2):
        write_photo(tmp_path / f"{k}.png", deep)
    words = (tmp_path / "1.png", tmp_path / "2.png", "--checkpoint", run)
    assert "cannot hold 16 bits a channel, which image 1 has; end it in .png" in said(
        align(*words, "-o", tmp_path / "o.jpg")
    )
    assert "has no ending of an image" in said(align(*words, "-o", tmp_path / "o.xyz"))
    assert "is one of the inputs and would be written over" in said(align(*words, "-o", tmp_path / "1.png"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.png", "2.png"]
    assert align(*words, "-o", tmp_path / "folder").exit_code == 0
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["2.png"]


def test_a_folder_goes_on_after_a_bad_pair_and_tells_it(tmp_path: Path) -> None:
    for side in "ab":
        for name in ("1.png", "2.png", "3.png"):
            write_photo(tmp_path / side / name, noise_image())
    (tmp_path / "b" / "2.png").write_bytes(b"none")
    write_photo(tmp_path / "b" / "3.png", noise_image(20, 20))
    done = align(tmp_path / "a", tmp_path / "b", "-o", tmp_path / "c", "--method", "reference", "--json")
    document = json.loads(done.stdout)
    assert done.exit_code == 1 and (document["aligned"], document["failed"]) == (1, 2)
    assert [pair["error"] == "" for pair in document["pairs"]] == [True, False, False]
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["1.png"]


def movie(path: Path, count: int, shift: int = 0) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 12, (64, 48))
    for k in range(count):
        writer.write(np.ascontiguousarray(smooth_image(shift=1.0 * k + shift)[..., ::-1]))
    writer.release()
    return path


def test_videos_become_folders_or_videos(tmp_path: Path) -> None:
    one, two = movie(tmp_path / "1.avi", 4), movie(tmp_path / "2.avi", 3, 1)
    assert align(one, "-o", tmp_path / "frames", "--method", "identity").exit_code == 0
    assert [p.name for p in sorted((tmp_path / "frames").iterdir())] == [f"frame_{k:05d}.png" for k in range(3)]
    done = align(one, two, "-o", tmp_path / "out.mp4", "--method", "dis", "--outputs", "image,flow")
    assert done.exit_code == 0, done.output
    assert "the videos have 4 and 3 frames; the frames that only one has are left out" in done.stderr
    made = VideoFile(tmp_path / "out.mp4")
    assert made.rate == pytest.approx(12) and len(list(made.frames())) == 3
    assert len(list((tmp_path / "out" / "flow").iterdir())) == 3
    assert "is the name of a video" in said(align(tmp_path, tmp_path, "-o", tmp_path / "x.mp4", "--method", "dis"))


def test_what_is_no_video_ends_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"nothing")
    assert "cannot be read as a video" in said(align(tmp_path / "a.mp4", "-o", tmp_path / "o", "--method", "identity"))
    (tmp_path / "b.mp4").write_bytes(b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n")
    assert "is a playlist and not a video" in said(
        align(tmp_path / "b.mp4", "-o", tmp_path / "o", "--method", "identity")
    )
    short = movie(tmp_path / "c.avi", 2)
    assert "too few frames for a gap of 5" in said(
        align(short, "-o", tmp_path / "o.avi", "--method", "identity", "--gap", "5")
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4", "c.avi"]
