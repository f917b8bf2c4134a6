"""A data set in an object store has a mirror on this machine: a folder of the same layout, filled as files are read.

Scenes are made in the mirror and sent from there, the receipt last. What was read is kept: it belongs to the receipt
beside it, and goes when the store holds another receipt. A process compares the hash of each file with the receipt
before it first hands it out. The folder may be removed at any time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from dsia_gen.core.document import Document, parse_document
from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath, PlainName
from dsia_gen.core.io import file_hash, reading, remove_tree, replace_bytes
from dsia_gen.core.leaving import in_parallel
from dsia_gen.core.locations import local_folder
from dsia_gen.core.remote import Remote, Stored

RECEIPT = PlainName("receipt.json")
DOCUMENTS = (PlainName("spec.json"), PlainName("scene.json"), PlainName("run.json"))
"""Files of a scene that come with its receipt."""
RUNS = (PlainName("run.json"),)
"""Files of a scene that differ from run to run."""
SENDS = 3
SCENES = PlainName("scenes")
PARALLEL = 16
READS = 3


class Held(Document):
    """What the receipt of a scene says of one file."""

    size: int
    sha256: str


class HeldFiles(Document):
    """The files of a receipt, and nothing else of it."""

    files: dict[InsidePath, Held]
    run_files: dict[InsidePath, Held]


class Mirror:
    """The data set at an address, and the folder `root` that mirrors it here. Can be pickled.

    A finished scene stays finished: what is known of one is not asked for again until `invalidate`.
    """

    def __init__(self, address: str) -> None:
        self.remote = Remote(address)
        self.root = local_folder("data", address)
        self._receipts: dict[str, dict[InsidePath, Held]] = {}
        self._listings: dict[str, dict[str, Stored]] = {}
        self._verified: dict[str, set[InsidePath]] = {}

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_receipts": {}, "_listings": {}, "_verified": {}}

    # Files of the data set as a whole

    def download(self, name: InsidePath) -> Path:
        """Download a file as it is now; where there is none, there is none here either."""
        path = name.below(self.root)
        data = self.remote.read(name)
        if data is None:
            path.unlink(missing_ok=True)
        else:
            replace_bytes(path, data)
        return path

    def send(self, name: InsidePath) -> None:
        """Put a file of the mirror into the store."""
        path = name.below(self.root)
        with reading(path):
            data = path.read_bytes()
        self.remote.write(name, data)

    def remove(self, name: InsidePath) -> None:
        """Remove a file, or all below a folder, there and here."""
        below = self.remote.list(name)
        self.remote.remove([f"{name}/{file}" for file in below] or [name])
        path = name.below(self.root)
        if path.is_dir():
            remove_tree(path)
        else:
            path.unlink(missing_ok=True)

    # Scenes

    def invalidate(self, scene: str) -> None:
        """Ask again when this scene is next looked at."""
        self._receipts.pop(scene, None)
        self._listings.pop(scene, None)
        self._verified.pop(scene, None)

    def prepare(self, scenes: Iterable[str]) -> None:
        """Download the documents and listings of many scenes, several at a time. Readers of a scene report failures."""
        unknown = [name for name in scenes if name not in self._receipts or name not in self._listings]

        def one(name: str) -> None:
            with suppress(StorageError):
                self.sync(name)
                self.listing(name)

        in_parallel(one, unknown, PARALLEL)

    def sync(self, scene: str) -> None:
        """Download a scene's receipt and documents; without a receipt nothing of the scene is here."""
        if scene in self._receipts:
            return
        there = self._folder(scene)
        data = self.remote.read(there / RECEIPT)
        folder = there.below(self.root)
        kept = folder / RECEIPT
        if data is None or not kept.is_file() or data != kept.read_bytes():
            remove_tree(folder)
        if data is None:
            return
        held = _files_of(data)
        for name in DOCUMENTS:
            if name in held:
                with suppress(StorageError):  # its reader finds no file, and says so
                    self._fetch(scene, name, held[name])
        replace_bytes(folder / RECEIPT, data)
        self._receipts[scene] = held

    def fetch(self, scene: str, name: InsidePath) -> Path:
        """Download a file of a scene, unless it is here. A file that the scene does not have is not here either."""
        self.sync(scene)
        held = self._receipts.get(scene, {}).get(name)
        if held is not None:
            self._fetch(scene, name, held)
        return (self._folder(scene) / name).below(self.root)

    def _fetch(self, scene: str, name: InsidePath, held: Held) -> None:
        path = (self._folder(scene) / name).below(self.root)
        verified = self._verified.setdefault(scene, set())
        if path.is_file():
            if name in verified:
                return
            if path.stat().st_size == held.size and file_hash(path) == held.sha256:
                verified.add(name)
                return
        for _ in range(READS):
            if self._download(scene, name, held) == held.sha256:
                verified.add(name)
                return
        raise StorageError(
            f"{self.remote.address}/{SCENES}/{scene}/{name} is not the file of the receipt; render it again"
        )

    def listing(self, scene: str) -> dict[str, int]:
        """Size of every object of a scene but its receipt, by its name."""
        if scene not in self._listings:
            self._listings[scene] = self.remote.list(self._folder(scene))
        return {name: stored.size for name, stored in self._listings[scene].items() if name != RECEIPT}

    def pending_bytes(self) -> int:
        """Bytes of all scenes that are not here yet, by the sizes in the store."""
        folder, total = SCENES.below(self.root), 0
        for name, stored in self.remote.list(SCENES).items():
            path = folder / name
            if not path.is_file() or path.stat().st_size != stored.size:
                total += stored.size
        return total

    def digest(self, scene: str, name: InsidePath) -> str:
        """SHA-256 (hex) of an object as it is in the store now; it is kept here when it is what the receipt says."""
        return self._download(scene, name, self._receipts.get(scene, {}).get(name))

    def _download(self, scene: str, name: InsidePath, held: Held | None) -> str:
        there = self._folder(scene) / name
        data = self.remote.read(there)
        if data is None:
            raise StorageError(f"{self.remote.address}/{there} is missing; render the scene again")
        found = hashlib.sha256(data).hexdigest()
        if held is not None and found == held.sha256:
            replace_bytes(there.below(self.root), data)
        return found

    def _folder(self, scene: str) -> InsidePath:
        return SCENES / PlainName.stated(scene, self.remote.address)

    def publish(self, scene: str, folder: Path, files: Mapping[str, Path]) -> None:
        """Send a scene: first the old receipt goes, then the files come and are verified, the receipt is last.

        Two runs that send one scene at a time send the same files but for `RUNS`. One of these is put only in the
        place of what was seen there, and the receipt only where there is none, so that no receipt stands beside the
        other's files: who comes second begins again, if its guard still lets it.
        """
        there = self._folder(scene)
        same = {name: path for name, path in files.items() if name not in RUNS}
        self.invalidate(scene)
        remove_tree(there.below(self.root))
        for _ in range(SENDS):
            self.remote.remove([f"{there}/{RECEIPT}"])
            self.remote.upload(there, same)
            foreign = self.remote.list(there).keys() - files.keys() - {RECEIPT}
            self.remote.remove([f"{there}/{name}" for name in sorted(foreign)])
            runs = [self._put_first(f"{there}/{name}", files[name], swap=True) for name in files.keys() - same.keys()]
            if all(runs) and self._put_first(f"{there}/{RECEIPT}", folder / RECEIPT):
                remove_tree(folder)
                return
        raise StorageError(f"{self.remote.address}/{there} is being written by another process; wait for it to end")

    def _put_first(self, name: str, path: Path, *, swap: bool = False) -> bool:
        """Put a file where there is none, or with `swap` in the place of one that does not change meanwhile.

        Whether it is there now: the answer to a try may have been lost.
        """
        with reading(path):
            data = path.read_bytes()
        if not self.remote.create(name, data) and swap:
            self.remote.swap(name, self.remote.read(name) or b"", data)
        return self.remote.read(name) == data


def _files_of(receipt: bytes) -> dict[InsidePath, Held]:
    """The files of a receipt; none where it is damaged, which `read_receipt` reports."""
    try:
        found = parse_document(HeldFiles, receipt, RECEIPT, "a receipt")
    except StorageError:
        return {}
    return {**found.files, **found.run_files}
