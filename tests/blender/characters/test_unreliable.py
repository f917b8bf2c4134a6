"""Glass, mirrors and polished metal, built in and imported: flagged where warping by ground truth fails, else not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

bpy = pytest.importorskip("bpy")

from dsia_gen.annotate.flow import annotate_flow  # noqa: E402
from dsia_gen.annotate.rays import FrozenScene  # noqa: E402
from dsia_gen.annotate.view import annotate_view  # noqa: E402
from dsia_gen.blender import build  # noqa: E402
from dsia_gen.blender.asset_files import resolver  # noqa: E402
from dsia_gen.blender.characters.mesh_file import build_mesh_file  # noqa: E402
from dsia_gen.blender.characters.unreliable import flag_unreliable  # noqa: E402
from dsia_gen.blender.compat import default_nodes  # noqa: E402
from dsia_gen.blender.cycles import ViewFiles, prepare_render, render_views  # noqa: E402
from dsia_gen.blender.device import choose_device  # noqa: E402
from dsia_gen.blender.freeze import freeze_scene  # noqa: E402
from dsia_gen.blender.material_flags import UNRELIABLE  # noqa: E402
from dsia_gen.blender.render_camera import make_camera  # noqa: E402
from dsia_gen.dataset.array_files import read_array  # noqa: E402
from dsia_gen.spec.asset import MeshFile, ProceduralObject, Shape  # noqa: E402
from dsia_gen.spec.light import GroundedDome  # noqa: E402
from dsia_gen.spec.material import Material  # noqa: E402
from dsia_gen.spec.motion import Still  # noqa: E402
from dsia_gen.spec.outputs import OUTPUTS  # noqa: E402
from dsia_gen.spec.views import Pair  # noqa: E402
from tests.blender import small_scenes as small  # noqa: E402
from tests.blender.characters.people import asset, empty, export_glb  # noqa: E402
from tests.blender.characters.test_mesh_file import box_file  # noqa: E402

pytestmark = pytest.mark.blender
SIDE = 0.9
FALSE, TRUE, HALF = (0.0, 0.05), (0.95, 1.0), (0.35, 0.65)
"""Shares of a panel's inner pixels that are flagged."""


def principled(name: str = "panel") -> tuple[bpy.types.Material, bpy.types.Node]:
    material = bpy.data.materials.new(name)
    return material, default_nodes(material).nodes["Principled BSDF"]


def halves(left: tuple[float, ...], right: tuple[float, ...]) -> bpy.types.Image:
    """A picture of which the left half has one colour and the right another."""
    image = bpy.data.images.new("halves", 8, 8)
    image.colorspace_settings.name = "Non-Color"
    pixels = np.ones((8, 8, 4), dtype=np.float32)
    pixels[:, :4, :3], pixels[:, 4:, :3] = left, right
    image.pixels.foreach_set(pixels.ravel())
    image.pack()
    return image


def textured(material: bpy.types.Material, image: bpy.types.Image, **sockets: str) -> None:
    """Feed inputs of the shader from channels of a picture."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    source, split = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeSeparateColor")
    source.image = image
    links.new(source.outputs["Color"], split.inputs[0])
    for name, channel in sockets.items():
        links.new(split.outputs[channel], nodes["Principled BSDF"].inputs[name])


def panel_file(folder: Path, name: str, **inputs: float) -> MeshFile:
    """A panel of 8 x 8 faces, facing -Y, with these inputs of its shader, as a GLB; `half` polishes its left half."""
    empty()
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=8, y_subdivisions=8, size=SIDE, rotation=(np.pi / 2, 0, 0))
    material, shader = principled()
    if inputs.pop("half", 0):
        # glTF: green is roughness, blue is metallic.
        textured(material, halves((0, 0.02, 1), (0, 0.8, 0)), Metallic="Blue", Roughness="Green")
    for key, value in inputs.items():
        shader.inputs[key.replace("_", " ")].default_value = value
    bpy.context.object.data.materials.append(material)
    export_glb(folder / f"{name}.glb")
    empty()
    return MeshFile(file=asset(folder / f"{name}.glb"))


def slab(kind: str, **changes: Any) -> ProceduralObject:
    """A built-in panel, lying; `STANDING` stands it up."""
    record = Material(kind=kind, colours=((0.6, 0.4, 0.2), (0.1, 0.2, 0.5)), scale=0.12, **changes)  # type: ignore[arg-type]
    return ProceduralObject(
        family="floor_slab", params={"length": SIDE, "width": SIDE, "thickness": 0.05}, materials=(record,)
    )


STANDING = (float(np.cos(np.pi / 4)), float(np.sin(np.pi / 4)), 0.0, 0.0)
Shares = dict[str, tuple[float, float]]
"""By panel: the share of flagged pixels, and the mean error of I2 warped onto I1 over the mean brightness."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shares]:
    folder = tmp_path_factory.mktemp("panels")
    shapes: dict[str, Shape] = {
        "plain file": panel_file(folder, "plain", Metallic=0.0, Roughness=0.7),
        "brushed file": panel_file(folder, "brushed", Metallic=1.0, Roughness=0.7),
        "polished file": panel_file(folder, "polished", Metallic=1.0, Roughness=0.03),
        "glass file": panel_file(folder, "glass", Transmission_Weight=1.0, Roughness=0.0),
        "half polished file": panel_file(folder, "half", half=1),
        "wood": slab("wood"),
        "mirror": slab("mirror", roughness=0.0),
        "glass": slab("glass", roughness=0.0),
    }
    things = [
        small.instance(k + 1, shape, Still(
            position=(1.1 * (k % 4) - 1.65, 0.0, 0.1 + 1.1 * (k // 4) + SIDE / 2 * (shape.type == "procedural")),
            rotation=STANDING if shape.type == "procedural" else (1.0, 0.0, 0.0, 0.0),
        ))
        for k, shape in enumerate(shapes.values())
    ]  # fmt: skip
    spec = small.scene(
        *things, times=1, size=(160, 90), dome=GroundedDome(radius=12, floor_radius=8, detail=0.9),
        poses=(small.pose((0, -5.0, 1.1), (0, 0, 1.05)), small.pose((0.35, -5.0, 1.1), (0.05, 0, 1.05))),
        render=small.plain(samples=16, max_bounces=5), pairs=(Pair(index=0, t1=0, p1=0, t2=0, p2=1),),
    )  # fmt: skip
    yield dict(zip(shapes, _measured(spec, folder), strict=True))


def _measured(spec: Any, folder: Path) -> list[tuple[float, float]]:
    build.empty_scene()
    build.build_scene(spec, resolver(folder))
    frozen = FrozenScene(freeze_scene((0,))).at(0)
    choose_device("cpu")
    prepare_render(spec.render, 2)
    views = [spec.pairs[0].view(role) for role in ("1", "2")]
    wanted = [(view, ViewFiles(folder / f"{view.key}.png")) for view in views]
    list(render_views(make_camera(spec.camera), spec.camera, wanted, seed=1))
    first, second = (read_array(OUTPUTS["image"], files.image).astype(float) for _, files in wanted)
    seen = annotate_view(frozen, spec.camera, views[0])
    flow = annotate_flow(seen, frozen, spec.camera, views[1]).flow
    rows, columns = np.mgrid[: first.shape[0], : first.shape[1]]
    at = np.stack([rows + flow[..., 1], columns + flow[..., 0]])
    warped = np.stack([map_coordinates(second[..., c], at, order=1, mode="nearest") for c in range(3)], axis=-1)
    error = np.abs(warped - first).mean(axis=-1)
    results = []
    for thing in spec.instances:
        inside = _eroded(seen.instances == thing.id)
        assert inside.sum() > 300
        results.append((float(seen.unreliable[inside].mean()), float(error[inside].mean() / first[inside].mean())))
    return results


def _eroded(mask: np.ndarray) -> np.ndarray:
    """Without the three outermost pixels, where footprints straddle edges."""
    for _ in range(3):
        p = np.pad(mask, 1)
        mask = mask & p[:-2, 1:-1] & p[2:, 1:-1] & p[1:-1, :-2] & p[1:-1, 2:]
    return mask


@pytest.mark.parametrize(("panel", "flagged"), [
    ("plain file", FALSE), ("brushed file", FALSE), ("wood", FALSE),
    ("polished file", TRUE), ("glass file", TRUE), ("mirror", TRUE), ("glass", TRUE),
    ("half polished file", HALF),
])  # fmt: skip
def test_what_shows_something_else_is_flagged(measured: Shares, panel: str, flagged: tuple[float, float]) -> None:
    assert flagged[0] <= measured[panel][0] <= flagged[1]


def test_the_flags_are_where_warping_fails(measured: Shares) -> None:
    held = max(measured[panel][1] for panel in ("plain file", "brushed file", "wood"))
    failed = min(measured[panel][1] for panel in ("polished file", "glass file", "mirror", "glass"))
    assert failed > 5 * held, measured


# --- node trees as .blend files have them, without a render


def quad(material: bpy.types.Material) -> bpy.types.Object:
    bpy.ops.mesh.primitive_plane_add(size=1)
    item = bpy.context.object
    item.data.materials.append(material)
    return item


def shaded(kind: str, **inputs: float) -> bpy.types.Material:
    """A material of one shader node."""
    material, shader = principled()
    nodes = material.node_tree.nodes
    nodes.remove(shader)
    node = nodes.new(kind)
    for key, value in inputs.items():
        node.inputs[key].default_value = value
    material.node_tree.links.new(node.outputs[0], nodes["Material Output"].inputs[0])
    return material


def mixed(first: str, second: str, factor: float | str) -> bpy.types.Material:
    """Two shaders mixed by a number, or by the first output of a node of a kind."""
    material = shaded("ShaderNodeMixShader")
    nodes, links = material.node_tree.nodes, material.node_tree.links
    mix = next(node for node in nodes if node.bl_idname == "ShaderNodeMixShader")
    if isinstance(factor, str):
        links.new(nodes.new(factor).outputs[0], mix.inputs[0])
    else:
        mix.inputs[0].default_value = factor
    for socket, kind in ((1, first), (2, second)):
        links.new(nodes.new(kind).outputs[0], mix.inputs[socket])
    return material


DIFFUSE, CLEAR, GLOSSY = "ShaderNodeBsdfDiffuse", "ShaderNodeBsdfTransparent", "ShaderNodeBsdfAnisotropic"


@pytest.mark.parametrize(("make", "flagged"), [
    (lambda: shaded("ShaderNodeBsdfGlass"), True),
    (lambda: shaded("ShaderNodeBsdfRefraction"), True),
    (lambda: shaded(GLOSSY, Roughness=0.05), True),
    (lambda: shaded(GLOSSY, Roughness=0.4), False),
    (lambda: shaded(DIFFUSE), False),
    (lambda: shaded("ShaderNodeEmission"), False),
    (lambda: mixed(DIFFUSE, CLEAR, 0.8), True),
    (lambda: mixed(DIFFUSE, CLEAR, 0.1), False),
    (lambda: mixed(DIFFUSE, "ShaderNodeBsdfGlass", "ShaderNodeFresnel"), False),  # a varnish
    (lambda: mixed(CLEAR, "ShaderNodeEmission", "ShaderNodeLightPath"), False),  # unlit, as glTF has it
])  # fmt: skip
def test_shaders_of_every_kind_are_judged(make: Any, flagged: bool) -> None:
    empty()
    material = make()
    flag_unreliable([quad(material)])
    assert bool(material.get(UNRELIABLE, False)) == flagged


@pytest.mark.parametrize(("model", "flagged"), [(2, False), (6, True)])
def test_an_obj_is_of_glass_where_its_model_of_illumination_says_so(tmp_path: Path, model: int, flagged: bool) -> None:
    """Exporters write `Tf 1 1 1`, a filter of nothing, for what is opaque."""
    path = box_file(tmp_path, None)
    material = f"newmtl paint\nKd 1 1 1\nNs 10\nTf 1 1 1\nd 1\nillum {model}\n"
    (tmp_path / "model.mtl").write_text(material)
    item = build_mesh_file(MeshFile(file=asset(path)), path, "thing")
    assert bool(item.data.materials[0].get(UNRELIABLE, False)) == flagged
    shader = item.data.materials[0].node_tree.nodes["Principled BSDF"]
    assert shader.inputs["Transmission Weight"].default_value == float(flagged)


def test_only_the_faces_that_a_texture_polishes_are_set_apart() -> None:
    empty()
    material, _ = principled()
    textured(material, halves((0, 0.02, 1), (0, 0.8, 1)), Metallic="Blue", Roughness="Green")
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=4, y_subdivisions=2, size=2)
    item = bpy.context.object
    item.data.materials.append(material)
    flag_unreliable([item])
    own, twin = item.data.materials
    assert not own.get(UNRELIABLE, False) and twin[UNRELIABLE]
    for face in item.data.polygons:
        assert (face.material_index == 1) == (face.center.x < 0)
