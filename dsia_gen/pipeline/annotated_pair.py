"""A pair with its ground truth in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.pair_measures import MeasureValue
from dsia_gen.core.io import disk, json_bytes, replace_bytes
from dsia_gen.dataset.array_files import Array, write_array
from dsia_gen.dataset.metadata import summary_values
from dsia_gen.dataset.pair_arrays import PairArrays
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.outputs import OUTPUTS, place_of_key
from dsia_gen.spec.views import ROLES, Pair, Role, View


class AnnotatedPair(PairArrays):
    """One pair that was rendered and annotated without a data set; read as a sample of one is.

    Parameters
    ----------
    pair : Pair
        Its times and poses.
    camera : CameraSpec
        The camera with all its poses.
    arrays : mapping of str to ndarray
        Outputs of the pair by name.
    views : mapping of (str, View) to ndarray
        Outputs of its views by name and view.
    measures : mapping of str to object
        What was measured: motions, subset, shares; the columns of samples.csv.
    """

    def __init__(
        self,
        pair: Pair,
        camera: CameraSpec,
        arrays: Mapping[str, Array],
        views: Mapping[tuple[str, View], Array],
        measures: Mapping[str, MeasureValue],
    ) -> None:
        self.pair = pair
        self.measures = dict(measures)
        self._camera, self._arrays, self._views = camera, dict(arrays), dict(views)

    def __repr__(self) -> str:
        pair = self.pair
        return f"AnnotatedPair(t1={pair.t1}, p1={pair.p1}, t2={pair.t2}, p2={pair.p2})"

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def keys(self) -> list[str]:
        """Name its arrays.

        Returns
        -------
        list of str
            Such as `image_1`, `depth_gt` and `flow_gt_to_2`.
        """
        names = {name for name, _ in self._views}
        return [*(f"{name}_{role}" for name in OUTPUTS if name in names for role in ROLES), *self._arrays]

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
            (H, W) or (H, W, C) in the dtype and unit of the table; masks are bool.

        Raises
        ------
        KeyError
            For an unknown name, a view output without a role, or one that was not asked for.
        """
        name, seen_from = place_of_key(output, role)
        found = self._arrays.get(name) if seen_from is None else self._views.get((name, self.pair.view(seen_from)))
        if found is None:
            raise KeyError(f"{name} was not asked for; add it to `outputs` of annotate")
        return found

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
        return self._camera.intrinsics(), self._camera.camera_to_world(self.pair.view(role).pose)

    def save(self, folder: Path | str) -> list[Path]:
        """Write every array in the format of the table of outputs, and measures.json last.

        Parameters
        ----------
        folder : Path or str
            Where to; it is made where it is missing.

        Returns
        -------
        list of Path
            The files.
        """
        folder = Path(folder)
        with disk("write", folder):
            folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for key in self.keys():
            row = OUTPUTS[place_of_key(key)[0]]
            paths.append(folder / f"{key}{row.suffix}")
            write_array(row, paths[-1], self.array(key))
        content: dict[str, Any] = {**self.pair.model_dump(exclude={"index"}), **summary_values(self.measures)}
        replace_bytes(folder / "measures.json", json_bytes(content))
        return [*paths, folder / "measures.json"]
