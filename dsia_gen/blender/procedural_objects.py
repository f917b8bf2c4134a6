"""Generated objects in Blender: the mesh of a family with the materials of its slots."""

from __future__ import annotations

from collections.abc import Callable

import bpy

from dsia_gen.assets.generators import family_of
from dsia_gen.blender.asset_files import Resolve
from dsia_gen.blender.materials import make_material
from dsia_gen.blender.materials.cutout import make_leaf_card
from dsia_gen.blender.mesh_objects import to_object
from dsia_gen.spec.asset import ProceduralObject
from dsia_gen.spec.material import AnyMaterial, ImageMaterial, Material

MakeMaterial = Callable[[Material, str], bpy.types.Material]
"""Makes the material of a slot that is drawn in a way of its own."""
CUTOUT_SLOTS: dict[tuple[str, str], MakeMaterial] = {("bush", "leaf"): make_leaf_card}
"""Slots whose faces are cards cut out by an image, by (family, slot)."""


def build_object(shape: ProceduralObject, name: str, resolve: Resolve | None = None) -> bpy.types.Object:
    """The object of a procedural shape, linked to the scene: one mesh, origin on the floor, front towards -Y.

    `resolve` finds the files of its images. Raises AssetError for an unknown family (it names the known ones), or
    wrong parameters or materials.
    """
    family = family_of(shape)

    def make(slot: str, material: AnyMaterial) -> bpy.types.Material:
        own = CUTOUT_SLOTS.get((shape.family, slot))
        if own is None or isinstance(material, ImageMaterial):
            return make_material(material, f"{name}.{slot}", resolve)
        return own(material, f"{name}.{slot}")

    blocks = [make(slot.name, material) for slot, material in zip(family.slots, shape.materials, strict=True)]
    return to_object(family.mesh(shape.params), name, blocks)
