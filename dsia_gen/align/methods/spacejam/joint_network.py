"""The two networks of SpaceJAM, 16,340 weights together: the auto-encoder and the recurrent alignment network."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsia_gen.align.matching.geometry import warp
from dsia_gen.align.methods.spacejam.lie_groups import displacement, exponential, project
from dsia_gen.align.methods.spacejam.spacejam_config import GroupName, SpaceJamConfig

CODE = 3
"""Channels of a code; the paper's, which can be shown as a colour."""


class Coder(nn.Module):
    """Principal components (B, K, h, w) to a code of three channels and back, by 1x1 convolutions (section 4.1)."""

    def __init__(self, components: int, norm: Literal["batch", "group"] = "batch") -> None:
        super().__init__()

        def hidden(inside: int, outside: int) -> list[nn.Module]:
            last = nn.BatchNorm2d(outside) if norm == "batch" else nn.GroupNorm(1, outside)
            return [nn.Conv2d(inside, outside, 1), nn.ReLU(), last]

        self.encode = nn.Sequential(*hidden(components, 32), *hidden(32, 16), nn.Conv2d(16, CODE, 1))
        self.decode = nn.Sequential(*hidden(CODE, 16), *hidden(16, 32), nn.Conv2d(32, components, 1))

    def forward(self, keys: Tensor) -> Tensor:
        """The components after the bottleneck."""
        decoded: Tensor = self.decode(self.encode(keys))
        return decoded


class Localiser(nn.Module):
    """The algebra element (B, 3, 3) by which a code (B, 3, h, w) is to be warped; zero before it has learned."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(CODE, 10, 7), nn.AdaptiveMaxPool2d(32), nn.ReLU(),
            nn.Conv2d(10, 5, 5), nn.AdaptiveMaxPool2d(8), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Sequential(nn.Linear(320, 32), nn.ReLU(), nn.Linear(32, 9))
        last = self.head[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, codes: Tensor) -> Tensor:
        """One estimate."""
        found: Tensor = self.head(self.convolutions(codes).flatten(1))
        return found.view(-1, 3, 3)


class JointNetwork(nn.Module):
    """Coder and localiser of one set."""

    def __init__(self, config: SpaceJamConfig, components: int) -> None:
        super().__init__()
        self.coder = Coder(components, config.coder.norm)
        self.localiser = Localiser()
        self.recurrences, self.algebra = config.recurrences, config.algebra

    def codes(self, keys: Tensor) -> tuple[Tensor, Tensor]:
        """Codes (B, 3, h, w) of components, standardised over all of them, and that of an empty cell (1, 3, 1, 1)."""
        batch, components, height, width = keys.shape
        cells = keys.transpose(0, 1).reshape(1, components, 1, -1)
        both = self.coder.encode(torch.cat([cells, torch.zeros_like(cells[..., :1])], dim=-1))
        codes = both[..., :-1].reshape(CODE, batch, height, width).transpose(0, 1)
        deviation, mean = torch.std_mean(codes)
        return (codes - mean) / (deviation + 1e-6), (both[..., -1:] - mean) / (deviation + 1e-6)

    def transforms(self, codes: Tensor, empty: Tensor, group: GroupName) -> Tensor:
        """(B, 3, 3) float64 transforms from the shared frame to codes, and so that codes o T agree.

        The network is shown its own answer again; each time the code itself is warped by the product so far, so that it
        is interpolated once (section 4.2).
        """
        whole = torch.eye(3, dtype=torch.float64, device=codes.device).expand(len(codes), 3, 3)
        for _ in range(self.recurrences):
            seen = warped(codes, whole, empty)
            element = project(self.localiser(seen), group)
            step = exponential(element) if self.algebra else element + torch.eye(3).to(element)
            whole = whole @ step
        return whole


def warped(maps: Tensor, matrices: Tensor, outside: Tensor | float = 0.0) -> Tensor:
    """Maps (B, C, h, w) read through transforms (B, 3, 3): value(x) = map(T x); bit for bit the map for the identity.

    What leaves a map has the value `outside`.
    """
    flow = displacement(matrices, (maps.shape[-2], maps.shape[-1])).to(maps.dtype)
    flow = torch.nan_to_num(flow, nan=1e4, posinf=1e4, neginf=-1e4).clamp(-1e4, 1e4)
    if isinstance(outside, float) and outside == 0:
        return warp(maps, flow, padding="zeros")
    covered = warp(torch.ones_like(maps[:, :1]), flow, padding="zeros")
    still = warp(maps, flow, padding="zeros")
    return still + (1 - covered) * outside


def mean_square(first: Tensor, second: Tensor) -> Tensor:
    """(B,) mean over channels and pixels of squared differences."""
    return F.mse_loss(first, second, reduction="none").flatten(1).mean(dim=1)
