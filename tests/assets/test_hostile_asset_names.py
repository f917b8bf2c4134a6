"""Names in manifests, journals and answers of importers that lead out of an asset folder are refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from dsia_gen.assets.importing.import_journal import ImportJournal
from dsia_gen.assets.kubric_manifest import read_kubric
from dsia_gen.assets.library import load_library
from dsia_gen.assets.library_check import check_library
from dsia_gen.assets.manifest import folder_entries
from dsia_gen.core.errors import AssetError, ConfigError
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.import_request import Measured
from tests.files import HOSTILE_NAMES

NORMAL = ("./a", "a//b", "a/")
"""What people write in a manifest, and what is read as the path that it means."""
WRITABLE = [name for name in HOSTILE_NAMES if name not in NORMAL and name.isprintable()]


def write_manifest(folder: Path, **fields: Any) -> None:
    entry = {"id": "mine/hat", "kind": "object", "source": "me", "licence": "CC0-1.0", "size": 1.0, **fields}
    (folder / "manifest.yaml").write_text(yaml.safe_dump({"assets": [entry]}))


@pytest.mark.parametrize("name", WRITABLE, ids=ascii)
def test_manifests(tmp_path: Path, name: str) -> None:
    for fields in ({"file": name}, {"file": "hat.obj", "files": {name: ""}}):
        write_manifest(tmp_path, **fields)
        with pytest.raises(ConfigError, match=r"mine/hat|assets"):
            folder_entries(tmp_path)


def test_people_write_dots_in_manifests(tmp_path: Path) -> None:
    write_manifest(tmp_path, file="./hats//hat.obj", files={"hats/./felt.png": ""})
    (entry,) = folder_entries(tmp_path)
    assert entry.file == "hats/hat.obj" and list(entry.files) == ["hats/felt.png"]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_journals_answers_and_specifications(tmp_path: Path, name: str) -> None:
    line = {"sha256": "x", "ids": [], "found": None, "parts": {}}
    for files in ({name: line}, {"a.obj": {**line, "parts": {name: "x"}}}):
        (tmp_path / "import.json").write_text(json.dumps({"files": files}))
        with pytest.raises(AssetError, match=r"import\.json is not the journal"):
            ImportJournal.read(tmp_path)
    with pytest.raises(ValidationError):
        Measured(kind="object", parts=(name,))
    with pytest.raises(ValidationError):
        AssetFile(root="user", path=name, sha256="")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\\b"])
def test_kubric_manifests(tmp_path: Path, name: str) -> None:
    kwargs = {"render_filename": "{asset_dir}/" + name}
    asset = {"asset_type": "FileBasedObject", "license": "CC0", "kwargs": kwargs, "metadata": {}}
    (tmp_path / "kubric.json").write_text(json.dumps({"name": "k", "assets": {"..": asset, "b": asset}}))
    with pytest.raises(ConfigError, match=r"assets\.\.\."):
        read_kubric(tmp_path / "kubric.json")


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_files_that_lead_out_or_are_none(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    (tmp_path / "secret.obj").write_text("v 0 0 0")
    if kind == "link":
        (folder / "hat.obj").symlink_to(tmp_path / "secret.obj")
    else:
        os.mkfifo(folder / "hat.obj")
    write_manifest(folder, file="hat.obj")
    library = load_library([str(folder / "manifest.yaml")], folder)
    with pytest.raises(AssetError, match=r"leads out of|is a pipe"):
        library.path(library.entries["mine/hat"])
    assert any(found.level == "problem" and found.what == "file" for found in check_library(library))
