"""Characters: built from proportions or read from a file, and driven by humanoid motion."""

from __future__ import annotations

import bpy

from dsia_gen.blender.asset_files import Resolve
from dsia_gen.blender.characters.animate_humanoid import animate_humanoid
from dsia_gen.blender.characters.character_file import build_file
from dsia_gen.blender.characters.parametric import build_parametric
from dsia_gen.spec.asset import CharacterFile, ParametricCharacter

__all__ = ["animate_humanoid", "build_character"]


def build_character(shape: ParametricCharacter | CharacterFile, resolve: Resolve, name: str) -> bpy.types.Object:
    """The armature object of a character, linked to the scene: metres, Z up, facing -Y, standing on the origin.

    Its meshes are its children. Raises AssetError when a file is missing, broken or no humanoid.
    """
    if isinstance(shape, ParametricCharacter):
        return build_parametric(shape, name)
    if isinstance(shape, CharacterFile):
        return build_file(shape, resolve(shape.file), name)
    raise TypeError(f"{type(shape).__name__} is not a character; known are ParametricCharacter and CharacterFile")
