"""Bytes at an address: transfers that survive cut connections."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from dsia_gen.core.errors import NetworkError, StorageError
from dsia_gen.core.remote import Remote
from tests.s3 import CuttingProxy

pytestmark = pytest.mark.slow


@pytest.fixture(params=["s3", "memory"])
def remote(request: pytest.FixtureRequest, s3: CuttingProxy) -> Remote:
    return Remote(s3.address if request.param == "s3" else f"memory://{s3.bucket}/x")


def test_the_store_is_that_of_the_environment_as_it_is_now(s3: CuttingProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of another endpoint or account would list nothing, or what is another's."""
    first = Remote(s3.address).fs
    assert Remote(s3.address).fs is first, "a client is made once"
    for name, value in (("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_ACCESS_KEY_ID", "another")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert Remote(s3.address).fs is not first, name
        assert Remote(s3.address).fs is first


def test_objects_come_and_go(remote: Remote, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    remote.upload("deep/folder", {"a": tmp_path / "a", "more/b": tmp_path / "a"})
    assert {name: stored.size for name, stored in remote.list("deep").items()} == {"folder/a": 7, "folder/more/b": 7}
    assert remote.folders("deep") == ("folder",) and remote.folders("deep/folder") == ("more",)
    assert remote.read("deep/folder/a") == b"content" and remote.read("nothing") is None
    remote.download("deep/folder/a", tmp_path / "new" / "place")
    assert (tmp_path / "new" / "place").read_bytes() == b"content"
    remote.remove(["deep/folder/a", "deep/folder/a"])
    assert remote.size("deep/folder/a") is None and remote.size("deep/folder/more/b") == 7
    assert remote.size("deep/folder") is None
    assert remote.list("nothing") == {} and remote.folders("nothing") == ()
    with pytest.raises(StorageError, match="nothing is missing"):
        remote.download("nothing", tmp_path / "x")


def test_only_the_first_creates(remote: Remote) -> None:
    assert remote.create("lock", b"first") and not remote.create("lock", b"second")
    assert remote.read("lock") == b"first"


def test_it_travels_without_its_connection(s3: CuttingProxy) -> None:
    remote = Remote(s3.address)
    remote.write("x", b"1")
    copy = pickle.loads(pickle.dumps(remote))
    assert copy.read("x") == b"1" and copy.address == remote.address


@pytest.mark.parametrize("after", [300, 60_000])
def test_connections_cut_in_the_middle(s3: CuttingProxy, tmp_path: Path, after: int) -> None:
    files = {}
    for number in range(6):
        path = tmp_path / f"{number}"
        path.write_bytes(bytes([number]) * 150_000)
        files[f"{number}.bin"] = path
    remote = Remote(s3.address)
    s3.cut(times=12, after=after)
    remote.upload("scene", files)
    assert s3.done == 12, "the connections were cut"
    s3.cut(times=4, after=after)
    for name, path in files.items():
        assert remote.read(f"scene/{name}") == path.read_bytes()
    assert s3.done == 4


def test_a_store_out_of_reach_is_another_machines_chance(s3: CuttingProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    remote = Remote(s3.address)
    calls = []

    def cut() -> None:
        calls.append(1)
        raise ConnectionResetError("reset by peer")

    with pytest.raises(NetworkError, match=r"cannot write s3://.*/x in 6 tries: reset by peer"):
        remote._tried("write", "x", cut)
    assert len(calls) == 6


def test_what_arrives_otherwise_is_sent_again(
    s3: CuttingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote, sent = Remote(s3.address), []
    (tmp_path / "a").write_bytes(b"content")
    original = Remote._put

    def spoilt(self: Remote, name: str, path: Path) -> None:
        sent.append(name)
        original(self, name, path)
        if len(sent) == 1:
            self.write(name, b"c0ntent")

    monkeypatch.setattr(Remote, "_put", spoilt)
    remote.upload("x", {"a": tmp_path / "a"})
    assert remote.read("x/a") == b"content" and len(sent) == 2


def test_errors_of_a_store_are_one_sentence(s3: CuttingProxy) -> None:
    with pytest.raises(StorageError, match=r"^cannot write s3://no-such-bucket/x/a: [^\n]*bucket[^\n]*$"):
        Remote("s3://no-such-bucket/x").write("a", b"")
    with pytest.raises(StorageError, match="cannot be opened"):
        Remote("nonsense://x").write("a", b"")


def test_only_what_was_seen_is_replaced(remote: Remote) -> None:
    assert not remote.swap("lock", b"", b"new")
    remote.write("lock", b"old")
    assert not remote.swap("lock", b"other", b"new") and remote.read("lock") == b"old"
    assert remote.swap("lock", b"old", b"new") and remote.read("lock") == b"new"
    assert remote.swap("lock", b"old", b"new"), "the answer to a try was lost"


def test_what_changes_while_it_is_replaced_stays(s3: CuttingProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process comes between the look and the put."""
    remote = Remote(s3.address)
    remote.write("lock", b"old")
    look = remote.fs.cat_file

    def meanwhile(path: str) -> bytes:
        found = bytes(look(path))
        Remote(s3.address).write("lock", b"theirs")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(remote.fs, "cat_file", meanwhile)
        assert not remote.swap("lock", b"old", b"mine")
    assert remote.read("lock") == b"theirs"


@pytest.mark.parametrize("error", [NotImplementedError(), ValueError("IfMatch"), OSError(22, "NotImplemented: header")])
def test_a_store_without_conditional_puts_will_do(s3: CuttingProxy, error: Exception) -> None:
    remote = Remote(s3.address)
    remote.write("lock", b"old")
    with pytest.MonkeyPatch.context() as patch:
        put = remote.fs.pipe_file

        def refuse(path: str, data: bytes, **options: object) -> None:
            if "IfMatch" in options:
                raise error
            put(path, data, **options)

        patch.setattr(remote.fs, "pipe_file", refuse)
        assert remote.swap("lock", b"old", b"new")
    assert remote.read("lock") == b"new"


def test_the_guard_is_asked_before_each_try_to_change_something(remote: Remote, tmp_path: Path) -> None:
    remote.write("a", b"1")
    (tmp_path / "a").write_bytes(b"content")
    asked: list[int] = []

    def guard() -> None:
        asked.append(1)
        if len(asked) > 1:
            raise StorageError("not any more")

    def cut() -> None:
        raise ConnectionResetError("reset by peer")

    remote.guard = guard
    with pytest.raises(StorageError, match="not any more"):
        remote._tried("write", "a", cut)
    assert len(asked) == 2, "the second try was not made"
    for change in (
        lambda: remote.write("a", b"2"),
        lambda: remote.create("b", b"2"),
        lambda: remote.swap("a", b"1", b"2"),
        lambda: remote.remove(["a"]),
        lambda: remote.upload("x", {"a": tmp_path / "a"}),
    ):
        with pytest.raises(StorageError, match="not any more"):
            change()
    assert remote.read("a") == b"1" and set(remote.list()) == {"a"}
