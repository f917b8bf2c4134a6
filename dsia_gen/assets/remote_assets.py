"""Assets at an address: each file is downloaded to a machine once, when a scene first needs it, and is kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from dsia_gen.assets.manifest import FOLDER_MANIFEST, Entry
from dsia_gen.core.errors import AssetError
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.io import file_hash, replacing
from dsia_gen.core.locations import Place, cache_folder, join, local_folder, place_of
from dsia_gen.core.locks import alone
from dsia_gen.core.remote import Remote

WITH_NEIGHBOURS = frozenset({".gltf", ".obj", ".dae", ".fbx", ".blend", ".usd", ".usda", ".usdc"})
"""Formats that name other files; where the manifest does not list those, the whole folder is downloaded."""
DOWNLOADS = 3
"""How often a file is downloaded whose hash is wrong."""


def local_assets(place: Place) -> Path:
    """The folder of this machine for a folder (the folder itself) or an address (the one that mirrors it)."""
    return local_folder("assets", place)


class RemoteAssets:
    """Assets at an address, mirrored below `root`. Files of a known hash are shared between addresses.

    Any number of processes of a machine may ask for a file: one downloads it, and the others wait for it.
    """

    def __init__(self, address: str) -> None:
        self.remote = Remote(str(place_of(address)))
        self.root = local_assets(address)
        self.tell: Callable[[str, int], None] = lambda _name, _size: None
        """Gets the name and the bytes of each file that is about to be downloaded."""
        self._verified: set[tuple[Path, str]] = set()

    def download_manifest(self) -> None:
        """Download the manifest of the asset folder as it is now, where there is one."""
        path = self.root / FOLDER_MANIFEST
        with alone(path):
            if self.remote.read(FOLDER_MANIFEST) is None:
                self.remote.require_bucket()
                path.unlink(missing_ok=True)
            else:
                self.remote.download(FOLDER_MANIFEST, path)

    def download(self, entry: Entry) -> None:
        """Download the files of an asset that are not here yet; the library reports those that the address lacks.

        AssetError when a file has another hash than the manifest says.
        """
        if entry.file is None:
            return
        self._download(entry.file, entry.sha256)
        for name, sha256 in entry.files.items():
            self._download(name, sha256)
        if not entry.files and PurePosixPath(entry.file).suffix.lower() in WITH_NEIGHBOURS:
            folder, _, _ = entry.file.rpartition("/")
            for near in self.remote.list(folder):
                self._download(InsidePath.stated(f"{folder}/{near}" if folder else near, self.remote.address), "")

    def _download(self, name: InsidePath, sha256: str) -> None:
        path = name.below(self.root)
        if self._sound(path, sha256):
            return
        with alone(path):
            if self._sound(path, sha256) or (size := self.remote.size(name)) is None:
                return
            if not sha256:
                self.tell(name, size)
                self.remote.download(name, path)
                return
            blob = cache_folder() / "blobs" / sha256
            with alone(blob):
                if not self._sound(blob, sha256):
                    self.tell(name, size)
                    part = blob.with_name(f"{sha256}.part")
                    for _ in range(DOWNLOADS):
                        self.remote.download(name, part)
                        if file_hash(part) == sha256:
                            part.replace(blob)
                            break
                    else:
                        part.unlink()
                        address = join(self.remote.address, name)
                        raise AssetError(f"{address} is not the file of the manifest: its SHA-256 differs")
            with replacing(path) as temporary:
                try:
                    os.link(blob, temporary)
                except OSError:  # another disk, or a file system without links
                    shutil.copyfile(blob, temporary)

    def _sound(self, path: Path, sha256: str) -> bool:
        """Whether a file is here as the manifest says; a process reads it when it first needs it."""
        if not path.is_file() or (sha256 and (path, sha256) not in self._verified and file_hash(path) != sha256):
            return False
        self._verified.add((path, sha256))
        return True
