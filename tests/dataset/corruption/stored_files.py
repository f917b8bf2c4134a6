"""Corruptions of files: missing, cut, foreign, of another kind or encoding, links and pipes, receipts."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
from PIL import Image

from dsia_gen.dataset.receipt import FileEntry, hash_of_files
from tests.dataset.corruption.target import Corruption, Json, Target

Find = Callable[[Target], Path]
FILES: dict[str, Find] = {
    "image": lambda t: t.file("image", "2"),
    "depth": lambda t: t.file("depth", "gt"),
    "flow": lambda t: t.file("flow_1_to_2"),
    "mask": lambda t: t.file("dynamic_union"),
    "scene.json": lambda t: t.folder / "scene.json",
    "spec.json": lambda t: t.folder / "spec.json",
    "run.json": lambda t: t.folder / "run.json",
    "receipt.json": lambda t: t.folder / "receipt.json",
}


def on(name: str, file: str, change: Callable[[Path], Any], *, sealed: bool = False) -> Corruption:
    return Corruption(name, "files", lambda target: change(FILES[file](target)), sealed)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere/at-all")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def outward(path: Path) -> None:
    """The same content, but outside of the data set."""
    away = path.parents[5] / f"away-{path.name}"
    shutil.move(path, away)
    path.symlink_to(away)


def listening(path: Path) -> None:
    """A socket; its path may be too long for one, so that it is made in the folder itself."""
    path.unlink()
    here = os.open(".", os.O_RDONLY)
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.fchdir(here)
        os.close(here)


def png(make: Callable[[int, int], np.ndarray[Any, Any]]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with Image.open(path) as image:
            width, height = image.size
        Image.fromarray(make(height, width)).save(path)

    return write


def exr(change: Callable[[dict[str, Any], dict[str, Any]], Any], **names: str) -> Callable[[Path], None]:
    """Write an EXR again with another header, or with other channels."""

    def write(path: Path) -> None:
        with OpenEXR.File(str(path), separate_channels=True) as file:
            channels = {names.get(n, n): np.array(c.pixels) for n, c in file.channels().items()}
        header: dict[str, Any] = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        change(header, channels)
        with OpenEXR.File(header, channels) as file:
            file.write(str(path))

    return write


def window(name: str, x: int, y: int) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """A data or display window moved by (x, y) pixels."""

    def change(header: dict[str, Any], channels: dict[str, Any]) -> None:
        height, width = next(iter(channels.values())).shape
        size = np.array([width - 1, height - 1], np.int32)
        moved = np.array([x, y], np.int32)
        header[name] = (moved, size + moved)

    return change


def larger(header: dict[str, Any], channels: dict[str, Any]) -> None:
    height, width = next(iter(channels.values())).shape
    header["displayWindow"] = (np.array([0, 0], np.int32), np.array([2 * width - 1, 2 * height - 1], np.int32))


def as_half(header: dict[str, Any], channels: dict[str, Any]) -> None:
    for name in channels:
        channels[name] = channels[name].astype(np.float16)


def one_more(header: dict[str, Any], channels: dict[str, Any]) -> None:
    channels["A"] = np.ones_like(next(iter(channels.values())))


def stretched(header: dict[str, Any], channels: dict[str, Any]) -> None:
    header["pixelAspectRatio"] = 2.0


def receipt(name: str, change: Callable[[Json], Any], *, agree: bool = True) -> Corruption:
    """An edited receipt; with `agree` its own hash follows."""

    def spoil(target: Target) -> None:
        path = target.folder / "receipt.json"
        content = json.loads(path.read_bytes())
        change(content)
        if agree:
            entries = {file: FileEntry(**entry) for file, entry in content["files"].items()}
            content["content_hash"] = hash_of_files(entries)
        path.write_text(json.dumps(content))

    return Corruption(name, "files", spoil, sealed=False)


def without(target: Target) -> None:
    target.file("dynamic_1").unlink()


def swapped(target: Target) -> None:
    a, b = target.file("flow_1_to_2"), target.file("flow_2_to_1")
    held = a.read_bytes()
    shutil.copyfile(b, a)
    b.write_bytes(held)


STORED_FILES: tuple[Corruption, ...] = (
    *(on(f"missing {name}", name, Path.unlink) for name in FILES),
    *(on(f"half of {name}", name, cut) for name in FILES),
    *(on(f"flipped bit of {name}", name, flip) for name in FILES),
    *(on(f"{name} is a dangling link", name, dangling) for name in ("image", "flow", "scene.json", "receipt.json")),
    *(on(f"{name} is a pipe", name, pipe) for name in FILES),
    *(on(f"{name} is a folder", name, folder) for name in ("image", "flow", "run.json", "receipt.json")),
    on("flow is a socket", "flow", listening),
    on("depth is a link out of the data set", "depth", outward),
    *(on(f"sealed half of {name}", name, cut, sealed=True) for name in ("image", "depth", "flow", "mask")),
    *(
        on(f"sealed empty {n}", n, lambda p: p.write_bytes(b""), sealed=True)
        for n in ("image", "depth", "flow", "mask")
    ),
    *(on(f"{n} is text", n, lambda p: p.write_text("hello"), sealed=True) for n in ("image", "depth", "flow", "mask")),
    on("image of half the size", "image", png(lambda h, w: np.zeros((h // 2, w // 2, 3), np.uint8)), sealed=True),
    on("image with alpha", "image", png(lambda h, w: np.full((h, w, 4), 90, np.uint8)), sealed=True),
    on("image in one channel", "image", png(lambda h, w: np.full((h, w), 90, np.uint8)), sealed=True),
    on("mask of ones", "mask", png(lambda h, w: np.ones((h, w), np.uint8)), sealed=True),
    on("mask in 16 bits", "mask", png(lambda h, w: np.zeros((h, w), np.uint16)), sealed=True),
    on("flow with a moved data window", "flow", exr(window("dataWindow", 3, 2)), sealed=True),
    on("depth with a moved data window", "depth", exr(window("dataWindow", 0, 1)), sealed=True),
    on("depth with a moved display window", "depth", exr(window("displayWindow", 4, 0)), sealed=True),
    on("flow with a larger display window", "flow", exr(larger), sealed=True),
    on("depth with pixels that are not square", "depth", exr(stretched), sealed=True),
    on("flow in half floats", "flow", exr(as_half), sealed=True),
    on("flow with a third channel", "flow", exr(one_more), sealed=True),
    on("flow in R and G", "flow", exr(lambda h, c: None, u="R", v="G"), sealed=True),
    Corruption("a file that belongs to nothing", "files", lambda t: (t.folder / "notes.txt").write_text("x"), False),
    Corruption("a hidden file", "files", lambda t: (t.folder / "views" / ".hidden").write_bytes(b"x"), False),
    Corruption("a sealed stowaway", "files", lambda t: (t.folder / "stowaway.png").write_bytes(b"x")),
    Corruption("a mask and its entry gone", "files", without),
    Corruption("two flows swapped", "files", swapped),
    receipt("receipt with a forged hash", lambda r: r["files"]["scene.json"].update(sha256="0" * 64)),
    receipt("receipt with a forged size", lambda r: r["files"]["scene.json"].update(size=3)),
    receipt("receipt without a flow", lambda r: [r["files"].pop(f) for f in list(r["files"]) if "flow_1_to_2" in f]),
    receipt("receipt with another content hash", lambda r: r.update(content_hash="0" * 64), agree=False),
    receipt("receipt with another spec hash", lambda r: r.update(spec_hash="1" * 64)),
    receipt("receipt of version 9", lambda r: r.update(version=9)),
    receipt("receipt that names an output twice", lambda r: r["outputs"].append("image")),
    receipt("receipt that lacks an output", lambda r: r["outputs"].remove("normals")),
    receipt("receipt with an unknown output", lambda r: r["outputs"].append("smell")),
    receipt("receipt without run.json", lambda r: r.update(run_files={})),
    receipt("receipt that names a file outside", lambda r: r["files"].update({"../x": r["files"]["scene.json"]})),
    receipt("receipt of another version of dsia-gen", lambda r: r.update(package_version="9.9.9")),
)
