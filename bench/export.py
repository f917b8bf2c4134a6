"""Exports against a plain copy of the same bytes: pure data, no Blender."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.figures import Figure, seconds
from bench.scale import Scale
from dsia_gen.dataset import DatasetLayout, SceneWriter, open_dataset, scene_metadata, update_index
from dsia_gen.dataset.documents import RunDocument
from dsia_gen.dataset.export import ExportOptions, export
from dsia_gen.spec.asset import AssetUse
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.camera import CameraSpec, Pose
from dsia_gen.spec.light import Environment, Render
from dsia_gen.spec.motion import Track
from dsia_gen.spec.outputs import OUTPUTS, resolve_outputs, sample_places
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import Pair

SCENES = 4
GOAL = 1.3


def measure(scale: Scale) -> list[Figure]:
    """Seconds of an export to shards over those of plain copies, all with the files in memory."""
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        root = Path(folder)
        write_dataset(root / "data", scale.resolution, max(2, scale.pairs // 2))
        dataset = open_dataset(root / "data")
        files = [sample.file(*place) for sample in dataset for place in sample_places(dataset.outputs).values()]
        size = sum(path.stat().st_size for path in files)
        note = f"{size / 1e6:.0f} MB in {len(files)} files of {len(dataset)} samples"
        shards, copy = root / "shards", root / "copy"
        calls = (
            lambda: _export(root / "data", shards),
            lambda: _copy_files(files, copy),
            lambda: _copy_folder(shards, copy),
        )
        for call in calls:
            call()
        # one after the other, so that whatever else the machine does falls on all alike
        rounds = [[seconds(call, 1, warm_up=0)[0] for call in calls] for _ in range(2 * scale.repeats)]
        by_file = tuple(exported / plain for exported, plain, _ in rounds)
        whole = tuple(exported / plain for exported, _, plain in rounds)
        return [
            Figure("export to shards / copy of its files", "x", by_file, "at most", GOAL, note),
            Figure("export to shards / copy of the shards", "x", whole, "at most", note=note),
        ]


def _export(data: Path, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    export(data, out, "webdataset", ExportOptions(ratios=(1, 0, 0)))


def _copy_files(files: list[Path], out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    for number, path in enumerate(files):
        shutil.copyfile(path, out / f"{number:06d}")


def _copy_folder(source: Path, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(source, out)


def write_dataset(root: Path, resolution: tuple[int, int], pairs: int) -> None:
    """A data set of noise, all default outputs: compresses as badly as anything rendered."""
    layout = DatasetLayout(root)
    outputs = resolve_outputs(["default"])
    rng = np.random.default_rng(0)
    for number in range(SCENES):
        spec = _spec(number, resolution, pairs)
        with SceneWriter(layout, f"{number:05d}", spec, outputs) as writer:
            for name in outputs:
                array = _noise(rng, name, resolution)
                if OUTPUTS[name].scope == "view":
                    for view in spec.views():
                        writer.write(name, array, view=view)
                else:
                    for pair in spec.pairs:
                        writer.write(name, array, pair=pair)
            writer.finish(scene_metadata(spec, name=f"{number:05d}", instance_maps={}, summaries={}), RunDocument())
    update_index(layout)


def _noise(rng: np.random.Generator, name: str, resolution: tuple[int, int]) -> np.ndarray:
    """An array as the table wants it; masks and labels are plain, as real ones nearly are."""
    output = OUTPUTS[name]
    shape = (resolution[1], resolution[0], *([output.channel_count] if output.channel_count > 1 else []))
    if output.unit.startswith("bool"):
        return np.zeros(shape, dtype=bool)
    if name == "image":
        return rng.integers(0, 256, shape, dtype=np.uint8)
    if output.dtype == "float32":
        return rng.normal(size=shape).astype(np.float32)
    return np.zeros(shape, dtype=output.dtype)


def _spec(seed: int, resolution: tuple[int, int], pairs: int) -> SceneSpec:
    hdri = AssetFile(root="bpy", path="studiolights/world/forest.exr", sha256="0" * 64)
    return SceneSpec(
        config="noise",
        seed=seed,
        setting="outdoor",
        times=pairs + 1,
        assets=(AssetUse(id="sky", kind="hdri", source="noise", licence="CC0-1.0"),),
        instances=(),
        environment=Environment(hdri=hdri, asset="sky", irradiance=Track(values=(1.0,))),
        camera=CameraSpec(
            width=resolution[0],
            height=resolution[1],
            lens_mm=35.0,
            poses=tuple(Pose(position=(0.1 * t, 0, 0), rotation=(1, 0, 0, 0)) for t in range(pairs + 1)),
        ),
        render=Render(samples=1),
        pairs=tuple(Pair(index=i, t1=i, p1=i, t2=i + 1, p2=i + 1) for i in range(pairs)),
    )
