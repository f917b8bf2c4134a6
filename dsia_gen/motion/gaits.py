"""Built-in gaits: joint-angle curves turned into humanoid clips whose feet do not slide while in contact."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, Bools, about, arctan2, continuous, quaternion, rotation_matrix, slerp
from dsia_gen.motion.clip import CanonicalClip
from dsia_gen.motion.foot_contact import REACH, Sole, above_floor, ankle_goals, bend, blend, rise, runs, sink
from dsia_gen.motion.gait_data import GAITS, Gait, Knots
from dsia_gen.motion.skeleton import FOOT_LENGTH, JOINTS, forward_kinematics, leg_length, limb_directions, rest_joints
from dsia_gen.spec.asset import BodyShape

_FINE = 160  # samples of a cycle from which travel and height are derived
HANGING = 6.0
"""Degrees by which a hanging arm lowers its shoulder."""
CLEARANCE = 0.016
"""Least height of a sole in the middle of its swing, fraction of body height."""
_J = {name: i for i, name in enumerate(JOINTS)}


def gait_motion(
    name: str,
    body: BodyShape,
    fps: float,
    frames: int,
    phase: float = 0.0,
    speed_scale: float = 1.0,
    turn_rate: float = 0.0,
) -> CanonicalClip:
    """A clip of `frames` frames at `fps` of a built-in gait, for a body of these proportions.

    `phase` (0..1) is where in the cycle it begins; `speed_scale` changes the speed (cadence and stride together);
    `turn_rate` bends the path, degrees a second, counter-clockwise seen from above, on top of the gait's own.
    The hips travel as the foot in contact dictates, and the lower foot is on the floor.
    """
    if name not in GAITS:
        raise AssetError(f"there is no gait {name!r}; known are {', '.join(GAITS)}")
    gait = GAITS[name]
    joints = rest_joints(body)
    figure = _Figure(gait, joints, body.height, speed_scale)
    rate = speed_scale**0.6 / gait.seconds
    pad = int(np.ceil(fps / rate)) + 2  # a cycle before and after, so that a contact cut by the clip is kept whole
    time = np.arange(-pad, frames + pad) / fps
    phases = phase + time * rate
    heading = np.radians((turn_rate + gait.turn_rate * np.sqrt(speed_scale)) * time)
    hips = figure.travel(phases, heading)
    rotations = about("z", np.degrees(heading))[:, None] @ figure.pose(phases)
    rotations, hips = _hold_feet(figure, rotations, hips, phases)
    keep = slice(pad, pad + frames)
    hips = hips[keep] - np.array([hips[pad, 0], hips[pad, 1], 0.0])
    return CanonicalClip(
        joints=JOINTS,
        rest_directions=limb_directions(joints),
        rotations=continuous(quaternion(rotations[keep])),
        hips=hips / leg_length(joints),
        fps=fps,
        name=name,
        foot_contact=np.stack([figure.contact(side, phases[keep]) for side in ("Left", "Right")], axis=1),
    )


def periodic_curve(knots: Knots, phases: Array) -> Array:
    """Values (...) at `phases` (...) of the smooth curve of period 1 through `knots`: cubic Hermite, slopes of
    Fritsch & Carlson (1980), which do not overshoot."""
    if len(knots) == 1:
        return np.full(np.shape(phases), knots[0][1], dtype=np.float64)
    x, y = np.array(knots, dtype=np.float64).T
    step = np.diff(np.append(x, x[0] + 1.0))
    slope = np.diff(np.append(y, y[0])) / step
    before, width = np.roll(slope, 1), np.roll(step, 1)
    both = before * slope > 0
    w1, w2 = 2 * step + width, step + 2 * width
    mean = (w1 + w2) / (w1 / np.where(both, before, 1.0) + w2 / np.where(both, slope, 1.0))
    tangent = np.where(both, mean, 0.0)
    at = np.mod(np.asarray(phases, dtype=np.float64) - x[0], 1.0) + x[0]
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 1)
    t, j = (at - x[i]) / step[i], (i + 1) % len(x)
    return np.asarray(
        (1 + 2 * t) * (1 - t) ** 2 * y[i]
        + t * (1 - t) ** 2 * step[i] * tangent[i]
        + t * t * (3 - 2 * t) * y[j]
        + t * t * (t - 1) * step[i] * tangent[j]
    )


class _Figure:
    """A gait on a body: poses by phase, and the travel of the hips that keeps the foot in contact in place."""

    def __init__(self, gait: Gait, joints: Array, height: float, speed_scale: float) -> None:
        self.gait, self.joints, self.height = gait, joints, height
        self.stride = speed_scale**0.4 if gait.travel == "forward" else 1.0
        self.feet: dict[str, Sole] = {}
        length = FOOT_LENGTH * height
        for side in ("Left", "Right"):
            ankle, toe = joints[_J[side + "Foot"]], joints[_J[side + "ToeBase"]]
            ys = (ankle[1] + 0.28 * length, toe[1], ankle[1] - 0.83 * length)
            self.feet[side] = Sole(ankle, *(np.array([ankle[0], y, 0.0]) for y in ys))
        self._velocity, self._height = self._derive_travel()

    def leg(self, side: str) -> float:
        """Metres from hip joint to ankle of a straight leg."""
        hip, knee, ankle = (self.joints[_J[side + part]] for part in ("UpLeg", "Leg", "Foot"))
        return float(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))

    def angle(self, name: str, side: str, phases: Array) -> Array:
        """Degrees of a limb's curve for one side."""
        if side == "Right" and name in self.gait.right:
            return periodic_curve(self.gait.right[name], phases)
        shift = 0.5 if side == "Right" and not self.gait.mirrored else 0.0
        values = periodic_curve(self.gait.curves.get(name, ((0.0, 0.0),)), phases + shift)
        return values * self.stride if name in ("hip", "shoulder") else values

    def body(self, name: str, phases: Array) -> Array:
        return periodic_curve(self.gait.curves.get(name, ((0.0, 0.0),)), phases)

    def pose(self, phases: Array) -> Array:
        """(T, 22, 3, 3) world rotations at `phases` (T,), facing -Y."""
        pose = np.zeros((len(phases), len(JOINTS), 3, 3))
        hips = self._turn("pelvis_turn", "pelvis_list", "pelvis_tilt", phases)
        chest = self._turn("trunk_turn", "trunk_side", "trunk_lean", phases)
        head = self._turn("head_turn", "head_side", "head_nod", phases)
        for part, joint in ((0.0, "Hips"), (0.35, "Spine"), (0.7, "Spine1"), (1.0, "Spine2")):
            pose[:, _J[joint]] = _between(hips, chest, part)
        pose[:, _J["Neck"]], pose[:, _J["Head"]] = _between(chest, head, 0.5), head
        for sign, side in ((1.0, "Left"), (-1.0, "Right")):
            out = self.angle("arm_out", side, phases)
            # A raised arm lifts the shoulder girdle: about a third of what exceeds 60 degrees (Inman et al. 1944);
            # one that hangs draws it down.
            lift = np.clip(out - 60.0, 0.0, None) / 3.0 - HANGING * np.clip(1.0 - out / 48.0, 0.0, 1.0)
            arm = chest @ about("x", -self.angle("shoulder", side, phases)) @ about("y", sign * (90.0 - out))
            arm = arm @ about("x", self.angle("arm_twist", side, phases))
            pose[:, _J[side + "Shoulder"]], pose[:, _J[side + "Arm"]] = chest @ about("y", -sign * lift), arm
            forearm = arm @ about("z", -sign * self.angle("elbow", side, phases))
            pose[:, _J[side + "ForeArm"]] = pose[:, _J[side + "Hand"]] = forearm
            thigh = about("z", 0.5 * self.body("pelvis_turn", phases))
            thigh = thigh @ about("y", -sign * self.angle("abduction", side, phases))
            thigh = thigh @ about("x", -self.angle("hip", side, phases))
            pose[:, _J[side + "UpLeg"]] = thigh
            pose[:, _J[side + "Leg"]] = thigh @ about("x", self.angle("knee", side, phases))
            pitch = self.angle("foot", side, phases)
            splay = about("z", np.full(len(phases), sign * 6.0))
            pose[:, _J[side + "Foot"]] = splay @ about("x", -pitch)
            # The toes stay on the floor while the heel rises.
            pose[:, _J[side + "ToeBase"]] = splay @ about("x", -np.maximum(pitch, 0.0))
        return pose

    def _turn(self, turn: str, side: str, lean: str, phases: Array) -> Array:
        rotation = about("z", self.body(turn, phases)) @ about("y", self.body(side, phases))
        return np.asarray(rotation @ about("x", self.body(lean, phases)))

    def _derive_travel(self) -> tuple[Array, Array]:
        """Over one cycle: velocity (N, 2) of the hips, metres a cycle, and their height (N,) in metres."""
        phases = np.arange(_FINE + 1) / _FINE
        pose = self.pose(phases)
        still = forward_kinematics(self.joints, pose, np.zeros((_FINE + 1, 3)))
        points = []  # heel, ball and tip of both feet
        for side, foot in self.feet.items():
            ankle, turn, toes = still[:, _J[side + "Foot"]], pose[:, _J[side + "Foot"]], pose[:, _J[side + "ToeBase"]]
            heel, ball = ankle + turn @ (foot.heel - foot.ankle), ankle + turn @ (foot.ball - foot.ankle)
            points += [heel, ball, ball + toes @ (foot.tip - foot.ball)]
        soles = np.stack(points, axis=1)
        low = soles[..., 2].min(axis=1)
        weight = np.exp(-(soles[..., 2] - low[:, None]) / (0.004 * self.height))
        weight = (weight[:-1] + weight[1:]) / 2
        speed = -np.diff(soles, axis=0) * _FINE
        velocity = (speed[..., :2] * weight[..., None]).sum(axis=1) / weight.sum(axis=1)[:, None]
        airborne = self.body("hop", phases[:-1]) > 1e-4
        if airborne.any() and not airborne.all():
            velocity = np.where(airborne[:, None], velocity[~airborne].mean(axis=0), velocity)
        # What the gait's travel permits, free of the jerk of changing feet.
        smooth = np.stack([_smooth(v, 0.05) for v in velocity.T], axis=1)
        if self.gait.travel == "none":
            smooth = np.zeros_like(smooth)
        elif self.gait.travel == "forward":
            smooth[:, 0] = 0.0
            smooth = 0.3 * smooth + 0.7 * smooth.mean(axis=0)
        else:
            smooth = smooth - smooth.mean(axis=0)
        return smooth, _smooth(-low[:-1], 0.02)

    def travel(self, phases: Array, heading: Array) -> Array:
        """(T, 3) middle of the hip joints in metres for rising `phases` (T,) and `heading` (T,) radians."""
        steps = 8  # sub-steps a frame for the integral along a bending path
        fine = np.interp(np.arange((len(phases) - 1) * steps + 1) / steps, np.arange(len(phases)), phases)
        yaw = np.interp(fine, phases, heading)
        cycle = np.arange(_FINE) / _FINE + 0.5 / _FINE
        v = np.stack([np.interp(fine, cycle, self._velocity[:, k], period=1.0) for k in (0, 1)], axis=1)
        cos, sin = np.cos(yaw), np.sin(yaw)
        world = np.stack([v[:, 0] * cos - v[:, 1] * sin, v[:, 0] * sin + v[:, 1] * cos], 1)
        moves = (world[1:] + world[:-1]) / 2 * np.diff(fine)[:, None]
        path = np.concatenate([np.zeros((1, 2)), np.cumsum(moves, axis=0)])[::steps]
        sway = self.body("sway", phases) * self.height
        path = path + np.stack([sway * np.cos(heading), sway * np.sin(heading)], axis=1)
        height = np.interp(phases, np.arange(_FINE) / _FINE, self._height, period=1.0)
        return np.column_stack([path, height + self.body("hop", phases) * self.height])

    def contact(self, side: str, phases: Array) -> Bools:
        """(T,) whether the foot is in contact with the floor."""
        shift = 0.5 if side == "Right" and not self.gait.mirrored else 0.0
        at = phases + shift + 1e-9  # so that a frame on the border always falls on the same side of it
        inside = np.zeros(len(phases), dtype=bool)
        for start, end in self.gait.stance:
            inside |= np.mod(at - start, 1.0) < (end - start) - 1e-9 if end - start < 1 else np.ones_like(inside)
        return inside


def _between(a: Array, b: Array, part: float) -> Array:
    return rotation_matrix(slerp(quaternion(a), quaternion(b), part))


def _smooth(values: Array, width: float) -> Array:
    """Periodic Gaussian smoothing (T,) with a standard deviation of `width` periods."""
    n = len(values)
    frequency = np.fft.rfftfreq(n) * n
    return np.asarray(np.fft.irfft(np.fft.rfft(values) * np.exp(-2 * (np.pi * width * frequency) ** 2), n))


def _hold_feet(figure: _Figure, rotations: Array, hips: Array, phases: Array) -> tuple[Array, Array]:
    """Rotations (T, 22, 3, 3) and hips (T, 3) in which feet in contact roll over one spot without sliding.

    Ankles follow the curves plus a correction: exact while the foot is in contact, blended from one contact to the next
    while it swings. Legs then reach the ankles by two-bone inverse kinematics; hips sink where a leg is too short.
    """
    rotations, goals = rotations.copy(), {}
    for side, foot in figure.feet.items():
        contact = figure.contact(side, phases)
        ankle_joint, toe = _J[side + "Foot"], _J[side + "ToeBase"]
        # The foot is turned to its mean heading in each contact, and smoothly from one to the next in between.
        turn = rotations[:, ankle_joint]
        yaw = np.unwrap(arctan2(turn[:, 0, 1], -turn[:, 1, 1]) - np.pi)
        change, known = np.zeros((len(yaw), 1)), np.zeros(len(yaw), dtype=bool)
        for a, b in runs(contact):
            change[a:b, 0], known[a:b] = np.median(yaw[a:b]) - yaw[a:b], True
        fix = about("z", np.degrees(blend(change, known)[:, 0]))
        rotations[:, ankle_joint] = fix @ rotations[:, ankle_joint]
        rotations[:, toe] = fix @ rotations[:, toe]
        ankle = forward_kinematics(figure.joints, rotations, hips)[:, ankle_joint]
        sole = foot.below(rotations[:, ankle_joint], rotations[:, toe])
        # Between two contacts the sole is lifted, smoothly and most in the middle.
        lift = np.zeros(len(contact))
        for a, b in pairwise(np.flatnonzero(contact)):
            lift[a + 1 : b] = np.sin(np.pi * np.arange(1, b - a) / (b - a)) ** 0.7
        goal = ankle_goals(sole, ankle, contact, drift=np.inf)
        goals[side] = above_floor(sole, goal, CLEARANCE * figure.height * lift)
    positions = forward_kinematics(figure.joints, rotations, hips)
    needed = [sink(positions[:, _J[side + "UpLeg"]], goal, REACH * figure.leg(side)) for side, goal in goals.items()]
    hips = hips - np.array([0.0, 0.0, 1.0]) * rise(np.maximum(np.max(needed, axis=0), 0.0))[:, None]
    positions = forward_kinematics(figure.joints, rotations, hips)
    for side, goal in goals.items():
        hip, knee, ankle = (positions[:, _J[side + part]] for part in ("UpLeg", "Leg", "Foot"))
        thigh, shank = _J[side + "UpLeg"], _J[side + "Leg"]
        turns = bend(hip, knee, ankle, -rotations[:, thigh, :, 1], goal)
        rotations[:, thigh], rotations[:, shank] = turns[0] @ rotations[:, thigh], turns[1] @ rotations[:, shank]
    return rotations, hips
