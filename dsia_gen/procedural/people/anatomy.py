"""The undressed body of a parametric character as signed distances: trunk, limbs, hands and head. numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dsia_gen.motion.skeleton import FOOT_LENGTH, JOINTS, rest_joints
from dsia_gen.procedural.people.signed_distance import (
    Array,
    capsule,
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
from dsia_gen.spec.asset import BodyShape

ARMS_DOWN = 48.0
"""Degrees by which arms hang below level when a character is made: half-way, so that raised and lowered arms deform
alike."""

Section = tuple[float, float, float, float]


@dataclass(frozen=True)
class Anatomy:
    """Sizes of one body. The left half is described; points are folded onto it (x >= 0)."""

    shape: BodyShape

    @cached_property
    def joints(self) -> dict[str, Array]:
        """Joint positions in the pose in which the body is made (metres)."""
        return dict(zip(JOINTS, rest_joints(self.shape, ARMS_DOWN), strict=True))

    @property
    def height(self) -> float:
        """Metres from the floor to the crown."""
        return self.shape.height

    @cached_property
    def curvy(self) -> float:
        """0 for a straight, broad-shouldered build to 1 for a narrow-shouldered one with wide hips and a bust."""
        return float(np.clip((1.02 - self.shape.shoulders) / 0.12, 0.0, 1.0))

    @cached_property
    def stout(self) -> float:
        """How far the belly and limbs exceed the average, from girth."""
        return float(self.shape.girth**0.75)

    @cached_property
    def head_height(self) -> float:
        """Chin to crown in metres."""
        return 0.130 * self.height * self.shape.head

    @cached_property
    def chin(self) -> float:
        """Height of the chin, metres."""
        return self.height - self.head_height

    @cached_property
    def shoulder_z(self) -> float:
        """Height of the top of the shoulder, metres."""
        return float(self.joints["LeftArm"][2] + 0.018 * self.height)

    def trunk_z(self, part: float) -> float:
        """Height of a part of the trunk: 0 at the hip joints, 1 at the shoulders."""
        hip = float(self.joints["LeftUpLeg"][2])
        return hip + part * (self.shoulder_z - hip)

    @cached_property
    def arm(self) -> tuple[Array, Array, Array]:
        """Shoulder, elbow and wrist."""
        return self.joints["LeftArm"], self.joints["LeftForeArm"], self.joints["LeftHand"]

    @cached_property
    def leg(self) -> tuple[Array, Array, Array]:
        """Hip, knee and ankle."""
        return self.joints["LeftUpLeg"], self.joints["LeftLeg"], self.joints["LeftFoot"]

    @cached_property
    def arm_axis(self) -> Array:
        """Unit vector down the arm."""
        axis = self.arm[1] - self.arm[0]
        return axis / np.linalg.norm(axis)

    @cached_property
    def hand_tip(self) -> Array:
        """The end of the longest finger."""
        return self.joints["LeftHand"] + 0.105 * self.height * self.arm_axis

    @cached_property
    def head_origin(self) -> Array:
        """The point on the middle axis of the head at the height of the chin."""
        return np.array([0.0, self.joints["Head"][1] - 0.010 * self.height, self.chin])

    def head_point(self, x: float, y: float, z: float) -> Array:
        """A point given in head heights from `head_origin`."""
        return np.asarray(self.head_origin + self.head_height * np.array([x, y, z]))

    def sections(self, ease: float = 0.0) -> list[Section]:
        """Trunk sections (z, half width, front, back) in metres, `ease` metres larger all round."""
        h, g, c, w = self.height, self.stout, self.curvy, self.shape.shoulders
        belly = max(g - 1.0, 0.0)
        rows = (
            (-0.24, 0.090 + 0.006 * c, 0.056, 0.066),
            (-0.02, 0.098 + 0.008 * c, 0.060, 0.071),
            (0.18, 0.093 + 0.005 * c, 0.062 + 0.03 * belly, 0.060),
            (0.42, 0.082 - 0.006 * c + 0.02 * belly, 0.060 + 0.07 * belly, 0.052),
            (0.64, 0.086 - 0.004 * c, 0.066 + 0.03 * belly, 0.058),
            (0.82, 0.088 * w, 0.066, 0.062),
            (0.92, 0.086 * w, 0.056, 0.059),
            (1.00, 0.062 * w, 0.043, 0.052),
            (1.06, 0.036, 0.034, 0.040),
        )
        return [(self.trunk_z(u), a * g * h + ease, f * g * h + ease, b * g * h + ease) for u, a, f, b in rows]

    # --- parts -------------------------------------------------------------------------------------------------

    def trunk(self, p: Array) -> Array:
        """Trunk with chest, shoulder blades, seat and the slope of the neck."""
        h, g = self.height, self.stout
        body = loft(p, self.sections())
        seat = ellipsoid(p, (0.044 * h, 0.034 * h, self.trunk_z(-0.08)), np.array([0.050, 0.052, 0.056]) * h * g)
        c, z = self.curvy, self.trunk_z(0.80 - 0.05 * self.curvy)
        size = np.array([0.044, 0.024 + 0.016 * c, 0.034 + 0.004 * c]) * h * g
        chest = ellipsoid(p, (0.042 * h, -(0.050 + 0.012 * c) * h * g, z), size)
        inner, outer = np.array([0.0, 0.016 * h, self.trunk_z(1.07)]), np.array([0.080 * h * self.shape.shoulders,
                        0.010 * h, self.shoulder_z - 0.014 * h])  # fmt: skip
        slope = capsule(p, inner, outer, 0.022 * h * g, 0.022 * h * g)
        return union([body, seat, chest, slope], 0.035 * h)

    def neck(self, p: Array) -> Array:
        """The neck from between the shoulders into the head."""
        h = self.height
        low = np.array([0.0, 0.014 * h, self.trunk_z(0.98)])
        high = np.array([0.0, 0.012 * h, self.chin + 0.030 * h])
        thick = (0.0308 - 0.0040 * self.curvy) * h * self.shape.girth**0.4
        return tube(p, low, high, ((0.0, 1.12 * thick), (0.45, thick), (0.75, 0.97 * thick), (1.0, 0.70 * thick)))

    def upper_limb(self, p: Array) -> Array:
        """Deltoid, upper arm and forearm (to the wrist)."""
        shoulder, elbow, wrist = self.arm
        h = self.height
        g = self.stout * (1.0 - 0.10 * self.curvy) * h
        upper = tube(p, shoulder, elbow, ((0.0, 0.0265 * g), (0.35, 0.0275 * g), (0.7, 0.0255 * g), (1.0, 0.0225 * g)))
        fore = tube(p, elbow, wrist, ((0.0, 0.0232 * g), (0.25, 0.0252 * g), (0.6, 0.0205 * g), (1.0, 0.0155 * g)))
        cap = ellipsoid(p, shoulder + 0.012 * h * self.arm_axis, np.array([0.0285, 0.0325, 0.036]) * g)
        return smooth_min(smooth_min(upper, cap, 0.03 * h), fore, 0.02 * h)

    def hand(self, p: Array) -> Array:
        """Palm, four slightly bent fingers and a thumb that points forward."""
        wrist, size = self.joints["LeftHand"], 0.108 * self.height
        down, side = self.arm_axis, np.array([0.0, 1.0, 0.0])
        inward = np.cross(down, side) * np.sign(np.cross(down, side)[0]) * -1.0

        def at(s: float, y: float, n: float = 0.0) -> Array:
            return np.asarray(wrist + size * (s * down + y * side + n * inward))

        frame = np.column_stack([down, side, inward])
        palm = ellipsoid(p, at(0.27, 0.0), np.array([0.30, 0.205, 0.085]) * size, frame)
        palm = smooth_min(palm, capsule(p, at(-0.06, 0.0), at(0.16, 0.0), 0.135 * size, 0.12 * size), 0.06 * size)
        fingers = []
        for y, extent in ((-0.145, 0.40), (-0.05, 0.46), (0.05, 0.44), (0.14, 0.34)):
            knuckle, middle = at(0.46, y), at(0.46 + 0.55 * extent, y * 1.35, 0.025)
            tip = at(0.46 + 0.97 * extent, y * 1.6, 0.13)
            first = capsule(p, knuckle, middle, 0.056 * size, 0.051 * size)
            fingers.append(smooth_min(first, capsule(p, middle, tip, 0.051 * size, 0.043 * size), 0.02 * size))
        thumb = smooth_min(
            capsule(p, at(0.10, -0.12), at(0.30, -0.27, 0.05), 0.075 * size, 0.060 * size),
            capsule(p, at(0.30, -0.27, 0.05), at(0.50, -0.33, 0.09), 0.060 * size, 0.048 * size),
            0.02 * size,
        )
        return union([palm, thumb, np.minimum.reduce(fingers)], 0.035 * size)

    def lower_limb(self, p: Array) -> Array:
        """Thigh, knee, calf (behind the shin) down to the ankle."""
        hip, knee, ankle = self.leg
        h = self.height
        g = self.stout * h
        thick = 1.0 + 0.06 * self.curvy
        top = np.array([1.0, 1.0, float(hip[2]) + 0.09 * h])

        def limb(q: Array) -> Array:
            thigh = tube(q, hip - np.array([0, 0, 0.02 * h]), knee, ((0.0, 0.0500 * g * thick),
                         (0.3, 0.0475 * g * thick), (0.7, 0.0390 * g), (1.0, 0.0335 * g)), 1.06)  # fmt: skip
            shin = tube(q, knee, ankle, ((0.0, 0.0325 * g), (0.3, 0.0305 * g), (0.65, 0.0245 * g), (0.9, 0.0195 * g)))
            belly = knee + 0.32 * (ankle - knee) + np.array([0, 0.013 * h, 0])
            calf = ellipsoid(q, belly, np.array([0.030, 0.030, 0.068]) * g)
            cap = ellipsoid(q, knee + np.array([0, -0.012 * h, 0.004 * h]), np.array([0.024, 0.022, 0.032]) * g)
            return union([thigh, shin, calf, cap], 0.03 * h)

        return inside_box(p, [-1.0, -1.0, -1.0], top, limb)

    def apart(self, p: Array) -> Array:
        """Negative in the gap that is kept between the legs below the crotch, however thick they are."""
        h = self.height
        wide = curve(((self.trunk_z(-0.42), 0.0030), (self.trunk_z(-0.24), -0.02)), p[:, 2]) * h
        return p[:, 0] - wide

    def foot(self, p: Array, ease: float = 0.0) -> Array:
        """A foot with a flat sole on the floor, `ease` metres thicker all round."""
        x, y, _ = self.joints["LeftFoot"]
        sole, h = FOOT_LENGTH * self.height, self.height
        low, high = [x - 0.09 * h, y - 0.20 * h, -1.0], [x + 0.09 * h, y + 0.10 * h, 0.16 * h]

        def at(along: float, z: float, aside: float = 0.0) -> Array:
            return np.array([x + aside * h, y - along * sole, z * h])

        def whole(q: Array) -> Array:
            heel = ellipsoid(q, at(-0.10, 0.022), np.array([0.0215, 0.024, 0.026]) * h + ease)
            ball = ellipsoid(q, at(0.46, 0.014, 0.001), np.array([0.0285, 0.044, 0.020]) * h + ease)
            toes = ellipsoid(q, at(0.60, 0.011, -0.002), np.array([0.0255, 0.030, 0.014]) * h + ease)
            instep = capsule(q, at(0.06, 0.034), at(0.42, 0.019), 0.022 * h + ease, 0.018 * h + ease)
            shaft = capsule(q, at(0.0, 0.030), at(-0.02, 0.075), 0.0225 * h + ease, 0.0215 * h + ease)
            return smooth_max(union([heel, ball, toes, instep, shaft], 0.022 * h), -q[:, 2], 0.004 * h)

        return inside_box(p, low, high, whole)

    # --- head --------------------------------------------------------------------------------------------------

    def eye(self) -> tuple[Array, float]:
        """Centre and radius of the left eyeball."""
        return self.head_point(0.146, -0.258, 0.487), 0.069 * self.head_height

    def skull(self, p: Array, ease: float = 0.0) -> Array:
        """Cranium, jaw, chin and cheeks, without features."""
        s, soft = self.head_height, self.curvy

        def part(x: float, y: float, z: float, radii: tuple[float, float, float]) -> Array:
            return ellipsoid(p, self.head_point(x, y, z), np.array(radii) * s + ease)

        cranium = part(0, 0.060, 0.640, (0.335, 0.405, 0.360))
        face = part(0, -0.105, 0.420, (0.285 - 0.010 * soft, 0.255, 0.350))
        jaw = part(0.090, -0.060, 0.235, (0.165 - 0.022 * soft, 0.215, 0.190))
        mouth = part(0, -0.222, 0.220, (0.140 - 0.015 * soft, 0.118, 0.150))
        chin = part(0, -0.245, 0.085, (0.110 - 0.025 * soft, 0.088, 0.085))
        cheek = part(0.155, -0.195, 0.375, (0.120, 0.110, 0.115))
        return union([union([cranium, face, jaw], 0.14 * s), mouth, chin, cheek], 0.085 * s)

    def head(self, p: Array) -> Array:
        """The head with brows, eye sockets and lids, nose, lips and ears."""
        return inside_box(p, self.head_point(-0.7, -0.80, -0.28), self.head_point(0.7, 0.80, 1.3), self.face)

    def face(self, p: Array) -> Array:
        """The skull with its features; `head` near the head."""
        s = self.head_height
        field = self.skull(p)
        # Brow, eye socket, and the lids: a shell around the eyeball with an almond opening to the front.
        inner, outer = self.head_point(0.030, -0.335, 0.560), self.head_point(0.215, -0.272, 0.585)
        thick = 0.040 - 0.008 * self.curvy
        field = smooth_min(field, capsule(p, inner, outer, thick * s, (thick - 0.006) * s), 0.08 * s)
        centre, radius = self.eye()
        socket = ellipsoid(p, centre + np.array([0.0, -0.062, -0.004]) * s, np.array([0.108, 0.080, 0.066]) * s)
        field = smooth_max(field, -socket, 0.06 * s)
        q = (p - centre) / radius
        shell = length(q) - 1.22
        width = np.clip(1.0 - (q[:, 0] / 0.98) ** 2, 0.0, 1.0)
        upper, lower = 0.02 + 0.44 * width, -0.04 - 0.44 * width
        opening = np.maximum(q[:, 2] - upper, lower - q[:, 2])
        field = smooth_min(field, np.asarray(np.maximum(shell, -opening)) * radius, 0.022 * s)
        # Nose.
        slim = 1.0 - 0.16 * self.curvy
        high, low = self.head_point(0, -0.322, 0.530), self.head_point(0, -0.425, 0.365)
        bridge = capsule(p, high, low, 0.030 * s, 0.040 * s * slim)
        tip = ellipsoid(p, self.head_point(0, -0.428, 0.348), np.array([0.052 * slim, 0.048, 0.042]) * s)
        wing = ellipsoid(p, self.head_point(0.052 * slim, -0.378, 0.332), np.array([0.036, 0.050, 0.032]) * s)
        field = smooth_min(field, union([bridge, tip, wing], 0.03 * s), 0.040 * s)
        # Lips with a line between them.
        field = smooth_min(field, self.lips(p), 0.022 * s)
        middle, corner = self.head_point(0.0, -0.394, 0.214), self.head_point(0.112, -0.346, 0.212)
        field = smooth_max(field, -capsule(p, middle, corner, 0.012 * s, 0.008 * s), 0.010 * s)
        # Ear.
        c, d = np.cos(np.radians(-24.0)), np.sin(np.radians(-24.0))
        turn = np.array([[c, -d, 0.0], [d, c, 0.0], [0.0, 0.0, 1.0]])
        centre = self.head_point(0.352, 0.045, 0.455)
        shell = ellipsoid(p, centre, np.array([0.030, 0.080, 0.125]) * s, turn)
        bowl = ellipsoid(p, centre + np.array([0.030, -0.012, 0.012]) * s, np.array([0.030, 0.045, 0.075]) * s, turn)
        return smooth_min(field, smooth_max(shell, -bowl, 0.02 * s), 0.025 * s)

    def lips(self, p: Array) -> Array:
        """Both lips; they also mark where the skin is redder."""
        s, full = self.head_height, 1.0 + 0.25 * self.curvy
        corner = self.head_point(0.115, -0.318, 0.213)
        upper = capsule(p, self.head_point(0.0, -0.356, 0.236), corner, 0.026 * s * full, 0.016 * s)
        lower = capsule(p, self.head_point(0.0, -0.348, 0.188), corner, 0.032 * s * full, 0.016 * s)
        return np.minimum(upper, lower)

    def brow_line(self, p: Array) -> Array:
        """Distance to the eyebrow, which is coloured like hair."""
        s = self.head_height
        inner, middle = self.head_point(0.058, -0.385, 0.592), self.head_point(0.150, -0.350, 0.612)
        outer, thick = self.head_point(0.240, -0.270, 0.580), (0.019 - 0.006 * self.curvy) * s
        # Deep from front to back, so that it reaches the skin wherever that lies.
        q = p * np.array([1.0, 0.35, 1.0])
        squash = np.array([1.0, 0.35, 1.0])
        first = capsule(q, inner * squash, middle * squash, thick, thick)
        last = capsule(q, middle * squash, outer * squash, thick, thick * 0.5)
        return np.minimum(first, last)

    # --- whole -------------------------------------------------------------------------------------------------

    def arm_and_hand(self, p: Array) -> Array:
        """`upper_limb` and `hand`."""
        low = np.minimum.reduce([self.arm[0], self.hand_tip]) - 0.10 * self.height
        high = np.maximum.reduce([self.arm[0], self.hand_tip]) + 0.10 * self.height
        ends, margin = np.stack([self.joints["LeftHand"], self.hand_tip]), 0.07 * self.height

        def both(q: Array) -> Array:
            hand = inside_box(q, ends.min(axis=0) - margin, ends.max(axis=0) + margin, self.hand)
            return smooth_min(self.upper_limb(q), hand, 0.012 * self.height)

        return inside_box(p, low, high, both)

    def body(self, p: Array, trunk: Array, arms: Array, legs: Array) -> Array:
        """The whole undressed left half, feet included, of trunk, `arm_and_hand` and `lower_limb`."""
        h = self.height
        torso = smooth_min(smooth_min(trunk, legs, 0.03 * h), self.neck(p), 0.035 * h)
        armed = smooth_min(smooth_max(torso, -self.apart(p), 0.01 * h), arms, 0.025 * h)
        return np.minimum(smooth_min(armed, self.head(p), 0.018 * h), self.foot(p))


def folded(p: Array) -> Array:
    """Points mirrored onto the left half (x >= 0)."""
    return np.stack([np.abs(p[:, 0]), p[:, 1], p[:, 2]]).T


def softly_folded(body: Anatomy, p: Array) -> Array:
    """Points mirrored onto the left half without a kink in the middle, so that no ridge shows along the trunk.

    Near x = 0 the fold is rounded: over about a centimetre on the trunk, less on the face, hardly between the legs.
    """
    h = body.height
    widths = (
        (body.trunk_z(-0.36), 0.0012),
        (body.trunk_z(-0.18), 0.0080),
        (body.trunk_z(1.0), 0.0090),
        (body.chin - 0.01 * h, 0.0050),
        (body.chin + 0.02 * h, 0.0022),
    )
    x, y, z = p.T
    soft = curve(widths, z) * h
    return np.stack([np.sqrt(x * x + soft * soft), y, z]).T
