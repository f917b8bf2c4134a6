"""Clothes and shoes of a parametric character as signed distances around its body. numpy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural.people.anatomy import Anatomy
from dsia_gen.procedural.people.hair import hair, headwear
from dsia_gen.procedural.people.signed_distance import (
    Array,
    along,
    capsule,
    chosen,
    curve,
    ellipsoid,
    inside_box,
    length,
    loft,
    smooth_max,
    smooth_min,
    tube,
    union,
)
from dsia_gen.spec.asset import Outfit

Bools = NDArray[np.bool_]


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
            "hair": hair(b, self.outfit, p),
        }
        if self.outfit.headwear:
            worn["headwear"] = headwear(b, self.outfit.headwear.style, p)
        if self.outfit.over:
            low = p[:, 2] > self.over_hem - 0.06 * h
            worn["over"] = _only(low, p, lambda q, on: self.over(q, trunk[on], arms[on], legs[on]))
        if self.outfit.scarf:
            worn["scarf"] = self.scarf(p)
        if self.outfit.bag:
            worn["bag"] = self.bag(p)
        return worn

    def union(self, p: Array) -> Array:
        """Distances (N,) to the character: body and garments together."""
        return union(list(self.fields(p).values()), 0.004 * self.body.height)

    # --- top ---------------------------------------------------------------------------------------------------

    def top(self, p: Array, trunk: Array, arms: Array) -> Array:
        """A shirt that hangs from the chest, with sleeves of the outfit's length."""
        hem = self.body.trunk_z(0.0 if self.outfit.legs != "skirt" else 0.22)
        loose = 0.006 * self.body.height
        shell = self._shirt(p, trunk, loose, hem)
        if self.outfit.sleeves == "none":
            return self._armhole(p, shell)
        return smooth_min(shell, self._sleeve(p, arms, loose, self.outfit.sleeves), 0.03 * self.body.height)

    def _shirt(self, p: Array, trunk: Array, loose: float, hem: float) -> Array:
        """The trunk of a top, `loose` metres off the body, from a neck hole down to `hem`."""
        b, h = self.body, self.body.height
        # It hangs from the chest.
        rows, keep = b.sections(loose), 0.95 - 0.08 * b.curvy
        _, half, front, back = rows[5]
        wide = [(z, max(a, keep * half), max(f, 0.90 * front), max(d, 0.86 * back)) for z, a, f, d in rows[:6]]
        shell = smooth_min(trunk - loose, loft(p, wide + rows[6:8], 2.3), 0.03 * h)
        shell = smooth_max(shell, hem - p[:, 2], 0.004 * h)
        # The opening round the neck is lower in front.
        hole = ellipsoid(p, np.array([0.0, -0.010 * h, b.trunk_z(1.12)]), np.array([0.054, 0.060, 0.066]) * h)
        return smooth_max(shell, -hole, 0.004 * h)

    def _armhole(self, p: Array, shell: Array) -> Array:
        """A shirt without a sleeve."""
        b, h = self.body, self.body.height
        centre = b.joints["LeftArm"] + np.array([0.030, 0.0, -0.016]) * h
        return smooth_max(shell, -ellipsoid(p, centre, np.array([0.052, 0.080, 0.066]) * h), 0.006 * h)

    def _sleeve(self, p: Array, arms: Array, loose: float, length: str) -> Array:
        """A short or a long sleeve, `loose` metres off the arm."""
        b, h, g = self.body, self.body.height, self.body.stout * self.body.height
        shoulder, elbow, wrist = b.arm
        cap = ellipsoid(p, shoulder + 0.010 * h * b.arm_axis, np.array([0.0290, 0.0325, 0.036]) * g + 0.6 * loose)
        upper = tube(
            p, shoulder, elbow, ((0.0, 0.0275 * g + loose), (0.4, 0.0315 * g + loose), (1.0, 0.0285 * g + loose))
        )
        if length == "short":
            t = along(p, shoulder, elbow)
            flare = tube(p, shoulder, elbow, ((0.0, 0.0275 * g + loose), (0.62, 0.0335 * g + 1.6 * loose)))
            end = (t - 0.60) * np.linalg.norm(elbow - shoulder)
            return smooth_max(self._over(arms, smooth_min(cap, flare, 0.02 * h)), end, 0.003 * h)
        fore = tube(p, elbow, wrist, ((0.0, 0.029 * g + loose), (0.6, 0.024 * g + loose), (1.0, 0.019 * g + loose)))
        t = along(p, elbow, wrist)
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
            # The part of a coat below the waist.
            g = b.stout * h
            rows = [
                (self.over_hem, 0.126 * g, 0.098 * g, 0.106 * g),
                (b.trunk_z(-0.08), 0.113 * g, 0.080 * g, 0.090 * g),
                (b.trunk_z(0.35), 0.098 * g, 0.068 * g, 0.068 * g),
            ]
            tail = smooth_min(loft(p, rows, 2.2), legs - 0.012 * h, 0.012 * h)
            shell = smooth_min(shell, smooth_max(tail, self.over_hem - p[:, 2], 0.004 * h), 0.02 * h)
        shell = self._armhole(p, shell) if style == "vest" else smooth_min(
            shell, self._sleeve(p, arms, loose, "long"), 0.03 * h
        )  # fmt: skip
        z = p[:, 2]
        gape = curve(
            ((self.over_hem, 0.046), (b.trunk_z(0.1), 0.020), (b.trunk_z(0.72), 0.016), (b.trunk_z(1.0), 0.04)), z
        )
        behind = curve(((b.trunk_z(-0.3), 0.03), (b.trunk_z(-0.1), 0.0)), z)
        return smooth_max(shell, np.minimum(gape * h - p[:, 0], behind * h - p[:, 1]), 0.006 * h)

    @property
    def _layers(self) -> float:
        """By how much what is worn over the top pushes out what lies on it, in body heights."""
        return 0.010 if self.outfit.over else 0.0

    def scarf(self, p: Array) -> Array:
        """A thick ring about the neck with two ends that hang down in front."""
        b, h = self.body, self.body.height

        def ring_and_end(q: Array) -> Array:
            r = (q - np.array([0.0, 0.010 * h, b.trunk_z(1.10)])) / h
            lean = r[:, 2] - 0.22 * r[:, 1]
            ring = np.hypot(r[:, 0] / 1.08, r[:, 1]) - 0.050
            folds = 0.0016 * np.sin(9 * arctan2(r[:, 1], r[:, 0]) + 90 * lean)
            loop = (np.hypot(ring, 0.75 * lean) - 0.0185 + folds) * h
            front = -(0.072 * b.stout + 0.016 + 0.014 * b.curvy + self._layers) * h
            end = capsule(
                q, (0.022 * h, -0.055 * h, b.trunk_z(1.02)), (0.032 * h, front, b.trunk_z(0.72)), 0.015 * h, 0.019 * h
            )
            return smooth_min(loop, end, 0.012 * h)

        return inside_box(p, [-1.0, -0.25 * h, b.trunk_z(0.40)], [0.22 * h, 0.22 * h, b.chin + 0.12 * h], ring_and_end)

    def bag(self, p: Array) -> Array:
        """A rucksack with its straps."""
        b, h, g = self.body, self.body.height, self.body.stout

        def pack_and_straps(q: Array) -> Array:
            middle = np.array([0.0, (0.058 * g + 0.050) * h, b.trunk_z(0.60)])
            size, edge = np.array([0.078, 0.046, 0.120]) * h, 0.030 * h
            r = np.abs(q - middle) - size + edge
            pack = length(np.maximum(r, 0.0)) + np.minimum(r.max(axis=1), 0.0) - edge
            pocket = ellipsoid(q, middle + np.array([0.0, 0.036, -0.045]) * h, np.array([0.058, 0.030, 0.052]) * h)
            w, front = b.shape.shoulders, (0.086 * g + 0.016 * b.curvy + self._layers) * h
            strap = [
                (0.050 * h * w, 0.062 * g * h, b.trunk_z(0.92)),
                (0.054 * h * w, 0.010 * h, b.shoulder_z + (0.020 + self._layers) * h),
                (0.060 * h * w, -0.062 * g * h, b.trunk_z(0.93)),
                (0.066 * h * w, -front, b.trunk_z(0.74)),
                (0.092 * h * g, -0.060 * g * h, b.trunk_z(0.54)),
                (0.105 * h * g, 0.0, b.trunk_z(0.42)),
                (0.074 * h * g, 0.062 * g * h, b.trunk_z(0.40)),
            ]
            straps = [capsule(q, a, c, 0.0125 * h) for a, c in pairwise(strap)]
            return smooth_min(smooth_min(pack, pocket, 0.012 * h), np.minimum.reduce(straps), 0.006 * h)

        low, high = [-1.0, -0.30 * h, b.trunk_z(0.0)], [0.20 * h * g, 0.35 * h, b.trunk_z(1.35)]
        return inside_box(p, low, high, pack_and_straps)

    # --- bottom ------------------------------------------------------------------------------------------------

    def bottom(self, p: Array, trunk: Array, legs: Array) -> Array:
        """Trousers, shorts or a skirt, from the waist down."""
        b, h, g = self.body, self.body.height, self.body.stout * self.body.height
        hip, knee, ankle = b.leg
        thick = 1.0 + 0.06 * b.curvy
        low = hip - np.array([0.0, 0.0, 0.02 * h])
        if self.outfit.legs == "skirt":
            edge = float(knee[2])
            rows = [
                (edge + 0.015 * h, 0.128 * g, 0.104 * g, 0.110 * g),
                (edge + 0.10 * h, 0.116 * g, 0.090 * g, 0.098 * g),
                (b.trunk_z(-0.05), 0.104 * g, 0.068 * g, 0.080 * g),
                (b.trunk_z(0.3), 0.092 * g, 0.062 * g, 0.062 * g),
            ]
            # Soft pleats: the radius waves around the axis, more towards the hem.
            angle = arctan2(p[:, 1], p[:, 0])
            drop = np.clip((b.trunk_z(0.1) - p[:, 2]) / (b.trunk_z(0.1) - edge), 0.0, 1.0)
            wide = loft(p, rows, 2.0) + 0.0040 * h * drop * np.cos(12 * angle)
            hem = rows[0][0] - p[:, 2]
        elif self.outfit.legs == "shorts":
            wide = tube(p, low, knee, ((0.0, 0.0545 * g * thick), (0.4, 0.0525 * g), (0.85, 0.0505 * g)), 1.05)
            hem = knee[2] + 0.035 * h - p[:, 2]
        else:
            thigh = tube(p, low, knee, ((0.0, 0.0540 * g * thick), (0.4, 0.0500 * g), (1.0, 0.0410 * g)), 1.05)
            shin = tube(p, knee, ankle, ((0.0, 0.0410 * g), (0.4, 0.0385 * g), (1.0, 0.0355 * g)), 1.08)
            wide = smooth_min(thigh, shin, 0.02 * h)
            hem = 0.028 * h - p[:, 2]
        cloth = smooth_max(self._over(legs, wide), hem, 0.003 * h)
        cloth = smooth_min(trunk - 0.0035 * h, cloth, 0.02 * h)
        if self.outfit.legs != "skirt":
            cloth = smooth_max(cloth, -b.apart(p), 0.01 * h)
        return smooth_max(cloth, p[:, 2] - b.trunk_z(0.30), 0.003 * h)

    # --- shoes -------------------------------------------------------------------------------------------------

    def shoes(self, p: Array) -> Array:
        """Shoes that end below the ankle."""
        h = self.body.height
        return smooth_max(self.body.foot(p, 0.0040 * h), p[:, 2] - 0.058 * h, 0.004 * h)

    def sole(self, p: Array) -> Array:
        """The soles of the shoes."""
        h = self.body.height
        return smooth_max(self.body.foot(p, 0.0062 * h), p[:, 2] - 0.0095 * h, 0.002 * h)


def _only(on: Bools, p: Array, field: Callable[[Array, Bools], Array]) -> Array:
    """`field` where `on`; far away elsewhere."""
    values = np.full(len(p), 1.0)
    if on.any():
        values[on] = field(chosen(p, on), on)
    return values
