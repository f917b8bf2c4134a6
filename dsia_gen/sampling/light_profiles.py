"""Light over time: strength, colour and direction for each time step."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.config.scene_config import LightProfile
from dsia_gen.core.rotations import Array, quaternion, rotation_matrix
from dsia_gen.sampling.draw import Rng, choose, uniform
from dsia_gen.sampling.rigid_trajectories import quaternion_rows, yaw_matrix
from dsia_gen.sampling.scene_builder import LampSlot
from dsia_gen.spec.light import Lamp
from dsia_gen.spec.motion import ColourTrack, RigidPath, Still, Track
from dsia_gen.spec.record import Vec3

_TURN = {"constant": 0.0, "gentle": 0.1, "strong": 0.45, "abrupt": 0.1}
"""Typical angle in radians by which a light turns over a sequence."""
_SWING = {"constant": 0.0, "gentle": 0.15, "strong": 0.42, "abrupt": 0.12}


def strength(rng: Rng, profile: LightProfile, times: int) -> Array:
    """(T,) factor of the light: 1 on average over a long time, smooth, with one step for `abrupt`."""
    t = np.arange(times) / max(times - 1, 1)
    phase, rate = uniform(rng, (0, 2 * math.pi)), uniform(rng, (0.4, 1.3))
    factor = 1 + _SWING[profile] * np.sin(phase + 2 * math.pi * rate * t)
    if profile == "abrupt":
        step = int(rng.integers(1, max(times, 2)))
        factor[step:] *= choose(rng, (uniform(rng, (0.4, 0.65)), uniform(rng, (1.35, 1.7))))
    return factor / max(1.0, float(factor.max()) / 1.5)


def warmth(rng: Rng, profile: LightProfile, times: int) -> Array:
    """(T, 3) colour factor between warm and cool, of constant luminance."""
    t = np.arange(times) / max(times - 1, 1)
    phase = uniform(rng, (0, 2 * math.pi))
    swing = uniform(rng, (-0.1, 0.1)) + 0.8 * _SWING[profile] * np.sin(phase + 2 * math.pi * 0.6 * t)
    colours = np.stack([1 + 0.5 * swing, np.ones(times), 1 - 0.7 * swing], axis=1)
    return colours / (colours @ np.array([0.2126, 0.7152, 0.0722]))[:, None]


def track(values: Array) -> Track:
    """A track of (T,) values; one value when they do not change."""
    return Track(values=tuple(_squeeze(values).tolist()))


def colour_track(values: Array) -> ColourTrack:
    """A track of (T, 3) colours; one when they do not change."""
    return ColourTrack(values=tuple(tuple(row) for row in _squeeze(values).tolist()))


def _squeeze(values: Array) -> Array:
    return values[:1] if bool(np.all(values == values[0])) else values


def aim_down(yaw: float, elevation: float) -> Array:
    """(4,) quaternion of a lamp that shines from azimuth `yaw` at `elevation` radians above the horizon."""
    z = np.array([math.cos(elevation) * math.cos(yaw), math.cos(elevation) * math.sin(yaw), math.sin(elevation)])
    x = np.cross(np.array([0.0, 0.0, 1.0]), z)
    x = x / np.linalg.norm(x) if np.linalg.norm(x) > 1e-6 else np.array([1.0, 0.0, 0.0])
    return quaternion(np.stack([x, np.cross(z, x), z], axis=1))


def turning(rng: Rng, profile: LightProfile, times: int) -> Array:
    """(T,) radians by which the direction of a light changes over a sequence, with one step for `abrupt`."""
    t = np.arange(times) / max(times - 1, 1)
    angle = _TURN[profile] * float(rng.normal()) * (t - 0.5)
    if profile == "abrupt":
        angle[int(rng.integers(1, max(times, 2))) :] += choose(rng, (-0.35, 0.35))
    return angle


def sun(rng: Rng, profile: LightProfile, times: int, power: float, yaw: float | None = None) -> Lamp:
    """A sun whose strength, colour and direction change. power: W/m^2 at normal incidence.

    `yaw` is the azimuth it shines from, drawn when None.
    """
    azimuth = uniform(rng, (0, 2 * math.pi)) if yaw is None else yaw
    elevation = uniform(rng, (0.5, 1.1))
    turns = [aim_down(azimuth + a, elevation + 0.3 * a) for a in turning(rng, profile, times)]
    warm = np.array([1.0, uniform(rng, (0.85, 0.97)), uniform(rng, (0.65, 0.92))])
    return Lamp(
        kind="sun",
        motion=_held((0.0, 0.0, 20.0), np.stack(turns)),
        power=track(power * strength(rng, profile, times)),
        colour=colour_track(warm * warmth(rng, profile, times)),
        size=uniform(rng, (0.01, 0.06)),
    )


def _held(place: Vec3, turns: Array) -> Still | RigidPath:
    """A lamp at a place with rotations (T, 4); still when they do not change."""
    rows = quaternion_rows(rotation_matrix(turns))
    if all(row == rows[0] for row in rows):
        return Still(position=place, rotation=rows[0])
    return RigidPath(positions=(place,) * len(rows), rotations=rows)


def lamp_of(rng: Rng, profile: LightProfile, times: int, slot: LampSlot) -> Lamp:
    """A lamp in its slot, with the strength, colour and, if it is carried, direction of each time."""
    motion: Still | RigidPath = slot.placement
    if slot.carried:
        rest = rotation_matrix(np.array(slot.placement.rotation))
        angles = 1.5 * turning(rng, profile, times)
        motion = _held(slot.placement.position, quaternion(yaw_matrix(angles) @ rest))
    return Lamp(
        kind=slot.kind,
        motion=motion,
        power=track(slot.power * strength(rng, profile, times)),
        colour=colour_track(slot.colour * warmth(rng, profile, times)),
        size=slot.size,
    )
