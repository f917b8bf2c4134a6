"""All ground truth of a pair, and of all pairs of a scene with views shared between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.flow import FlowTruth, annotate_flow
from dsia_gen.annotate.masks import Mask, dynamic_mask, light_change, moved_instances, moved_parts
from dsia_gen.annotate.pair_motion import (
    Subset,
    Thresholds,
    camera_motion,
    foreground_motion,
    hidden_share,
    largest_flow,
    subset,
)
from dsia_gen.annotate.rays import FrozenScene, RayScene
from dsia_gen.annotate.view import ViewTruth, annotate_view
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.frozen_geometry import SceneGeometry
from dsia_gen.spec.outputs import FLOW_ENDS, OUTPUTS
from dsia_gen.spec.views import ROLES, Pair, Role, View

Images = Callable[[View], NDArray[np.uint8]]
Arrays = dict[str, NDArray[Any]]

VIEW_OUTPUTS = ("depth", "instances", "unreliable")
_ALWAYS = ("1_to_2", "1_to_gt", "gt_to_2")  # the summary is about these


@dataclass(frozen=True)
class PairSummary:
    """One row of a samples table. Motions in pixels, shares in [0, 1] of all pixels, depth in metres.

    camera_motion_px:     mean |flow_gt_to_2| over static pixels; foreground_motion_px: mean |flow_1_to_gt| over
                          dynamic pixels of I1; subset: the four of the paper.
    foreground_share:     pixels of dynamic_union.
    occluded_1_to_2, occluded_gt_to_2: pixels of I1, of Igt, that are not seen in I2 for whichever reason.
    max_flow_1_to_2_px:   over pixels that are seen in both.
    median_depth_m:       of I1 where a surface is hit; NaN where there is none.
    unreliable_share:     of I1 and Igt together.
    light_change_share:   None when light_change was not asked for.
    moved_instances:      ids of what moves or deforms between t1 and t2, seen or not.
    """

    camera_motion_px: float
    foreground_motion_px: float
    subset: Subset
    foreground_share: float
    occluded_1_to_2: float
    occluded_gt_to_2: float
    max_flow_1_to_2_px: float
    median_depth_m: float
    unreliable_share: float
    light_change_share: float | None
    moved_instances: tuple[int, ...]


@dataclass(frozen=True)
class PairTruth:
    """The ground truth of one pair.

    views:     the annotated view of each role. new_views: those that no earlier pair of the iteration had.
    arrays:    the `pair` outputs that were asked for, by name, in the dtypes of the table (masks bool).
    """

    pair: Pair
    views: dict[Role, ViewTruth]
    new_views: tuple[View, ...]
    arrays: Arrays
    summary: PairSummary


def view_arrays(truth: ViewTruth, outputs: Iterable[str] = VIEW_OUTPUTS) -> Arrays:
    """The outputs of scope `view` that come from geometry, by name, out of those asked for."""
    return {name: getattr(truth, name) for name in outputs if name in VIEW_OUTPUTS}


def annotate_pair(
    scenes: dict[int, RayScene],
    camera: CameraSpec,
    pair: Pair,
    views: dict[Role, ViewTruth],
    outputs: Sequence[str],
    images: Images | None = None,
    thresholds: Thresholds | None = None,
) -> tuple[Arrays, PairSummary]:
    """The `pair` outputs asked for, by name, and the summary, which does not depend on what was asked for.

    scenes: by time index, t1 and t2 at least. images: 8-bit sRGB (H, W, 3) of a view, needed for light_change only.
    Raises ValueError for an output that is not in the table, or light_change without images.
    """
    _check_outputs(outputs, images)
    frozen = scenes[pair.t1].frozen
    flows = {
        name: annotate_flow(views[a], scenes[pair.view(b).time], camera, pair.view(b), views[b])
        for name, (a, b) in FLOW_ENDS.items()
        if name in _ALWAYS
        or any(output.endswith(f"flow_{name}") or output == f"occlusion_{name}" for output in outputs)
    }
    masks = _masks(frozen, pair, views)
    if "light_change" in outputs and images is not None:
        first, second = images(pair.view("1")), images(pair.view("gt"))
        masks["light_change"] = light_change(first, second, masks["dynamic_union"])
    available: Arrays = {**_flow_arrays(flows), **masks}
    summary = _summarise(frozen.geometry, camera, pair, views, flows, masks, thresholds or Thresholds())
    return {name: available[name] for name in outputs if name in available}, summary


def annotate_scene(
    geometry: SceneGeometry,
    camera: CameraSpec,
    pairs: Sequence[Pair],
    outputs: Sequence[str],
    images: Images | None = None,
    thresholds: Thresholds | None = None,
) -> Iterator[PairTruth]:
    """The ground truth of each pair in the order given; views and scenes are made when first needed, shared between
    pairs and released after their last use.

    Raises ValueError as annotate_pair does, when a time of a pair was not frozen, or when arrays do not fit.
    """
    _check_outputs(outputs, images)
    frozen = FrozenScene(geometry)
    scenes = _Shared(frozen.at, [time for pair in pairs for time in {pair.t1, pair.t2}])
    views = _Shared(
        lambda view: annotate_view(scenes[view.time], camera, view),
        [view for pair in pairs for view in {pair.view(role) for role in ROLES}],
    )
    seen: set[View] = set()
    for pair in pairs:
        here = {pair.view(role) for role in ROLES}
        truths: dict[Role, ViewTruth] = {role: views[pair.view(role)] for role in ROLES}
        by_time = {time: scenes[time] for time in (pair.t1, pair.t2)}
        arrays, summary = annotate_pair(by_time, camera, pair, truths, outputs, images, thresholds)
        yield PairTruth(pair, truths, tuple(sorted(here - seen)), arrays, summary)
        seen |= here
        views.release(here)
        scenes.release(by_time)


K = TypeVar("K")
V = TypeVar("V")


class _Shared(Generic[K, V]):
    """Values made on first use and dropped after their last; `uses` names every use to come."""

    def __init__(self, make: Callable[[K], V], uses: Iterable[K]) -> None:
        self._make = make
        self._left = Counter(uses)
        self._values: dict[K, V] = {}

    def __getitem__(self, key: K) -> V:
        if key not in self._values:
            self._values[key] = self._make(key)
        return self._values[key]

    def release(self, keys: Iterable[K]) -> None:
        """One use of each key is over."""
        for key in keys:
            self._left[key] -= 1
            if not self._left[key]:
                self._values.pop(key, None)


def _check_outputs(outputs: Iterable[str], images: Images | None) -> None:
    for name in outputs:
        if name not in OUTPUTS:
            raise ValueError(f"unknown output {name!r}; known are {', '.join(OUTPUTS)}")
        if name == "light_change" and images is None:
            raise ValueError("output 'light_change' is made from images, and none were given")


def _flow_arrays(flows: dict[str, FlowTruth]) -> Arrays:
    arrays: Arrays = {}
    for name, flow in flows.items():
        arrays |= {f"flow_{name}": flow.flow, f"occlusion_{name}": flow.occlusion}
        arrays |= {f"scene_flow_{name}": flow.scene_flow}
    return arrays


def _masks(frozen: FrozenScene, pair: Pair, views: dict[Role, ViewTruth]) -> dict[str, Mask]:
    moved = moved_parts(frozen.geometry, pair.t1, pair.t2)
    first, second = dynamic_mask(frozen, views["1"], moved), dynamic_mask(frozen, views["gt"], moved)
    return {"dynamic_1": first, "dynamic_gt": second, "dynamic_union": first | second}


def _summarise(
    geometry: SceneGeometry,
    camera: CameraSpec,
    pair: Pair,
    views: dict[Role, ViewTruth],
    flows: dict[str, FlowTruth],
    masks: dict[str, Mask],
    thresholds: Thresholds,
) -> PairSummary:
    camera_px = camera_motion(flows["gt_to_2"], masks["dynamic_gt"])
    foreground_px = foreground_motion(flows["1_to_gt"], masks["dynamic_1"])
    depth = views["1"].depth[np.isfinite(views["1"].depth)]
    return PairSummary(
        camera_motion_px=camera_px,
        foreground_motion_px=foreground_px,
        subset=subset(camera_px, foreground_px, thresholds, camera.width),
        foreground_share=float(masks["dynamic_union"].mean()),
        occluded_1_to_2=hidden_share(flows["1_to_2"]),
        occluded_gt_to_2=hidden_share(flows["gt_to_2"]),
        max_flow_1_to_2_px=largest_flow(flows["1_to_2"]),
        median_depth_m=float(np.median(depth)) if depth.size else float("nan"),
        unreliable_share=float((views["1"].unreliable | views["gt"].unreliable).mean()),
        light_change_share=float(masks["light_change"].mean()) if "light_change" in masks else None,
        moved_instances=moved_instances(geometry, pair.t1, pair.t2),
    )
