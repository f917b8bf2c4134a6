"""Files of a folder that belong to others: layers of a USD file, shapes for physics, maps in EXR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from dsia_gen.assets.importing.collision_hulls import is_collision_hull
from dsia_gen.assets.importing.discover import Found
from dsia_gen.assets.importing.linked_files import LinkedFiles
from dsia_gen.assets.importing.references import references
from dsia_gen.assets.importing.usd_names import USD_LAYERS
from dsia_gen.assets.texture_maps import sets_of, split_name
from dsia_gen.core.errors import AssetError


def companions(found: Sequence[Found]) -> dict[str, str]:
    """Names of files that belong to others of `found`, and what they are. None of them is opened."""
    return _hulls(found) | _layers(found)


def with_exr_maps(found: Sequence[Found]) -> list[Found]:
    """The same files, where an EXR that is a map of a texture set, by its name, is a texture and no environment."""
    images = [item.name for item in found if item.reader == "texture"]
    sets = {split_name(name)[0] for name in sets_of(images)[0]}
    return [
        replace(item, reader="texture")
        if item.reader == "hdri" and split_name(item.name)[1] is not None and split_name(item.name)[0] in sets
        else item
        for item in found
    ]


def _hulls(found: Sequence[Found]) -> dict[str, str]:
    """Shapes for collisions, where a shape that is seen lies in the same folder, or beside their own."""
    meshes = [PurePosixPath(item.name) for item in found if item.reader == "mesh"]
    hulls = [path for path in meshes if is_collision_hull(str(path))]
    seen = [path for path in meshes if path not in set(hulls)]
    passed = {}
    for path in hulls:
        own = is_collision_hull(f"{path.parent.name}/x.obj")
        if any(other.is_relative_to(path.parent.parent) if own else other.parent == path.parent for other in seen):
            passed[str(path)] = "shape for collisions"
    return passed


def _layers(found: Sequence[Found]) -> dict[str, str]:
    """USD files that another USD file of the folder is made of."""
    layers = {item.path.resolve(): item for item in found if item.path.suffix.lower() in USD_LAYERS}
    names: dict[str, set[str]] = {}
    for path, item in layers.items():
        try:
            named = references(path, LinkedFiles(path, item.root.folder))
        except (AssetError, OSError):
            continue  # its own import says why
        held = {reference.found.resolve() for reference in named if reference.found is not None}
        names[item.name] = {layers[other].name for other in held & set(layers) - {path}}
    return {
        part: f"layer of {whole}"
        for whole, parts in sorted(names.items())
        for part in sorted(parts)
        if whole not in names.get(part, ()) or whole < part
    }
