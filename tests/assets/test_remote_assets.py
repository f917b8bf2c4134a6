"""Assets at an address: fetched when asked for, once a machine, verified."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dsia_gen.assets.library import load_library
from dsia_gen.assets.manifest import Entry
from dsia_gen.assets.remote_assets import RemoteAssets, local_assets
from dsia_gen.config.job import JobConfig
from dsia_gen.core.errors import AssetError, StorageError
from dsia_gen.core.locations import cache_folder
from dsia_gen.core.remote import Remote
from dsia_gen.pipeline.tasks import plan_job
from tests.s3 import CuttingProxy

MANIFEST = """
assets:
  - {{id: mine/hat, kind: object, file: hats/hat.glb, files: {{hats/felt.png: {felt}}}, sha256: {hat},
     source: me, licence: CC0-1.0, size: 0.3}}
  - {{id: mine/chair, kind: object, file: chairs/chair.gltf, source: me, licence: CC0-1.0, size: 1.0}}
  - {{id: mine/lost, kind: object, file: lost.glb, source: me, licence: CC0-1.0, size: 1.0}}
"""
FILES = {"hats/hat.glb": b"a hat", "hats/felt.png": b"felt", "chairs/chair.gltf": b"{}", "chairs/wood.png": b"wood"}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def address(s3: CuttingProxy) -> str:
    place = f"s3://{s3.bucket}/assets"
    manifest = MANIFEST.format(hat=sha256(FILES["hats/hat.glb"]), felt=sha256(FILES["hats/felt.png"]))
    for name, data in {**FILES, "manifest.yaml": manifest.encode()}.items():
        Remote(place).write(name, data)
    return place


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    original = Remote.download

    def counted(self: Remote, name: str, target: Path) -> None:
        names.append(name)
        original(self, name, target)

    monkeypatch.setattr(Remote, "download", counted)
    return names


def test_a_library_brings_what_is_asked_for(address: str, downloads: list[str]) -> None:
    library = load_library(["objects"], Path(address))
    assert downloads == ["manifest.yaml"]
    hat, chair = library.of("object", ["mine/hat", "mine/chair"])
    told: dict[str, int] = {}
    assert library.remote is not None
    library.remote.tell = told.__setitem__
    assert library.path(hat) == local_assets(address) / "hats/hat.glb"
    assert library.path(hat).read_bytes() == b"a hat"
    assert sorted(downloads[1:]) == ["hats/felt.png", "hats/hat.glb"]
    assert library.file(hat, "hats/felt.png").sha256 == sha256(b"felt")
    assert (library.path(chair).parent / "wood.png").read_bytes() == b"wood", "a glTF names other files"
    library.path(chair)
    assert len(downloads) == 5, "once"
    assert told == {name: len(FILES[name]) for name in downloads[1:]}
    with pytest.raises(AssetError, match=r"lost\.glb is missing"):
        library.path(library.of("object", ["mine/lost"])[0])


def test_many_at_once_bring_it_once(address: str, downloads: list[str]) -> None:
    entry = load_library(["objects"], address).entries["mine/hat"]
    downloads.clear()
    start = threading.Barrier(8)

    def ask(_: int) -> bytes:
        remote = RemoteAssets(address)
        start.wait()
        remote.download(entry)
        return (remote.root / "hats/hat.glb").read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {b"a hat"}
    assert sorted(downloads) == ["hats/felt.png", "hats/hat.glb"]


def test_a_known_file_is_not_fetched_from_another_address(address: str, s3: CuttingProxy, downloads: list[str]) -> None:
    entry = load_library(["objects"], address).entries["mine/hat"]
    RemoteAssets(address).download(entry)
    downloads.clear()
    copy = f"s3://{s3.bucket}/copy"
    for name, data in FILES.items():
        Remote(copy).write(name, data)
    RemoteAssets(copy).download(entry)
    assert downloads == [] and (local_assets(copy) / "hats/hat.glb").read_bytes() == b"a hat"


def test_a_wrong_file_is_refused(address: str) -> None:
    Remote(address).write("hats/hat.glb", b"b hat")
    entry = load_library(["objects"], address).entries["mine/hat"]
    with pytest.raises(AssetError, match=r"hats/hat\.glb is not the file of the manifest"):
        RemoteAssets(address).download(entry)
    assert not (local_assets(address) / "hats/hat.glb").exists()
    assert [path for path in (cache_folder() / "blobs").iterdir() if not path.name.startswith(".")] == []


def test_cut_connections_are_survived(address: str, s3: CuttingProxy) -> None:
    Remote(address).write("big.bin", data := bytes(200_000))
    entry = Entry(id="big", kind="object", file="big.bin", sha256=sha256(data), source="", licence="")
    s3.cut(times=3, after=50_000)
    RemoteAssets(address).download(entry)
    assert s3.done == 3 and (local_assets(address) / "big.bin").read_bytes() == data


def test_a_job_names_an_address_and_no_secret(address: str) -> None:
    base: dict[str, Any] = {"name": "demo", "scenes": [{"config": "tiny"}]}
    assert plan_job(JobConfig.model_validate({**base, "assets": str(Path(address))}))[0].assets == address
    with pytest.raises(StorageError, match="in the environment"):
        JobConfig.model_validate({**base, "assets": "s3://me:hidden@bucket/assets"})


def test_a_folder_stays_where_it_is(tmp_path: Path) -> None:
    assert local_assets(tmp_path) == local_assets(str(tmp_path)) == tmp_path


def test_a_flipped_bit_of_the_mirror_is_not_handed_out(address: str, downloads: list[str]) -> None:
    for flip in ("file", "blob"):
        path = load_library(["objects"], Path(address)).path(
            load_library(["objects"], Path(address)).entries["mine/hat"]
        )
        damaged = path if flip == "file" else cache_folder() / "blobs" / sha256(FILES["hats/hat.glb"])
        damaged.unlink()
        damaged.write_bytes(b"a hut")
        if flip == "blob":
            path.unlink()
        library = load_library(["objects"], Path(address))
        assert library.path(library.entries["mine/hat"]).read_bytes() == FILES["hats/hat.glb"]


def test_a_neighbour_whose_name_leads_out_is_refused(address: str, tmp_path: Path) -> None:
    remote = Remote(address)
    remote.fs.pipe_file(f"{remote.path()}/chairs/../../../../escape.png", b"escaped")
    remote.fs.pipe_file(f"{remote.path()}/chairs//tmp/escape.png", b"escaped")
    library = load_library(["objects"], Path(address))
    with pytest.raises(StorageError, match="escape"):
        library.path(library.entries["mine/chair"])
    assert not list(tmp_path.rglob("escape*"))
