"""Joint angles of the built-in gaits over one cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Knots = tuple[tuple[float, float], ...]
"""(phase of the cycle 0..1, value) pairs that a smooth periodic curve runs through."""
Travel = Literal["forward", "free", "none"]


@dataclass(frozen=True)
class Gait:
    """One cycle of movement; angles in degrees, lengths as fractions of body height.

    Left limbs follow `curves`; right limbs the same half a cycle later, or at the same time if `mirrored`, or their
    own entry in `right`. Names of curves: hip (thigh flexion against the vertical), abduction, knee, foot (sole's
    pitch, toes up), pelvis_{tilt,list,turn}, trunk_{lean,side,turn}, head_{nod,turn,side}, shoulder (flexion),
    arm_out (from hanging), arm_twist, elbow, sway (sideways), hop (height above standing on the lower foot).
    `stance` are phases at which the left foot is in contact. `travel`: the hips move forward only, as the
    foot dictates; any way it dictates; or not at all.
    """

    seconds: float
    curves: Mapping[str, Knots]
    right: Mapping[str, Knots] = field(default_factory=dict)
    stance: tuple[tuple[float, float], ...] = ((0.0, 0.62),)
    mirrored: bool = False
    travel: Travel = "forward"
    turn_rate: float = 0.0


def constant(value: float) -> Knots:
    return ((0.0, value),)


def wave(mean: float, amplitude: float, peak: float = 0.0, cycles: int = 1) -> Knots:
    """A sine of `cycles` periods with its first maximum at phase `peak`."""
    knots = [
        (((peak + k / (2 * cycles)) % 1.0), mean + (amplitude if k % 2 == 0 else -amplitude)) for k in range(2 * cycles)
    ]
    return tuple(sorted(knots))


# Sagittal angles of natural-cadence walking: Winter, Biomechanics and Motor Control of Human Gait (1991), and Perry,
# Gait Analysis (1992): hip and knee flexion, and the pitch of the sole (heel strike, foot flat, heel rise, toe-off).
_WALK: dict[str, Knots] = {
    "hip": ((0.0, 25), (0.1, 21), (0.2, 12), (0.3, 3), (0.4, -6), (0.5, -12), (0.56, -11), (0.62, -4), (0.7, 11),
            (0.8, 23), (0.9, 28)),
    "knee": ((0.0, 5), (0.06, 11), (0.13, 18), (0.22, 15), (0.32, 8), (0.4, 6), (0.48, 10), (0.55, 23), (0.62, 43),
             (0.7, 61), (0.77, 56), (0.86, 28), (0.95, 6)),
    "foot": ((0.0, 18), (0.05, 7), (0.1, 0), (0.2, 0), (0.36, 0), (0.43, -6), (0.5, -18), (0.56, -36), (0.62, -55),
             (0.68, -56), (0.76, -32), (0.84, -4), (0.92, 15)),
    "abduction": wave(2.0, 1.5, 0.8),
    "pelvis_tilt": wave(4.0, 1.0, 0.1, 2),
    "pelvis_list": wave(0.0, -3.5, 0.17),
    "pelvis_turn": wave(0.0, -5.0, 0.0),
    "trunk_lean": wave(3.0, 1.0, 0.1, 2),
    "trunk_side": wave(0.0, 1.5, 0.2),
    "trunk_turn": wave(0.0, 5.0, 0.0),
    "head_nod": wave(1.0, 1.0, 0.15, 2),
    "head_turn": wave(0.0, 1.5, 0.0),
    "shoulder": wave(2.0, -21.0, 0.02),
    "arm_out": wave(10.0, 1.5, 0.5),
    "arm_twist": constant(10.0),
    "elbow": wave(24.0, -11.0, 0.05),
    "sway": wave(0.0, 0.011, 0.3),
}  # fmt: skip


def _with(base: Mapping[str, Knots], **changes: Knots) -> dict[str, Knots]:
    return {**base, **changes}


def scaled(knots: Knots, factor: float) -> Knots:
    return tuple((phase, value * factor) for phase, value in knots)


_STANDING: dict[str, Knots] = {
    "hip": constant(3.0), "knee": constant(6.0), "foot": constant(0.0), "abduction": constant(4.5),
    "pelvis_tilt": constant(3.0), "trunk_lean": wave(1.5, 0.6, 0.1, 2), "arm_out": wave(10.0, 1.0, 0.3, 2),
    "elbow": wave(16.0, 2.0, 0.4), "arm_twist": constant(10.0), "shoulder": wave(3.0, 1.5, 0.2),
    "sway": wave(0.0, 0.008, 0.25), "pelvis_list": wave(0.0, 1.2, 0.75), "trunk_side": wave(0.0, 0.8, 0.25),
    "head_turn": ((0.0, 0), (0.2, 14), (0.4, 10), (0.55, -12), (0.8, -16)), "head_nod": wave(2.0, 2.0, 0.4),
}  # fmt: skip
# Running: Novacheck, The biomechanics of running (Gait and Posture 7, 1998), figures 4-6: stance about a third.
_JOG: dict[str, Knots] = {
    "hip": ((0.0, 33), (0.1, 28), (0.2, 12), (0.3, -3), (0.38, -9), (0.46, -4), (0.58, 16), (0.7, 36), (0.82, 43),
            (0.92, 38)),
    "knee": ((0.0, 20), (0.08, 34), (0.15, 41), (0.24, 34), (0.33, 22), (0.4, 24), (0.5, 60), (0.62, 92), (0.72, 88),
             (0.84, 50), (0.94, 20)),
    "foot": ((0.0, 8), (0.06, 0), (0.16, 0), (0.22, -6), (0.3, -32), (0.37, -58), (0.46, -75), (0.58, -72), (0.7, -42),
             (0.84, -4), (0.94, 9)),
    "abduction": constant(1.0),
    "pelvis_tilt": constant(9.0),
    "pelvis_list": wave(0.0, -3.0, 0.15),
    "pelvis_turn": wave(0.0, -6.0, 0.0),
    "trunk_lean": wave(9.0, 1.5, 0.1, 2),
    "trunk_turn": wave(0.0, 9.0, 0.0),
    "head_nod": constant(3.0),
    "shoulder": wave(-8.0, -32.0, 0.0),
    "arm_out": constant(16.0),
    "arm_twist": constant(32.0),
    "elbow": wave(88.0, -14.0, 0.0),
    "hop": ((0.0, 0.0), (0.33, 0.0), (0.415, 0.02), (0.5, 0.0), (0.83, 0.0), (0.915, 0.02)),
    "sway": wave(0.0, 0.005, 0.2),
}  # fmt: skip
GAITS: dict[str, Gait] = {
    "walk": Gait(1.08, _WALK),
    "stroll": Gait(1.4, _with(
        _WALK, hip=scaled(_WALK["hip"], 0.74), shoulder=wave(2.0, -11.0, 0.02), elbow=wave(18.0, -5.0, 0.05),
        knee=scaled(_WALK["knee"], 0.97), head_turn=((0.0, 6), (0.25, 12), (0.6, -10), (0.85, -6)),
    ), stance=((0.0, 0.63),)),
    "march": Gait(1.05, _with(
        _WALK, hip=((0.0, 24), (0.12, 18), (0.25, 6), (0.4, -6), (0.5, -10), (0.58, -2), (0.7, 50), (0.78, 66),
                   (0.88, 48)),
        knee=((0.0, 4), (0.12, 10), (0.3, 4), (0.45, 6), (0.55, 24), (0.64, 62), (0.75, 88), (0.86, 58), (0.95, 12)),
        foot=((0.0, 8), (0.07, 0), (0.36, 0), (0.45, -8), (0.53, -26), (0.62, -42), (0.74, -28), (0.88, 2)),
        shoulder=wave(6.0, -38.0, 0.0), elbow=wave(32.0, -22.0, 0.0), trunk_lean=constant(0.0),
        pelvis_tilt=constant(1.0),
    ), stance=((0.0, 0.6),)),
    "jog": Gait(0.74, _JOG, stance=((0.0, 0.36),)),
    "run": Gait(0.66, _with(
        _JOG, hip=((0.0, 38), (0.1, 31), (0.2, 12), (0.3, -8), (0.38, -17), (0.46, -12), (0.58, 16), (0.7, 46),
                   (0.82, 56), (0.92, 47)),
        knee=((0.0, 18), (0.08, 34), (0.15, 40), (0.24, 32), (0.33, 18), (0.4, 22), (0.5, 66), (0.62, 106), (0.72, 102),
              (0.84, 56), (0.94, 20)),
        shoulder=wave(-6.0, -44.0, 0.0), trunk_lean=wave(12.0, 1.5, 0.1, 2),
        hop=((0.0, 0.0), (0.31, 0.0), (0.405, 0.034), (0.5, 0.0), (0.81, 0.0), (0.905, 0.034)),
    ), stance=((0.0, 0.33),)),
    "sneak": Gait(2.0, _with(
        _WALK, hip=((0.0, 40), (0.15, 36), (0.3, 25), (0.45, 10), (0.55, 6), (0.65, 20), (0.76, 54), (0.86, 60),
                   (0.94, 50)),
        knee=((0.0, 30), (0.15, 46), (0.3, 46), (0.45, 38), (0.55, 48), (0.66, 80), (0.76, 90), (0.88, 62), (0.95, 38)),
        foot=((0.0, 4), (0.08, 0), (0.4, 0), (0.5, -12), (0.6, -34), (0.7, -36), (0.82, -10), (0.92, 4)),
        trunk_lean=constant(24.0), pelvis_tilt=constant(16.0), head_nod=constant(-4.0), arm_out=constant(24.0),
        shoulder=wave(26.0, -14.0, 0.0), elbow=constant(78.0), arm_twist=constant(35.0), sway=wave(0.0, 0.018, 0.3),
        head_turn=((0.0, 10), (0.25, 24), (0.5, 4), (0.75, -22)),
    ), stance=((0.0, 0.64),)),
    "dance": Gait(2.0, _with(
        _STANDING, hip=wave(14.0, 7.0, 0.06, 4), abduction=wave(10.0, 7.0, 0.25, 2),
        knee=((0.0, 18), (0.0625, 34), (0.125, 20), (0.19, 34), (0.25, 18), (0.31, 44), (0.375, 62), (0.44, 44),
              (0.5, 18), (0.56, 44), (0.625, 62), (0.69, 44), (0.75, 18), (0.81, 34),
              (0.875, 20), (0.94, 34)),
        foot=((0.0, 0.0), (0.25, 0.0), (0.375, -16), (0.5, 0.0), (0.625, -16), (0.75, 0.0)),
        pelvis_list=wave(0.0, 6.0, 0.25), pelvis_turn=wave(0.0, 10.0, 0.2, 2), trunk_turn=wave(0.0, -12.0, 0.2, 2),
        trunk_side=wave(0.0, 7.0, 0.3), trunk_lean=wave(6.0, 3.0, 0.05, 4), shoulder=wave(34.0, 26.0, 0.1, 2),
        arm_out=wave(38.0, 24.0, 0.35, 2), elbow=wave(82.0, 24.0, 0.2, 2), head_nod=wave(3.0, 6.0, 0.06, 4),
        head_side=wave(0.0, 6.0, 0.3), sway=constant(0.0), arm_twist=constant(25.0),
    ), stance=((0.0, 0.25), (0.46, 0.54), (0.75, 1.0)), travel="free"),
    "idle": Gait(5.0, _STANDING, stance=((0.0, 1.0),), travel="none"),
    "wave": Gait(2.4, _with(
        _STANDING, trunk_side=wave(2.5, 1.0, 0.2, 2), head_side=wave(-5.0, 2.0, 0.2, 2), head_turn=wave(-8.0, 3.0, 0.3),
    ), right={
        "shoulder": constant(14.0), "arm_out": wave(92.0, 7.0, 0.1, 2), "arm_twist": constant(-82.0),
        "elbow": ((0.0, 62), (0.125, 104), (0.25, 62), (0.375, 104), (0.5, 62), (0.625, 104), (0.75, 62), (0.875, 104)),
    }, stance=((0.0, 1.0),), travel="none"),
    "jumping_jack": Gait(1.1, {
        "hip": ((0.0, 6), (0.1, 3), (0.3, 2), (0.45, 6), (0.55, 6), (0.75, 2), (0.9, 3)),
        "knee": ((0.0, 22), (0.1, 6), (0.25, 6), (0.42, 22), (0.5, 24), (0.6, 6), (0.75, 6), (0.92, 20)),
        "foot": ((0.0, 0), (0.08, -12), (0.2, -26), (0.34, -10), (0.42, 0), (0.5, 0), (0.58, -12), (0.7, -26),
                 (0.84, -10), (0.92, 0)),
        "abduction": ((0.0, 3), (0.1, 4), (0.25, 13), (0.4, 21), (0.5, 21), (0.6, 20), (0.75, 11), (0.9, 3)),
        "arm_out": ((0.0, 14), (0.1, 30), (0.25, 95), (0.4, 150), (0.5, 158), (0.6, 142), (0.75, 85), (0.9, 24)),
        "elbow": ((0.0, 12), (0.25, 20), (0.5, 26), (0.75, 20)), "trunk_lean": wave(2.0, 1.5, 0.0, 2),
        "pelvis_tilt": constant(3.0),
        "hop": ((0.0, 0.0), (0.08, 0.0), (0.24, 0.05), (0.4, 0.0), (0.5, 0.0), (0.58, 0.0), (0.74, 0.05), (0.9, 0.0)),
    }, stance=((0.9, 1.08), (0.4, 0.58)), mirrored=True, travel="none"),
    "turn": Gait(1.3, _with(
        _WALK, hip=((0.0, 4), (0.3, 2), (0.5, 3), (0.6, 8), (0.75, 26), (0.9, 9)),
        knee=((0.0, 6), (0.3, 5), (0.5, 7), (0.6, 20), (0.75, 50), (0.9, 16)),
        foot=((0.0, 0), (0.5, 0), (0.58, -10), (0.68, -24), (0.8, -10), (0.92, 2)),
        shoulder=wave(2.0, -8.0, 0.05), elbow=constant(18.0), abduction=constant(5.0), pelvis_turn=constant(0.0),
        head_turn=constant(12.0), trunk_turn=constant(4.0), sway=wave(0.0, 0.016, 0.28),
    ), stance=((0.0, 0.56),), travel="none", turn_rate=55.0),
}  # fmt: skip
"""Gaits by name: walk, stroll, march, jog, run, sneak, dance, idle, wave, jumping_jack, turn."""


def curve_names() -> tuple[str, ...]:
    """Every curve that some gait uses."""
    return tuple(sorted({name for gait in GAITS.values() for name in (*gait.curves, *gait.right)}))


__all__ = ["GAITS", "Gait", "Knots", "Travel", "constant", "curve_names", "scaled", "wave"]
