"""Skinning weights of a parametric character: which joints move each vertex, and how much. numpy only."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from dsia_gen.motion.skeleton import JOINTS
from dsia_gen.procedural.people.anatomy import Anatomy, folded
from dsia_gen.procedural.people.isosurface import Ints
from dsia_gen.procedural.people.signed_distance import Array, along, length

_J = {name: i for i, name in enumerate(JOINTS)}
OTHER_SIDE = np.array([
    _J[name.replace("Left", "Right") if "Left" in name else name.replace("Right", "Left")] for name in JOINTS
])  # fmt: skip
"""For each joint the one on the other side of the body; joints of the trunk are their own."""
ROUNDS, MORE_ROUNDS = 8, 24
"""How often weights are averaged with those of the neighbours, and how often again about shoulders and hips."""
SLOWNESS = 24
"""A neighbour has one part in so many of the average: a vertex of six neighbours keeps three quarters of its own."""
Shares = dict[str, Array]


def skin_weights(
    body: Anatomy, vertices: Array, triangles: Ints, hair: Array, bottom: Array, flared: Array, bag: Array
) -> Array:
    """(V, 22) weights that sum to 1, in the order of JOINTS, of the left half of a body, whose border lies in x = 0.

    (V,) are 1 where a vertex belongs to: `hair` or headwear, the `bottom`, cloth that is `flared` about both legs, a
    `bag` on the back. Weights come from where a point lies along its limb and are then diffused over the surface, so
    that no joint shows a seam.
    """
    h, p = body.height, folded(vertices)
    # The arm ends where the trunk's surface is nearer than the arm's; beyond the elbow only its own counts.
    away = body.trunk(p) - body.upper_limb(p)
    t = along(p, body.arm[0], body.arm[1])
    arm = _ramp(away, -0.020 * h, 0.024 * h) * _ramp(t, -0.16, 0.10)
    arm = np.where(p[:, 2] > body.chin - 0.005 * h, 0.0, np.maximum(arm, _ramp(t, 0.9, 1.0) * (away > 0)))
    # The fold of the hip rises to the outside and is lower behind, under the seat.
    fold = body.trunk_z(-0.03) + 0.35 * (p[:, 0] - 0.05 * h) - 0.25 * np.maximum(p[:, 1], 0.0)
    leg = _ramp(p[:, 2] - fold, 0.035 * h, -0.050 * h)
    arm = arm * (1 - bag)
    leg = np.where(flared > 0, np.minimum(leg, 0.9), leg) * (1 - arm)
    trunk = 1 - arm - leg
    # Between the legs both thighs share; a skirt is carried by both over most of its width.
    wide = np.where(flared > 0, 0.075, 0.010) * h
    middle = vertices[:, 0] == 0
    left = np.where(middle, 0.5, 1.0)
    weights = np.zeros((len(p), len(JOINTS)))
    for shares, whole, side in (
        (trunk_shares(body, p), trunk, left),
        (arm_shares(body, p), arm, left),
        (leg_shares(body, p, np.maximum(bottom, flared)), leg, _ramp(vertices[:, 0], -wide, wide)),
    ):
        for joint, value in shares.items():
            if joint in _J:
                weights[:, _J[joint]] += whole * value
            else:
                weights[:, _J["Left" + joint]] += whole * value * side
                weights[:, _J["Right" + joint]] += whole * value * (1 - side)
    # Hair follows the head; what hangs below the chin gives way to the neck and the back.
    free = _ramp((p[:, 2] - body.chin) / body.head_height, -0.75, 0.0)
    weights = _replaced(weights, hair, {"Head": free, "Spine2": 1 - free})
    # A bag is stiff and hangs between the shoulders; its straps follow what they lie on.
    weights = _replaced(weights, bag * _ramp(p[:, 1], 0.045 * h, 0.075 * h), {"Spine1": 0.4, "Spine2": 0.6})
    average = neighbour_average(triangles, middle)
    weights = _diffused(weights, average, middle, ROUNDS)
    # Around shoulders and hips wide flesh needs wider blending.
    shoulder = length(p - body.arm[0])
    hip = length((p - body.leg[0]) * np.array([0.7, 0.7, 1.0]))
    near = np.asarray(np.maximum(_ramp(shoulder, 0.11 * h, 0.05 * h), _ramp(hip, 0.13 * h, 0.06 * h)))
    soft = np.maximum(near, flared)[:, None]
    return weights * (1 - soft) + _diffused(weights, average, middle, MORE_ROUNDS) * soft


def _replaced(weights: Array, part: Array, shares: Mapping[str, Array | float]) -> Array:
    """Weights that give way, where `part` (V,) is 1, to shares of joints."""
    own = np.zeros_like(weights)
    for joint, share in shares.items():
        own[:, _J[joint]] = share
    return np.asarray(weights * (1 - part[:, None]) + own * part[:, None])


def _ramp(t: Array, low: Array | float, high: Array | float) -> Array:
    """0 at `low`, 1 at `high`, smooth between (either order)."""
    u = np.clip((t - low) / (high - low), 0.0, 1.0)
    return np.asarray(u * u * (3 - 2 * u))


def trunk_shares(body: Anatomy, p: Array) -> Shares:
    """Hips to head by height, and the collar bones towards the shoulders."""
    h, z = body.height, p[:, 2]
    shares: Shares = {}
    rest = np.ones(len(p))
    levels = (("Spine", body.joints["Spine"][2], 0.030), ("Spine1", body.joints["Spine1"][2], 0.030),
              ("Spine2", body.joints["Spine2"][2], 0.030), ("Neck", body.trunk_z(1.06), 0.022))  # fmt: skip
    below = "Hips"
    for joint, level, width in levels:
        up = _ramp(z, level - width * h, level + width * h)
        shares[below], rest, below = rest * (1 - up), rest * up, joint
    # The head turns as a whole; its lower edge runs from under the chin up to the nape.
    edge = z - (body.chin - 0.004 * h) - 0.22 * (p[:, 1] - body.head_origin[1])
    up = _ramp(edge, -0.022 * h, 0.014 * h)
    shares["Neck"], shares["Head"] = rest * (1 - up), rest * up
    collar = 0.75 * _ramp(p[:, 0], 0.030 * h, 0.095 * h) * _ramp(z, body.trunk_z(0.72), body.trunk_z(0.98))
    shares["Shoulder"] = collar * shares["Spine2"]
    shares["Spine2"] = shares["Spine2"] * (1 - collar)
    return shares


def arm_shares(body: Anatomy, p: Array) -> Shares:
    """Upper arm, forearm and hand, by where a point lies along the limb."""
    shoulder, elbow, wrist = body.arm
    h = body.height
    elbow_at = along(p, shoulder, elbow) * np.linalg.norm(elbow - shoulder) - np.linalg.norm(elbow - shoulder)
    wrist_at = along(p, elbow, wrist) * np.linalg.norm(wrist - elbow) - np.linalg.norm(wrist - elbow)
    fore, hand = _ramp(elbow_at, -0.028 * h, 0.028 * h), _ramp(wrist_at, -0.014 * h, 0.012 * h)
    return {"Arm": 1 - fore, "ForeArm": fore * (1 - hand), "Hand": fore * hand}


def leg_shares(body: Anatomy, p: Array, bottom: Array) -> Shares:
    """Thigh, shank, foot and toes; cloth of the `bottom` (V,) does not follow the foot."""
    h = body.height
    _, knee, ankle = body.leg
    shank = _ramp(p[:, 2] - knee[2], 0.034 * h, -0.034 * h)
    foot = _ramp(p[:, 2] - ankle[2], 0.020 * h, -0.004 * h) * (1 - bottom)
    toe = _ramp(body.joints["LeftToeBase"][1] - p[:, 1], -0.012 * h, 0.010 * h)
    below = shank * foot
    return {"UpLeg": 1 - shank, "Leg": shank * (1 - foot), "Foot": below * (1 - toe), "ToeBase": below * toe}


def neighbour_average(triangles: Ints, middle: NDArray[np.bool_]) -> csr_array:
    """(V, V) matrix whose product with values (V, ...) moves each towards those of its neighbours.

    The surface is a half whose border is `middle` (V,). There the neighbours of the other half, whose values are the
    mirror images, count too.
    """
    count = len(middle)
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    keys = np.unique(np.concatenate([edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0]]))
    vertex, other = keys // count, keys % count
    share = np.where(middle[vertex] & ~middle[other], 2.0, 1.0) / SLOWNESS
    kept = np.maximum(1.0 - np.bincount(vertex, weights=share, minlength=count), 0.0)
    itself = np.arange(count)
    rows, columns = np.concatenate([vertex, itself]), np.concatenate([other, itself])
    matrix = csr_array((np.concatenate([share, kept]), (rows, columns)), shape=(count, count))
    return diags_array(1.0 / matrix.sum(axis=1)) @ matrix


def _diffused(weights: Array, average: csr_array, middle: NDArray[np.bool_], rounds: int) -> Array:
    """Weights of a half averaged with those of the neighbours, `rounds` times; in the middle both sides are alike."""
    for _ in range(rounds):
        weights = average @ weights
        weights[middle] = 0.5 * (weights[middle] + weights[middle][:, OTHER_SIDE])
    return weights


def strongest(weights: Array, most: int = 4) -> Mapping[int, tuple[Ints, Array]]:
    """Vertex indices and weights by joint, at most `most` joints for a vertex, renormalised."""
    first = np.argsort(-weights, axis=1, kind="stable")[:, :most]
    kept = np.zeros_like(weights)
    np.put_along_axis(kept, first, np.take_along_axis(weights, first, axis=1), axis=1)
    kept[kept <= 0.005] = 0.0
    kept = kept / kept.sum(axis=1, keepdims=True)
    return {j: (np.flatnonzero(kept[:, j]), kept[kept[:, j] > 0, j]) for j in range(weights.shape[1])}
