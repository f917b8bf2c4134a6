"""DINO's vision transformer ViT-S/8 with overlapping patches, with the names of its authors' weights."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsia_gen.align.matching.features.extractor import Extractor, imagenet_levels

_WIDTH, _HEADS, _BLOCKS, _PATCH = 384, 6, 12, 8


class DinoVit(Extractor):
    """Keys or tokens of the last block (Caron et al., ICCV 2021) at a stride of 4, as Amir et al. (2021) read them."""

    stride, channels = 4, _WIDTH

    def __init__(self, layer: str) -> None:
        super().__init__()
        self.keys = layer == "key11"
        self.cls_token = nn.Parameter(torch.zeros(1, 1, _WIDTH))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + 28 * 28, _WIDTH))
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(3, _WIDTH, _PATCH, _PATCH)
        self.blocks = nn.ModuleList(_Block() for _ in range(_BLOCKS))
        self.norm = nn.LayerNorm(_WIDTH, eps=1e-6)

    @property
    def multiple(self) -> int:
        """Sides of patches."""
        return _PATCH

    def _last(self, images: Tensor) -> tuple[Tensor, _Block, tuple[int, int]]:
        """Tokens that enter the last block, that block, and rows and columns of the patches."""
        projection = self.patch_embed.proj
        assert isinstance(projection, nn.Conv2d)
        # patches at the middles of cells of 4 px: the border is mirrored by 2 px
        padded = F.pad(imagenet_levels(images), (2, 2, 2, 2), mode="reflect")
        patches = F.conv2d(padded, projection.weight, projection.bias, stride=self.stride)
        batch, _, rows, columns = patches.shape
        side = round((self.pos_embed.shape[1] - 1) ** 0.5)
        known = self.pos_embed[:, 1:].transpose(1, 2).reshape(1, _WIDTH, side, side)
        places = F.interpolate(known, (rows, columns), mode="bicubic", align_corners=False)
        first = (self.cls_token + self.pos_embed[:, :1]).expand(batch, -1, -1)
        x = torch.cat([first, (patches + places).flatten(2).transpose(1, 2)], dim=1)
        for block in self.blocks[:-1]:
            x = block(x)
        last = self.blocks[-1]
        assert isinstance(last, _Block)
        return x, last, (rows, columns)

    def forward(self, images: Tensor) -> Tensor:
        x, last, size = self._last(images)
        found = last.keys_of(x) if self.keys else self.norm(last(x))
        return found[:, 1:].transpose(1, 2).reshape(len(images), _WIDTH, *size)

    def attention(self, images: Tensor) -> Tensor:
        """(B, h, w) attention of the class token to the patches, the mean of all heads of the last block."""
        x, last, size = self._last(images)
        query, key, _ = last.parts(x)
        weights = (query[:, :, :1] @ key.transpose(2, 3) * (_WIDTH // _HEADS) ** -0.5).softmax(dim=-1)
        return weights[:, :, 0, 1:].mean(dim=1).reshape(len(images), *size)


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(_WIDTH, eps=1e-6), nn.LayerNorm(_WIDTH, eps=1e-6)
        self.attn = nn.Module()
        self.attn.qkv, self.attn.proj = nn.Linear(_WIDTH, 3 * _WIDTH), nn.Linear(_WIDTH, _WIDTH)
        self.mlp = nn.Module()
        self.mlp.fc1, self.mlp.fc2 = nn.Linear(_WIDTH, 4 * _WIDTH), nn.Linear(4 * _WIDTH, _WIDTH)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values (B, heads, N, width of a head)."""
        batch, count, _ = x.shape
        mixed = self.attn.qkv(self.norm1(x)).reshape(batch, count, 3, _HEADS, _WIDTH // _HEADS)
        query, key, value = mixed.permute(2, 0, 3, 1, 4)
        return query, key, value

    def keys_of(self, x: Tensor) -> Tensor:
        """(B, N, width): the keys of all heads side by side."""
        return self.parts(x)[1].transpose(1, 2).flatten(2)

    def forward(self, x: Tensor) -> Tensor:
        mixed = F.scaled_dot_product_attention(*self.parts(x)).transpose(1, 2).flatten(2)
        x = x + self.attn.proj(mixed)
        return x + self.mlp.fc2(F.gelu(self.mlp.fc1(self.norm2(x))))
