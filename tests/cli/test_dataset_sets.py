"""`dsia-gen dataset sets` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.dataset.synthetic import write_dataset


def test_sets_are_cut_and_wrong_words_are_named(tmp_path: Path, dsia: Any) -> None:
    root = write_dataset(tmp_path / "data", scenes=1).root
    cut = dsia("dataset", "sets", root, "-o", tmp_path / "s", "--min-pixels", 60, "--by", "instance", "--json")
    assert cut.code == 0
    assert json.loads(cut.out)["sets"] == 3
    for option, value in (("--kind", "tree"), ("--by", "scene"), ("--framing", "wide")):
        wrong = dsia("dataset", "sets", root, "-o", tmp_path / "t", option, value)
        assert wrong.code == 2
        assert value in wrong.err
    none = dsia("dataset", "sets", root, "-o", tmp_path / "t", "--asset", "*/car")
    assert none.code == 2
    assert "rectangle" in none.err
