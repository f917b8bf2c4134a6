"""Clothes, shoes and hair of a parametric character as signed distances around its body. numpy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.blender.characters.anatomy import Anatomy
from dsia_gen.blender.characters.sdf import (
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
        return {
            "skin": b.body(p, trunk, arms, legs),
            "top": _only(p[:, 2] > b.trunk_z(0.0) - 0.05 * h, p, lambda q, on: self.top(q, trunk[on], arms[on])),
            "bottom": _only(waist, p, lambda q, on: self.bottom(q, trunk[on], legs[on])),
            "shoes": self.shoes(p),
            "sole": self.sole(p),
            "hair": self.hair(p),
        }

    def union(self, p: Array) -> Array:
        return union(list(self.fields(p).values()), 0.004 * self.body.height)

    # --- top ---------------------------------------------------------------------------------------------------

    @property
    def _loose(self) -> float:
        return 0.006 * self.body.height

    def top(self, p: Array, trunk: Array, arms: Array) -> Array:
        """A shirt that hangs from the chest, with sleeves of the outfit's length."""
        b, h = self.body, self.body.height
        shell = smooth_min(trunk - self._loose, loft(p, self._hang(), 2.3), 0.03 * h)
        hem = b.trunk_z(0.0 if self.outfit.legs != "skirt" else 0.22)
        shell = smooth_max(shell, hem - p[:, 2], 0.004 * h)
        shell = smooth_max(shell, -self._neck_hole(p), 0.004 * h)
        if self.outfit.sleeves == "none":
            return self._armhole(p, shell)
        return smooth_min(shell, self._sleeve(p, arms), 0.03 * h)

    def _hang(self) -> list[tuple[float, float, float, float]]:
        rows = self.body.sections(self._loose)
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

    def _sleeve(self, p: Array, arms: Array) -> Array:
        b, h, g = self.body, self.body.height, self.body.stout * self.body.height
        shoulder, elbow, wrist = b.arm
        loose = self._loose
        cap = ellipsoid(p, shoulder + 0.010 * h * b.arm_axis, np.array([0.0290, 0.0325, 0.036]) * g + 0.6 * loose)
        upper = tube(
            p, shoulder, elbow, ((0.0, 0.0275 * g + loose), (0.4, 0.0315 * g + loose), (1.0, 0.0285 * g + loose))
        )
        if self.outfit.sleeves == "short":
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
        angle = np.arctan2(p[:, 1], p[:, 0])
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
        """The volume of the hair style (a cap is one); far away for a bald head."""
        style = getattr(self, f"_{self.outfit.hair_style}")
        s = self.body.head_height
        low, high = self.body.head_point(-1.0, -1.05, -1.25), self.body.head_point(0.95, 0.95, 1.55)
        return inside_box(p, low, high, lambda q: style(q, s))

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
        bell = smooth_max(bell, (-0.02 - q[:, 2]) * s, 0.08 * s)
        edge = (curve(_LONG_HAIRLINE, q[:, 1]) - q[:, 2]) * 0.6 * s
        return smooth_min(smooth_max(bell, edge, 0.03 * s), self._shell(p, s, 0.045, _HAIRLINE), 0.05 * s)

    def _long(self, p: Array, s: float) -> Array:
        b = self.body
        curtain = ellipsoid(p, b.head_point(0.0, 0.235, -0.08), np.array([0.37, 0.19, 0.72]) * s)
        side = capsule(p, b.head_point(0.345, 0.02, 0.45), b.head_point(0.30, 0.10, -0.30), 0.085 * s, 0.10 * s)
        return union([self._bob(p, s), curtain, side], 0.10 * s)

    def _afro(self, p: Array, s: float) -> Array:
        b = self.body
        q = self._local(p, s)
        ball = ellipsoid(p, b.head_point(0.0, 0.09, 0.70), np.array([0.53, 0.51, 0.50]) * s)
        curls = 0.014 * s * np.sin(21 * q[:, 0]) * np.sin(21 * q[:, 1]) * np.sin(21 * q[:, 2])
        edge = (curve(_HAIRLINE, q[:, 1]) - q[:, 2]) * 0.6 * s
        return smooth_max(ball + curls, edge, 0.08 * s)

    def _cap(self, p: Array, s: float) -> Array:
        b = self.body
        q = self._local(p, s)
        crown = smooth_max(b.skull(p, 0.045 * s), (0.725 + 0.16 * q[:, 1] - q[:, 2]) * s, 0.02 * s)
        visor = ellipsoid(p, b.head_point(0.0, -0.42, 0.705), np.array([0.275, 0.30, 0.028]) * s, _tilt(-10.0))
        return smooth_min(crown, visor, 0.03 * s)


def _only(on: Bools, p: Array, field: Callable[[Array, Bools], Array]) -> Array:
    """`field` where `on`; far away elsewhere."""
    values = np.full(len(p), 1.0)
    if on.any():
        values[on] = field(p[on], on)
    return values


def _tilt(degrees: float) -> Array:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
