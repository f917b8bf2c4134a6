"""The table of measures: what is measured on a pair and on an image, and how.

scene.json, samples.csv, `--where`, the report and the exports follow the rows. Numpy only, so that readers of a data
set need not load the annotator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from dsia_gen.spec.outputs import Occlusion
from dsia_gen.spec.views import LARGE_CAMERA_PX, LARGE_FOREGROUND_PX, REFERENCE_WIDTH, Role

_LUMA = (0.2126, 0.7152, 0.0722)
"""Weights of R, G and B in luma (ITU-R BT.709)."""

MEASURED_FLOWS: tuple[tuple[Role, Role], ...] = (("1", "2"), ("1", "gt"), ("gt", "2"))
"""Source and target of the flows that the measures are taken of."""

Mask = NDArray[np.bool_]
Subset = Literal["LcLf", "LcSf", "ScLf", "ScSf"]
MeasureValue = float | str | tuple[int, ...] | None
Unit = Literal["px", "share", "m", "text", "ids"]
"""Pixels; a share of the pixels in [0, 1]; metres; a word; a list of instance ids, which no table of samples holds."""


@dataclass(frozen=True)
class Thresholds:
    """From which motion on camera and foreground count as large: pixels at an image width of REFERENCE_WIDTH.

    They scale with the width of the image, so that a scene belongs to the same subset at every resolution.
    """

    camera_px: float = LARGE_CAMERA_PX
    foreground_px: float = LARGE_FOREGROUND_PX


class MeasuredFlow(Protocol):
    """u and v (H, W) float32 in pixels, NaN where there is none, and occlusion (H, W) uint8 of one direction."""

    @property
    def planes(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]: ...
    @property
    def occlusion(self) -> NDArray[np.uint8]: ...


class MeasuredView(Protocol):
    """Depth (H, W) float32 in metres, and unreliable pixels (H, W) bool of a view."""

    @property
    def depth(self) -> NDArray[np.float32]: ...
    @property
    def unreliable(self) -> Mask: ...


class MeasuredPair(Protocol):
    """What measures are taken of: a pair as it is annotated, or as it lies in a data set."""

    measured: dict[str, Any]

    @property
    def thresholds(self) -> Thresholds: ...
    @property
    def width(self) -> int: ...
    @property
    def masks(self) -> Mapping[str, Mask]: ...
    @property
    def views(self) -> Mapping[Role, MeasuredView]: ...
    def flow(self, source: Role, target: Role) -> MeasuredFlow: ...
    def moved_instances(self) -> tuple[int, ...]: ...


@dataclass(frozen=True)
class PairMeasure:
    """A value that is measured on a pair: a key of scene.json and, unless it is a list, a column of samples.csv.

    `of` returns a number, a word or a tuple; None or NaN where it cannot be known. It finds
    the measures of the rows above its own in `measured` of the pair. `title` is the heading of the
    report's histogram and filter; `group` says under which heading the histogram stands.
    """

    name: str
    unit: Unit
    title: str
    about: str
    of: Callable[[MeasuredPair], Any]
    group: Literal["motion", "image"] = "image"


@dataclass(frozen=True)
class ImageMeasure:
    """A value that is measured on every image (H, W, 3) uint8; columns `<name>_1`, `<name>_2` and `<name>_gt`."""

    name: str
    unit: Unit
    title: str
    about: str
    of: Callable[[NDArray[np.uint8]], float]


def camera_motion(flow_gt_to_2: MeasuredFlow, dynamic_gt: Mask) -> float:
    """Mean length in pixels of flow_gt_to_2 over static pixels of Igt that are seen in I2.

    Where none is seen there, over static pixels with a flow; where there is none, over all with a flow; else 0.
    """
    length = _length(*flow_gt_to_2.planes)
    finite = np.isfinite(length)
    visible = flow_gt_to_2.occlusion == Occlusion.VISIBLE
    for chosen in (visible & ~dynamic_gt, finite & ~dynamic_gt, finite):
        if chosen.any():
            return float(length[chosen].mean(dtype=np.float64))
    return 0.0


def foreground_motion(flow_1_to_gt: MeasuredFlow, dynamic_1: Mask) -> float:
    """Mean length in pixels of flow_1_to_gt over dynamic pixels of I1, hidden in Igt or not; 0 where nothing moves."""
    u, v = (plane[dynamic_1] for plane in flow_1_to_gt.planes)
    length = _length(u, v)
    length = length[np.isfinite(length)]
    return float(length.mean(dtype=np.float64)) if length.size else 0.0


def subset(camera_px: float, foreground_px: float, thresholds: Thresholds, width: int) -> Subset:
    """The subset of a pair from its motions in pixels of an image `width` pixels wide (L from the threshold on)."""
    scale = width / REFERENCE_WIDTH
    if camera_px >= thresholds.camera_px * scale:
        return "LcLf" if foreground_px >= thresholds.foreground_px * scale else "LcSf"
    return "ScLf" if foreground_px >= thresholds.foreground_px * scale else "ScSf"


def hidden_share(flow: MeasuredFlow) -> float:
    """Share of the pixels of the source that are not seen in the target, for whichever reason."""
    return float((flow.occlusion != Occlusion.VISIBLE).mean())


def largest_flow(flow: MeasuredFlow) -> float:
    """Length in pixels of the largest flow to a pixel that is seen in the target; 0 where none is."""
    length = _length(*flow.planes)[flow.occlusion == Occlusion.VISIBLE]
    return float(length.max(initial=0.0))


def brightness(image: NDArray[np.uint8]) -> float:
    """Mean Rec.709 luma of an (H, W, 3) uint8 sRGB image in [0, 1], to six digits."""
    mean = image.reshape(-1, 3).astype(np.uint64).sum(axis=0) / (image.shape[0] * image.shape[1] * 255)
    return round(float(mean @ np.array(_LUMA)), 6)


def mean_luma(image: NDArray[Any]) -> float:
    """Mean Rec.709 luma of an (H, W, 3) image of any type in its own levels, to six digits."""
    return round(float(image.reshape(-1, 3).mean(axis=0, dtype=np.float64) @ np.array(_LUMA)), 6)


def _length(u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
    """Length of a flow by its u and v; NaN where it is not defined. Several times faster than `np.hypot`."""
    with np.errstate(over="ignore"):  # what overflows is not a flow
        square: NDArray[np.float32] = u * u
        square += v * v
    return np.sqrt(square, out=square)


def _median_depth(pair: MeasuredPair) -> float:
    depth = pair.views["1"].depth
    depth = depth[np.isfinite(depth)]
    return float(np.median(depth)) if depth.size else float("nan")


_PAIR_ROWS = (
    PairMeasure("camera_motion_px", "px", "Camera motion", "mean over static pixels, Igt to I2",
                lambda pair: camera_motion(pair.flow("gt", "2"), pair.masks["dynamic_gt"]), "motion"),
    PairMeasure("foreground_motion_px", "px", "Foreground motion", "mean over moving pixels, I1 to Igt",
                lambda pair: foreground_motion(pair.flow("1", "gt"), pair.masks["dynamic_1"]), "motion"),
    PairMeasure("subset", "text", "Subset", "large or small motion of camera and foreground: LcLf, LcSf, ScLf, ScSf",
                lambda pair: subset(pair.measured["camera_motion_px"], pair.measured["foreground_motion_px"],
                                    pair.thresholds, pair.width)),
    PairMeasure("foreground_share", "share", "Foreground share", "in motion, I1 or Igt",
                lambda pair: float(pair.masks["dynamic_union"].mean())),
    PairMeasure("occluded_1_to_2", "share", "Occluded, I1 to I2", "seen in I1, not in I2",
                lambda pair: hidden_share(pair.flow("1", "2"))),
    PairMeasure("occluded_gt_to_2", "share", "Occluded, Igt to I2", "seen by camera 1, not by camera 2",
                lambda pair: hidden_share(pair.flow("gt", "2"))),
    PairMeasure("max_flow_1_to_2_px", "px", "Largest motion", "of a pixel that is seen in I1 and I2",
                lambda pair: largest_flow(pair.flow("1", "2")), "motion"),
    PairMeasure("median_depth_m", "m", "Depth", "median over the surfaces of I1", _median_depth),
    PairMeasure("unreliable_share", "share", "Unreliable", "pixels of glass, mirrors, outlines, I1 or Igt",
                lambda pair: float((pair.views["1"].unreliable | pair.views["gt"].unreliable).mean())),
    PairMeasure("light_change_share", "share", "Light and shadow change", "outside moving objects, I1 to Igt",
                lambda pair: float(pair.masks["light_change"].mean()) if "light_change" in pair.masks else None),
    PairMeasure("moved_instances", "ids", "Moving instances", "what moves or deforms between t1 and t2, seen or not",
                lambda pair: pair.moved_instances()),
)  # fmt: skip

PAIR_MEASURES: dict[str, PairMeasure] = {row.name: row for row in _PAIR_ROWS}
"""Measures of a pair by name, in the order of scene.json and samples.csv."""
IMAGE_MEASURES: dict[str, ImageMeasure] = {
    "brightness": ImageMeasure("brightness", "share", "Brightness", "mean of the image; white is 100 %", brightness)
}
"""Measures of an image by name."""


def measure_pair(pair: MeasuredPair) -> dict[str, MeasureValue]:
    """All measures of a pair by name."""
    for row in PAIR_MEASURES.values():
        pair.measured[row.name] = row.of(pair)
    return pair.measured
