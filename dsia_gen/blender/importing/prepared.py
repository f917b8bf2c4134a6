"""A mesh file as Blender's importer is to read it: without what it hides, each name replaced by the file found."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from dsia_gen.assets.importing.gltf_bind_pose import to_bind_pose
from dsia_gen.assets.importing.gltf_scene import prepared_document, write_prepared_gltf
from dsia_gen.assets.importing.headers import GLTF, gltf_document
from dsia_gen.assets.importing.linked_files import TILE, LinkedFiles, plain_name
from dsia_gen.assets.importing.moved_text import MOVERS, move_gltf, moved_lines
from dsia_gen.assets.importing.references import references
from dsia_gen.assets.importing.usd_names import USD_LAYERS, speaks_materialx
from dsia_gen.assets.importing.wavefront import material_libraries, write_prepared_obj
from dsia_gen.blender.compat import usd_library
from dsia_gen.blender.importing.usd_materialx import add_preview_surfaces
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array


@dataclass(frozen=True)
class Prepared:
    """The file to open, the names of parts that are not there, and the image of an OBJ without its materials."""

    path: Path
    missing: tuple[str, ...] = ()
    image: Path | None = None


MOVED = (".obj", *GLTF, ".ply", ".stl")
"""Formats that can be moved in double precision, where they keep it, before they are imported."""


def prepare(
    path: Path, linked: LinkedFiles, scratch: Path, shift: Array | None = None, bound: bool = False
) -> Prepared:
    """`path`, or a copy of it in the empty folder `scratch`, for Blender's importer; moved by `shift` (3,), Z up.

    With `bound` the skeletons of a glTF are in the pose in which their meshes were bound to them.

    AssetError for a part without which the file cannot be opened.
    """
    suffix = path.suffix.lower()
    if suffix == ".obj":
        libraries = material_libraries(path, linked)
        missing = tuple(plain_name(name) for name in libraries.missing)
        edit = None if shift is None else partial(moved_lines, shift=shift)
        return Prepared(write_prepared_obj(path, libraries, linked, scratch, edit), missing, libraries.image)
    if suffix in GLTF:
        document = prepared_document(path, linked, scratch / "missing")
        if bound:
            standing = copy.deepcopy(document) if document is not None else gltf_document(path)
            find = partial(linked.find, image=False)
            document = standing if to_bind_pose(standing, path, find) else document
        if shift is not None:
            document = document or gltf_document(path)
            move_gltf(document, shift)
        return Prepared(path if document is None else write_prepared_gltf(path, document, scratch))
    if shift is not None and suffix in MOVERS:
        target = scratch / path.name
        return Prepared(target if MOVERS[suffix](path, target, shift) else path)
    if suffix in USD_LAYERS:
        return _prepared_usd(path, linked, scratch)
    return Prepared(path)


def _prepared_usd(path: Path, linked: LinkedFiles, scratch: Path) -> Prepared:
    """A USD file, flattened with the paths that were found where its own lead nowhere."""
    named = references(path, linked)
    missing = tuple(dict.fromkeys(plain_name(item.name) for item in named if item.found is None and not item.image))
    # Blender's importer finds tiles by an absolute path alone.
    right = all(
        item.found is not None and item.found == _as_written(item.beside, item.name) and not TILE.search(item.name)
        for item in named
    )
    layers = [path, *(item.found for item in named if item.found is not None and not item.image)]
    if right and not any(speaks_materialx(layer) for layer in layers):
        return Prepared(path, missing)
    usd = usd_library()
    try:
        stage = usd.Usd.Stage.Open(str(path))
        _relink_layers(stage, linked)
        add_preview_surfaces(stage, usd)
        prims = [*stage.TraverseAll(), *(prim for root in stage.GetPrototypes() for prim in usd.Usd.PrimRange(root))]
        for prim in prims:
            for attribute in prim.GetAttributes():
                value = attribute.Get() if attribute.GetTypeName() == usd.Sdf.ValueTypeNames.Asset else None
                if value is None or not value.path or (value.resolvedPath and not TILE.search(value.path)):
                    continue
                found = linked.find(value.path)
                attribute.Set(usd.Sdf.AssetPath(str(found or _stand_in(scratch / "missing", value.path))))
        target = scratch / f"{path.stem}.usdc"
        stage.Export(str(target))
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise AssetError(f"{path} is not a readable USD file ({reason}); export it again") from error
    return Prepared(target, missing)


def _relink_layers(stage: Any, linked: LinkedFiles) -> None:
    """Point layers at those that they name by a path of another machine."""
    for layer in stage.GetUsedLayers():
        place = Path(layer.realPath).parent if layer.realPath else None
        for name in layer.GetCompositionAssetDependencies():
            if place is None or _as_written(place, name).exists():
                continue
            found = linked.find(name, place, image=False)
            if found is not None:
                layer.UpdateCompositionAssetDependency(name, str(found))


def _as_written(beside: Path, name: str) -> Path:
    return Path(os.path.normpath(beside / name))


def _stand_in(folder: Path, name: str) -> Path:
    """A picture in place of one that is not there: Blender's importer forgets names that it cannot open."""
    target = folder / plain_name(name)
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (1, 1)).save(target, format="PNG")
    return target
