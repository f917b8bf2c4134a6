"""Results on disk: they come back as they were, whatever wrote them."""

from __future__ import annotations

import json
import math
from pathlib import Path

from dsia_gen.evaluate.result_store import ResultRecord, ResultStore


def test_records_come_back_with_infinite_values(tmp_path: Path) -> None:
    record = ResultRecord("s0", "k", 0.25, {"psnr/all": math.inf, "ssim/all": 1.0}, note="a note")
    ResultStore(tmp_path).add("copy", record)
    assert ResultStore(tmp_path).get("copy", "s0", "k") == record
    assert ResultStore(tmp_path).get("copy", "s0", "another key") is None
    assert ResultStore(tmp_path).get("copy", "s1", "k") is None


def test_the_last_line_counts_and_a_line_that_was_cut_off_does_not(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    for seconds in (1.0, 2.0):
        store.add("copy", ResultRecord("s0", "k", seconds))
    path = tmp_path / "copy.jsonl"
    path.write_bytes(path.read_bytes() + b'{"sample": "s0", "key": "k", "sec')
    again = ResultStore(tmp_path)
    assert again.get("copy", "s0", "k") == ResultRecord("s0", "k", 2.0)
    again.add("copy", ResultRecord("s1", "k", 3.0))
    assert ResultStore(tmp_path).get("copy", "s1", "k") == ResultRecord("s1", "k", 3.0)


def test_lines_of_earlier_versions_are_read(tmp_path: Path) -> None:
    """They had words for infinity that JSON does not know, and keys in the order of the alphabet."""
    line = {"error": "", "key": "k", "note": "", "sample": "s0", "seconds": 0.5, "values": {"psnr/all": "inf"}}
    (tmp_path / "copy.jsonl").write_text(json.dumps(line) + "\n")
    found = ResultStore(tmp_path).get("copy", "s0", "k")
    assert found is not None and found.values["psnr/all"] == math.inf
