"""Asset references to paths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy

from dsia_gen.core.errors import AssetError, StorageError
from dsia_gen.core.io import file_hash
from dsia_gen.spec.asset_file import AssetFile

Resolve = Callable[[AssetFile], Path]


def resolver(user_folder: Path | None) -> Resolve:
    """A function from asset references to existing, unaltered files.

    The function raises AssetError, naming the file, when it is missing, lies outside its root, or does not have
    the SHA-256 that the specification states (an empty one is not checked).
    """
    checked: dict[AssetFile, Path] = {}

    def resolve(file: AssetFile) -> Path:
        if file not in checked:
            folder = Path(bpy.utils.system_resource("DATAFILES")) if file.root == "bpy" else user_folder
            if folder is None:
                raise AssetError(f"asset user:{file.path} needs the folder of your assets, give it with --assets")
            try:
                path = file.path.file_below(folder).resolve()
            except StorageError as error:
                raise AssetError(str(error)) from error
            if not path.is_file():
                raise AssetError(f"{path} does not exist, fetch or import the asset {file.root}:{file.path} first")
            if file.sha256 and file_hash(path) != file.sha256:
                raise AssetError(
                    f"{path} is not the file that the specification names (SHA-256 differs), fetch it again"
                )
            checked[file] = path
        return checked[file]

    return resolve
