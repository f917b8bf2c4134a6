"""The samples of a data set as an export sees them: at the size asked for, as arrays or as encoded files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import StorageError
from dsia_gen.dataset.array_files import Array, write_array
from dsia_gen.dataset.export.frame import Fit, Frame
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.dataset.reader import Dataset, Sample, SceneReader
from dsia_gen.spec.outputs import OUTPUTS, Place, directed_output
from dsia_gen.spec.views import Role, View


class FramedSample:
    """A sample in a frame; `frame` None leaves everything as it is."""

    def __init__(self, sample: Sample, size: tuple[int, int] | None, fit: Fit) -> None:
        self.sample = sample
        height, width = sample.scene.resolution
        self.frame = None if size in (None, (width, height)) else Frame.of((width, height), size, fit)
        self.size = self.frame.size if self.frame else (width, height)

    @property
    def scene(self) -> SceneReader:
        return self.sample.scene

    def array(self, output: str, role: Role | None = None) -> Array:
        """An output as an array, see `Sample.array`."""
        array = self.sample.array(output, role)
        if self.frame is None:
            return array
        row = OUTPUTS[output]
        flow = None
        if row.kind == "reason" and row.target is not None and self.frame.offset != (0, 0):
            # a cut sends more pixels out of the image, and the flow tells which
            beside = directed_output("flow", row.views[0], row.target).name
            if beside not in self.sample:
                raise StorageError(
                    f"{output} cannot be cut without {beside}; ask for it in `outputs:`, or use --fit resize"
                )
            flow = self.array(beside)
        return self.frame.resampled(row, array, flow)

    def file(self, output: str, role: Role | None = None) -> Path | None:
        """The file of an output, where it can be passed on as it is."""
        return self.sample.file(output, role) if self.frame is None else None

    def encoded(self, output: str, role: Role | None = None) -> bytes:
        """An output as the bytes of a file of the data set."""
        path = self.file(output, role)
        if path is not None:
            return path.read_bytes()
        with TemporaryDirectory(prefix="dsia-gen-export-") as folder:
            path = Path(folder) / f"{output}{OUTPUTS[output].suffix}"
            write_array(OUTPUTS[output], path, self.array(output, role))
            return path.read_bytes()

    def pass_on(self, place: Place, sink: Sink, name: str) -> None:
        """Put an output at `name`: its own file where nothing changes."""
        path = self.file(*place)
        if path is not None:
            sink.copy(name, path)
        else:
            sink.put(name, self.encoded(*place))

    def camera(self, role: Role) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """K (3, 3) in pixels and camera-to-world (4, 4) in OpenCV axes of a view."""
        K, matrix = self.sample.camera(role)
        return (self.frame.intrinsics(K) if self.frame else K), matrix

    def view(self, role: Role) -> View:
        return self.sample.pair.view(role)


class SampleSource:
    """FramedSample samples by id, and the settings of the format (JSON)."""

    def __init__(self, dataset: Dataset, size: tuple[int, int] | None, fit: Fit, settings: str = "{}") -> None:
        self.dataset = dataset
        self.settings = settings
        self._size, self._fit = size, fit
        self._positions: dict[str, int] = {name: i for i, name in enumerate(dataset.ids)}

    def __getitem__(self, sample: str) -> FramedSample:
        return FramedSample(self.dataset[self._positions[sample]], self._size, self._fit)
