"""Thumbnails: one asset alone in a small studio, framed from the front and the side, rendered small."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np

from dsia_gen.blender.asset_files import Resolve
from dsia_gen.blender.build import build_shape, empty_scene
from dsia_gen.blender.characters.imported_textures import meshes
from dsia_gen.blender.characters.imports import evaluated_points
from dsia_gen.blender.compat import enable_nodes
from dsia_gen.blender.cycles import ViewFiles, prepare_render, render_image, set_seed
from dsia_gen.blender.device import choose_device
from dsia_gen.blender.environment import build_environment
from dsia_gen.blender.materials import make_material
from dsia_gen.blender.mesh_objects import to_object
from dsia_gen.blender.nodes import Nodes
from dsia_gen.blender.object_motion import animate
from dsia_gen.blender.render_camera import make_camera, set_pose
from dsia_gen.core.errors import WorkerError
from dsia_gen.core.rotations import Array, quaternion
from dsia_gen.procedural.primitives import icosphere, lathe
from dsia_gen.spec.camera import CameraSpec, Pose, look_at
from dsia_gen.spec.light import Render
from dsia_gen.spec.material import Material
from dsia_gen.spec.thumbnail_request import EnvironmentThumbnail, ShapeThumbnail, Thumbnail

LENS_MM = 65.0
AZIMUTH, ELEVATION = 28.0, 14.0
"""Degrees from which a thumbnail is rendered: to the left of its front (the viewer's right), and above."""
MARGIN = 1.12
"""Room around what is shown, as a factor of its size in the image."""
BACKDROP = Material(colours=((0.62, 0.62, 0.63),), roughness=1.0, bump=0.0)
SAMPLES = 16


def render_thumbnail(
    thumbnail: Thumbnail,
    resolve: Resolve,
    path: Path,
    size: tuple[int, int] = (160, 160),
    samples: int = SAMPLES,
    device: str = "cpu",
    threads: int = 0,
) -> None:
    """Empty the scene, build one asset as a scene would, and write its image (PNG, sRGB, no alpha) to `path`.

    `device` as in a job: one thumbnail is small, and a GPU pays off only where it is warm; `threads` 0 uses all cores.
    Raises AssetError for files that are missing or broken, TypeError for a thumbnail of an unknown type.
    """
    empty_scene()
    choose_device(device)
    if isinstance(thumbnail, ShapeThumbnail):
        render_objects(_figures(thumbnail, resolve), path, size, samples, threads)
    elif isinstance(thumbnail, EnvironmentThumbnail):
        build_environment(thumbnail.environment, resolve)
        # A grey and a mirror ball before a camera that looks out from where the HDRI was taken.
        for x, material in ((-0.24, Material(roughness=0.9, bump=0.0)), (0.24, Material(kind="mirror", roughness=0.0))):
            to_object(icosphere(5, 0.2), f"ball {x}", [make_material(material, f"ball {x}")]).location = (x, 0.0, 0.2)
        turn = look_at(np.array([0.0, -2.6, 1.0]), np.array([0.0, 0.0, 0.75]))
        pose = Pose(position=(0.0, -2.6, 1.0), rotation=tuple(quaternion(turn).tolist()))
        _render(CameraSpec(width=size[0], height=size[1], lens_mm=32.0, poses=(pose,)), path, samples, threads)
    else:
        raise TypeError(f"{type(thumbnail).__name__} is not one of ShapeThumbnail, EnvironmentThumbnail")


def render_objects(
    objects: Sequence[bpy.types.Object],
    path: Path,
    size: tuple[int, int] = (160, 160),
    samples: int = SAMPLES,
    threads: int = 0,
) -> None:
    """Render `objects` and their children, as the current scene shows them, in a small studio.

    Their floor is where they are lowest; they should face -Y. Raises WorkerError when no mesh is shown.
    """
    family = {item.name: item for root in objects for item in (root, *root.children_recursive)}
    shown = [item for item in meshes(list(family.values())) if not item.hide_render]
    points = evaluated_points(shown) if shown else np.zeros((0, 3))
    if not len(points) or not np.all(np.isfinite(points)):
        raise WorkerError("there is nothing to show: no mesh with finite vertices")
    camera = framing(points, size)
    # A light bowl around the points, with a large soft light from the front and the side, and a grey sky.
    low, high = points.min(axis=0), points.max(axis=0)
    middle = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    extent = float(np.linalg.norm(high - low))
    reach = float(np.linalg.norm(np.array(camera.poses[0].position) - middle)) + 2.0 * extent
    # A floor that bends up into a wall beyond the camera.
    bend = np.linspace(0.0, np.pi / 2, 13)
    radius = 0.6 * reach
    profile = np.concatenate(
        [[[0.0, 0.0]], np.column_stack([reach + radius * np.sin(bend), radius * (1 - np.cos(bend))]),
         [[reach + radius, 2.2 * reach]]]
    )  # fmt: skip
    to_object(lathe(profile, 64), "backdrop", [make_material(BACKDROP, "backdrop")]).location = middle
    world = bpy.data.worlds.new("studio")
    bpy.context.scene.world = world
    nodes = Nodes(enable_nodes(world))
    light = nodes.add("Background", {"Color": (1.0, 1.0, 1.0, 1.0), "Strength": 0.55})
    nodes.add("OutputWorld", {"Surface": light.outputs[0]})
    for azimuth, elevation, power in ((-35.0, 50.0, 12.0), (75.0, 30.0, 4.0)):
        a, e = np.radians(azimuth), np.radians(elevation)
        away = np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])
        data = bpy.data.lights.new("softbox", "AREA")
        data.size, data.energy = 1.5 * extent, power * (2.0 * extent) ** 2
        lamp = bpy.data.objects.new("softbox", data)
        lamp.rotation_mode = "QUATERNION"
        # A lamp shines along its -Z; look_at gives OpenCV axes, whose z is forward and y down.
        lamp.rotation_quaternion = quaternion(look_at(away, np.zeros(3)) @ np.diag([1.0, -1.0, -1.0]))
        lamp.location = middle + np.array([0.0, 0.0, 0.4 * extent]) + away * 2.0 * extent
        lamp.visible_camera = False
        bpy.context.scene.collection.objects.link(lamp)
    _render(camera, path, samples, threads)


def framing(points: Array, size: tuple[int, int]) -> CameraSpec:
    """The camera that sees world points (N, 3), that fills an image of `size` pixels but for a margin."""
    azimuth, elevation = np.radians(AZIMUTH), np.radians(ELEVATION)
    away = np.array([np.sin(azimuth) * np.cos(elevation), -np.cos(azimuth) * np.cos(elevation), np.sin(elevation)])
    turn = look_at(away, np.zeros(3))
    local = points @ turn
    middle = (local.min(axis=0) + local.max(axis=0)) / 2
    local = local - middle
    half = np.array(size) / max(size) * 18.0 / LENS_MM / MARGIN
    distance = float((np.abs(local[:, :2]) / half - local[:, 2:]).max())
    x, y, z = (turn @ middle + away * distance).tolist()
    return CameraSpec(
        width=size[0],
        height=size[1],
        lens_mm=LENS_MM,
        clip_start=0.01 * distance,
        clip_end=100.0 * distance,
        poses=(Pose(position=(x, y, z), rotation=tuple(quaternion(turn).tolist())),),
    )


def _figures(thumbnail: ShapeThumbnail, resolve: Resolve) -> list[bpy.types.Object]:
    """The shape in rest and at its moments, side by side, as meshes that no longer move."""
    root = build_shape(thumbnail.shape, "subject", resolve)
    if thumbnail.motion is None:
        return [root]
    stills = [_still(root)] if thumbnail.rest else []
    animate(root, thumbnail.motion, max(thumbnail.moments, default=0) + 1)
    for moment in thumbnail.moments:
        bpy.context.scene.frame_set(moment)
        stills.append(_still(root))
    for item in (root, *root.children_recursive):
        item.hide_render = True
    # The figures stand beside each other across the view, apart by their widths.
    azimuth = np.radians(AZIMUTH)
    across = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    front = np.array([-across[1], across[0], 0.0])
    edge = 0.0
    for still in stills:
        points = evaluated_points(still)
        side, depth = points @ across, points @ front
        move = across * (edge - side.min()) - front * (depth.min() + depth.max()) / 2
        edge += np.ptp(side) + 0.12 * np.ptp(points[:, 2])
        for item in still:
            item.location = move
    bpy.context.view_layer.update()
    return [item for still in stills for item in still]


def _still(root: bpy.types.Object) -> list[bpy.types.Object]:
    """Copies of the meshes below `root` as they are now."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    copies = []
    for item in meshes([root, *root.children_recursive]):
        evaluated = item.evaluated_get(graph)
        block = bpy.data.meshes.new_from_object(evaluated, preserve_all_data_layers=True, depsgraph=graph)
        block.transform(evaluated.matrix_world)
        copy = bpy.data.objects.new(f"{item.name} still", block)
        bpy.context.scene.collection.objects.link(copy)
        copies.append(copy)
    return copies


def _render(camera: CameraSpec, path: Path, samples: int, threads: int) -> None:
    """Render what the current scene holds with a camera of one pose."""
    prepare_render(Render(samples=samples, transform="Standard", look="None"), threads)
    bpy.context.scene.render.use_persistent_data = False
    set_pose(make_camera(camera), camera, 0)
    set_seed(0)
    render_image(ViewFiles(path))
