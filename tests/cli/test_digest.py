"""`dsia-gen dataset digest` and `animate`: what the shell sees."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.dataset.synthetic import write_dataset


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("cli") / "data", scenes=1, outputs=("image", "flow_1_to_2")).root


def test_a_digest_is_compared_with_a_copy_and_with_something_else(data: Path, tmp_path: Path, dsia) -> None:
    kept = tmp_path / "digest.json"
    assert dsia("dataset", "digest", data, "-o", kept).code == 0
    copy = shutil.copytree(data, tmp_path / "copy")
    same = dsia("dataset", "digest", copy, "--compare", kept)
    assert same.code == 0 and "specification: 1 of 1 the same" in same.out
    spec = copy / "scenes" / "00000" / "spec.json"
    spec.write_text(spec.read_text().replace('"fps": 24.0', '"fps": 25.0'))
    other = dsia("dataset", "digest", copy, "--compare", kept, "--json")
    document = json.loads(other.out)
    assert other.code == 1 and not document["same"] and document["differences"][0]["part"] == "specification"


def test_a_digest_goes_to_stdout(data: Path, dsia) -> None:
    assert json.loads(dsia("dataset", "digest", data, "-o", "-").out)["version"] == 1


def test_mistakes_are_answered_in_a_sentence(data: Path, tmp_path: Path, dsia) -> None:
    assert dsia("dataset", "digest", data).code == 2
    gone = dsia("dataset", "digest", data, "--compare", tmp_path / "gone.json")
    assert gone.code == 1 and "gone.json" in gone.err and "no such file" in gone.err
    nowhere = dsia("dataset", "animate", data, "-o", tmp_path / "no" / "x.gif")
    assert nowhere.code == 1 and "there is no folder" in nowhere.err
    film = dsia("dataset", "animate", data, "-o", tmp_path / "x.mp4")
    assert film.code == 2 and ".gif, .png, .webp" in film.err and not (tmp_path / "x.mp4").exists()
    whole = dsia("dataset", "animate", data, "-o", tmp_path / "x.webp", "--sample", "00000_0000")
    assert whole.code == 0 and (tmp_path / "x.webp").stat().st_size > 1000
