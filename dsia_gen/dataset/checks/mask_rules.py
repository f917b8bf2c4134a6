"""Checks of masks against what makes them: edges between instances, surfaces that cannot be doubted, light changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.masks import light_change
from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.subject import Mask, SampleSubject, ViewSubject

INTERIOR = 2
"""Pixels around a pixel that must see the same smooth surface for it to lie in the interior."""


@check("view")
def edges_unreliable(view: ViewSubject) -> Iterator[Finding]:
    """Of two neighbours that see different instances one is unreliable: the corner between them sees one of the two."""
    ids, flagged = view.array("instances"), view.array("unreliable")
    if ids is None or flagged is None:
        return
    across = (ids[:, 1:] != ids[:, :-1]) & ~(flagged[:, 1:] | flagged[:, :-1])
    down = (ids[1:] != ids[:-1]) & ~(flagged[1:] | flagged[:-1])
    wrong = np.count_nonzero(across) + np.count_nonzero(down)
    if wrong > view.bounds.edge_pixels:
        yield Finding(f"{wrong} neighbours see different instances, and neither is flagged", view.file("unreliable"))


@check("view")
def interiors_reliable(view: ViewSubject) -> Iterator[Finding]:
    """The interior of the sky and of smooth opaque surfaces is not unreliable."""
    ids, flagged, depth = view.array("instances"), view.array("unreliable"), view.array("depth")
    if ids is None or flagged is None or depth is None:
        return
    height, width = ids.shape
    if min(height, width) <= 2 * INTERIOR:
        return

    def grid(array: NDArray[Any], row: int = 0, column: int = 0) -> NDArray[Any]:
        """Every fourth pixel, or the ones beside it."""
        edge = INTERIOR
        return array[edge + row : height - edge + row : 2 * edge, edge + column : width - edge + column : 2 * edge]

    own, inside = grid(ids), np.isin(grid(ids), view.scene.opaque_ids, kind="table")
    around = (-INTERIOR, 0, INTERIOR)
    for row in around:
        for column in around:
            inside &= grid(ids, row, column) == own
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = 1 / grid(depth)
        for row, column in ((0, INTERIOR), (INTERIOR, 0)):
            bend = 1 / grid(depth, row, column) + 1 / grid(depth, -row, -column) - 2 * middle
            inside &= np.abs(bend) <= view.bounds.smooth_relative * middle
    total, wrong = np.count_nonzero(inside), np.count_nonzero(inside & grid(flagged))
    if total >= view.bounds.few and wrong > view.bounds.interior_share * total:
        message = f"{wrong} of {total} pixels inside smooth opaque surfaces or the sky are flagged"
        yield Finding(message, view.file("unreliable"))


@check("sample", photometric=True)
def light_change_recomputed(sample: SampleSubject) -> Iterator[Finding]:
    """light_change is what the images of I1 and Igt and the dynamic mask give."""
    if not sample.has("light_change", "dynamic_union", ("image", "1"), ("image", "gt")):
        return
    union: Mask = sample.array("dynamic_union")
    wanted = light_change(sample.array("image", "1"), sample.array("image", "gt"), union)
    wrong = np.count_nonzero(wanted != sample.array("light_change"))
    if wrong > sample.bounds.light_pixels:
        message = f"differs from what the images of I1 and Igt give in {wrong} pixels"
        yield Finding(message, sample.file("light_change"))
