"""The image that cuts the cards of a bush."""

from __future__ import annotations

import numpy as np

from dsia_gen.procedural.twig import SIZE, twig


def test_the_stem_stands_on_the_lower_edge_and_leaves_cover_a_part() -> None:
    image = twig(3)
    assert image.shape == (SIZE, SIZE, 4) and image.min() >= 0 and image.max() <= 1
    alpha = image[..., 3]
    assert alpha[-1, SIZE // 2 - 16 : SIZE // 2 + 16].max() > 0.5 > alpha[0].max()
    assert 0.1 < np.mean(alpha > 0.5) < 0.6


def test_seeds_give_other_twigs() -> None:
    assert not np.array_equal(twig(1), twig(2)) and np.array_equal(twig(1), twig(1))
