"""What a command wrote into a folder that its user named: nothing else there is replaced or removed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath, PlainName
from dsia_gen.core.io import disk, reading, remove_files, replace_bytes

LIST = PlainName(".dsia-gen-files")
_HEAD = "# What dsia-gen wrote into this folder, a path a line; it replaces and removes nothing else."


class WrittenFiles:
    """The list of the files that a command keeps in a folder.

    A file is listed before it is written, so that a run that was killed is known too. The head of `page` says what made
    it: where it is alone there is no list, and neither has a folder of an earlier version, whose files may be replaced.
    """

    def __init__(self, root: Path, page: PlainName, head: bytes) -> None:
        self.root, self.page = root, page
        self.new: set[InsidePath] = set()
        self._listed: set[InsidePath] = set()
        self._unlisted = False
        path, shown = LIST.file_below(root), page.file_below(root)
        if path.is_file():
            with reading(path):
                data = path.read_bytes()
            try:
                *lines, _ = data.decode().split("\n")  # the last was cut off, or is empty
            except UnicodeDecodeError as error:
                raise StorageError(f"{path} is not a list of files ({error}); remove it") from error
            self._listed = {InsidePath.stated(line, path) for line in lines if not line.startswith("#")}
        elif shown.is_file():
            with reading(shown), shown.open("rb") as stream:
                self._unlisted = head in stream.read(2048)

    def require(self, *names: InsidePath) -> None:
        """StorageError when a file that is to be written is there and was not written by such a command."""
        for name in names:
            path = name.below(self.root)
            if not self._unlisted and path.exists() and name not in self._listed and name not in self.new:
                raise StorageError(
                    f"{path} was not written by this command and is left alone; choose another folder with -o"
                )

    def claim(self, name: InsidePath) -> Path:
        """The path of a file that is written now; StorageError like `require`."""
        self.require(name)
        if name not in self._listed and name not in self.new:
            path = LIST.below(self.root)
            if not self.new:  # also after a line that was cut off
                self._write(self._listed)
            with disk("write", path), path.open("ab") as stream:
                stream.write(f"{name}\n".encode())
        self.new.add(name)
        return name.below(self.root)

    def write(self, name: InsidePath, data: bytes, *, sync: bool = True) -> None:
        """Put bytes at a claimed path in one step."""
        replace_bytes(self.claim(name), data, sync=sync)

    def close(self) -> None:
        """Remove what an earlier run listed and this one did not write, and list what is there now."""
        remove_files(self.root, self._listed - self.new)
        if self.new == {self.page}:
            remove_files(self.root, [LIST])
        else:
            self._write(self.new)

    def _write(self, names: Iterable[InsidePath]) -> None:
        text = "".join(f"{line}\n" for line in (_HEAD, *sorted(names)))
        replace_bytes(LIST.below(self.root), text.encode())
