"""What a surface looks like: one record for every procedural material, and one for photographs of surfaces."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.record import Natural, Positive, Real, Record, Rgb, Unit

MaterialKind = Literal[
    "plain", "checker", "stripes", "dots", "patches", "noise", "marble", "wood", "planks", "brick", "tiles",
    "plaster", "concrete", "fabric", "knit", "denim", "leather", "skin", "hair", "metal", "rust", "glass",
    "mirror", "emission", "grass", "bark", "rock", "foliage", "terrazzo", "print",
]  # fmt: skip

METAL, POLISH = 0.9, 0.15
"""A surface at least as metallic, and less rough, shows a mirror image of its surroundings rather than itself."""


def linear_rgb(code: str) -> Rgb:
    """Scene-linear colour of an sRGB hex code (IEC 61966-2-1), rounded so that every platform agrees."""
    srgb = [int(code[k : k + 2], 16) / 255.0 for k in (0, 2, 4)]
    r, g, b = (round(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4, 4) for c in srgb)
    return r, g, b


class Material(Record):
    """A procedural material, drawn in the rest coordinates of the surface so that it sticks to what deforms.

    `scale` is the size of one pattern element in metres. `print` draws a large random graphic
    (letters, rings, bars) of the given seed; `glass`, `mirror` and polished metal are flagged unreliable.
    """

    kind: MaterialKind = "plain"
    colours: Annotated[tuple[Rgb, ...], Field(min_length=1, max_length=4)] = ((0.5, 0.5, 0.5),)
    scale: Positive = 0.1
    roughness: Unit = 0.6
    metallic: Unit = 0.0
    bump: Unit = 0.3
    emission: Annotated[Real, Field(ge=0)] = 0.0
    seed: Natural = 0

    @property
    def unreliable(self) -> bool:
        """Whether what the camera sees there is not where the surface is (refraction, mirror images)."""
        return self.kind in ("glass", "mirror") or polished(self.metallic, self.roughness)


class ImageMaterial(Record):
    """A photographed surface, repeated over the rest coordinates of what wears it, so that it sticks to what deforms.

    It is projected along the axis that the undeformed surface faces, blended where it faces between two. `repeat` is
    the width in metres that the image stands for; its height follows from the image's shape. `roughness` holds
    where there is no map of it; `bump` is the strength of the map of normals. `asset` is the id in the ledger; `seed`
    moves the image about on the surface.

    Green is up in maps of normals of the convention `GL`, down in `DX`; `unknown` is found out from the map itself.
    A map of roughness or metalness is one channel (0 to 2) of its image; a glossiness is a roughness that is
    `roughness_inverted`. `height` is a map of displacement, shown as relief where there are no normals.
    """

    kind: Literal["image"] = "image"
    asset: str
    albedo: AssetFile
    normal: AssetFile | None = None
    normal_convention: Literal["GL", "DX", "unknown"] = "GL"
    roughness_map: AssetFile | None = None
    roughness_channel: Annotated[int, Field(ge=0, le=2)] = 0
    roughness_inverted: bool = False
    metallic_map: AssetFile | None = None
    metallic_channel: Annotated[int, Field(ge=0, le=2)] = 0
    height: AssetFile | None = None
    repeat: Positive = 1.0
    roughness: Unit = 0.7
    metallic: Unit = 0.0
    bump: Unit = 1.0
    seed: Natural = 0


AnyMaterial = Annotated[Material | ImageMaterial, Field(discriminator="kind")]


def polished(metallic: float, roughness: float) -> bool:
    """Whether a surface is a mirror (see METAL)."""
    return metallic >= METAL and roughness < POLISH
