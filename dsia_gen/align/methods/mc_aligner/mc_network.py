"""The network: camera motion on the side of I2, splatted to Igt and refined there; then a mix of four sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsia_gen.align.matching.correlation import cost_volume, unit_features
from dsia_gen.align.matching.geometry import look_up, pixel_points, project, resize, resize_flow, splat, warp
from dsia_gen.align.methods.mc_aligner.mc_config import McModelConfig
from dsia_gen.align.methods.mc_aligner.semantics import CHANNELS, Semantics
from dsia_gen.align.methods.mc_aligner.start import Start

SOURCES = ("I1 in the light of I2", "I2 by the camera's flow", "I2 by DIS flow", "I2 by the homography")
MULTIPLE = 8
_PIXELS = 10.0
"""Flows enter the network in units of this many pixels."""
_STEP = 2.0
"""Pixels of one unit of a flow that the network puts out: larger units make the last layer too sensitive."""
_SHARED = 16
"""Channels that the composition gets of the second U-Net."""


@dataclass(frozen=True)
class McAnswer:
    """Images (B, 3, H, W) in [0, 1], flows (B, 2, H, W) in px, logits (B, 1, H, W)."""

    image: Tensor
    gates: Tensor
    """(B, 4, H, W) share of each of `SOURCES`."""
    residual: Tensor
    """(B, 3, H, W) what is added to the mix."""
    flows: tuple[Tensor, Tensor, Tensor]
    """From Igt to where the sources of I2 are read: the camera's flow, DIS flow, the homography."""
    camera_image: Tensor
    """I2 by it."""
    dynamic: Tensor
    """Logits: what moves in Igt."""
    residual2: Tensor
    """Flow on the grid of the warped I2 to Igt."""
    dynamic2: Tensor
    """Logits: what moves in the warped I2."""

    @property
    def camera(self) -> Tensor:
        """The camera's flow from Igt to I2."""
        return self.flows[0]


class Residual(nn.Module):
    """Two convolutions beside an identity; nothing is added before training."""

    def __init__(self, width: int, normalised: bool = True) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, width) if normalised else nn.Identity()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.silu(self.first(F.silu(self.norm(x)))))


class Features(nn.Module):
    """Features of one image at a quarter and an eighth."""

    def __init__(self, width: int, channels: tuple[int, int]) -> None:
        super().__init__()
        self.at_half = nn.Sequential(nn.Conv2d(12, width, 3, padding=1), Residual(width), nn.SiLU())
        self.at_quarter = nn.Sequential(nn.Conv2d(width, channels[0], 3, 2, 1), Residual(channels[0]))
        self.at_eighth = nn.Sequential(nn.SiLU(), nn.Conv2d(channels[0], channels[1], 3, 2, 1), Residual(channels[1]))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        quarter = self.at_quarter(self.at_half(F.pixel_unshuffle(image, 2)))
        return quarter.float(), self.at_eighth(quarter).float()


class UNet(nn.Module):
    """From planes (B, C, H, W) to planes at a half; `extra` joins at a quarter and an eighth."""

    def __init__(self, planes: int, out: int, extra: tuple[int, int], widths: Sequence[int]) -> None:
        super().__init__()
        self.stem = nn.Conv2d(planes * 4, widths[0], 3, padding=1)
        pairs = list(pairwise(widths))
        self.down = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in pairs)
        self.join = nn.ModuleList(nn.Conv2d(widths[k + 1] + n, widths[k + 1], 1) for k, n in enumerate(extra))
        self.encode = nn.ModuleList(Residual(width) for width in widths)
        self.whole = nn.Linear(widths[-1], widths[-1])
        self.up = nn.ModuleList(nn.Conv2d(a + b, a, 3, padding=1) for a, b in reversed(pairs))
        self.decode = nn.ModuleList(Residual(a) for a, _ in reversed(pairs))
        self.norm = nn.GroupNorm(8, widths[0])
        self.out = nn.Conv2d(widths[0], out, 3, padding=1)

    def forward(self, planes: Tensor, extra: Sequence[Tensor]) -> Tensor:
        x = self.encode[0](self.stem(F.pixel_unshuffle(planes, 2)))
        skips = [x]
        for k, down in enumerate(self.down):
            x = down(x)
            if k < len(extra):
                x = self.join[k](torch.cat([x, extra[k]], dim=1))
            x = self.encode[k + 1](x)
            skips.append(x)
        x = x + self.whole(x.mean(dim=(2, 3)))[:, :, None, None]
        for up, decode, skip in zip(self.up, self.decode, reversed(skips[:-1]), strict=True):
            x = decode(up(torch.cat([F.interpolate(x, size=skip.shape[-2:], mode="nearest"), skip], dim=1)))
        return self.out(F.silu(self.norm(x))).float()


class McNetwork(nn.Module):
    """Sides of images are multiples of `MULTIPLE`. Under autocast convolutions alone are in half precision."""

    def __init__(self, config: McModelConfig) -> None:
        super().__init__()
        self.config = config
        near = (5, 5)
        known = tuple(2 * n if config.semantics == "lite0" else 0 for n in CHANNELS)
        extra = tuple(n + w * w + k for n, w, k in zip(config.features, config.windows, known, strict=True))
        around = tuple(n + w * w + k for n, w, k in zip(config.features, near, known, strict=True))
        self.near = near
        self.features = Features(config.widths[0], config.features)
        self.semantics = Semantics() if config.semantics == "lite0" else None
        self.motion = UNet(19, 5, (extra[0], extra[1]), config.widths)
        self.camera = UNet(22, _SHARED + 3, (around[0], around[1]), config.widths)
        self.mix = nn.Sequential(
            nn.Conv2d(_SHARED + 18, config.head, 3, padding=1), Residual(config.head, normalised=False), nn.SiLU(),
            nn.Conv2d(config.head, 7, 3, padding=1),
        )  # fmt: skip
        self._begin_with_the_mean()

    def _begin_with_the_mean(self) -> None:
        """Before training the answer is near the mean of I1 and I2 by the homography."""
        for last in (self.motion.out, self.mix[-1]):
            nn.init.normal_(last.weight, 0, 1e-3)
            nn.init.zeros_(last.bias)
        with torch.no_grad():
            self.camera.out.weight[_SHARED:] *= 0.02
            self.camera.out.bias.zero_()
            self.mix[-1].bias[:4] = torch.tensor([1.0, 0.0, -1.0, 0.5])

    def forward(self, start: Start) -> McAnswer:
        """All of the network runs in here, as distributed training wants it."""
        size = (start.image1.shape[-2], start.image1.shape[-1])
        points = pixel_points(*size, start.image1)
        lit1 = start.lit1
        both = self.features(torch.cat([lit1, start.warped2]))
        features1, features2 = (tuple(level.chunk(2)[k] for level in both) for k in (0, 1))
        things = self._things(start)
        residual2, dynamic2, weight = self._motion2(start, lit1, features1, features2, things, points)

        if self.config.splat:
            carried = torch.cat([-residual2, start.backward, torch.sigmoid(dynamic2)], dim=1)
            sums, total = splat(carried, residual2, weight)
        else:
            sums, total = torch.zeros_like(torch.cat([start.backward, start.backward, dynamic2], dim=1)), weight * 0
        mean, known = sums / (total + 0.01), total / (total + 0.05)
        first = mean[:, :2]
        seen = look_up(start.image2, project(start.matrix, points + first))
        planes = torch.cat(
            [lit1, seen, start.warped2, warp(start.warped2, start.forward), known, start.valid, first / _PIXELS,
             mean[:, 2:4] / _PIXELS, start.forward / _PIXELS, mean[:, 4:], start.gain.mean(dim=1, keepdim=True)], dim=1
        )  # fmt: skip
        beside = []
        for a, b, window, known_things in zip(features1, features2, self.near, things, strict=True):
            moved = resize_flow(first, (a.shape[-2], a.shape[-1]))
            costs = cost_volume(unit_features(a), unit_features(warp(b, moved)), window)
            beside.append(torch.cat([a, costs, *known_things[:1], *(warp(x, moved) for x in known_things[1:])], dim=1))
        decoded = resize(self.camera(planes, beside), size)
        shared, change, dynamic = decoded[:, :_SHARED], decoded[:, _SHARED:-1] * _STEP, decoded[:, -1:]
        ends = (first + change, start.forward, torch.zeros_like(first))
        flows = tuple(project(start.matrix, points + end) - points for end in ends)
        sources = [lit1, *(warp(start.image2, flow) for flow in flows)]
        mixed = self.mix(torch.cat([shared, *sources, start.image1, sources[1] - lit1], dim=1)).float()
        gates, residual = torch.softmax(mixed[:, :4], dim=1), mixed[:, 4:] * (0.5 * (self.config.refine == "unet"))
        image = composed(sources, gates, residual)
        camera, by_flow, plane = flows
        return McAnswer(image, gates, residual, (camera, by_flow, plane), sources[1], dynamic, residual2, dynamic2)

    def _things(self, start: Start) -> list[list[Tensor]]:
        """At a quarter and an eighth: planes of I1 and of the warped I2; none where the network has none."""
        if self.semantics is None:
            return [[], []]
        levels = self.semantics(torch.cat([start.image1, start.warped2]))
        return [list(level.chunk(2)) for level in levels]

    def _motion2(
        self,
        start: Start,
        lit1: Tensor,
        features1: Sequence[Tensor],
        features2: Sequence[Tensor],
        things: Sequence[Sequence[Tensor]],
        points: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """On the grid of the warped I2: flow to Igt in px, logits of what moves, and weights for the splat.

        What stands still moves to Igt as it does to I1, so DIS flow to I1 is the start there.
        """
        height, width = start.image1.shape[-2:]
        scale = torch.tensor([2 / width, 2 / height], device=points.device).view(1, 2, 1, 1)
        place = (points * scale - 1).expand(len(lit1), -1, -1, -1)
        errors = [(lit1 - warp(start.warped2, start.forward)).abs(), (start.warped2 - warp(lit1, start.backward)).abs()]
        flows = [start.forward / _PIXELS, start.backward / _PIXELS]
        planes = torch.cat([lit1, start.warped2, start.valid, *flows, *errors, place], dim=1)
        beside = [
            torch.cat([b, cost_volume(unit_features(b), unit_features(a), window), *reversed(known)], dim=1)
            for a, b, window, known in zip(features1, features2, self.config.windows, things, strict=True)
        ]
        decoded = resize(self.motion(planes, beside), (height, width))
        static = torch.sigmoid(decoded[:, 2:3] - decoded[:, 3:4] + 1)
        residual2 = static * start.backward + decoded[:, :2] * _STEP
        weight = decoded[:, 4:5].clamp(-6, 6).exp() * (0.98 * start.valid + 0.02)
        return residual2, decoded[:, 3:4], weight


def composed(sources: Sequence[Tensor], gates: Tensor, residual: Tensor) -> Tensor:
    """The mix of the sources by their gates, and the residual."""
    return residual + torch.stack([gates[:, k : k + 1] * source for k, source in enumerate(sources)]).sum(dim=0)


def build_mc_network(config: McModelConfig, seed: int) -> McNetwork:
    """A network with fresh weights that depend on `seed` alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return McNetwork(config)
