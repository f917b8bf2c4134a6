"""References to assets: which file or procedural family, under which licence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.material import AnyMaterial, ImageMaterial, Material
from dsia_gen.spec.record import Positive, Real, Record, Rgb

AssetKind = Literal["character", "object", "hdri", "motion", "trajectory", "texture"]
Permission = Literal["yes", "no", "unknown"]
LicenceRule = Literal["any", "redistributable", "trainable"]
"""What a job demands of its assets; `unknown` is not enough for the last two."""


MissingTextures = Literal["error", "plain"]
"""What becomes of a texture that is not there: the file is refused, or the material keeps its plain colour."""


class AssetUse(Record):
    """One line of the licence ledger: an asset that a scene uses."""

    id: str
    kind: AssetKind
    source: str
    licence: str
    attribution: str = ""
    redistribution: Permission = "unknown"
    training: Permission = "unknown"
    sha256: str = ""


ParamValue = bool | Annotated[int, Field(ge=-(2**31), le=2**63 - 1)] | Real | str | tuple[Real, ...]


class ProceduralObject(Record):
    """An object made by a family of the built-in library from explicit parameters (metres)."""

    type: Literal["procedural"] = "procedural"
    family: str
    params: dict[str, ParamValue] = Field(default_factory=dict)
    materials: tuple[AnyMaterial, ...]

    def textures(self) -> tuple[str, ...]:
        """The ids of the texture assets on its surfaces, one for each surface."""
        return tuple(material.asset for material in self.materials if isinstance(material, ImageMaterial))


class MeshFile(Record):
    """A mesh from a file. Normalised to metres, Z up, facing -Y, origin on the floor below its centre."""

    type: Literal["mesh_file"] = "mesh_file"
    file: AssetFile
    scale: Positive = 1.0
    up: Literal["Y", "Z"] = "Y"
    facing: Literal["-Y", "+Y", "-X", "+X"] = "-Y"
    missing_textures: MissingTextures = "error"


SHORTEST, TALLEST = 0.5, 2.6
"""Metres between which a figure's height is believed at import, drawn, and built."""


def figure_height(height: float) -> float:
    """The nearest height in metres that a figure may have."""
    return min(max(height, SHORTEST), TALLEST)


class BodyShape(Record):
    """Proportions of a parametric character in metres and ratios to the average adult."""

    height: Annotated[Real, Field(ge=SHORTEST, le=TALLEST)] = 1.75
    girth: Annotated[Real, Field(ge=0.7, le=1.5)] = 1.0
    shoulders: Annotated[Real, Field(ge=0.8, le=1.25)] = 1.0
    legs: Annotated[Real, Field(ge=0.9, le=1.1)] = 1.0
    head: Annotated[Real, Field(ge=0.9, le=1.25)] = 1.0


class Headwear(Record):
    """What is worn on the head; the hair below its rim stays seen."""

    style: Literal["cap", "beanie", "hat", "headscarf"]
    cloth: Material


class Overwear(Record):
    """What is worn open over the top."""

    style: Literal["vest", "jacket", "coat"]
    cloth: Material


class Outfit(Record):
    """What a parametric character wears; a skirt of the top's material makes a dress."""

    top: Material
    bottom: Material
    shoes: Material
    skin: Material
    hair: Material
    eyes: Rgb = (0.05, 0.03, 0.02)
    hair_style: Literal[
        "bald", "receding", "crop", "short", "curls", "afro", "bob", "long", "bun", "ponytail", "pigtails"
    ] = "short"
    beard: Literal["none", "moustache", "goatee", "full", "long"] = "none"
    glasses: Literal["none", "round", "square", "dark"] = "none"
    sleeves: Literal["none", "short", "long"] = "short"
    legs: Literal["shorts", "trousers", "skirt"] = "trousers"
    headwear: Headwear | None = None
    over: Overwear | None = None
    scarf: Material | None = None
    bag: Material | None = None


class ParametricCharacter(Record):
    """A rigged character made from proportions and an outfit."""

    type: Literal["parametric_character"] = "parametric_character"
    body: BodyShape = BodyShape()
    outfit: Outfit


class CharacterFile(Record):
    """A rigged humanoid from a file, scaled to `height` metres (measured on the evaluated mesh in rest pose).

    `figure` counts those of a file that holds several, from 1 in order of their names; 0 is the largest.
    """

    type: Literal["character_file"] = "character_file"
    file: AssetFile
    height: Positive
    facing: Literal["-Y", "+Y", "-X", "+X"] = "-Y"
    missing_textures: MissingTextures = "error"
    figure: Annotated[int, Field(ge=0, le=1000)] = 0


Shape = Annotated[ProceduralObject | MeshFile | ParametricCharacter | CharacterFile, Field(discriminator="type")]
