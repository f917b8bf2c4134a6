"""Checks of what is measured on pairs and images: every recorded value is measured again by its own function."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.pair_measures import IMAGE_MEASURES, PAIR_MEASURES, Thresholds, mean_luma
from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.subject import Mask, SampleSubject, ViewSubject
from dsia_gen.dataset.layout import SCENE
from dsia_gen.dataset.metadata import luma_key, summary_values
from dsia_gen.spec.outputs import directed_output
from dsia_gen.spec.views import Role


class MissingArrayError(Exception):
    """A measure needs an array that the data set does not have."""


@dataclass(frozen=True)
class StoredFlow:
    """u and v of a flow (H, W), and occlusion (H, W), of one direction as they lie in a data set."""

    planes: tuple[NDArray[np.float32], NDArray[np.float32]]
    occlusion: NDArray[np.uint8]


@dataclass(frozen=True)
class StoredView:
    """Arrays of one view of a sample."""

    sample: SampleSubject
    role: Role

    @property
    def depth(self) -> NDArray[np.float32]:
        return _array(self.sample, "depth", self.role)

    @property
    def unreliable(self) -> Mask:
        return _array(self.sample, "unreliable", self.role)


class StoredMasks(Mapping[str, Mask]):
    """The masks of a sample by name; those that the data set does not have are not among them."""

    def __init__(self, sample: SampleSubject) -> None:
        self._sample = sample

    def __getitem__(self, name: str) -> Mask:
        return _array(self._sample, name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._sample.has(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._sample.scene.outputs if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass
class StoredPair:
    """A pair as it lies in a data set; a `MeasuredPair`."""

    sample: SampleSubject
    thresholds: Thresholds
    measured: dict[str, Any] = field(default_factory=dict)

    @property
    def width(self) -> int:
        return self.sample.shape[1]

    @property
    def masks(self) -> Mapping[str, Mask]:
        return StoredMasks(self.sample)

    @property
    def views(self) -> Mapping[Role, StoredView]:
        return {role: StoredView(self.sample, role) for role in ("1", "2", "gt")}

    def flow(self, source: Role, target: Role) -> StoredFlow:
        flow, reason = directed_output("flow", source, target), directed_output("reason", source, target)
        if not self.sample.has(flow.name, reason.name):
            raise MissingArrayError
        return StoredFlow(self.sample.flow(flow.direction), self.sample.array(reason.name))

    def moved_instances(self) -> tuple[int, ...]:
        raise MissingArrayError  # `motion_flags_agree` compares them with the motions of the specification


def _array(sample: SampleSubject, output: str, role: Role = "1") -> Any:
    if not sample.has((output, role)):
        raise MissingArrayError
    return sample.array(output, role)


@check("sample")
def measures_agree(sample: SampleSubject) -> Iterator[Finding]:
    """Every measure of the pair in scene.json is that of its arrays: motions, subset, shares, depth."""
    job = sample.scene.job
    thresholds = Thresholds()
    if job is not None:
        limits = job.subsets.at_reference(job.resolution[0])
        thresholds = Thresholds(limits.camera_px_at_960, limits.foreground_px_at_960)
    pair = StoredPair(sample, thresholds)
    recorded = sample.entry.__pydantic_extra__ or {}
    for name, row in PAIR_MEASURES.items():
        try:
            value = pair.measured[name] = row.of(pair)
        except (MissingArrayError, KeyError):  # a measure that is made from one that could not be taken
            continue
        if name not in recorded or (job is None and row.unit == "text"):
            continue
        wanted = summary_values({name: value})[name]
        if not _close(recorded[name], wanted, sample.bounds.measure_relative):
            yield Finding(f"{name} is {recorded[name]} in scene.json, and {wanted} by the arrays of the pair", SCENE)


@check("view", photometric=True)
def image_as_recorded(view: ViewSubject) -> Iterator[Finding]:
    """Every image of a view has the statistics that scene.json records of it."""
    recorded = view.scene.reader.document.images.get(view.view.key)
    image = view.array("image")
    if image is None or not view.scene.reader.document.images:  # an early version recorded none
        return
    for name, row in IMAGE_MEASURES.items():
        found = (recorded or {}).get(name)
        wanted = row.of(image)
        if recorded is None or (name in recorded and not _close(found, wanted, view.bounds.measure_relative)):
            yield Finding(f"has a {name} of {wanted}, and {found} in scene.json", view.file("image"))
    for output in view.scene.outputs:
        found = (recorded or {}).get(luma_key(output))
        array = view.array(output) if found is not None else None
        if array is not None and not _close(found, luma := mean_luma(array), view.bounds.measure_relative):
            yield Finding(f"has a mean luma of {luma}, and {found} in scene.json", view.file(output))


def _close(found: object, wanted: object, relative: float) -> bool:
    numbers = isinstance(found, int | float) and isinstance(wanted, int | float)
    if not numbers or isinstance(found, bool):
        return found == wanted
    # values are kept with six digits after the point
    return math.isclose(float(found), float(wanted), rel_tol=relative, abs_tol=2e-6)  # type: ignore[arg-type]
