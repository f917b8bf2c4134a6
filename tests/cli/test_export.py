"""`dsia-gen dataset export`: what the shell sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dsia_gen.cli.main import app
from dsia_gen.core.errors import ConfigError, UnknownNameError
from tests.dataset.synthetic import write_dataset


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("cli") / "data", scenes=1, outputs=("image", "dynamic_union")).root


def run(*words: str | Path):
    return CliRunner().invoke(app, ["dataset", "export", *map(str, words)])


def test_export_and_again(data: Path, tmp_path: Path) -> None:
    words = (data, "--format", "dmaligner", "-o", tmp_path / "out", "--split", "train=1", "--where", "t1 < 2")
    first = run(*words)
    assert first.exit_code == 0 and "train 2" in first.stdout and "1 samples left out" in first.stdout
    second = run(*words, "--json")
    assert second.exit_code == 0 and json.loads(second.stdout)["made"] == 0


def test_wrong_words_are_named(data: Path, tmp_path: Path) -> None:
    out = ("-o", tmp_path / "out")
    for words, message in (
        (("-f", "sintle"), "did you mean 'sintel'"),
        (("-f", "dmaligner", "--split", "trian=1"), "did you mean 'train'"),
        (("-f", "dmaligner", "--fit", "squeeze"), "known: resize, crop"),
        (("-f", "webdataset", "--outputs", "imag"), "did you mean 'image'"),
    ):
        result = run(data, *words, *out)
        assert isinstance(result.exception, ConfigError | UnknownNameError) and message in str(result.exception)
    assert run(data, "-f", "dmaligner", "--size", "big", *out).exit_code == 2
