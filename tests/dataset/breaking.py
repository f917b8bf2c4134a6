"""Many ways to spoil a data set, each with the checks that must find it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
from PIL import Image

from dsia_gen.core.io import json_bytes
from dsia_gen.dataset import DatasetLayout, record_failure, update_index
from dsia_gen.dataset.array_files import read_array, write_array
from dsia_gen.dataset.documents import FailureDocument
from dsia_gen.dataset.receipt import FileEntry, hash_of_files, make_receipt, read_receipt
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.record import readable_json
from dsia_gen.spec.views import View
from tests.dataset.synthetic import make_spec

Change = Callable[[np.ndarray], np.ndarray]
SCENE = "00000"
PAIR = "pairs/0001"
I1, I2, IGT = (f"views/{view.key}" for view in (View(1, 1), View(2, 2), View(2, 1)))  # of that pair
FLOW, FLOW_BACK = f"{PAIR}/flow_1_to_2.exr", f"{PAIR}/flow_2_to_1.exr"
CAMERA_FLOW, CAMERA_FLOW_BACK = f"{PAIR}/flow_gt_to_2.exr", f"{PAIR}/flow_2_to_gt.exr"
SCENE_FLOW, SCENE_FLOW_BACK = f"{PAIR}/flow_1_to_gt.exr", f"{PAIR}/flow_gt_to_1.exr"
REASONS, CAMERA_REASONS = f"{PAIR}/occlusion_1_to_2.png", f"{PAIR}/occlusion_gt_to_2.png"
CAMERA_REASONS_BACK = f"{PAIR}/occlusion_2_to_gt.png"
COORDINATES = "object_coordinates.exr"
DYNAMIC, DYNAMIC_GT, UNION = (f"{PAIR}/dynamic_{name}.png" for name in ("1", "gt", "union"))
DEPTH, DEPTH_2, DEPTH_GT = (f"{view}/depth.exr" for view in (I1, I2, IGT))
IMAGE, IMAGE_2, IMAGE_GT = (f"{view}/image.png" for view in (I1, I2, IGT))


@dataclass(frozen=True)
class Way:
    """A way to spoil: `spoil` does it, `check` must find it in `file`, as `severity`."""

    name: str
    check: str
    file: str
    spoil: Callable[[DatasetLayout], Any]
    severity: str = "error"


def seal(layout: DatasetLayout, scene: str = SCENE) -> None:
    """Write a receipt for what lies there now, so that hashes agree and only a look inside finds the fault."""
    folder = layout.scene(scene)
    old = read_receipt(folder)
    receipt = make_receipt(folder, old.spec_hash, old.outputs, old.package_version)
    folder.receipt.write_bytes(json_bytes(receipt.model_dump(mode="json")))
    if layout.index.is_file():
        update_index(layout)


def array(file: str, change: Change) -> Callable[[DatasetLayout], None]:
    """Change an array and seal the scene."""

    def spoil(layout: DatasetLayout) -> None:
        path = layout.scene(SCENE).path / file
        output = OUTPUTS[path.stem]
        write_array(output, path, change(read_array(output, path).copy()))
        seal(layout)

    return spoil


def raw(file: str, change: Callable[[Path], Any], sealed: bool = True) -> Callable[[DatasetLayout], None]:
    """Do something to a file; with `sealed` the receipt follows."""

    def spoil(layout: DatasetLayout) -> None:
        change(layout.scene(SCENE).path / file)
        if sealed:
            seal(layout)

    return spoil


def changed(name: str, check: str, file: str, change: Change, severity: str = "error") -> Way:
    """An array is changed, and the fault is found in its own file."""
    return Way(name, check, file, array(file, change), severity)


def replaced(name: str, check: str, file: str, change: Callable[[Path], Any], sealed: bool = True) -> Way:
    """A file is replaced, and the fault is found there."""
    return Way(name, check, file, raw(file, change, sealed))


def document(change: Callable[[dict[str, Any]], Any], file: str = "scene.json") -> Callable[[DatasetLayout], None]:
    """Change a JSON document of the scene and seal it."""

    def edit(path: Path) -> None:
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return raw(file, edit)


def at(where: Any, value: Any) -> Change:
    """Set some elements."""

    def change(a: np.ndarray) -> np.ndarray:
        a[where] = value
        return a

    return change


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def save_png(values: Callable[[], np.ndarray]) -> Callable[[Path], None]:
    return lambda path: Image.fromarray(values()).save(path)


def exr(channels: dict[str, Any]) -> Callable[[Path], None]:
    return lambda path: OpenEXR.File({"type": OpenEXR.scanlineimage}, channels).write(str(path))


def receipt_without(file: str) -> Callable[[DatasetLayout], None]:
    """Forget a file in disk and receipt alike."""

    def spoil(layout: DatasetLayout) -> None:
        (layout.scene(SCENE).path / file).unlink()
        seal(layout)

    return spoil


def edit_receipt(change: Callable[[dict[str, Any]], Any]) -> Callable[[DatasetLayout], None]:
    def spoil(layout: DatasetLayout) -> None:
        path = layout.scene(SCENE).receipt
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return spoil


def forged_hash(content: dict[str, Any]) -> None:
    content["files"][f"{PAIR}/flow_1_to_2.exr"]["sha256"] = "0" * 64


def forged_consistently(content: dict[str, Any]) -> None:
    forged_hash(content)
    files = {name: FileEntry(**entry) for name, entry in content["files"].items()}
    content["content_hash"] = hash_of_files(files)


def other_spec(layout: DatasetLayout) -> None:
    layout.scene(SCENE).spec.write_text(readable_json(make_spec(seed=7)))
    seal(layout)


def twin_scene(layout: DatasetLayout) -> None:
    shutil.rmtree(layout.scene("00001").path)
    shutil.copytree(layout.scene(SCENE).path, layout.scene("00001").path)
    seal(layout, "00001")


def drop_row(layout: DatasetLayout) -> None:
    rows = layout.samples.read_bytes().splitlines(keepends=True)
    layout.samples.write_bytes(b"".join(rows[:-1]))


def more_scenes(layout: DatasetLayout) -> None:
    layout.job.write_text(layout.job.read_text().replace("count: 2", "count: 9"))


def same_image(layout: DatasetLayout) -> None:
    folder = layout.scene(SCENE).path
    shutil.copyfile(folder / I1 / "image.png", folder / I2 / "image.png")
    seal(layout)


def darker(a: np.ndarray) -> np.ndarray:
    return (a * 0.6).astype(np.uint8)


def shuffled(a: np.ndarray) -> np.ndarray:
    return a[:, ::-1].copy()


def shift_dynamic(layout: DatasetLayout) -> None:
    """Shift flow_1_to_2 on moving pixels only."""
    moving = read_array(OUTPUTS["dynamic_1"], layout.scene(SCENE).path / DYNAMIC)
    array(FLOW, lambda a: a + np.float32(1.5) * moving[..., None])(layout)


def mover_behind_the_wall(layout: DatasetLayout) -> None:
    moving = read_array(OUTPUTS["dynamic_1"], layout.scene(SCENE).path / DYNAMIC)
    array(DEPTH, lambda a: np.where(moving, a * np.float32(2.2), a))(layout)


def igt_is_i1(layout: DatasetLayout) -> None:
    folder = layout.scene(SCENE).path
    shutil.copyfile(folder / IMAGE, folder / IMAGE_GT)
    seal(layout)


def other_quality(layout: DatasetLayout) -> None:
    layout.job.write_text(layout.job.read_text().replace("samples: 64", "samples: 2"))


def block_off(a: np.ndarray) -> np.ndarray:
    a[10:18, 10:18] += 1
    return a


def times(factor: float) -> Change:
    return lambda a: a * np.float32(factor)


def as_distance(a: np.ndarray) -> np.ndarray:
    """Depth along the ray in place of depth along the axis."""
    return a * np.hypot(1, np.linspace(-0.5, 0.5, a.shape[1])).astype(np.float32)


def reason(old: int, new: int) -> Change:
    return lambda a: np.where(a == old, new, a).astype(np.uint8)


def _pair(content: dict[str, Any]) -> dict[str, Any]:
    return content["pairs"][1]


def _mover(content: dict[str, Any]) -> dict[str, Any]:
    return content["instances"][2]


def still(value: Any) -> Callable[[], np.ndarray]:
    return lambda: np.full((72, 128), value)


STRUCTURE = (
    replaced("missing flow", "receipt_matches", FLOW, Path.unlink, sealed=False),
    replaced("missing image", "view_readable", IMAGE, Path.unlink, sealed=False),
    replaced("extra file", "receipt_matches", "notes.txt", lambda p: p.write_text("hello"), sealed=False),
    replaced("flipped bit", "receipt_matches", DEPTH, flip_bit, sealed=False),
    replaced("flipped bit of run.json", "receipt_matches", "run.json", flip_bit, sealed=False),
    replaced("truncated EXR", "receipt_matches", FLOW_BACK, cut, sealed=False),
    Way("no receipt", "scene_opens", "", raw("receipt.json", Path.unlink, sealed=False)),
    Way("half a receipt", "scene_opens", "", raw("receipt.json", cut, sealed=False)),
    Way("forged receipt", "scene_opens", "", edit_receipt(forged_hash)),
    Way("well forged receipt", "receipt_matches", FLOW, edit_receipt(forged_consistently)),
    Way("unknown output", "scene_opens", "", edit_receipt(lambda r: r["outputs"].append("smell"))),
    Way("forgotten file", "receipt_complete", DYNAMIC, receipt_without(DYNAMIC)),
    replaced("stowaway", "receipt_complete", "stowaway.png", lambda p: p.write_bytes(b"x")),
    Way("no scene.json", "scene_opens", "", raw("scene.json", Path.unlink, sealed=False)),
    Way("garbled scene.json", "scene_opens", "", raw("scene.json", lambda p: p.write_text("{"), sealed=False)),
    Way("scene.json lacks cameras", "scene_opens", "", document(lambda d: d.pop("camera"))),
    Way("pair without a pose", "scene_opens", "", document(lambda d: _pair(d).update(p1=99))),
    Way("other spec", "spec_agrees", "spec.json", other_spec),
    replaced("garbled spec", "spec_agrees", "spec.json", lambda p: p.write_text("{}")),
    Way("other K", "spec_agrees", "scene.json", document(lambda d: d["camera"]["K"][0].__setitem__(0, 90.0))),
    Way(
        "moved camera",
        "spec_agrees",
        "scene.json",
        document(lambda d: d["camera"]["camera_to_world"][1][0].__setitem__(3, 1.0)),
    ),
    Way("lost row", "index_agrees", "samples.csv", drop_row),
    Way("no dataset.json", "index_agrees", "", lambda layout: layout.index.unlink()),
    Way("lost scene", "index_agrees", "dataset.json", lambda layout: shutil.rmtree(layout.scene(SCENE).path)),
    Way("twin scene", "scenes_differ", "scenes/00001", twin_scene),
    Way("foreign folder", "job_done", "scenes/holiday", lambda layout: (layout.scenes / "holiday").mkdir()),
    Way("broken job", "job_done", "job.yaml", lambda layout: layout.job.write_text("name: [")),
    Way("unfinished job", "job_done", "", more_scenes, "warning"),
    Way(
        "failed scene",
        "job_done",
        "failed/00005",
        lambda lay: record_failure(lay, "00005", FailureDocument(error="E")),
        "warning",
    ),
)

PIXELS = (
    replaced("sealed truncated EXR", "sample_readable", FLOW_BACK, cut),
    replaced("sealed truncated PNG", "view_readable", IMAGE_2, cut),
    replaced("empty file", "view_readable", IMAGE_2, lambda p: p.write_bytes(b"")),
    replaced("PNG that is text", "sample_readable", DYNAMIC, lambda p: p.write_text("hello")),
    replaced("EXR that is text", "sample_readable", FLOW_BACK, lambda p: p.write_text("hello")),
    replaced("wrong size", "view_readable", IMAGE_2, save_png(lambda: np.zeros((36, 64, 3), np.uint8))),
    replaced("grey image", "view_readable", IMAGE_2, save_png(still(np.uint8(9)))),
    replaced("ids in 8 bit", "view_readable", f"{I2}/instances.png", save_png(still(np.uint8(1)))),
    replaced("mask of ones", "sample_readable", DYNAMIC, save_png(still(np.uint8(1)))),
    replaced("half-float flow", "sample_readable", FLOW_BACK, exr(dict.fromkeys("uv", still(np.float16(0))()))),
    replaced("flow in R and G", "sample_readable", FLOW_BACK, exr(dict.fromkeys("RG", still(np.float32(0))()))),
    changed("NaN in a flow", "flow_finite", SCENE_FLOW, at((5, 5), np.nan)),
    changed("infinity in a flow", "flow_finite", SCENE_FLOW, at((5, 5), np.inf)),
    Way("flow where there is none", "flow_finite", CAMERA_FLOW, array(CAMERA_REASONS, at((5, 5), 255))),
    changed("NaN in depth", "depth_legal", DEPTH, at((5, 5), np.nan)),
    changed("negative depth", "depth_legal", DEPTH, at((5, 5), -1)),
    changed("endless depth", "depth_legal", DEPTH, at((60, 60), np.inf)),
    changed("NaN in linear", "linear_finite", f"{I1}/linear.exr", at((5, 5), np.nan)),
    changed("dark image", "exposure_in_bounds", IMAGE, lambda a: a // 8, "warning"),
    changed("half burnt out", "exposure_in_bounds", IMAGE, at(np.s_[:40], 255), "warning"),
    changed("half black", "exposure_in_bounds", IMAGE, at(np.s_[:40], 0), "warning"),
    changed("black image", "image_shows_something", IMAGE, lambda a: a // 200),
    changed("white image", "image_shows_something", IMAGE, at(np.s_[:, 20:], 255)),
    changed("grey card", "image_shows_something", IMAGE, at(np.s_[:], 118)),
    Way("I2 is I1", "images_differ", IMAGE_2, same_image),
    changed("NaN in scene flow", "scene_flow_finite", f"{PAIR}/scene_flow_1_to_gt.exr", at((60, 60), np.nan)),
    changed("static scene flow", "scene_flow_finite", f"{PAIR}/scene_flow_gt_to_1.exr", at((60, 60), 1)),
)

PHYSICS = (
    changed("reversed flow", "flow_from_depth", CAMERA_FLOW, np.negative),
    changed("flow off by a pixel in a block", "flow_from_depth", CAMERA_FLOW_BACK, block_off),
    changed("flow mirrored", "flow_from_depth", CAMERA_FLOW, shuffled),
    changed("flow a tenth too long", "flow_from_depth", CAMERA_FLOW, times(1.1)),
    Way("depth a tenth too far", "flow_from_depth", CAMERA_FLOW, array(DEPTH_GT, times(1.1))),
    Way("depth is distance", "flow_from_depth", CAMERA_FLOW_BACK, array(DEPTH_2, as_distance)),
    changed("static flow off", "flow_from_depth_on_static", FLOW, block_off),
    changed("static flow back off", "flow_from_depth_on_static", FLOW_BACK, np.negative),
    changed("static pixels drift", "static_pixels_stay", SCENE_FLOW, at(np.s_[10:18, 10:18], 0.1)),
    changed("static pixels drift back", "static_pixels_stay", SCENE_FLOW_BACK, lambda a: a + np.float32(0.1)),
    Way("moving flow does not return", "flow_cycle_closes", FLOW, shift_dynamic),
    Way("moving flow does not compose", "flow_composes", FLOW, shift_dynamic),
    changed("all visible", "occlusion_from_depth", CAMERA_REASONS, reason(3, 0)),
    changed("all hidden", "occlusion_from_depth", CAMERA_REASONS_BACK, reason(0, 3)),
)

LABELS = (
    changed("unknown id", "instances_known", f"{I1}/instances.png", at((5, 5), 77)),
    Way(
        "pixel counts",
        "instances_known",
        f"{I1}/instances.png",
        document(lambda d: d["instances"][0]["visibility"].update({View(1, 1).key: 3})),
    ),
    changed("unknown reason", "occlusion_legal", REASONS, at((5, 5), 7)),
    changed("said to leave", "out_of_frame_agrees", REASONS, at((30, 60), 1)),
    changed("said to stay", "out_of_frame_agrees", REASONS, reason(1, 0)),
    changed("union", "union_is_union", UNION, at((5, 5), True)),
    changed("empty mask", "dynamic_is_moving_ids", DYNAMIC, np.zeros_like),
    changed("mask too large", "dynamic_is_moving_ids", DYNAMIC_GT, np.ones_like),
    Way(
        "mover not listed", "motion_flags_agree", "scene.json", document(lambda d: _pair(d).update(moved_instances=[]))
    ),
    Way("mover that rests", "spec_agrees", "scene.json", document(lambda d: _mover(d).update(moves=False))),
    Way("wrong subset", "measures_agree", "scene.json", document(lambda d: _pair(d).update(subset="ScSf"))),
    Way("wrong motion", "measures_agree", "scene.json", document(lambda d: _pair(d).update(camera_motion_px=50.0))),
    Way("no foreground", "measures_agree", "scene.json", document(lambda d: _pair(d).update(foreground_motion_px=0.0))),
)

LABELS += (
    changed(
        "coordinates mirrored",
        "coordinates_from_depth",
        f"{I1}/{COORDINATES}",
        lambda a: np.float32([1, 0, 0]) + a * np.float32([-1, 1, 1]),
    ),
    changed(
        "coordinates raised",
        "coordinates_follow_flow",
        f"{I1}/{COORDINATES}",
        lambda a: a * np.float32(0.8) + np.float32(0.1),
    ),
    changed("coordinates everywhere", "vectors_legal", f"{I1}/{COORDINATES}", lambda a: np.nan_to_num(a, nan=0.5)),
    changed("coordinates too large", "vectors_legal", f"{I1}/{COORDINATES}", lambda a: a * np.float32(1.5)),
    changed("normals turned", "normals_from_depth", f"{I1}/normals.exr", lambda a: a[..., [0, 2, 1]].copy()),
    Way(
        "another box",
        "instances_known",
        f"{I1}/instances.png",
        document(lambda d: d["instances"][0]["bboxes"].update({View(1, 1).key: [0, 0, 5, 5]})),
    ),
    changed("linear brighter", "image_as_recorded", f"{I1}/linear.exr", lambda a: a * np.float16(1.02)),
    Way("other quality", "job_agrees", "spec.json", other_quality),
    Way("negative time", "scene_opens", "", document(lambda d: d["seconds"].update(render=-1), "run.json")),
    Way("other views", "run_plausible", "run.json", document(lambda d: d.update(view_seconds={"t9": 1}), "run.json")),
    changed("no edges", "edges_unreliable", f"{I1}/unreliable.png", np.zeros_like),
    changed("nothing to rely on", "interiors_reliable", f"{I1}/unreliable.png", np.ones_like),
    changed("seen through another", "occlusion_from_ids", REASONS, reason(3, 0)),
    changed("hides itself", "hidden_does_not_return", REASONS, reason(0, 2)),
)
PHYSICS += (
    Way("off its path", "rigid_flow_follows_path", FLOW, shift_dynamic),
    changed("scene flow too long", "scene_flow_gives_flow", f"{PAIR}/scene_flow_1_to_gt.exr", times(1.02)),
    changed("foreground flow too long", "flow_scales_agree", SCENE_FLOW, times(1.02)),
    Way("static depth drifts", "static_depth_stays", f"{PAIR}/occlusion_1_to_gt.png", array(DEPTH, times(1.001))),
    Way("mover behind the wall", "movers_before_background", DEPTH, mover_behind_the_wall),
)
PHOTOMETRIC = (
    changed("a pixel of another colour", "image_as_recorded", IMAGE, at((5, 5), 0)),
    changed("drawn light", "light_change_recomputed", f"{PAIR}/light_change.png", at(np.s_[20:30, 20:30], True)),
    Way("Igt is I1", "moving_pixels_arrive", IMAGE_GT, igt_is_i1),
    changed("I1 a pixel off", "images_registered", IMAGE, lambda a: np.roll(a, 1, axis=1)),
    changed("linear mirrored", "renders_belong_together", f"{I1}/linear.exr", shuffled),
    changed("blurred upside down", "renders_belong_together", f"{I1}/image_blurred.png", lambda a: a[::-1].copy()),
    Way("Igt mirrored", "warp_gives_gt", CAMERA_FLOW, array(IMAGE_GT, shuffled), "error"),
    changed("Igt darker", "static_pixels_look_alike", IMAGE_GT, darker),
)

WAYS = (*STRUCTURE, *PIXELS, *PHYSICS, *LABELS, *PHOTOMETRIC)
