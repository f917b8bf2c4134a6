"""The contract of a method that aligns I2 to I1: what it answers, what it says about itself, how it is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import AlignError

Image = NDArray[np.uint8]
Truth = Mapping[str, NDArray[Any]]
"""Ground truth by the names of the table of outputs. Only oracles look at it."""
Group = Literal["copy", "warp", "oracle", "synthesis"]


class UnavailableError(AlignError):
    """A method or a measure cannot run here; the message names what is missing and how to get it."""


@dataclass(frozen=True)
class Aligned:
    """An answer: I2 as the camera of I1 would see it."""

    image: Image
    """(H, W, 3) uint8 sRGB."""
    flow: NDArray[np.float32] | None = None
    """(H, W, 2): I2 was read at pixel + flow; None where there is no such flow."""
    confidence: NDArray[np.float32] | None = None
    """(H, W) in [0, 1]: how much the method trusts each pixel."""
    note: str = ""
    """What went wrong, such as too few features; counted in the report."""


@dataclass(frozen=True)
class MethodInfo:
    """What a method says about itself; Table 1 is made of it."""

    name: str
    title: str
    group: Group
    citation: str
    inputs: str = "2 images (I1, I2)"
    direction: str = ""
    """Which flow warps I2, for methods that warp."""
    truth: tuple[str, ...] = ()
    """Outputs of the data set that an oracle is given."""
    version: int = 1
    """Raised when the answers change, so that kept results are made again."""


class Method(Protocol):
    """Aligns one pair at a time."""

    @property
    def info(self) -> MethodInfo: ...
    @property
    def settings(self) -> Mapping[str, Any]:
        """JSON values that decide the answer; they are part of the key of kept results."""

    def align(self, image1: Image, image2: Image, truth: Truth) -> Aligned:
        """Both images (H, W, 3) uint8 sRGB of one size. `truth` holds `info.truth`, and nothing else."""


@dataclass(frozen=True)
class Options:
    """What the user gives to methods."""

    device: str = "auto"
    seed: int = 0
    weights: Mapping[str, str] = field(default_factory=dict)
    """Learned flow: name of the method to a file of weights, or to a published set by name."""
    check: bool = False
    """Flow methods also estimate the flow back, and give the forward-backward check as confidence."""


def opencv() -> ModuleType:
    """The module cv2; UnavailableError says how to install it."""
    try:
        import cv2
    except ImportError as error:
        raise UnavailableError("OpenCV is not installed; run: pip install 'dsia-gen[evaluate]'") from error
    return cv2


def pixel_grid(height: int, width: int) -> NDArray[np.float32]:
    """(H, W, 2) column and row of each pixel."""
    column, row = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([column, row], axis=-1)
