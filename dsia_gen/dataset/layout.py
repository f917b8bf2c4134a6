"""Where everything of a data set lies; the only module that knows paths.

dataset.json  samples.csv  ATTRIBUTION.md  job.yaml
scenes/<NNNNN>/{spec.json, scene.json, run.json, receipt.json}
scenes/<NNNNN>/views/<view.key>/<output>.<ext>      stored once, shared by all pairs that use the view
scenes/<NNNNN>/pairs/<NNNN>/<output>.<ext>
failed/<NNNNN>/{error.json, worker.log}
.partial/<NNNNN>-<writer>/                           scenes in work
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath, PlainName
from dsia_gen.core.io import disk, file_hash, reading, remove_tree, replace_bytes
from dsia_gen.core.locations import Place, place_of
from dsia_gen.dataset.fence import Fence
from dsia_gen.dataset.lock_place import FolderLock, LockPlace, StoreLock
from dsia_gen.dataset.mirror import RECEIPT, SCENES, Mirror
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.views import ROLES, Pair, View

SPEC = PlainName("spec.json")
SCENE = PlainName("scene.json")
RUN = PlainName("run.json")
INDEX, SAMPLES, ATTRIBUTION, JOB = "dataset.json", "samples.csv", "ATTRIBUTION.md", "job.yaml"
CARD = "DATASET_CARD.md"
VALIDATION = "validation.json"
LOCK = ".lock"
_SCENE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_WHOLE = (INDEX, SAMPLES, JOB, VALIDATION)


class SceneName(PlainName):
    """Name of a scene or a sample: letters, digits, `_` and `-`, which every format of an export can hold.

    Parameters
    ----------
    text : str
        The name; ValueError when it is none.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _SCENE_NAME.fullmatch(text):
            raise ValueError(f"{text[:80]!r} must be the name of a scene or a sample: letters, digits, _ and -")
        return super().__new__(cls, text)


def scene_name(number: int) -> str:
    """Name of a scene's folder.

    Parameters
    ----------
    number : int
        Number of the scene in its job.

    Returns
    -------
    str
        Such as 00012.
    """
    return f"{number:05d}"


def pair_name(pair: Pair | int) -> str:
    """Name of a pair's folder.

    Parameters
    ----------
    pair : Pair or int
        The pair, or its number.

    Returns
    -------
    str
        Such as 0012.
    """
    return f"{pair if isinstance(pair, int) else pair.index:04d}"


def sample_id(scene: str, pair: Pair | int) -> str:
    """Name of a pair within the data set.

    Parameters
    ----------
    scene : str
        Name of the scene.
    pair : Pair or int
        The pair, or its number.

    Returns
    -------
    str
        `<scene>_<pair>`.
    """
    return f"{scene}_{pair_name(pair)}"


def relative_file(output: str, *, view: View | None = None, pair: Pair | int | None = None) -> InsidePath:
    """Path of an output below its scene folder.

    Parameters
    ----------
    output : str
        Name of a row of the table of outputs.
    view : View or None
        View of a view output.
    pair : Pair or int or None
        Pair of a pair output, or its number.

    Returns
    -------
    InsidePath
        With forward slashes.

    Raises
    ------
    KeyError
        For an unknown name.
    ValueError
        When a view output is not given a view alone, or a pair output not a pair alone.
    """
    row = OUTPUTS[output]
    if row.scope == "view":
        if view is None or pair is not None:
            raise ValueError(f"{output} belongs to a view: give view, and not pair")
        return InsidePath(f"views/{view.key}/{row.name}{row.suffix}")
    if pair is None or view is not None:
        raise ValueError(f"{output} belongs to a pair: give pair, and not view")
    return InsidePath(f"pairs/{pair_name(pair)}/{row.name}{row.suffix}")


def expected_files(outputs: tuple[str, ...], pairs: tuple[Pair, ...]) -> tuple[InsidePath, ...]:
    """The files of the outputs of a scene.

    Parameters
    ----------
    outputs : tuple of str
        Names of its outputs.
    pairs : tuple of Pair
        Its pairs.

    Returns
    -------
    tuple of InsidePath
        Relative paths, sorted.
    """
    files = set[InsidePath]()
    for output in outputs:
        for pair in pairs:
            if OUTPUTS[output].scope == "pair":
                files.add(relative_file(output, pair=pair))
            else:
                files |= {relative_file(output, view=pair.view(role)) for role in ROLES}
    return tuple(sorted(files))


@dataclass(frozen=True)
class SceneFolder:
    """The files of one scene, finished or in work.

    Of a data set in an object store, `path` is in the mirror. Every file is had through `fetch`, which downloads it
    first; the properties and `file` do too.

    Parameters
    ----------
    path : Path
        The folder on this machine.
    mirror : Mirror or None
        Of the data set in a store; None for a folder.
    """

    path: Path
    mirror: Mirror | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def spec(self) -> Path:
        return self.fetch(SPEC)

    @property
    def scene(self) -> Path:
        return self.fetch(SCENE)

    @property
    def run(self) -> Path:
        return self.fetch(RUN)

    @property
    def receipt(self) -> Path:
        return self.fetch(RECEIPT)

    def file(self, output: str, *, view: View | None = None, pair: Pair | int | None = None) -> Path:
        """The file of an output, downloaded first; errors are those of `relative_file`.

        Parameters
        ----------
        output : str
            Name of a row of the table of outputs.
        view : View or None
            View of a view output.
        pair : Pair or int or None
            Pair of a pair output, or its number.

        Returns
        -------
        Path
            Where it lies on this machine; nothing is there when the scene does not have it.
        """
        return self.fetch(relative_file(output, view=view, pair=pair))

    def fetch(self, name: InsidePath) -> Path:
        """A file of the scene, downloaded first.

        Parameters
        ----------
        name : InsidePath
            Path below the scene's folder.

        Returns
        -------
        Path
            Where it lies on this machine; nothing is there when the scene does not have it. StorageError when the
            store holds something else than the receipt says, or the file is a link that leads out of the scene.
        """
        return name.file_below(self.path) if self.mirror is None else self.mirror.fetch(self.name, name)

    def listing(self) -> dict[str, int | None]:
        """The files of the scene as they are now, in the store where it is in one.

        Returns
        -------
        dict of str to int or None
            Size of every file but the receipt, by its relative path, sorted; None for what is not a file: a pipe, a
            device, or a link that leads nowhere or out of the scene.
        """
        if self.mirror is not None:
            return dict(sorted(self.mirror.listing(self.name).items()))
        found = {}
        with reading(self.path):
            root = self.path.resolve(strict=True)
            for folder, below, files in os.walk(self.path, onerror=_raise):
                for name in (*files, *(name for name in below if Path(folder, name).is_symlink())):
                    path = Path(folder, name)
                    found[_printable(path.relative_to(self.path).as_posix())] = _size(path, root)
        found.pop(RECEIPT, None)
        return dict(sorted(found.items()))

    def digest(self, name: InsidePath) -> str:
        """The hash of a file as it is now, in the store where the scene is in one.

        Parameters
        ----------
        name : InsidePath
            Path below the scene's folder.

        Returns
        -------
        str
            SHA-256 (hex).
        """
        if self.mirror is not None:
            return self.mirror.digest(self.name, name)
        return file_hash(name.file_below(self.path))


def _raise(error: OSError) -> None:
    raise error


def _printable(name: str) -> str:
    """A name of the disk as text that UTF-8 can write."""
    return name.encode(errors="backslashreplace").decode()


def _size(path: Path, root: Path) -> int | None:
    """Bytes of a file below `root`, None for anything else."""
    try:
        found = path.stat()
        inside = not path.is_symlink() or path.resolve().is_relative_to(root)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        raise
    return found.st_size if inside and stat.S_ISREG(found.st_mode) else None


@dataclass(frozen=True)
class FailedFolder:
    """What is kept of a scene that failed.

    Parameters
    ----------
    path : Path
        The folder.
    error : Path
        The record of the failure.
    log : Path
        The last lines of the worker.
    """

    path: Path
    error: Path
    log: Path


class DatasetLayout:
    """The folders and files of a data set: a folder, or an address such as s3://bucket/data.

    `root` is the folder, or the folder that mirrors the address on this machine; `place` and `address` are what was
    given. What is read with `sync` and `fetch`, and changed with `replace` and `remove`, works for both.

    Parameters
    ----------
    root : Path or str
        The folder or address.
    run : str
        Token of the run that writes. The lock is asked before every change whether it is still this run's; empty for
        a data set that no run holds.
    """

    def __init__(self, root: Place, run: str = "") -> None:
        self.place, self.run = place_of(root), run
        self.mirror = Mirror(self.place) if isinstance(self.place, str) else None
        self.root = self.mirror.root if self.mirror else Path(self.place)
        self.lock: LockPlace = (
            StoreLock(self.place, LOCK) if isinstance(self.place, str) else FolderLock(self.root / LOCK)
        )
        self._fence = Fence(self.lock, run) if run else None
        if self.mirror and self._fence:
            self.mirror.remote.guard = self._fence.check_often
        self.index, self.samples = self.root / INDEX, self.root / SAMPLES
        self.attribution, self.card, self.job = self.root / ATTRIBUTION, self.root / CARD, self.root / JOB
        self.scenes, self.partial, self.failures = self.root / "scenes", self.root / ".partial", self.root / "failed"

    def __repr__(self) -> str:
        return f"DatasetLayout({self.address!r})"

    @property
    def address(self) -> str:
        """The place as text, for people."""
        return str(self.place)

    @property
    def name(self) -> str:
        """The last word of the place."""
        return self.root.resolve().name if self.mirror is None else self.address.rpartition("/")[2]

    def check_run(self) -> None:
        """Ask the lock before a change. StorageError when the run that writes does not hold it any more."""
        if self._fence is not None:
            self._fence.check()

    def sync(self) -> None:
        """See that the files of the data set as a whole are here as they are now, and lie in its folder."""
        for name in _WHOLE:
            self.fetch(self.root / name)

    def prepare(self, scenes: Iterable[str]) -> None:
        """Download the documents of many scenes at once, before each is looked at.

        Parameters
        ----------
        scenes : iterable of str
            Their names.
        """
        if self.mirror is not None:
            self.mirror.prepare(scenes)

    def invalidate(self, scene: str) -> None:
        """Look at a scene again: another process has made it.

        Parameters
        ----------
        scene : str
            Its name.
        """
        if self.mirror is not None:
            self.mirror.invalidate(scene)

    def replace(self, path: Path, data: bytes) -> None:
        """Write a file in one step.

        Parameters
        ----------
        path : Path
            A path of this layout.
        data : bytes
            Its new content.
        """
        self.check_run()
        name = self._relative(path)
        replace_bytes(name.below(self.root), data)
        if self.mirror is not None:
            self.mirror.send(name)

    def remove(self, path: Path) -> None:
        """Remove a file, or a folder with all below it; nothing happens when it is not there.

        Parameters
        ----------
        path : Path
            A path of this layout.
        """
        self.check_run()
        name = self._relative(path)
        name.below(self.root)
        if self.mirror is not None:
            self.mirror.remove(name)
        elif path.is_dir():
            remove_tree(path)
        else:
            with disk("remove", path):
                path.unlink(missing_ok=True)

    def fetch(self, path: Path) -> Path:
        """A file of the data set as a whole, or of a failure, as it is now.

        Parameters
        ----------
        path : Path
            A path of this layout.

        Returns
        -------
        Path
            The same, with the file downloaded; nothing is there when the store has none.
        """
        name = self._relative(path)
        return name.file_below(self.root) if self.mirror is None else self.mirror.download(name)

    def require_folder(self) -> None:
        """StorageError when there is no such folder, or nothing at this address."""
        if self.mirror is None and not self.root.is_dir():
            raise StorageError(f"{self.root} is not a folder; give the folder that `dsia-gen render -o` wrote")

    def scene(self, name: str) -> SceneFolder:
        """The files of a scene.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        SceneFolder
            Finished or not. StorageError for a name that is not one of a folder, or a link that leads out.
        """
        return SceneFolder(self._folder(self.scenes, name), self.mirror)

    def work(self, name: str, writer: str) -> SceneFolder:
        """Where a scene is made.

        Parameters
        ----------
        name : str
            Its name.
        writer : str
            A name unique to a process.

        Returns
        -------
        SceneFolder
            Always on this machine.
        """
        return SceneFolder(self._folder(self.partial, f"{name}-{writer}"))

    def failed(self, name: str) -> FailedFolder:
        """What is kept of a scene that failed.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        FailedFolder
            Its files.
        """
        path = self._folder(self.failures, name)
        return FailedFolder(path, path / "error.json", path / "worker.log")

    def scene_names(self) -> tuple[str, ...]:
        """Names of the scenes, finished or not.

        Returns
        -------
        tuple of str
            Sorted.
        """
        return self._folders(self.scenes)

    def foreign_names(self) -> tuple[str, ...]:
        """What lies in the folder of scenes and is not a folder; hidden files are passed over.

        Returns
        -------
        tuple of str
            Sorted names.
        """
        if self.mirror is not None:
            return tuple(name for name in self.mirror.remote.files(SCENES) if name != SCENES)  # S3 lists the folder too
        if not self.scenes.is_dir():
            return ()
        return tuple(sorted(p.name for p in self.scenes.iterdir() if not p.is_dir() and not p.name.startswith(".")))

    def failed_names(self) -> tuple[str, ...]:
        """Names of the scenes that failed.

        Returns
        -------
        tuple of str
            Sorted.
        """
        return self._folders(self.failures)

    def partial_names(self) -> tuple[str, ...]:
        """Names of the folders in which scenes are made.

        Returns
        -------
        tuple of str
            `<scene>-<writer>`, sorted.
        """
        return tuple(sorted(p.name for p in self.partial.iterdir() if p.is_dir())) if self.partial.is_dir() else ()

    def _folders(self, parent: Path) -> tuple[str, ...]:
        if self.mirror is not None:
            return self.mirror.remote.folders(self._relative(parent))
        return tuple(sorted(p.name for p in parent.iterdir() if p.is_dir())) if parent.is_dir() else ()

    def _folder(self, parent: Path, name: str) -> Path:
        """A folder of this layout by its name, which may come from a file or a store."""
        return (self._relative(parent) / SceneName.stated(name, self.address)).below(self.root)

    def _relative(self, path: Path) -> InsidePath:
        """A path below the root, with forward slashes."""
        return InsidePath.stated(path.relative_to(self.root).as_posix(), self.address)
