"""scene.json: what a user of a scene wants to know, in the spirit of Kubric's metadata."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import read_json
from dsia_gen.dataset.layout import SceneFolder, sample_id
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.motion import HumanoidMotion, Motion, RigidPath, Still
from dsia_gen.spec.scene import Instance, SceneSpec
from dsia_gen.spec.views import ROLES, Pair, Role, View

METADATA_VERSION = 1
InstanceMaps = Mapping[View, NDArray[np.uint16]]


class _Part(BaseModel):
    """A part of scene.json; more keys than these are allowed, and checked for nothing."""

    model_config = ConfigDict(extra="allow")


Matrix = Annotated[list[Annotated[list[float], Field(min_length=4, max_length=4)]], Field(min_length=4, max_length=4)]


class MetadataPart(_Part):
    resolution: tuple[int, int]
    config: str
    setting: str
    seed: int
    spec_hash: str


class CameraPart(_Part):
    K: Annotated[list[Annotated[list[float], Field(min_length=3, max_length=3)]], Field(min_length=3, max_length=3)]
    camera_to_world: list[Matrix]


class InstancePart(_Part):
    id: int
    asset_id: str
    kind: str
    role: Literal["foreground", "dressing", "room"]
    moves: bool
    positions: list[tuple[float, float, float]]
    quaternions: list[tuple[float, float, float, float]] | None
    visibility: dict[str, int]


class LicencePart(_Part):
    id: str
    sha256: str


class PairPart(_Part):
    sample: str
    index: int
    t1: int
    p1: int
    t2: int
    p2: int
    views: dict[Role, str]


class SceneDocument(_Part):
    """What must be in scene.json for other rooms to read it."""

    metadata: MetadataPart
    camera: CameraPart
    views: list[dict[str, Any]]
    instances: list[InstancePart]
    pairs: list[PairPart]
    licences: list[LicencePart]

    @model_validator(mode="after")
    def _complete(self) -> SceneDocument:
        poses, last = len(self.camera.camera_to_world), max((max(p.t1, p.t2) for p in self.pairs), default=0)
        for pair in self.pairs:
            if not 0 <= min(pair.p1, pair.p2) <= max(pair.p1, pair.p2) < poses or min(pair.t1, pair.t2) < 0:
                raise ValueError(f"pair {pair.index} names a camera pose or time that is not there")
        for entry in self.instances:
            if len(entry.positions) != 1 and len(entry.positions) <= last:
                raise ValueError(f"instance {entry.id} has {len(entry.positions)} positions, and time {last} is used")
        return self


def read_scene_json(folder: SceneFolder) -> dict[str, Any]:
    """The document of scene.json; StorageError when it is missing or is not the description of a scene."""
    folder.pull()
    document = read_json(folder.scene)
    try:
        SceneDocument.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise StorageError(f"{folder.scene} is not the description of a scene: {where}: {first['msg']}") from error
    return document


def scene_metadata(
    spec: SceneSpec, *, name: str, instance_maps: InstanceMaps, summaries: Mapping[int, Any]
) -> dict[str, Any]:
    """The document of scene.json; a function of its arguments alone.

    instance_maps: (H, W) uint16 of each view. summaries: for each pair index a mapping, dataclass or pydantic record
    with the values measured on the pair (motion magnitudes, subset, shares); they are stored beside the pair.
    """
    return {
        "version": METADATA_VERSION,
        "metadata": _metadata(spec, name),
        "camera": _camera(spec.camera),
        "views": [{"key": v.key, "time": v.time, "pose": v.pose} for v in spec.views()],
        "instances": _instances(spec, instance_maps),
        "pairs": [_pair(name, pair, summaries.get(pair.index)) for pair in spec.pairs],
        "licences": [asset.model_dump(mode="json") for asset in spec.assets],
    }


def _metadata(spec: SceneSpec, name: str) -> dict[str, Any]:
    return {
        "scene": name,
        "spec_hash": spec.hash(),
        "config": spec.config,
        "setting": spec.setting,
        "seed": spec.seed,
        "resolution": [spec.camera.width, spec.camera.height],
        "fps": spec.fps,
        "num_frames": spec.times,
        "num_instances": len(spec.instances),
        "background": spec.environment.asset,
        "samples_per_pixel": spec.render.samples,
    }


def _camera(camera: CameraSpec) -> dict[str, Any]:
    return {
        "focal_length": camera.lens_mm,
        "sensor_width": camera.sensor_mm,
        "K": camera.intrinsics().tolist(),
        "axes": "OpenCV: x right, y down, z forward; pixel centres at (column + 0.5, row + 0.5)",
        "positions": [list(pose.position) for pose in camera.poses],
        "quaternions": [list(pose.rotation) for pose in camera.poses],
        "camera_to_world": [camera.camera_to_world(i).tolist() for i in range(len(camera.poses))],
    }


def _instances(spec: SceneSpec, maps: InstanceMaps) -> list[dict[str, Any]]:
    seen = {view.key: boxes(maps[view]) for view in spec.views() if view in maps}
    kinds = {asset.id: (asset.kind, asset.licence) for asset in spec.assets}
    return [_instance(i, *kinds[i.asset], seen) for i in spec.instances]


def _instance(
    instance: Instance, kind: str, licence: str, seen: Mapping[str, Mapping[int, tuple[int, list[int]]]]
) -> dict[str, Any]:
    visible = {key: found[instance.id] for key, found in seen.items() if instance.id in found}
    return {
        "id": instance.id,
        "name": instance.name,
        "asset_id": instance.asset,
        "kind": kind,
        "licence": licence,
        "role": instance.role,
        "scale": instance.scale,
        "moves": moves(instance.motion),
        **_trajectory(instance.motion),
        "visibility": {key: count for key, (count, _) in visible.items()},
        "bboxes": {key: box for key, (_, box) in visible.items()},
    }


def boxes(ids: NDArray[np.uint16]) -> dict[int, tuple[int, list[int]]]:
    """Pixel count and box [x_min, y_min, x_max, y_max] (pixels, maxima excluded) of every id but 0 in an (H, W) map."""
    flat = ids.ravel()
    order = np.argsort(flat, kind="stable")
    found, starts, counts = np.unique(flat[order], return_index=True, return_counts=True)
    rows, columns = np.divmod(order, ids.shape[1])
    out = {}
    for value, start, count in zip(found.tolist(), starts.tolist(), counts.tolist(), strict=True):
        r, c = rows[start : start + count], columns[start : start + count]
        out[value] = (count, [int(c.min()), int(r.min()), int(c.max()) + 1, int(r.max()) + 1])
    out.pop(0, None)
    return out


def moves(motion: Motion) -> bool:
    """Whether a motion changes anything over the scene's times."""
    if isinstance(motion, Still):
        return False
    if isinstance(motion, RigidPath):
        return len(set(motion.positions)) > 1 or len(set(motion.rotations)) > 1
    if isinstance(motion, HumanoidMotion):
        return len(set(motion.rotations)) > 1 or len(set(motion.hips)) > 1
    raise TypeError(f"unknown motion {type(motion).__name__}; known: Still, RigidPath, HumanoidMotion")


def _trajectory(motion: Motion) -> dict[str, Any]:
    if isinstance(motion, Still):
        return {"positions": [list(motion.position)], "quaternions": [list(motion.rotation)]}
    if isinstance(motion, RigidPath):
        return {"positions": [list(p) for p in motion.positions], "quaternions": [list(q) for q in motion.rotations]}
    return {"positions": [list(motion.position)], "quaternions": None}


def _pair(name: str, pair: Pair, summary: Any) -> dict[str, Any]:
    return {
        "sample": sample_id(name, pair),
        **pair.model_dump(mode="json"),
        "views": {role: pair.view(role).key for role in ROLES},
        **summary_values(summary),
    }


def summary_values(summary: Any) -> dict[str, Any]:
    """The values of a pair's summary as plain JSON; NaN and infinities become null."""
    if summary is None:
        return {}
    if dataclasses.is_dataclass(summary) and not isinstance(summary, type):
        summary = dataclasses.asdict(summary)
    elif hasattr(summary, "model_dump"):
        summary = summary.model_dump(mode="json")
    return {key: _plain(value) for key, value in summary.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    return value
