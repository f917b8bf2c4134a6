"""Manifests: tags of earlier versions are read by their present names."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.assets.manifest import FOLDER_MANIFEST, folder_entries, record_entries
from dsia_gen.core.errors import RenamedKeyWarning

OLD = "assets:\n- {id: own/keg, kind: object, file: keg.glb, source: me, licence: CC0-1.0, tags: [dressing, outdoor]}\n"


def test_a_former_tag_is_read_with_a_note_and_written_under_its_present_name(tmp_path: Path) -> None:
    (tmp_path / FOLDER_MANIFEST).write_text(OLD)
    with pytest.warns(RenamedKeyWarning, match=r"manifest\.yaml: line 2: dressing is called props now; write props"):
        entries = folder_entries(tmp_path)
    assert [entry.tags for entry in entries] == [["props", "outdoor"]]
    with pytest.warns(RenamedKeyWarning):
        record_entries(tmp_path, entries)
    assert "dressing" not in (tmp_path / FOLDER_MANIFEST).read_text()
    assert folder_entries(tmp_path) == entries
