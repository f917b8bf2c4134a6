"""Clothes, shoes and hair of a parametric character as signed distances around its body. numpy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural.people.anatomy import Anatomy
from dsia_gen.procedural.people.signed_distance import (
    Array,
    along,
    capsule,
    curve,
    ellipsoid,
    inside_box,
    loft,
    smooth_max,
    smooth_min,
    tube,
    union,
)
from dsia_gen.spec.asset import Outfit

Bools = NDArray[np.bool_]
_HAIRLINE = ((-0.42, 0.86), (-0.36, 0.80), (-0.24, 0.70), (-0.16, 0.56), (-0.08, 0.47), (0.02, 0.43), (0.12, 0.28),
             (0.40, 0.10))  # fmt: skip
_BEARD_LINE = ((-0.45, 0.27), (-0.34, 0.265), (-0.26, 0.25), (-0.16, 0.29), (-0.06, 0.42), (0.03, 0.47))
_LONG_HAIRLINE = ((-0.42, 0.86), (-0.36, 0.80), (-0.27, 0.70), (-0.19, 0.50), (-0.14, 0.05), (-0.10, -0.06))


@dataclass(frozen=True)
class Wardrobe:
    """Garments of an outfit on a body; all points are given folded onto the left half."""

    body: Anatomy
    outfit: Outfit

    def fields(self, p: Array) -> dict[str, Array]:
        """Distances (N,) to the body ('skin') and to each garment by material slot; their union is the character."""
        b, h = self.body, self.body.height
        trunk, arms, legs = b.trunk(p), b.arm_and_hand(p), b.lower_limb(p)
        waist = p[:, 2] < b.trunk_z(0.30) + 0.05 * h
        worn = {
            "skin": b.body(p, trunk, arms, legs),
            "top": _only(p[:, 2] > b.trunk_z(0.0) - 0.05 * h, p, lambda q, on: self.top(q, trunk[on], arms[on])),
            "bottom": _only(waist, p, lambda q, on: self.bottom(q, trunk[on], legs[on])),
            "shoes": self.shoes(p),
            "sole": self.sole(p),
            "hair": self.hair(p),
        }
        if self.outfit.headwear:
            worn["headwear"] = self.headwear(p)
        if self.outfit.over:
            low = p[:, 2] > self.over_hem - 0.06 * h
            worn["over"] = _only(low, p, lambda q, on: self.over(q, trunk[on], arms[on], legs[on]))
        if self.outfit.scarf:
            worn["scarf"] = self.scarf(p)
        if self.outfit.bag:
            worn["bag"] = self.bag(p)
        return worn

    def union(self, p: Array) -> Array:
        return union(list(self.fields(p).values()), 0.004 * self.body.height)

    # --- top ---------------------------------------------------------------------------------------------------

    @property
    def _loose(self) -> float:
        return 0.006 * self.body.height

    def top(self, p: Array, trunk: Array, arms: Array) -> Array:
        """A shirt that hangs from the chest, with sleeves of the outfit's length."""
        hem = self.body.trunk_z(0.0 if self.outfit.legs != "skirt" else 0.22)
        shell = self._shirt(p, trunk, self._loose, hem)
        if self.outfit.sleeves == "none":
            return self._armhole(p, shell)
        return smooth_min(shell, self._sleeve(p, arms, self._loose, self.outfit.sleeves), 0.03 * self.body.height)

    def _shirt(self, p: Array, trunk: Array, loose: float, hem: float) -> Array:
        """The trunk of a top, `loose` metres off the body, from a neck hole down to `hem`."""
        h = self.body.height
        shell = smooth_min(trunk - loose, loft(p, self._hang(loose), 2.3), 0.03 * h)
        shell = smooth_max(shell, hem - p[:, 2], 0.004 * h)
        return smooth_max(shell, -self._neck_hole(p), 0.004 * h)

    def _hang(self, loose: float) -> list[tuple[float, float, float, float]]:
        rows = self.body.sections(loose)
        chest = rows[5]
        keep = 0.95 - 0.08 * self.body.curvy
        wide = [
            (z, max(a, keep * chest[1]), max(f, 0.90 * chest[2]), max(d, 0.86 * chest[3])) for z, a, f, d in rows[:6]
        ]
        return wide + rows[6:8]

    def _neck_hole(self, p: Array) -> Array:
        """Negative inside the opening round the neck, which is lower in front."""
        b, h = self.body, self.body.height
        centre = np.array([0.0, -0.010 * h, b.trunk_z(1.12)])
        return ellipsoid(p, centre, np.array([0.054, 0.060, 0.066]) * h)

    def _armhole(self, p: Array, shell: Array) -> Array:
        b, h = self.body, self.body.height
        centre = b.joints["LeftArm"] + np.array([0.030, 0.0, -0.016]) * h
        return smooth_max(shell, -ellipsoid(p, centre, np.array([0.052, 0.080, 0.066]) * h), 0.006 * h)

    def _sleeve(self, p: Array, arms: Array, loose: float, length: str) -> Array:
        b, h, g = self.body, self.body.height, self.body.stout * self.body.height
        shoulder, elbow, wrist = b.arm
        cap = ellipsoid(p, shoulder + 0.010 * h * b.arm_axis, np.array([0.0290, 0.0325, 0.036]) * g + 0.6 * loose)
        upper = tube(
            p, shoulder, elbow, ((0.0, 0.0275 * g + loose), (0.4, 0.0315 * g + loose), (1.0, 0.0285 * g + loose))
        )
        if length == "short":
            t, _ = along(p, shoulder, elbow)
            flare = tube(p, shoulder, elbow, ((0.0, 0.0275 * g + loose), (0.62, 0.0335 * g + 1.6 * loose)))
            end = (t - 0.60) * np.linalg.norm(elbow - shoulder)
            return smooth_max(self._over(arms, smooth_min(cap, flare, 0.02 * h)), end, 0.003 * h)
        fore = tube(p, elbow, wrist, ((0.0, 0.029 * g + loose), (0.6, 0.024 * g + loose), (1.0, 0.019 * g + loose)))
        t, _ = along(p, elbow, wrist)
        end = (t - 0.97) * np.linalg.norm(wrist - elbow)
        return smooth_max(self._over(arms, union([cap, upper, fore], 0.02 * h)), end, 0.003 * h)

    def _over(self, limb: Array, cloth: Array) -> Array:
        """Cloth that nowhere lets the limb through."""
        return smooth_min(cloth, limb - 0.0035 * self.body.height, 0.012 * self.body.height)

    # --- over the top and around it ----------------------------------------------------------------------------

    @property
    def over_hem(self) -> float:
        """Height of the lower edge of what is worn over the top: a coat ends above the knee."""
        b = self.body
        hip, knee = float(b.leg[0][2]), float(b.leg[1][2])
        coat = self.outfit.over is not None and self.outfit.over.style == "coat"
        return hip - 0.62 * (hip - knee) if coat else b.trunk_z(-0.10)

    def over(self, p: Array, trunk: Array, arms: Array, legs: Array) -> Array:
        """A vest, a jacket or a coat, open in front."""
        assert self.outfit.over is not None
        b, h, style = self.body, self.body.height, self.outfit.over.style
        loose = (0.011 if style == "vest" else 0.013) * h
        shell = self._shirt(p, trunk, loose, self.over_hem if style != "coat" else b.trunk_z(-0.2))
        if style == "coat":
            shell = smooth_min(shell, self._tail(p, legs), 0.02 * h)
        shell = self._armhole(p, shell) if style == "vest" else smooth_min(
            shell, self._sleeve(p, arms, loose, "long"), 0.03 * h
        )  # fmt: skip
        z = p[:, 2]
        gape = curve(
            ((self.over_hem, 0.046), (b.trunk_z(0.1), 0.020), (b.trunk_z(0.72), 0.016), (b.trunk_z(1.0), 0.04)), z
        )
        behind = curve(((b.trunk_z(-0.3), 0.03), (b.trunk_z(-0.1), 0.0)), z)
        return smooth_max(shell, np.minimum(gape * h - p[:, 0], behind * h - p[:, 1]), 0.006 * h)

    def _tail(self, p: Array, legs: Array) -> Array:
        """The part of a coat below the waist."""
        b, h, g = self.body, self.body.height, self.body.stout * self.body.height
        rows = [
            (self.over_hem, 0.126 * g, 0.098 * g, 0.106 * g),
            (b.trunk_z(-0.08), 0.113 * g, 0.080 * g, 0.090 * g),
            (b.trunk_z(0.35), 0.098 * g, 0.068 * g, 0.068 * g),
        ]
        tail = smooth_min(loft(p, rows, 2.2), legs - 0.012 * h, 0.012 * h)
        return smooth_max(tail, self.over_hem - p[:, 2], 0.004 * h)

    @property
    def _layers(self) -> float:
        """By how much what is worn over the top pushes out what lies on it, in body heights."""
        return 0.010 if self.outfit.over else 0.0

    def scarf(self, p: Array) -> Array:
        """A thick ring about the neck with two ends that hang down in front."""
        b, h = self.body, self.body.height
        low = [-1.0, -0.25 * h, b.trunk_z(0.40)]
        return inside_box(p, low, [0.22 * h, 0.22 * h, b.chin + 0.12 * h], self._scarf)

    def _scarf(self, p: Array) -> Array:
        b, h = self.body, self.body.height
        q = (p - np.array([0.0, 0.010 * h, b.trunk_z(1.10)])) / h
        lean = q[:, 2] - 0.22 * q[:, 1]
        ring = np.hypot(q[:, 0] / 1.08, q[:, 1]) - 0.050
        folds = 0.0016 * np.sin(9 * arctan2(q[:, 1], q[:, 0]) + 90 * lean)
        loop = (np.hypot(ring, 0.75 * lean) - 0.0185 + folds) * h
        front = -(0.072 * b.stout + 0.016 + 0.014 * b.curvy + self._layers) * h
        end = capsule(
            p, (0.022 * h, -0.055 * h, b.trunk_z(1.02)), (0.032 * h, front, b.trunk_z(0.72)), 0.015 * h, 0.019 * h
        )
        return smooth_min(loop, end, 0.012 * h)

    def bag(self, p: Array) -> Array:
        """A rucksack with its straps."""
        b, h = self.body, self.body.height
        wide = 0.20 * h * b.stout
        return inside_box(p, [-1.0, -0.30 * h, b.trunk_z(0.0)], [wide, 0.35 * h, b.trunk_z(1.35)], self._bag)

    def _bag(self, p: Array) -> Array:
        b, h, g = self.body, self.body.height, self.body.stout
        middle = np.array([0.0, (0.058 * g + 0.050) * h, b.trunk_z(0.60)])
        size, edge = np.array([0.078, 0.046, 0.120]) * h, 0.030 * h
        q = np.abs(p - middle) - size + edge
        pack = np.linalg.norm(np.maximum(q, 0.0), axis=1) + np.minimum(q.max(axis=1), 0.0) - edge
        pocket = ellipsoid(p, middle + np.array([0.0, 0.036, -0.045]) * h, np.array([0.058, 0.030, 0.052]) * h)
        w, front = self.body.shape.shoulders, (0.086 * g + 0.016 * b.curvy + self._layers) * h
        way = [
            (0.050 * h * w, 0.062 * g * h, b.trunk_z(0.92)),
            (0.054 * h * w, 0.010 * h, b.shoulder_z + (0.020 + self._layers) * h),
            (0.060 * h * w, -0.062 * g * h, b.trunk_z(0.93)),
            (0.066 * h * w, -front, b.trunk_z(0.74)),
            (0.092 * h * g, -0.060 * g * h, b.trunk_z(0.54)),
            (0.105 * h * g, 0.0, b.trunk_z(0.42)),
            (0.074 * h * g, 0.062 * g * h, b.trunk_z(0.40)),
        ]
        straps = [capsule(p, a, c, 0.0125 * h) for a, c in pairwise(way)]
        return smooth_min(smooth_min(pack, pocket, 0.012 * h), np.minimum.reduce(straps), 0.006 * h)

    # --- bottom ------------------------------------------------------------------------------------------------

    def bottom(self, p: Array, trunk: Array, legs: Array) -> Array:
        """Trousers, shorts or a skirt, from the waist down."""
        b, h = self.body, self.body.height
        waist = p[:, 2] - b.trunk_z(0.30)
        skirt = self.outfit.legs == "skirt"
        cloth = self._skirt(p, legs) if skirt else self._legs(p, legs)
        cloth = smooth_min(trunk - 0.0035 * h, cloth, 0.02 * h)
        if not skirt:
            cloth = smooth_max(cloth, -b.apart(p), 0.01 * h)
        return smooth_max(cloth, waist, 0.003 * h)

    def _legs(self, p: Array, legs: Array) -> Array:
        b, h, g = self.body, self.body.height, self.body.stout * self.body.height
        hip, knee, ankle = b.leg
        thick = 1.0 + 0.06 * b.curvy
        low = hip - np.array([0.0, 0.0, 0.02 * h])
        if self.outfit.legs == "shorts":
            thigh = tube(p, low, knee, ((0.0, 0.0545 * g * thick), (0.4, 0.0525 * g), (0.85, 0.0505 * g)), 1.05)
            return smooth_max(self._over(legs, thigh), knee[2] + 0.035 * h - p[:, 2], 0.003 * h)
        thigh = tube(p, low, knee, ((0.0, 0.0540 * g * thick), (0.4, 0.0500 * g), (1.0, 0.0410 * g)), 1.05)
        shin = tube(p, knee, ankle, ((0.0, 0.0410 * g), (0.4, 0.0385 * g), (1.0, 0.0355 * g)), 1.08)
        hem = 0.028 * h - p[:, 2]
        return smooth_max(self._over(legs, smooth_min(thigh, shin, 0.02 * h)), hem, 0.003 * h)

    def _skirt(self, p: Array, legs: Array) -> Array:
        b, h, g = self.body, self.body.height, self.body.stout * self.body.height
        knee = float(b.leg[1][2])
        rows = [
            (knee + 0.015 * h, 0.128 * g, 0.104 * g, 0.110 * g),
            (knee + 0.10 * h, 0.116 * g, 0.090 * g, 0.098 * g),
            (b.trunk_z(-0.05), 0.104 * g, 0.068 * g, 0.080 * g),
            (b.trunk_z(0.3), 0.092 * g, 0.062 * g, 0.062 * g),
        ]
        # Soft pleats: the radius waves around the axis, more towards the hem.
        angle = arctan2(p[:, 1], p[:, 0])
        drop = np.clip((b.trunk_z(0.1) - p[:, 2]) / (b.trunk_z(0.1) - knee), 0.0, 1.0)
        cone = loft(p, rows, 2.0) + 0.0040 * h * drop * np.cos(12 * angle)
        return smooth_max(self._over(legs, cone), rows[0][0] - p[:, 2], 0.003 * h)

    # --- shoes -------------------------------------------------------------------------------------------------

    def shoes(self, p: Array) -> Array:
        h = self.body.height
        return smooth_max(self.body.foot(p, 0.0040 * h), p[:, 2] - 0.058 * h, 0.004 * h)

    def sole(self, p: Array) -> Array:
        h = self.body.height
        return smooth_max(self.body.foot(p, 0.0062 * h), p[:, 2] - 0.0095 * h, 0.002 * h)

    # --- hair --------------------------------------------------------------------------------------------------

    def hair(self, p: Array) -> Array:
        """The volume of the hair style, as far as headwear leaves it free, and of the beard; far away for neither."""
        return self._about_the_head(p, self._hair)

    def headwear(self, p: Array) -> Array:
        """The volume of a cap, a beanie, a hat or a headscarf."""
        assert self.outfit.headwear is not None
        return self._about_the_head(p, getattr(self, f"_{self.outfit.headwear.style}"))

    def _about_the_head(self, p: Array, field: Callable[[Array, float], Array]) -> Array:
        s = self.body.head_height
        low, high = self.body.head_point(-1.0, -1.10, -1.25), self.body.head_point(1.05, 1.10, 1.60)
        return inside_box(p, low, high, lambda q: field(q, s))

    def _hair(self, p: Array, s: float) -> Array:
        style: Array = getattr(self, f"_{self.outfit.hair_style}")(p, s)
        if self.outfit.headwear:
            q = self._local(p, s)
            under = (q[:, 2] - _rim(q) - 0.06) * s
            inner = self.body.skull(p, 0.035 * s)
            style = np.where(under > -0.12 * s, smooth_max(style, np.minimum(under, inner), 0.02 * s), style)
        return style if self.outfit.beard == "none" else np.minimum(style, self._beard(p, s))

    def _beard(self, p: Array, s: float) -> Array:
        b, style = self.body, self.outfit.beard
        lip = capsule(p, b.head_point(0.0, -0.388, 0.282), b.head_point(0.125, -0.335, 0.238), 0.036 * s, 0.026 * s)
        if style == "moustache":
            return lip
        chin = ellipsoid(p, b.head_point(0.0, -0.315, 0.065), np.array([0.105, 0.085, 0.105]) * s)
        if style == "goatee":
            return np.minimum(smooth_min(lip, chin, 0.02 * s), self._jaw_line(p, s))
        q = self._local(p, s)
        edge = (q[:, 2] - curve(_BEARD_LINE, q[:, 1])) * 0.8 * s
        whiskers = 0.008 * s * np.sin(38 * q[:, 0]) * np.sin(30 * q[:, 2])
        shell = smooth_max(smooth_max(b.skull(p, 0.032 * s) + whiskers, edge, 0.02 * s), (q[:, 1] - 0.03) * s, 0.03 * s)
        if style == "long":
            drop = ellipsoid(p, b.head_point(0.0, -0.27, -0.07), np.array([0.19, 0.13, 0.30]) * s) + whiskers
            shell = smooth_min(shell, drop, 0.08 * s)
        return np.minimum(smooth_max(smooth_min(shell, chin, 0.04 * s), 0.020 * s - b.lips(p), 0.01 * s), lip)

    def _jaw_line(self, p: Array, s: float) -> Array:
        """The sides of a goatee, from the corners of the mouth to the chin."""
        b = self.body
        return capsule(p, b.head_point(0.128, -0.325, 0.23), b.head_point(0.085, -0.345, 0.09), 0.026 * s, 0.035 * s)

    def _local(self, p: Array, s: float) -> Array:
        return (p - self.body.head_origin) / s

    def _shell(self, p: Array, s: float, ease: float, line: tuple[tuple[float, float], ...]) -> Array:
        """A layer of `ease` head heights over the skull, above a hairline: (y, z) pairs from the forehead back."""
        q = self._local(p, s)
        edge = (curve(line, q[:, 1]) - q[:, 2]) * 0.75 * s
        strands = 0.006 * s * np.sin(46 * q[:, 0] + 5 * q[:, 2]) * np.clip(q[:, 2] - 0.3, 0.0, 1.0)
        return smooth_max(self.body.skull(p, ease * s) + strands, edge, 0.03 * s)

    def _bald(self, p: Array, _s: float) -> Array:
        return np.full(len(p), 1.0)

    def _short(self, p: Array, s: float) -> Array:
        b = self.body
        shell = self._shell(p, s, 0.030, _HAIRLINE)
        top = ellipsoid(p, b.head_point(0.0, -0.10, 0.90), np.array([0.27, 0.28, 0.13]) * s)
        return smooth_min(shell, top, 0.10 * s)

    def _bun(self, p: Array, s: float) -> Array:
        knot = ellipsoid(p, self.body.head_point(0.0, 0.40, 0.92), np.array([0.15, 0.15, 0.14]) * s)
        return smooth_min(self._shell(p, s, 0.022, _HAIRLINE), knot, 0.05 * s)

    def _bob(self, p: Array, s: float) -> Array:
        b = self.body
        q = self._local(p, s)
        bell = ellipsoid(p, b.head_point(0.0, 0.06, 0.42), np.array([0.425, 0.425, 0.62]) * s)
        locks = _locks(q)
        bell = smooth_max(bell + 0.024 * s * locks, (-0.02 + 0.035 * locks - q[:, 2]) * s, 0.05 * s)
        edge = (curve(_LONG_HAIRLINE, q[:, 1]) - q[:, 2]) * 0.6 * s
        return smooth_min(smooth_max(bell, edge, 0.03 * s), self._shell(p, s, 0.045, _HAIRLINE), 0.05 * s)

    def _long(self, p: Array, s: float) -> Array:
        b = self.body
        curtain = ellipsoid(p, b.head_point(0.0, 0.235, -0.08), np.array([0.37, 0.19, 0.72]) * s)
        side = capsule(p, b.head_point(0.345, 0.02, 0.45), b.head_point(0.30, 0.10, -0.30), 0.085 * s, 0.10 * s)
        locks = 0.026 * s * _locks(self._local(p, s))
        return union([self._bob(p, s), curtain + locks, side + locks], 0.06 * s)

    def _crop(self, p: Array, s: float) -> Array:
        return self._shell(p, s, 0.020, _HAIRLINE)

    def _receding(self, p: Array, s: float) -> Array:
        """A wreath that leaves forehead and crown bare."""
        q = self._local(p, s)
        bare = (q[:, 2] - curve(((-0.12, 0.60), (0.15, 0.74), (0.42, 0.82)), q[:, 1])) * 0.9 * s
        return smooth_max(self._shell(p, s, 0.026, _HAIRLINE), bare, 0.03 * s)

    def _ponytail(self, p: Array, s: float) -> Array:
        b = self.body
        tail = tube(p, b.head_point(0.0, 0.44, 0.74), b.head_point(0.0, 0.46, -0.12),
                    ((0.0, 0.075 * s), (0.35, 0.115 * s), (1.0, 0.045 * s)))  # fmt: skip
        return smooth_min(self._shell(p, s, 0.022, _HAIRLINE), tail, 0.05 * s)

    def _pigtails(self, p: Array, s: float) -> Array:
        b = self.body
        tail = tube(p, b.head_point(0.385, 0.16, 0.50), b.head_point(0.46, 0.10, -0.18),
                    ((0.0, 0.07 * s), (0.35, 0.105 * s), (1.0, 0.045 * s)))  # fmt: skip
        return smooth_min(self._shell(p, s, 0.026, _HAIRLINE), tail, 0.04 * s)

    def _afro(self, p: Array, s: float) -> Array:
        return self._ball(p, s, (0.53, 0.51, 0.50), 0.70)

    def _curls(self, p: Array, s: float) -> Array:
        return self._ball(p, s, (0.435, 0.455, 0.43), 0.655)

    def _ball(self, p: Array, s: float, radii: tuple[float, float, float], middle: float) -> Array:
        b = self.body
        q = self._local(p, s)
        ball = ellipsoid(p, b.head_point(0.0, 0.09, middle), np.array(radii) * s)
        curls = 0.014 * s * np.sin(21 * q[:, 0]) * np.sin(21 * q[:, 1]) * np.sin(21 * q[:, 2])
        edge = (curve(_HAIRLINE, q[:, 1]) - q[:, 2]) * 0.6 * s
        return smooth_max(ball + curls, edge, 0.08 * s)

    # --- headwear ----------------------------------------------------------------------------------------------

    def _crown(self, p: Array, s: float, ease: float) -> Array:
        """A layer of `ease` head heights over the skull above the rim."""
        q = self._local(p, s)
        return smooth_max(self.body.skull(p, ease * s), (_rim(q) - q[:, 2]) * s, 0.02 * s)

    def _cap(self, p: Array, s: float) -> Array:
        visor = ellipsoid(p, self.body.head_point(0.0, -0.42, 0.715), np.array([0.275, 0.30, 0.028]) * s, _tilt(-10.0))
        return smooth_min(self._crown(p, s, 0.058), visor, 0.03 * s)

    def _beanie(self, p: Array, s: float) -> Array:
        """A knitted cap with a turned-up brim."""
        q = self._local(p, s)
        top = ellipsoid(p, self.body.head_point(0.0, 0.12, 0.93), np.array([0.26, 0.28, 0.20]) * s)
        brim = smooth_max(self._crown(p, s, 0.088), (q[:, 2] - _rim(q) - 0.15) * s, 0.03 * s)
        return smooth_min(smooth_min(self._crown(p, s, 0.062), top, 0.10 * s), brim, 0.015 * s)

    def _hat(self, p: Array, s: float) -> Array:
        """A hat with a brim all round and a dented crown."""
        b = self.body
        q = self._local(p, s)
        tall = ellipsoid(p, b.head_point(0.0, 0.06, 0.80), np.array([0.385, 0.445, 0.42]) * s)
        dent = ellipsoid(p, b.head_point(0.0, 0.02, 1.27), np.array([0.12, 0.30, 0.13]) * s)
        tall = smooth_max(smooth_max(tall, -dent, 0.08 * s), (0.70 - q[:, 2]) * s, 0.02 * s)
        bend = 0.10 * q[:, 0] ** 2 - 0.05 * q[:, 1] ** 2
        lifted = p - np.column_stack([0 * bend, 0 * bend, bend]) * s
        brim = ellipsoid(lifted, b.head_point(0.0, 0.04, 0.735), np.array([0.62, 0.70, 0.040]) * s)
        return smooth_min(smooth_min(tall, self._crown(p, s, 0.055), 0.03 * s), brim, 0.04 * s)

    def _headscarf(self, p: Array, s: float) -> Array:
        """Cloth about head and neck that leaves the face free."""
        b = self.body
        q = self._local(p, s)
        about = ellipsoid(p, b.head_point(0.0, 0.11, 0.20), np.array([0.36, 0.36, 0.50]) * s)
        collar = ellipsoid(p, b.head_point(0.0, 0.07, -0.22), np.array([0.47, 0.42, 0.24]) * s)
        hood = union([b.skull(p, 0.065 * s), about, collar], 0.10 * s)
        hood = hood + 0.007 * s * np.sin(16 * q[:, 2] + 14 * q[:, 1])
        face = ellipsoid(p, b.head_point(0.0, -0.50, 0.44), np.array([0.255, 0.42, 0.40]) * s)
        return smooth_max(hood, -face, 0.03 * s)


def _locks(q: Array) -> Array:
    """Clefts (positive) and ridges between locks that fall from the crown, in [-1, 1], at points in head heights."""
    around = arctan2(np.abs(q[:, 0]), q[:, 1] - 0.05)
    low = np.clip((1.0 - q[:, 2]) / 0.5, 0.0, 1.0)
    return np.asarray(low * np.sin(13.0 * around + 1.3 * np.sin(3.1 * q[:, 2]) + 2.0 * np.sin(2.0 * around)))


def _rim(q: Array) -> Array:
    """Height of the lower edge of headwear at points (N, 3) in head heights: lower at the nape."""
    return np.asarray(0.645 - 0.10 * q[:, 1])


def _only(on: Bools, p: Array, field: Callable[[Array, Bools], Array]) -> Array:
    """`field` where `on`; far away elsewhere."""
    values = np.full(len(p), 1.0)
    if on.any():
        values[on] = field(p[on], on)
    return values


def _tilt(degrees: float) -> Array:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
