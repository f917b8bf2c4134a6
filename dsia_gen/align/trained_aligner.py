"""What every trained aligner does with images of any depth, and how it is uploaded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import torch
from numpy.typing import NDArray
from torch import nn

from dsia_gen.align.align_photos import align_photos
from dsia_gen.align.devices import device_by_name
from dsia_gen.align.methods.method import Aligned, Image
from dsia_gen.align.photo_files import read_photo
from dsia_gen.align.photos import Photo, photo_of
from dsia_gen.align.training.run_config import RunConfig
from dsia_gen.core.errors import AlignError

PACKAGED = Path(__file__).resolve().parent / "weights"
"""The folder of the weights that are part of the package."""
ImageLike = Path | str | Photo | NDArray[Any]


class TrainedAligner(ABC):
    """Weights and configuration of an aligner, ready to align."""

    config: RunConfig

    @property
    @abstractmethod
    def modules(self) -> tuple[nn.Module, ...]:
        """Networks, all on one device."""

    @property
    def device(self) -> torch.device:
        """The device of the networks."""
        return next(parameter for module in self.modules for parameter in module.parameters()).device

    def to(self, device: torch.device | str) -> Self:
        """Move to a device.

        Parameters
        ----------
        device : torch.device or str
            The device; "auto" is a GPU where there is one.

        Returns
        -------
        Self
            This pipeline.

        Raises
        ------
        AlignError
            The device cannot be used.
        """
        device = device_by_name(device) if isinstance(device, str) else device
        try:
            for module in self.modules:
                module.to(device)
        except (RuntimeError, AssertionError) as error:
            raise AlignError(f"device {device} cannot be used ({str(error).splitlines()[0]}); use cpu") from error
        return self

    def __call__(self, image1: ImageLike, image2: ImageLike, **options: Any) -> Aligned:
        """Align image 2 to image 1.

        Parameters
        ----------
        image1 : path or array
            The reference view: a file, or (H, W) or (H, W, 1 to 4) uint8, uint16 or floats, alpha last.
        image2 : path or array
            An image of the same size.
        **options : Any
            Those of `align_rgb`, such as `seed` of DMAligner.

        Returns
        -------
        Aligned
            The image has the shape and type of `image1`; `note` says what was unusual.

        Raises
        ------
        AlignError
            The images do not fit, or a GPU's memory is too small.
        """
        first, second = (as_photo(image, f"image {k}") for k, image in enumerate((image1, image2), 1))
        return align_photos(lambda a, b: self.align_rgb(a, b, **options), first, second)

    @abstractmethod
    def align_rgb(self, image1: Image, image2: Image) -> Aligned:
        """Align 8-bit RGB images of one size.

        Parameters
        ----------
        image1 : Image
            (H, W, 3) uint8 sRGB, the reference view.
        image2 : Image
            (H, W, 3) uint8 sRGB of the same size.

        Returns
        -------
        Aligned
            The answer.
        """

    @abstractmethod
    def hash(self) -> str:
        """SHA-256 over the weights: two aligners that answer alike have the same.

        Returns
        -------
        str
            64 hexadecimal digits.
        """

    @abstractmethod
    def save_pretrained(self, folder: Path | str) -> None:
        """Write configuration and weights.

        Parameters
        ----------
        folder : Path or str
            Created where it is missing.

        Raises
        ------
        StorageError
            The disk is full or refuses.
        """

    def push_to_hub(
        self, name: str, *, private: bool | None = None, token: str | None = None, card: str | None = None
    ) -> str:
        """Save the pipeline to a repository of the hub, which is created where it is missing.

        Parameters
        ----------
        name : str
            The repository, `owner/name`.
        private : bool, optional
            Whether a new repository is private; None leaves it to the owner's settings.
        token : str, optional
            Instead of the token that is logged in with.
        card : str, optional
            Text of the model card (Markdown), such as the README.md of a run.

        Returns
        -------
        str
            Address of what was uploaded; `from_pretrained(name)` loads it.

        Raises
        ------
        AlignError
            The hub cannot be reached or refuses.
        """
        from dsia_gen.align.weight_files import push_folder

        with TemporaryDirectory() as folder:
            self.save_pretrained(folder)
            if card is not None:
                (Path(folder) / "README.md").write_text(card, encoding="utf-8")
            return push_folder(Path(folder), name, private, token)


def as_photo(image: ImageLike, name: str) -> Photo:
    """The image of a path or an array.

    Parameters
    ----------
    image : path or array
        What the user gave.
    name : str
        What an array is called in messages.

    Returns
    -------
    Photo
        The image.

    Raises
    ------
    AlignError
        It is not one image.
    """
    if isinstance(image, Photo):
        return image
    return read_photo(Path(image)) if isinstance(image, str | Path) else photo_of(image, name)
