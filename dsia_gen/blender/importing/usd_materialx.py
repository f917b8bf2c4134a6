"""MaterialX in USD for Blender's importer, which reads preview surfaces alone: images and numbers are carried over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_INPUTS: Mapping[str, tuple[str, ...]] = {
    "diffuseColor": ("base_color", "diffuseColor"),
    "metallic": ("metalness", "base_metalness", "metallic"),
    "roughness": ("specular_roughness", "roughness"),
    "opacity": ("geometry_opacity", "opacity", "alpha"),
    "normal": ("geometry_normal", "normal"),
}
"""Inputs of a preview surface by those of MaterialX's standard surface, OpenPBR, glTF and preview surfaces."""
_COLOURS, _VECTORS = ("diffuseColor",), ("normal",)
_DEPTH = 16


def add_preview_surfaces(stage: Any, usd: Any) -> int:
    """Give each material that has only a MaterialX surface a preview surface of the same images; returns how many."""
    count = 0
    for prim in list(stage.TraverseAll()):
        material = usd.UsdShade.Material(prim) if prim.IsA(usd.UsdShade.Material) else None
        if material is None or material.ComputeSurfaceSource()[0]:
            continue
        source = material.ComputeSurfaceSource("mtlx")[0]
        if not source:
            continue
        path = prim.GetPath().AppendChild("preview_of_materialx")
        preview = usd.UsdShade.Shader.Define(stage, path)
        preview.CreateIdAttr("UsdPreviewSurface")
        for name, candidates in _INPUTS.items():
            held = next((i for c in candidates if (i := source.GetInput(c)) and _is_set(i)), None)
            if held is not None:
                _carry_over(stage, usd, preview, name, held)
        material.CreateSurfaceOutput().ConnectToSource(preview.CreateOutput("surface", usd.Sdf.ValueTypeNames.Token))
        count += 1
    return count


def _is_set(held: Any) -> bool:
    return held.HasConnectedSource() or held.Get() is not None


def _carry_over(stage: Any, usd: Any, preview: Any, name: str, held: Any) -> None:
    """Connect one input of a preview surface with the image behind `held`, or give it the same number."""
    types = usd.Sdf.ValueTypeNames
    kind = types.Color3f if name in _COLOURS else types.Normal3f if name in _VECTORS else types.Float
    target = preview.CreateInput(name, kind)
    image = _image_behind(held, _DEPTH)
    if image is None:
        value = held.Get() if not held.HasConnectedSource() else None
        if value is not None and name not in _VECTORS:
            target.Set(value if name in _COLOURS or isinstance(value, (int, float)) else float(value[0]))
        return
    texture = usd.UsdShade.Shader.Define(stage, preview.GetPath().AppendChild(f"{name}_image"))
    texture.CreateIdAttr("UsdUVTexture")
    texture.CreateInput("file", types.Asset).Set(usd.Sdf.AssetPath(image.resolvedPath or image.path))
    texture.CreateInput("sourceColorSpace", types.Token).Set("sRGB" if name in _COLOURS else "raw")
    for axis in ("wrapS", "wrapT"):
        texture.CreateInput(axis, types.Token).Set("repeat")
    if name in _VECTORS:
        texture.CreateInput("scale", types.Float4).Set((2, 2, 2, 1))
        texture.CreateInput("bias", types.Float4).Set((-1, -1, -1, 0))
    reader = usd.UsdShade.Shader.Define(stage, preview.GetPath().AppendChild(f"{name}_uv"))
    reader.CreateIdAttr("UsdPrimvarReader_float2")
    reader.CreateInput("varname", types.String).Set("st")
    texture.CreateInput("st", types.Float2).ConnectToSource(reader.CreateOutput("result", types.Float2))
    outputs = ("rgb", types.Float3) if name in (*_COLOURS, *_VECTORS) else ("r", types.Float)
    target.ConnectToSource(texture.CreateOutput(*outputs))


def _image_behind(held: Any, depth: int) -> Any | None:
    """The asset path of the first image that feeds an input, through any nodes and node graphs."""
    attributes = held.GetValueProducingAttributes() if depth else ()
    for attribute in attributes:
        if not attribute.GetName().startswith("outputs:"):
            continue  # a number
        prim = attribute.GetPrim()
        for entry in prim.GetAttributes():
            if entry.GetName() == "inputs:file" and entry.Get() is not None and entry.Get().path:
                return entry.Get()
        for entry in prim.GetAttributes():
            if entry.GetName().startswith("inputs:") and entry.HasAuthoredConnections():
                found = _image_behind(type(held)(entry), depth - 1)
                if found is not None:
                    return found
    return None
