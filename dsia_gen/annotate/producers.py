"""Which function makes which output: producers of the annotator, registered by the names of the table of outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from dsia_gen.spec.outputs import Output

if TYPE_CHECKING:
    from dsia_gen.annotate.pair_context import PairContext
    from dsia_gen.annotate.rays import RayScene
    from dsia_gen.annotate.view import ViewTruth

Array = NDArray[Any]
Arrays = dict[str, Array]
ViewProducer = Callable[["RayScene", "ViewTruth"], Array]
"""The array of an output of a view, from the scene at the view's time and what the view sees."""
PairProducer = Callable[["PairContext", Output], Array]
"""The array of an output of a pair, from what is known of the pair and the row of the output."""

VIEW_PRODUCERS: dict[str, ViewProducer] = {}
PAIR_PRODUCERS: dict[str, PairProducer] = {}


def produces_view(*names: str) -> Callable[[ViewProducer], ViewProducer]:
    """Register a function as the producer of these outputs of a view."""

    def register(producer: ViewProducer) -> ViewProducer:
        VIEW_PRODUCERS.update(dict.fromkeys(names, producer))
        return producer

    return register


def produces_pair(*names: str) -> Callable[[PairProducer], PairProducer]:
    """Register a function as the producer of these outputs of a pair."""

    def register(producer: PairProducer) -> PairProducer:
        PAIR_PRODUCERS.update(dict.fromkeys(names, producer))
        return producer

    return register
