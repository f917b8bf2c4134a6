"""Loop extension: the end of a clip is blended into an earlier moment that resembles it, again and again."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dsia_gen.core.rotations import Array, about, continuous, multiply, rotation_matrix, slerp
from dsia_gen.motion.clip import CanonicalClip, turned

FASTER = 1.5
"""Factor on its own greatest angular speed up to which a joint may turn in a blend."""
SHORTEST, LONGEST = 0.15, 0.6
"""Seconds of a blend; a longer one needs less similar poses but smears the motion."""
MOST = 400
"""Frames between which seams are searched, at most; longer clips are searched in steps."""


def extend_in_loop(clip: CanonicalClip, frames: int) -> CanonicalClip:
    """The clip extended to `frames` frames, at its own rate.

    From frame b + w on it continues at frame a + w, where the poses at a and b (headings apart) are alike; over the w
    frames of the seam the one is blended into the other. The hips continue from where they are, in the direction they
    face. No joint turns faster in a seam than FASTER times what it does in the clip. A clip without such a seam is
    played forwards and backwards.
    """
    if frames <= len(clip):
        return clip.rows(np.arange(frames))
    seam = _find_seam(clip)
    if seam is None:
        # To and fro, without repeating the ends.
        period = max(1, 2 * (len(clip) - 1))
        at = np.arange(frames) % period
        return clip.rows(np.minimum(at, period - at) if len(clip) > 1 else np.zeros(frames, dtype=int))
    a, b, width = seam
    out, end = clip, b
    while len(out) < frames:
        out = _joined(out, end, clip, a, width)
        end = len(out) - (len(clip) - b)
    return out.rows(np.arange(frames))


def _find_seam(clip: CanonicalClip) -> tuple[int, int, int] | None:
    """(a, b, width): the best seam, among those that leave at least half of the clip between a and b."""
    if len(clip) < 4:
        return None
    # Features (T, n): pose and its change over a tenth of a second, headings removed; hips count as much as ten joints.
    yaw = np.stack([np.cos(clip.heading / 2), *np.zeros((2, len(clip))), -np.sin(clip.heading / 2)], axis=-1)
    local = rotation_matrix(multiply(np.broadcast_to(yaw[:, None], clip.rotations.shape), clip.rotations))
    pose = np.concatenate([local.reshape(len(clip), -1), 10.0 * clip.hips[:, 2:]], axis=1)
    ahead = np.minimum(np.arange(len(clip)) + max(1, round(0.1 * clip.fps)), len(clip) - 1)
    travel = np.einsum("tij,tj->ti", about("z", -np.degrees(clip.heading)), clip.hips[ahead] - clip.hips)
    features = np.concatenate([pose, pose[ahead] - pose, 10.0 * travel], axis=1)
    at = np.arange(0, len(clip), max(1, -(-len(clip) // MOST)))
    cost = np.linalg.norm(features[at][:, None] - features[at][None], axis=-1)
    shortest = max(2, round(SHORTEST * clip.fps))
    a, b = np.meshgrid(at, at, indexing="ij")
    cost[(b - a < len(clip) // 2) | (b + shortest > len(clip) - 1)] = np.inf
    fastest = FASTER * max(_angles(clip.rotations[1:], clip.rotations[:-1]).max(), 1e-6)
    for k in np.argsort(cost, axis=None, kind="stable")[:200]:
        if not np.isfinite(cost.flat[k]):
            continue
        first, last = int(a.flat[k]), int(b.flat[k])
        # The shortest blend in which no joint turns too fast.
        most = min(round(LONGEST * clip.fps), len(clip) - 1 - last, len(clip) - 1 - first)
        for width in range(shortest, max(most, shortest) + 1):
            if last + width > len(clip) - 1:
                break
            head = clip.rows(np.arange(last + width + 1))
            seam = _joined(head, last, clip, first, width).rotations[max(last - 1, 0) :][: width + 3]
            if _angles(seam[1:], seam[:-1]).max() <= fastest:
                return first, last, width
    return None


def _angles(a: Array, b: Array) -> Array:
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
    contact = None
    if head.foot_contact is not None and clip.foot_contact is not None:
        both = np.where(ease[:, None] < 0.5, head.foot_contact[over], clip.foot_contact[under])
        contact = np.concatenate([head.foot_contact[:b], both, clip.foot_contact[a + width + 1 :]])
    return replace(
        head,
        rotations=continuous(np.concatenate([head.rotations[:b], mixed, tail.rotations[a + width + 1 :]])),
        hips=np.concatenate([head.hips[:b], place, hips[width + 1 :]]),
        foot_contact=contact,
    )
