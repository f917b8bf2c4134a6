"""Training or fine-tuning the VQ-VAE: reconstruction, codebook, optional perceptual and adversarial terms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.codecs.codec import VQCodec, build_codec
from dsia_gen.align.codecs.codec_config import CodecRunConfig
from dsia_gen.align.diffusion.noise import generator_for
from dsia_gen.align.training.data import Batch, SampleLike, SourceLike, measured
from dsia_gen.align.training.task import Phase, Scalars, TrainingTask, Validation, check_crop
from dsia_gen.core.errors import AlignError
from dsia_gen.core.image_metrics import psnr

_ROLES = ("1", "2", "gt")


class CodecTask(TrainingTask):
    """The codec learns from all three images of a sample."""

    config: CodecRunConfig
    memory_settings = "train.batch_size (and raise train.accumulate) or data.crop"

    def __init__(self, config: CodecRunConfig) -> None:
        self.config = config
        codec = build_codec(config.codec, config.train.seed)
        assert isinstance(codec, VQCodec)
        self.codec = codec
        self.multiple = codec.factor
        self.phases: tuple[Phase, ...] = (Phase("codec", codec, self.loss),)
        self.discriminator: PatchDiscriminator | None = None
        self.judged = False
        self.perceptual: Any = None
        if config.losses.lpips:
            self.perceptual = open_vgg_lpips()
            self.frozen = (self.perceptual,)
        if config.losses.adversarial:
            with torch.random.fork_rng():
                torch.manual_seed(config.train.seed)
                self.discriminator = PatchDiscriminator(config.losses.discriminator_width)
            judge = Phase("discriminator", self.discriminator, self.judge_loss, config.losses.adversarial_start)
            self.phases = (*self.phases, judge)
        check_crop(config.data.crop, self.multiple, "codec")

    @torch.no_grad()
    def begin(self, batch: Batch) -> None:
        """Fill a fresh codebook with latents of the first samples: codes that begin near none of them stay unused."""
        if self.config.codec.weights is not None:
            return
        latents = self.codec.encode(_images(batch)).permute(0, 2, 3, 1).flatten(0, 2)
        book = self.codec.vq.quantize.embedding.weight
        generator = generator_for(self.config.train.seed, 3)
        rows = torch.randint(len(latents), (len(book),), generator=generator)
        jitter = torch.randn(book.shape, generator=generator) * latents.std(dim=0) * 0.05
        book.copy_(latents[rows] + jitter)

    def at_step(self, step: int) -> None:
        """The discriminator enters at its step."""
        self.judged = self.discriminator is not None and step >= self.config.losses.adversarial_start

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """Weighted sum of the terms."""
        weights, images = self.config.losses, _images(batch)
        made, latents, codes, indices = model(images)
        made = made.float()
        # codes move to latents, and latents, `commitment` times less, to codes (VQ-VAE, eq. 3)
        latents, codes = latents.float(), codes.float()
        commitment = weights.commitment * F.mse_loss(latents, codes.detach())
        codebook = F.mse_loss(codes, latents.detach()) + commitment
        terms = {"reconstruction": (made - images).abs().mean(), "codebook": codebook}
        if weights.ssim:
            from torchmetrics.functional.image import structural_similarity_index_measure

            terms["ssim"] = 1 - structural_similarity_index_measure(made, images, data_range=2.0)
        if self.perceptual is not None:
            terms["lpips"] = self.perceptual(made.clamp(-1, 1), images)
        if self.judged and self.discriminator is not None:
            self.discriminator.requires_grad_(False)
            terms["adversarial"] = -self.discriminator(made).float().mean()
            self.discriminator.requires_grad_(True)
        weighted = (getattr(weights, name) * term for name, term in terms.items())
        total = sum(weighted, torch.zeros((), device=made.device))
        scalars = {f"loss/{name}": term.detach() for name, term in terms.items()}
        scalars["codes/used"] = torch.tensor(float(indices.unique().numel()), device=made.device)
        return total, scalars

    def judge_loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """Hinge loss of the discriminator."""
        images = _images(batch)
        with torch.no_grad():
            made = self.codec(images)[0]
        # one pass over both: distributed training allows one forward for each backward
        real, fake = model(torch.cat([images, made.to(images)])).float().chunk(2)
        value = (F.relu(1 - real).mean() + F.relu(1 + fake).mean()) / 2
        return value, {"loss/discriminator": value.detach()}

    @torch.no_grad()
    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """Reconstruction PSNR in dB, share of codes in use, and panels: images above, reconstructions below."""
        assert isinstance(module, VQCodec)

        def measure(sample: SampleLike) -> tuple[list[float], set[int], NDArray[np.uint8]]:
            """PSNR of the three images of a sample, the codes that they use, and the panel."""
            whole = [sample.image(role) for role in _ROLES]
            height, width = (side - side % self.multiple for side in whole[0].shape[:2])
            originals = [np.ascontiguousarray(image[:height, :width]) for image in whole]
            device = next(module.parameters()).device
            x = torch.from_numpy(np.stack(originals)).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
            made, _, _, indices = module(x)
            back = ((made.float() + 1) * 127.5).clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
            figures = [psnr(a, b) for a, b in zip(originals, back, strict=True)]
            panel = np.concatenate([np.concatenate(originals, axis=1), np.concatenate(back, axis=1)], axis=0)
            return figures, set(indices.unique().tolist()), panel

        found = measured(source, self.config.train.validation_samples, measure)
        figures, used, panels = zip(*found, strict=True)
        share = len(set().union(*used)) / module.vq.quantize.embedding.weight.shape[0]
        scalars = {"psnr/reconstruction": float(np.mean(figures)), "codes/share_used": share}
        return Validation(scalars, list(panels[:8]))

    def export(self, module: nn.Module, run: Path) -> None:
        """Write the codec as a diffusers folder."""
        assert isinstance(module, VQCodec)
        module.save(run / "codec")


class PatchDiscriminator(nn.Module):
    """Judges patches as real (high) or made (low): three strided convolutions, as in VQGAN."""

    def __init__(self, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        for k in range(2):
            channels = width * 2**k
            convolution = nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1)
            layers += [convolution, nn.GroupNorm(4, 2 * channels), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(4 * width, 1, 3, padding=1))

    def forward(self, images: Tensor) -> Tensor:
        """(B, 1, H/8, W/8) of (B, 3, H, W) in [-1, 1]."""
        return self.layers(images)


def _images(batch: Batch) -> Tensor:
    return torch.cat([batch.images[role] for role in _ROLES])


def open_vgg_lpips() -> Any:
    """LPIPS with VGG, frozen; AlignError when torchvision or its weights are missing."""
    try:
        from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

        return LearnedPerceptualImagePatchSimilarity(net_type="vgg").eval().requires_grad_(False)
    except (ImportError, RuntimeError) as error:
        fix = "set it to 0 and use losses.ssim, or install it"
        raise AlignError(f"losses.lpips needs a torchvision that fits this torch; {fix}") from error
