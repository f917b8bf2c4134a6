"""What outputs and measures of a pair are made from: flows, masks and views, each computed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.flow import FlowTruth, annotate_flow
from dsia_gen.annotate.masks import Mask, dynamic_mask, light_change, moved_instances, moved_parts
from dsia_gen.annotate.pair_measures import MEASURED_FLOWS, Thresholds
from dsia_gen.annotate.producers import Array, produces_pair
from dsia_gen.annotate.rays import RayScene
from dsia_gen.annotate.spans import side_by_side
from dsia_gen.annotate.view import ViewTruth
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.outputs import OUTPUTS, Output
from dsia_gen.spec.views import Pair, Role, View

Images = Callable[[View], NDArray[np.uint8]]
"""8-bit sRGB image (H, W, 3) of a view."""


@dataclass(eq=False)
class PairContext:
    """One pair with its annotated views.

    `scenes` are by time index, t1 and t2 at least. Without `images` there is no light change.
    """

    scenes: dict[int, RayScene]
    camera: CameraSpec
    pair: Pair
    views: dict[Role, ViewTruth]
    images: Images | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    measured: dict[str, Any] = field(default_factory=dict, init=False)
    _flows: dict[tuple[Role, Role], FlowTruth] = field(default_factory=dict, init=False)

    @property
    def width(self) -> int:
        """Of the images, in pixels."""
        return self.camera.width

    def flow(self, source: Role, target: Role) -> FlowTruth:
        """Flow, occlusion and scene flow from one view of the pair to another."""
        ends = (source, target)
        if ends not in self._flows:
            end = self.pair.view(target)
            # What rests is the same from both times, and the measures of a pair need both flows.
            alike = (self.views["gt"], self.flow("gt", "2")) if ends == ("1", "2") else None
            self._flows[ends] = annotate_flow(
                self.views[source], self.scenes[end.time], self.camera, end, self.views[target], alike
            )
        return self._flows[ends]

    def make_flows(self, outputs: Iterable[str]) -> None:
        """Make the flows of those outputs, and those that the measures of a pair need, side by side.

        Parameters
        ----------
        outputs : iterable of str
            Names of outputs of any scope and producer.
        """
        rows = [OUTPUTS[name] for name in outputs]
        wanted = {_ends(row) for row in rows if row.target is not None} | set(MEASURED_FLOWS)
        self.flow("gt", "2")  # others take from it what rests
        side_by_side([partial(self.flow, *ends) for ends in sorted(wanted)])

    def dynamic(self, role: Role) -> Mask:
        """(H, W) pixels of a view on what moves or deforms between t1 and t2."""
        return dynamic_mask(self.scenes[self.pair.t1].frozen, self.views[role], self._moved)

    @cached_property
    def masks(self) -> dict[str, Mask]:
        """The masks of the pair by name; light_change only where there are images."""
        first, second = self.dynamic("1"), self.dynamic("gt")
        masks = {"dynamic_1": first, "dynamic_gt": second, "dynamic_union": first | second}
        if self.images is not None:
            before, after = self.images(self.pair.view("1")), self.images(self.pair.view("gt"))
            masks["light_change"] = light_change(before, after, masks["dynamic_union"])
        return masks

    def moved_instances(self) -> tuple[int, ...]:
        """Ids of the instances that move or deform between t1 and t2, seen or not."""
        return moved_instances(self.scenes[self.pair.t1].frozen.geometry, self._moved)

    @cached_property
    def _moved(self) -> Mask:
        return moved_parts(self.scenes[self.pair.t1].frozen.geometry, self.pair.t1, self.pair.t2)


def _ends(row: Output) -> tuple[Role, Role]:
    assert row.target is not None
    return row.views[0], row.target


@produces_pair(*(row.name for row in OUTPUTS.values() if row.kind == "flow"))
def flow(pair: PairContext, row: Output) -> Array:
    """(H, W, 2) float32, see FlowTruth."""
    return pair.flow(*_ends(row)).flow


@produces_pair(*(row.name for row in OUTPUTS.values() if row.kind == "reason"))
def occlusion(pair: PairContext, row: Output) -> Array:
    """(H, W) uint8, see FlowTruth."""
    return pair.flow(*_ends(row)).occlusion


@produces_pair("scene_flow_1_to_gt", "scene_flow_gt_to_1")
def scene_flow(pair: PairContext, row: Output) -> Array:
    """(H, W, 3) float32, see FlowTruth."""
    return pair.flow(*_ends(row)).scene_flow


@produces_pair("dynamic_1", "dynamic_gt", "dynamic_union", "light_change")
def mask(pair: PairContext, row: Output) -> Array:
    """(H, W) bool, see `PairContext.masks`."""
    return pair.masks[row.name]
