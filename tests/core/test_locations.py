"""Folders and addresses: what counts as one, secrets that stay away, and the folders that mirror addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.core.errors import StorageError
from dsia_gen.core.locations import is_address, join, local_folder, place_of


@pytest.mark.parametrize("text", ["s3://bucket/data", "gs://bucket", "memory://x/y", "abfs://box@account/data"])
def test_an_address_survives_being_a_path(text: str) -> None:
    assert place_of(text) == place_of(text + "/") == place_of(Path(text))
    assert place_of(Path(text)) == text and is_address(text) and is_address(Path(text))


def test_folders_are_paths(tmp_path: Path) -> None:
    assert place_of(tmp_path) == place_of(str(tmp_path)) == place_of(f"file://{tmp_path}") == tmp_path
    for text in ("data", "./s3/data", "C:/data", "a:b", "s3:"):
        assert place_of(text) == Path(text) and not is_address(text)


@pytest.mark.parametrize("text", ["s3://key:hidden@bucket/x", "https://host/x?sig=hidden"])
def test_an_address_with_a_secret_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(StorageError, match="in the environment") as caught:
        place_of(text)
    assert "hidden" not in str(caught.value)


def test_an_address_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DSIA_GEN_CACHE", str(tmp_path))
    folders = [local_folder("data", address) for address in ("s3://a/b", "s3://a_b", "gs://a/b")]
    assert len(set(folders)) == 3 and all(folder.parent == tmp_path / "data" for folder in folders)
    assert local_folder("data", "s3://a/b/") == folders[0] and local_folder("assets", "s3://a/b") != folders[0]
    assert local_folder("data", tmp_path / "set") == tmp_path / "set"


def test_names_are_joined_as_the_place_is_written(tmp_path: Path) -> None:
    assert join("s3://a/b", "c", "d") == "s3://a/b/c/d" and join(tmp_path, "c") == str(tmp_path / "c")
