"""Folders that a user names: a command replaces and removes what it listed itself, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath, PlainName
from dsia_gen.core.written_files import LIST, WrittenFiles
from tests.files import HOSTILE_NAMES, fill

PAGE, HEAD = PlainName("index.html"), b"made by us"
A, B = InsidePath("data/a.js"), InsidePath("data/b.js")


def files(root: Path) -> WrittenFiles:
    return WrittenFiles(root, PAGE, HEAD)


def content(root: Path) -> dict[str, str]:
    return {p.relative_to(root).as_posix(): p.read_text() for p in sorted(root.rglob("*")) if p.is_file()}


def run(root: Path, *names: InsidePath, text: bytes = b"ours") -> None:
    written = files(root)
    for name in names:
        written.write(name, text)
    written.write(PAGE, HEAD)
    written.close()


def test_only_what_was_listed_goes(tmp_path: Path) -> None:
    fill(tmp_path, "data/mine.js", "images/mine.webp", "pictures/holiday.webp", "deep/er/mine.js", text="mine")
    before = content(tmp_path)
    run(tmp_path, A, B)
    run(tmp_path, B)
    assert not (tmp_path / A).exists() and (tmp_path / B).exists()
    run(tmp_path)
    assert content(tmp_path) == {**before, "index.html": "made by us"}, "a page alone needs no list"


def test_files_of_others_are_not_replaced(tmp_path: Path) -> None:
    fill(tmp_path, A, text="mine")
    with pytest.raises(StorageError, match="left alone; choose another folder"):
        files(tmp_path).claim(A)
    fill(tmp_path, PAGE, text="my page")
    with pytest.raises(StorageError, match=r"index\.html .* left alone"):
        files(tmp_path).require(PAGE)
    assert content(tmp_path) == {A: "mine", PAGE: "my page"}


def test_a_run_that_was_killed_is_known(tmp_path: Path) -> None:
    files(tmp_path).write(A, b"ours")  # and no more: no page, no end
    with (tmp_path / LIST).open("a") as stream:
        stream.write("data/b.j")  # a line that was cut off
    run(tmp_path, B)
    assert sorted(content(tmp_path)) == [LIST, B, PAGE]


def test_a_folder_of_an_earlier_version_is_replaced(tmp_path: Path) -> None:
    fill(tmp_path, A, B, text="old")
    (tmp_path / PAGE).write_bytes(b"<html>" + HEAD)
    run(tmp_path, A)
    assert content(tmp_path)[A] == "ours" and content(tmp_path)[B] == "old", "it listed nothing: nothing is removed"


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_a_list_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    root = tmp_path / "a" / "b" / "c"
    fill(tmp_path, "escape", "a/escape", "a/b/escape", text="mine")
    root.mkdir()
    (root / LIST).write_bytes(f"{name}\n".encode(errors="surrogatepass"))
    if "\n" not in name:
        with pytest.raises(StorageError):
            run(root)
    assert len([path for path in tmp_path.rglob("escape") if path.read_text() == "mine"]) == 3


def test_links_are_not_followed(tmp_path: Path) -> None:
    home, root = tmp_path / "home", tmp_path / "report"
    fill(home, "a.js", text="mine")
    run(root, A)
    (root / A).unlink()
    (root / "data").rmdir()
    (root / "data").symlink_to(home)
    for names in ((A,), ()):
        with pytest.raises(StorageError, match="leads out of"):
            run(root, *names)
    assert content(home) == {"a.js": "mine"}
