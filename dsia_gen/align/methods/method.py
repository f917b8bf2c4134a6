"""The contract of an alignment method: what it is, what it needs, how it is opened and what it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from types import MappingProxyType, ModuleType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from dsia_gen.align.methods.composition import Compose
from dsia_gen.align.step_progress import StepProgress, silent
from dsia_gen.core.errors import AlignError

Image = NDArray[np.uint8]
Truth = Mapping[str, NDArray[Any]]
Group = Literal["copy", "warp", "oracle", "synthesis"]
EQUAL = "the two images are equal"
"""The note of an answer to one image given twice."""
EVALUATE_EXTRA = "pip install 'dsia-gen[evaluate]'"


class UnavailableError(AlignError):
    """A method or a measure cannot run here; the message names what is missing and how to get it."""


@dataclass(frozen=True)
class ImagePair:
    """What a method aligns.

    Parameters
    ----------
    image1 : Image
        (H, W, 3) uint8 sRGB, the reference view.
    image2 : Image
        (H, W, 3) uint8 sRGB of the same size, which is aligned to `image1`.
    truth : Truth
        Ground truth by the names of the table of outputs: those of `MethodInfo.truth` and no others.
    """

    image1: Image
    image2: Image
    truth: Truth = field(default_factory=dict)


@dataclass(frozen=True)
class Aligned:
    """An answer: image 2 as the camera of image 1 would see it.

    Parameters
    ----------
    image : Image
        (H, W, 3) uint8 sRGB.
    flow : ndarray or None
        (H, W, 2) float32 px: image 2 was read at pixel + flow. None where there is no such flow.
    confidence : ndarray or None
        (H, W) float32 in [0, 1]: how far the method trusts each pixel.
    note : str
        What went wrong, such as too few features; counted in the report.
    mask : ndarray or None
        (H, W) float32 in [0, 1]: probability that the scene changed there.
    std : ndarray or None
        (H, W) float32 grey levels: standard deviation between samples, where several were drawn.
    uncertainty : ndarray or None
        (H, W) float32 px: expected end-point error of the flow. It is not a probability, which is `confidence`.
    compose : Compose or None
        How `image` is read from the two images, for those that are deeper than 8 bits. None where it is not.
    """

    image: Image
    flow: NDArray[np.float32] | None = None
    confidence: NDArray[np.float32] | None = None
    note: str = ""
    mask: NDArray[np.float32] | None = None
    std: NDArray[np.float32] | None = None
    uncertainty: NDArray[np.float32] | None = None
    compose: Compose | None = None


@dataclass(frozen=True)
class MethodInfo:
    """What a method says about itself; Table 1 of the report is made of it.

    Parameters
    ----------
    name : str
        The name under which it is registered.
    title : str
        Its name in tables.
    group : Group
        What its answers are: a copy, a warp of image 2, a warp by ground truth, or a synthesised image.
    citation : str
        Paper and library.
    inputs : str
        What it is given.
    direction : str
        Which flow warps image 2, for methods that warp.
    truth : tuple of str
        Outputs of the data set that an oracle is given.
    version : int
        Raised when the answers change, so that stored results are computed again.
    modules : tuple of str
        Modules that have to be importable.
    install : str
        The command that installs them.
    """

    name: str
    title: str
    group: Group
    citation: str
    inputs: str = "2 images (I1, I2)"
    direction: str = ""
    truth: tuple[str, ...] = ()
    version: int = 1
    modules: tuple[str, ...] = ()
    install: str = EVALUATE_EXTRA

    def of_run(self, label: str) -> MethodInfo:
        """The same of a trained one.

        Parameters
        ----------
        label : str
            What the user calls the run.

        Returns
        -------
        MethodInfo
            Named by the label; the title has it where it is not the method's own name.
        """
        return replace(self, name=label, title=self.title if label == self.name else f"{self.title} ({label})")


@dataclass(frozen=True)
class MethodOptions:
    """What the user gives to methods.

    Parameters
    ----------
    device : str
        "auto", "cpu" or "cuda"; "auto" is a GPU where there is one.
    seed : int
        Seed of methods that draw noise.
    weights : Mapping of str to str
        Name of a method to a file of weights, or to a published set by name.
    check : bool
        Flow methods also estimate the flow back, and give the forward-backward check as confidence.
    settings : Mapping of str to JsonValue
        Settings of the one method that is opened, such as `step_size` of DMAligner; None leaves one as it is.
    precision : str
        "fp32" or "bf16": of methods that run a network of this project.
    on_step : StepProgress
        Called with (done, all) after each step inside one alignment, by methods that have steps.
    """

    device: str = "auto"
    seed: int = 0
    weights: Mapping[str, str] = field(default_factory=dict)
    check: bool = False
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    precision: Literal["fp32", "bf16"] = "fp32"
    on_step: StepProgress = field(default_factory=lambda: silent)


class AlignmentMethod(ABC):
    """A method that aligns image 2 to image 1.

    A package registers a class or an instance by an entry point of the group ``dsia_gen.alignment_methods``, whose
    name is `info.name`. `open` makes it ready; a method that only computes inherits it and writes `align` alone.
    """

    info: MethodInfo
    settings: Mapping[str, JsonValue] = MappingProxyType({})
    """JSON values that decide the answer; they are part of the key of stored results."""

    def open(self, options: MethodOptions) -> AlignmentMethod:
        """Make the method ready to align.

        Parameters
        ----------
        options : MethodOptions
            Device, seed, weights and settings.

        Returns
        -------
        AlignmentMethod
            A method whose `align` can be called; this one, unless there is something to load.

        Raises
        ------
        UnavailableError
            A module or the weights are missing; the message says how to get them.
        AlignError
            The options hold a setting that the method does not have.
        """
        refuse_settings(self.info.name, options)
        for module in self.info.modules:
            if find_spec(module) is None:
                raise UnavailableError(f"{module} is not installed; run: {self.info.install}")
        return self

    @abstractmethod
    def align(self, pair: ImagePair) -> Aligned:
        """Align one pair.

        Parameters
        ----------
        pair : ImagePair
            Both images, and the ground truth that `info.truth` asks for.

        Returns
        -------
        Aligned
            The answer; the same one for the same pair, settings and seed.
        """

    def align_batch(self, pairs: Sequence[ImagePair]) -> list[Aligned]:
        """Align several pairs; methods that are faster at it do them at once.

        Parameters
        ----------
        pairs : Sequence of ImagePair
            As for `align`; their sizes may differ.

        Returns
        -------
        list of Aligned
            An answer for each pair, as `align` gives it but for the rounding of sums.
        """
        return [self.align(pair) for pair in pairs]


def unmoved(image2: Image, note: str, confidence: float | None = None, uncertainty: float | None = None) -> Aligned:
    """Answer with image 2 as it is, where there is no motion or none was found.

    Parameters
    ----------
    image2 : Image
        (H, W, 3) uint8 sRGB.
    note : str
        Why.
    confidence : float, optional
        That of all pixels, for methods that have one.
    uncertainty : float, optional
        That of all pixels in px, for methods that have one.

    Returns
    -------
    Aligned
        Image 2 with a flow of zero, so that measures of flows count a failure.
    """
    size = (image2.shape[0], image2.shape[1])
    planes = [None if value is None else np.full(size, value, np.float32) for value in (confidence, uncertainty)]
    return Aligned(image2, np.zeros((*size, 2), np.float32), planes[0], note, uncertainty=planes[1])


def refuse_settings(name: str, options: MethodOptions) -> None:
    """Refuse settings of a method that has none.

    Parameters
    ----------
    name : str
        The method.
    options : MethodOptions
        What the user gave.

    Raises
    ------
    AlignError
        There is a setting; the message names it.
    """
    given = [key for key, value in options.settings.items() if value is not None]
    if given:
        raise AlignError(f"{name} has no setting {given[0]}; leave it out")


def opencv() -> ModuleType:
    """Import OpenCV.

    Returns
    -------
    ModuleType
        The module cv2.

    Raises
    ------
    UnavailableError
        It is not installed; the message says how to install it.
    """
    try:
        import cv2
    except ImportError as error:
        raise UnavailableError(f"OpenCV is not installed; run: {EVALUATE_EXTRA}") from error
    return cv2


def pixel_grid(height: int, width: int) -> NDArray[np.float32]:
    """Coordinates of all pixels.

    Parameters
    ----------
    height : int
        Rows.
    width : int
        Columns.

    Returns
    -------
    ndarray
        (H, W, 2) float32 column and row of each pixel.
    """
    column, row = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([column, row], axis=-1)
