"""A scene of flat rectangles whose images and ground truth are closed forms, and data sets made of it.

The world: a textured wall behind, a slab that stands still, and a square that slides past it; above the wall the sky,
at infinity. Each pixel centre is one ray; each picture is the texture at the exact hit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.config.job import JobConfig, SceneGroup
from dsia_gen.core.rotations import quaternion
from dsia_gen.dataset import DatasetLayout, SceneWriter, scene_metadata, update_index, write_job
from dsia_gen.dataset.documents import RunDocument, SceneDocument
from dsia_gen.sampling.seeds import scene_seed
from dsia_gen.spec.asset import AssetUse, ProceduralObject
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.camera import CameraSpec, Pose, look_at, pixel_directions, project, project_directions
from dsia_gen.spec.light import Environment, Render
from dsia_gen.spec.motion import RigidPath, Still, Track
from dsia_gen.spec.outputs import FLOW_ENDS, OUTPUTS, resolve_outputs
from dsia_gen.spec.scene import Instance, SceneSpec
from dsia_gen.spec.views import LARGE_CAMERA_PX, LARGE_FOREGROUND_PX, Pair, View

Array = NDArray[Any]
WIDTH, HEIGHT, TIMES = 128, 72, 4
OUTPUTS_ALL = resolve_outputs(["all"])
RUN = RunDocument(seconds={"render": 1.5, "annotate": 0.25}, peak_bytes=1000)


@dataclass(frozen=True)
class Rectangle:
    """Faces -Y: spans x and z around its centre; `phase` makes its texture its own."""

    number: int
    centres: tuple[tuple[float, float, float], ...]
    half: tuple[float, float]
    phase: float

    def centre(self, time: int) -> Array:
        return np.array(self.centres[0 if len(self.centres) == 1 else time])


def rectangles(shift: float) -> tuple[Rectangle, ...]:
    """Wall, slab and moving square; `shift` moves them all sideways, so that scenes differ."""
    path = tuple((-0.6 + shift + 0.25 * t, 4.0, 0.1 * t) for t in range(TIMES))
    return (
        Rectangle(1, ((shift, 8.0, -1.0),), (9.0, 3.2), 0.3),
        Rectangle(2, ((0.9 + shift, 5.0, -0.2),), (0.5, 0.9), 1.1),
        Rectangle(3, path, (0.45, 0.45), 2.0),
    )


def make_spec(seed: int = 0, pairs: int = TIMES - 1, width: int = WIDTH, height: int = HEIGHT) -> SceneSpec:
    """The specification of a scene of rectangles: the one of number `seed` in a job with seed 0."""
    shapes = rectangles(0.05 * seed)
    hdri = AssetFile(root="bpy", path="studiolights/world/forest.exr", sha256="0" * 64)
    return SceneSpec(
        config="rectangles",
        seed=scene_seed(0, seed),
        setting="outdoor",
        times=TIMES,
        assets=(
            AssetUse(id="rectangle", kind="object", source="tests", licence="CC0-1.0"),
            AssetUse(id="sky", kind="hdri", source="tests | sky", licence="CC0-1.0", attribution="nobody,\nreally"),
        ),
        instances=tuple(_instance(shape) for shape in shapes),
        environment=Environment(hdri=hdri, asset="sky", irradiance=Track(values=(1.0,))),
        camera=CameraSpec(width=width, height=height, lens_mm=35.0, poses=tuple(_pose(t) for t in range(TIMES))),
        render=Render(),
        pairs=tuple(Pair(index=i, t1=i, p1=i, t2=i + 1, p2=i + 1) for i in range(pairs)),
    )


def _instance(shape: Rectangle) -> Instance:
    paths = {True: Still(position=shape.centres[0])}
    turns = ((1.0, 0.0, 0.0, 0.0),) * len(shape.centres)
    motion = paths.get(len(shape.centres) == 1) or RigidPath(positions=shape.centres, rotations=turns)
    solid = ProceduralObject(family="rectangle", materials=())
    return Instance(
        id=shape.number, name=f"rectangle {shape.number}", asset="rectangle", role="foreground", shape=solid,
        motion=motion,
    )  # fmt: skip


def _pose(t: int) -> Pose:
    position = np.array([0.35 * t, -0.05 * t, 0.05 * math.sin(t)])
    rotation = look_at(position, np.array([0.05 * t, 6.0, 0.3]), roll=0.01 * t)
    return Pose(position=tuple(position.tolist()), rotation=tuple(quaternion(rotation).tolist()))


@dataclass(frozen=True)
class Hits:
    """Which rectangle (index, -1 is the sky) rays hit, at which depth, and the world point (sky: direction)."""

    index: Array
    depth: Array
    points: Array


class Truth:
    """Everything about a scene of rectangles, by closed forms."""

    def __init__(self, spec: SceneSpec) -> None:
        self.spec = spec
        self.camera = spec.camera
        self.shapes = rectangles(spec.instances[0].motion.position[0])
        self.numbers = np.array([*(s.number for s in self.shapes), 0], dtype=np.uint16)
        self.moving = np.array([*(len(s.centres) > 1 for s in self.shapes), False])
        y, x = np.mgrid[: self.camera.height, : self.camera.width]
        self.pixels = np.stack([x + 0.5, y + 0.5], axis=-1)

    def cast(self, time: int, origin: Array, directions: Array) -> Hits:
        """First hits of rays (..., 3); directions of depth 1, so that the distance is the depth."""
        shape = directions.shape[:-1]
        index, nearest = np.full(shape, -1), np.full(shape, np.inf)
        for i, rectangle in enumerate(self.shapes):
            centre = rectangle.centre(time)
            with np.errstate(divide="ignore", invalid="ignore"):
                distance = (centre[1] - origin[1]) / directions[..., 1]
                local = origin + distance[..., None] * directions - centre
            inside = (np.abs(local[..., 0]) <= rectangle.half[0]) & (np.abs(local[..., 2]) <= rectangle.half[1])
            closer = inside & (distance > 1e-6) & (distance < nearest)
            index[closer], nearest[closer] = i, distance[closer]
        finite = np.where(index >= 0, nearest, 0.0)[..., None]
        points = np.where(index[..., None] >= 0, origin + finite * directions, directions)
        return Hits(index, np.where(index >= 0, nearest, np.inf), points)

    @cache  # noqa: B019
    def hits(self, view: View) -> Hits:
        matrix = self.camera.camera_to_world(view.pose)
        return self.cast(
            view.time, matrix[:3, 3], pixel_directions(self.camera.intrinsics(), matrix[:3, :3], self.pixels)
        )

    @cache  # noqa: B019
    def image(self, view: View) -> NDArray[np.uint8]:
        """(H, W, 3) smooth textures that stay on their surfaces."""
        hits = self.hits(view)
        at = hits.points.copy()
        for i, rectangle in enumerate(self.shapes):
            at[hits.index == i] -= rectangle.centre(view.time)
        phase = np.array([*(s.phase for s in self.shapes), 4.0])[hits.index]
        a, b = at[..., 0] * 2.1, at[..., 2] * 1.7
        levels = [0.5 + 0.4 * np.sin(a * (1 + 0.2 * k) + phase * (k + 1)) * np.cos(b + 0.7 * k) for k in range(3)]
        return np.round(255 * np.stack(levels, axis=-1)).astype(np.uint8)

    @cache  # noqa: B019
    def unreliable(self, view: View) -> NDArray[np.bool_]:
        """Pixels beside one that sees another rectangle."""
        index = np.pad(self.hits(view).index, 1, mode="edge")
        middle = index[1:-1, 1:-1]
        shifts = [(r, c) for r in (0, 1, 2) for c in (0, 1, 2)]
        return np.any([index[r : r + middle.shape[0], c : c + middle.shape[1]] != middle for r, c in shifts], axis=0)

    def view_arrays(self, view: View) -> dict[str, Array]:
        hits = self.hits(view)
        image = self.image(view)
        arrays = {
            "image": image,
            "linear": (image / 255).astype(np.float16),
            "image_blurred": image,
            "depth": hits.depth.astype(np.float32),
            "instances": self.numbers[hits.index],
            "unreliable": self.unreliable(view),
        }
        vectors = {row.name for row in OUTPUTS.values() if (row.kind, row.scope) == ("vector", "view")}
        return arrays | {name: self.facing(view) for name in vectors} | {"object_coordinates": self.coordinates(view)}

    def facing(self, view: View) -> NDArray[np.float32]:
        """(H, W, 3) unit normals of the rectangles, which all face -Y, in camera axes; NaN in the sky."""
        hits = self.hits(view)
        normal = np.array([0.0, -1.0, 0.0]) @ self.camera.camera_to_world(view.pose)[:3, :3]
        return np.where(hits.index[..., None] >= 0, normal, np.nan).astype(np.float32)

    def coordinates(self, view: View) -> NDArray[np.float32]:
        """(H, W, 3) where the points of the rectangles lie in their rest boxes, which are flat in Y; NaN in the sky."""
        hits = self.hits(view)
        out = np.full(hits.points.shape, np.nan, dtype=np.float32)
        for i, rectangle in enumerate(self.shapes):
            local = hits.points[hits.index == i] - rectangle.centre(view.time)
            half = np.array([rectangle.half[0], 1.0, rectangle.half[1]])
            out[hits.index == i] = np.where([True, False, True], local / half / 2, 0.0) + 0.5
        return out

    @property
    def rest_boxes(self) -> dict[int, Array]:
        corners = {shape.number: np.array([shape.half[0], 0.0, shape.half[1]]) for shape in self.shapes}
        return {number: np.stack([-corner, corner]) for number, corner in corners.items()}

    def displaced(self, hits: Hits, t1: int, t2: int) -> Array:
        """World displacement of hit points between two times; NaN in the sky."""
        out = np.zeros(hits.points.shape)
        for i, rectangle in enumerate(self.shapes):
            out[hits.index == i] = rectangle.centre(t2) - rectangle.centre(t1)
        out[hits.index < 0] = np.nan
        return out

    @cache  # noqa: B019
    def flow(self, a: View, b: View) -> tuple[Array, Array]:
        """Flow (H, W, 2) and occlusion reasons from one view to another."""
        hits, matrix, K = self.hits(a), self.camera.camera_to_world(b.pose), self.camera.intrinsics()
        sky = hits.index < 0
        moved = hits.points + np.nan_to_num(self.displaced(hits, a.time, b.time))
        there, depth = project(K, matrix, moved)
        far, _ = project_directions(K, matrix[:3, :3], hits.points)
        there = np.where(sky[..., None], far, there)
        offset = np.where(sky[..., None], hits.points, moved - matrix[:3, 3])
        along = (offset @ matrix[:3, 2])[..., None]
        seen = self.cast(b.time, matrix[:3, 3], offset / along)
        size = np.array([self.camera.width, self.camera.height])
        hidden = (seen.index != hits.index) & (seen.depth < np.where(sky, np.inf, depth) * (1 - 1e-9))
        inside = ((there >= 0) & (there < size)).all(axis=-1)
        reason = np.where(inside, np.where(hidden, 3, 0), 1).astype(np.uint8)
        return (there - self.pixels).astype(np.float32), reason

    def pair_arrays(self, pair: Pair) -> dict[str, Array]:
        views = {role: pair.view(role) for role in ("1", "2", "gt")}
        out: dict[str, Array] = {}
        for name, (a, b) in FLOW_ENDS.items():
            out[f"flow_{name}"], out[f"occlusion_{name}"] = self.flow(views[a], views[b])
        first, second = self.hits(views["1"]), self.hits(views["gt"])
        out["scene_flow_1_to_gt"] = self.displaced(first, pair.t1, pair.t2).astype(np.float32)
        out["scene_flow_gt_to_1"] = self.displaced(second, pair.t2, pair.t1).astype(np.float32)
        moving = self.moving if pair.t1 != pair.t2 else np.zeros_like(self.moving)
        out["dynamic_1"], out["dynamic_gt"] = moving[first.index], moving[second.index]
        out["dynamic_union"] = out["dynamic_1"] | out["dynamic_gt"]
        out["light_change"] = np.zeros_like(out["dynamic_union"])
        return out

    def summary(self, pair: Pair, arrays: dict[str, Array]) -> dict[str, Any]:
        """What an annotator records of a pair."""

        def seen(direction: str) -> Array:
            return arrays[f"occlusion_{direction}"] == 0

        def length(direction: str) -> Array:
            return np.sqrt((arrays[f"flow_{direction}"].astype(float) ** 2).sum(axis=-1))

        camera = length("gt_to_2")[seen("gt_to_2") & ~arrays["dynamic_gt"]].mean()
        moving = length("1_to_gt")[arrays["dynamic_1"]]
        foreground = moving.mean() if moving.size else 0.0
        scale = self.camera.width / 960
        camera_size = "L" if camera >= LARGE_CAMERA_PX * scale else "S"
        foreground_size = "L" if foreground >= LARGE_FOREGROUND_PX * scale else "S"
        depth = self.hits(pair.view("1")).depth
        return {
            "camera_motion_px": camera,
            "foreground_motion_px": foreground,
            "subset": f"{camera_size}c{foreground_size}f",
            "foreground_share": arrays["dynamic_union"].mean(),
            "occluded_1_to_2": 1 - seen("1_to_2").mean(),
            "occluded_gt_to_2": 1 - seen("gt_to_2").mean(),
            "max_flow_1_to_2_px": length("1_to_2")[seen("1_to_2")].max(),
            "median_depth_m": np.median(depth[np.isfinite(depth)]),
            "unreliable_share": (self.unreliable(pair.view("1")) | self.unreliable(pair.view("gt"))).mean(),
            "light_change_share": 0.0,
            "moved_instances": (3,) if pair.t1 != pair.t2 else (),
        }


def truth_of(spec: SceneSpec) -> Truth:
    """Made once for a specification, because many tests write the same scene; its arrays are not to be written to."""
    key = spec.hash()
    if key not in _TRUTHS:
        _TRUTHS[key] = Truth(spec)
    return _TRUTHS[key]


_TRUTHS: dict[str, Truth] = {}


def write_scene(
    layout: DatasetLayout,
    name: str,
    spec: SceneSpec,
    outputs: tuple[str, ...] = OUTPUTS_ALL,
    run: RunDocument = RUN,
    truth: Truth | None = None,
) -> SceneDocument:
    """Write a scene as the farm does, and return its scene metadata."""
    truth = truth or truth_of(spec)
    summaries = {}
    with SceneWriter(layout, name, spec, outputs) as writer:
        for view in spec.views():
            for output, array in truth.view_arrays(view).items():
                if output in outputs:
                    writer.write(output, array, view=view)
        for pair in spec.pairs:
            arrays = truth.pair_arrays(pair)
            summaries[pair.index] = truth.summary(pair, arrays)
            if "light_change" not in outputs:  # it needs images, which are only read for the output
                summaries[pair.index]["light_change_share"] = None
            for output, array in arrays.items():
                if output in outputs:
                    writer.write(output, array, pair=pair)
        maps = {view: truth.numbers[truth.hits(view).index] for view in spec.views()}
        boxes = truth.rest_boxes if "object_coordinates" in outputs else None
        metadata = scene_metadata(spec, name=name, instance_maps=maps, summaries=summaries, rest_boxes=boxes)
        writer.finish(metadata, run)
    return metadata


def write_dataset(
    root: Path,
    scenes: int = 2,
    outputs: tuple[str, ...] = OUTPUTS_ALL,
    *,
    pairs: int = TIMES - 1,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> DatasetLayout:
    """A whole data set of rectangles: the first scene has `pairs` pairs, the others one."""
    layout = DatasetLayout(root)
    root.mkdir(parents=True, exist_ok=True)
    job = JobConfig(
        name="rectangles", scenes=[SceneGroup(config="rectangles", count=scenes)], resolution=size,
        outputs=list(outputs),
    )  # fmt: skip
    write_job(layout, job)
    for number in range(scenes):
        write_scene(layout, f"{number:05d}", make_spec(number, 1 if number else pairs, *size), outputs)
    update_index(layout)
    return layout


assert set(OUTPUTS_ALL) == set(OUTPUTS)
