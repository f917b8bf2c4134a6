"""Samples and data sets in a notebook: HTML with small images, in which everything from a file is text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from dsia_gen.annotate.pair_measures import PAIR_MEASURES
from dsia_gen.core.errors import StorageError
from dsia_gen.core.escaping import one_line
from dsia_gen.dataset.visual import Rgb8, flow_scale, flow_to_rgb
from dsia_gen.dataset.web_images import THUMB_QUALITY, data_uri, webp
from dsia_gen.spec.views import ROLES, Role

if TYPE_CHECKING:
    from dsia_gen.dataset.reader import Dataset, Sample

WIDTH = 240
"""Columns of an image in a notebook."""
SHOWN = 4
"""Samples of a data set that are shown."""
_FIGURE = Markup(
    '<figure style="margin:0"><img src="{}" alt="{}" style="max-width:100%;border-radius:4px">'
    '<figcaption style="font-size:12px">{}</figcaption></figure>'
)
_MISSING = Markup('<p style="font-size:12px;margin:0">{}: {}</p>')
_ROW = Markup('<div style="display:grid;grid-template-columns:repeat({},minmax(0,{}px));gap:8px">{}</div>')
_FLOWS = ("flow_gt_to_2", "flow_1_to_gt")


def sample_html(sample: Sample) -> str:
    """A sample: its images, its camera and foreground motion as colours, and what was measured on it.

    Files that cannot be read are named with the reason.
    """
    title = Markup("<p><b>{}</b> {}</p>").format(sample.id, " · ".join(_facts(sample)))
    try:
        height, width = sample.resolution
        parts = [_role_image(sample, role) for role in ROLES]
        parts += [_flow_image(sample, name) for name in _FLOWS if name in sample]
    except StorageError as error:  # without its scene.json
        return str(title + _MISSING.format(sample.scene.name, one_line(str(error))))
    caption = Markup('<p style="font-size:12px">{} x {} px; arrays: sample["flow_1_to_2"], sample["depth_gt"]</p>')
    return str(title + _row(parts) + caption.format(width, height))


def dataset_html(dataset: Dataset) -> str:
    """A data set: how much there is, its outputs, and the images of some samples, spread evenly."""
    counts, info = dataset.info.counts, dataset.info
    size = f"{info.resolution[0]} x {info.resolution[1]} px" if info.resolution else "several sizes"
    subsets = ", ".join(f"{name} {number}" for name, number in sorted(counts.subsets.items()))
    told = [f"{len(dataset)} samples", f"{len({row.scene for row in dataset.rows})} scenes", size, one_line(subsets)]
    title = Markup("<p><b>{}</b> {}</p>").format(one_line(dataset.name), " · ".join(filter(None, told)))
    outputs = Markup('<p style="font-size:12px">{}</p>').format(", ".join(dataset.outputs))
    shown = Markup("")
    for place in np.linspace(0, len(dataset) - 1, min(SHOWN, len(dataset))).astype(int).tolist():
        sample = dataset[place]
        shown += Markup('<p style="margin:8px 0 2px">{} {}</p>').format(sample.id, sample.subset or "")
        shown += _row(_role_image(sample, role) for role in ROLES)
    return str(title + outputs + shown)


def _facts(sample: Sample) -> Iterable[str]:
    row = sample.row
    yield from (one_line(text) for text in (row.setting, row.config, row.subset or "") if text)
    for name in ("camera_motion_px", "foreground_motion_px"):
        value = row.number(name)
        if value is not None:
            yield f"{PAIR_MEASURES[name].title.lower()} {value:.3g} px"


def _row(parts: Iterable[Markup]) -> Markup:
    found = list(parts)
    return _ROW.format(len(found), WIDTH, Markup("").join(found))


def _role_image(sample: Sample, role: Role) -> Markup:
    title = "Igt" if role == "gt" else f"I{role}"
    return _shown(title, lambda: sample.image(role))


def _flow_image(sample: Sample, name: str) -> Markup:
    try:
        flow: NDArray[np.float32] = sample[name]
    except StorageError as error:
        return _MISSING.format(name, one_line(str(error)))
    scale = flow_scale(flow)
    return _shown(f"{name}, colours up to {scale:.3g} px", lambda: flow_to_rgb(flow, scale))


def _shown(title: str, read: Callable[[], Rgb8]) -> Markup:
    try:
        return _FIGURE.format(data_uri(webp(read(), WIDTH, THUMB_QUALITY)), title, title)
    except StorageError as error:
        return _MISSING.format(title, one_line(str(error)))
