"""Names that come from files: what stays in its folder is taken as it is, everything else is refused."""

from __future__ import annotations

import os
import pickle
import socket
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath, PlainName
from tests.files import HOSTILE_NAMES


class Listing(BaseModel):
    """A document with names as values and as keys."""

    name: PlainName
    files: dict[InsidePath, int]


@pytest.mark.parametrize("text", HOSTILE_NAMES, ids=ascii)
def test_hostile_names_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        InsidePath(text)
    with pytest.raises(ValueError):
        PlainName(text)
    with pytest.raises(StorageError, match=r"receipt\.json names"):
        InsidePath.stated(text, tmp_path / "receipt.json")
    with pytest.raises(ValidationError):
        Listing.model_validate({"name": text, "files": {}})
    with pytest.raises(ValidationError):
        Listing.model_validate({"name": "a", "files": {text: 1}})


@given(st.text(max_size=40), st.lists(st.sampled_from(["..", ".", "", "/", "\\", "C:", "a", "é", "\0"]), max_size=6))
def test_what_is_taken_stays_inside(text: str, parts: list[str]) -> None:
    for candidate in (text, "/".join(parts), "".join(parts)):
        try:
            found = InsidePath(candidate)
        except ValueError:
            continue
        path = Path(os.path.normpath(Path("/root/folder") / found))
        assert path.is_relative_to("/root/folder") and path != Path("/root/folder")
        assert found == candidate == path.relative_to("/root/folder").as_posix()


def test_people_write_dots_and_doubled_slashes() -> None:
    assert InsidePath.normal("./models//chair/./a.obj") == "models/chair/a.obj"
    for text in ("/etc/passwd", "./../x", "", ".", "//x", "a/../../b"):
        with pytest.raises(ValueError):
            InsidePath.normal(text)


def test_it_is_text_in_files_and_travels() -> None:
    found = Listing.model_validate({"name": "a", "files": {"b/c": 1}})
    assert all(type(name) is InsidePath for name in found.files) and type(found.name) is PlainName
    assert yaml.safe_load(yaml.safe_dump(found.model_dump(mode="json"))) == {"name": "a", "files": {"b/c": 1}}
    assert type(pickle.loads(pickle.dumps(InsidePath("a/b")))) is InsidePath
    assert PlainName("a") / InsidePath("b/c") == "a/b/c"


def test_links_are_followed_before_they_are_judged(tmp_path: Path) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "folder2"  # a name that begins alike
    for place in (folder / "deep", outside):
        place.mkdir(parents=True)
        (place / "file").write_bytes(b"x")
    (folder / "near").symlink_to("deep/file")
    (folder / "out").symlink_to(outside / "file")
    (folder / "round").symlink_to("round")
    (folder / "gate").symlink_to(outside)
    assert InsidePath("near").below(folder).read_bytes() == b"x"
    assert InsidePath("deep/new").below(folder) == folder / "deep" / "new"
    for name in ("out", "gate", "gate/file", "gate/new/deep"):
        with pytest.raises(StorageError, match=r"leads out of .* by a link"):
            InsidePath(name).below(folder)
    with pytest.raises(OSError):
        InsidePath("round").below(folder).read_bytes()
    whole = tmp_path / "link"
    whole.symlink_to(folder)  # the folder itself may be had by a link: its user named it
    assert InsidePath("deep/file").below(whole).read_bytes() == b"x"


def test_pipes_and_sockets_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        for name in ("pipe", "socket"):
            with pytest.raises(StorageError, match="is a pipe, a socket or a device"):
                InsidePath(name).file_below(tmp_path)
    (tmp_path / "file").touch()
    for name in ("file", "nothing"):
        assert InsidePath(name).file_below(tmp_path) == tmp_path / name
