"""Random scenes of planes: a floor, walls or a distance, boxes and jointed figures, two cameras, two times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dsia_gen.align.layered.surfaces import Floats, Frame, Part, PlaneCamera, Surface
from dsia_gen.align.layered.textures import Texture

UP = np.array([0.0, -1.0, 0.0])
DOWN = -UP


@dataclass(frozen=True)
class World:
    """Surfaces and the cameras P1 and P2."""

    surfaces: list[Surface]
    cameras: tuple[PlaneCamera, PlaneCamera]


def random_world(rng: np.random.Generator, size: tuple[int, int], bank: list[Texture]) -> World:
    """A scene; lengths are metres, the floor is y = 0, the first camera looks along z."""
    width = size[0]
    focal = width / 2 / np.tan(np.radians(rng.uniform(40, 75)) / 2)
    eye = rng.uniform(0.7, 2.2)
    pitch, roll = np.radians(rng.normal(-6, 7)), np.radians(rng.normal(0, 1.5))
    first = PlaneCamera(focal, size, _turn(0, pitch, roll), np.array([0.0, -eye, 0.0]))
    distance = rng.uniform(4.0, 11.0)
    surfaces, far = _backdrop(rng, bank, distance)
    reach = min(distance, 9.0) - 0.6
    movers = int(rng.choice([1, 2, 2, 3, 4, 5]))
    strength = np.exp(rng.uniform(np.log(0.7), np.log(22))) * width / 192  # pixels that the foreground moves by
    nearest = reach
    shadows: list[list[Floats]] = [[], []]
    light = rng.normal(0, 0.6, 2)
    for number in range(1, movers + 1 + int(rng.integers(0, 4))):
        moves = number <= movers
        depth = float(1.2 + (max(2.0, reach) - 1.2) * rng.random() ** 1.7)
        side = float(rng.uniform(-0.75, 0.75) * depth * width / 2 / focal)
        place = np.array([side, 0.0, depth])
        if moves:
            nearest = min(nearest, depth)
        angle = rng.uniform(0, 2 * np.pi)
        travel = strength * rng.uniform(0.5, 1.5) * depth / focal * np.array([np.cos(angle), 0, 1.2 * np.sin(angle)])
        if not moves:
            travel = np.zeros(3)
        kind = rng.random()
        made = _figure(rng, bank, place, travel, moves) if kind < 0.65 else _box(rng, bank, place, travel, moves)
        surfaces += [replace(surface, instance=number if moves else 0) for surface in made]
        darkness, spread = rng.uniform(0.1, 0.6), rng.uniform(0.1, 0.3)
        for time in range(2):
            x, _, z = place + time * travel
            shadows[time].append(np.array([x, z, x + light[0], z + light[1], spread, darkness]))
    surfaces[0] = replace(surfaces[0], shadows=(tuple(shadows[0]), tuple(shadows[1])))
    return World(surfaces, (first, _second_camera(rng, first, (pitch, roll), nearest, far)))


def _second_camera(
    rng: np.random.Generator, first: PlaneCamera, turned: tuple[float, float], nearest: float, far: float
) -> PlaneCamera:
    """P2: a step that gives the nearest mover a parallax of some pixels, and a turn that follows a target or shakes."""
    width = first.size[0]
    parallax = rng.choice([rng.uniform(0, 3), rng.uniform(2, 18)]) * width / 192
    step = parallax / (first.focal * (1 / nearest - 1 / far))
    direction = rng.normal(size=3) * (1.0, 0.45, 0.5)
    move = min(step, 0.35 * nearest) * direction / np.linalg.norm(direction)
    move[1] = min(move[1], 0.5 * -first.centre[1])
    target = rng.choice([far, rng.uniform(nearest, far), 1e9])
    shake = rng.choice([0.3, 2.0, 7.0]) * width / 192 / first.focal
    yaw, pitch = rng.normal(0, shake, 2) + np.array([-move[0], move[1]]) / target
    rotation = _turn(yaw, turned[0] + pitch, turned[1] + rng.normal(0, 0.3 * shake))
    return PlaneCamera(first.focal, first.size, rotation, first.centre + move)


def _turn(yaw: float, pitch: float, roll: float) -> Floats:
    """(3, 3) world to camera."""
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (np.cos, np.sin))
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


def _pick(rng: np.random.Generator, bank: list[Texture]) -> Texture:
    return bank[int(rng.integers(len(bank)))]


def _still(origin: Floats, u: Floats, v: Floats) -> tuple[Frame, Frame]:
    frame = Frame(origin, u, v)
    return frame, frame


def _backdrop(rng: np.random.Generator, bank: list[Texture], distance: float) -> tuple[list[Surface], float]:
    """The floor first, then what closes the view; and the depth of most of it."""
    x, z = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])
    # the floor's own axes are those of the world, so that shadows need no map
    floor = Surface(_still(np.zeros(3), x, z), _pick(rng, bank), float(rng.uniform(0.6, 4)), shade=rng.uniform(0.6, 1))
    if rng.random() < 0.5:  # outdoors
        back = Surface(_still(np.array([0, 0, 250.0]), x, DOWN), _pick(rng, bank), float(rng.uniform(120, 500)))
        surfaces, far = [floor, back], distance * 2.5
        for _ in range(int(rng.integers(0, 4))):
            yaw = rng.normal(0, 0.4)
            u = np.array([np.cos(yaw), 0, np.sin(yaw)])
            half = (float(rng.uniform(0.8, 5)), float(rng.uniform(0.8, 4)))
            origin = np.array([rng.uniform(-8, 8), -half[1], rng.uniform(distance, 3 * distance)])
            bounds = (-half[0], half[0], -half[1], half[1])
            frames, tile = _still(origin, u, DOWN), float(rng.uniform(0.8, 4))
            surfaces.append(Surface(frames, _pick(rng, bank), tile, bounds, rng.uniform(0.5, 1)))
        return surfaces, far
    yaw = rng.normal(0, 0.25)
    u, n = np.array([np.cos(yaw), 0, np.sin(yaw)]), np.array([-np.sin(yaw), 0, np.cos(yaw)])
    tiles = rng.uniform(1, 5, 3)
    wall = _pick(rng, bank)
    surfaces = [floor, Surface(_still(n * distance, u, DOWN), wall, float(tiles[0]), shade=rng.uniform(0.6, 1))]
    for sign in (-1, 1):
        origin = sign * u * rng.uniform(1.8, 6)
        surfaces.append(Surface(_still(origin, n, DOWN), wall, float(tiles[1]), shade=rng.uniform(0.5, 1)))
    if rng.random() < 0.7:
        top = UP * rng.uniform(2.4, 4)
        surfaces.append(Surface(_still(top, x, z), _pick(rng, bank), float(tiles[2]), shade=rng.uniform(0.7, 1)))
    return surfaces, distance


def _box(rng: np.random.Generator, bank: list[Texture], place: Floats, travel: Floats, moves: bool) -> list[Surface]:
    """Five faces of a box that stands on the floor or hovers."""
    half = rng.uniform(0.1, 0.5, 3)
    lift = rng.uniform(0, 1.0) if rng.random() < 0.25 else 0.0
    turns = rng.uniform(0, np.pi) + np.array([0.0, rng.normal(0, 0.3) * moves])
    texture, tile = _pick(rng, bank), float(rng.uniform(0.3, 1.5))
    faces = [(0, 1), (0, -1), (2, 1), (2, -1), (1, -1)]
    surfaces = []
    for axis, sign in faces:
        frames = []
        for time in range(2):
            c, s = np.cos(turns[time]), np.sin(turns[time])
            axes = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
            middle = place + time * travel + UP * (half[1] + lift)
            others = [k for k in range(3) if k != axis]
            frames.append(Frame(middle + sign * half[axis] * axes[axis], axes[others[0]], axes[others[1]]))
        others = [k for k in range(3) if k != axis]
        a, b = (float(half[k]) for k in others)
        bounds = (-a, a, -b, b)
        surfaces.append(Surface((frames[0], frames[1]), texture, tile, bounds, rng.uniform(0.45, 1.0)))
    return surfaces


def _figure(rng: np.random.Generator, bank: list[Texture], place: Floats, travel: Floats, moves: bool) -> list[Surface]:
    """A flat jointed figure that faces the camera more or less: a person, or a few lumps."""
    tall = rng.uniform(1.1, 1.95)
    turns = rng.normal(0, 0.4) + np.array([0.0, rng.normal(0, 0.25) * moves])
    textures = tuple(_pick(rng, bank) for _ in range(4))
    frames = []
    for time in range(2):
        u = np.array([np.cos(turns[time]), 0, np.sin(turns[time])])
        frames.append(Frame(place + time * travel, u, DOWN))
    if rng.random() < 0.75:
        pose = rng.normal(0, 1, 8) * (0.5, 0.5, 0.6, 0.6, 0.35, 0.35, 0.3, 0.3)
        bend = rng.normal(0, 1, 8) * rng.uniform(0, 0.5) * moves
        width = rng.uniform(0.8, 1.35)
        parts = tuple(_person(tall, width, angles) for angles in (pose, pose + bend))
    else:
        centres = rng.normal(0, 0.18, (int(rng.integers(2, 6)), 2)) * tall
        radii = rng.uniform(0.06, 0.25, (len(centres), 2)) * tall
        ends = centres + rng.normal(0, 0.2, centres.shape) * tall
        shift = rng.normal(0, 0.04, (2, *centres.shape)) * tall * moves
        parts = tuple(
            _standing(
                [
                    Part(c + t * shift[0][k], e + t * shift[1][k], (float(r[0]), float(r[1])), k % 4)
                    for k, (c, e, r) in enumerate(zip(centres, ends, radii, strict=True))
                ]
            )
            for t in range(2)
        )
    corners = [p.start + s * max(p.radius) for both in parts for p in both for s in (-1, 1)]
    corners += [p.end + s * max(p.radius) for both in parts for p in both for s in (-1, 1)]
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    surface = Surface((frames[0], frames[1]), textures[0], 1.0, (left, right, top, bottom), rng.uniform(0.6, 1.0))
    return [replace(surface, parts=(parts[0], parts[1]), textures=textures)]


def _person(tall: float, wide: float, angles: Floats) -> tuple[Part, ...]:
    """Legs, trunk, head and arms by eight angles in radians, feet on v = 0."""

    def limb(start: Floats, first: float, second: float, lengths: tuple[float, float]) -> tuple[Floats, Floats]:
        knee = start + lengths[0] * tall * np.array([np.sin(first), np.cos(first)])
        return knee, knee + lengths[1] * tall * np.array([np.sin(first + second), np.cos(first + second)])

    hips, neck = np.array([0.0, -0.53 * tall]), np.array([0.12 * angles[6] * tall, -0.83 * tall])
    r = 0.055 * tall * wide
    parts = []
    for side, (upper, lower) in ((-1, (angles[4], angles[6])), (1, (angles[5], angles[7]))):
        start = hips + np.array([side * 0.05 * tall * wide, 0])
        knee, foot = limb(start, float(upper), -abs(float(lower)), (0.26, 0.25))
        parts += [Part(start, knee, (1.15 * r, 0.8 * r), 1), Part(knee, foot, (0.8 * r, 0.5 * r), 1)]
    back = []
    for side, (upper, lower) in ((-1, (angles[0], angles[2])), (1, (angles[1], angles[3]))):
        start = neck + np.array([side * 0.1 * tall * wide, 0.03 * tall])
        elbow, hand = limb(start, float(upper) + side * 0.15, float(lower), (0.18, 0.17))
        back.append([Part(start, elbow, (0.7 * r, 0.6 * r), 2), Part(elbow, hand, (0.6 * r, 0.45 * r), 3)])
    trunk = [Part(hips, neck, (1.75 * r, 1.95 * r), 2)]
    head = [Part(neck + UP[:2] * 0.06 * tall, neck + UP[:2] * 0.1 * tall, (1.15 * r, 1.25 * r), 3)]
    return _standing([*parts[:2], *back[0], *parts[2:], *trunk, *head, *back[1]])


def _standing(parts: list[Part]) -> tuple[Part, ...]:
    """Parts moved up or down so that the lowest touches v = 0."""
    lowest = max(max(p.start[1] + p.radius[0], p.end[1] + p.radius[1]) for p in parts)
    drop = np.array([0.0, lowest])
    return tuple(replace(p, start=p.start - drop, end=p.end - drop) for p in parts)
