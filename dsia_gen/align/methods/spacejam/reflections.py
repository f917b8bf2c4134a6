"""Which images of a set are mirrored: versions under which most pairs agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


def preference_for_same(same: Tensor, other: Tensor, margin: float) -> Tensor:
    """(P,) how much better pairs agree when neither or both are mirrored, by losses (P,) of that and of one mirrored.

    What is about symmetric agrees as well when it is mirrored, and its left is then taken for its right: a mirrored
    version has to be better by the share `margin`.
    """
    return other - same + margin * (other + same) / 2


def agreeing_versions(count: int, pairs: NDArray[np.intp], preference: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,) versions of images that satisfy what pairs (2, P) prefer as far as that is possible.

    `preference` (P,) is positive where the images of a pair agree better in the same version. The signs of the leading
    eigenvector of the preferences are where single changes begin, until none helps (Singer, 2011: synchronisation over
    two elements). Images of which more than half would be mirrored are mirrored back.
    """
    weights = np.zeros((count, count))
    np.add.at(weights, (pairs[0], pairs[1]), np.nan_to_num(preference))
    weights += weights.T
    vectors = np.linalg.eigh(weights)[1]
    signs = np.where(vectors[:, -1] < 0, -1.0, 1.0)
    for _ in range(10 * count):
        gain = -signs * (weights @ signs)
        worst = int(gain.argmax())
        if gain[worst] <= 1e-12:
            break
        signs[worst] = -signs[worst]
    versions: NDArray[np.bool_] = signs < 0
    if versions.sum() * 2 > count or (versions.sum() * 2 == count and versions[0]):
        versions = ~versions
    return versions
