"""Assets are drawn evenly: nothing is preferred before it is known what fits."""

from __future__ import annotations

from collections import Counter

import pytest

from dsia_gen.sampling.foreground import shuffled
from dsia_gen.sampling.seeds import child, scene_seed
from tests.sampling.scenes import library

SCENES = 200


@pytest.mark.parametrize(("kind", "tags", "count"), [
    ("object", ("foreground", "outdoor"), 4), ("object", ("foreground", "indoor"), 4),
    ("object", ("props", "outdoor"), 12), ("character", (), 2),
])  # fmt: skip
def test_no_asset_is_preferred_over_200_scenes(kind: str, tags: tuple[str, ...], count: int) -> None:
    """The most used stays within four standard deviations of a fair draw."""
    entries = library().of(kind, (), tags)
    drawn = [shuffled(child(scene_seed(7, k), "objects"), entries, count) for k in range(SCENES)]
    use = Counter(entry.id for scene in drawn for entry in scene)
    assert set(use) == {entry.id for entry in entries}
    even = use.total() / len(entries)
    assert use.most_common(1)[0][1] <= even + 4 * even**0.5
    assert all(len({entry.id for entry in scene}) == count for scene in drawn)
