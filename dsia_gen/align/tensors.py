"""A data set for torch: each pair as a dictionary of tensors, cut and flipped by one draw for all of them."""

from __future__ import annotations

from collections.abc import Iterable
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
from dsia_gen.spec.outputs import OUTPUTS
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
        for name in self.outputs:
            _split(name)

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
        places = {f"image_{role}": ("image", role) for role in ROLES} | {name: _split(name) for name in self.outputs}
        return {"id": sample.id} | {
            key: _tensor(sample.array(output, role), output, view) for key, (output, role) in places.items()
        }


def _split(name: str) -> tuple[str, Any]:
    """The output and, for one of a view, the role."""
    if name in OUTPUTS and OUTPUTS[name].scope == "pair":
        return name, None
    output, _, role = name.rpartition("_")
    if output in OUTPUTS and OUTPUTS[output].scope == "view" and role in ROLES:
        return output, role
    known = [f"{o.name}_gt" if o.scope == "view" else o.name for o in OUTPUTS.values()]
    raise AlignError(f"{name!r} is not an output of a pair; known (and _1, _2 for _gt): {', '.join(known)}")


def _tensor(array: NDArray[Any], output: str, view: View) -> Tensor:
    array = view.cut_flow(array) if output.startswith("flow_") else view.cut(array)
    if array.dtype == np.uint16:
        array = array.astype(np.int32)  # torch has little for uint16
    return torch.from_numpy(array[None] if array.ndim == 2 else array.transpose(2, 0, 1).copy())
