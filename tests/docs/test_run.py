"""Printed commands that take seconds are run as they are printed, on made-up data under the names that pages use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import imageio.v3 as iio
import pytest

from dsia_gen.cli.main import run
from dsia_gen.dataset import open_dataset
from tests.dataset.synthetic import write_dataset
from tests.docs.pages import of_pages
from tests.docs.shell import commands
from tests.docs.test_commands import shown_files

pytestmark = pytest.mark.slow

DATASETS = ("DATASET", "TESTSET", "data", "probe", "out/quickstart", "out/test", "out/train")
"""What pages call a data set that is there."""
OF_DATASETS = ("animate", "digest", "export", "report", "status", "validate")
RUN: dict[str, Callable[[list[str]], bool]] = {
    "config": lambda words: True,
    "assets list": lambda words: True,
    "assets fetch": lambda words: len(words) == 2,  # the sources
    "blender list": lambda words: True,
    "scene sample": lambda words: "--assets" not in words,
    "dataset view": lambda words: "--save" in words,  # without it a window opens
    **{f"dataset {name}": lambda words: words[2] in DATASETS for name in OF_DATASETS},
    "render": lambda words: "--dry-run" in words and "-o" not in words,
    "evaluate": lambda words: "--list" in words,
    "align": lambda words: "--method" in words and "I1.jpg" in words,
}
"""Commands that take seconds and need neither Blender, nor a network, nor weights, nor files of the reader's."""


def runnable(checkout: Path, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Place and words of the commands of RUN, in order; `folder` gets the files that their page shows."""
    found = of_pages(checkout)
    for snippet in found:
        if snippet.inline or not snippet.is_shell:
            continue
        for name, text in shown_files([s for s in found if s.page == snippet.page]).items():
            (folder / name).write_text(text)
        for words in commands(snippet.text, folder, checkout)[0]:
            line = " ".join(words[1:]) + " "
            if words[0] == "dsia-gen" and any(
                line.startswith(f"{start} ") and wanted(words[1:]) for start, wanted in RUN.items()
            ):
                yield snippet.place, words[1:]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with everything that pages take for granted."""
    write_dataset(tmp_path / "DATASET", scenes=2)
    for name in DATASETS[1:]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(tmp_path / "DATASET")
    sample = open_dataset(tmp_path / "DATASET")[0]
    for role in ("1", "2"):
        for suffix in ("jpg", "png"):
            iio.imwrite(tmp_path / f"I{role}.{suffix}", sample.image(role))  # type: ignore[arg-type]
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands_of_seconds_run_as_they_are_printed(
    checkout: Path, world: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("cv2")
    pytest.importorskip("torch")
    wrong, done = [], set[str]()
    for place, words in runnable(checkout, world):
        if (line := " ".join(words)) in done:
            continue
        done.add(line)
        monkeypatch.setattr("sys.argv", ["dsia-gen", *words])
        with pytest.raises(SystemExit) as ended:
            run()
        if ended.value.code:
            wrong.append(f"{place}: dsia-gen {line}: {capsys.readouterr().err.strip()[-300:]}")
    assert len(done) > 15 and not wrong, "\n".join(wrong)
