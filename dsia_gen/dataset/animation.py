"""A pair as a moving picture: I1, Igt and I2 in turn, each beside the flow of the step that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dsia_gen.core.errors import StorageError, UnknownNameError
from dsia_gen.core.io import disk, replacing
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.dataset.reader import Dataset, Sample
from dsia_gen.dataset.visual import flow_scale, flow_to_rgb
from dsia_gen.spec.views import ROLES, Role

FORMATS = {".gif": "GIF", ".png": "PNG", ".webp": "WEBP"}
"""Formats that hold several images, by suffix."""
STEPS: tuple[tuple[Role, str, str, str], ...] = (
    ("1", "I1: time t1, pose P1", "flow_1_to_gt", "then the scene moves"),
    ("gt", "Igt: time t2, pose P1", "flow_gt_to_2", "then the camera moves"),
    ("2", "I2: time t2, pose P2", "flow_2_to_1", "and back: both move"),
)
"""Of each frame: the view, its caption, the flow that leads to the next view, and its caption."""
CAPTION, GUTTER = 22, 6
PAPER, INK = (250, 250, 248), (30, 30, 30)


def pair_frames(
    images: Mapping[Role, NDArray[np.uint8]], flows: Mapping[str, NDArray[np.floating[Any]]] | None = None
) -> list[Image.Image]:
    """The three frames of a pair, (H, W, 3) images by role, with the flows of STEPS by name beside them if given."""
    scale = flow_scale(*(flows[flow] for _, _, flow, _ in STEPS)) if flows is not None else None
    frames = []
    for role, caption, flow, step in STEPS:
        tiles = [(caption, images[role])]
        if flows is not None and scale is not None:
            tiles.append((f"{step} (wheel: {scale:.0f} px)", flow_to_rgb(flows[flow], scale)))
        height, width = images[role].shape[:2]
        frame = Image.new("RGB", (len(tiles) * (width + GUTTER) - GUTTER, height + CAPTION), PAPER)
        draw = ImageDraw.Draw(frame)
        for index, (text, pixels) in enumerate(tiles):
            x = index * (width + GUTTER)
            draw.text((x + 4, 4), text, fill=INK, font=ImageFont.load_default(size=13))
            frame.paste(Image.fromarray(np.ascontiguousarray(pixels)), (x, CAPTION))
        frames.append(frame)
    return frames


def save_frames(frames: Sequence[Image.Image], path: Path, seconds: float = 1.0) -> None:
    """Write a moving picture that shows each frame for so long, in the format of the suffix, one of FORMATS."""
    form = FORMATS[path.suffix.lower()]
    exact = {"lossless": True} if form == "WEBP" else {}
    first, *others = frames
    with disk("write", path), replacing(path) as temporary:
        first.save(
            temporary, form, save_all=True, append_images=others, duration=round(seconds * 1000), loop=0, **exact
        )


def animate(data: Dataset, path: Path, name: str | None = None, seconds: float = 1.0) -> Sample:
    """Write a sample of a data set, the first if none is named, as a GIF, APNG or WebP by the suffix of the file.

    UnknownNameError for a sample or a suffix that is not known, StorageError for the disk and for an empty data set.
    """
    if path.suffix.lower() not in FORMATS:
        raise UnknownNameError(f"{path}: moving pictures are written as {', '.join(FORMATS)}; give a file of these")
    if not len(data):
        raise StorageError(f"{data.layout.address} has no sample yet; let `dsia-gen render` finish a scene first")
    if name is not None and name not in data.ids:
        raise UnknownNameError(f"{data.layout.address} has no sample {name!r}{suggestion(name, data.ids)}")
    sample = data[name or 0]
    names = [flow for _, _, flow, _ in STEPS]
    flows = {flow: sample[flow] for flow in names} if all(flow in sample for flow in names) else None
    save_frames(pair_frames({role: sample.image(role) for role in ROLES}, flows), path, seconds)
    return sample
