"""Small scenes for tests of the worker, and builders of shapes that Blender deforms in every way it can."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from dsia_gen.core.rotations import quaternion
from dsia_gen.spec.asset import AssetUse, ProceduralObject, Shape
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.camera import CameraSpec, Pose, look_at
from dsia_gen.spec.light import Environment, GroundedDome, Lamp, Render
from dsia_gen.spec.material import Material
from dsia_gen.spec.motion import Motion, RigidPath, Still, Track
from dsia_gen.spec.scene import Instance, SceneSpec
from dsia_gen.spec.views import Pair
from dsia_gen.spec.worker_messages import RenderRequest

HDRI = AssetFile(root="bpy", path="studiolights/world/forest.exr", sha256="")
HALF_TURN = (0.0, 0.0, 0.0, 1.0)
BALL = ProceduralObject(
    family="ball",
    params={"diameter": 0.8, "style": "beach"},
    materials=tuple(Material(colours=((0.6, 0.2, 0.1 * k),)) for k in range(4)),
)


def pose(position: tuple[float, float, float], target: tuple[float, float, float]) -> Pose:
    """A camera at `position` that looks at `target`."""
    turn = quaternion(look_at(np.array(position), np.array(target)))
    return Pose(position=position, rotation=tuple(turn.tolist()))


def moving(x: float, y: float, times: int, step: float = 0.15) -> RigidPath:
    """A body that glides along X and turns."""
    angles = 0.1 * np.arange(times)
    return RigidPath(
        positions=tuple((x + step * t, y, 0.02 * t) for t in range(times)),
        rotations=tuple((float(np.cos(a)), 0.0, 0.0, float(np.sin(a))) for a in angles),
    )


def instance(number: int, shape: Shape, motion: Motion, scale: float = 1.0) -> Instance:
    """An instance of the asset "thing"."""
    return Instance(
        id=number, name=f"thing {number}", asset="thing", role="foreground", shape=shape, motion=motion, scale=scale
    )


def scene(
    *instances: Instance,
    times: int = 2,
    size: tuple[int, int] = (96, 54),
    dome: GroundedDome | None = GroundedDome(detail=0.3),  # noqa: B008 - a frozen record
    hdri: AssetFile = HDRI,
    poses: tuple[Pose, ...] | None = None,
    render: Render | None = None,
    lamps: tuple[Lamp, ...] = (),
    irradiance: tuple[float, ...] = (3.0,),
    pairs: tuple[Pair, ...] = (Pair(index=0, t1=0, p1=0, t2=1, p2=1),),
    ledger: tuple[tuple[str, Any], ...] = (),
) -> SceneSpec:
    """A scene with a camera 5 m in front of the origin; by default one pair of two neighbouring times."""
    ledger = [AssetUse(id=name, kind=kind, source="test", licence="CC0-1.0") for name, kind in (*LEDGER, *ledger)]
    steady = tuple(pose((0.1 * t, -5.0, 1.4), (0.0, 0.0, 0.6)) for t in range(max(times, 2)))
    return SceneSpec(
        config="test",
        seed=0,
        setting="outdoor",
        times=times,
        assets=tuple(ledger),
        instances=instances,
        lamps=lamps,
        environment=Environment(hdri=hdri, asset="sky", irradiance=Track(values=irradiance), dome=dome),
        camera=CameraSpec(width=size[0], height=size[1], lens_mm=35.0, poses=poses or steady),
        render=render or plain(samples=4, max_bounces=2),
        pairs=pairs,
    )


LEDGER: tuple[tuple[str, Any], ...] = (("thing", "object"), ("sky", "hdri"))


def plain(**settings: Any) -> Render:
    """Render settings without the contrast of the default."""
    return Render(**{"look": "None", "adaptive_threshold": 0.01, **settings})


def run_worker(spec: SceneSpec, folder: Path, **options: Any) -> tuple[int, list[dict[str, Any]], str]:
    """Run the worker in a process of its own; exit code, messages, and what it wrote to stderr."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "spec.json"
    path.write_text(spec.model_dump_json())
    return run_worker_on(path, **{"out": folder, "device": "cpu", "threads": 2, **options})


def run_worker_on(path: Path, **options: Any) -> tuple[int, list[dict[str, Any]], str]:
    """Run the worker on a specification file."""
    asked = RenderRequest(spec=path, **options).model_dump_json()
    command, checkout = [sys.executable, "-m", "dsia_gen.blender.worker"], Path(__file__).resolve().parents[2]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=1800, cwd=checkout)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


# -- shapes -----------------------------------------------------------------------------------------------------


def _link(item: Any) -> Any:
    bpy.context.scene.collection.objects.link(item)
    return item


def _mesh_object(name: str, add: Callable[..., Any], **settings: Any) -> Any:
    add(**settings)
    item = bpy.context.active_object
    item.name = name
    return item


def bent_arm(_: ProceduralObject, name: str) -> Any:
    """A tube of quads on two bones, of which the upper one bends from frame to frame."""
    tube = _mesh_object(name, bpy.ops.mesh.primitive_grid_add, x_subdivisions=12, y_subdivisions=24, size=1.0)
    table = np.empty(len(tube.data.vertices) * 3, dtype=np.float32)
    tube.data.vertices.foreach_get("co", table)
    flat = table.reshape(-1, 3)
    angle = flat[:, 0] * 2 * np.pi
    round_ = np.stack([0.25 * np.cos(angle), 0.25 * np.sin(angle), (flat[:, 1] + 0.5) * 1.6], axis=1)
    tube.data.vertices.foreach_set("co", round_.astype(np.float32).ravel())
    bones = bpy.data.armatures.new(name)
    root = _link(bpy.data.objects.new(f"{name} bones", bones))
    bpy.context.view_layer.objects.active = root
    bpy.ops.object.mode_set(mode="EDIT")
    for bone, low, high in (("lower", 0.0, 0.8), ("upper", 0.8, 1.6)):
        edit = bones.edit_bones.new(bone)
        edit.head, edit.tail = (0, 0, low), (0, 0, high)
    bones.edit_bones["upper"].parent = bones.edit_bones["lower"]
    bpy.ops.object.mode_set(mode="OBJECT")
    heights = np.clip((round_[:, 2] - 0.5) / 0.6, 0, 1)
    for bone, weights in (("lower", 1 - heights), ("upper", heights)):
        group = tube.vertex_groups.new(name=bone)
        for k, weight in enumerate(weights):
            group.add([k], float(weight), "REPLACE")
    tube.parent = root
    tube.modifiers.new("bones", "ARMATURE").object = root
    upper = root.pose.bones["upper"]
    upper.rotation_mode = "XYZ"
    for frame in range(4):
        upper.rotation_euler = (0.0, 0.35 * frame, 0.2 * frame)
        upper.keyframe_insert("rotation_euler", frame=frame)
    return root


def breathing_sheet(_: ProceduralObject, name: str) -> Any:
    """A grid of quads whose shape key raises a bump."""
    sheet = _mesh_object(name, bpy.ops.mesh.primitive_grid_add, x_subdivisions=16, y_subdivisions=16, size=1.2)
    sheet.shape_key_add(name="rest")
    key = sheet.shape_key_add(name="bump")
    for point in key.data:
        point.co.z += 0.6 * np.cos(2.5 * point.co.x) * np.cos(2.5 * point.co.y)
    for frame in range(4):
        key.value = frame / 3
        key.keyframe_insert("value", frame=frame)
    return sheet


def smooth_cube(_: ProceduralObject, name: str) -> Any:
    """A cube that is only rounded in renders: two levels of subdivision there, none in the viewport."""
    cube = _mesh_object(name, bpy.ops.mesh.primitive_cube_add, size=1.0)
    levels = cube.modifiers.new("round", "SUBSURF")
    levels.levels, levels.render_levels = 0, 2
    return cube


def flock(_: ProceduralObject, name: str) -> Any:
    """Two copies of a collection, as instances of empties."""
    cone = _mesh_object(f"{name} cone", bpy.ops.mesh.primitive_cone_add, radius1=0.25, depth=0.7)
    collection = bpy.data.collections.new(name)
    collection.objects.link(cone)
    bpy.context.scene.collection.objects.unlink(cone)
    root = _link(bpy.data.objects.new(name, None))
    for k in range(2):
        copy = _link(bpy.data.objects.new(f"{name} {k}", None))
        copy.instance_type, copy.instance_collection = "COLLECTION", collection
        copy.location, copy.parent = (0.7 * k, 0.0, 0.4 + 0.3 * k), root
    return root


def lettering(_: ProceduralObject, name: str) -> Any:
    """A text with thickness."""
    text = bpy.data.curves.new(name, "FONT")
    text.body, text.extrude, text.size = "IGT", 0.1, 0.8
    item = _link(bpy.data.objects.new(name, text))
    item.rotation_euler = (np.pi / 2, 0.0, 0.0)
    return item


def ghosts(_: ProceduralObject, name: str) -> Any:
    """Two cubes that no camera sees: one is hidden in renders, one from cameras."""
    root = _link(bpy.data.objects.new(name, None))
    for k in range(2):
        cube = _mesh_object(f"{name} {k}", bpy.ops.mesh.primitive_cube_add, size=0.8)
        cube.parent, cube.location = root, (k - 0.5, 0.0, 0.5)
        cube.hide_render, cube.visible_camera = k == 0, k == 0
    return root


TEST_BUILDERS: dict[str, Callable[[ProceduralObject, str], Any]] = {
    builder.__name__: builder for builder in (bent_arm, breathing_sheet, smooth_cube, flock, lettering, ghosts)
}


def build_test_object(shape: ProceduralObject, name: str, _resolve: Any = None) -> Any:
    """The object of a shape whose family is a test builder; stands in for `procedural_objects.build_object`."""
    return TEST_BUILDERS[shape.family](shape, name)


def zoo() -> SceneSpec:
    """One of every test shape, moving and still, in view at four times."""
    still = [Still(position=(x, y, z)) for x, y, z in ((-1.6, 0.5, 0), (1.5, 0.8, 0.1), (-0.4, -0.8, 0.3), (0, 0.2, 0))]
    things = [
        instance(1, _family("bent_arm"), moving(-0.8, 0.0, 4)),
        instance(2, _family("breathing_sheet"), Still(position=(1.2, -0.6, 0.3), rotation=(0.92, 0.39, 0, 0)), 1.3),
        instance(3, _family("smooth_cube"), moving(0.0, 0.9, 4, -0.1), 0.8),
        instance(40, _family("flock"), still[0]),
        instance(500, _family("lettering"), still[1]),
        instance(6000, _family("ghosts"), still[2]),
    ]
    pairs = (Pair(index=0, t1=0, p1=0, t2=1, p2=0), Pair(index=1, t1=1, p1=1, t2=3, p2=0))
    return scene(*things, times=4, size=(240, 136), pairs=pairs)


def _family(name: str) -> ProceduralObject:
    return ProceduralObject(family=name, materials=(Material(),))
