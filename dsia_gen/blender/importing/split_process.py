"""The split worker: writes each object of one untrusted file, with its textures, into a file of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dsia_gen.core.errors import AssetError
from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.core.system import limit_memory
from dsia_gen.spec.worker_messages import ItemRefused, PieceWritten, SplitRequest


def split_file(request: SplitRequest, emit: Emit) -> None:
    """Write a GLB for each object of a file that holds several, and say so; or say why it cannot be split."""
    limit_memory(request.memory_gib)
    from dsia_gen.assets.importing.linked_files import fence_of, plain_name
    from dsia_gen.blender.build import empty_scene
    from dsia_gen.blender.characters.imported_textures import missing_textures, settle_textures
    from dsia_gen.blender.characters.imports import open_file, require_mesh, rest_pose

    path = Path(request.folder) / request.path
    try:
        empty_scene()
        objects = open_file(path, fence_of(path, request.path)).objects
        require_mesh(objects, path)
        rest_pose(objects)
        missing = tuple(dict.fromkeys(plain_name(name) for _, name in missing_textures(objects, path)))
        settle_textures(objects, path, "plain")
        pieces = different_pieces(objects)
        pieces = pieces if len(pieces) > 1 else []
        if len(pieces) > request.most:
            raise AssetError(
                f"{path} holds {len(pieces):,} objects, more than {request.most:,}; split it in its program"
            )
        taken = set[str]()
        for piece in pieces:
            name = _file_name(piece[0].name, taken)
            write_piece(piece, request.out / f"{name}.glb")
            emit(PieceWritten(name=name, missing=missing))
    except Exception as error:
        reason = (
            str(error) if isinstance(error, AssetError) else f"it cannot be split ({type(error).__name__}: {error})"
        )
        emit(ItemRefused(index=0, reason=" ".join(reason.split())))


def different_pieces(objects: Sequence[Any]) -> list[list[Any]]:
    """The objects of a scene, each with all that hangs from it; of those that share their meshes, the first.

    Empties that hold the whole scene are looked into.
    """
    from dsia_gen.blender.characters.imported_textures import meshes

    roots = [item for item in objects if item.parent is None or item.parent not in objects]
    while len(held := [root for root in roots if meshes([root, *root.children_recursive])]) == 1:
        (only,) = held
        if only.type != "EMPTY" or not only.children:
            break
        roots = list(only.children)
    pieces, seen = [], set[tuple[str, ...]]()
    for root in held:
        family = [root, *root.children_recursive]
        key = tuple(sorted(item.data.name for item in meshes(family)))
        if key not in seen:
            seen.add(key)
            pieces.append(family)
    return pieces


def write_piece(piece: Sequence[Any], path: Path) -> None:
    """Write some objects as they stand in the world into a GLB."""
    import bpy

    root = piece[0]
    place = root.matrix_world.copy()
    root.parent = None
    root.matrix_world = place
    bpy.context.view_layer.update()
    for item in bpy.context.scene.objects:
        item.select_set(item in piece)
    bpy.ops.export_scene.gltf(
        filepath=str(path), export_format="GLB", use_selection=True, export_animations=False, export_yup=True
    )


def _file_name(name: str, taken: set[str]) -> str:
    """A name for a file that no other piece has."""
    plain = re.sub(r"[^A-Za-z0-9_+-]+", "_", name).strip("_")[:80] or "object"
    number, unused = 2, plain
    while unused.lower() in taken:
        number, unused = number + 1, f"{plain}_{number}"
    taken.add(unused.lower())
    return unused


if __name__ == "__main__":
    serve_and_exit(SplitRequest, split_file)
