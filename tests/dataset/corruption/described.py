"""Corruptions of what a scene says of itself: scene.json, spec.json and run.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dsia_gen.core.io import json_bytes
from dsia_gen.dataset.receipt import read_receipt
from dsia_gen.spec.record import readable_json
from dsia_gen.spec.scene import SceneSpec
from tests.dataset.corruption.target import Corruption, Json, Target, rewritten

_NO_RENDER = "only another rendering would tell: no array and no other document depends on it"
_NO_SOURCE = "both documents say so, and the asset's own manifest is not part of a data set"


def scene(name: str, change: Callable[[Json], Any], reason: str = "") -> Corruption:
    return Corruption(f"scene.json: {name}", "documents", rewritten("scene.json", change), reason=reason)


def run(name: str, change: Callable[[Json], Any], reason: str = "") -> Corruption:
    return Corruption(f"run.json: {name}", "documents", rewritten("run.json", change), reason=reason)


def spec(name: str, change: Callable[[Json], Any], *, follow: bool, reason: str = "") -> Corruption:
    """Change spec.json; with `follow` the hash in scene.json and the receipt follows, and scene.json's own fields."""

    def spoil(target: Target) -> None:
        content = json.loads((target.folder / "spec.json").read_bytes())
        change(content)
        if not follow:
            (target.folder / "spec.json").write_text(json.dumps(content))
            return
        changed = SceneSpec.model_validate(content)
        (target.folder / "spec.json").write_text(readable_json(changed))
        rewritten("scene.json", lambda d: _follow(d, changed))(target)
        receipt = read_receipt(target.layout.scene(target.scene))
        held = {**receipt.model_dump(mode="json"), "spec_hash": changed.hash()}
        (target.folder / "receipt.json").write_bytes(json_bytes(held))

    known = "with all that follows" if follow else "alone"
    return Corruption(f"spec.json {known}: {name}", "documents", spoil, reason=reason)


def _follow(document: Json, changed: SceneSpec) -> None:
    document["metadata"].update(spec_hash=changed.hash(), seed=changed.seed, samples_per_pixel=changed.render.samples)
    document["licences"] = [asset.model_dump(mode="json") for asset in changed.assets]
    kinds = {asset.id: asset.licence for asset in changed.assets}
    for entry in document["instances"]:
        entry["licence"] = kinds[entry["asset_id"]]


def measure(name: str, value: Any) -> Corruption:
    return scene(f"{name} of a pair", lambda d: d["pairs"][-1].update({name: value}))


def _mover(d: Json) -> Json:
    return next(entry for entry in d["instances"] if entry["moves"])


def _first(mapping: Json) -> str:
    return next(iter(mapping))


def _bump(values: list[float]) -> None:
    values[0] += 0.01


DESCRIBED: tuple[Corruption, ...] = (
    scene("licences emptied", lambda d: d.update(licences=[])),
    scene("all licences CC0", lambda d: [a.update(licence="CC0-1.0-x") for a in d["licences"]]),
    scene("an asset left out", lambda d: d["licences"].pop()),
    scene("attribution emptied", lambda d: [a.update(attribution="", source="own") for a in d["licences"]]),
    scene("everything may be passed on", lambda d: [a.update(redistribution="Yes") for a in d["licences"]]),
    scene("hash of an asset", lambda d: d["licences"][0].update(sha256="ab" * 32)),
    scene("licence of an instance", lambda d: d["instances"][0].update(licence="Public Domain")),
    *(
        scene(field, lambda d, field=field, value=value: d["metadata"].update({field: value}))
        for field, value in {
            "scene": "00077",
            "spec_hash": "0" * 64,
            "config": "another",
            "setting": "indoors",
            "seed": 5,
            "resolution": [97, 54],
            "fps": 25.5,
            "num_frames": 3,
            "num_instances": 99,
            "background": "elsewhere",
            "samples_per_pixel": 4096,
        }.items()
    ),
    scene("focal length", lambda d: d["camera"].update(focal_length=50.0)),
    scene("sensor width", lambda d: d["camera"].update(sensor_width=24.0)),
    scene("axes", lambda d: d["camera"].update(axes="OpenGL: x right, y up, z backward")),
    scene("K", lambda d: _bump(d["camera"]["K"][0])),
    scene("principal point", lambda d: d["camera"]["K"][0].__setitem__(2, d["camera"]["K"][0][2] - 0.5)),
    scene("a camera position", lambda d: _bump(d["camera"]["positions"][0])),
    scene("a camera quaternion", lambda d: _bump(d["camera"]["quaternions"][0])),
    scene("a camera matrix", lambda d: _bump(d["camera"]["camera_to_world"][0][0])),
    scene("two poses swapped", lambda d: d["camera"]["camera_to_world"].reverse()),
    scene("a view renamed", lambda d: d["views"][0].update(key="t0099_p0099")),
    scene("a view left out", lambda d: d["views"].pop()),
    scene("time of a view", lambda d: d["views"][0].update(time=77)),
    *(
        scene(f"{field} of an instance", lambda d, field=field, value=value: d["instances"][0].update({field: value}))
        for field, value in {
            "name": "another",
            "asset_id": "another",
            "kind": "hdri",
            "role": "room",
            "scale": 1.5,
            "id": 77,
        }.items()
    ),
    scene("a mover that rests", lambda d: _mover(d).update(moves=False)),
    scene("a position of an instance", lambda d: _bump(d["instances"][0]["positions"][0])),
    scene(
        "a quaternion of an instance",
        lambda d: next(_bump(e["quaternions"][0]) for e in d["instances"] if e["quaternions"]),
    ),
    scene("pixel count", lambda d: _seen(d)["visibility"].update({_first(_seen(d)["visibility"]): 3})),
    scene("a box", lambda d: _seen(d)["bboxes"].update({_first(_seen(d)["bboxes"]): [0, 0, 5, 5]})),
    scene("all boxes left out", lambda d: [entry.update(bboxes={}) for entry in d["instances"]]),
    scene("an instance left out", lambda d: d["instances"].pop()),
    scene("a pair left out", lambda d: d["pairs"].pop()),
    scene("sample of a pair", lambda d: d["pairs"][0].update(sample="00000_0042")),
    scene("times of a pair swapped", lambda d: d["pairs"][0].update(t1=d["pairs"][0]["t2"], t2=d["pairs"][0]["t1"])),
    scene("roles of a pair swapped", lambda d: _swap_roles(d["pairs"][0]["views"])),
    measure("camera_motion_px", 3.21),
    measure("foreground_motion_px", 4.32),
    measure("subset", "none"),
    measure("foreground_share", 0.5),
    measure("occluded_1_to_2", 0.0),
    measure("occluded_gt_to_2", 1.0),
    measure("max_flow_1_to_2_px", 1.0),
    measure("median_depth_m", 4.0),
    measure("unreliable_share", 0.0),
    measure("light_change_share", 0.77),
    measure("moved_instances", []),
    scene("a measure left out", lambda d: d["pairs"][0].pop("median_depth_m")),
    scene("brightness of an image", lambda d: d["images"][_first(d["images"])].update(brightness=0.5)),
    scene("brightness of all images left out", lambda d: [d["images"].pop(key) for key in list(d["images"])[:1]]),
    spec("licence of an asset", lambda s: s["assets"][0].update(licence="CC0-1.0-x"), follow=False),
    spec("seed", lambda s: s.update(seed=7), follow=False),
    spec("lens", lambda s: s["camera"].update(lens_mm=70.0), follow=False),
    spec("seed", lambda s: s.update(seed=7), follow=True),
    spec("samples", lambda s: s["render"].update(samples=999), follow=True),
    spec("exposure of the images", lambda s: s["render"].update(exposure=1.5), follow=True),
    spec("path of a camera", lambda s: _bump(s["camera"]["poses"][0]["position"]), follow=True),
    spec("path of a rigid mover", lambda s: _bend(s), follow=True),
    spec("irradiance", lambda s: s["environment"]["irradiance"].update(values=[3.0]), follow=True, reason=_NO_RENDER),
    spec("clip of the motion", lambda s: _walker(s).update(clip="another"), follow=True, reason=_NO_RENDER),
    spec("licence of an asset", lambda s: s["assets"][0].update(licence="CC0-1.0-x"), follow=True, reason=_NO_SOURCE),
    run("negative seconds", lambda d: d["seconds"].update(render=-1.0)),
    run("views of another scene", lambda d: d.update(view_seconds={"t0099_p0001": 1.0})),
    run("ended before it began", lambda d: d.update(begun=d["ended"], ended=d["begun"])),
    run("no date", lambda d: d.update(begun="yesterday")),
    run("another Blender", lambda d: d["fingerprint"].update(blender="3.6.0")),
    run("another dsia-gen", lambda d: d["fingerprint"].update(dsia_gen="9.9.9")),
    run("text for seconds", lambda d: d.update(seconds={"render": "long"})),
    run("another machine", lambda d: d.update(host="elsewhere"), reason="no other document records the machine"),
)


def _seen(d: Json) -> Json:
    return next(entry for entry in d["instances"] if entry["visibility"])


def _swap_roles(views: Json) -> None:
    views["1"], views["2"] = views["2"], views["1"]


def _bend(s: Json) -> None:
    path = next(i["motion"] for i in s["instances"] if i["motion"]["type"] == "rigid_path")
    for k, position in enumerate(path["positions"]):
        position[0] += 0.02 * k


def _walker(s: Json) -> Json:
    return next(i["motion"] for i in s["instances"] if i["motion"]["type"] == "humanoid")
