"""A box of 1 x 2 x 3 m in every format, with a picture of any name, written as exporters would."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np

from dsia_gen.blender.compat import default_nodes
from tests.blender.characters.people import empty

SIZE = np.array([1.0, 2.0, 3.0])
CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=np.float64) * SIZE
FACES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
UV = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
TEXTURED = (".obj", ".ply", ".gltf", ".usda", ".fbx", ".blend")
"""Formats that can name a picture."""


def box(path: Path, picture: str | None = None, at: Sequence[float] = (0.0, 0.0, 0.0)) -> Path:
    """The box with its lowest corner at `at`, in the format of the file's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    at = np.asarray(at, dtype=np.float64)
    writer = {".obj": _obj, ".ply": _ply, ".stl": _stl, ".gltf": _gltf, ".usda": _usda}.get(path.suffix, _by_blender)
    writer(path, picture, at)
    return path


def lines(rows: np.ndarray, lead: str = "") -> str:
    return "".join(f"{lead}{x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in rows)


def _obj(path: Path, picture: str | None, at: np.ndarray) -> None:
    text = f"mtllib {path.stem}.mtl\n" if picture else ""
    text += lines(CORNERS + at, "v ") + "".join(f"vt {u} {v}\n" for u, v in UV) + "usemtl m\n" * bool(picture)
    text += "".join("f " + " ".join(f"{i + 1}/{k + 1}" for k, i in enumerate(face)) + "\n" for face in FACES)
    path.write_text(text)
    if picture:
        path.with_suffix(".mtl").write_text(f"newmtl m\nKd 1 1 1\nmap_Kd {picture}\n")


def _ply(path: Path, picture: str | None, at: np.ndarray) -> None:
    head = "ply\nformat ascii 1.0\n" + (f"comment TextureFile {picture}\n" if picture else "")
    head += "element vertex 8\nproperty double x\nproperty double y\nproperty double z\n"
    head += "element face 6\nproperty list uchar int vertex_indices\nproperty list uchar float texcoord\nend_header\n"
    uv = " ".join(f"{u} {v}" for u, v in UV)
    path.write_text(head + lines(CORNERS + at) + "".join(f"4 {' '.join(map(str, f))} 8 {uv}\n" for f in FACES))


def _stl(path: Path, picture: str | None, at: np.ndarray) -> None:
    text = "solid box\n"
    for a, b, c, d in FACES:
        for triangle in ((a, b, c), (a, c, d)):
            text += "facet normal 0 0 0\nouter loop\n" + lines((CORNERS + at)[list(triangle)], "vertex ")
            text += "endloop\nendfacet\n"
    path.write_text(text + "endsolid\n")


def gltf_document(picture: str | None, at: Sequence[float]) -> dict[str, object]:
    """The box as a glTF of one node, moved by a translation."""
    turned = CORNERS[:, [0, 2, 1]] * [1, 1, -1]
    points = np.concatenate([turned[list(face)] for face in FACES]).astype("<f4").tobytes()
    uv = np.tile(np.array(UV, dtype="<f4"), (6, 1)).tobytes()
    index = np.concatenate([np.array([0, 1, 2, 0, 2, 3]) + 4 * k for k in range(6)]).astype("<u2").tobytes()
    data = points + uv + index
    views = [{"buffer": 0, "byteOffset": o, "byteLength": n} for o, n in
             ((0, len(points)), (len(points), len(uv)), (len(points) + len(uv), len(index)))]  # fmt: skip
    low, high = turned.min(axis=0).tolist(), turned.max(axis=0).tolist()
    primitive: dict[str, object] = {"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2}
    document: dict[str, object] = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "box", "mesh": 0, "translation": [at[0], at[2], -at[1]]}],
        "meshes": [{"primitives": [primitive]}], "bufferViews": views,
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 24, "type": "VEC3", "min": low, "max": high},
            {"bufferView": 1, "componentType": 5126, "count": 24, "type": "VEC2"},
            {"bufferView": 2, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "buffers": [{"byteLength": len(data), "uri": "data:application/octet-stream;base64,"
                     + base64.b64encode(data).decode()}],
    }  # fmt: skip
    if picture:
        primitive["material"] = 0
        document["materials"] = [{"name": "m", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
        document["textures"] = [{"source": 0}]
        document["images"] = [{"uri": picture}]
    return document


def _gltf(path: Path, picture: str | None, at: np.ndarray) -> None:
    path.write_text(json.dumps(gltf_document(picture, at.tolist())))


def glb(path: Path, document: dict[str, object]) -> Path:
    """A document as a GLB without a binary part."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    path.write_bytes(struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text)
    return path


def _usda(path: Path, picture: str | None, at: np.ndarray) -> None:
    path.write_text(usda_text(picture, at.tolist()))


def usda_text(picture: str | None, at: Sequence[float], extra: str = "") -> str:
    """The box as a USD layer; `extra` are further lines of the mesh."""
    points = ", ".join(f"({x}, {y}, {z})" for x, y, z in CORNERS)
    uv = ", ".join(f"({u}, {v})" for _ in FACES for u, v in UV)
    bound = "rel material:binding = </root/m>" if picture else ""
    material = f"""
  def Material "m" {{
    token outputs:surface.connect = </root/m/s.outputs:surface>
    def Shader "s" {{
      uniform token info:id = "UsdPreviewSurface"
      color3f inputs:diffuseColor.connect = </root/m/t.outputs:rgb>
      token outputs:surface
    }}
    def Shader "t" {{
      uniform token info:id = "UsdUVTexture"
      asset inputs:file = @{picture}@
      float2 inputs:st.connect = </root/m/r.outputs:result>
      float3 outputs:rgb
    }}
    def Shader "r" {{
      uniform token info:id = "UsdPrimvarReader_float2"
      string inputs:varname = "st"
      float2 outputs:result
    }}
  }}"""
    return f"""#usda 1.0
(
    metersPerUnit = 1
    upAxis = "Z"
    defaultPrim = "root"
)
def Xform "root" {{
  def Mesh "box" (prepend apiSchemas = ["MaterialBindingAPI"]) {{
    {bound}
    uniform token subdivisionScheme = "none"
    int[] faceVertexCounts = [{", ".join("4" * 6)}]
    int[] faceVertexIndices = [{", ".join(str(i) for face in FACES for i in face)}]
    point3f[] points = [{points}]
    texCoord2f[] primvars:st = [{uv}] (interpolation = "faceVarying")
    double3 xformOp:translate = ({at[0]}, {at[1]}, {at[2]})
    uniform token[] xformOpOrder = ["xformOp:translate"]
    {extra}
  }}
{material if picture else ""}
}}
"""


def box_object(name: str = "box", at: Sequence[float] = (0.0, 0.0, 0.0)) -> bpy.types.Object:
    """The box as an object of the scene."""
    block = bpy.data.meshes.new(name)
    block.from_pydata(CORNERS.tolist(), [], FACES)
    layer = block.uv_layers.new(name="UVMap")
    layer.uv.foreach_set("vector", np.tile(np.array(UV, dtype=np.float32), (6, 1)).ravel())
    item = bpy.data.objects.new(name, block)
    item.location = tuple(at)
    bpy.context.scene.collection.objects.link(item)
    return item


def pictured(picture: str) -> bpy.types.Material:
    """A material that names a picture as a file beside the model, whether it is there or not."""
    material = bpy.data.materials.new("m")
    image = bpy.data.images.new(Path(picture).name, 1, 1)
    image.source, image.filepath_raw = "FILE", picture if picture.startswith("/") else f"//{picture}"
    tree = default_nodes(material)
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return material


def _by_blender(path: Path, picture: str | None, at: np.ndarray) -> None:
    empty()
    item = box_object(at=at.tolist())
    if picture:
        item.data.materials.append(pictured(picture))
    if path.suffix == ".blend":
        bpy.ops.wm.save_as_mainfile(filepath=str(path), relative_remap=False)
    elif path.suffix == ".fbx":
        for image in bpy.data.images:
            if not picture.startswith("/"):
                image.filepath_raw = str(path.parent / picture)
        bpy.ops.export_scene.fbx(filepath=str(path), path_mode="RELATIVE")
    else:
        bpy.ops.wm.usd_export(filepath=str(path))
    empty()
