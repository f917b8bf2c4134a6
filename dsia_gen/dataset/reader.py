"""Reads a data set: samples with their arrays, loaded when asked for. Needs neither Blender nor torch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.dataset.array_files import Array, read_array, read_planes
from dsia_gen.dataset.documents.dataset_document import DatasetDocument
from dsia_gen.dataset.documents.sample_row import SampleRow, read_samples
from dsia_gen.dataset.documents.scene_document import SceneDocument
from dsia_gen.dataset.index import read_index
from dsia_gen.dataset.layout import SCENE, DatasetLayout, SceneFolder, relative_file, sample_id
from dsia_gen.dataset.metadata import read_scene_json
from dsia_gen.dataset.notebook import dataset_html, sample_html
from dsia_gen.dataset.pair_arrays import PairArrays
from dsia_gen.dataset.status import require_dataset
from dsia_gen.spec.outputs import OUTPUTS, place_of_key
from dsia_gen.spec.views import Pair, Role, View

AGAIN = "render the scene again"
OPEN_SCENES = 64
"""Scenes whose scene.json is kept in memory."""


class SceneReader:
    """One scene of a data set.

    Parameters
    ----------
    folder : SceneFolder
        Its files, in a folder or a store.
    cache : int
        How many arrays that were read last are kept, for readers that go through pairs in order.
    """

    def __init__(self, folder: SceneFolder, cache: int = 0) -> None:
        self.folder = folder
        self._limit = cache
        self._kept: OrderedDict[str, Array] = OrderedDict()
        self._document: SceneDocument | None = None

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def document(self) -> SceneDocument:
        """The content of scene.json."""
        if self._document is None:
            self._document = read_scene_json(self.folder)
        return self._document

    @property
    def resolution(self) -> tuple[int, int]:
        """(height, width)."""
        width, height = self.document.metadata.resolution
        return height, width

    def array(self, output: str, *, view: View | None = None, pair: Pair | int | None = None) -> Array:
        """An output of a view or a pair.

        Parameters
        ----------
        output : str
            Name of a row of the table of outputs.
        view : View or None
            View of a view output.
        pair : Pair or int or None
            Pair of a pair output, or its number.

        Returns
        -------
        ndarray
            (H, W) or (H, W, C) in the dtype and unit of the table.

        Raises
        ------
        StorageError
            When it is not there, or is not what the table says.
        """
        name = relative_file(output, view=view, pair=pair)
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        array = read_array(OUTPUTS[output], self.folder.fetch(name), self.resolution)
        if self._limit:
            array.flags.writeable = False  # shared by everyone who asks again
            self._kept[name] = array
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        return array

    def planes(self, output: str, *, pair: Pair | int) -> tuple[Array, ...]:
        """The channels of a pair output; errors like `array`.

        Parameters
        ----------
        output : str
            Name of a row of the table of outputs.
        pair : Pair or int
            The pair, or its number.

        Returns
        -------
        tuple of ndarray
            Each (H, W) and contiguous.
        """
        return read_planes(OUTPUTS[output], self.folder.file(output, pair=pair), self.resolution)

    def camera(self, pose: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The camera at a pose.

        Parameters
        ----------
        pose : int
            Pose index.

        Returns
        -------
        tuple of ndarray
            K (3, 3) in pixels, and camera-to-world (4, 4) in OpenCV axes (x right, y down, z forward), metres.

        Raises
        ------
        StorageError
            When scene.json has no such pose.
        """
        camera = self.document.camera
        if not 0 <= pose < len(camera.camera_to_world):
            where = self.folder.fetch(SCENE)
            raise StorageError(
                f"{where} has {len(camera.camera_to_world)} poses, and pose {pose} is asked for; {AGAIN}"
            )
        return np.array(camera.K, dtype=np.float64), np.array(camera.camera_to_world[pose], dtype=np.float64)

    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of the scene.

        Returns
        -------
        tuple of Pair
            In order.
        """
        return tuple(entry.pair for entry in self.document.pairs)


class Sample(PairArrays):
    """One pair with its three views. Arrays are read at each call; keep what you use twice.

    Parameters
    ----------
    scene : SceneReader
        The scene that it belongs to.
    pair : Pair
        Its times and poses.
    row : SampleRow
        Its row of samples.csv.
    """

    def __init__(self, scene: SceneReader, pair: Pair, row: SampleRow) -> None:
        self.scene = scene
        self.pair = pair
        self.row = row

    def __repr__(self) -> str:
        return f"Sample({self.id!r})"

    def _repr_html_(self) -> str:
        """What a notebook shows: images, flows as colours, and what was measured."""
        return sample_html(self)

    @property
    def id(self) -> str:
        """`<scene>_<pair>`."""
        return sample_id(self.scene.name, self.pair)

    @property
    def resolution(self) -> tuple[int, int]:
        """(height, width)."""
        return self.scene.resolution

    @property
    def times(self) -> tuple[int, int]:
        """(t1, t2)."""
        return self.pair.t1, self.pair.t2

    @property
    def subset(self) -> str | None:
        """LcLf, LcSf, ScLf or ScSf; None when it was not measured."""
        return self.row.subset

    def array(self, output: str, role: Role | None = None) -> Array:
        """An output by its name in the table.

        Parameters
        ----------
        output : str
            Its key, such as `flow_gt_to_2` or `depth_gt`; or the name of a view output, with its role.
        role : {'1', '2', 'gt'} or None
            The view of a view output whose key does not say it.

        Returns
        -------
        ndarray
            (H, W) or (H, W, C) in the dtype and unit of the table.

        Raises
        ------
        KeyError
            For an unknown name, or a view output without a role.
        """
        name, view = self._place(output, role)
        return self.scene.array(name, view=view, pair=self.pair if view is None else None)

    def file(self, output: str, role: Role | None = None) -> Path:
        """The file of an output, downloaded first where the data set is in a store.

        Parameters
        ----------
        output : str
            Its key, such as `flow_gt_to_2` or `depth_gt`; or the name of a view output, with its role.
        role : {'1', '2', 'gt'} or None
            The view of a view output whose key does not say it.

        Returns
        -------
        Path
            Where it lies on this machine.
        """
        return self.scene.folder.fetch(self.relative_file(output, role))

    def relative_file(self, output: str, role: Role | None = None) -> InsidePath:
        """Path of the file of an output.

        Parameters
        ----------
        output : str
            Its key, such as `flow_gt_to_2` or `depth_gt`; or the name of a view output, with its role.
        role : {'1', '2', 'gt'} or None
            The view of a view output whose key does not say it.

        Returns
        -------
        InsidePath
            Below the scene's folder, with forward slashes.
        """
        name, view = self._place(output, role)
        return relative_file(name, view=view, pair=self.pair if view is None else None)

    def __contains__(self, output: str) -> bool:
        row = OUTPUTS.get(output)
        try:
            return self.file(output, "1" if row is not None and row.scope == "view" else None).is_file()
        except KeyError:
            return False

    def camera(self, role: Role) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The camera of a view.

        Parameters
        ----------
        role : {'1', '2', 'gt'}
            I1, I2 or Igt.

        Returns
        -------
        tuple of ndarray
            K (3, 3) in pixels, and camera-to-world (4, 4) in OpenCV axes (x right, y down, z forward), metres.
        """
        return self.scene.camera(self.pair.view(role).pose)

    def _place(self, output: str, role: Role | None) -> tuple[str, View | None]:
        """The output of a key and the view that it belongs to; None when it belongs to the pair."""
        name, seen_from = place_of_key(output, role)
        return name, self.pair.view(seen_from) if seen_from is not None else None


class Dataset(Sequence[Sample]):
    """The samples of a data set, in the order of samples.csv. Can be pickled and sent to loader processes.

    Parameters
    ----------
    layout : DatasetLayout
        Its files.
    rows : sequence of SampleRow
        Its rows of samples.csv, or some of them.
    info : DatasetDocument
        The content of dataset.json.
    """

    def __init__(self, layout: DatasetLayout, rows: Sequence[SampleRow], info: DatasetDocument) -> None:
        self.layout = layout
        self.rows = tuple(rows)
        self.info = info
        self._scenes: OrderedDict[str, SceneReader] = OrderedDict()

    def __repr__(self) -> str:
        return f"Dataset({self.layout.address!r}, {len(self)} samples)"

    def _repr_html_(self) -> str:
        """What a notebook shows: how much there is, and the images of some samples."""
        return dataset_html(self)

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs that every sample has."""
        return self.info.output_names

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(row.sample for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Sample]:
        return (self._sample(row) for row in self.rows)

    @overload
    def __getitem__(self, index: int | str) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Dataset: ...
    def __getitem__(self, index: int | str | slice) -> Sample | Dataset:
        """A sample by position or id, a data set by slice."""
        if isinstance(index, slice):
            return Dataset(self.layout, self.rows[index], self.info)
        if isinstance(index, str):
            found = [row for row in self.rows if row.sample == index]
            if not found:
                raise KeyError(f"{self.layout.address} has no sample {index!r}")
            return self._sample(found[0])
        return self._sample(self.rows[index])

    def select(
        self,
        *,
        subset: str | Collection[str] | None = None,
        scene: str | Collection[str] | None = None,
        setting: str | None = None,
        where: Callable[[SampleRow], bool] | None = None,
    ) -> Dataset:
        """The samples that satisfy all conditions.

        Parameters
        ----------
        subset : str or collection of str or None
            Subsets: LcLf, LcSf, ScLf, ScSf.
        scene : str or collection of str or None
            Names of scenes.
        setting : str or None
            outdoor or indoor.
        where : callable or None
            Gets a row of samples.csv; whether its sample is wanted.

        Returns
        -------
        Dataset
            With these samples, in the same order.
        """
        subsets = {subset} if isinstance(subset, str) else subset
        scenes = {scene} if isinstance(scene, str) else scene
        rows = [
            row
            for row in self.rows
            if (subsets is None or row.subset in subsets)
            and (scenes is None or row.scene in scenes)
            and (setting is None or row.setting == setting)
            and (where is None or where(row))
        ]
        return Dataset(self.layout, rows, self.info)

    def _sample(self, row: SampleRow) -> Sample:
        return Sample(self._scene(row.scene), row.to_pair(), row)

    def _scene(self, name: str) -> SceneReader:
        if name not in self._scenes:
            self._scenes[name] = SceneReader(self.layout.scene(name))
            while len(self._scenes) > OPEN_SCENES:
                self._scenes.popitem(last=False)
        self._scenes.move_to_end(name)
        return self._scenes[name]


def open_dataset(path: Path | str) -> Dataset:
    """Open a data set.

    Parameters
    ----------
    path : Path or str
        A folder, or an address such as s3://bucket/data, whose files are downloaded as they are read.

    Returns
    -------
    Dataset
        Its samples; arrays are read when they are asked for.

    Raises
    ------
    StorageError
        When it is not a data set, or its index was not written yet.
    """
    layout = DatasetLayout(path)
    require_dataset(layout)
    if not layout.index.is_file() or not layout.samples.is_file():
        raise StorageError(f"{layout.address} has no index yet; let `dsia-gen render` finish a scene first")
    return Dataset(layout, read_samples(layout.samples), read_index(layout))
