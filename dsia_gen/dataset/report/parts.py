"""The parts of a page: a scene, a view, a pair. Views are stored once and shared by the pairs that use them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dsia_gen.dataset.checks.findings import Problem
from dsia_gen.dataset.documents.scene_document import InstanceEntry, SceneDocument
from dsia_gen.dataset.layout import pair_name
from dsia_gen.dataset.reader import Sample, SceneReader
from dsia_gen.dataset.report.layers import Array, Layer, Notes, layer, layer_names, warped
from dsia_gen.dataset.report.part_store import Store
from dsia_gen.dataset.report.planes import THUMB_QUALITY, THUMB_WIDTH, Rgb8, grid_shape, shrunk, webp
from dsia_gen.dataset.visual import BACKGROUND, instances_to_rgb
from dsia_gen.spec.outputs import Occlusion
from dsia_gen.spec.views import ROLES, Role, View

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
        pictures = {role: self._read(Notes(self.reader.folder.path), sample, "image", role) for role in ROLES}
        key = f"{self.reader.name}/pair/{pair_name(sample.pair)}"
        self.store.part(key, {
            "views": {role: f"{self.reader.name}/view/{sample.pair.view(role).key}" for role in ROLES},
            "layers": _layers(arrays),
            "warp": self._warp(key, pictures["2"], *(arrays.get(name) for name in WARP)),
        })  # fmt: skip
        problems = [problem for role in ROLES for problem in views[role]] + notes.problems
        return self._thumb(key, pictures), list({problem.file: problem for problem in problems}.values())

    def _view(self, sample: Sample, role: Role) -> list[Problem]:
        """Write a view unless it was written; the problems met while reading it."""
        view = sample.pair.view(role)
        if view.key not in self._views:
            notes = Notes(self.reader.folder.path)
            image = self._read(notes, sample, "image", role)
            arrays = {name: self._read(notes, sample, name, role) for name in layer_names("view")}
            key = f"{self.reader.name}/view/{view.key}"
            picture = self.store.picture(key, webp(image)) if image is not None else None
            self.store.part(key, {"picture": picture, **_times(view), "layers": _layers(arrays)})
            self._views[view.key] = notes.problems
        return self._views[view.key]

    def _read(self, notes: Notes, sample: Sample, output: str, role: Role | None = None) -> Array | None:
        if output not in self.outputs:
            return None
        file = sample.relative_file(output, role)
        return notes.attempt(lambda: sample.array(output, role), file, "" if role else sample.id)

    def _warp(self, key: str, image: Array | None, flow: Array | None, reasons: Array | None) -> str | None:
        if image is None or flow is None or reasons is None:
            return None
        return self.store.picture(f"{key}-warp", webp(warped(image, flow, reasons == Occlusion.VISIBLE)))

    def _thumb(self, key: str, pictures: dict[Role, Array | None]) -> str | None:
        known = [picture for picture in pictures.values() if picture is not None]
        if not known:
            return None
        images = [pictures[role] if pictures[role] is not None else _blank(known[0]) for role in ("1", "gt", "2")]
        return self.store.picture(f"{key}-thumb", webp(_side_by_side(images), 3 * THUMB_WIDTH, THUMB_QUALITY))


def _layers(arrays: dict[str, Array | None]) -> list[Layer]:
    return [layer(name, array) for name, array in arrays.items() if array is not None]


def _times(view: View) -> dict[str, int]:
    return {"time": view.time, "pose": view.pose}


def _blank(image: Rgb8) -> Rgb8:
    return np.full(image.shape, BACKGROUND, np.uint8)


def _side_by_side(images: Sequence[Any]) -> Rgb8:
    """Three pictures of one size as thumbnails in a row."""
    height = grid_shape(images[0].shape, THUMB_WIDTH)[0]
    small = [shrunk(image, THUMB_WIDTH).resize((THUMB_WIDTH, height), Image.Resampling.LANCZOS) for image in images]
    return np.concatenate([np.asarray(image) for image in small], axis=1)


_SCENE_KEYS = ("resolution", "config", "setting", "seed", "fps", "num_frames", "background", "samples_per_pixel",
               "spec_hash")  # fmt: skip


def scene_part(document: SceneDocument) -> dict[str, object]:
    """What a page shows of scene.json: the path of the camera and the instances, seen from above."""
    meta, camera = document.metadata, document.camera
    return {
        "name": meta.scene,
        "metadata": {
            **meta.model_dump(mode="json", include=set(_SCENE_KEYS), exclude_unset=True),
            "seed": str(meta.seed),
        },
        "camera": {
            "lens": camera.focal_length,
            "half_angle": round(math.atan2(meta.resolution[0] / 2, camera.K[0][0]), 5),
            "poses": [_pose(np.array(matrix)) for matrix in camera.camera_to_world],
        },
        "instances": [_instance(entry) for entry in document.instances],
    }


def _pose(matrix: NDArray[np.float64]) -> dict[str, list[float]]:
    """Position and viewing direction (the third axis) of a camera-to-world matrix (4, 4)."""
    return {"at": _rounded(matrix[:3, 3]), "towards": _rounded(matrix[:3, 2])}


def _instance(entry: InstanceEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "name": entry.name,
        "kind": entry.kind,
        "role": entry.role,
        "moves": entry.moves,
        "path": [_rounded(position) for position in entry.positions],
        "pixels": entry.visibility,
        "colour": instances_to_rgb(np.array([[entry.id]], np.uint16))[0, 0].tolist(),
    }


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 3) for value in values]
