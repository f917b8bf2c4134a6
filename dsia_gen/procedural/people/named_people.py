"""The people of the built-in library: body, face and clothes of each.

They are data, as the parametric families are: the sampler reads them, Blender builds them. How they like to move is
what the tags of their entries in the manifest say.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from dsia_gen.core.errors import AssetError
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.spec.asset import BodyShape, Headwear, Outfit, Overwear, ParametricCharacter
from dsia_gen.spec.material import Material, MaterialKind, linear_rgb
from dsia_gen.spec.record import Rgb


@dataclass(frozen=True)
class Person:
    """A person of the built-in library."""

    about: str
    body: BodyShape
    outfit: Outfit

    @property
    def character(self) -> ParametricCharacter:
        return ParametricCharacter(body=self.body, outfit=self.outfit)


def person_named(name: str, entry: str) -> Person:
    """The person of a manifest's entry (its id); AssetError names the nearest one that is known."""
    if name not in PEOPLE:
        raise AssetError(f"entry {entry!r}: there is no person {name!r}{suggestion(name, list(PEOPLE))}")
    return PEOPLE[name]


def _seed(*words: str) -> int:
    """A number of its own for each material, so that no two patterns are alike."""
    return int.from_bytes(sha256("/".join(words).encode()).digest()[:4], "big") >> 1


def _colours(codes: str) -> tuple[Rgb, ...]:
    return tuple(linear_rgb(code) for code in codes.split())


def _cloth(kind: MaterialKind, codes: str, scale: float = 0.06, roughness: float = 0.8) -> Material:
    colours = _colours(codes)
    return Material(kind=kind, colours=colours, scale=scale, roughness=roughness, bump=0.35, seed=_seed(kind, codes))


def _skin(code: str) -> Material:
    return Material(kind="skin", colours=_colours(code), scale=0.05, roughness=0.5, seed=_seed("skin", code))


def _hair(codes: str) -> Material:
    return Material(kind="hair", colours=_colours(codes), scale=0.02, roughness=0.5, seed=_seed("hair", codes))


def _eyes(name: str) -> Rgb:
    return {"brown": (0.06, 0.028, 0.012), "dark": (0.025, 0.012, 0.007), "green": (0.07, 0.10, 0.04),
            "blue": (0.06, 0.13, 0.22), "grey": (0.13, 0.15, 0.16), "hazel": (0.11, 0.065, 0.02)}[name]  # fmt: skip


def _body(height: float, girth: float = 1.0, shoulders: float = 1.0, legs: float = 1.0, head: float = 1.0) -> BodyShape:
    return BodyShape(height=height, girth=girth, shoulders=shoulders, legs=legs, head=head)


_BLACK, _ESPRESSO, _CHESTNUT = "14100f 241a16", "2a1b14 3d291e", "4a2f1e 664429"
_AUBURN, _BLOND = "6e2f17 8c4424", "a98350 c9a56c"
_GINGER, _GREY, _WHITE, _PINK = "9a4a1c b96a34", "77736e 99948d", "c9c5be e2ded6", "c2407e dd6a9e"

PEOPLE: dict[str, Person] = {
    "ada": Person("woman, thirties, checked dress",
        _body(1.68, 0.95, 0.92), Outfit(
        skin=_skin("c9946f"), hair=_hair(_CHESTNUT), hair_style="long", eyes=_eyes("hazel"),
        top=_cloth("fabric", "1d3557 e63946 f1faee", 0.07), bottom=_cloth("fabric", "1d3557 e63946 f1faee", 0.07),
        sleeves="short", legs="skirt", shoes=_cloth("leather", "5a2a1b", 0.04))),
    "bruno": Person("man, fifties, heavy, full beard, open flannel jacket",
        _body(1.83, 1.32, 1.06), Outfit(
        skin=_skin("d9aa86"), hair=_hair(_GREY), hair_style="receding", beard="full", eyes=_eyes("blue"),
        top=_cloth("stripes", "f1ece0 6d6875 b8b2a5", 0.05), bottom=_cloth("denim", "243a5e", 0.05),
        over=Overwear(style="jacket", cloth=_cloth("fabric", "9b2226 1b1b1e dda15e", 0.10)),
        sleeves="long", shoes=_cloth("leather", "4a3320", 0.05))),
    "chidi": Person("man, twenties, tall, athletic, striped shirt",
        _body(1.91, 0.96, 1.10, 1.04), Outfit(
        skin=_skin("4a2c1e"), hair=_hair(_BLACK), hair_style="crop", beard="goatee", eyes=_eyes("dark"),
        top=_cloth("stripes", "f9c74f 1d3557 f1faee", 0.08),
        bottom=_cloth("noise", "6b705c a5a58d 354f52 cad2c5", 0.05),
        sleeves="short", legs="shorts", shoes=_cloth("fabric", "e63946 f1faee 1b1b1e", 0.04))),
    "dolores": Person("woman, seventies, white bun, glasses, knitted cardigan",
        _body(1.57, 1.14, 0.92, 0.97, 1.05), Outfit(
        skin=_skin("e6bf9f"), hair=_hair(_WHITE), hair_style="bun", glasses="round", eyes=_eyes("grey"),
        top=_cloth("dots", "f7ede2 b56576 6d597a", 0.05), bottom=_cloth("checker", "6d6875 3d405b", 0.03),
        over=Overwear(style="jacket", cloth=_cloth("knit", "84a59d f7ede2 52796f", 0.05)),
        sleeves="long", legs="skirt", shoes=_cloth("leather", "3a2e39", 0.04))),
    "emil": Person("boy of eight, striped pullover, cap",
        _body(1.28, 1.0, 0.95, 0.95, 1.20), Outfit(
        skin=_skin("f0d0b5"), hair=_hair(_BLOND), hair_style="short", eyes=_eyes("blue"),
        headwear=Headwear(style="cap", cloth=_cloth("patches", "e63946 f1faee 1d3557 f9c74f", 0.05)),
        top=_cloth("knit", "2a9d8f f1faee f3722c", 0.05), bottom=_cloth("denim", "35557f", 0.04),
        sleeves="long", shoes=_cloth("checker", "d62828 f1faee", 0.03))),
    "farah": Person("woman, twenties, headscarf, long coat",
        _body(1.66, 0.95, 0.93), Outfit(
        skin=_skin("b57d5b"), hair=_hair(_BLACK), hair_style="bald", eyes=_eyes("dark"),
        headwear=Headwear(style="headscarf", cloth=_cloth("dots", "277da1 f1faee 90be6d", 0.06)),
        top=_cloth("fabric", "f1ece0 b8b2a5 84a59d", 0.05), bottom=_cloth("denim", "1b1f2e", 0.05),
        over=Overwear(style="coat", cloth=_cloth("fabric", "a68a64 7f4f24 e6ccb2", 0.12)),
        sleeves="long", shoes=_cloth("leather", "2d2420", 0.04))),
    "george": Person("man, eighties, thin, white moustache, hat and waistcoat",
        _body(1.66, 0.86, 0.94, 0.98, 1.04), Outfit(
        skin=_skin("e0b498"), hair=_hair(_WHITE), hair_style="receding", beard="moustache", glasses="round",
        headwear=Headwear(style="hat", cloth=_cloth("fabric", "463f3a 656d4a 333d29", 0.03)), eyes=_eyes("grey"),
        top=_cloth("stripes", "edf2f4 8d99ae 457b9d", 0.03), bottom=_cloth("fabric", "6b645c 4a4a48 918577", 0.05),
        over=Overwear(style="vest", cloth=_cloth("checker", "7f4f24 a68a64", 0.025)),
        sleeves="long", shoes=_cloth("leather", "53331d", 0.04))),
    "hana": Person("woman, thirties, black bob, square glasses, printed blouse",
        _body(1.60, 0.90, 0.90), Outfit(
        skin=_skin("e3b993"), hair=_hair(_BLACK), hair_style="bob", glasses="square", eyes=_eyes("dark"),
        top=_cloth("print", "f7ede2 f28482 84a59d 3d405b", 0.16), bottom=_cloth("fabric", "22223b 4a4e69 9a8c98", 0.05),
        sleeves="short", shoes=_cloth("leather", "8a1c22", 0.04))),
    "ivan": Person("man, forties, broad, bald, dark glasses, leather jacket",
        _body(1.88, 1.18, 1.14), Outfit(
        skin=_skin("e0b08f"), hair=_hair(_ESPRESSO), hair_style="bald", beard="goatee", glasses="dark",
        top=_cloth("print", "f1faee d00000 1b1b1e f9c74f", 0.18), bottom=_cloth("denim", "27406b", 0.06),
        over=Overwear(style="jacket", cloth=_cloth("leather", "2b1d16", 0.06, 0.45)),
        sleeves="short", shoes=_cloth("leather", "17120f", 0.05))),
    "jamila": Person("woman, twenties, afro, crop top and patterned skirt",
        _body(1.74, 1.02, 0.93, 1.02), Outfit(
        skin=_skin("5a3322"), hair=_hair(_BLACK), hair_style="afro", eyes=_eyes("dark"),
        top=_cloth("dots", "f9c74f e63946 3a0ca3", 0.05), bottom=_cloth("patches", "3a0ca3 f72585 f9c74f 06d6a0", 0.07),
        sleeves="none", legs="skirt", shoes=_cloth("leather", "b8860b", 0.04))),
    "kofi": Person("boy of eleven, curls, football shirt and shorts",
        _body(1.45, 0.92, 0.97, 0.98, 1.12), Outfit(
        skin=_skin("6a3f29"), hair=_hair(_BLACK), hair_style="curls", eyes=_eyes("dark"),
        top=_cloth("stripes", "d62828 ffe066 1d3557", 0.10), bottom=_cloth("checker", "14213d 457b9d", 0.06),
        sleeves="short", legs="shorts", shoes=_cloth("fabric", "90be6d 1b1b1e f1faee", 0.03))),
    "lena": Person("woman, thirties, blond ponytail, running clothes",
        _body(1.72, 0.88, 0.94, 1.03), Outfit(
        skin=_skin("f0cfb4"), hair=_hair(_BLOND), hair_style="ponytail", eyes=_eyes("green"),
        top=_cloth("noise", "00b4d8 f72585 3a0ca3 f1faee", 0.05),
        bottom=_cloth("stripes", "14171c 8338ec 3c3f46", 0.07),
        sleeves="none", shoes=_cloth("patches", "fb5607 f1faee 3a86ff ffbe0b", 0.03))),
    "mateo": Person("man, thirties, short, stocky, moustache, beanie, rucksack",
        _body(1.64, 1.16, 1.04), Outfit(
        skin=_skin("b9825e"), hair=_hair(_BLACK), hair_style="short", beard="moustache", eyes=_eyes("brown"),
        headwear=Headwear(style="beanie", cloth=_cloth("knit", "f3722c 283618 fefae0", 0.05)),
        bag=_cloth("patches", "606c38 dda15e 283618 bc6c25", 0.10),
        top=_cloth("fabric", "e0e2e3 2f6f8f 1b1b1e", 0.08), bottom=_cloth("noise", "7f5230 a94f2c 53331d 94653d", 0.05),
        sleeves="long", shoes=_cloth("leather", "6b4226", 0.05))),
    "nora": Person("girl of seven, ginger pigtails, dotted dress",
        _body(1.22, 0.96, 0.92, 0.95, 1.22), Outfit(
        skin=_skin("f6ddc8"), hair=_hair(_GINGER), hair_style="pigtails", eyes=_eyes("green"),
        top=_cloth("dots", "f72585 fefae0 8338ec", 0.045), bottom=_cloth("dots", "f72585 fefae0 8338ec", 0.045),
        sleeves="short", legs="skirt", shoes=_cloth("leather", "a4161a", 0.03))),
    "omar": Person("man, sixties, long grey beard, long coat",
        _body(1.78, 1.08, 1.02), Outfit(
        skin=_skin("a8714c"), hair=_hair(_GREY), hair_style="short", beard="long", eyes=_eyes("brown"),
        headwear=Headwear(style="beanie", cloth=_cloth("knit", "3d405b 81b29a f4f1de", 0.04)),
        top=_cloth("fabric", "f4f1de e07a5f 81b29a", 0.06), bottom=_cloth("fabric", "3d405b 5e6472 22252b", 0.08),
        over=Overwear(style="coat", cloth=_cloth("stripes", "354f52 52796f 2d3a2f", 0.09)),
        sleeves="long", shoes=_cloth("leather", "201812", 0.05))),
    "priya": Person("woman, forties, long black hair, flowered tunic over trousers",
        _body(1.62, 1.12, 0.92), Outfit(
        skin=_skin("9b6545"), hair=_hair(_BLACK), hair_style="long", eyes=_eyes("dark"),
        top=_cloth("patches", "d00070 ffbe0b 7209b7 2a9d8f", 0.05),
        bottom=_cloth("stripes", "ffbe0b 9d4edd f1faee", 0.05),
        scarf=_cloth("noise", "06d6a0 ffd166 118ab2 ef476f", 0.05),
        sleeves="short", shoes=_cloth("leather", "94653d", 0.03))),
    "quentin": Person("man, twenties, lean, curly ginger hair, checked shirt, glasses",
        _body(1.86, 0.84, 0.98, 1.04), Outfit(
        skin=_skin("f4d8c2"), hair=_hair(_GINGER), hair_style="curls", glasses="square", eyes=_eyes("green"),
        top=_cloth("fabric", "2a9d8f f4a261 264653", 0.09), bottom=_cloth("denim", "4b5a6f", 0.05),
        bag=_cloth("fabric", "b5172f 22223b f2e9e4", 0.07),
        sleeves="long", shoes=_cloth("fabric", "f1faee 1d3557 e63946", 0.04))),
    "rosa": Person("woman, fifties, full figure, auburn bob, camouflage vest",
        _body(1.63, 1.30, 0.94, 0.98), Outfit(
        skin=_skin("d9a27c"), hair=_hair(_AUBURN), hair_style="bob", eyes=_eyes("brown"),
        top=_cloth("stripes", "f1faee e63946 1d3557", 0.06), bottom=_cloth("denim", "2f4a76", 0.06),
        over=Overwear(style="vest", cloth=_cloth("noise", "606c38 283618 a5a58d dda15e", 0.08)),
        sleeves="long", shoes=_cloth("checker", "f1faee 14213d", 0.03))),
    "sven": Person("man, thirties, very tall, long blond hair and beard, knitted pullover",
        _body(1.98, 1.05, 1.10, 1.03), Outfit(
        skin=_skin("f0cdb0"), hair=_hair(_BLOND), hair_style="long", beard="full", eyes=_eyes("blue"),
        top=_cloth("knit", "1d3557 f1faee 9b2226", 0.07), bottom=_cloth("fabric", "656d4a 414833 a68a64", 0.10),
        sleeves="long", shoes=_cloth("leather", "5f2f1b", 0.05))),
    "tala": Person("woman, twenties, small, pink ponytail, baseball jacket",
        _body(1.53, 0.92, 0.93), Outfit(
        skin=_skin("cf9d76"), hair=_hair(_PINK), hair_style="ponytail", eyes=_eyes("brown"),
        top=_cloth("print", "22223b f72585 00b4d8 fefae0", 0.14), bottom=_cloth("checker", "1b1b1e 6c757d", 0.05),
        over=Overwear(style="jacket", cloth=_cloth("patches", "ffbe0b fb5607 8338ec fefae0", 0.09)),
        sleeves="short", legs="shorts", shoes=_cloth("fabric", "f72585 fefae0 1b1b1e", 0.04))),
    "umberto": Person("man, sixties, stout, bald, white beard, braces-like stripes",
        _body(1.71, 1.42, 1.02, 0.97), Outfit(
        skin=_skin("e6b596"), hair=_hair(_WHITE), hair_style="receding", beard="full", glasses="square",
        top=_cloth("fabric", "fefae0 bc6c25 283618", 0.08), bottom=_cloth("stripes", "463f3a 8a817c bcb8b1", 0.04),
        eyes=_eyes("hazel"), sleeves="short", shoes=_cloth("leather", "6b3a1e", 0.05))),
    "vera": Person("woman, forties, tall, grey bob, checked coat, scarf",
        _body(1.79, 0.94, 0.94, 1.03), Outfit(
        skin=_skin("f2d3bd"), hair=_hair(_GREY), hair_style="bob", eyes=_eyes("blue"),
        top=_cloth("stripes", "1b1b1e f1faee adb5bd", 0.05), bottom=_cloth("denim", "22304f", 0.05),
        over=Overwear(style="coat", cloth=_cloth("fabric", "d8d2c4 2b2d42 9b2226", 0.14)),
        scarf=_cloth("knit", "c1121f fdf0d5 780000", 0.05),
        sleeves="long", shoes=_cloth("leather", "120d0b", 0.04))),
    "wen": Person("man, sixties, slim, grey crop, quilted vest",
        _body(1.69, 0.92, 0.98), Outfit(
        skin=_skin("d8ab80"), hair=_hair(_GREY), hair_style="crop", eyes=_eyes("dark"),
        top=_cloth("checker", "8d99ae edf2f4", 0.03), bottom=_cloth("fabric", "a68a64 7f5539 ddb892", 0.05),
        over=Overwear(style="vest", cloth=_cloth("patches", "14532d 1d7a46 0b3d2e a3b18a", 0.07)),
        sleeves="long", shoes=_cloth("fabric", "343a40 ced4da 868e96", 0.03))),
    "ximena": Person("girl of fourteen, brown hair, dungaree colours, rucksack",
        _body(1.56, 0.88, 0.92, 1.02, 1.06), Outfit(
        skin=_skin("c08a64"), hair=_hair(_ESPRESSO), hair_style="long", eyes=_eyes("brown"),
        headwear=Headwear(style="cap", cloth=_cloth("stripes", "7209b7 f1faee 4cc9f0", 0.05)),
        bag=_cloth("dots", "4cc9f0 7209b7 f72585", 0.07),
        top=_cloth("stripes", "ff9f1c 2ec4b6 fdfffc", 0.06), bottom=_cloth("denim", "5a7ba6", 0.05),
        sleeves="short", legs="shorts", shoes=_cloth("checker", "1b1b1e fdfffc", 0.025))),
    "yusuf": Person("man, forties, broad, black beard, hat, printed summer shirt",
        _body(1.76, 1.10, 1.08), Outfit(
        skin=_skin("8a5636"), hair=_hair(_BLACK), hair_style="short", beard="full", glasses="dark",
        headwear=Headwear(style="hat", cloth=_cloth("knit", "e6ccb2 b08968 ede0d4", 0.03)), eyes=_eyes("dark"),
        top=_cloth("print", "00b4d8 fefae0 f9844a 43aa8b", 0.15), bottom=_cloth("fabric", "e6ccb2 b08968 ddb892", 0.07),
        sleeves="short", legs="shorts", shoes=_cloth("leather", "7f5230", 0.04))),
}  # fmt: skip
"""People by name."""
