"""Named groups of scene-linear colours, and how colours that go together are drawn from them."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from dsia_gen.spec.material import linear_rgb

Colour = tuple[float, float, float]
"""Scene-linear Rec.709, each in [0, 1]."""
_HEX: Final[dict[str, str]] = {
    "vivid": "e63946 f3722c f9c74f 90be6d 2a9d8f 277da1 3a0ca3 7209b7 f72585 00b4d8 fb5607 ffbe0b "
    "8338ec 06d6a0 118ab2 ef476f f1faee 1d3557 d00000 70e000 fefae0 22223b",
    "muted": "6d6875 b5838d e5989b ffcdb2 84a59d f6bd60 f28482 52796f cad2c5 354f52 a5a58d 6b705c "
    "ddbea9 cb997e 5e6472 b8c0d6 8d99ae 3d405b e07a5f f4f1de",
    "earth": "582f0e 7f4f24 936639 a68a64 b6ad90 656d4a 414833 333d29 c2c5aa bc6c25 dda15e 9c6644 e6ccb2 463f3a",
    "wood": "3b2415 53331d 6b4226 7f5230 94653d a9794c bb8d5e cba373 d9b98c 8a4b2a 5f2f1b c58f5a e3c9a0 42302a",
    "stone": "4a4a48 5f5d58 757269 8b867b a19b8f b8b2a5 cdc7ba dfdbd1 6b645c 918577 3b3c3d c9c3b0",
    "metal": "2f3235 4b4f54 6c7176 8d9297 aeb3b7 c9cdd0 e0e2e3 3d4247 5c6670 7d868d 9fa4a3 bcc1c6 d5d8d6 51606e b08d57",
    "dark": "0b0c10 14171c 1b1b1e 22252b 2b2d42 30343f 3a2e39 1f2a30 2d2420 3c3f46 122620 40282c",
    "light": "fffaf0 f8f4e9 f1ece0 e9e4d8 f5ebe0 e3d5ca edf2f4 dfe7ec e8ede3 f7ede2 d6d2c4 fdf0d5",
    "foliage": "1b3a1a 27512a 31662f 3f7d3a 52913f 6aa84f 86b84c 9dbf5a 4b6b2f 738b3a b5c46b 2e4f3a",
    "skin": "3b2219 52301f 6a3f29 825036 9b6546 b57d5b c9946f d9aa86 e6bf9f f0d0b5 f6ddc8 a8714c",
    "hair": "0d0a09 1a1210 2a1b14 3f2a1d 5a3b26 76502f 94683d b58a54 d4b27a 7a2f17 9a8f86 d8d3cc",
    "cloth": "1d3557 457b9d a8dadc e63946 f1faee 2b2d42 8d99ae edf2f4 6d597a b56576 e56b6f eaac8b "
    "355070 606c38 dda15e fefae0 283618 bc6c25 22223b 9a8c98 c9ada7 f2e9e4 14213d fca311",
    "red": "7a0c14 9b2226 ae2012 c1121f d62828 e63946 ef5350 b5172f f25c54",
    "gold": "8a5a12 b8860b c9971c d4a017 e0b040 e8c468 f2b705 f3722c f8961e fcbf49",
    "fruit": "9b2226 c1121f d62828 e85d04 f48c06 f9c74f ffe066 b5c740 7fa636 5b8c2a",
    "icing": "fff1e6 ffc8dd ff9ebb f7a1c4 bde0fe 9bd3f5 cdb4db b5ead7 fdf3b8 6f4e37 4a2c20",
    "wall": "f4f1ea e8e2d6 dcd3c2 d0d7d2 c3ccd0 d9c9b8 cfd8c8 e6d5c3 b9c4c9 c8b8a6 efe6da a9b5a4 d8c0b4 8fa3ad",
    "paint": "2f4858 3b6f73 7d9a7a 6f7550 b5654a c9983f c08081 7b4b63 a5483a 7fa6c4 3f6b57 d1a85a 8f86b0 d98a73 5b7fa6",
}
"""sRGB, hexadecimal."""
PALETTES: Final[dict[str, tuple[Colour, ...]]] = {
    name: tuple(linear_rgb(code) for code in codes.split()) for name, codes in _HEX.items()
}
"""Palette name -> colours, scene-linear."""


@cache
def lightness(colour: Colour) -> float:
    """CIE L* in [0, 100] of a scene-linear colour, rounded to 0.01."""
    y = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
    return round(116.0 * y ** (1.0 / 3.0) - 16.0 if y > 0.008856 else 903.3 * y, 2)


def draw_colours(rng: np.random.Generator, palette: str, n: int) -> tuple[Colour, ...]:
    """Draw `n` different colours of one palette, each as far from the others in lightness as chance allows.

    The first is drawn evenly; each further one is drawn among the third of what is left that lies farthest in
    lightness from those already drawn, so that a pattern of them can be seen, also in grey.

    Raises ValueError for an unknown palette, and for more colours than the palette has.
    """
    if palette not in PALETTES:
        raise ValueError(f"unknown palette {palette!r}; known are {', '.join(sorted(PALETTES))}")
    left = list(PALETTES[palette])
    if not 1 <= n <= len(left):
        raise ValueError(f"palette {palette!r} has {len(left)} colours; {n} were asked for")
    drawn = [left.pop(int(rng.integers(len(left))))]
    while len(drawn) < n:
        left.sort(key=lambda colour: -min(abs(lightness(colour) - lightness(other)) for other in drawn))
        drawn.append(left.pop(int(rng.integers(max(1, len(left) // 3)))))
    return tuple(drawn)
