"""The table of outputs: what every array of a data set is, who makes it, and how it is checked, shown and resampled.

Annotator, writer, reader, checks, report, exports, tensors, docs and the request to Blender follow the rows; no other
module recognises an output by its name. A new output is a row here and, unless Blender renders it, a producer in
`dsia_gen.annotate`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Literal

from dsia_gen.spec.views import ROLES, Role

Kind = Literal["image", "depth", "flow", "mask", "label", "reason", "vector"]
"""What the numbers mean. Every consumer has one function for each kind: how it is encoded, resampled, shown."""
Producer = Literal["render", "annotate"]
Scope = Literal["view", "pair"]
Format = Literal["png8", "png16", "exr16", "exr32"]
Axes = Literal["image", "camera", "world", "object"]
"""In which axes the components of a vector are: image (right, down), camera (right, down, forward), world (Z up),
object (those of the asset: front towards -Y, Z up)."""
Rule = Literal["surface", "unit_length", "faces_camera", "instances_only", "unit_box"]
"""Of a view's vectors: NaN exactly where depth is infinite; length 1; directed against the ray of the pixel; NaN
exactly where no instance is seen; components from 0 to 1."""
Place = tuple[str, Role | None]
"""An array of a sample: the name of an output, and the role of the view where it is an output of a view."""

_DTYPES: dict[Format, str] = {"png8": "uint8", "png16": "uint16", "exr16": "float16", "exr32": "float32"}


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
    """One output: a kind of array in a data set.

    Parameters
    ----------
    name : str
        Name in jobs, files and keys.
    kind : Kind
        What the numbers mean; consumers dispatch on it.
    producer : Producer
        `render` is written by Blender, `annotate` computed from the frozen geometry.
    scope : Scope
        A `view` output exists once for each view and serves every pair that uses the view; a `pair` output exists
        once for each pair.
    format : Format
        Encoding of the file, which decides suffix and dtype.
    channels : tuple of str
        Channel names of an EXR or a colour image; () for one channel.
    unit, invalid : str
        Unit of the values, and the value of pixels without one.
    about : str
        Description for people.
    default : bool
        Whether the group `default` holds it.
    views : tuple of Role
        Of a pair output: the views in whose pixels it lies, the main one first.
    target : Role or None
        The view to which a flow or an occlusion reason leads.
    axes : Axes or None
        Axes of the components of a flow or vector.
    needs : tuple of str
        Rendered outputs without which it cannot be made.
    rules : tuple of Rule
        What validation checks beyond dtype, shape and kind.
    rest : bool
        Whether it is made from the rest shapes of instances, which Blender then freezes too.
    """

    name: str
    kind: Kind
    producer: Producer
    scope: Scope
    format: Format
    channels: tuple[str, ...]
    unit: str
    invalid: str
    about: str
    default: bool = True
    views: tuple[Role, ...] = ()
    target: Role | None = None
    axes: Axes | None = None
    needs: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    rest: bool = False

    @property
    def suffix(self) -> str:
        """Suffix of the file, with the dot."""
        return ".png" if self.format.startswith("png") else ".exr"

    @property
    def dtype(self) -> str:
        """Dtype of the values in the file."""
        return _DTYPES[self.format]

    @property
    def channel_count(self) -> int:
        """Number of channels; arrays are (H, W) for one and (H, W, C) for more."""
        return max(1, len(self.channels))

    @property
    def direction(self) -> str:
        """Source and target of a flow or reason, such as `gt_to_2`."""
        return f"{self.views[0]}_to_{self.target}"


_FLOW_MEANING: dict[tuple[Role, Role], str] = {
    ("1", "2"): "ordinary optical flow, I1 to I2",
    ("2", "1"): "ordinary optical flow, I2 to I1",
    ("1", "gt"): "foreground motion F: camera fixed at P1, t1 to t2",
    ("gt", "1"): "foreground motion F backwards: camera fixed at P1, t2 to t1",
    ("gt", "2"): "camera motion H: time fixed at t2, P1 to P2; backward-warps I2 onto Igt",
    ("2", "gt"): "camera motion H backwards: time fixed at t2, P2 to P1",
}
FLOW_ENDS: dict[str, tuple[Role, Role]] = {f"{a}_to_{b}": (a, b) for a, b in _FLOW_MEANING}
"""The six directions of flow and occlusion, with the roles of their source and target views."""


def _mask(name: str, views: tuple[Role, ...], about: str, needs: tuple[str, ...] = ()) -> Output:
    return Output(name, "mask", "annotate", "pair", "png8", (), "bool (0, 255)", "-", about, views=views, needs=needs)


_ROWS = (
    Output("image", "image", "render", "view", "png8", ("R", "G", "B"), "sRGB", "-", "the image, 8-bit sRGB"),
    Output("linear", "image", "render", "view", "exr16", ("R", "G", "B"), "scene-linear Rec.709", "-",
           "the image before exposure and view transform", default=False),
    Output("image_blurred", "image", "render", "view", "png8", ("R", "G", "B"), "sRGB", "-",
           "the image with an open shutter (quality.shutter); all ground truth belongs to the sharp one",
           default=False),
    Output("depth", "depth", "annotate", "view", "exr32", ("Z",), "m", "+inf",
           "distance along the optical axis; +inf where no surface is hit"),
    Output("normals", "vector", "annotate", "view", "exr32", ("X", "Y", "Z"), "unit vector", "NaN",
           "normal of the surface on the side of the camera: x right, y down, z forward; NaN where no surface is hit",
           default=False, axes="camera", rules=("surface", "unit_length", "faces_camera")),
    Output("instances", "label", "annotate", "view", "png16", (), "id", "-",
           "instance id; 0 is the environment, the rest are in scene.json"),
    Output("object_coordinates", "vector", "annotate", "view", "exr32", ("X", "Y", "Z"), "share of the rest box", "NaN",
           "where the surface point lies in the rest shape of its instance, as shares of the rest box: the same number "
           "is the same point of an asset in every pose, scene and light; NaN where no instance is seen",
           default=False, axes="object", rules=("instances_only", "unit_box"), rest=True),
    Output("unreliable", "mask", "annotate", "view", "png8", (), "bool (0, 255)", "-",
           "glass, mirrors, cut-out borders, and pixels whose footprint straddles an edge"),
    *(
        Output(f"flow_{a}_to_{b}", "flow", "annotate", "pair", "exr32", ("u", "v"), "px", "NaN", meaning, views=(a,),
               target=b, axes="image")
        for (a, b), meaning in _FLOW_MEANING.items()
    ),
    *(
        Output(f"occlusion_{a}_to_{b}", "reason", "annotate", "pair", "png8", (), "reason", "255",
               f"why a pixel of view {a} is not seen in view {b}: see Occlusion", views=(a,), target=b)
        for a, b in _FLOW_MEANING
    ),
    Output("scene_flow_1_to_gt", "vector", "annotate", "pair", "exr32", ("X", "Y", "Z"), "m", "NaN",
           "world displacement of the point seen in I1, t1 to t2", default=False, views=("1",), target="gt",
           axes="world"),
    Output("scene_flow_gt_to_1", "vector", "annotate", "pair", "exr32", ("X", "Y", "Z"), "m", "NaN",
           "world displacement of the point seen in Igt, t2 to t1", default=False, views=("gt",), target="1",
           axes="world"),
    _mask("dynamic_1", ("1",), "pixels of I1 on an instance that moves or deforms between t1 and t2"),
    _mask("dynamic_gt", ("gt",), "pixels of Igt on an instance that moves or deforms between t1 and t2"),
    _mask("dynamic_union", ("gt", "1"),
          "dynamic_1 or dynamic_gt: where the scene changes under the fixed camera P1"),
    _mask("light_change", ("gt", "1"), "shadow or light change: I1 and Igt differ outside dynamic_union",
          needs=("image",)),
)  # fmt: skip

OUTPUTS: dict[str, Output] = {output.name: output for output in _ROWS}
"""Every output by name, in the order of documentation."""

GROUPS: dict[str, Callable[[Output], bool]] = {
    "all": lambda _: True,
    "default": lambda row: row.default,
    "images": lambda row: row.name == "image",
    "training": lambda row: row.name in ("image", "dynamic_union"),
    "flow": lambda row: row.kind == "flow",
    "occlusion": lambda row: row.kind == "reason",
    "masks": lambda row: row.kind == "mask",
}
"""Names that stand for several outputs in a job, with the rows that belong to them."""


def output_named(name: str) -> Output:
    """The row of an output.

    Parameters
    ----------
    name : str
        Name of an output.

    Returns
    -------
    Output
        Its row.

    Raises
    ------
    KeyError
        When there is none of this name; the message names those that are known.
    """
    if name not in OUTPUTS:
        raise KeyError(f"{name!r} is not an output; known: {', '.join(OUTPUTS)}")
    return OUTPUTS[name]


def directed_output(kind: Kind, source: Role, target: Role) -> Output:
    """The flow, or the occlusion reason, from one view to another.

    Parameters
    ----------
    kind : Kind
        `flow` or `reason`.
    source, target : Role
        The view in whose pixels it lies, and the view to which it leads.

    Returns
    -------
    Output
        Its row.

    Raises
    ------
    KeyError
        When the table has no such output.
    """
    for row in OUTPUTS.values():
        if row.kind == kind and row.target == target and row.views[:1] == (source,):
            return row
    raise KeyError(f"there is no output of kind {kind!r} from view {source} to view {target}")


def sample_places(outputs: Iterable[str] | None = None) -> dict[str, Place]:
    """Every array of a sample by its key: `flow_1_to_2`, and `depth_gt` for an output of a view.

    Parameters
    ----------
    outputs : iterable of str, optional
        Names of outputs; all of the table by default.

    Returns
    -------
    dict of str to Place
        Output and role by key, in the order given.

    Raises
    ------
    KeyError
        When a name is not in the table.
    """
    places: dict[str, Place] = {}
    for row in map(output_named, OUTPUTS if outputs is None else outputs):
        if row.scope == "pair":
            places[row.name] = (row.name, None)
        else:
            places |= {f"{row.name}_{role}": (row.name, role) for role in ROLES}
    return places


SHORT_KEYS: dict[str, Place] = {"img1": ("image", "1"), "img2": ("image", "2"), "gt": ("image", "gt")}
"""What exports call the images of a sample, whose keys are `image_1`, `image_2` and `image_gt`."""


@cache
def _known_places() -> dict[str, Place]:
    return SHORT_KEYS | sample_places()


def place_of_key(key: str, role: Role | None = None) -> Place:
    """Find an array of a sample by its key, which is the same for reader, tensors and shards.

    Parameters
    ----------
    key : str
        A pair output (`flow_gt_to_2`); a view output with its role (`depth_gt`), or without where `role` is given.
    role : {'1', '2', 'gt'} or None
        The view of a view output.

    Returns
    -------
    tuple of str and role
        Output and role; the role of a pair output is None.

    Raises
    ------
    KeyError
        There is no such array; the message says how it is written.
    """
    row = OUTPUTS.get(key)
    if row is not None and row.scope == "view":
        if role in ROLES:
            return key, role
        keys = ", ".join(f"{key}_{name}" for name in ROLES)
        raise KeyError(f"{key} belongs to a view: write one of {keys}, or give the role 1, 2 or gt as in {key!r}, 'gt'")
    place = _known_places().get(key)
    if place is None:
        near = difflib.get_close_matches(key[:100], list(sample_places()), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sample_places())}"
        raise KeyError(f"{key!r} is not an output of a sample; {hint}")
    if role is not None and place[1] != role:
        other = "its key says its view" if place[1] else "it belongs to the pair"
        raise KeyError(f"{key} takes no role {role!r}: {other}; leave the role out")
    return place


def resolve_outputs(names: Iterable[str]) -> tuple[str, ...]:
    """Names of outputs with groups expanded, each once, in table order; `image` is always among them.

    Parameters
    ----------
    names : iterable of str
        Names of outputs and of groups.

    Returns
    -------
    tuple of str
        Names of outputs.

    Raises
    ------
    KeyError
        With the name that is neither an output nor a group.
    """
    chosen = {"image"}
    for name in names:
        if name in GROUPS:
            chosen |= {row.name for row in OUTPUTS.values() if GROUPS[name](row)}
        elif name in OUTPUTS:
            chosen.add(name)
        else:
            raise KeyError(name)
    return tuple(name for name in OUTPUTS if name in chosen)
