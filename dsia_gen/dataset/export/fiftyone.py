"""FiftyOne's own format: a group for each pair with the slices I1, Igt and I2, boxes, segmentations and heatmaps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import ConfigError
from dsia_gen.core.escaping import one_line
from dsia_gen.dataset.array_files import encode_png
from dsia_gen.dataset.export.contract import Chosen, ExportFormat, ExportItem, ExportTask, scene_tasks
from dsia_gen.dataset.export.sample_source import FramedSample, SampleSource
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.dataset.metadata import boxes
from dsia_gen.spec.outputs import OUTPUTS, Occlusion
from dsia_gen.spec.views import Role

SLICES: dict[Role, str] = {"1": "I1", "gt": "Igt", "2": "I2"}
"""Names of the views in a group; the first is the one that the app opens."""
FLOW_STEPS, DEPTH_STEPS = 64.0, 1000.0
"""Levels of a heatmap for a pixel of flow, and for a metre of depth."""
DEFAULT_NAMES = frozenset({"id", "filepath", "tags", "metadata", "group", "created_at", "last_modified_at"})
"""Fields that every sample of FiftyOne has."""
Json = dict[str, Any]


class FiftyOne(ExportFormat):
    """`data/<sample>_<view>.png`, `fields/<field>/<sample>_<view>.png`, `metadata.json`, `samples.json`.

    What lies in the pixels of a view is a field of its sample: instances, masks and occlusion are Segmentation, depth
    and the length of flows are Heatmap, in 16-bit PNG: millimetres, and 1/64 px; 0 means none. Boxes of the instances
    are in `objects`. Numbers of samples.csv, K and the camera are fields too; split and subset are tags.
    """

    name = "fiftyone"
    about = "FiftyOne's own format: groups of I1, Igt, I2 with boxes, segmentations and heatmaps"
    optional = True

    def needs(self) -> tuple[str, ...]:
        return ("image",)

    def check(self, chosen: Chosen) -> None:
        for name in chosen.options.outputs or ():
            if not is_carried(name):
                raise ConfigError("--outputs", [f"FiftyOne has no field for {name}; leave it out"])

    def tasks(self, chosen: Chosen) -> list[ExportTask]:
        outputs = tuple(name for name in chosen.outputs if is_carried(name))
        names = {item.id: item.id for item in chosen.items}
        return [replace(task, outputs=outputs) for task in scene_tasks(chosen, names)]

    def write(self, task: ExportTask, source: SampleSource, sink: Sink) -> None:
        samples = [
            sample_document(item, source[item.id], role, task.outputs, sink) for item in task.items for role in SLICES
        ]
        sink.put(_part(task), (json.dumps(samples, allow_nan=False) + "\n").encode())

    def finish(self, chosen: Chosen, tasks: Iterable[ExportTask], sink: Sink) -> None:
        """metadata.json and samples.json, which FiftyOne reads."""
        tasks = list(tasks)
        outputs = dict.fromkeys(name for task in tasks for name in task.outputs)
        info = chosen.dataset.info
        targets = {
            name: {"255": name.replace("_", " ")}
            if OUTPUTS[name].kind == "mask"
            else {str(int(reason)): reason.name.lower().replace("_", " ") for reason in Occlusion if reason}
            for name in outputs
            if OUTPUTS[name].kind in ("mask", "reason")
        }
        metadata = {
            "name": info.name,
            "media_type": "group",
            "group_media_types": dict.fromkeys(SLICES.values(), "image"),
            "info": {
                "description": f"{self.about}; content {info.content_hash[:16]}",
                "mask_targets": targets,
                "heatmaps": {"depth": f"{DEPTH_STEPS:g} levels a metre", "flow": f"{FLOW_STEPS:g} levels a pixel"},
                "conventions": info.conventions,
            },
        }
        sink.put("metadata.json", (json.dumps(metadata, indent=2, ensure_ascii=False) + "\n").encode())
        with sink.open("samples.json") as stream:
            stream.write(b'{"samples": [')
            separator = b"\n"
            for task in tasks:
                for sample in json.loads((sink.root / _part(task)).read_bytes()):
                    stream.write(separator + json.dumps(sample, allow_nan=False).encode())
                    separator = b",\n"
            stream.write(b"\n]}\n")


def _part(task: ExportTask) -> str:
    return f"parts/{task.name.replace('/', '_')}.json"


def is_carried(name: str) -> bool:
    """Whether FiftyOne has a field for an output: vectors and scene-linear images have none."""
    row = OUTPUTS[name]
    return name == "image" or row.kind in ("depth", "flow", "mask", "reason", "label")


def sample_document(item: ExportItem, sample: FramedSample, role: Role, outputs: Iterable[str], sink: Sink) -> Json:
    """The document of one view of a pair; writes its files."""
    view = SLICES[role]
    path = f"data/{item.id}_{view}.png"
    sample.pass_on(("image", role), sink, path)
    width, height = sample.size
    K, pose = sample.camera(role)
    document: Json = {
        "filepath": path,
        "tags": [item.split, *([item.subset] if item.subset else [])],
        "metadata": {
            "_cls": "ImageMetadata", "size_bytes": (sink.root / path).stat().st_size, "mime_type": "image/png",
            "width": width, "height": height, "num_channels": 3,
        },
        "group": {"_id": {"$oid": object_id(item)}, "_cls": "Group", "name": view},
        "view_key": sample.view(role).key,
        "time": sample.view(role).time,
        "pose": sample.view(role).pose,
        "K": K.tolist(),
        "camera_to_world": pose.tolist(),
    }  # fmt: skip
    cells = item.row.portable().items()
    document |= {name: cell for name, cell in cells if cell is not None and name not in DEFAULT_NAMES}
    for name in outputs:
        row = OUTPUTS[name]
        if name == "image" or (row.scope == "pair" and row.views[0] != role):
            continue
        place = f"fields/{name}/{item.id}_{view}.png"
        own: Role | None = role if row.scope == "view" else None
        if row.kind in ("depth", "flow"):
            levels = heat_levels(name, sample.array(name, own))
            sink.put(place, encode_png(levels))
            largest = max(int(levels.max(initial=0)), 1)
            document[name] = {"_cls": "Heatmap", "map_path": place, "range": [0.0, float(largest)]}
        else:
            sample.pass_on((name, own), sink, place)
            document[name] = {"_cls": "Segmentation", "mask_path": place}
        if row.kind == "label":
            document["objects"] = {"_cls": "Detections", "detections": detections(sample, sample.array(name, own))}
    return document


def heat_levels(name: str, array: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Depth (H, W) in millimetres, or the length of a flow (H, W, 2) in 1/64 px; 0 where there is none or too much."""
    flow = OUTPUTS[name].kind == "flow"
    exact = array.astype(np.float64)
    values = np.linalg.norm(exact, axis=-1) * FLOW_STEPS if flow else exact * DEPTH_STEPS
    known = np.isfinite(values) & (values <= 65535)
    return np.rint(np.where(known, values, 0)).astype(np.uint16)


def detections(sample: FramedSample, ids: NDArray[np.uint16]) -> list[Json]:
    """A box for each instance that a view shows: [x, y, width, height] in parts of the image."""
    found, (width, height) = boxes(ids), sample.size
    return [
        {
            "_cls": "Detection",
            "label": one_line(entry.asset_id.rpartition("/")[2] or entry.kind),
            "bounding_box": [x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height],
            "index": entry.id,
            "instance_name": entry.name,
            "asset_id": entry.asset_id,
            "kind": entry.kind,
            "role": entry.role,
            "moves": entry.moves,
            "pixels": pixels,
        }
        for entry in sample.scene.document.instances
        if entry.id in found
        for pixels, (x0, y0, x1, y1) in [found[entry.id]]
    ]


def object_id(item: ExportItem) -> str:
    """24 hexadecimal digits for the group of a pair: the same in every export of the same content."""
    return hashlib.sha256(f"{item.content}/{item.id}".encode()).hexdigest()[:24]
