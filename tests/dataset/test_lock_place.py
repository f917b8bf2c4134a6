"""Locks in a folder and in a store: nobody's change undoes another's, and whatever lies there is one sentence."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset import lock_place
from dsia_gen.dataset.fence import Fence, has_ended, parse_lock
from dsia_gen.dataset.layout import LOCK, DatasetLayout
from dsia_gen.dataset.lock_place import FolderLock, LockPlace, StoreLock
from dsia_gen.dataset.status import read_lock
from dsia_gen.farm.heartbeat_lock import address_lock
from tests.s3 import CuttingProxy

BEAT = 0.05
HOSTILE: list[Any] = [None, True, -1, 0, 2**31, 2**63, 2**70, 1e300, "", "x" * 300, "a\nb", "\x1b[2J", [], {}, [[]]]
FIELDS = ("pid", "host", "machine", "token", "beat", "started", "running")
DEEP = b"[" * 100_000
TEXTS = {
    "empty": b"",
    "not json": b"not json",
    "not text": bytes(range(256)),
    "deep": DEEP,
    "another document": b'{"version": 1}',
    "a list": b"[1, 2]",
    "long digits": b'{"pid": ' + b"9" * 100_000 + b"}",
    "large": b'{"running": [' + b'"00000", ' * 300_000 + b'"00000"]}',
}


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow), "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> LockPlace:
    if request.param == "folder":
        return FolderLock(tmp_path / LOCK)
    if request.param == "memory":
        return StoreLock(f"memory://{tmp_path.name}/set", LOCK)
    proxy: CuttingProxy = request.getfixturevalue("s3")
    return StoreLock(proxy.address, LOCK)


def test_only_what_was_seen_is_changed(place: LockPlace) -> None:
    assert place.read() is None and not place.update(b"a", b"b")
    assert place.create(b"a") and not place.create(b"b")
    assert not place.update(b"other", b"b") and place.read() == b"a"
    assert place.update(b"a", b"longer") and place.update(b"longer", b"b")
    assert (place.read() or b"").rstrip() == b"b"
    assert not place.take(b"other", b"c") and (place.read() or b"").rstrip() == b"b"
    found = place.read() or b""
    assert place.take(found, b"c") and place.read() == b"c"
    place.release(b"b")
    assert place.read() == b"c", "another's lock is not ours to remove"
    place.release(b"c")
    assert place.read() is None
    place.release(b"c")
    assert place.take(b"gone", b"d") and place.read() == b"d"


def test_who_wakes_in_the_middle_of_a_heartbeat_undoes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rival takes over between the look and the write of a holder that was frozen there."""
    first, second, same = FolderLock(tmp_path / LOCK), FolderLock(tmp_path / LOCK), lock_place._same
    first.create(b"first")

    def frozen(one: bytes, other: bytes) -> bool:
        monkeypatch.setattr(lock_place, "_same", same)
        assert same(one, other) and second.take(b"first", b"second")
        return True

    monkeypatch.setattr(lock_place, "_same", frozen)
    assert not first.update(b"first", b"first, later")
    assert second.read() == b"second"
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]


def test_a_taker_who_comes_late_puts_the_lock_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two find the same stale lock; the second moves the first's new one aside, and sees whose it is."""
    stale, quick, late = (FolderLock(tmp_path / LOCK) for _ in range(3))
    stale.create(b"stale")
    assert quick.take(b"stale", b"quick")
    assert not late.take(b"stale", b"late")
    assert quick.read() == b"quick" and quick.update(b"quick", b"quick, later")
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_no_lock_is_taken_over_after_a_while(tmp_path: Path, text: bytes) -> None:
    (tmp_path / LOCK).write_bytes(text)
    layout = DatasetLayout(tmp_path)
    assert parse_lock(text).token is None and read_lock(layout).process is None
    with address_lock(layout.lock, BEAT) as hold:
        hold.check()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "full folder", "link", "dangling link", "looping link", "pipe", "socket"])
def test_what_is_no_file_is_one_sentence_and_left_alone(tmp_path: Path, kind: str) -> None:
    folder, other = tmp_path / "set", tmp_path / "precious"
    folder.mkdir()
    other.write_text("precious")
    path = folder / LOCK
    if "folder" in kind:
        path.mkdir()
        if kind == "full folder":
            (path / "mine").write_text("")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        here = Path.cwd()
        os.chdir(folder)  # the name of a socket is short
        try:
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(LOCK)
        finally:
            os.chdir(here)
    else:
        path.symlink_to({"link": other, "dangling link": tmp_path / "nothing"}.get(kind, path))
    layout = DatasetLayout(folder)
    sentence = r"\.lock is a (folder|link|pipe|socket), and not the lock .*; remove it"
    with pytest.raises(StorageError, match=sentence), address_lock(layout.lock, BEAT):
        pytest.fail("there is no lock to hold")
    assert read_lock(layout).process is None
    with suppress(StorageError):
        assert not layout.lock.update(b"precious", b"spoilt")
    with pytest.raises(StorageError):
        Fence(layout.lock, "token").check()
    assert other.read_text() == "precious"
    assert [entry.name for entry in folder.iterdir()] == [LOCK]


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_each_field_may_hold_anything(name: str, value: Any) -> None:
    document = {"pid": 1, "host": "elsewhere", "machine": "another", "token": "abc", "beat": 1, "started": 1}
    holder = parse_lock(json.dumps({**document, "running": ["00000"], name: value}).encode())
    assert not has_ended(holder)
    assert (holder.process or "").isprintable() and (holder.pid is None or 1 <= holder.pid < 2**31)


@given(
    st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(repr).map(str.encode)
)
def test_no_content_is_too_much(data: bytes) -> None:
    has_ended(parse_lock(data))


def test_an_error_of_the_disk_leaves_no_file_beside_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        FolderLock(tmp_path / LOCK).create(b"first")
    assert list(tmp_path.iterdir()) == []
