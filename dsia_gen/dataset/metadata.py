"""The documents of a scene: scene.json made from a specification and measures, and all of them read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, JsonValue

from dsia_gen.core.document import read_document
from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.documents.run_document import FailureDocument, RunDocument
from dsia_gen.dataset.documents.scene_document import (
    CameraEntry,
    InstanceEntry,
    LicenceEntry,
    PairEntry,
    SceneDocument,
    SceneEntry,
    ViewEntry,
)
from dsia_gen.dataset.layout import DatasetLayout, SceneFolder, sample_id
from dsia_gen.spec.frozen_geometry import FrozenFigure
from dsia_gen.spec.motion import HumanoidMotion, Motion, RigidPath, Still
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import ROLES, View

METADATA_VERSION = 1
InstanceMaps = Mapping[View, NDArray[np.uint16]]
RestBoxes = Mapping[int, NDArray[np.float64]]
Boxes = dict[int, tuple[int, tuple[int, int, int, int]]]


def read_scene_json(folder: SceneFolder) -> SceneDocument:
    """The document of scene.json; StorageError when it is missing or is not the description of a scene."""
    return read_document(SceneDocument, folder.scene, "the description of a scene")


def read_run(folder: SceneFolder) -> RunDocument:
    """The document of run.json; StorageError when it is missing or says something else."""
    return read_document(RunDocument, folder.run, "the record of a run")


def read_failure(layout: DatasetLayout, name: str) -> FailureDocument:
    """What is known of a scene that failed; where error.json cannot be read, why not."""
    try:
        found = read_document(FailureDocument, layout.fetch(layout.failed(name).error), "the record of a failure")
    except StorageError as error:
        return FailureDocument(scene=name, error="StorageError", message=str(error))
    return found.model_copy(update={"scene": name})


def scene_metadata(
    spec: SceneSpec,
    *,
    name: str,
    instance_maps: InstanceMaps,
    summaries: Mapping[int, object],
    figures: Sequence[FrozenFigure] = (),
    rest_boxes: RestBoxes | None = None,
    spec_hash: str = "",
) -> SceneDocument:
    """The document of scene.json; a function of its arguments alone.

    Parameters
    ----------
    spec : SceneSpec
        The specification of the scene.
    name : str
        Name of the scene's folder.
    instance_maps : mapping of View to ndarray
        (H, W) uint16 instance ids of each view.
    summaries : mapping of int to mapping, dataclass or model
        What was measured on each pair (motion magnitudes, subset, shares), by its index; stored beside the pair.
    figures : sequence of FrozenFigure
        Where the joints of its humanoids are.
    rest_boxes : mapping of int to ndarray, optional
        Least and largest corner (2, 3) of the rest shapes by instance id, of those that are known.
    spec_hash : str
        Hash of the text that the specification was read from; that of the specification itself when empty.

    Returns
    -------
    SceneDocument
        Without `images`, which the writer adds.
    """
    camera, poses = spec.camera, range(len(spec.camera.poses))
    return SceneDocument(
        version=METADATA_VERSION,
        metadata=SceneEntry(
            scene=name,
            spec_hash=spec_hash or spec.hash(),
            **spec.model_dump(include={"config", "setting", "seed", "fps"}),
            resolution=(camera.width, camera.height),
            num_frames=spec.times,
            num_instances=len(spec.instances),
            background=spec.environment.asset,
            samples_per_pixel=spec.render.samples,
        ),
        camera=CameraEntry(
            focal_length=camera.lens_mm,
            sensor_width=camera.sensor_mm,
            K=camera.intrinsics().tolist(),
            axes="OpenCV: x right, y down, z forward; pixel centres at (column + 0.5, row + 0.5)",
            positions=[pose.position for pose in camera.poses],
            quaternions=[pose.rotation for pose in camera.poses],
            camera_to_world=[camera.camera_to_world(pose).tolist() for pose in poses],
        ),
        views=[ViewEntry(key=view.key, time=view.time, pose=view.pose) for view in spec.views()],
        instances=instance_entries(spec, instance_maps, figures, rest_boxes or {}),
        pairs=[
            PairEntry(
                sample=sample_id(name, pair),
                **pair.model_dump(),
                views={role: pair.view(role).key for role in ROLES},
                **summary_values(summaries.get(pair.index)),
            )
            for pair in spec.pairs
        ],
        licences=[LicenceEntry(**asset.model_dump(mode="json")) for asset in spec.assets],
    )


def instance_entries(
    spec: SceneSpec, instance_maps: InstanceMaps, figures: Sequence[FrozenFigure], rest_boxes: RestBoxes
) -> list[InstanceEntry]:
    """The instances of a scene: where they are, and in which pixels of each view (H, W) they are seen."""
    joints = {
        figure.instance: {
            joint: [(x, y, z) for x, y, z in np.round(figure.positions[:, k], 4).tolist()]
            for k, joint in enumerate(figure.joints)
        }
        for figure in figures
    }
    seen = {view.key: boxes(instance_maps[view]) for view in spec.views() if view in instance_maps}
    assets = {asset.id: asset for asset in spec.assets}
    entries = []
    for instance in spec.instances:
        positions, quaternions = _trajectory(instance.motion)
        visible = {key: found[instance.id] for key, found in seen.items() if instance.id in found}
        frozen: dict[str, Any] = {"joints": joints[instance.id]} if instance.id in joints else {}
        if instance.id in rest_boxes:
            frozen["rest_box"] = [tuple(corner) for corner in rest_boxes[instance.id].tolist()]
        entries.append(
            InstanceEntry(
                **instance.model_dump(include={"id", "name", "role", "scale"}),
                asset_id=instance.asset,
                kind=assets[instance.asset].kind,
                licence=assets[instance.asset].licence,
                moves=moves(instance.motion),
                positions=positions,
                quaternions=quaternions,
                visibility={key: count for key, (count, _) in visible.items()},
                bboxes={key: box for key, (_, box) in visible.items()},
                **frozen,
            )
        )
    return entries


def boxes(ids: NDArray[np.uint16]) -> Boxes:
    """Pixel count and box (x_min, y_min, x_max, y_max) (pixels, maxima excluded) of every id but 0 in an (H, W) map."""
    from scipy import ndimage  # not needed to read a data set

    counts = np.bincount(ids.reshape(-1))
    found = ndimage.find_objects(ids.astype(np.int32, copy=False))
    return {
        value: (int(counts[value]), (place[1].start, place[0].start, place[1].stop, place[0].stop))
        for value, place in enumerate(found, 1)
        if place is not None
    }


def luma_key(output: str) -> str:
    """Key of the mean luma of an image output of a view in scene.json; of `image` itself `brightness` says more."""
    return f"{output}_luma"


def moves(motion: Motion) -> bool:
    """Whether a motion changes anything over the scene's times."""
    if isinstance(motion, Still):
        return False
    if isinstance(motion, RigidPath):
        return len(set(motion.positions)) > 1 or len(set(motion.rotations)) > 1
    if isinstance(motion, HumanoidMotion):
        return len(set(motion.rotations)) > 1 or len(set(motion.hips)) > 1
    raise TypeError(f"unknown motion {type(motion).__name__}; known: Still, RigidPath, HumanoidMotion")


def summary_values(summary: object) -> dict[str, JsonValue]:
    """The values of a pair's summary as plain JSON; NaN and infinities become null."""
    if dataclasses.is_dataclass(summary) and not isinstance(summary, type):
        summary = dataclasses.asdict(summary)
    elif isinstance(summary, BaseModel):
        summary = summary.model_dump(mode="json")
    return {str(key): _plain(value) for key, value in summary.items()} if isinstance(summary, Mapping) else {}


def _trajectory(motion: Motion) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]] | None]:
    """Positions and quaternions of an origin, of each time or one for all; a character's pose is in its motion."""
    if isinstance(motion, RigidPath):
        return list(motion.positions), list(motion.rotations)
    return [motion.position], [motion.rotation] if isinstance(motion, Still) else None


def _plain(value: object) -> JsonValue:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    return value  # type: ignore[return-value]
