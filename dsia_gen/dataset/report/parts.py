"""The parts of a page: a scene, a view, a pair. Views are stored once and shared by the pairs that use them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from PIL import Image

from dsia_gen.dataset.checks.findings import Problem
from dsia_gen.dataset.documents.scene_document import SceneDocument
from dsia_gen.dataset.layout import pair_name
from dsia_gen.dataset.mirror import SCENES
from dsia_gen.dataset.reader import Sample, SceneReader
from dsia_gen.dataset.report.layers import Array, Layer, Notes, layer, layer_names, warped
from dsia_gen.dataset.report.part_store import Store
from dsia_gen.dataset.visual import BACKGROUND, Rgb8, instances_to_rgb
from dsia_gen.dataset.web_images import THUMB_QUALITY, THUMB_WIDTH, grid_shape, shrunk, webp
from dsia_gen.spec.outputs import OUTPUTS, Occlusion, sample_places
from dsia_gen.spec.views import ROLES, Role

WARP = ("flow_gt_to_2", "occlusion_gt_to_2")
"""What it takes to show I2 warped onto Igt."""


class ScenePages:
    """Writes the parts of one scene into a store; `outputs` are the outputs that the scene should have."""

    def __init__(self, store: Store, reader: SceneReader, outputs: Iterable[str]) -> None:
        self.store = store
        self.reader = reader
        self.outputs = frozenset(outputs)
        self._views: dict[str, list[Problem]] = {}

    def scene(self) -> None:
        """The part `<scene>/scene`: cameras, instances and where they are."""
        self.store.part(f"{self.reader.name}/scene", scene_part(self.reader.document))

    def pair(self, sample: Sample) -> tuple[str | None, list[Problem]]:
        """Write a pair and its views. Returns its thumbnail's address and the problems met while reading."""
        notes = Notes(self.reader.folder.path)
        views = {role: self._view(sample, role) for role in ROLES}
        arrays = {name: self._read(notes, sample, name) for name in layer_names("pair")}
        images = {role: self._read(Notes(self.reader.folder.path), sample, "image", role) for role in ROLES}
        key = f"{self.reader.name}/pair/{pair_name(sample.pair)}"
        image, flow, reasons = images["2"], *(arrays.get(name) for name in WARP)
        warp = None
        if image is not None and flow is not None and reasons is not None:
            warp = self.store.image(f"{key}-warp", webp(warped(image, flow, reasons == Occlusion.VISIBLE)))
        self.store.part(key, {
            "views": {role: f"{self.reader.name}/view/{sample.pair.view(role).key}" for role in ROLES},
            "layers": _layers(arrays),
            "warp": warp,
            "files": self._files(sample),
        })  # fmt: skip
        problems = [problem for role in ROLES for problem in views[role]] + notes.problems
        thumb, known = None, [image for image in images.values() if image is not None]
        if known:
            blank = np.full(known[0].shape, BACKGROUND, np.uint8)
            small = thumbnails([blank if (image := images[role]) is None else image for role in ("1", "gt", "2")])
            thumb = self.store.image(f"{key}-thumb", webp(small, 3 * THUMB_WIDTH, THUMB_QUALITY))
        return thumb, list({problem.file: problem for problem in problems}.values())

    def _files(self, sample: Sample) -> list[dict[str, str]]:
        """The files of a pair in table order, each once: the key that loads it, and its path below the data set."""
        keys = sample_places(tuple(name for name in OUTPUTS if name in self.outputs))
        return [
            {"key": key, "path": f"{SCENES}/{self.reader.name}/{sample.relative_file(output, role)}"}
            for key, (output, role) in keys.items()
        ]

    def _view(self, sample: Sample, role: Role) -> list[Problem]:
        """Write a view unless it was written; the problems met while reading it."""
        view = sample.pair.view(role)
        if view.key not in self._views:
            notes = Notes(self.reader.folder.path)
            image = self._read(notes, sample, "image", role)
            arrays = {name: self._read(notes, sample, name, role) for name in layer_names("view")}
            key = f"{self.reader.name}/view/{view.key}"
            address = self.store.image(key, webp(image)) if image is not None else None
            layers = _layers(arrays)
            self.store.part(key, {"image": address, "time": view.time, "pose": view.pose, "layers": layers})
            self._views[view.key] = notes.problems
        return self._views[view.key]

    def _read(self, notes: Notes, sample: Sample, output: str, role: Role | None = None) -> Array | None:
        if output not in self.outputs:
            return None
        file = sample.relative_file(output, role)
        return notes.attempt(lambda: sample.array(output, role), file, "" if role else sample.id)


def _layers(arrays: dict[str, Array | None]) -> list[Layer]:
    return [layer(name, array) for name, array in arrays.items() if array is not None]


def thumbnails(images: Sequence[Rgb8]) -> Rgb8:
    """Images of one size as thumbnails in a row."""
    height = grid_shape(images[0].shape, THUMB_WIDTH)[0]
    small = [shrunk(image, THUMB_WIDTH).resize((THUMB_WIDTH, height), Image.Resampling.LANCZOS) for image in images]
    return np.concatenate([np.asarray(image) for image in small], axis=1)


_SCENE_KEYS = ("resolution", "config", "setting", "seed", "fps", "num_frames", "background", "samples_per_pixel",
               "spec_hash")  # fmt: skip


def scene_part(document: SceneDocument) -> dict[str, object]:
    """What a page shows of scene.json: the path of the camera and the instances, seen from above."""
    meta, camera = document.metadata, document.camera
    poses = [np.array(matrix) for matrix in camera.camera_to_world]
    return {
        "name": meta.scene,
        "metadata": {
            **meta.model_dump(mode="json", include=set(_SCENE_KEYS), exclude_unset=True),
            "seed": str(meta.seed),
        },
        "camera": {
            "lens": camera.focal_length,
            "half_angle": round(math.atan2(meta.resolution[0] / 2, camera.K[0][0]), 5),
            "poses": [{"at": _rounded(m[:3, 3]), "towards": _rounded(m[:3, 2])} for m in poses],
        },
        "instances": [
            {
                **entry.model_dump(include={"id", "name", "kind", "role", "moves"}),
                "path": [_rounded(position) for position in entry.positions],
                "pixels": entry.visibility,
                "colour": instances_to_rgb(np.array([[entry.id]], np.uint16))[0, 0].tolist(),
            }
            for entry in document.instances
        ],
    }


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 3) for value in values]
