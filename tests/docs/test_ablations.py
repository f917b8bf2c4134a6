"""The table of ablations in docs/methods.md: its settings are those of the presets, and each changes one."""

from __future__ import annotations

import re

import pytest

from dsia_gen.align.methods.diffmatch.diffmatch_config import DiffMatchConfig
from dsia_gen.align.methods.ransac_flow.ransac_config import RansacConfig
from tests.conftest import CHECKOUT


def rows() -> list[tuple[str, list[str]]]:
    """Method and settings of each row."""
    text = (CHECKOUT / "docs" / "methods.md").read_text(encoding="utf-8")
    table = text.partition("\n## Ablations of RANSAC-Flow and DiffMatch\n")[2].partition("\n## ")[0]
    found, method = [], ""
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and "--set" in cells[-1]:
            method = cells[0] or method
            found.append((method, re.findall(r"--set ([\w.]+=[\w.]+)", cells[-1])))
    return found


def test_the_table_has_both_methods() -> None:
    assert {method for method, _ in rows()} == {"RANSAC-Flow", "DiffMatch"} and len(rows()) >= 11


@pytest.mark.parametrize(("method", "settings"), rows())
def test_settings_of_an_ablation_are_read_and_change_something(method: str, settings: list[str]) -> None:
    kind, presets = {
        "RANSAC-Flow": (RansacConfig, ("ransac_flow", "ransac_tiny")),
        "DiffMatch": (DiffMatchConfig, ("diffmatch", "diffmatch_tiny")),
    }[method]
    assert settings
    for preset in presets:
        assert kind.load(preset, settings) != kind.load(preset), preset  # type: ignore[attr-defined]
