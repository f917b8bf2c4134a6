"""Annotates and writes a scene while Blender renders it: from frozen geometry, and from each image once it is there."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.pair import annotate_scene
from dsia_gen.annotate.pair_measures import MeasureValue, Thresholds
from dsia_gen.core.io import disk
from dsia_gen.core.stopwatch import Stopwatch
from dsia_gen.core.system import give_way
from dsia_gen.dataset.writer import SceneWriter
from dsia_gen.pipeline.tasks import SceneTask
from dsia_gen.pipeline.worker_files import WorkerFiles
from dsia_gen.pipeline.write_behind import WriteBehind
from dsia_gen.spec.frozen_geometry import SceneGeometry
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.views import View
from dsia_gen.spec.worker_messages import RENDERED_LAST

WRITING = "writing"


class AnnotationStoppedError(Exception):
    """The annotation was told to end before its views were rendered."""


class RenderedViews:
    """Which views have been rendered so far. Used by two threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._keys: set[str] = set()
        self._complete = self._stopped = False

    def add(self, key: str) -> None:
        """Note that the files of a view are there, but for RENDERED_LAST.

        Parameters
        ----------
        key : str
            Its `View.key`.
        """
        with self._changed:
            self._keys.add(key)
            self._changed.notify_all()

    def complete(self) -> None:
        """Note that no file is to come: whoever waits for another finds out that it is missing."""
        with self._changed:
            self._complete = True
            self._changed.notify_all()

    def stop(self) -> None:
        """End every wait, those to come too."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def wait_for(self, view: View | None) -> None:
        """Return when the files of a view are there.

        Parameters
        ----------
        view : View or None
            The view; None waits for all files of all views.

        Raises
        ------
        AnnotationStoppedError
            After `stop`.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped or self._complete or (view is not None and view.key in self._keys)
            )
            if self._stopped:
                raise AnnotationStoppedError


class PackedMaps(Mapping[View, NDArray[np.uint16]]):
    """Instance maps of all views of a scene, compressed, since they are needed together only at the end."""

    def __init__(self) -> None:
        self._packed: dict[View, tuple[tuple[int, ...], bytes]] = {}

    def add(self, view: View, ids: NDArray[np.uint16]) -> None:
        """Keep a map.

        Parameters
        ----------
        view : View
            The view that it belongs to.
        ids : ndarray of uint16, shape (H, W)
            Instance of each pixel, 0 for none.
        """
        self._packed[view] = (ids.shape, zlib.compress(np.ascontiguousarray(ids).tobytes(), 1))

    def __getitem__(self, view: View) -> NDArray[np.uint16]:
        shape, data = self._packed[view]
        return np.frombuffer(zlib.decompress(data), dtype=np.uint16).reshape(shape)

    def __iter__(self) -> Iterator[View]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


@dataclass
class Annotated:
    """What the annotation of a scene leaves beside its files.

    Parameters
    ----------
    geometry : SceneGeometry
        What Blender has frozen.
    measures : dict of int to dict
        The values of `PAIR_MEASURES` by index of the pair.
    maps : PackedMaps
        Instances of every view.
    """

    geometry: SceneGeometry
    measures: dict[int, dict[str, MeasureValue]] = field(default_factory=dict)
    maps: PackedMaps = field(default_factory=PackedMaps)


class SceneAnnotation:
    """The annotation of a scene in a thread of its own; leaving its context ends the thread.

    Parameters
    ----------
    task : SceneTask
        What the job says of the scene.
    writer : SceneWriter
        Takes the files; used by the thread alone until `result` has returned.
    files : WorkerFiles
        What Blender leaves.
    """

    def __init__(self, task: SceneTask, writer: SceneWriter, files: WorkerFiles) -> None:
        self.rendered = RenderedViews()
        self._task, self._writer, self._files = task, writer, files
        self._said: SimpleQueue[str | None] = SimpleQueue()
        self._found: Annotated | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="annotate", daemon=True)

    def __enter__(self) -> SceneAnnotation:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.rendered.stop()
        if self._thread.ident is not None:
            self._thread.join()

    def begin(self) -> None:
        """Start: the geometry is frozen."""
        self._thread.start()

    def check(self) -> None:
        """Raise what the annotation has failed with so far.

        Raises
        ------
        Exception
            That error.
        """
        if self._error is not None:
            raise self._error

    def result(self, watch: Stopwatch, begin: Callable[[str], None]) -> Annotated:
        """Wait for what is left to annotate and to write when all views are rendered.

        Parameters
        ----------
        watch : Stopwatch
            Gets the stages "annotate" and "write".
        begin : callable
            Is told what is being done.

        Returns
        -------
        Annotated
            When all files are written.

        Raises
        ------
        Exception
            What the annotation has failed with.
        """
        self.rendered.complete()
        if self._thread.ident is None:  # what renders says nothing of freezing
            self.begin()
        with watch.stage("annotate"):
            while (said := self._said.get()) not in (WRITING, None):
                begin(said)
        if said is not None:
            begin(said)
        with watch.stage("write"):
            self._thread.join()
        self.check()
        assert self._found is not None
        return self._found

    def _run(self) -> None:
        give_way()  # it has the time of all views: what Blender leaves idle is enough
        try:
            self._found = self._annotate()
        except AnnotationStoppedError:
            pass
        except Exception as error:
            self._error = error
        finally:
            self._said.put(None)

    def _pixels(self, view: View) -> NDArray[np.uint8]:
        self.rendered.wait_for(view)
        return self._files.pixels(view)

    def _annotate(self) -> Annotated:
        """Pair by pair, so that memory does not grow with the number of pairs."""
        task, writer, files = self._task, self._writer, self._files
        with disk("read", files.geometry):
            pairs, found = writer.spec.pairs, Annotated(SceneGeometry.load(files.geometry))
        thresholds = Thresholds(task.subsets.camera_px_at_960, task.subsets.foreground_px_at_960)
        rendered = [name for name in writer.outputs if OUTPUTS[name].producer == "render"]
        last = [name for name in rendered if name in RENDERED_LAST]
        camera = writer.spec.camera
        truths = annotate_scene(found.geometry, camera, pairs, task.outputs, self._pixels, thresholds)
        with WriteBehind() as behind:
            self._said.put(f"annotating pair 1 of {len(pairs)}")
            for number, truth in enumerate(truths, start=1):
                found.measures[truth.pair.index] = truth.measures
                for name, array in truth.arrays.items():
                    behind.submit(writer.write, name, array, pair=truth.pair)
                for view, arrays in truth.new_views.items():
                    for name, array in arrays.items():
                        behind.submit(writer.write, name, array, view=view)
                    found.maps.add(view, truth.seen(view).instances)
                    self.rendered.wait_for(view)
                    for name in rendered:
                        if name not in last:
                            behind.submit(writer.adopt, name, files.rendered(name, view), view=view)
                if number < len(pairs):
                    self._said.put(f"annotating pair {number + 1} of {len(pairs)}")
            self.rendered.wait_for(None)
            for view in writer.spec.views():
                for name in last:
                    behind.submit(writer.adopt, name, files.rendered(name, view), view=view)
            self._said.put(WRITING)
            behind.drain()
        return found
