"""docs/python.md runs as it is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import snippets

pytestmark = [pytest.mark.blender, pytest.mark.slow]


def test_the_tutorial_runs(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("bpy")
    monkeypatch.chdir(tmp_path)
    page = Path("docs/python.md")
    blocks = [s for s in snippets((checkout / page).read_text(), page) if s.language == "python"]
    assert len(blocks) > 8
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), names)
    made = {path.name for path in tmp_path.iterdir()}
    assert {"scene.blend", "pair", "spec.json", "data", "sintel", "page"} <= made
    assert names["image"].shape == (54, 96, 3)  # type: ignore[attr-defined]
