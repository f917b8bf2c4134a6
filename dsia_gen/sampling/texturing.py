"""Photographed textures on built-in shapes: which texture fits a slot of a family, and at which scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dsia_gen.assets.generators import ObjectFamily
from dsia_gen.assets.library import Library
from dsia_gen.assets.manifest import Entry
from dsia_gen.assets.texture_maps import MapKind, Shows, maps_of, packed_channels, shows, split_name
from dsia_gen.config.scene_config import SceneConfig
from dsia_gen.procedural.family import Slot
from dsia_gen.sampling.draw import Rng, choose, log_uniform
from dsia_gen.spec.asset import ProceduralObject
from dsia_gen.spec.material import AnyMaterial, ImageMaterial, Material, MaterialKind

WIDTH = 2.0
"""Metres that an image is taken to show when its entry has no size."""
ELEMENTS = 12
"""An image is scaled to show at most this many pattern elements of the largest size that suits its slot."""
SPREAD = (0.85, 1.2)
"""Factor by which the width varies from surface to surface."""
_FITS: Mapping[MaterialKind, frozenset[Shows]] = {
    "planks": frozenset({"wood"}),
    "wood": frozenset({"wood"}),
    "brick": frozenset({"brick", "stone"}),
    "tiles": frozenset({"tiles"}),
    "plaster": frozenset({"plaster", "concrete"}),
    "concrete": frozenset({"concrete", "plaster"}),
    "marble": frozenset({"marble"}),
    "terrazzo": frozenset({"terrazzo", "marble"}),
    "fabric": frozenset({"fabric"}),
    "knit": frozenset({"fabric"}),
    "denim": frozenset({"fabric"}),
    "leather": frozenset({"leather"}),
    "rock": frozenset({"rock", "stone"}),
    "bark": frozenset({"bark"}),
    "metal": frozenset({"metal"}),
    "rust": frozenset({"rust", "metal"}),
}
"""What an image may show on a surface that could have a procedural material of a kind."""
_NAMED: Mapping[str, Shows] = {"wall": "wall", "floor": "floor", "ceiling": "ceiling"}
"""What else it may show on slots of these names."""
_CONVENTIONS: Mapping[MapKind | None, Literal["GL", "DX", "unknown"]] = {
    "normal_gl": "GL",
    "normal_dx": "DX",
    "normal": "unknown",
}
_PRINTED: frozenset[MaterialKind] = frozenset({"print", "patches", "noise"})
"""Kinds in whose place anything may be seen: images whose content is not known go there."""


class Texture(NamedTuple):
    """A texture of the library, and what it shows."""

    entry: Entry
    shows: frozenset[Shows]


def textures_for(library: Library, config: SceneConfig) -> list[Texture]:
    """The textures that a configuration draws from; none where the library holds none or the share is zero."""
    if config.textures.share == 0:
        return []
    named = config.textures.assets
    entries = library.of("texture", named) if named else library.drawable("texture")
    # A map of normals that is listed by itself is not an image of a surface.
    return [Texture(e, shows(e.id, e.tags)) for e in entries if split_name(str(e.file))[1] in (None, "albedo")]


def fits(slot: Slot, texture: Texture) -> bool:
    """Whether a texture may be used on a slot."""
    if not texture.shows:
        return bool(_PRINTED & set(slot.kinds))
    wanted = frozenset[Shows]().union(*(_FITS.get(kind, frozenset()) for kind in slot.kinds))
    return bool(texture.shows & wanted) or _NAMED.get(slot.name) in texture.shows


@dataclass(frozen=True)
class TextureAssigner:
    """Draws textures for the surfaces of one scene; `rngs` gives a generator by its name."""

    library: Library
    textures: Sequence[Texture]
    share: float
    rngs: Callable[[str], Rng]

    def assign(self, shape: ProceduralObject, family: ObjectFamily) -> tuple[ProceduralObject, list[Entry]]:
        """A shape of which each surface with a fitting texture gets one with chance `share`, and the textures used.

        The draw depends on the material that is replaced alone, so that the walls of a room stay alike.
        """
        materials, used = list[AnyMaterial](), list[Entry]()
        for slot, old in zip(family.slots, shape.materials, strict=True):
            found = [texture for texture in self.textures if fits(slot, texture)]
            rng = self.rngs(f"texture/{slot.name}/{old.seed}")
            if not isinstance(old, Material) or not found or rng.uniform() >= self.share:
                materials.append(old)
                continue
            texture = choose(rng, found)
            # Where there are no maps: metal keeps its gloss, the rest is duller than a procedural material.
            metal = old.kind == "metal" and "rust" not in texture.shows
            dull = min(1.0, 0.35 + 0.6 * old.roughness), 0.0
            roughness, metallic = (old.roughness, old.metallic) if metal else dull
            widest = ELEMENTS * slot.scale[1]
            materials.append(image_material(rng, self.library, texture.entry, widest, roughness, metallic))
            used.append(texture.entry)
        return shape.model_copy(update={"materials": tuple(materials)}), used

    def ground(self) -> tuple[ImageMaterial, Entry] | None:
        """The ground of an outdoor scene, with chance `share`; None where it has none."""
        found, rng = [texture for texture in self.textures if "ground" in texture.shows], self.rngs("ground")
        if not found or rng.uniform() >= self.share:
            return None
        entry = choose(rng, found).entry
        return image_material(rng, self.library, entry), entry


def image_material(
    rng: Rng, library: Library, entry: Entry, widest: float = math.inf, roughness: float = 0.8, metallic: float = 0.0
) -> ImageMaterial:
    """A texture as a material, about as wide as it is, and not wider than about `widest` metres."""
    maps = maps_of(str(entry.file), entry.files)
    return ImageMaterial(
        asset=entry.id,
        albedo=library.file(entry),
        normal=library.file(entry, maps.normal) if maps.normal else None,
        normal_convention=_CONVENTIONS[split_name(maps.normal)[1]] if maps.normal else "GL",
        roughness_map=library.file(entry, maps.roughness) if maps.roughness else None,
        roughness_channel=_channel(maps.roughness, "roughness"),
        roughness_inverted=maps.roughness is not None and split_name(maps.roughness)[1] == "gloss",
        metallic_map=library.file(entry, maps.metalness) if maps.metalness else None,
        metallic_channel=_channel(maps.metalness, "metalness"),
        height=library.file(entry, maps.displacement) if maps.displacement else None,
        repeat=min(entry.size or WIDTH, widest) * log_uniform(rng, SPREAD),
        roughness=roughness,
        metallic=metallic,
        seed=int(rng.integers(2**31)),
    )


def _channel(name: str | None, kind: MapKind) -> int:
    """The channel of an image that is a map of a kind: the first, unless several maps are packed into it."""
    return packed_channels(name)[kind] if name is not None and split_name(name)[1] == "packed" else 0
