"""Scene folders are whole or absent: kills, full disks and mistakes leave nothing that passes for finished."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsia_gen.core import io as storage
from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import make_folder
from dsia_gen.core.system import started
from dsia_gen.dataset import DatasetLayout, SceneWriter, finished, record_failure, scene_metadata, update_index, writer
from dsia_gen.dataset.documents import FailureDocument, RunDocument
from dsia_gen.dataset.receipt import read_receipt
from dsia_gen.dataset.validate import validate
from dsia_gen.spec.outputs import resolve_outputs
from dsia_gen.spec.views import View
from tests.dataset.synthetic import RUN, Truth, make_spec, write_scene

OUTPUTS = resolve_outputs(["image", "depth", "dynamic_union"])
SPEC = make_spec(pairs=1, width=32, height=18)
NO_PROCESS = 2**22 + 5  # above the highest number that Linux gives to a process
OTHER = make_spec(seed=3, pairs=1, width=32, height=18)
NAME = "00000"

KILLED = """
import os, sys
from dsia_gen.core import io as storage
from dsia_gen.dataset import DatasetLayout, writer
from tests.dataset.test_writer import DISK_STEPS, NAME, OUTPUTS, SPEC, write_scene

step = int(sys.argv[2])
count = 0

def dying(action):
    def call(*args, **kwargs):
        global count
        if count == step:
            os._exit(9)
        count += 1
        return action(*args, **kwargs)
    return call

for module, name in DISK_STEPS:
    setattr(module, name, dying(getattr(module, name)))
write_scene(DatasetLayout(sys.argv[1]), NAME, SPEC, OUTPUTS)
print(count)
"""

DISK_STEPS = [
    (os, "fsync"),
    (Path, "replace"),
    (Path, "mkdir"),
    (shutil, "rmtree"),
    (writer, "write_array"),
    (writer, "make_receipt"),
]
"""Everything that a writer does to the disk; a kill is tried before each call."""


def run_killed(root: Path, step: int, checkout: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-c", KILLED, str(root), str(step)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The content hash of the scene when nothing goes wrong."""
    layout = DatasetLayout(tmp_path_factory.mktemp("whole"))
    write_scene(layout, NAME, SPEC, OUTPUTS)
    return read_receipt(layout.scene(NAME)).content_hash


SOME_STEPS = (7, 19, 25)
"""These by killing a process; all of them are tried in one process below."""


@pytest.mark.slow
@pytest.mark.parametrize("step", SOME_STEPS)
def test_a_killed_writer_leaves_nothing_finished(tmp_path: Path, step: int, whole: str, checkout: Path) -> None:
    process = run_killed(tmp_path, step, checkout)
    assert process.returncode == 9, process.stderr + process.stdout
    layout = DatasetLayout(tmp_path)
    assert not finished(layout, NAME, None, ())
    assert layout.scene_names() == ()
    write_scene(layout, NAME, SPEC, OUTPUTS)
    assert finished(layout, NAME, SPEC.hash(), OUTPUTS, hashes=True)
    assert read_receipt(layout.scene(NAME)).content_hash == whole
    assert not layout.partial.exists()


class KilledError(BaseException):
    """Stands for the end of the process: no handler of the writer catches it."""


def die_at(monkeypatch: pytest.MonkeyPatch, step: int) -> list[str]:
    """From the given call to the disk on, every call raises; the names of the calls made so far are returned."""
    calls: list[str] = []

    def dying(name: str, action: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if len(calls) >= step:
                raise KilledError
            calls.append(name)
            return action(*args, **kwargs)

        return call

    for module, name in DISK_STEPS:
        monkeypatch.setattr(module, name, dying(name, getattr(module, name)))
    return calls


@pytest.mark.parametrize(
    "before",
    [
        "nothing",
        pytest.param("a finished scene", marks=pytest.mark.slow),
        pytest.param("a damaged scene", marks=pytest.mark.slow),
    ],
)
def test_every_step_may_be_the_last(tmp_path: Path, whole: str, before: str) -> None:
    """At each step: what `finished` accepts is the whole scene, and the next run gives the same hash."""
    published = 0
    for step in range(1000):
        root = tmp_path / str(step)
        layout = DatasetLayout(root)
        if before != "nothing":
            write_scene(layout, NAME, OTHER, OUTPUTS)
        if before == "a damaged scene":
            layout.scene(NAME).run.unlink()
        with pytest.MonkeyPatch.context() as patch:
            calls = die_at(patch, step)
            try:
                write_scene(layout, NAME, SPEC, OUTPUTS)
                done = True
            except KilledError:
                done = False
        if finished(layout, NAME, SPEC.hash(), OUTPUTS, hashes=True):
            published += 1
            assert read_receipt(layout.scene(NAME)).content_hash == whole
        elif before == "a damaged scene":
            assert not finished(layout, NAME, None, OUTPUTS)
        rename_dead_writer(layout)
        write_scene(layout, NAME, SPEC, OUTPUTS)
        assert read_receipt(layout.scene(NAME)).content_hash == whole
        assert not layout.partial.exists()
        shutil.rmtree(root)
        if done:
            break
    assert done
    assert step > 15
    assert published < 8
    assert calls[-1] != "make_receipt"


def rename_dead_writer(layout: DatasetLayout) -> None:
    """Give what is left the number of a process that is not there, as a kill would."""
    for entry in layout.partial_names():
        target = entry.replace(f"-{os.getpid()}", f"-{NO_PROCESS}")
        (layout.partial / entry).rename(layout.partial / target)


def test_leftovers_of_the_living_are_not_touched(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path)
    _, host, *_ = writer._writer_name("").split("-")
    alive = layout.partial / f"{NAME}-alone-{host}-{os.getppid()}-{started(os.getppid())}-1234"
    elsewhere = layout.partial / f"{NAME}-alone-otherhost-{NO_PROCESS}-5-1234"
    dead = layout.partial / f"{NAME}-alone-{host}-{NO_PROCESS}-5-1234"
    for path in (alive, elsewhere, dead):
        path.mkdir(parents=True)
    write_scene(layout, NAME, SPEC, OUTPUTS)
    assert alive.is_dir()
    assert elsewhere.is_dir()
    assert not dead.exists()


def test_a_finished_scene_is_replaced(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path)
    write_scene(layout, NAME, make_spec(seed=1, pairs=1), OUTPUTS)
    write_scene(layout, NAME, SPEC, OUTPUTS)
    assert read_receipt(layout.scene(NAME)).spec_hash == SPEC.hash()
    assert not layout.partial.exists()


def test_finished_looks_at_spec_outputs_sizes_and_hashes(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path)
    assert not finished(layout, NAME, None, ())
    write_scene(layout, NAME, SPEC, OUTPUTS)
    assert finished(layout, NAME, None, ())
    assert finished(layout, NAME, SPEC.hash(), OUTPUTS)
    assert finished(layout, NAME, SPEC.hash(), ("image",))
    assert not finished(layout, NAME, make_spec(seed=1).hash(), OUTPUTS)
    assert not finished(layout, NAME, None, (*OUTPUTS, "instances"))
    path = layout.scene(NAME).file("depth", view=View(0, 0))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert finished(layout, NAME, None, ())
    assert not finished(layout, NAME, None, (), hashes=True)
    path.write_bytes(data[:-1])
    assert not finished(layout, NAME, None, ())
    path.unlink()
    assert not finished(layout, NAME, None, ())


def test_the_content_hash_does_not_depend_on_the_run(tmp_path: Path, whole: str) -> None:
    layout = DatasetLayout(tmp_path)
    truth = Truth(SPEC)
    metadata = write_scene(layout, "00007", SPEC, OUTPUTS)
    with SceneWriter(layout, "00008", SPEC, OUTPUTS) as scene:
        for view in SPEC.views():
            scene.write("depth", truth.view_arrays(view)["depth"], view=view)
            scene.write("image", truth.image(view), view=view)
        for pair in SPEC.pairs:
            arrays = truth.pair_arrays(pair)
            scene.write("dynamic_union", arrays["dynamic_union"], pair=pair.index)
        scene.finish(metadata, RunDocument(host="another", seconds={"render": 99.0}))
    a, b = (read_receipt(layout.scene(name)) for name in ("00007", "00008"))
    assert a.content_hash == b.content_hash
    assert a.run_files != b.run_files


def test_a_picture_is_adopted_byte_for_byte(tmp_path: Path) -> None:
    layout, truth = DatasetLayout(tmp_path / "data"), Truth(SPEC)
    from PIL import Image

    source = tmp_path / "from_blender.png"
    Image.fromarray(truth.image(View(0, 0))).save(source, pnginfo=_note(), compress_level=1)
    with SceneWriter(layout, NAME, SPEC, ("image",)) as scene:
        for view in SPEC.views():
            scene.adopt("image", source, view=view)
        scene.finish(scene_metadata(SPEC, name=NAME, instance_maps={}, summaries={}), RUN)
    assert layout.scene(NAME).file("image", view=View(0, 0)).read_bytes() == source.read_bytes()
    images = json.loads(layout.scene(NAME).scene.read_text())["images"]
    expected = truth.image(View(0, 0)).reshape(-1, 3).mean(axis=0) @ [0.2126, 0.7152, 0.0722] / 255
    assert images["t0000_p0000"]["brightness"] == pytest.approx(expected, abs=1e-6)


def _note():  # type: ignore[no-untyped-def]
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Software", "Blender")
    return info


def test_a_broken_picture_is_not_adopted(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path / "data")
    (tmp_path / "bad.png").write_bytes(b"\x89PNG")
    with SceneWriter(layout, NAME, SPEC, ("image",)) as scene, pytest.raises(StorageError, match="truncated"):
        scene.adopt("image", tmp_path / "bad.png", view=View(0, 0))
    with SceneWriter(layout, NAME, SPEC, ("image",)) as scene, pytest.raises(StorageError, match="no such file"):
        scene.adopt("image", tmp_path / "nothing.png", view=View(0, 0))
    assert not layout.partial.exists()


def test_mistakes_of_the_caller_are_refused(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path)
    image = np.zeros((SPEC.camera.height, SPEC.camera.width, 3), np.uint8)
    with SceneWriter(layout, NAME, SPEC, ("image", "dynamic_1")) as scene:
        with pytest.raises(ValueError, match="belongs to a view"):
            scene.write("image", image, pair=0)
        with pytest.raises(ValueError, match="belongs to a pair"):
            scene.write("dynamic_1", image[..., 0] > 0, view=View(0, 0))
        with pytest.raises(KeyError, match="smell"):
            scene.write("smell", image, view=View(0, 0))
        with pytest.raises(ValueError, match="not among the files"):
            scene.write("image", image, view=View(9, 9))
        with pytest.raises(ValueError, match="not among the files"):
            scene.write("depth", image, view=View(0, 0))
        with pytest.raises(ValueError, match="image must have shape"):
            scene.write("image", image[:-1], view=View(0, 0))
        with pytest.raises(ValueError, match=r"lacks 3 of its files, the first is pairs/0000/dynamic_1.png"):
            scene.finish(scene_metadata(SPEC, name=NAME, instance_maps={}, summaries={}), RUN)
    assert not layout.partial.exists()
    assert layout.scene_names() == ()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS])
def test_an_error_of_the_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    layout = DatasetLayout(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(StorageError, match=r"^cannot write .*/.partial/00000-.*: .*[a-z]$") as caught:
        write_scene(layout, NAME, SPEC, OUTPUTS)
    assert "\n" not in str(caught.value)
    monkeypatch.undo()
    assert not layout.partial.exists()
    assert not finished(layout, NAME, None, ())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB, where one can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("outputs", [("image",), ("image", "depth"), ("image", "flow_1_to_2")])
def test_a_full_disk_leaves_no_scene(small_disk: Path, outputs: tuple[str, ...]) -> None:
    (small_disk / "ballast").write_bytes(bytes(120_000))
    layout = DatasetLayout(small_disk / "data")
    with pytest.raises(StorageError, match="the disk is full; free some space and run the same command again"):
        write_scene(layout, NAME, make_spec(pairs=3), outputs)
    assert not finished(layout, NAME, None, ())
    assert layout.scene_names() == ()
    assert layout.partial_names() == ()


def test_a_failure_is_kept_until_the_scene_is_done(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path)
    record_failure(layout, NAME, FailureDocument(error="WorkerError", message="it died"), "last words\n")
    assert layout.failed_names() == (NAME,)
    assert layout.failed(NAME).log.read_text() == "last words\n"
    write_scene(layout, NAME, SPEC, OUTPUTS)
    assert layout.failed_names() == ()
    assert not layout.failures.exists()


@pytest.mark.slow
def test_an_interrupted_data_set_equals_an_uninterrupted_one(tmp_path: Path, checkout: Path) -> None:
    straight, broken = DatasetLayout(tmp_path / "a"), DatasetLayout(tmp_path / "b")
    for layout in (straight, broken):
        if layout is broken:
            run_killed(layout.root, 14, checkout)
        write_scene(layout, NAME, SPEC, OUTPUTS)
        write_scene(layout, "00001", OTHER, OUTPUTS)
    assert update_index(straight).content_hash == update_index(broken).content_hash
    assert straight.samples.read_bytes() == broken.samples.read_bytes()
    assert validate(broken.root).ok


def test_a_folder_is_made_while_its_parent_comes_and_goes(tmp_path: Path) -> None:
    """Another scene's writer removes the common folder whenever it finds it empty."""
    stop = threading.Event()

    def remove() -> None:
        while not stop.wait(0.0002):
            with suppress(OSError):
                (tmp_path / "work").rmdir()

    other = threading.Thread(target=remove)
    other.start()
    try:
        for number in range(300):
            make_folder(tmp_path / "work" / str(number))
            (tmp_path / "work" / str(number)).rmdir()
    finally:
        stop.set()
        other.join()


@pytest.mark.parametrize("change", ["removed", "added", "all removed"])
def test_a_receipt_is_of_what_lies_on_the_disk(tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is not believed to be there: between writing and the receipt the folder was changed."""
    layout, make = DatasetLayout(tmp_path / "set"), writer.make_receipt

    def meanwhile(folder: Any, *arguments: Any) -> Any:
        picture = sorted(folder.path.glob("views/*/image.png"))[0]
        if change == "removed":
            picture.unlink()
        elif change == "added":
            picture.with_name("stray.png").write_bytes(b"")
        else:
            shutil.rmtree(layout.root)
            folder.path.mkdir(parents=True)
        return make(folder, *arguments)

    monkeypatch.setattr(writer, "make_receipt", meanwhile)
    with pytest.raises(StorageError, match=r"was removed or put there while the scene was written; .* again"):
        write_scene(layout, NAME, SPEC, OUTPUTS)
    assert layout.scene_names() == () and not layout.partial.exists()


def test_a_folder_that_was_removed_is_not_made_again(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path / "set")
    image = np.zeros((SPEC.camera.height, SPEC.camera.width, 3), np.uint8)
    with SceneWriter(layout, NAME, SPEC, ("image",)) as scene:
        shutil.rmtree(layout.root)
        with pytest.raises(StorageError, match="was removed while the scene was written"):
            scene.write("image", image, view=SPEC.views()[0])
    assert not layout.root.exists()


def test_no_two_writers_have_one_name(tmp_path: Path) -> None:
    names = {writer._writer_name("run") for _ in range(100)}
    assert len(names) == 100 and all(name.count("-") == 4 for name in names)


def test_what_writers_did_not_make_stays_in_the_folder_of_work(tmp_path: Path) -> None:
    layout = DatasetLayout(tmp_path)
    for name in ("00000-run-host-1-2-3", "00012-host-77-old", "slurm-x", "mine", "2024-holiday"):
        (layout.partial / name).mkdir(parents=True)
        (layout.partial / name / "file").touch()
    (layout.partial / "notes.txt").touch()
    writer.remove_all_work(layout)
    assert sorted(path.name for path in layout.partial.iterdir()) == ["2024-holiday", "mine", "notes.txt"]
