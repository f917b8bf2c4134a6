"""Splits, drops and ratios."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.dataset import Dataset
from dsia_gen.dataset.documents import SampleRow
from dsia_gen.dataset.export.contract import ExportOptions
from dsia_gen.dataset.export.select import choose, parse_ratios, read_drop, split_of


def test_a_scene_is_in_one_split_and_others_have_no_say(odd: Dataset) -> None:
    options = ExportOptions(ratios=(0.4, 0.3, 0.3))
    whole = choose(odd, options)
    splits = {item.scene: item.split for item in whole.items}
    assert all(splits[item.scene] == item.split for item in whole.items)
    assert len(set(splits.values())) > 1
    fewer = choose(odd, options, where="scene in ('00000', '00003')")
    assert {item.scene: item.split for item in fewer.items} == {name: splits[name] for name in ("00000", "00003")}


def test_ratios_are_met_and_seeds_differ() -> None:
    row = {"sample": "a_0000", "scene": "a", "pair": 0, "t1": 0, "p1": 0, "t2": 1, "p2": 1, "config": "outdoor",
           "setting": ""}  # fmt: skip
    rows = [SampleRow(**row, seed=number) for number in range(4000)]
    splits = np.array([split_of(row, ExportOptions(ratios=(0.8, 0.1, 0.1))) for row in rows])
    assert [round(float((splits == name).mean()), 1) for name in ("train", "val", "test")] == [0.8, 0.1, 0.1]
    assert (splits != [split_of(row, ExportOptions(ratios=(0.8, 0.1, 0.1), seed=1)) for row in rows]).any()
    assert {split_of(row, ExportOptions(ratios=(0, 2, 0))) for row in rows} == {"val"}


def test_ratios_of_text() -> None:
    assert parse_ratios("train=0.9, test=0.1") == (0.9, 0.0, 0.1)
    for text, words in (("trian=1", "did you mean 'train'"), ("train", "form"), ("train=0", "above zero"),
                        ("train=-1,test=2", "negative"), ("train=nan", "negative")):  # fmt: skip
        with pytest.raises(ConfigError, match=words):
            parse_ratios(text)


def test_drop_files(tmp_path: Path) -> None:
    known = ("00000_0000", "00001_0000")
    plain, report = tmp_path / "drop.txt", tmp_path / "validation.json"
    plain.write_text("00001_0000\n\n")
    report.write_text(json.dumps({"drop": ["00000_0000"], "ok": False}))
    assert read_drop(plain, known) == {"00001_0000"} and read_drop(report, known) == {"00000_0000"}
    plain.write_text("00009_0000\n")
    report.write_text("{}")
    with pytest.raises(StorageError, match="'00009_0000', which is not a sample"):
        read_drop(plain, known)
    with pytest.raises(StorageError, match="not what"):
        read_drop(report, known)
    with pytest.raises(StorageError, match=r"none\.txt"):
        read_drop(tmp_path / "none.txt", known)


def test_nothing_left_is_an_error(odd: Dataset) -> None:
    with pytest.raises(StorageError, match="left to export"):
        choose(odd, ExportOptions(), where="t1 > 99")
