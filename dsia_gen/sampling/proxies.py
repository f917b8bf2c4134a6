"""Proxies of instances: boxes and ellipsoids over time, cheap enough to cast rays at while sampling."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.generators import FAMILIES
from dsia_gen.assets.library import Library
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, Bools, multiply, rotation_matrix, shortest_rotation
from dsia_gen.motion.skeleton import CHILD, JOINTS, PARENTS, leg_length, limb_directions, rest_joints
from dsia_gen.procedural.family import USUAL_FILL
from dsia_gen.sampling.rigid_trajectories import Body
from dsia_gen.spec.asset import BodyShape, CharacterFile, ParametricCharacter, ProceduralObject, figure_height
from dsia_gen.spec.light import GroundedDome
from dsia_gen.spec.motion import HumanoidMotion, RigidPath, Still
from dsia_gen.spec.scene import Instance

Backdrop = Callable[[Array, Array], Array]
"""(origin (3,), rays (N, 3)) -> (N,) multiples of the rays at which they end if they hit nothing else."""
MOVED = 1e-4
"""Metres by which a proxy has to move to count as moving: the tolerance of the dynamic mask."""


@dataclass(frozen=True)
class Proxies:
    """P rigid shapes at T times (T is 1 where nothing moves).

    instances: (P,) ids. rounded: (P,) ellipsoids, the rest are boxes. half: (P, 3) semi-axes, metres.
    centres: (T, P, 3), rotations: (T, P, 3, 3): local to world. solid: (P,) share of the rays that a shape stops, the
    fill ratio of its silhouette.
    """

    instances: NDArray[np.int64]
    rounded: Bools
    half: Array
    centres: Array
    rotations: Array
    solid: Array

    def step(self, time: int) -> int:
        """Row of a time."""
        return time if len(self.centres) > 1 else 0

    def moved(self, t1: int, t2: int) -> Bools:
        """(P,) whether the instance of each proxy moves or deforms between two times."""
        a, b = self.step(t1), self.step(t2)
        shift = np.linalg.norm(self.centres[b] - self.centres[a], axis=1)
        turn = np.abs(self.rotations[b] - self.rotations[a]).max(axis=(1, 2)) * self.half.max(axis=1)
        return np.isin(self.instances, self.instances[shift + turn > MOVED])


def stack(parts: list[Proxies], times: int) -> Proxies:
    """All proxies of several instances, at `times` times."""
    if not parts:
        none = np.zeros((times, 0, 3))
        return Proxies(np.zeros(0, int), np.zeros(0, bool), none[0], none, np.zeros((times, 0, 3, 3)), none[0, :, 0])
    spread = [(np.broadcast_to(p.centres, (times, *p.centres.shape[1:])),
               np.broadcast_to(p.rotations, (times, *p.rotations.shape[1:]))) for p in parts]  # fmt: skip
    return Proxies(
        np.concatenate([p.instances for p in parts]),
        np.concatenate([p.rounded for p in parts]),
        np.concatenate([p.half for p in parts]),
        np.concatenate([c for c, _ in spread], axis=1),
        np.concatenate([r for _, r in spread], axis=1),
        np.concatenate([p.solid for p in parts]),
    )


def proxies_of(instance: Instance, library: Library) -> Proxies:
    """The proxies of one instance: a box for an object, thirteen ellipsoids for a humanoid."""
    motion = instance.motion
    if isinstance(motion, HumanoidMotion):
        return humanoid(instance.id, motion, _body_shape(instance))
    box = object_body(instance, library)
    if isinstance(motion, Still):
        positions, turns = np.array([motion.position]), np.array([motion.rotation])
    elif isinstance(motion, RigidPath):
        positions, turns = np.array(motion.positions), np.array(motion.rotations)
    else:
        raise TypeError(f"unknown motion {type(motion).__name__}; known: Still, RigidPath, HumanoidMotion")
    rotations = rotation_matrix(turns)
    centres = positions + rotations @ box.centre
    ball = instance.asset.endswith("ball") and np.ptp(box.size) < 0.05 * box.size[0]
    half = np.array([box.size]) / 2
    solid = 1.0
    if not ball and instance.role != "room":
        shape = instance.shape
        solid = FAMILIES[shape.family].silhouette_fill if isinstance(shape, ProceduralObject) else USUAL_FILL
    number, rounded = np.array([instance.id]), np.array([ball])
    return Proxies(number, rounded, half, centres[:, None], rotations[:, None], np.array([solid]))


def object_body(instance: Instance, library: Library) -> Body:
    """The bounding box of an object, or of a person who never moves."""
    shape = instance.shape
    if isinstance(shape, ProceduralObject):
        width, depth, height = FAMILIES[shape.family].extent(shape.params)
    elif isinstance(shape, ParametricCharacter | CharacterFile):
        height = _body_shape(instance).height
        width, depth = 0.35 * height, 0.2 * height
    else:
        entry = library.entries[instance.asset]
        if entry.size is None:
            raise AssetError(f"entry {entry.id!r} needs `size`, its largest side in metres, to be placed")
        width, depth, height = entry.size, entry.size, entry.height or entry.size
    scale = instance.scale
    return Body((scale * width, scale * depth, scale * height))


def _body_shape(instance: Instance) -> BodyShape:
    shape = instance.shape
    if isinstance(shape, ParametricCharacter):
        return shape.body
    if isinstance(shape, CharacterFile):
        return BodyShape(height=figure_height(shape.height))
    raise TypeError(f"{type(shape).__name__} is not a humanoid; known: ParametricCharacter, CharacterFile")


# --- humanoids ----------------------------------------------------------------------------------------------------

_SEGMENTS: tuple[tuple[str, float, float, float], ...] = (
    ("Hips", 0.098, 0.070, 0.085), ("Spine2", 0.105, 0.070, 0.140), ("Head", 0.050, 0.058, 0.075),
    *((side + name, width, depth, length)
      for side in ("Left", "Right")
      for name, width, depth, length in (
          ("Arm", 0.030, 0.030, 0.100), ("ForeArm", 0.024, 0.024, 0.115), ("UpLeg", 0.052, 0.052, 0.135),
          ("Leg", 0.036, 0.036, 0.130), ("Foot", 0.028, 0.026, 0.075))),
)  # fmt: skip
"""Joint at which a segment begins, and its semi-axes as fractions of body height: width, depth, along the limb."""
CLOTHES = 1.15
"""Factor on the width of limbs for clothes and hair."""


def joint_paths(motion: HumanoidMotion, body: BodyShape) -> tuple[Array, Array, Array]:
    """Joint positions (T, 22, 3) in metres, limb directions (T, 22, 3) and rotations (T, 22, 3, 3), all in the world.

    A limb points where its source's limb points (DESIGN of HumanoidMotion); joints that the clip lacks turn with
    their parents.
    """
    joints = rest_joints(body)
    given = np.array(motion.rotations)
    turns = np.zeros((len(given), len(JOINTS), 4))
    for i, name in enumerate(JOINTS):
        parent = PARENTS[name]
        if name in motion.joints:
            turns[:, i] = given[:, motion.joints.index(name)]
        elif parent is None:
            turns[:, i, 0] = 1.0
        else:
            turns[:, i] = turns[:, JOINTS.index(parent)]
    yaw = np.array([np.cos(motion.yaw / 2), 0.0, 0.0, np.sin(motion.yaw / 2)])
    rotations = rotation_matrix(multiply(yaw, turns))
    directions = np.einsum("tjab,jb->tja", rotations, _rest_directions(motion, joints))
    hips = np.array(motion.hips) * leg_length(joints) @ rotation_matrix(yaw).T
    positions = np.zeros((len(turns), len(JOINTS), 3))
    middle = (joints[JOINTS.index("LeftUpLeg")] + joints[JOINTS.index("RightUpLeg")]) / 2
    for i, name in enumerate(JOINTS):
        parent = PARENTS[name]
        if parent is None:
            positions[:, i] = hips + np.array(motion.position) - rotations[:, i] @ (middle - joints[i])
            continue
        p = JOINTS.index(parent)
        offset = joints[i] - joints[p]
        along = directions[:, p] * np.linalg.norm(offset) if CHILD.get(parent) == name else rotations[:, p] @ offset
        positions[:, i] = positions[:, p] + along
    return positions, directions, rotations


def _rest_directions(motion: HumanoidMotion, joints: Array) -> Array:
    directions = limb_directions(joints)
    for name, direction in zip(motion.joints, motion.rest_directions, strict=True):
        directions[JOINTS.index(name)] = direction
    return directions


def humanoid(number: int, motion: HumanoidMotion, body: BodyShape) -> Proxies:
    """A humanoid as ellipsoids that follow its limbs."""
    positions, directions, rotations = joint_paths(motion, body)
    rest = _rest_directions(motion, rest_joints(body))
    centres, turns, halves = [], [], []
    for name, width, depth, length in _SEGMENTS:
        j = JOINTS.index(name)
        half = body.height * np.array([CLOTHES * width * body.girth, CLOTHES * depth * body.girth, length])
        trunk = name in ("Hips", "Spine2", "Head")
        axis = np.eye(3) if trunk else shortest_rotation(np.array([0.0, 0.0, 1.0]), rest[j])
        frame = rotations[:, j] @ axis
        along = rotations[:, j] @ np.array([0.0, 0.0, 1.0]) if trunk else directions[:, j]
        reach = 0.0 if name == "Hips" else 0.3 if name == "Spine2" else 0.85
        centres.append(positions[:, j] + reach * half[2] * along)
        turns.append(frame)
        halves.append(half)
    count = len(_SEGMENTS)
    return Proxies(
        np.full(count, number),
        np.ones(count, bool),
        np.stack(halves),
        np.stack(centres, axis=1),
        np.stack(turns, axis=1),
        np.ones(count),
    )


# --- backdrop and rays --------------------------------------------------------------------------------------------


def dome_backdrop(dome: GroundedDome) -> Backdrop:
    """The floor and the shell around it, as the environment is built: level to its rim, a quarter of an ellipse up to
    the full radius, closed by a hemisphere."""
    rim = min(dome.floor_radius, 0.95 * dome.radius)
    rise = dome.radius - rim

    def inside(points: Array) -> Bools:
        flat, z = np.hypot(points[:, 0], points[:, 1]), points[:, 2]
        wall = rim + rise * np.sqrt(np.clip(1 - (1 - np.clip(z, 0, rise) / rise) ** 2, 0, 1))
        roof = np.hypot(flat, np.maximum(z - rise, 0.0)) <= dome.radius
        return cast("Bools", (z >= 0) & np.where(z < rise, flat <= wall, roof))

    def ends(origin: Array, rays: Array) -> Array:
        low, high = np.zeros(len(rays)), np.full(len(rays), 4 * dome.radius) / np.linalg.norm(rays, axis=1)
        for _ in range(18):
            middle = (low + high) / 2
            hold = inside(origin + middle[:, None] * rays)
            low, high = np.where(hold, middle, low), np.where(hold, high, middle)
        return low

    return ends


def hits(proxies: Proxies, time: int, origin: Array, rays: Array) -> Array:
    """(N, P) multiples of the rays (N, 3) from `origin` (3,) at which they enter each proxy; inf where they miss."""
    step = proxies.step(time)
    result = np.full((len(rays), len(proxies.half)), np.inf)
    # Spheres outside the cone around all the rays need not be tested.
    unit_rays = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    axis = unit_rays.mean(axis=0)
    axis /= max(float(np.linalg.norm(axis)), 1e-12)
    opening = math.acos(min(1.0, max(-1.0, float((unit_rays @ axis).min())))) + 1e-6
    away, radii = proxies.centres[step] - origin, np.linalg.norm(proxies.half, axis=1)
    distance = np.maximum(np.linalg.norm(away, axis=1), 1e-12)
    angle = np.arccos(np.clip(away @ axis / distance, -1.0, 1.0)) - np.arcsin(np.minimum(radii / distance, 1.0))
    near = (angle <= opening) | (distance <= radii)
    for rounded, enter in ((True, enter_sphere), (False, enter_cube)):
        chosen = np.flatnonzero(near & (proxies.rounded == rounded))
        if chosen.size:
            turn, half = proxies.rotations[step][chosen], proxies.half[chosen]
            start = np.einsum("pji,pj->pi", turn, origin - proxies.centres[step][chosen]) / half
            frames = np.ascontiguousarray(turn.transpose(1, 0, 2)).reshape(3, -1)
            depth = enter(start, (rays @ frames).reshape(len(rays), *half.shape) / half)
            # Screen-door transparency: a ray passes through a proxy whose fill ratio is below its number in [0, 1),
            # spread evenly over rays and proxies (the R2 sequence).
            numbers = (0.7548776662 * np.arange(len(rays))[:, None] + 0.5698402910 * chosen) % 1.0
            depth[numbers >= proxies.solid[chosen]] = np.inf
            result[:, chosen] = depth
    return result


def enter_sphere(start: Array, along: Array) -> Array:
    """(N, P) where rays `start` (P, 3) + s `along` (N, P, 3) enter the unit sphere; inf where they miss.

    The smaller root of |start + s along|^2 = 1.
    """
    a = np.einsum("npi,npi->np", along, along)
    b = np.einsum("pi,npi->np", start, along)
    c = np.einsum("pi,pi->p", start, start) - 1
    inner = b * b - a * c
    with np.errstate(invalid="ignore"):
        s = (-b - np.sqrt(inner)) / a
    return np.where((inner > 0) & (s > 0), s, np.inf)


def enter_cube(start: Array, along: Array) -> Array:
    """(N, P) where rays enter the cube from -1 to 1 (slab method), as in `enter_sphere`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = 1 / along
        first, second = (-1 - start) * slope, (1 - start) * slope
    near, far = np.minimum(first, second), np.maximum(first, second)
    near = np.fmax(np.fmax(near[..., 0], near[..., 1]), near[..., 2])
    far = np.fmin(np.fmin(far[..., 0], far[..., 1]), far[..., 2])
    return np.where((near <= far) & (near > 0), near, np.inf)


def proxies_of_all(instances: Iterable[Instance], library: Library, times: int) -> tuple[Proxies, Proxies]:
    """Proxies of the instances that never move, and of those that do."""
    found = [proxies_of(instance, library) for instance in instances]
    still = stack([p for p in found if len(p.centres) == 1], 1)
    return still, stack([p for p in found if len(p.centres) != 1], times)
