"""Pictures, folders and videos of users, and the commands around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

torch = pytest.importorskip("torch")

from dsia_gen.align.images import folder_pairs, read_image, video_pairs  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.cli.main import app  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from tests.align.make import aligner_config, codec_config, noise_image  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train(aligner_config(train={"steps": 1}), folder, progress=False)
    return folder


def dsia_gen(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def message(result: Any) -> str:
    assert isinstance(result.exception, Exception)
    return str(result.exception)


def write(path: Path, image: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    iio.imwrite(path, image)
    return path


def test_missing_and_broken_pictures_are_named(tmp_path: Path) -> None:
    with pytest.raises(AlignError, match=r"a\.png is not there"):
        read_image(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(AlignError, match=r"b\.png cannot be read as an image"):
        read_image(tmp_path / "b.png")
    whole = write(tmp_path / "c.png", noise_image()).read_bytes()
    (tmp_path / "c.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AlignError, match=r"c\.png cannot be read as an image"):
        read_image(tmp_path / "c.png")


def test_folders_pair_by_name(tmp_path: Path) -> None:
    for side in ("a", "b"):
        for name in ("2.png", "1.png"):
            write(tmp_path / side / name, noise_image())
    assert [work.name for work in folder_pairs(tmp_path / "a", tmp_path / "b")] == ["1", "2"]
    write(tmp_path / "b" / "3.png", noise_image())
    with pytest.raises(AlignError, match=r"no partner, the first is .*b/3\.png"):
        folder_pairs(tmp_path / "a", tmp_path / "b")


def test_folders_pair_whatever_their_endings_and_lose_none(tmp_path: Path) -> None:
    write(tmp_path / "a" / "x.png", noise_image())
    write(tmp_path / "b" / "x.tif", noise_image())
    (work,) = folder_pairs(tmp_path / "a", tmp_path / "b")
    assert (work.first, work.second) == (tmp_path / "a" / "x.png", tmp_path / "b" / "x.tif")
    for side in "ab":
        write(tmp_path / side / "x.jpg", noise_image())
    with pytest.raises(AlignError, match="no partner"):
        folder_pairs(tmp_path / "a", tmp_path / "b")  # x.png and x.tif are two names now
    write(tmp_path / "b" / "x.png", noise_image())
    write(tmp_path / "a" / "x.tif", noise_image())
    out = tmp_path / "out"
    words = ("align", "--method", "reference", tmp_path / "a", tmp_path / "b", "-o", out, "-q")
    assert dsia_gen(*words).exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == ["x.jpg.png", "x.png.png", "x.tif.png"]


def test_a_video_pairs_frames(tmp_path: Path) -> None:
    frames = np.stack([np.full((16, 16, 3), 60 * k, np.uint8) for k in range(4)])
    path = write(tmp_path / "v.gif", frames)
    pairs = [work.images() for work in video_pairs(path, gap=2)]
    assert [(int(a[0, 0, 0]), int(b[0, 0, 0])) for a, b in pairs] == [(0, 120), (60, 180)]


def test_align_two_pictures(run: Path, tmp_path: Path) -> None:
    a, b = write(tmp_path / "1.png", noise_image(30, 50)), write(tmp_path / "2.png", noise_image(30, 50, 1))
    out = tmp_path / "new" / "out.png"
    result = dsia_gen("align", "--checkpoint", run, a, b, "-o", out, "--masks", tmp_path / "m", "-q", "--tile", "32x24")
    assert result.exit_code == 0, result.output
    assert iio.imread(out).shape == (30, 50, 3)
    assert iio.imread(tmp_path / "m" / "2.png").shape == (30, 50)


def test_align_folders_and_a_video(run: Path, tmp_path: Path) -> None:
    for k, side in enumerate("ab"):
        write(tmp_path / side / "x.png", noise_image(seed=k))
    assert dsia_gen("align", "--checkpoint", run, tmp_path / "a", tmp_path / "b", "-o", tmp_path / "c").exit_code == 0
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["x.png"]
    write(tmp_path / "v.gif", np.stack([noise_image(seed=k) for k in range(3)]))
    assert dsia_gen("align", "--checkpoint", run, tmp_path / "v.gif", "-o", tmp_path / "d", "-q").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == ["frame_00000.png", "frame_00001.png"]


def test_align_by_a_method_s_name(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    a, b = write(tmp_path / "1.png", noise_image(64, 64)), write(tmp_path / "2.png", noise_image(64, 64, 1))
    assert dsia_gen("align", "--method", "identity", a, b, "-o", tmp_path / "o.png", "-q").exit_code == 0
    assert np.array_equal(iio.imread(tmp_path / "o.png"), noise_image(64, 64, 1))
    wrong = dsia_gen("align", "--method", "identity", "--eta", "0.5", a, b, "-o", tmp_path / "o.png", "-q")
    assert "identity has no setting eta" in message(wrong)
    assert "did you mean 'homography" in message(dsia_gen("align", "--method", "homografy", a, b, "-o", tmp_path / "o"))
    both = dsia_gen("align", "--method", "identity", "--checkpoint", run, a, b, "-o", tmp_path / "o.png")
    assert both.exit_code == 2


def test_align_says_what_is_wrong(run: Path, tmp_path: Path) -> None:
    a, b = write(tmp_path / "1.png", noise_image()), write(tmp_path / "2.png", noise_image(20, 20))
    out = tmp_path / "out.png"
    assert "different sizes, 32x24 and 20x20" in message(dsia_gen("align", "--checkpoint", run, a, b, "-o", out, "-q"))
    missing = dsia_gen("align", "--checkpoint", run, a, tmp_path / "no.png", "-o", out)
    assert "no.png is not there" in message(missing)
    assert "two images, two folders, or one or two videos" in message(
        dsia_gen("align", "--checkpoint", run, a, "-o", out)
    )
    assert "one input is an image and the other is a folder" in message(
        dsia_gen("align", "--checkpoint", run, a, tmp_path, "-o", out)
    )
    assert "holds no aligner" in message(dsia_gen("align", "--checkpoint", tmp_path, a, a, "-o", out))
    assert not out.exists()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["aligner", "codec"])
def test_train_and_go_on(kind: str, tmp_path: Path) -> None:
    config = (aligner_config if kind == "aligner" else codec_config)(train={"steps": 1})
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(config.model_dump(mode="json")))
    first = dsia_gen("train", kind, path, "-o", tmp_path / "run", "-q", "--json")
    assert first.exit_code == 0, first.output
    again = dsia_gen("train", kind, path, "-o", tmp_path / "run", "-q", "--set", "train.steps=3")
    assert again.exit_code == 0, again.output
    assert "2 steps; the model card is" in again.output


def test_train_names_mistakes_in_the_configuration(tmp_path: Path) -> None:
    wrong = dsia_gen("train", "aligner", "tiny", "-o", tmp_path, "--set", "losses.gama=1", "--set", "train.steps=0")
    assert "did you mean 'gamma'" in message(wrong)
    assert "train.steps" in message(wrong)
    assert "did you mean 'tiny'" in message(dsia_gen("train", "aligner", "tinny", "-o", tmp_path))


def test_train_names_a_missing_data_set(tmp_path: Path) -> None:
    result = dsia_gen("train", "aligner", "tiny", "-o", tmp_path / "run", "--data", tmp_path / "none", "-q")
    assert "none" in message(result)
