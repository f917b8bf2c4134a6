"""Assets at an address: each file comes to a machine once, when a scene first asks for it, and is kept."""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePosixPath

from dsia_gen.assets.manifest import FOLDER_MANIFEST, Entry
from dsia_gen.core.errors import AssetError
from dsia_gen.core.io import file_hash
from dsia_gen.core.locks import alone
from dsia_gen.core.remote import Place, Remote, cache_folder, join, mirror_folder, place_of

WITH_NEIGHBOURS = frozenset({".gltf", ".obj", ".dae", ".fbx", ".blend", ".usd", ".usda", ".usdc"})
"""Formats that name other files; where the manifest does not list those, the whole folder comes."""
READS = 3


def local_assets(place: Place) -> Path:
    """The folder of this machine for a folder (the folder itself) or an address (the one that mirrors it)."""
    found = place_of(place)
    return mirror_folder("assets", found) if isinstance(found, str) else found


class Elsewhere:
    """Assets at an address, mirrored below `root`. Files of a known hash are shared between addresses.

    Any number of processes of a machine may ask for a file: one brings it, the others wait for that.
    """

    def __init__(self, address: str) -> None:
        self.remote = Remote(str(place_of(address)))
        self.root = local_assets(address)

    def bring_manifest(self) -> None:
        """Bring the manifest of the asset folder as it is now, where there is one."""
        path = self.root / FOLDER_MANIFEST
        with alone(path):
            if self.remote.read(FOLDER_MANIFEST) is None:
                path.unlink(missing_ok=True)
            else:
                self.remote.download(FOLDER_MANIFEST, path)

    def bring(self, entry: Entry) -> None:
        """Bring the files of an asset. A file that is not there is not here either, and the library says so.

        AssetError when a file has another hash than the manifest says.
        """
        if entry.file is None:
            return
        self._bring(entry.file, entry.sha256)
        for name, sha256 in entry.files.items():
            self._bring(name, sha256)
        if not entry.files and PurePosixPath(entry.file).suffix.lower() in WITH_NEIGHBOURS:
            folder = PurePosixPath(entry.file).parent
            for name in self.remote.list("" if str(folder) == "." else str(folder)):
                self._bring(str(folder / name), "")

    def _bring(self, name: str, sha256: str) -> None:
        path = self.root / name
        if path.is_file():
            return
        with alone(path):
            if path.is_file() or not self.remote.exists(name):
                return
            if not sha256:
                self.remote.download(name, path)
                return
            blob = cache_folder() / "blobs" / sha256
            with alone(blob):
                self._bring_blob(name, sha256, blob)
            _link(blob, path)

    def _bring_blob(self, name: str, sha256: str, blob: Path) -> None:
        if blob.is_file():
            return
        part = blob.with_name(f"{sha256}.part")
        for _ in range(READS):
            self.remote.download(name, part)
            if file_hash(part) == sha256:
                part.replace(blob)
                return
        part.unlink()
        raise AssetError(f"{join(self.remote.address, name)} is not the file of the manifest: its SHA-256 differs")


def _link(blob: Path, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        os.link(blob, temporary)
    except OSError:  # another disk, or a file system without links
        shutil.copyfile(blob, temporary)
    temporary.replace(path)
