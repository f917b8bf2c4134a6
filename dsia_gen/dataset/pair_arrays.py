"""The arrays of a pair by their names, wherever they come from."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from dsia_gen.dataset.array_files import Array
from dsia_gen.spec.outputs import FLOW_ENDS, OUTPUTS, directed_output
from dsia_gen.spec.views import Role


class PairArrays(ABC):
    """One pair with its three views: arrays by key, and the common ones by name."""

    @abstractmethod
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
            For an unknown name, or a view output without a role.
        """

    @abstractmethod
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

    def __getitem__(self, key: str | tuple[str, Role]) -> Array:
        """`sample["dynamic_union"]`, `sample["depth_gt"]`, `sample["depth", "gt"]`."""
        return self.array(key) if isinstance(key, str) else self.array(*key)

    def image(self, role: Role) -> NDArray[np.uint8]:
        """The image of a view.

        Parameters
        ----------
        role : {'1', '2', 'gt'}
            I1, I2 or Igt.

        Returns
        -------
        ndarray
            (H, W, 3) uint8 sRGB.
        """
        return self.array("image", role)

    def depth(self, role: Role) -> NDArray[np.float32]:
        """The depth of a view.

        Parameters
        ----------
        role : {'1', '2', 'gt'}
            I1, I2 or Igt.

        Returns
        -------
        ndarray
            (H, W) float32 metres along the optical axis, +inf where no surface is hit.
        """
        return self.array("depth", role)

    def instances(self, role: Role) -> NDArray[np.uint16]:
        """The instance ids of a view.

        Parameters
        ----------
        role : {'1', '2', 'gt'}
            I1, I2 or Igt.

        Returns
        -------
        ndarray
            (H, W) uint16, 0 is the environment.
        """
        return self.array("instances", role)

    def unreliable(self, role: Role) -> NDArray[np.bool_]:
        """Pixels of a view whose ground truth is not to be relied on.

        Parameters
        ----------
        role : {'1', '2', 'gt'}
            I1, I2 or Igt.

        Returns
        -------
        ndarray
            (H, W) bool.
        """
        return self.array("unreliable", role)

    def flow(self, direction: str) -> NDArray[np.float32]:
        """A flow.

        Parameters
        ----------
        direction : str
            Source and target, such as "gt_to_2"; the name of the output is taken too.

        Returns
        -------
        ndarray
            (H, W, 2) float32 pixels, u right, v down, target minus source; NaN where invalid.
        """
        return self.array(directed_output("flow", *_ends(direction)).name)

    def occlusion(self, direction: str) -> NDArray[np.uint8]:
        """Why pixels of one view are, or are not, seen in another.

        Parameters
        ----------
        direction : str
            Source and target, such as "gt_to_2".

        Returns
        -------
        ndarray
            (H, W) uint8, values of `Occlusion`.
        """
        return self.array(directed_output("reason", *_ends(direction)).name)


def _ends(direction: str) -> tuple[Role, Role]:
    """Source and target of a direction; the name of a flow or occlusion is taken for its direction."""
    row = OUTPUTS.get(direction)
    name = row.direction if row is not None and row.target is not None else direction
    if name not in FLOW_ENDS:
        raise KeyError(f"{direction!r} is not a direction; known: {', '.join(FLOW_ENDS)}")
    return FLOW_ENDS[name]
