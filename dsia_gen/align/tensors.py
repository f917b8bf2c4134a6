"""A data set for torch: each pair as a dictionary of tensors, cut and flipped by one draw for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from dsia_gen.align.config import DataConfig
from dsia_gen.align.training.data import View, cut_size, draw_view
from dsia_gen.core.errors import AlignError
from dsia_gen.dataset.reader import Dataset as Samples
from dsia_gen.dataset.shards import Shards
from dsia_gen.spec.outputs import OUTPUTS, Axes, Output, Place, sample_places
from dsia_gen.spec.views import ROLES


class PairTensors(Dataset[dict[str, Any]]):
    """Pairs of a data set, or of shards exported from it, for a `torch.utils.data.DataLoader`.

    An item has `id`; the images `image_1`, `image_2`, `image_gt`, (3, H, W) uint8 sRGB; and what `outputs` names, pair
    outputs by their name and view outputs by name and role (`depth_gt`): flows and scene flows (C, H, W) float32 with
    their invalid values, depth (1, H, W) float32 in metres, ids (1, H, W) int32, masks (1, H, W) bool, occlusion
    (1, H, W) uint8. A flip turns the sign of a flow's component; scene flow is in world axes and stays.

    `config` gives crop and flips (data.crop None is the whole image). The draw depends on (seed, epoch, index) alone.
    """

    def __init__(
        self, data: Samples | Shards, outputs: Iterable[str] = (), config: DataConfig | None = None, seed: int = 0
    ):
        self.data = data
        self.config = config or DataConfig(crop=None, flip_horizontal=False, flip_vertical=False)
        self.seed = seed
        self.epoch = 0
        self.outputs = tuple(outputs)
        self.places: dict[str, Place] = {f"image_{role}": ("image", role) for role in ROLES}
        known = sample_places()
        for name in self.outputs:
            if name not in known:
                raise AlignError(f"{name!r} is not an output of a pair; known: {', '.join(known)}")
            self.places[name] = known[name]

    def set_epoch(self, epoch: int) -> None:
        """Draw anew: call it before each pass, as with a DistributedSampler."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> dict[str, Any]:
        sample = self.data[index]
        size = sample.resolution
        rng = np.random.default_rng([self.seed, self.epoch, index])
        view = draw_view(rng, size, cut_size(size, self.config.crop, sample.id), self.config)
        return {"id": sample.id} | {
            key: _tensor(sample.array(output, role), OUTPUTS[output], view)
            for key, (output, role) in self.places.items()
        }


def _tensor(array: NDArray[Any], row: Output, view: View) -> Tensor:
    """An array cut and flipped, (C, H, W); the components of a vector turn with the axes that they are in."""
    array = _CUTS[row.axes](view, array)
    if array.dtype == np.uint16:
        array = array.astype(np.int32)  # torch has little for uint16
    return torch.from_numpy(array[None] if array.ndim == 2 else array.transpose(2, 0, 1).copy())


def _turned(view: View, array: NDArray[Any]) -> NDArray[Any]:
    """An (H, W, C) array whose first components are right and down: a flip turns their signs, a crop changes none."""
    part = view.cut(array)
    part[..., 0] *= -1 if view.mirror else 1
    part[..., 1] *= -1 if view.upside_down else 1
    return part


_CUTS: dict[Axes | None, Callable[[View, NDArray[Any]], NDArray[Any]]] = {
    None: lambda view, array: view.cut(array),
    "world": lambda view, array: view.cut(array),
    "image": _turned,
    "camera": _turned,
}
