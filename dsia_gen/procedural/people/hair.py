"""Hair, beards and headwear of a person as signed distances around the head. numpy only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural.people.anatomy import Anatomy
from dsia_gen.procedural.people.signed_distance import (
    Array,
    capsule,
    curve,
    ellipsoid,
    inside_box,
    smooth_max,
    smooth_min,
    tube,
    union,
)
from dsia_gen.spec.asset import Outfit

Style = Callable[[Anatomy, Array], Array]
"""The volume of a hair style or of a piece of headwear at points (N, 3), metres."""
Line = tuple[tuple[float, float], ...]
"""(y, z) pairs in head heights from the forehead back."""

HAIRLINE = ((-0.42, 0.86), (-0.36, 0.80), (-0.24, 0.70), (-0.16, 0.56), (-0.08, 0.47), (0.02, 0.43), (0.12, 0.28),
             (0.40, 0.10))  # fmt: skip
BEARD_LINE = ((-0.45, 0.27), (-0.34, 0.265), (-0.26, 0.25), (-0.16, 0.29), (-0.06, 0.42), (0.03, 0.47))
LONG_HAIRLINE = ((-0.42, 0.86), (-0.36, 0.80), (-0.27, 0.70), (-0.19, 0.50), (-0.14, 0.05), (-0.10, -0.06))


def hair(body: Anatomy, outfit: Outfit, p: Array) -> Array:
    """The volume of the hair style, as far as headwear leaves it free, and of the beard; far away for neither."""

    def volume(q: Array) -> Array:
        s = body.head_height
        style = HAIR_STYLES[outfit.hair_style](body, q)
        if outfit.headwear:
            local = _local(body, q)
            under = (local[:, 2] - _rim(local) - 0.06) * s
            inner = body.skull(q, 0.035 * s)
            style = np.where(under > -0.12 * s, smooth_max(style, np.minimum(under, inner), 0.02 * s), style)
        return style if outfit.beard == "none" else np.minimum(style, beard(body, outfit.beard, q))

    return _about_the_head(body, p, volume)


def headwear(body: Anatomy, style: str, p: Array) -> Array:
    """The volume of a cap, a beanie, a hat or a headscarf."""
    return _about_the_head(body, p, lambda q: HEADWEAR[style](body, q))


def _about_the_head(body: Anatomy, p: Array, field: Callable[[Array], Array]) -> Array:
    """`field` near the head; far away elsewhere."""
    return inside_box(p, body.head_point(-1.0, -1.10, -1.25), body.head_point(1.05, 1.10, 1.60), field)


def beard(b: Anatomy, style: str, p: Array) -> Array:
    """The volume of a moustache, a goatee, or a full or long beard."""
    s = b.head_height
    lip = capsule(p, b.head_point(0.0, -0.388, 0.282), b.head_point(0.125, -0.335, 0.238), 0.036 * s, 0.026 * s)
    if style == "moustache":
        return lip
    chin = ellipsoid(p, b.head_point(0.0, -0.315, 0.065), np.array([0.105, 0.085, 0.105]) * s)
    if style == "goatee":
        # Its sides run from the corners of the mouth to the chin.
        upper, lower = b.head_point(0.128, -0.325, 0.23), b.head_point(0.085, -0.345, 0.09)
        return np.minimum(smooth_min(lip, chin, 0.02 * s), capsule(p, upper, lower, 0.026 * s, 0.035 * s))
    q = _local(b, p)
    edge = (q[:, 2] - curve(BEARD_LINE, q[:, 1])) * 0.8 * s
    whiskers = 0.008 * s * np.sin(38 * q[:, 0]) * np.sin(30 * q[:, 2])
    shell = smooth_max(smooth_max(b.skull(p, 0.032 * s) + whiskers, edge, 0.02 * s), (q[:, 1] - 0.03) * s, 0.03 * s)
    if style == "long":
        drop = ellipsoid(p, b.head_point(0.0, -0.27, -0.07), np.array([0.19, 0.13, 0.30]) * s) + whiskers
        shell = smooth_min(shell, drop, 0.08 * s)
    return np.minimum(smooth_max(smooth_min(shell, chin, 0.04 * s), 0.020 * s - b.lips(p), 0.01 * s), lip)


def _shell(b: Anatomy, p: Array, ease: float, line: Line) -> Array:
    """A layer of `ease` head heights over the skull, above a hairline."""
    s = b.head_height
    q = _local(b, p)
    edge = (curve(line, q[:, 1]) - q[:, 2]) * 0.75 * s
    strands = 0.006 * s * np.sin(46 * q[:, 0] + 5 * q[:, 2]) * np.clip(q[:, 2] - 0.3, 0.0, 1.0)
    return smooth_max(b.skull(p, ease * s) + strands, edge, 0.03 * s)


def short(b: Anatomy, p: Array) -> Array:
    """Short hair, fuller on top."""
    s = b.head_height
    shell = _shell(b, p, 0.030, HAIRLINE)
    top = ellipsoid(p, b.head_point(0.0, -0.10, 0.90), np.array([0.27, 0.28, 0.13]) * s)
    return smooth_min(shell, top, 0.10 * s)


def bun(b: Anatomy, p: Array) -> Array:
    """Hair combed back into a bun."""
    s = b.head_height
    knot = ellipsoid(p, b.head_point(0.0, 0.40, 0.92), np.array([0.15, 0.15, 0.14]) * s)
    return smooth_min(_shell(b, p, 0.022, HAIRLINE), knot, 0.05 * s)


def bob(b: Anatomy, p: Array) -> Array:
    """A bob that covers the ears."""
    s = b.head_height
    q = _local(b, p)
    bell = ellipsoid(p, b.head_point(0.0, 0.06, 0.42), np.array([0.425, 0.425, 0.62]) * s)
    locks = _locks(q)
    bell = smooth_max(bell + 0.024 * s * locks, (-0.02 + 0.035 * locks - q[:, 2]) * s, 0.05 * s)
    edge = (curve(LONG_HAIRLINE, q[:, 1]) - q[:, 2]) * 0.6 * s
    return smooth_min(smooth_max(bell, edge, 0.03 * s), _shell(b, p, 0.045, HAIRLINE), 0.05 * s)


def long(b: Anatomy, p: Array) -> Array:
    """Long hair over the back and the shoulders."""
    s = b.head_height
    curtain = ellipsoid(p, b.head_point(0.0, 0.235, -0.08), np.array([0.37, 0.19, 0.72]) * s)
    side = capsule(p, b.head_point(0.345, 0.02, 0.45), b.head_point(0.30, 0.10, -0.30), 0.085 * s, 0.10 * s)
    locks = 0.026 * s * _locks(_local(b, p))
    return union([bob(b, p), curtain + locks, side + locks], 0.06 * s)


def receding(b: Anatomy, p: Array) -> Array:
    """A wreath that leaves forehead and crown bare."""
    s = b.head_height
    q = _local(b, p)
    bare = (q[:, 2] - curve(((-0.12, 0.60), (0.15, 0.74), (0.42, 0.82)), q[:, 1])) * 0.9 * s
    return smooth_max(_shell(b, p, 0.026, HAIRLINE), bare, 0.03 * s)


def ponytail(b: Anatomy, p: Array) -> Array:
    """Hair combed back into a ponytail."""
    s = b.head_height
    tail = tube(p, b.head_point(0.0, 0.44, 0.74), b.head_point(0.0, 0.46, -0.12),
                ((0.0, 0.075 * s), (0.35, 0.115 * s), (1.0, 0.045 * s)))  # fmt: skip
    return smooth_min(_shell(b, p, 0.022, HAIRLINE), tail, 0.05 * s)


def pigtails(b: Anatomy, p: Array) -> Array:
    """Two tails at the sides."""
    s = b.head_height
    tail = tube(p, b.head_point(0.385, 0.16, 0.50), b.head_point(0.46, 0.10, -0.18),
                ((0.0, 0.07 * s), (0.35, 0.105 * s), (1.0, 0.045 * s)))  # fmt: skip
    return smooth_min(_shell(b, p, 0.026, HAIRLINE), tail, 0.04 * s)


def _ball(b: Anatomy, p: Array, radii: tuple[float, float, float], middle: float) -> Array:
    """A ball of curls."""
    s = b.head_height
    q = _local(b, p)
    ball = ellipsoid(p, b.head_point(0.0, 0.09, middle), np.array(radii) * s)
    curls = 0.014 * s * np.sin(21 * q[:, 0]) * np.sin(21 * q[:, 1]) * np.sin(21 * q[:, 2])
    edge = (curve(HAIRLINE, q[:, 1]) - q[:, 2]) * 0.6 * s
    return smooth_max(ball + curls, edge, 0.08 * s)


def _crown(b: Anatomy, p: Array, ease: float) -> Array:
    """A layer of `ease` head heights over the skull above the rim."""
    s = b.head_height
    q = _local(b, p)
    return smooth_max(b.skull(p, ease * s), (_rim(q) - q[:, 2]) * s, 0.02 * s)


def cap(b: Anatomy, p: Array) -> Array:
    """A cap with a visor."""
    s = b.head_height
    c, d = np.cos(np.radians(-10.0)), np.sin(np.radians(-10.0))
    turn = np.array([[1.0, 0.0, 0.0], [0.0, c, -d], [0.0, d, c]])
    visor = ellipsoid(p, b.head_point(0.0, -0.42, 0.715), np.array([0.275, 0.30, 0.028]) * s, turn)
    return smooth_min(_crown(b, p, 0.058), visor, 0.03 * s)


def beanie(b: Anatomy, p: Array) -> Array:
    """A knitted cap with a turned-up brim."""
    s = b.head_height
    q = _local(b, p)
    top = ellipsoid(p, b.head_point(0.0, 0.12, 0.93), np.array([0.26, 0.28, 0.20]) * s)
    brim = smooth_max(_crown(b, p, 0.088), (q[:, 2] - _rim(q) - 0.15) * s, 0.03 * s)
    return smooth_min(smooth_min(_crown(b, p, 0.062), top, 0.10 * s), brim, 0.015 * s)


def hat(b: Anatomy, p: Array) -> Array:
    """A hat with a brim all round and a dented crown."""
    s = b.head_height
    q = _local(b, p)
    tall = ellipsoid(p, b.head_point(0.0, 0.06, 0.80), np.array([0.385, 0.445, 0.42]) * s)
    dent = ellipsoid(p, b.head_point(0.0, 0.02, 1.27), np.array([0.12, 0.30, 0.13]) * s)
    tall = smooth_max(smooth_max(tall, -dent, 0.08 * s), (0.70 - q[:, 2]) * s, 0.02 * s)
    bend = 0.10 * q[:, 0] ** 2 - 0.05 * q[:, 1] ** 2
    lifted = p - np.column_stack([0 * bend, 0 * bend, bend]) * s
    brim = ellipsoid(lifted, b.head_point(0.0, 0.04, 0.735), np.array([0.62, 0.70, 0.040]) * s)
    return smooth_min(smooth_min(tall, _crown(b, p, 0.055), 0.03 * s), brim, 0.04 * s)


def headscarf(b: Anatomy, p: Array) -> Array:
    """Cloth about head and neck that leaves the face free."""
    s = b.head_height
    q = _local(b, p)
    about = ellipsoid(p, b.head_point(0.0, 0.11, 0.20), np.array([0.36, 0.36, 0.50]) * s)
    collar = ellipsoid(p, b.head_point(0.0, 0.07, -0.22), np.array([0.47, 0.42, 0.24]) * s)
    hood = union([b.skull(p, 0.065 * s), about, collar], 0.10 * s)
    hood = hood + 0.007 * s * np.sin(16 * q[:, 2] + 14 * q[:, 1])
    face = ellipsoid(p, b.head_point(0.0, -0.50, 0.44), np.array([0.255, 0.42, 0.40]) * s)
    return smooth_max(hood, -face, 0.03 * s)


def _local(b: Anatomy, p: Array) -> Array:
    """Points in head heights from the chin."""
    return (p - b.head_origin) / b.head_height


def _locks(q: Array) -> Array:
    """Clefts (positive) and ridges between locks that fall from the crown, in [-1, 1], at points in head heights."""
    around = arctan2(np.abs(q[:, 0]), q[:, 1] - 0.05)
    low = np.clip((1.0 - q[:, 2]) / 0.5, 0.0, 1.0)
    return np.asarray(low * np.sin(13.0 * around + 1.3 * np.sin(3.1 * q[:, 2]) + 2.0 * np.sin(2.0 * around)))


def _rim(q: Array) -> Array:
    """Height of the lower edge of headwear at points (N, 3) in head heights: lower at the nape."""
    return np.asarray(0.645 - 0.10 * q[:, 1])


HAIR_STYLES: dict[str, Style] = {
    "bald": lambda _, p: np.full(len(p), 1.0),
    "short": short,
    "bun": bun,
    "bob": bob,
    "long": long,
    "crop": lambda b, p: _shell(b, p, 0.020, HAIRLINE),
    "receding": receding,
    "ponytail": ponytail,
    "pigtails": pigtails,
    "afro": lambda b, p: _ball(b, p, (0.53, 0.51, 0.50), 0.70),
    "curls": lambda b, p: _ball(b, p, (0.435, 0.455, 0.43), 0.655),
}
HEADWEAR: dict[str, Style] = {"cap": cap, "beanie": beanie, "hat": hat, "headscarf": headscarf}
