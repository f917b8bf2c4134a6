"""Other image sizes: where each new pixel lies in the old image, for every kind of output and for cameras."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.spec.outputs import Kind, Occlusion, Output

Fit = Literal["resize", "crop"]
FITS: tuple[Fit, ...] = ("resize", "crop")


@dataclass(frozen=True)
class Frame:
    """new = old * scale - offset, x and y apart, in pixels with centres at +0.5; `size` is (width, height), new."""

    size: tuple[int, int]
    scale: tuple[float, float]
    offset: tuple[int, int]

    @classmethod
    def of(cls, old: tuple[int, int], new: tuple[int, int], fit: Fit) -> Frame:
        """`resize` stretches each axis; `crop` scales both alike until the new image is covered, and cuts evenly."""
        if fit == "resize":
            return cls(new, (new[0] / old[0], new[1] / old[1]), (0, 0))
        if fit != "crop":
            raise ConfigError("--fit", [f"{fit!r} is not known; known: {', '.join(FITS)}"])
        scale = max(new[0] / old[0], new[1] / old[1])
        offset = (int((old[0] * scale - new[0]) / 2), int((old[1] * scale - new[1]) / 2))
        return cls(new, (scale, scale), offset)

    def resampled(self, row: Output, array: NDArray[Any], flow: NDArray[np.float32] | None = None) -> NDArray[Any]:
        """An array of an output in the new frame, by its kind. StorageError for one that has no other size.

        `flow` (new) goes with an occlusion reason: a cut makes more pixels leave the image.
        """
        if row.kind == "image" and row.dtype != "uint8":
            raise StorageError(
                f"{row.name} is exported at the size of the data set only; leave it out or leave --size out"
            )
        return self.occlusion(array, flow) if row.kind == "reason" else _RESAMPLERS[row.kind](self, array)

    def image(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(H, W, 3) colours, by Lanczos; a cut without scaling is exact."""
        (sx, sy), (x, y), (width, height) = self.scale, self.offset, self.size
        box = (x / sx, y / sy, (x + width) / sx, (y + height) / sy)
        return np.asarray(Image.fromarray(image).resize(self.size, Image.Resampling.LANCZOS, box=box))

    def nearest(self, array: NDArray[Any]) -> NDArray[Any]:
        """(H, W) or (H, W, C): the value of the old pixel that holds the new one's centre."""
        old = []
        for axis, length in ((1, array.shape[0]), (0, array.shape[1])):
            new = np.arange(self.size[axis]) + 0.5 + self.offset[axis]
            old.append(np.clip((new / self.scale[axis]).astype(np.intp), 0, length - 1))
        return np.ascontiguousarray(array[old[0][:, None], old[1]])

    def flow(self, flow: NDArray[np.float32]) -> NDArray[np.float32]:
        """(H, W, 2) displacements, in new pixels: a cut changes none."""
        return np.multiply(self.nearest(flow), np.array(self.scale, dtype=np.float32), dtype=np.float32)

    def occlusion(self, reason: NDArray[np.uint8], flow: NDArray[np.float32] | None) -> NDArray[np.uint8]:
        """(H, W) reasons; `flow` (new) is needed for a cut, which makes more pixels leave the image."""
        reason = self.nearest(reason)
        if flow is None:
            return reason
        y, x = np.mgrid[: self.size[1], : self.size[0]]
        with np.errstate(invalid="ignore"):
            there = np.stack([x + 0.5, y + 0.5], axis=-1) + flow
            inside = ((there >= 0) & (there < self.size)).all(axis=-1)
        seen_or_hidden = (reason <= Occlusion.OCCLUDED) & ~inside
        return np.where(seen_or_hidden, np.uint8(Occlusion.OUT_OF_FRAME), reason)

    def intrinsics(self, K: NDArray[np.float64]) -> NDArray[np.float64]:
        """K (3, 3) of the new image."""
        move = np.array([[self.scale[0], 0, -self.offset[0]], [0, self.scale[1], -self.offset[1]], [0, 0, 1.0]])
        return move @ K


_RESAMPLERS: dict[Kind, Callable[[Frame, NDArray[Any]], NDArray[Any]]] = {
    "image": Frame.image,
    "flow": Frame.flow,
    "depth": Frame.nearest,
    "mask": Frame.nearest,
    "label": Frame.nearest,
    "vector": Frame.nearest,  # in metric axes, which no scaling changes
}
