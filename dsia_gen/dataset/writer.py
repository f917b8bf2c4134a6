"""Writes one scene: into a folder of its own, the receipt last, then one rename into the data set."""

from __future__ import annotations

import hashlib
import math
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from numpy.typing import NDArray

import dsia_gen
from dsia_gen.annotate.pair_measures import IMAGE_MEASURES, mean_luma
from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import disk, json_bytes, move, reading, remove_tree, storage_error, sync_folder, write_bytes
from dsia_gen.core.system import alive, machine, started
from dsia_gen.dataset.array_files import read_array, write_array
from dsia_gen.dataset.documents.run_document import FailureDocument, RunDocument
from dsia_gen.dataset.documents.scene_document import SceneDocument
from dsia_gen.dataset.layout import RUN, SCENE, SPEC, DatasetLayout, SceneFolder, expected_files, relative_file
from dsia_gen.dataset.metadata import luma_key
from dsia_gen.dataset.receipt import Receipt, make_receipt, mismatches
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.record import readable_json
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import Pair, View

_WORK = re.compile(r"\d{5,}-.|slurm-.")
"""How the names of folders in work begin: the scene and its writer, or the messages of Slurm jobs."""


class SceneWriter:
    """Writes the files of one scene; nothing shows up in the data set before `finish`.

    Use as a context manager: leaving without `finish` removes what was written. Raises StorageError for the disk
    and ValueError for arrays that are not what the table of outputs says.
    """

    def __init__(self, layout: DatasetLayout, name: str, spec: SceneSpec, outputs: Iterable[str]) -> None:
        self.layout = layout
        self.name = name
        self.spec = spec
        self.outputs = tuple(outputs)
        self.resolution = (spec.camera.height, spec.camera.width)
        layout.check_run()
        self.folder = layout.work(name, _writer_name(layout.run))
        self._expected = frozenset(expected_files(self.outputs, spec.pairs))
        self._written: set[str] = set()
        self._measured: dict[str, dict[str, float]] = {}
        remove_leftovers(layout, name)
        try:
            write_bytes(self.folder.spec, readable_json(spec).encode())
        except StorageError:
            self.abort()
            raise

    def __enter__(self) -> SceneWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.abort()

    def write(
        self, output: str, array: NDArray[Any], *, view: View | None = None, pair: Pair | int | None = None
    ) -> None:
        """Write one array; view outputs need `view`, pair outputs `pair`."""
        path = self._claim(output, view, pair)
        write_array(OUTPUTS[output], path, array, self.resolution)
        self._measure(output, view, array)

    def adopt(self, output: str, path: Path | str, *, view: View | None = None, pair: Pair | int | None = None) -> None:
        """Take an existing file as an output, byte for byte. It is decoded once to see that it is sound."""
        target = self._claim(output, view, pair)
        with reading(Path(path)):
            data = Path(path).read_bytes()
        write_bytes(target, data)
        array = read_array(OUTPUTS[output], target, self.resolution)
        self._measure(output, view, array)

    def finish(self, scene: SceneDocument, run: RunDocument) -> Receipt:
        """Write scene.json, run.json and the receipt, and move the scene into the data set in one step.

        `scene` (see `metadata.scene_metadata`) must depend on the specification alone; times, devices and the like
        belong into `run`. ValueError when an output was not written for every view or pair, StorageError when the
        disk does not hold all that was written, or another run has taken the data set over.
        """
        missing = sorted(self._expected - self._written)
        if missing:
            raise ValueError(f"scene {self.name} lacks {len(missing)} of its files, the first is {missing[0]}")
        self._require_folder()
        images = dict(sorted(self._measured.items()))
        write_bytes(self.folder.scene, scene.model_copy(update={"images": images}).to_json())
        write_bytes(self.folder.run, run.to_json())
        receipt = make_receipt(self.folder, self.spec.hash(), self.outputs, dsia_gen.__version__)
        gone = {*self._expected, SPEC, SCENE, RUN} ^ {*receipt.files, *receipt.run_files}
        if gone:
            raise StorageError(
                f"{self.folder.path / min(gone)} was removed or put there while the scene was written; leave the "
                "folder alone and run the same command again"
            )
        for folder in sorted(path for path in self.folder.path.rglob("*") if path.is_dir()):
            sync_folder(folder)
        write_bytes(self.folder.receipt, json_bytes(receipt.model_dump(mode="json")))
        sync_folder(self.folder.path)
        publish(self.layout, self.folder, self.name)
        self.layout.invalidate(self.name)
        wrong = next(mismatches(self.layout.scene(self.name), receipt, hashes=False), None)
        if wrong is not None:
            raise StorageError(f"scene {self.name} was made, but {wrong.file} {wrong.message}; run the command again")
        return receipt

    def abort(self) -> None:
        """Remove what was written so far; nothing happens after `finish`."""
        remove_tree(self.folder.path)
        _remove_if_empty(self.layout.partial)

    def _measure(self, output: str, view: View | None, array: NDArray[Any]) -> None:
        if view is None or OUTPUTS[output].kind != "image":
            return
        found = self._measured.setdefault(view.key, {})
        if output == "image":
            found |= {row.name: row.of(array) for row in IMAGE_MEASURES.values()}
        else:
            luma = mean_luma(array)
            found |= {luma_key(output): luma} if math.isfinite(luma) else {}  # `linear_finite` names it

    def _claim(self, output: str, view: View | None, pair: Pair | int | None) -> Path:
        name = relative_file(output, view=view, pair=pair)
        if name not in self._expected:
            raise ValueError(f"{name} is not among the files that scene {self.name} is to have")
        self._require_folder()
        self._written.add(name)
        return self.folder.path / name

    def _require_folder(self) -> None:
        """A folder that was removed is not made again: what was written into it is lost."""
        if not self.folder.path.is_dir():
            raise StorageError(f"{self.folder.path} was removed while the scene was written; run the command again")


def publish(layout: DatasetLayout, folder: SceneFolder, name: str) -> None:
    """Put a complete folder into the data set as scenes/<name>, in the place of what was there."""
    if layout.mirror is not None:
        layout.mirror.publish(name, folder.path, {file: folder.path / file for file in folder.listing()})
    else:  # what was there is moved aside first and removed afterwards
        target = layout.scene(name).path
        aside = folder.path.with_name(f"{folder.path.name}-old")
        layout.check_run()
        with disk("write", target):
            target.parent.mkdir(exist_ok=True)  # not its parents: a data set that was removed does not come back
            if target.exists():
                target.replace(aside)
            try:
                move(folder.path, target)
            except OSError:
                if aside.exists() and not target.exists():
                    move(aside, target)
                raise
        sync_folder(target.parent)
        remove_tree(aside)
    if name in layout.failed_names():
        layout.remove(layout.failed(name).path)
    if layout.mirror is None:
        _remove_if_empty(layout.failures)
    _remove_if_empty(layout.partial)


def remove_leftovers(layout: DatasetLayout, name: str) -> None:
    """Remove the folders in which writers of this machine that have ended had begun a scene.

    Folders of other machines are left: whether their writers live cannot be seen from here.
    """
    here = _machine_name()
    for entry in layout.partial_names():
        scene, _, writer = entry.partition("-")
        _run, host, process, ticks, *_ = *writer.split("-"), "", "", "", ""
        if (scene, host) != (name, here) or not process.isdigit():
            continue
        if not alive(int(process)) or str(started(int(process))) != ticks:
            remove_tree(layout.partial / entry)


def remove_all_work(layout: DatasetLayout) -> None:
    """Remove what writers of all runs have begun, and the messages of their cluster; other things stay."""
    for entry in layout.partial_names():
        if _WORK.match(entry):
            remove_tree(layout.partial / entry)
    _remove_if_empty(layout.partial)


def remove_run(layout: DatasetLayout) -> None:
    """Remove what writers of the layout's own run have begun; those of another run stay."""
    for entry in layout.partial_names():
        if entry.split("-")[1:2] == [layout.run]:
            remove_tree(layout.partial / entry)
    _remove_if_empty(layout.partial)


def record_failure(layout: DatasetLayout, name: str, error: FailureDocument, log: str = "") -> None:
    """Keep what is known of a scene that failed in failed/<name>/."""
    folder = layout.failed(name)
    layout.replace(folder.log, log.encode(errors="replace"))
    layout.replace(folder.error, error.to_json())


def _writer_name(run: str) -> str:
    """A name that no writer has had, in any container: <run>-<machine>-<process>-<its start>-<random>."""
    process = os.getpid()
    return f"{run or 'alone'}-{_machine_name()}-{process}-{started(process)}-{secrets.token_hex(4)}"


def _machine_name() -> str:
    return hashlib.sha256(machine().encode()).hexdigest()[:12]


def _remove_if_empty(path: Path) -> None:
    try:
        path.rmdir()
    except FileNotFoundError:
        return
    except OSError as error:
        if any(path.iterdir()):
            return
        raise storage_error("remove", path, error) from error
