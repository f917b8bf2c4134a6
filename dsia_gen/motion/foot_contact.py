"""Foot contact: when feet are on the floor, where they are placed, and the legs that reach there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dsia_gen.core.rotations import Array, Bools, unit
from dsia_gen.motion.skeleton import FOOT_LENGTH, HIP

SLOW, FAST = 0.30, 0.50
"""Leg lengths a second below which a foot comes into contact, and above which it leaves."""
NEAR = 0.13
"""Leg lengths above the lowest point of the body within which a slow foot is in contact."""
STEADY = 0.04
"""Leg lengths by which the height of the foot's lowest point may change."""
SHORTEST = 0.12
"""Shortest contact in seconds; a shorter one is the top of a jump."""
DRIFT = 0.03
"""Metres that a foot in contact may be from where its source has it, before it is placed again."""
MOVING = 10
"""Frames in which a foot in contact that drifts moves to its next spot."""
HALF_WIDTH = 0.17
"""Half the width of a foot, as a share of its length."""
BEARING = 0.008
"""Metres (or legs) by which points of a sole differ in height before the lower one bears most of the weight."""
REACH = 0.998
"""Share of a leg's length that it stretches to at most."""


def runs(mask: Bools) -> list[tuple[int, int]]:
    """Half-open index ranges in which `mask` is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def blend(values: Array, known: Bools) -> Array:
    """(T, n) values where `known`; in each gap an ease from the last known row to the next one."""
    out = values.copy()
    at = np.flatnonzero(known)
    if len(at) == 0:
        return np.zeros_like(values)
    out[: at[0]], out[at[-1] + 1 :] = values[at[0]], values[at[-1]]
    for a, b in pairwise(at):
        t = np.arange(1, b - a)[:, None] / (b - a)
        out[a + 1 : b] = values[a] + (values[b] - values[a]) * t * t * (3 - 2 * t)
    return out


def rise(needed: Array) -> Array:
    """(T,) a smooth curve that is nowhere much below `needed`: a running maximum, then a running mean."""
    top = np.max(np.lib.stride_tricks.sliding_window_view(np.pad(needed, 4, mode="edge"), 5), axis=1)
    return np.convolve(top, np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0, mode="valid")


# --- when a foot is in contact ------------------------------------------------------------------------------------


def contacts(spots: Array, lowest: Array, fps: float) -> Bools:
    """(T, 2) whether the left and the right foot are in contact with the floor.

    `spots` (T, 2, 3): where the sole of each foot is, as `ankle - rolling(sole)`, which keeps its place while the foot
    rolls; its height is that of the sole's lowest point. `lowest` (T,): height of the lowest point of the body. In leg
    lengths. A foot is in contact in a run slower than FAST that is slower than SLOW somewhere, on one level, while it
    is within NEAR of the body's lowest point; moments shorter than SHORTEST do not count.
    """
    # Speed over about a twentieth of a second.
    half = max(1, round(fps / 40))
    ahead = np.minimum(np.arange(len(spots)) + half, len(spots) - 1)
    behind = np.maximum(np.arange(len(spots)) - half, 0)
    span = np.maximum(ahead - behind, 1) / fps
    speed = np.linalg.norm(spots[ahead] - spots[behind], axis=-1) / span[:, None]
    near = spots[..., 2] - lowest[:, None] < NEAR
    contact = np.zeros(speed.shape, dtype=bool)
    for k in (0, 1):
        foot, height = contact[:, k], spots[:, k, 2]
        for a, b in runs((speed[:, k] < FAST) & near[:, k]):
            slow = speed[a:b, k] < SLOW
            if slow.any():
                foot[a:b] = np.abs(height[a:b] - np.median(height[a:b][slow])) < STEADY
        for a, b in runs(~foot):
            if b - a <= 0.05 * fps and a > 0 and b < len(foot):
                foot[a:b] = near[a:b, k]
        for a, b in runs(foot):
            if b - a < SHORTEST * fps and a > 0 and b < len(foot):
                foot[a:b] = False
    return contact


def ground(spots: Array, contact: Bools, fps: float) -> Array:
    """(T,) height of the floor below the feet, smooth between contacts; `spots` and `contact` as in `contacts`.

    Without any contact it is where the feet are lowest.
    """
    height = spots[..., 2]
    if not contact.any():
        return np.full(len(spots), np.percentile(height.min(axis=1), 20))
    levels = np.full(contact.shape, np.nan)
    for k in (0, 1):
        for a, b in runs(contact[:, k]):
            levels[a:b, k] = np.median(height[a:b, k])
    known = np.flatnonzero(contact.any(axis=1))
    level = np.interp(np.arange(len(spots)), known, np.nanmean(levels[known], axis=1))
    # A Gaussian over time; the ends are held.
    sigma = 0.12 * fps
    reach = max(1, int(np.ceil(3 * sigma)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 1e-6)) ** 2)
    return np.convolve(np.pad(level, reach, mode="edge"), kernel / kernel.sum(), mode="valid")


# --- where its ankle has to be ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sole:
    """Points of a foot at rest, metres: where the ankle is, and heel, ball and tip on the floor."""

    ankle: Array
    heel: Array
    ball: Array
    tip: Array

    def below(self, turn: Array, toes: Array) -> Array:
        """(T, 4, 3) heel, both sides of the ball, and tip, from the ankle, of a foot turned by `turn` (T, 3, 3).

        `toes` (T, 3, 3) turn what lies before the ball.
        """
        across = np.cross([0.0, 0.0, HALF_WIDTH], self.tip - self.heel)
        balls = [turn @ (self.ball + sign * across - self.ankle) for sign in (-1.0, 1.0)]
        tip = turn @ (self.ball - self.ankle) + toes @ (self.tip - self.ball)
        return np.stack([turn @ (self.heel - self.ankle), *balls, tip], axis=1)


def sole_at(ankle: Array, toe: Array | None, leg: float) -> Sole:
    """The points of a foot at rest with flat sole, Z up and the floor at 0, from its joints (3,) and a leg's length.

    What joints do not give has the proportions of Drillis & Contini (1966); `toe` None is 0.62 of a foot before the
    ankle, at -Y.
    """
    length = FOOT_LENGTH / HIP * leg
    toe = ankle - np.array([0.0, 0.62 * length, 0.0]) if toe is None else toe
    level = np.array([1.0, 1.0, 0.0])
    forward = unit((toe - ankle) * level)
    floor = ankle * level
    return Sole(ankle, floor - 0.28 * length * forward, toe * level, floor + 0.83 * length * forward)


def ankle_goals(sole: Array, ankle: Array, contact: Bools, drift: float = DRIFT) -> Array:
    """(T, 3) where the ankle has to be so that a foot rolls over the floor without sliding while it is in contact.

    `sole` (T, P, 3) are points of the sole from the ankle, `contact` (T,). Where the source's `ankle` (T, 3) drifts by
    more than `drift` metres the foot is placed again. In a swing the correction eases from one spot to the next.
    """
    spot = ankle - rolling(sole)
    correction, known = np.zeros_like(ankle), np.zeros(len(ankle), dtype=bool)
    for a, b in runs(contact):
        # Ranges whose spots stay within a square of twice the drift keep one place each, with ways between them.
        path, places, start = spot[a:b, :2], np.zeros((b - a, 3)), 0
        for t in range(1, b - a + 1):
            if t == b - a or np.ptp(path[start : t + 1], axis=0).max() > 2 * drift:
                places[start:t, :2] = np.median(path[start:t], axis=0)
                start = t
        padded = np.pad(places, ((MOVING // 2, MOVING - 1 - MOVING // 2), (0, 0)), mode="edge")
        smooth = np.lib.stride_tricks.sliding_window_view(padded, MOVING, axis=0).mean(axis=-1)
        correction[a:b], known[a:b] = smooth - spot[a:b], True
    return np.asarray(ankle + blend(correction, known))


def rolling(sole: Array) -> Array:
    """(T, 3) the way of an ankle over the floor when the lowest of the points `sole` (T, P, 3) below do not slide."""
    height = sole[..., 2]
    weight = np.exp(-(height - height.min(axis=1, keepdims=True)) / BEARING)
    weight = weight[1:] * weight[:-1]
    step = (np.diff(sole[..., :2], axis=0) * weight[..., None]).sum(axis=1) / weight.sum(axis=1)[:, None]
    return np.column_stack([-np.concatenate([np.zeros((1, 2)), np.cumsum(step, axis=0)]), -height.min(axis=1)])


def above_floor(sole: Array, ankle: Array, floor: Array | float = 0.0) -> Array:
    """Ankle positions (T, 3) lifted where some point of `sole` (T, P, 3) would be below `floor`."""
    low = ankle[:, 2] + sole[..., 2].min(axis=1)
    return np.asarray(ankle + np.array([0.0, 0.0, 1.0]) * np.maximum(floor - low, 0.0)[:, None])


# --- legs that reach ----------------------------------------------------------------------------------------------


def sink(hip: Array, goal: Array, reach: float) -> Array:
    """(T,) metres by which a hip (T, 3) must sink for a leg of length `reach` to end at `goal` (T, 3)."""
    level = np.linalg.norm((hip - goal)[:, :2], axis=1)
    return np.asarray((hip - goal)[:, 2] - np.sqrt(np.maximum(reach**2 - level**2, 0.0)))


def bend(hip: Array, knee: Array, ankle: Array, forward: Array, goal: Array) -> tuple[Array, Array]:
    """Turns (T, 3, 3) of thigh and shank that bring the ankle to `goal` (T, 3), the knee in its former plane.

    `hip`, `knee`, `ankle` (T, 3) are where they are; a straight leg bends towards `forward` (T, 3).
    """
    a, b = np.linalg.norm(knee - hip, axis=1), np.linalg.norm(ankle - knee, axis=1)
    line = goal - hip
    distance = np.clip(np.linalg.norm(line, axis=1), np.abs(a - b) + 1e-6, a + b - 1e-6)
    axis = unit(line)
    pole = _across(knee - hip, unit(ankle - hip)) + 0.1 * a[:, None] * forward
    pole = unit(_across(pole, axis))
    cosine = np.clip((a * a + distance**2 - b * b) / (2 * a * distance), -1, 1)
    upper = cosine[:, None] * axis + np.sqrt(1 - cosine**2)[:, None] * pole
    new_knee, new_ankle = hip + a[:, None] * upper, hip + distance[:, None] * axis
    return aim(unit(knee - hip), upper), aim(unit(ankle - knee), unit(new_ankle - new_knee))


def _across(vectors: Array, axis: Array) -> Array:
    """(T, 3) the part of vectors (T, 3) across unit vectors `axis` (T, 3)."""
    return np.asarray(vectors - axis * np.sum(vectors * axis, axis=1, keepdims=True))


def aim(source: Array, target: Array) -> Array:
    """(T, 3, 3) smallest rotations from unit vectors (T, 3) to others that are less than half a turn away."""
    axis, cosine = np.cross(source, target), np.sum(source * target, axis=1)
    k = np.zeros((len(source), 3, 3))
    k[:, 0, 1], k[:, 0, 2], k[:, 1, 2] = -axis[:, 2], axis[:, 1], -axis[:, 0]
    k[:, 1, 0], k[:, 2, 0], k[:, 2, 1] = axis[:, 2], -axis[:, 1], axis[:, 0]
    return np.asarray(np.eye(3) + k + k @ k / (1 + cosine)[:, None, None])
