"""Materials in the rest coordinates of the surface: a node builder for each procedural kind, and one for images."""

from __future__ import annotations

from collections.abc import Callable

import bpy

from dsia_gen.blender.asset_files import Resolve, resolver
from dsia_gen.blender.material_flags import UNRELIABLE
from dsia_gen.blender.materials import building, cloth, graphic, hard, natural
from dsia_gen.blender.materials.graph import Graph
from dsia_gen.blender.materials.image import photographed, stand_in
from dsia_gen.blender.materials.node_groups import write_material
from dsia_gen.blender.materials.output import Surface, shader
from dsia_gen.core.errors import AssetError
from dsia_gen.spec.material import AnyMaterial, ImageMaterial, MaterialKind

KINDS: dict[MaterialKind, Callable[[Graph], Surface]] = {
    "plain": graphic.plain,
    "checker": graphic.checker,
    "stripes": graphic.stripes,
    "dots": graphic.dots,
    "patches": graphic.patches,
    "noise": graphic.noise,
    "print": graphic.printed,
    "marble": building.marble,
    "planks": building.planks,
    "brick": building.brick,
    "tiles": building.tiles,
    "plaster": building.plaster,
    "concrete": building.concrete,
    "terrazzo": building.terrazzo,
    "fabric": cloth.fabric,
    "knit": cloth.knit,
    "denim": cloth.denim,
    "leather": cloth.leather,
    "skin": cloth.skin,
    "hair": cloth.hair,
    "wood": natural.wood,
    "grass": natural.grass,
    "bark": natural.bark,
    "rock": natural.rock,
    "foliage": natural.foliage,
    "metal": hard.metal,
    "rust": hard.rust,
    "glass": hard.glass,
    "mirror": hard.mirror,
    "emission": hard.emission,
}


def make_material(material: AnyMaterial, name: str, resolve: Resolve | None = None) -> bpy.types.Material:
    """A Blender material that draws `material` in the mesh's rest coordinates (see `mesh_objects.write_rest_position`).

    The same record gives the same nodes. Glass, mirrors and polished metal carry the custom property
    `dsia_unreliable`. `resolve` finds the files of images; AssetError for those that are missing, altered or broken.
    """
    if isinstance(material, ImageMaterial):
        find = resolve or resolver(None)
        graph = Graph(stand_in(material, find))
        surface = photographed(graph, material, find)
    elif material.kind in KINDS:
        graph = Graph(material)
        surface = KINDS[material.kind](graph)
    else:
        raise AssetError(f"material kind {material.kind!r} is not known; the kinds are {', '.join(KINDS)}")
    block = bpy.data.materials.new(name)
    write_material(block, graph, shader(graph, surface))
    if graph.material.unreliable:
        block[UNRELIABLE] = True
    return block
