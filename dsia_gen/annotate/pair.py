"""All ground truth of a pair, and of all pairs of a scene with views shared between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import dsia_gen.annotate.object_coordinates  # noqa: F401 - its producer is registered
from dsia_gen.annotate.pair_context import Images, PairContext
from dsia_gen.annotate.pair_measures import MeasureValue, Thresholds, measure_pair
from dsia_gen.annotate.producers import PAIR_PRODUCERS, VIEW_PRODUCERS, Arrays
from dsia_gen.annotate.rays import FrozenScene, RayScene
from dsia_gen.annotate.spans import side_by_side
from dsia_gen.annotate.view import ViewTruth, annotate_view
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.frozen_geometry import SceneGeometry
from dsia_gen.spec.outputs import OUTPUTS, output_named
from dsia_gen.spec.views import ROLES, Pair, Role, View


@dataclass(frozen=True)
class PairTruth:
    """The ground truth of one pair.

    Parameters
    ----------
    pair : Pair
        The pair.
    views : dict of Role to ViewTruth
        The annotated view of each role.
    new_views : dict of View to dict of str to ndarray
        The `view` outputs that were asked for, of the views that no earlier pair of the iteration had.
    arrays : dict of str to ndarray
        The `pair` outputs that were asked for, by name, in the dtypes of the table (masks bool).
    measures : dict of str to object
        The values of `PAIR_MEASURES`; they do not depend on what was asked for, except that of light_change.
    """

    pair: Pair
    views: dict[Role, ViewTruth]
    new_views: dict[View, Arrays]
    arrays: Arrays
    measures: dict[str, MeasureValue]

    def seen(self, view: View) -> ViewTruth:
        """The annotation of one of the pair's views.

        Parameters
        ----------
        view : View
            A view of the pair.

        Returns
        -------
        ViewTruth
            What it sees.
        """
        return next(truth for truth in self.views.values() if truth.view == view)


def view_arrays(scene: RayScene, truth: ViewTruth, outputs: Iterable[str]) -> Arrays:
    """The outputs of a view that come from geometry, out of those asked for.

    Parameters
    ----------
    scene : RayScene
        The scene at the view's time.
    truth : ViewTruth
        What the view sees.
    outputs : iterable of str
        Names of outputs of any scope and producer.

    Returns
    -------
    dict of str to ndarray
        Arrays by name, in the dtypes of the table (masks bool).
    """
    return {name: VIEW_PRODUCERS[name](scene, truth) for name in outputs if name in VIEW_PRODUCERS}


def annotate_pair(
    scenes: dict[int, RayScene],
    camera: CameraSpec,
    pair: Pair,
    views: dict[Role, ViewTruth],
    outputs: Sequence[str],
    images: Images | None = None,
    thresholds: Thresholds | None = None,
) -> tuple[Arrays, dict[str, MeasureValue]]:
    """The `pair` outputs asked for, and the measures of the pair.

    Parameters
    ----------
    scenes : dict of int to RayScene
        By time index, t1 and t2 at least.
    camera : CameraSpec
        The camera with all its poses.
    pair : Pair
        The pair.
    views : dict of Role to ViewTruth
        Its annotated views.
    outputs : sequence of str
        Names of outputs of any scope and producer.
    images : callable, optional
        8-bit sRGB (H, W, 3) uint8 of a view, for the outputs that need images.
    thresholds : Thresholds, optional
        From which motion on a pair counts as large.

    Returns
    -------
    arrays : dict of str to ndarray
        Arrays by name, in the dtypes of the table (masks bool).
    measures : dict of str to object
        The values of `PAIR_MEASURES`.

    Raises
    ------
    ValueError
        For an output that is not in the table, or that needs images where none are given.
    """
    needed = _check_outputs(outputs, images)
    context = PairContext(scenes, camera, pair, views, images if needed else None, thresholds or Thresholds())
    context.make_flows(outputs)
    arrays = {name: PAIR_PRODUCERS[name](context, OUTPUTS[name]) for name in outputs if name in PAIR_PRODUCERS}
    return arrays, measure_pair(context)


def annotate_scene(
    geometry: SceneGeometry,
    camera: CameraSpec,
    pairs: Sequence[Pair],
    outputs: Sequence[str],
    images: Images | None = None,
    thresholds: Thresholds | None = None,
) -> Iterator[PairTruth]:
    """The ground truth of each pair in the order given.

    Parameters
    ----------
    geometry : SceneGeometry
        Frozen at the times of all pairs.
    camera : CameraSpec
        The camera with all its poses.
    pairs : sequence of Pair
        The pairs.
    outputs : sequence of str
        Names of outputs of any scope and producer.
    images : callable, optional
        8-bit sRGB (H, W, 3) uint8 of a view, for the outputs that need images.
    thresholds : Thresholds, optional
        From which motion on a pair counts as large.

    Yields
    ------
    PairTruth
        The ground truth of a pair.

    Raises
    ------
    ValueError
        As `annotate_pair`, when a time of a pair was not frozen, or when arrays do not fit.

    Notes
    -----
    Views and scenes are made when first needed, shared between pairs and released after their last use.
    """
    _check_outputs(outputs, images)
    frozen = FrozenScene(geometry)
    scenes = _Shared(frozen.at, [time for pair in pairs for time in {pair.t1, pair.t2}])

    def annotated(view: View) -> ViewTruth:
        alike = next((truth for truth in views.kept() if truth.view.pose == view.pose), None)
        return annotate_view(scenes[view.time], camera, view, alike)

    views = _Shared(annotated, [view for pair in pairs for view in {pair.view(role) for role in ROLES}])
    seen: set[View] = set()
    for pair in pairs:
        here = {pair.view(role) for role in ROLES}
        by_time = {time: scenes[time] for time in (pair.t1, pair.t2)}
        # A view takes what rests from another of its pose, so new ones of one pose follow each other.
        views.make({view.pose: view for view in sorted(views.missing(here), reverse=True)}.values())
        truths: dict[Role, ViewTruth] = {role: views[pair.view(role)] for role in ROLES}
        arrays, measures = annotate_pair(by_time, camera, pair, truths, outputs, images, thresholds)
        new = {view: view_arrays(by_time[view.time], views[view], outputs) for view in sorted(here - seen)}
        yield PairTruth(pair, truths, new, arrays, measures)
        seen |= here
        views.release(here)
        scenes.release(by_time)


K = TypeVar("K")
V = TypeVar("V")


class _Shared(Generic[K, V]):
    """Values made on first use and dropped after their last; `uses` names every use to come."""

    def __init__(self, make: Callable[[K], V], uses: Iterable[K]) -> None:
        self._make = make
        self._left = Counter(uses)
        self._values: dict[K, V] = {}

    def __getitem__(self, key: K) -> V:
        if key not in self._values:
            self._values[key] = self._make(key)
        return self._values[key]

    def make(self, keys: Iterable[K]) -> None:
        """Make the values that are not there, side by side."""
        missing = self.missing(keys)
        made = side_by_side([partial(self._make, key) for key in missing])
        self._values.update(zip(missing, made, strict=True))

    def missing(self, keys: Iterable[K]) -> list[K]:
        """The keys whose values are not there."""
        return [key for key in keys if key not in self._values]

    def kept(self) -> Iterable[V]:
        """The values that are there now."""
        return self._values.values()

    def release(self, keys: Iterable[K]) -> None:
        """One use of each key is over."""
        for key in keys:
            self._left[key] -= 1
            if not self._left[key]:
                self._values.pop(key, None)


def _check_outputs(outputs: Iterable[str], images: Images | None) -> bool:
    """Whether any of the outputs needs images; ValueError for an output that cannot be made."""
    needed = False
    for name in outputs:
        try:
            row = output_named(name)
        except KeyError as error:
            raise ValueError(error.args[0]) from None
        if row.producer == "annotate" and row.needs:
            needed = True
            if images is None:
                raise ValueError(f"output {name!r} is made from {', '.join(row.needs)}, and no images were given")
    return needed
