"""The table of outputs: name, scope, channels, dtype, unit, invalid value and file of everything that can be written.

Writer, reader, validator, report, exporters and docs all read this table; nothing else names a file of a sample.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from dsia_gen.spec.views import Role

Scope = Literal["view", "pair"]
Format = Literal["png8", "png16", "exr16", "exr32"]


class Occlusion(IntEnum):
    """Why a pixel of one view is, or is not, seen in another (DESIGN section 3)."""

    VISIBLE = 0
    OUT_OF_FRAME = 1
    SELF_OCCLUDED = 2
    OCCLUDED = 3
    BEHIND_CAMERA = 4
    NO_GROUND_TRUTH = 255


@dataclass(frozen=True)
class Output:
    """One kind of array in a data set.

    A `view` output exists once for each view and serves every pair that uses the view; a `pair` output once for
    each pair. `channels` are the channel names of an EXR, or () for a PNG. Arrays are (H, W) or (H, W, C).
    """

    name: str
    scope: Scope
    format: Format
    dtype: str
    channels: tuple[str, ...]
    unit: str
    invalid: str
    about: str
    default: bool = True

    @property
    def suffix(self) -> str:
        return ".png" if self.format.startswith("png") else ".exr"

    @property
    def picture(self) -> bool:
        """Whether it is what a camera sees, and not ground truth."""
        return self.name in ("image", "image_blurred", "linear")

    @property
    def displacement(self) -> bool:
        """Whether it is a flow, in the image or in space."""
        return "flow_" in self.name

    @property
    def depth(self) -> int:
        """Number of channels of the array (1 means a two-dimensional array)."""
        return 3 if self.unit == "sRGB" else max(1, len(self.channels))


_DIRECTIONS: tuple[tuple[Role, Role], ...] = (
    ("1", "2"),
    ("2", "1"),
    ("1", "gt"),
    ("gt", "1"),
    ("gt", "2"),
    ("2", "gt"),
)
FLOW_ENDS: dict[str, tuple[Role, Role]] = {f"{a}_to_{b}": (a, b) for a, b in _DIRECTIONS}
"""The six directions of flow and occlusion, with the roles of their source and target views."""

_FLOW_MEANING = {
    "1_to_2": "ordinary optical flow, I1 to I2",
    "2_to_1": "ordinary optical flow, I2 to I1",
    "1_to_gt": "foreground motion F: camera fixed at P1, t1 to t2",
    "gt_to_1": "foreground motion F backwards: camera fixed at P1, t2 to t1",
    "gt_to_2": "camera motion H: time fixed at t2, P1 to P2; backward-warps I2 onto Igt",
    "2_to_gt": "camera motion H backwards: time fixed at t2, P2 to P1",
}


def _table() -> tuple[Output, ...]:
    rows = [
        Output("image", "view", "png8", "uint8", (), "sRGB", "-", "the picture, 8-bit sRGB"),
        Output("linear", "view", "exr16", "float16", ("R", "G", "B"), "scene-linear Rec.709", "-",
               "the picture before exposure and view transform", default=False),
        Output("image_blurred", "view", "png8", "uint8", (), "sRGB", "-",
               "the picture with an open shutter (quality.shutter); all ground truth belongs to the sharp one",
               default=False),
        Output("depth", "view", "exr32", "float32", ("Z",), "m", "+inf",
               "distance along the optical axis; +inf where no surface is hit"),
        Output("instances", "view", "png16", "uint16", (), "id", "-",
               "instance id; 0 is the environment, the rest are in scene.json"),
        Output("unreliable", "view", "png8", "uint8", (), "bool (0, 255)", "-",
               "glass, mirrors, cut-out borders, and pixels whose footprint straddles an edge"),
    ]  # fmt: skip
    for name, meaning in _FLOW_MEANING.items():
        rows.append(Output(f"flow_{name}", "pair", "exr32", "float32", ("u", "v"), "px", "NaN", meaning))
    for name in _FLOW_MEANING:
        a, b = FLOW_ENDS[name]
        rows.append(Output(f"occlusion_{name}", "pair", "png8", "uint8", (), "reason", "255",
                           f"why a pixel of view {a} is not seen in view {b}: see Occlusion"))  # fmt: skip
    rows += [
        Output("scene_flow_1_to_gt", "pair", "exr32", "float32", ("X", "Y", "Z"), "m", "NaN",
               "world displacement of the point seen in I1, t1 to t2", default=False),
        Output("scene_flow_gt_to_1", "pair", "exr32", "float32", ("X", "Y", "Z"), "m", "NaN",
               "world displacement of the point seen in Igt, t2 to t1", default=False),
        Output("dynamic_1", "pair", "png8", "uint8", (), "bool (0, 255)", "-",
               "pixels of I1 on an instance that moves or deforms between t1 and t2"),
        Output("dynamic_gt", "pair", "png8", "uint8", (), "bool (0, 255)", "-",
               "pixels of Igt on an instance that moves or deforms between t1 and t2"),
        Output("dynamic_union", "pair", "png8", "uint8", (), "bool (0, 255)", "-",
               "dynamic_1 or dynamic_gt: where the scene changes under the fixed camera P1"),
        Output("light_change", "pair", "png8", "uint8", (), "bool (0, 255)", "-",
               "shadow or light change: I1 and Igt differ outside dynamic_union"),
    ]  # fmt: skip
    return tuple(rows)


OUTPUTS: dict[str, Output] = {output.name: output for output in _table()}
"""Every output by name, in the order of documentation."""

GROUPS: dict[str, tuple[str, ...]] = {
    "all": tuple(OUTPUTS),
    "default": tuple(o.name for o in OUTPUTS.values() if o.default),
    "images": ("image",),
    "training": ("image", "dynamic_union"),
    "flow": tuple(name for name in OUTPUTS if name.startswith("flow_")),
    "occlusion": tuple(name for name in OUTPUTS if name.startswith("occlusion_")),
    "masks": ("dynamic_1", "dynamic_gt", "dynamic_union", "light_change", "unreliable"),
}
"""Names that stand for several outputs in a job."""


def resolve_outputs(names: Iterable[str]) -> tuple[str, ...]:
    """Output names, groups expanded, each once, in table order; `image` is always there.

    Raises KeyError with the unknown name.
    """
    wanted = {"image"}
    for name in names:
        if name in GROUPS:
            wanted |= set(GROUPS[name])
        elif name in OUTPUTS:
            wanted.add(name)
        else:
            raise KeyError(name)
    return tuple(name for name in OUTPUTS if name in wanted)


def outputs_markdown() -> str:
    """The table as a page of documentation (docs/outputs.md)."""
    lines = [
        "# Outputs",
        "",
        "Written by `make tables` from `dsia_gen/spec/outputs.py`. A *view* output exists once for each view (time,",
        "pose) and serves every pair that uses the view; a *pair* output once for each pair.",
        "",
        "| name | of a | file | type | channels | unit | invalid | what it is | default |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for o in OUTPUTS.values():
        channels = ", ".join(o.channels) or ("R, G, B" if o.depth == 3 else "1")
        default = "yes" if o.default else "on request"
        cells = (f"`{o.name}`", o.scope, o.suffix, o.dtype, channels, o.unit, o.invalid, o.about, default)
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Groups that a job may name instead:", ""]
    lines += [f"- `{name}`: {', '.join(f'`{n}`' for n in names)}" for name, names in GROUPS.items()]
    lines += ["", "Occlusion reasons:", ""]
    lines += [f"- {reason.value}: {reason.name.lower().replace('_', ' ')}" for reason in Occlusion]
    return "\n".join(lines) + "\n"
