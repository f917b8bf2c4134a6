"""What is fuzzed: each reader of files that others make, with sound files to damage and how they are read."""

from __future__ import annotations

import base64
import gzip
import io
import json
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from io import BytesIO
from pathlib import Path
from typing import Any

import imageio.v3 as imageio
import numpy as np
import torch
import zstandard
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from dsia_gen.align.flow_files import read_flo, read_flow, read_kitti_flow, read_matrix
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig
from dsia_gen.align.training.checkpoint import CheckpointState, latest_checkpoint
from dsia_gen.align.weight_files import load_weights, save_tensors
from dsia_gen.assets.fetch.archive import unpack
from dsia_gen.assets.hdri_file import read_hdri, write_plain
from dsia_gen.assets.importing.gltf_bind_pose import to_bind_pose
from dsia_gen.assets.importing.gltf_scene import prepared_document, write_prepared_gltf
from dsia_gen.assets.importing.headers import check_header, gltf_document
from dsia_gen.assets.importing.image_size import picture_size
from dsia_gen.assets.importing.import_journal import JOURNAL, ImportJournal
from dsia_gen.assets.importing.linked_files import LinkedFiles
from dsia_gen.assets.importing.moved_text import move_gltf, moved_ply, moved_stl
from dsia_gen.assets.importing.ply_faces import face_textures, ply_header
from dsia_gen.assets.importing.references import check_references, missing_references
from dsia_gen.assets.importing.usd_names import speaks_materialx
from dsia_gen.assets.importing.vrm import vrm_joints, vrm_terms
from dsia_gen.assets.kubric_manifest import read_kubric
from dsia_gen.assets.manifest import Manifest
from dsia_gen.config.job import JobConfig
from dsia_gen.config.presets import find_preset, preset_names
from dsia_gen.config.scene_config import SceneConfig
from dsia_gen.core.document import read_document
from dsia_gen.core.strict_yaml import Config, read_config
from dsia_gen.dataset.array_files import read_array, write_array
from dsia_gen.dataset.export.contract import ExportOptions
from dsia_gen.dataset.export.encode import flo, kitti_flow
from dsia_gen.dataset.export.export_state import ExportDocument, read_state
from dsia_gen.dataset.export.run_export import export
from dsia_gen.dataset.fence import parse_lock
from dsia_gen.dataset.layout import DatasetLayout, SceneFolder
from dsia_gen.dataset.metadata import read_run
from dsia_gen.dataset.photographic import PhotographicConfig
from dsia_gen.dataset.reader import open_dataset
from dsia_gen.dataset.receipt import read_receipt
from dsia_gen.dataset.report.problems import read_findings
from dsia_gen.dataset.shards import Shards
from dsia_gen.dataset.status import dataset_status
from dsia_gen.evaluate.result_store import ResultStore
from dsia_gen.motion.readers import read_motion
from dsia_gen.motion.trajectory import load_trajectory, may_be_trajectory
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.scene import SceneSpec
from tests.assets.importing.test_headers import blend, glb, gltf, ply, stl
from tests.assets.importing.test_references import crate
from tests.dataset.synthetic import make_spec, write_dataset
from tests.fuzz.mutations import damaged_bytes, damaged_json, damaged_text, damaged_yaml
from tests.motion.camera_files import WRITERS, orbit
from tests.motion.small_bvh import bvh_text
from tests.motion.test_asf import AMC, ASF
from tests.motion.test_smpl import amass

SCENE = "scenes/00000"
_DAMAGE: dict[str, Callable[[Any], st.SearchStrategy[bytes]]] = {
    "bytes": damaged_bytes, "text": damaged_text, "json": damaged_json, "yaml": damaged_yaml,
}  # fmt: skip


def _nothing(_: Path) -> None:
    """No other files are needed."""


@dataclass(frozen=True)
class Target:
    """A reader. `file` is where its file lies in a folder that `prepare` has filled; `seeds` makes sound ones."""

    name: str
    file: str
    kind: str
    seeds: Callable[[], Iterable[bytes]]
    read: Callable[[Path], object]
    prepare: Callable[[Path], None] = _nothing

    @property
    def suffix(self) -> str:
        return Path(self.file).suffix

    @cached_property
    def sound(self) -> list[bytes]:
        return list(self.seeds())

    @cached_property
    def files(self) -> st.SearchStrategy[bytes]:
        """Damaged files."""
        texts: Sequence[Any] = self.sound if self.kind == "bytes" else [data.decode() for data in self.sound]
        return _DAMAGE[self.kind](tuple(texts))

    def place(self, folder: Path) -> Path:
        """Where the file shall be written; the folder is made and filled."""
        path = folder / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        self.prepare(folder)
        return path

    def check_seeds(self, path: Path) -> None:
        """What is damaged later can be read as it is: an error here is one of the target."""
        for data in self.sound:
            path.write_bytes(data)
            self.read(path)


# --- configurations -----------------------------------------------------------------------------------------------


def _presets(folder: Any) -> list[bytes]:
    return [find_preset(folder, name).read_bytes() for name in preset_names(folder)]


def _manifests() -> list[bytes]:
    return [b"\n".join(data.split(b"\n")[:60]).rpartition(b"\n  - ")[0] + b"\n" for data in _presets("assets_manifest")]


_PHOTOGRAPHS = b"stops: [-2, 0, 2]\nalternate: false\nshot: [0, 0.1]\njpeg: [60, 95]\nwarmth: [-1, 1]\nseed: 3\n"


def _config(name: str, model: type[Config], seeds: Callable[[], Iterable[bytes]]) -> Target:
    return Target(name, "a.yaml", "yaml", seeds, partial(read_config, model))


# --- data sets ----------------------------------------------------------------------------------------------------


@cache
def _dataset() -> Path:
    """A data set of two small scenes, made once in a process."""
    root = Path(tempfile.mkdtemp(prefix="fuzz-data-"))
    write_dataset(root, outputs=("image", "depth", "instances", "flow_gt_to_2"))
    return root


def _copy_dataset(folder: Path) -> None:
    shutil.copytree(_dataset(), folder, dirs_exist_ok=True)


def _read_dataset(root: Path) -> None:
    """All that is known without opening an image: what a training, `dataset info` and `dataset status` need."""
    layout = DatasetLayout(root)
    dataset_status(layout, hashes=True)
    for sample in open_dataset(root):
        assert sample.id and sample.resolution and sample.times is not None
        for role in ("1", "2", "gt"):
            sample.camera(role)
            sample.file("image", role)
        str(sample.subset)


def _of_dataset(
    name: str, file: str, kind: str = "json", read: Callable[[SceneFolder], object] | None = None
) -> Target:
    parents = len(Path(file).parts) - 1

    def read_all(path: Path) -> None:
        root = path.parents[parents]
        _read_dataset(root)
        if read is not None:
            read(DatasetLayout(root).scene("00000"))

    return Target(name, file, kind, lambda: [(_dataset() / file).read_bytes()], read_all, _copy_dataset)


def _lock(_: Path | None = None) -> list[bytes]:
    return [json.dumps({"host": "a", "pid": 3, "machine": "m", "started": "1", "token": "t", "heartbeat": 1.5,
                        "running": ["00000"]}).encode()]  # fmt: skip


def _export_seeds() -> list[bytes]:
    return [ExportDocument.model_validate(
        {"format": "kitti", "key": "k", "files": {"a/b.png": 3}, "parts": {"s": {"key": "k", "files": {"a/b.png": 3}}}}
    ).to_json()]  # fmt: skip


@cache
def _shards() -> Path:
    root = Path(tempfile.mkdtemp(prefix="fuzz-shards-")) / "out"
    export(_dataset(), root, "webdataset", ExportOptions(ratios=(1.0, 0.0, 0.0), raw=False))
    return root


def _copy_shards(folder: Path) -> None:
    shutil.copytree(_shards(), folder, dirs_exist_ok=True)


def _shard() -> Path:
    return next(_shards().glob("*.tar"))


def _read_shards(root: Path) -> None:
    for sample in Shards(root):
        assert sample.record is not None and sample.resolution
        sample.array("image", "1")
        sample.array("flow_gt_to_2")


# --- images -------------------------------------------------------------------------------------------------------


@cache
def _array(output: str) -> bytes:
    row = OUTPUTS[output]
    values = np.arange(12 * 16 * row.channel_count).reshape(12, 16, -1).astype(row.dtype)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{row.suffix}"
        write_array(row, path, values[..., 0] if row.channel_count == 1 else values)
        return path.read_bytes()


def _image(form: str) -> bytes:
    stream = BytesIO()
    Image.fromarray(np.arange(16 * 12 * 3, dtype=np.uint8).reshape(12, 16, 3)).save(stream, format=form)
    return stream.getvalue()


def _radiance() -> bytes:
    return bytes(imageio.imwrite("<bytes>", np.ones((8, 16, 3), np.float32), extension=".hdr"))


def _sky() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_plain(Path(folder) / "a.exr", np.ones((8, 16, 3), np.float32))
        return (Path(folder) / "a.exr").read_bytes()


# --- assets -------------------------------------------------------------------------------------------------------

_PLY = (
    "ply\nformat ascii 1.0\ncomment TextureFile a.png\nelement vertex 3\nproperty double x\nproperty double y\n"
    "property double z\nelement face 1\nproperty list uchar int vertex_indices\nproperty list uchar float texcoord\n"
    "end_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 6 0 0 1 0 0 1\n"
)
_STL = (
    "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid a\n"
)
_OBJ = "# x\nmtllib a.mtl\no x\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nusemtl m\nf 1/1 2/1 3/1\n"
_MTL = "newmtl m\nKd 1 0 0\nmap_Kd -s 1 1 1 a b.png\nmap_Bump -bm 2 textures\\n.png\nd 0.5\n"
_USDA = '#usda 1.0\n(\n  subLayers = [@b.usda@]\n)\ndef "x" (references = @c.usda@</a>) {}\n'


def _with_mtl(folder: Path) -> None:
    (folder / "a.obj").write_text(_OBJ)


def _read_mesh(path: Path) -> None:
    """All that is read of a mesh before Blender opens it."""
    check_header(path)
    linked, shift = LinkedFiles(path, path.parent), np.array([1.0, 2.0, 3.0])
    check_references(path, linked)
    missing_references(path, linked)
    speaks_materialx(path)
    if path.suffix in (".gltf", ".glb", ".vrm"):
        vrm_terms(path)
        vrm_joints(path)
        document = prepared_document(path, linked, path.parent / "nowhere")
        stored = gltf_document(path)
        to_bind_pose(stored, path, partial(linked.find, image=False))
        if document is not None:
            move_gltf(document, shift)
            (path.parent / "out").mkdir(exist_ok=True)
            write_prepared_gltf(path, document, path.parent / "out")
    target = path.with_name(f"moved{path.suffix}")
    if path.suffix == ".ply":
        moved_ply(path, target, shift)
        face_textures(path, ply_header(path))
    if path.suffix == ".stl":
        moved_stl(path, target, shift)


def _vrm() -> bytes:
    """A glTF with a hierarchy, a skin, textures, and the terms of a VRM."""
    bones = [{"bone": name, "node": k} for k, name in enumerate(("hips", "spine", "head"))]
    binds = np.tile(np.eye(4, dtype="<f4"), (3, 1, 1))
    binds[:, 3, 1] = (-1, -2, -3)  # by columns: joints above each other
    data = base64.b64encode(bytes(12) + binds.tobytes()).decode()
    meta = {"title": "a", "licenseName": "CC0", "allowedUserName": "Everyone", "violentUssageName": "Disallow"}
    return gltf(
        scene=0, scenes=[{"nodes": [0]}],
        nodes=[{"children": [1], "translation": [1e7, 0, 0], "rotation": [0, 0, 0, 1]},
               {"children": [2], "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], "mesh": 0, "skin": 0},
               {"name": "head", "extensions": {"KHR_node_visibility": {"visible": False}}}],
        meshes=[{"primitives": [{"attributes": {"POSITION": 0, "COLOR_0": 0}, "material": 0}]}],
        materials=[{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}, "extensions": {"KHR_materials_x": {}}}],
        textures=[{"source": 0}], images=[{"uri": "b.png"}], skins=[{"joints": [0, 1, 2], "inverseBindMatrices": 1}],
        buffers=[{"uri": f"data:application/octet-stream;base64,{data}", "byteLength": 204}],
        bufferViews=[{"buffer": 0, "byteLength": 12}, {"buffer": 0, "byteOffset": 12, "byteLength": 192}],
        accessors=[{"bufferView": 0, "componentType": 5126, "count": 1, "type": "VEC3"},
                   {"bufferView": 1, "componentType": 5126, "count": 3, "type": "MAT4"}],
        extensionsUsed=["VRM"], extensions={"VRM": {"meta": meta, "humanoid": {"humanBones": bones}}},
    )  # fmt: skip


def _zip(form: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", form) as archive:
        archive.writestr("a/b.txt", "x" * 400)
        archive.writestr("c.txt", b"y" * 40)
    return stream.getvalue()


def _tar(mode: str) -> bytes:
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for name in ("a/b.txt", "c" * 120 + ".txt"):
            info = tarfile.TarInfo(name)
            info.size = 40
            archive.addfile(info, BytesIO(b"x" * 40))
    return stream.getvalue()


def _unpack(path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as target:
        unpack(path, Path(target), lambda name: name)


def _bvh() -> bytes:
    return bvh_text([((0, 90 + t, 0), {"LeftUpLeg": (0, 20.0 * t, 0)}) for t in range(6)]).encode()


def _amc_skeleton(folder: Path) -> None:
    (folder / "07.asf").write_text(ASF)


def _amc_frames(folder: Path) -> None:
    (folder / "07_01.amc").write_text(AMC)


def _smpl() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        return [amass(Path(folder) / "a.npz").read_bytes()]


def _journal() -> list[bytes]:
    line = {"sha256": "0" * 64, "overrides": {"height": 1.7}, "bounds": {"seconds": 60.0}, "ids": ["own/a"],
            "parts": {"a.png": "1" * 64}, "found": None, "reason": ""}  # fmt: skip
    return [
        json.dumps({"version": 1, "files": {"a.glb": line, "b.glb": line | {"reason": "broken", "ids": []}}}).encode()
    ]


def _kubric() -> list[bytes]:
    kwargs = {"render_filename": "{asset_dir}/a.obj", "bounds": [[0, 0, 0], [1, 1, 1]]}
    asset = {
        "asset_type": "FileBasedObject",
        "kwargs": kwargs,
        "license": "CC BY 4.0",
        "metadata": {"category": "chair"},
    }
    return [json.dumps({"name": "GSO", "assets": {"a": asset, "b": asset}}).encode()]


# --- camera paths -------------------------------------------------------------------------------------------------


@cache
def _camera_files() -> dict[str, tuple[str, bytes, dict[str, bytes]]]:
    """By format: the name of the file, its bytes, and the files beside it."""
    found = {}
    for write in WRITERS:
        with tempfile.TemporaryDirectory() as folder:
            path = write(Path(folder), orbit(6))
            inner = path.relative_to(folder).as_posix()
            others = {p.relative_to(folder).as_posix(): p.read_bytes() for p in Path(folder).rglob("*") if p.is_file()}
            found[write.__name__] = inner, path.read_bytes(), {k: v for k, v in others.items() if k != inner}
    return found


def _beside(name: str, folder: Path) -> None:
    for inner, data in _camera_files()[name][2].items():
        (folder / inner).parent.mkdir(parents=True, exist_ok=True)
        (folder / inner).write_bytes(data)


def _read_path(path: Path) -> None:
    may_be_trajectory(path)
    load_trajectory(path)


def _camera_path(name: str) -> Target:
    inner, data, _ = _camera_files()[name]
    kind = "bytes" if inner.endswith(".bin") else "json" if inner.endswith(".json") else "text"
    return Target(f"path-{name}", inner, kind, lambda: [data], _read_path, partial(_beside, name))


def _camera_paths() -> list[Target]:
    groups = ("re10k", "tum_commas", "kitti", "euroc", "tartanair", "arkitscenes", "arkit_logger", "scannet", "redwood",
              "transforms", "record3d", "polycam", "colmap_text", "colmap_binary")  # fmt: skip
    return [_camera_path(name) for name in groups]


# --- weights ------------------------------------------------------------------------------------------------------


def _tensors() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.safetensors"
        save_tensors(path, {"a/weight": torch.arange(12.0).reshape(3, 4), "b": torch.zeros(2, dtype=torch.int64)})
        return [path.read_bytes()]


def _pickled() -> list[bytes]:
    stream = BytesIO()
    torch.save({"state_dict": {"a.weight": torch.arange(6.0)}, "epoch": 3}, stream)
    return [stream.getvalue()]


def _state() -> list[bytes]:
    state = CheckpointState(step=7, config={"name": "x"}, validation={"psnr": 20.0}, torch="2.4")
    return [state.model_dump_json().encode()]


def _results() -> list[bytes]:
    line = {
        "sample": "00000/0000",
        "key": "k",
        "seconds": 0.5,
        "values": {"psnr": 30.0, "x": "NaN"},
        "note": "",
        "error": "",
    }
    return [b"".join(json.dumps(line | {"sample": f"00000/000{i}"}).encode() + b"\n" for i in range(3))]


def _flow() -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, 9, (5, 7, 2)).astype(np.float32)


def _flow_archive() -> list[bytes]:
    stream = io.BytesIO()
    np.savez(stream, flow=_flow())
    return [stream.getvalue()]


def _all() -> list[Target]:
    flow, depth, image = OUTPUTS["flow_gt_to_2"], OUTPUTS["depth"], OUTPUTS["image"]
    return [
        _config("yaml-job", JobConfig, lambda: _presets("render_jobs")),
        _config("yaml-scene", SceneConfig, lambda: _presets("scene_configs")),
        _config("yaml-manifest", Manifest, _manifests),
        _config("yaml-aligner", AlignerConfig, lambda: [find_preset("align_configs", "tiny").read_bytes()]),
        _config("yaml-photographs", PhotographicConfig, lambda: [_PHOTOGRAPHS]),
        Target("spec", "spec.json", "json", lambda: [make_spec().model_dump_json().encode()],
               lambda path: read_document(SceneSpec, path, "a scene specification").hash()),
        _of_dataset("scene", f"{SCENE}/scene.json"),
        _of_dataset("receipt", f"{SCENE}/receipt.json", read=read_receipt),
        _of_dataset("run", f"{SCENE}/run.json", read=read_run),
        _of_dataset("index", "dataset.json"),
        _of_dataset("samples", "samples.csv", "text"),
        _of_dataset("job-of-data", "job.yaml", "yaml"),
        Target("lock", "lock", "json", _lock, lambda path: parse_lock(path.read_bytes())),
        Target("findings", "validation.json", "json",
               lambda: [b'{"problems": [{"check": "a", "message": "m", "scene": "00000", '
               b'"sample": "00000/0000", "severity": "error", "file": "a"}], "drop": ["00000/0000"]}'],
               lambda path: read_findings(DatasetLayout(path.parent)), _copy_dataset),
        Target("export-receipt", "export.json", "json", _export_seeds, lambda path: read_state(path.parent, "kitti")),
        Target("shards-list", "shards.json", "json", lambda: [(_shards() / "shards.json").read_bytes()],
               lambda path: _read_shards(path.parent), _copy_shards),
        Target("shard", _shard_name(), "bytes", lambda: [_shard().read_bytes()], lambda path: _read_shards(path.parent),
               _copy_shards),
        Target("exr", "a.exr", "bytes", lambda: [_array("flow_gt_to_2")], lambda path: read_array(flow, path)),
        Target("exr-depth", "a.exr", "bytes", lambda: [_array("depth")], lambda path: read_array(depth, path)),
        Target("png", "a.png", "bytes", lambda: [_array("image")], lambda path: read_array(image, path)),
        Target("flo", "a.flo", "bytes", lambda: [flo(_flow())], read_flo),
        Target("flow-kitti", "a.png", "bytes", lambda: [kitti_flow(_flow(), np.ones((5, 7), bool))], read_kitti_flow),
        Target("flow-exr", "a.exr", "bytes", lambda: [_array("flow_gt_to_2")], read_flow),
        Target("flow-npz", "a.npz", "bytes", _flow_archive, read_flow),
        Target("homography", "H_1_2", "text", lambda: [b"1.1 0.1 20\n-0.1 0.9 5\n1e-4 -2e-5 1\n"], read_matrix),
        Target("size-png", "a.png", "bytes", lambda: [_image("PNG"), _image("JPEG"), _image("TIFF"), _image("WEBP"),
               _image("BMP"), _image("TGA")], picture_size),
        Target("size-exr", "a.exr", "bytes", lambda: [_array("depth")], picture_size),
        Target("size-hdr", "a.hdr", "bytes", lambda: [_radiance()], picture_size),
        Target("hdri-hdr", "a.hdr", "bytes", lambda: [_radiance()], read_hdri),
        Target("hdri-exr", "a.exr", "bytes", lambda: [_sky()], read_hdri),
        Target("ply", "a.ply", "bytes", lambda: [ply(3), _PLY.encode()], _read_mesh),
        Target("stl", "a.stl", "bytes", lambda: [stl(3), _STL.encode()], _read_mesh),
        Target("obj", "a.obj", "text", lambda: [_OBJ.encode()], _read_mesh),
        Target("mtl", "a.mtl", "text", lambda: [_MTL.encode()],
               lambda path: _read_mesh(path.with_suffix(".obj")), _with_mtl),
        Target("gltf", "a.gltf", "json", lambda: [_vrm(), gltf(
            buffers=[{"uri": "data:,x", "byteLength": 3}], images=[{"uri": "a%20b.png"}],
            accessors=[{"componentType": 5126, "count": 3, "type": "VEC3"}],
            extensionsRequired=["KHR_x"])], _read_mesh),
        Target("glb", "a.glb", "bytes", lambda: [glb(gltf(images=[{"uri": "a.png"}]))], _read_mesh),
        Target("usda", "a.usda", "text", lambda: [_USDA.encode()], _read_mesh),
        Target("usdc", "a.usdc", "bytes", lambda: [crate("def", "a.usda", "b.png")], _read_mesh),
        Target("blend", "a.blend", "bytes", lambda: [blend(b"-v405", (b"OB", bytes(40))),
               gzip.compress(blend(b"-v300")), zstandard.compress(blend(b"_v293")),
               blend(b"17-01v0502", (b"OB", bytes(40)))], _read_mesh),
        Target("zip", "a.zip", "bytes", lambda: [_zip(), _zip(zipfile.ZIP_LZMA), _zip(zipfile.ZIP_BZIP2)], _unpack),
        Target("tar", "a.tar", "bytes", lambda: [_tar("w"), _tar("w:gz")], _unpack),
        Target("bvh", "a.bvh", "text", lambda: [_bvh()], read_motion),
        Target("amc", "07_01.amc", "text", lambda: [AMC.encode()], read_motion, _amc_skeleton),
        Target("asf", "07.asf", "text", lambda: [ASF.encode()],
               lambda path: read_motion(path.with_name("07_01.amc")), _amc_frames),
        Target("smpl", "a.npz", "bytes", _smpl, read_motion),
        *_camera_paths(),
        Target("safetensors", "a.safetensors", "bytes", _tensors, load_weights),
        Target("checkpoint", "a.ckpt", "bytes", _pickled, load_weights),
        Target("checkpoint-state", "checkpoints/step_00000007/state.json", "json", _state,
               lambda path: latest_checkpoint(path.parents[2])),
        Target("results", "m.jsonl", "text", _results,
               lambda path: ResultStore(path.parent).get("m", "00000/0000", "k")),
        Target("import-journal", JOURNAL, "json", _journal, lambda path: ImportJournal.read(path.parent)),
        Target("kubric", "a.json", "json", _kubric, read_kubric),
    ]  # fmt: skip


def _shard_name() -> str:
    return "train-000000.tar"


TARGETS: dict[str, Target] = {target.name: target for target in _all()}
