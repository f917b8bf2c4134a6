"""scene.json: what a user of a scene wants to know, in the spirit of Kubric's metadata."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.dataset.layout import sample_id
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.motion import HumanoidMotion, Motion, RigidPath, Still
from dsia_gen.spec.scene import Instance, SceneSpec
from dsia_gen.spec.views import ROLES, Pair, View

METADATA_VERSION = 1
InstanceMaps = Mapping[View, NDArray[np.uint16]]


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
