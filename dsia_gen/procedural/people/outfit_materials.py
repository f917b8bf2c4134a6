"""Materials of a person: one for each slot of the mesh, from the outfit."""

from __future__ import annotations

from dsia_gen.spec.asset import Outfit
from dsia_gen.spec.material import Material
from dsia_gen.spec.record import Rgb


def outfit_materials(outfit: Outfit) -> dict[str, Material]:
    """The material of every slot that a person in this outfit may have, by the slot's name."""
    skin = outfit.skin
    lips = skin.model_copy(update={"colours": (_mixed(skin.colours[0], (0.42, 0.07, 0.07), 0.38),), "roughness": 0.4})
    dark = Material(kind="plain", colours=(_mixed(outfit.eyes, (0.03, 0.02, 0.015), 0.6),), roughness=0.8)
    brow = dark if outfit.hair_style == "bald" and outfit.beard == "none" else outfit.hair
    sole_colour: Rgb = (0.75, 0.73, 0.68) if outfit.shoes.seed % 3 else (0.035, 0.03, 0.028)
    records = {
        "skin": skin,
        "top": outfit.top,
        "bottom": outfit.bottom,
        "shoes": outfit.shoes,
        "sole": Material(kind="plain", colours=(sole_colour,), roughness=0.8, bump=0.0),
        "hair": outfit.hair,
        "lips": lips,
        "brow": brow,
        "sclera": Material(kind="plain", colours=((0.78, 0.76, 0.73),), roughness=0.25, bump=0.0),
        "iris": Material(kind="plain", colours=(outfit.eyes,), roughness=0.15, bump=0.0),
        "pupil": Material(kind="plain", colours=((0.004, 0.004, 0.004),), roughness=0.1, bump=0.0),
    }
    # Glasses, headwear, jackets, scarves and bags are optional.
    metal = outfit.glasses == "round"
    colour = (0.45, 0.36, 0.2) if metal else (0.012, 0.01, 0.01)
    rims = Material(colours=(colour,), roughness=0.3, metallic=float(metal))
    records |= {"rims": rims, "lenses": Material(colours=((0.008, 0.008, 0.01),), roughness=0.12, bump=0.0)}
    records |= {"headwear": outfit.headwear.cloth} if outfit.headwear else {}
    records |= {"over": outfit.over.cloth} if outfit.over else {}
    records |= {"scarf": outfit.scarf} if outfit.scarf else {}
    return records | ({"bag": outfit.bag} if outfit.bag else {})


def _mixed(a: Rgb, b: Rgb, share: float) -> Rgb:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)
