"""Characters and rigged files for tests, made with Blender itself."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from dsia_gen.blender.characters.imports import evaluated_points
from dsia_gen.blender.characters.parametric import bind, make_armature
from dsia_gen.blender.compat import default_nodes
from dsia_gen.core.rotations import Array
from dsia_gen.motion.skeleton import JOINTS, rest_joints
from dsia_gen.spec.asset import BodyShape, Outfit
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.material import Material

PLAIN = Material(colours=((0.5, 0.4, 0.3),))


def outfit(**changes) -> Outfit:
    """Plain clothes."""
    return Outfit(**(dict.fromkeys(("top", "bottom", "shoes", "skin", "hair"), PLAIN) | changes))


def asset(path: Path) -> AssetFile:
    return AssetFile(root="user", path=path.name, sha256="")


def empty() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


def extent(root: bpy.types.Object) -> tuple[Array, Array]:
    """Least and greatest corner of what is rendered of a character."""
    points = evaluated_points(root.children_recursive)
    return points.min(axis=0), points.max(axis=0)


def posed_joints(root: bpy.types.Object, names: dict[str, str]) -> dict[str, Array]:
    """World positions of joints (canonical name to bone name) in the current frame."""
    matrix = np.array(root.matrix_world)
    heads = {j: np.array([*root.pose.bones[b].head, 1.0]) for j, b in names.items()}
    return {j: (matrix @ h)[:3] for j, h in heads.items()}


def stick_figure(name: str, prefix: str = "", arms_down: float = 0.0) -> bpy.types.Object:
    """An armature with a box of 4 cm around each bone, rigidly skinned to it: an image-textured material, 1.7 m."""
    body = BodyShape(height=1.7)
    joints = dict(zip(JOINTS, rest_joints(body, arms_down), strict=True))
    tips = {"Head": np.array([0.0, 0.0, 1.7]), "LeftHand": joints["LeftHand"] + [0.1, 0.0, 0.0]}
    armature = make_armature(joints, tips, name)
    vertices, faces, owner = [], [], []
    for j, joint in enumerate(JOINTS):
        bone = armature.data.bones[joint]
        ends = np.array([bone.head_local, bone.tail_local])
        low, high = ends.min(axis=0) - 0.02, ends.max(axis=0) + 0.02
        low[2] = max(low[2], 0.0)
        start = len(vertices)
        vertices += [
            [(low, high)[x][0], (low, high)[y][1], (low, high)[z][2]] for x in (0, 1) for y in (0, 1) for z in (0, 1)
        ]
        boxes = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
        faces += [[start + i for i in face] for face in boxes]
        owner += [j] * 8
    block = bpy.data.meshes.new(name)
    block.from_pydata(vertices, [], faces)
    block.uv_layers.new(name="UVMap")
    item = bpy.data.objects.new(f"{name} mesh", block)
    bpy.context.scene.collection.objects.link(item)
    bind(item, armature, JOINTS, np.eye(len(JOINTS))[owner])
    for joint in JOINTS:
        armature.data.bones[joint].name = prefix + joint
    return armature


def textured(name: str, alpha: bool, image_path: Path | None = None) -> bpy.types.Material:
    """A material with an 8x8 image, whose left half is transparent if `alpha`."""
    image = bpy.data.images.new(name, 8, 8, alpha=True)
    pixels = np.ones((8, 8, 4), dtype=np.float32)
    pixels[:, :4, 3] = 0.2 if alpha else 1.0
    image.pixels.foreach_set(pixels.ravel())
    if image_path is None:
        image.pack()
    else:
        image.filepath_raw, image.file_format = str(image_path), "PNG"
        image.save()
    material = bpy.data.materials.new(name)
    tree = default_nodes(material)
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    shader = tree.nodes["Principled BSDF"]
    tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    if alpha:
        tree.links.new(node.outputs["Alpha"], shader.inputs["Alpha"])
    return material


def export_glb(path: Path, **options) -> Path:
    """Everything in the scene as a GLB (or what `options` say)."""
    bpy.ops.export_scene.gltf(filepath=str(path), export_format=options.pop("format", "GLB"), **options)
    return path
