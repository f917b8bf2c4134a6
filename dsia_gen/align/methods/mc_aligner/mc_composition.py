"""From what the network found at a small size to the answer at the size of the images, of any depth, tile by tile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dsia_gen.align.matching.geometry import look_up, pixel_points
from dsia_gen.align.methods.composition import Floats, Part
from dsia_gen.align.methods.mc_aligner.mc_network import McAnswer, composed
from dsia_gen.align.methods.mc_aligner.start import Start

FLOWS, GATES, RESIDUAL, GAIN = slice(0, 6), slice(6, 10), slice(10, 13), slice(13, 16)
_DYNAMIC, _TRUST = slice(16, 17), slice(17, 18)
LUMA = (0.299, 0.587, 0.114)
TILE = 1024


@dataclass(frozen=True)
class McComposition:
    """Motion, gates, gain and residual at a small size; colours are read from the large images, so that detail stays.

    A `Compose`: grey and colour, with alpha as a last channel, which has neither gain nor residual.
    """

    maps: Tensor
    """(1, 18, h, w): three flows in pixels of the large image, four gates, residual, gain, dynamic, confidence."""
    size: tuple[int, int]
    """Of the large image."""

    @classmethod
    def of(
        cls, answer: McAnswer, begun: Start, light: NDArray[np.float32], small: tuple[int, int], size: tuple[int, int]
    ) -> McComposition:
        """What the network answered for images that were reduced to `small` and continued beyond it.

        `light` (3,) is the factor that image 1 had before.
        """
        scale = torch.tensor([size[1] / small[1], size[0] / small[0]]).view(1, 2, 1, 1).to(answer.image)
        flows = [flow * scale for flow in answer.flows]
        trust = answer.gates[:, :2].sum(dim=1, keepdim=True)
        gain = begun.gain * torch.from_numpy(light).view(1, 3, 1, 1).to(begun.gain)
        planes = [*flows, answer.gates, answer.residual, gain, torch.sigmoid(answer.dynamic), trust]
        return cls(torch.cat(planes, dim=1)[..., : small[0], : small[1]].float().cpu(), size)

    def at(self, rows: slice, columns: slice, channels: Sequence[int] | None = None) -> Tensor:
        """(1, 18, h, w): the maps, or some of them, at some pixels of the large image, bilinear."""
        maps = self.maps if channels is None else self.maps[:, list(channels)]
        height, width = maps.shape[-2:]
        if (height, width) == self.size:
            return maps[..., rows, columns]
        points = pixel_points(rows.stop - rows.start, columns.stop - columns.start, self.maps)
        points = points + torch.tensor([columns.start, rows.start]).view(1, 2, 1, 1)
        factor = torch.tensor([width / self.size[1], height / self.size[0]]).view(1, 2, 1, 1)
        return look_up(maps, (points + 0.5) * factor - 0.5)

    def __call__(self, part1: Part, part2: Part, rows: slice, columns: slice) -> Floats:
        """The answer at some rows and columns."""
        maps = self.at(rows, columns)
        first = planes_of(part1(rows, columns))
        coloured = first.shape[1] - (first.shape[1] + 1) % 2
        gain, residual = maps[:, GAIN], maps[:, RESIDUAL]
        if coloured == 1:
            luma = torch.tensor(LUMA).view(1, 3, 1, 1)
            gain, residual = ((x * luma).sum(dim=1, keepdim=True) for x in (gain, residual))
        if coloured < first.shape[1]:  # alpha
            gain, residual = (
                torch.cat([gain, gain[:, :1] * 0 + 1], dim=1),
                torch.cat([residual, gain[:, :1] * 0], dim=1),
            )
        # light makes nothing brighter than white that was not
        lit1 = torch.minimum(first * gain, first.clamp(min=1))
        points = pixel_points(first.shape[-2], first.shape[-1], first)
        points = points + torch.tensor([columns.start, rows.start]).view(1, 2, 1, 1)
        ends = [points + flow for flow in maps[:, FLOWS].split(2, dim=1)]
        # what image 2 does not show comes from image 1: its border would be drawn out into streaks
        shares = maps[:, GATES]
        seen = torch.cat([shares[:, k + 1 : k + 2] * self._inside(end) for k, end in enumerate(ends)], dim=1)
        shares = torch.cat([1 - seen.sum(dim=1, keepdim=True), seen], dim=1)
        image = composed([lit1, *(self._read(part2, end) for end in ends)], shares, residual)
        return np.asarray(image.clamp(min=0)[0].permute(1, 2, 0))

    def _inside(self, ends: Tensor) -> Tensor:
        """(1, 1, h, w) from 0 to 1: whether points lie in the image, with a step of one pixel."""
        x, y = ends[:, :1], ends[:, 1:]
        within = torch.minimum(torch.minimum(x, self.size[1] - 1 - x), torch.minimum(y, self.size[0] - 1 - y))
        return (within + 1).clamp(0, 1)

    def _read(self, part: Part, ends: Tensor) -> Tensor:
        """(1, C, h, w) values of an image at points of it; only the rectangle around them is read."""
        x, y = ends[:, 0].clamp(0, self.size[1] - 1), ends[:, 1].clamp(0, self.size[0] - 1)
        left, top = int(x.min()), int(y.min())
        values = planes_of(part(slice(top, int(y.max()) + 2), slice(left, int(x.max()) + 2)))
        return look_up(values, torch.stack([x - left, y - top], dim=1))

    def planes(self) -> tuple[Floats, Floats, Floats]:
        """The camera's flow (H, W, 2), and dynamic mask and confidence (H, W), at the size of the images."""
        height, width = self.size
        flow, mask, trust = (np.empty((height, width, *rest), np.float32) for rest in ((2,), (), ()))
        wanted = (0, 1, _DYNAMIC.start, _TRUST.start)
        for top, left in product(range(0, height, TILE), range(0, width, TILE)):
            part = slice(top, min(top + TILE, height)), slice(left, min(left + TILE, width))
            maps: NDArray[np.float32] = self.at(*part, wanted)[0].numpy()
            flow[part], mask[part], trust[part] = maps[:2].transpose(1, 2, 0), maps[2], maps[3]
        return flow, mask, np.clip(trust, 0, 1, out=trust)


def planes_of(values: Floats) -> Tensor:
    """(1, C, h, w) of (h, w, C)."""
    return torch.from_numpy(np.ascontiguousarray(values)).permute(2, 0, 1)[None]
