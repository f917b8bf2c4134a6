"""A data set for torch: each pair as a dictionary of tensors, all cut and flipped by one random choice."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Literal

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from dsia_gen.align.training.data import cut_size, random_view, to_tensor
from dsia_gen.align.training.run_config import DataConfig
from dsia_gen.core.errors import AlignError
from dsia_gen.dataset.reader import Dataset as Samples
from dsia_gen.dataset.shards import Shards
from dsia_gen.spec.outputs import OUTPUTS, Place, place_of_key
from dsia_gen.spec.views import ROLES

LARGEST_SIDE = 16384
"""Pixels of a side of an image, as in every configuration."""


class PairTensors(Dataset[dict[str, str | Tensor]]):
    """Pairs of a data set, or of shards exported from it, for a `torch.utils.data.DataLoader`.

    An item has `id`; the images `image_1`, `image_2`, `image_gt`, (3, H, W) uint8 sRGB; and what `outputs` names:
    flows and scene flows (C, H, W) float32 with their invalid values, depth (1, H, W) float32 in metres, ids (1, H, W)
    int32, masks (1, H, W) bool, occlusion (1, H, W) uint8. A flip turns the sign of a flow's component; scene flow is
    in world axes and stays.

    Parameters
    ----------
    data : Dataset or Shards
        What `dsia_gen.dataset.open` gives, or shards.
    outputs : Iterable of str
        Outputs of a pair by their name, outputs of a view by name and role (`depth_gt`).
    config : DataConfig, optional
        Crop and flips as the configuration of a training has them, in place of `crop` and `flips`.
    seed : int
        Crop and flips depend on (seed, epoch, index) alone.
    crop : tuple of int, optional
        Height and width in pixels of a random window; the whole image without it.
    flips : bool or {'horizontal', 'vertical'}
        Whether half of the items are mirrored left to right, and half upside down; or only one of these.

    Raises
    ------
    AlignError
        A name of `outputs` is not known, and the message says how it is written; or `crop` or `flips` is wrong.
    """

    def __init__(
        self,
        data: Samples | Shards,
        outputs: Iterable[str] = (),
        config: DataConfig | None = None,
        seed: int = 0,
        *,
        crop: tuple[int, int] | None = None,
        flips: bool | Literal["horizontal", "vertical"] = False,
    ) -> None:
        if config is not None and (crop is not None or flips is not False):
            raise AlignError("crop and flips are in config already; give either config, or crop and flips")
        self.data = data
        self.config = config or _cut(crop, flips)
        self.seed = seed
        self.epoch = 0
        self.outputs = tuple(outputs)
        self.places: dict[str, Place] = {f"image_{role}": ("image", role) for role in ROLES}
        for name in self.outputs:
            try:
                self.places[name] = place_of_key(name)
            except KeyError as error:
                raise AlignError(f"outputs: {error.args[0]}") from error

    def set_epoch(self, epoch: int) -> None:
        """Choose other crops and flips: call it before each pass, as with a DistributedSampler.

        Parameters
        ----------
        epoch : int
            Number of the pass.
        """
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> dict[str, str | Tensor]:
        sample = self.data[index]
        size = sample.resolution
        rng = np.random.default_rng([self.seed, self.epoch, index])
        view = random_view(rng, size, cut_size(size, self.config.crop, sample.id), self.config)
        tensors: dict[str, str | Tensor] = {"id": sample.id}
        for key, (output, role) in self.places.items():
            array = sample.array(output, role)
            # in world axes a flip turns nothing
            turned = OUTPUTS[output].axes in ("image", "camera")
            array = view.cut_flow(array) if turned else view.cut(array)
            # torch has little for uint16
            tensors[key] = to_tensor(array.astype(np.int32) if array.dtype == np.uint16 else array)
        return tensors


def _cut(crop: tuple[int, int] | None, flips: bool | str) -> DataConfig:
    """The crop, given as height and width, and the flips of a configuration."""
    if flips not in (False, True, "horizontal", "vertical"):
        raise AlignError(f"flips is {flips!r}; give True, False, 'horizontal' or 'vertical'")
    window = None
    if crop is not None:
        try:
            height, width = (operator.index(side) for side in crop)
        except (TypeError, ValueError) as error:
            raise AlignError(f"crop is {crop!r}; give (height, width) in pixels, or None") from error
        if not 1 <= min(height, width) <= max(height, width) <= LARGEST_SIDE:
            raise AlignError(f"crop is {crop!r}; a side of a window has 1 to {LARGEST_SIDE} pixels")
        window = (width, height)
    return DataConfig(
        crop=window, flip_horizontal=flips in (True, "horizontal"), flip_vertical=flips in (True, "vertical")
    )
