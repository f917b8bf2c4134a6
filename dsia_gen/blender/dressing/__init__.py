"""Builders of outdoor set dressing, by family name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsia_gen.assets.families.dressing import DRESSING
from dsia_gen.blender.dressing import large, nature, street
from dsia_gen.blender.materials.cutout import make_leaf_card
from dsia_gen.blender.params import Builder, MakeMaterial, build_family
from dsia_gen.spec.asset import ProceduralObject

if TYPE_CHECKING:
    import bpy

    from dsia_gen.blender.files import Resolve

FAMILY_BUILDERS: dict[str, Builder] = {**nature.BUILDERS, **street.BUILDERS, **large.BUILDERS}

CUTOUT_SLOTS: dict[tuple[str, str], MakeMaterial] = {("bush", "leaf"): make_leaf_card}
"""Slots whose faces are cards cut out by a picture, by (family, slot)."""


def build_dressing(shape: ProceduralObject, name: str, resolve: Resolve | None = None) -> bpy.types.Object:
    """The object of a piece of set dressing, linked to the scene: one mesh, origin on the floor.

    `resolve` finds the files of its pictures. Raises AssetError for an unknown family (it names the known ones), or
    wrong parameters or materials.
    """
    return build_family(shape, name, DRESSING, FAMILY_BUILDERS, CUTOUT_SLOTS, resolve)
