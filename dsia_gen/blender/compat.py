"""What differs between Blender 4.5 and 5.x; no other module asks for a version or depends on one."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy

from dsia_gen.assets.importing.headers import blend_version
from dsia_gen.core.errors import AssetError, WorkerError

OLDEST = (4, 4, 0)
_SWITCHED = bpy.app.version < (5, 0, 0)
"""Materials and worlds may do without nodes; from Blender 5 on they always have them, and the switch goes in 6."""


def blender_version() -> str:
    """Version of this Blender in words, such as 4.5.3 LTS."""
    return str(bpy.app.version_string)


def check_version() -> None:
    """Raise WorkerError when this Blender is older than what this package is written for."""
    if bpy.app.version < OLDEST:
        wanted = ".".join(map(str, OLDEST[:2]))
        raise WorkerError(f"Blender {bpy.app.version_string} is too old, install bpy {wanted} or newer")


def check_written_by(path: Path) -> None:
    """Raise AssetError for a .blend of a newer Blender than this one, which would open it with parts missing."""
    version, own = blend_version(path), tuple(bpy.app.version[:2])
    if version > own:
        raise AssetError(
            f"{path} was written by Blender {version[0]}.{version[1]}, newer than {own[0]}.{own[1]} which reads it "
            "here; choose a newer Blender (--blender), save it with an older one, or export a .glb"
        )


def import_fbx(path: Path, animation: bool) -> None:
    """Import an FBX file, binary or text, by Blender's newer importer where it has it.

    The older one takes the reflection of Phong materials for metal, cuts the names of clips, reads no text files, and
    takes several times as long.
    """
    if "fbx_import" in dir(bpy.ops.wm):
        bpy.ops.wm.fbx_import(filepath=str(path), use_anim=animation)
    else:
        bpy.ops.import_scene.fbx(filepath=str(path), use_anim=animation, use_image_search=False)


def channel_bag(block: Any) -> Any:
    """The bag that holds the F-curves of a data block, made with its action when it has none."""
    animation = block.animation_data or block.animation_data_create()
    action = animation.action or bpy.data.actions.new(f"{block.name} motion")
    animation.action = action
    slot = animation.action_slot or action.slots.new(id_type=block.id_type, name=block.name)
    animation.action_slot = slot
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def fcurves(block: Any) -> list[Any]:
    """The F-curves that drive a data block, [] without an action; from Blender 5 on an action has none of its own."""
    animation = block.animation_data
    action = animation.action if animation else None
    if action is None:
        return []
    slot = animation.action_slot or next(iter(action.slots), None)
    return [] if slot is None else slot_curves(action, slot)


def slot_curves(action: Any, slot: Any) -> list[Any]:
    """The F-curves that an action has for one of its slots."""
    bags = (strip.channelbag(slot) for layer in action.layers for strip in layer.strips)
    return [curve for bag in bags if bag is not None for curve in bag.fcurves]


def used_slot(animation: Any | None) -> Any | None:
    """The slot of the action that animation data use; None where they use none."""
    return None if animation is None or animation.action is None else animation.action_slot


def use_action(block: Any, action: Any | None, slot: Any | None = None) -> None:
    """Make one action, or none, drive a data block in place of its action and its NLA tracks."""
    data = block.animation_data or (block.animation_data_create() if action is not None else None)
    if data is None:
        return
    data.action = action
    if action is not None and slot is not None:
        data.action_slot = slot
    for track in data.nla_tracks:
        track.mute = True


def set_image_format(settings: Any, file_format: str, *, mode: str, depth: str, codec: str | None = None) -> None:
    """Fill image settings; Blender 5 wants the kind of medium before the format."""
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE" if file_format.endswith("MULTILAYER") else "IMAGE"
    settings.file_format = file_format
    settings.color_mode = mode
    settings.color_depth = depth
    if codec is not None:
        settings.exr_codec = codec


def node_tree(block: Any) -> Any:
    """The node tree of a material or world, None where it does without (from Blender 5 on they always have one)."""
    return block.node_tree if not _SWITCHED or block.use_nodes else None


def default_nodes(block: Any) -> Any:
    """The node tree of a material or world, made as Blender makes it where it has none."""
    if _SWITCHED and not block.use_nodes:
        block.use_nodes = True
    return block.node_tree


def enable_nodes(block: Any) -> Any:
    """The emptied node tree of a material or world, made where it has none."""
    tree = default_nodes(block)
    tree.nodes.clear()
    return tree


def without_compositing(scene: Any) -> None:
    """Keep the compositor and the sequencer out of renders."""
    scene.render.use_compositing = False
    scene.render.use_sequencer = False


def usd_library() -> Any:
    """Pixar's USD library, which comes with Blender in a folder that Python does not search by itself."""
    folder = Path(bpy.utils.resource_path("LOCAL")) / "python" / "lib" / f"python3.{sys.version_info.minor}"
    place = str(folder / "site-packages")
    if place not in sys.path:
        sys.path.append(place)
    try:
        return SimpleNamespace(**{name: importlib.import_module(f"pxr.{name}") for name in ("Sdf", "Usd", "UsdShade")})
    except ImportError as error:
        raise WorkerError(f"Blender's USD library cannot be loaded ({error}); install bpy again") from error
