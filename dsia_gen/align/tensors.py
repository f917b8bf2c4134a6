"""A data set for torch: each pair as a dictionary of tensors, all cut and flipped by one random choice."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from dsia_gen.align.training.data import cut_size, random_view, to_tensor
from dsia_gen.align.training.run_config import DataConfig
from dsia_gen.core.errors import AlignError
from dsia_gen.dataset.reader import Dataset as Samples
from dsia_gen.dataset.shards import Shards
from dsia_gen.spec.outputs import OUTPUTS, Place, sample_places
from dsia_gen.spec.views import ROLES


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
        Crop (None is the whole image) and flips; without it, neither.
    seed : int
        Crop and flips depend on (seed, epoch, index) alone.

    Raises
    ------
    AlignError
        A name of `outputs` is not known; the message lists the known ones.
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
