"""Clips that go on: the end of a motion blended into an earlier moment that looks like it, again and again."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.rotations import Array, about, continuous, multiply, rotation_matrix, slerp
from dsia_gen.motion.clip import CanonicalClip, turned

Indices = NDArray[np.signedinteger[Any]]

FASTER = 1.5
"""Times its own greatest angular speed that a joint may turn in a blend."""
SHORTEST, LONGEST = 0.15, 0.6
"""Seconds of a blend; a longer one needs fewer coincidences but smears the motion."""
MOST = 400
"""Frames between which seams are looked for, at most; longer clips are looked at in steps."""


def looped(clip: CanonicalClip, frames: int) -> CanonicalClip:
    """The clip made to last `frames` frames, at its own rate.

    From frame b + w on it goes on at frame a + w, where the poses at a and b (headings apart) are alike; over the w
    frames of the seam the one is blended into the other. The hips go on from where they are, in the direction they
    face. No joint turns faster in a seam than FASTER times what it does in the clip. A clip without such a seam is
    played forwards and backwards.
    """
    if frames <= len(clip):
        return _rows(clip, np.arange(frames))
    seam = _seam(clip)
    if seam is None:
        return _rows(clip, _to_and_fro(len(clip), frames))
    a, b, width = seam
    out, end = clip, b
    while len(out) < frames:
        out = _joined(out, end, clip, a, width)
        end = len(out) - (len(clip) - b)
    return _rows(out, np.arange(frames))


def _rows(clip: CanonicalClip, rows: Indices) -> CanonicalClip:
    rotations = continuous(clip.rotations[rows])
    stands = None if clip.stands is None else clip.stands[rows]
    return replace(clip, rotations=rotations, hips=clip.hips[rows], stands=stands)


def _to_and_fro(count: int, frames: int) -> Indices:
    """(frames,) indices 0 .. count - 1 and back, without repeating the ends."""
    period = max(1, 2 * (count - 1))
    at = np.arange(frames) % period
    return np.minimum(at, period - at) if count > 1 else np.zeros(frames, dtype=int)


def _seam(clip: CanonicalClip) -> tuple[int, int, int] | None:
    """(a, b, width): the best seam, among those that leave at least half of the clip between a and b."""
    if len(clip) < 4:
        return None
    step = max(1, -(-len(clip) // MOST))
    at = np.arange(0, len(clip), step)
    features = _features(clip)[at]
    cost = np.linalg.norm(features[:, None] - features[None], axis=-1)
    shortest = max(2, round(SHORTEST * clip.fps))
    a, b = np.meshgrid(at, at, indexing="ij")
    cost[(b - a < len(clip) // 2) | (b + shortest > len(clip) - 1)] = np.inf
    for k in np.argsort(cost, axis=None, kind="stable")[:200]:
        first, last = int(a.flat[k]), int(b.flat[k])
        width = _width(clip, first, last, shortest)
        if np.isfinite(cost.flat[k]) and width is not None:
            return first, last, width
    return None


def _features(clip: CanonicalClip) -> Array:
    """(T, n) pose and its change over a tenth of a second, headings taken off; hips count as much as ten joints."""
    yaw = np.stack([np.cos(clip.heading / 2), *np.zeros((2, len(clip))), -np.sin(clip.heading / 2)], axis=-1)
    local = rotation_matrix(multiply(np.broadcast_to(yaw[:, None], clip.rotations.shape), clip.rotations))
    pose = np.concatenate([local.reshape(len(clip), -1), 10.0 * clip.hips[:, 2:]], axis=1)
    ahead = np.minimum(np.arange(len(clip)) + max(1, round(0.1 * clip.fps)), len(clip) - 1)
    travel = np.einsum("tij,tj->ti", about("z", -np.degrees(clip.heading)), clip.hips[ahead] - clip.hips)
    return np.concatenate([pose, pose[ahead] - pose, 10.0 * travel], axis=1)


def _width(clip: CanonicalClip, a: int, b: int, shortest: int) -> int | None:
    """Frames of a blend from b on into a on in which no joint turns too fast; None where there are too few."""
    most = min(round(LONGEST * clip.fps), len(clip) - 1 - b, len(clip) - 1 - a)
    own = _turns(clip.rotations[1:], clip.rotations[:-1]).max()
    for width in range(shortest, max(most, shortest) + 1):
        if b + width > len(clip) - 1:
            return None
        seam = _joined(_rows(clip, np.arange(b + width + 1)), b, clip, a, width).rotations[max(b - 1, 0) :][: width + 3]
        if _turns(seam[1:], seam[:-1]).max() <= FASTER * max(own, 1e-6):
            return width
    return None


def _turns(a: Array, b: Array) -> Array:
    """(...,) radians between rotations (..., 4)."""
    return np.asarray(2 * np.arccos(np.clip(np.abs(np.sum(a * b, axis=-1)), 0, 1)))


def _joined(head: CanonicalClip, b: int, clip: CanonicalClip, a: int, width: int) -> CanonicalClip:
    """`head` up to its frame b, then blended over `width` frames into `clip` from its frame a on."""
    turn = head.heading[b : b + width + 1] - clip.heading[a : a + width + 1]
    tail = turned(clip, math.atan2(np.sin(turn).mean(), np.cos(turn).mean()))
    offset = (head.hips[b : b + width + 1] - tail.hips[a : a + width + 1]).mean(axis=0) * [1.0, 1.0, 0.0]
    hips = tail.hips[a:] + offset
    t = np.arange(width + 1) / width
    ease = t * t * (3 - 2 * t)
    over, under = slice(b, b + width + 1), slice(a, a + width + 1)
    mixed = slerp(head.rotations[over], tail.rotations[under], ease[:, None])
    place = head.hips[over] + ease[:, None] * (hips[: width + 1] - head.hips[over])
    stands = None
    if head.stands is not None and clip.stands is not None:
        both = np.where(ease[:, None] < 0.5, head.stands[over], clip.stands[under])
        stands = np.concatenate([head.stands[:b], both, clip.stands[a + width + 1 :]])
    return replace(
        head,
        rotations=continuous(np.concatenate([head.rotations[:b], mixed, tail.rotations[a + width + 1 :]])),
        hips=np.concatenate([head.hips[:b], place, hips[width + 1 :]]),
        stands=stands,
    )
