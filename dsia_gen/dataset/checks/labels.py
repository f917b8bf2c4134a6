"""Checks of labels: instance ids, motion flags, masks, occlusion reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.subject import SampleSubject, ViewSubject
from dsia_gen.dataset.metadata import boxes
from dsia_gen.spec.outputs import FLOW_ENDS, Occlusion
from dsia_gen.spec.views import Role

FIXED_CAMERA: tuple[Role, Role] = ("1", "gt")
"""The views from the reference pose P1."""

_LEGAL = np.zeros(256, dtype=bool)
_LEGAL[[int(reason) for reason in Occlusion]] = True


@check("view")
def instances_known(view: ViewSubject) -> Iterator[Finding]:
    """Every id in the instance map is in scene.json, with the number of pixels and the box that it says."""
    ids = view.array("instances")
    if ids is None:
        return
    seen, known, key = boxes(ids), view.scene.instances, view.view.key
    unknown = sorted(seen.keys() - known.keys())
    if unknown:
        yield Finding(f"holds ids that scene.json does not know: {_some(unknown)}", view.file("instances"))
    wrong = [i for i, entry in known.items() if entry.visibility.get(key, 0) != seen.get(i, (0,))[0]]
    if wrong:
        yield Finding(f"shows other pixel counts than scene.json for the ids {_some(wrong)}", view.file("instances"))
    if any("bboxes" in entry.model_fields_set for entry in known.values()):  # early versions wrote none
        wrong = [i for i, entry in known.items() if entry.bboxes.get(key) != (seen[i][1] if i in seen else None)]
        if wrong:
            yield Finding(f"shows other boxes than scene.json for the ids {_some(wrong)}", view.file("instances"))


def _some(values: list[int], limit: int = 5) -> str:
    return ", ".join(map(str, values[:limit])) + (" ..." if len(values) > limit else "")


@check("sample")
def occlusion_legal(sample: SampleSubject) -> Iterator[Finding]:
    """An occlusion map holds no values but the reasons of the table."""
    for direction in FLOW_ENDS:
        if sample.has(f"occlusion_{direction}"):
            reasons = sample.reasons(direction)
            high = reasons[reasons >= _LEGAL.argmin()]  # few if any; those below are legal
            wrong = np.unique(high[~_LEGAL[high]]).tolist()
            if wrong:
                message = f"holds values that are not occlusion reasons: {_some(wrong)}"
                yield Finding(message, sample.file(f"occlusion_{direction}"))


@check("sample")
def out_of_frame_agrees(sample: SampleSubject) -> Iterator[Finding]:
    """A pixel leaves the image exactly where its flow points outside."""
    height, width = sample.shape
    x, y = (np.arange(size, dtype=np.float32) + np.float32(0.5 - size / 2) for size in (width, height))
    beyond, below = np.empty(sample.shape, np.float32), np.empty(sample.shape, np.float32)
    y = y[:, None]
    for direction in FLOW_ENDS:
        if sample.has(f"flow_{direction}", f"occlusion_{direction}"):
            u, v = sample.flow(direction)
            # distance beyond the border, < 0 inside; in place, for it is all pixels of six flows
            for plane, centred, half, place in ((u, x, width / 2, beyond), (v, y, height / 2, below)):
                np.add(plane, centred, out=place)
                np.abs(place, out=place)
                np.subtract(place, np.float32(half), out=place)
            np.maximum(beyond, below, out=beyond)
            out = sample.reasons(direction) == Occlusion.OUT_OF_FRAME
            wrong = (beyond > 0) != out
            if not wrong.any():
                continue
            wrong &= np.abs(beyond) > sample.bounds.frame_px
            inside, outside = np.count_nonzero(wrong & out), np.count_nonzero(wrong & ~out)
            file = sample.file(f"occlusion_{direction}")
            if inside:
                yield Finding(f"{inside} pixels are said to leave the image, but their flow stays inside", file)
            if outside:
                yield Finding(f"{outside} pixels are said to stay in the image, but their flow leaves it", file)


@check("sample")
def union_is_union(sample: SampleSubject) -> Iterator[Finding]:
    """dynamic_union is dynamic_1 or dynamic_gt."""
    if sample.has("dynamic_1", "dynamic_gt", "dynamic_union"):
        union = sample.array("dynamic_1") | sample.array("dynamic_gt")
        wrong = np.count_nonzero(union != sample.array("dynamic_union"))
        if wrong:
            yield Finding(f"{wrong} pixels are not the union of dynamic_1 and dynamic_gt", sample.file("dynamic_union"))


@check("sample")
def dynamic_is_moving_ids(sample: SampleSubject) -> Iterator[Finding]:
    """A dynamic mask covers exactly the pixels of the instances that move between t1 and t2."""
    moved = sample.entry.moved_instances
    for role in FIXED_CAMERA:
        if moved is not None and sample.has(f"dynamic_{role}", ("instances", role)):
            ids, mask = sample.array("instances", role), sample.array(f"dynamic_{role}")
            table = np.zeros(np.iinfo(ids.dtype).max + 1, bool)
            table[[i for i in moved if 0 <= i < len(table)]] = True
            if np.array_equal(table[ids], mask):  # in one step what is most often so
                continue
            wrong = ids_not_as_listed(ids, mask, moved)
            if wrong:
                message = f"does not agree with the instances that move, for the ids {_some(wrong)}"
                yield Finding(message, sample.file(f"dynamic_{role}"))


def ids_not_as_listed(ids: NDArray[np.uint16], mask: NDArray[np.bool_], moved: Sequence[int]) -> list[int]:
    """Ids whose pixels are not all in the mask when they moved, or not all outside when they did not.

    The environment (id 0) consists of many objects, of which some may move: it must only be outside when 0 is not
    listed.
    """
    counts = np.bincount(ids.reshape(-1))
    dynamic = np.bincount(ids[mask], minlength=len(counts))
    wanted = np.zeros_like(counts)
    listed = [i for i in moved if i < len(counts)]
    wanted[listed] = counts[listed]
    wrong = dynamic != wanted
    if 0 in moved:
        wrong[0] = False
    return [int(i) for i in np.flatnonzero(wrong)]
