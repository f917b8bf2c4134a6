"""Sets of built-in objects by ray casting alone: exact coordinates and masks in a second a set, without Blender.

    python -m bench.cast_sets out/sets [--assets robot,duck] [--images 6] [--turn 20] [--framing box|loose] [--seed 0]

Every image has its own shape and colours of the family, its own light and background, and shows the object turned by at
most `--turn` degrees from the set's first view. The folder is what `dsia-gen evaluate-sets` and `align-set` read. Its
pictures are plain (one light, no shadow), so figures of rendered sets are measured on rendered sets.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from dsia_gen.assets.generators import FAMILIES
from dsia_gen.core.inside_path import PlainName
from dsia_gen.core.io import make_folder
from dsia_gen.core.rotations import unit
from dsia_gen.core.written_files import WrittenFiles
from dsia_gen.dataset.documents.image_sets_document import SETS, ImageSetEntry, ImageSetsDocument
from dsia_gen.dataset.set_images import write_set_image
from dsia_gen.dataset.square_cuts import square_around
from dsia_gen.sampling.draw import draw_object

SIZE, SIDE = 128, 320
"""Pixels of a cut image and of the view that it is cut from."""
ASSETS = "robot,plush_bear,duck,teapot,watering_can,toy_car,guitar,mailbox"
Floats = NDArray[np.float64]


def view(name: str, direction: Floats, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """An image (SIDE, SIDE, 3) of an object of a family from a direction (3,), and its coordinates, NaN beside it."""
    family = FAMILIES[name]
    drawn = draw_object(rng, family)
    mesh = family.mesh(drawn.params)
    fan = [(start, start + k, start + k + 1) for start, size in zip(mesh.starts, mesh.sizes, strict=True)
           for k in range(1, size - 1)]  # fmt: skip
    triangles = mesh.corners[np.array(fan)].astype(np.int32)
    face = np.repeat(np.arange(len(mesh.sizes)), mesh.sizes - 2)
    low, high = mesh.bounds()
    middle, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
    forward = -direction
    right = unit(np.cross(forward, [0.0, 0.0, 1.0]))
    down = np.cross(forward, right)
    places = (2 * np.arange(SIDE) + 1) / SIDE - 1
    x, y = np.meshgrid(places, places)
    rays = unit(forward + 0.22 * (x[..., None] * right + y[..., None] * down)).reshape(-1, 3)
    eye = middle + 7 * radius * direction
    scene = EmbreeScene(robust=True)
    TriangleMesh(scene, mesh.vertices.astype(np.float32), triangles)
    hits = scene.run(np.tile(eye, (len(rays), 1)).astype(np.float32), rays.astype(np.float32), output=1)
    hit = hits["primID"] >= 0
    number = hits["primID"][hit]
    points = eye + hits["tfar"][hit, None] * rays[hit]
    colour = _colours(drawn.materials, mesh.slots[face[number]], points, rng)
    normal = unit(hits["Ng"][hit].astype(np.float64))
    normal *= np.where((normal * rays[hit]).sum(axis=1) > 0, -1.0, 1.0)[:, None]
    light = unit(unit(rng.normal(size=3)) + 1.2 * direction + [0, 0, 0.8])
    picture = _background(rng).reshape(-1, 3)
    picture[hit] = colour * (0.35 + 0.75 * np.clip(normal @ light, 0, None))[:, None]
    values = np.full((SIDE * SIDE, 3), np.nan, dtype=np.float32)
    values[hit] = np.clip((points - low) / np.where(high > low, high - low, 1), 0, 1)
    levels = (255 * np.clip(picture, 0, 1) ** (1 / 2.2)).round().astype(np.uint8)
    return levels.reshape(SIDE, SIDE, 3), values.reshape(SIDE, SIDE, 3)


def _colours(materials: tuple, slots: NDArray[np.int32], points: Floats, rng: np.random.Generator) -> Floats:  # type: ignore[type-arg]
    """(M, 3) linear colours: those of a slot in boxes of the size of its pattern."""
    result = np.zeros((len(points), 3))
    for k, material in enumerate(materials):
        chosen = slots == k
        palette = np.array(getattr(material, "colours", ((0.5, 0.5, 0.5),)))
        cell = np.floor(points[chosen] / max(getattr(material, "scale", 0.1), 0.01)).astype(int)
        number = (cell * [1, 3, 7]).sum(axis=1) % len(palette) if material.kind != "plain" else np.zeros(len(cell), int)
        result[chosen] = palette[number]
    return result * rng.uniform(0.8, 1.2)


def _background(rng: np.random.Generator) -> Floats:
    """(SIDE, SIDE, 3) blurred noise at two scales."""
    noise = sum(gaussian_filter(rng.normal(size=(SIDE, SIDE, 3)), (sigma, sigma, 0)) * sigma for sigma in (6.0, 40.0))
    return np.clip(rng.uniform(0.1, 0.6, 3) + 0.25 * noise, 0, 1)


def directions(count: int, turn: float, rng: np.random.Generator) -> list[Floats]:
    """Unit vectors within a cone of `turn` degrees around the first, which is in front and above."""
    aside, above = np.radians(rng.uniform(-40, 40)), np.radians(rng.uniform(10, 35))
    first = np.array([np.sin(aside) * np.cos(above), -np.cos(aside) * np.cos(above), np.sin(above)])
    found = [first]
    while len(found) < count:
        other = unit(first + 2 * rng.uniform(-1, 1, 3) * np.tan(np.radians(min(turn, 60))))
        if first @ other >= np.cos(np.radians(turn)) and other[2] > -0.1:
            found.append(other)
    return found


def write_set(files: WrittenFiles, asset: str, count: int, turn: float, framing: str, seed: int) -> ImageSetEntry:
    """One set in a folder of its own."""
    rng = np.random.default_rng([seed, *asset.encode()])
    images = []
    for k, direction in enumerate(directions(count, turn, rng)):
        image, values = view(asset, direction, rng)
        on = np.isfinite(values[..., 0])
        rows, columns = np.nonzero(on)
        box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
        square = square_around(box, rng if framing == "loose" else None)
        images.append(write_set_image(files, f"{asset}/{k:04d}", square, SIZE, image, on, values))
    return ImageSetEntry(name=PlainName(asset), asset=asset, kind="object", images=images)


def main() -> None:
    """Write the sets."""
    parser = argparse.ArgumentParser(prog="python -m bench.cast_sets")
    parser.add_argument("out", type=Path)
    parser.add_argument("--assets", default=ASSETS)
    parser.add_argument("--images", type=int, default=6)
    parser.add_argument("--turn", type=float, default=20.0)
    parser.add_argument("--framing", choices=("box", "loose"), default="box")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    make_folder(given.out)
    files = WrittenFiles(given.out, SETS, b"\0")
    sets = [
        write_set(files, asset, given.images, given.turn, given.framing, given.seed)
        for asset in given.assets.split(",")
    ]
    files.write(SETS, ImageSetsDocument(version=1, dataset="cast", size=SIZE, sets=sets).to_json())
    files.close()


if __name__ == "__main__":
    main()
