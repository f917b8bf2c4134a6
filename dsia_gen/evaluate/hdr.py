"""Alignment for HDR (section 4.3.3): two exposures of scene-linear frames, aligned, merged, held against the truth."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.method import Aligned, Image
from dsia_gen.core.image_metrics import psnr
from dsia_gen.dataset import photography as camera
from dsia_gen.dataset.photography import ExposedImage, Linear, SensorNoise
from dsia_gen.evaluate.loop import Score, Scoring
from dsia_gen.evaluate.samples import EvaluationSample, fingerprint
from dsia_gen.spec.views import Role

MU = 5000.0
"""Of the mu-law under which HDR images are compared (Kalantari and Ramamoorthi, SIGGRAPH 2017, eq. 5)."""
REGIONS = ("all", "background", "saturated")
VDP = (
    "HDR-VDP: no maintained Python library has it (HDR-VDP-3 is MATLAB; its authors' ColorVideoVDP, `pip install "
    "cvvdp`, is another measure), so it is not given"
)


@dataclass(frozen=True)
class HdrSettings:
    """How the bracket is taken. I1 is metered so that a share of `metered` of it is below 0.9, and exposed longer by
    `reference_stops`, so that its highlights are lost; I2 is taken `apart` stops from I1."""

    reference_stops: float = 2.0
    apart: float = -3.0
    metered: float = 0.99
    noise: SensorNoise = field(default_factory=SensorNoise)
    seed: int = 0


@dataclass(frozen=True)
class HdrSample(EvaluationSample):
    """A sample as a bracket."""

    settings: HdrSettings = HdrSettings()

    def shots(self) -> tuple[ExposedImage, ExposedImage]:
        """I1 and I2 as the camera takes them."""
        light1, light2 = self.light("1"), self.light("2")
        base = camera.metered_stops(light1, self.settings.metered) + self.settings.reference_stops
        seed = int(fingerprint([self.settings.seed, self.id])[:7], 16)
        noise = self.settings.noise
        second = camera.photograph(light2, base + self.settings.apart, noise, seed + 1)
        return camera.photograph(light1, base, noise, seed), second

    def images(self) -> tuple[Image, Image]:
        """Both at the brightness of I2, as a method is to see them: I1 is darkened or brightened to it."""
        first, second = self.shots()
        shown = camera.expose(camera.decode_srgb(first.image / np.float32(255)), second.stops - first.stops)
        return camera.quantise(camera.encode_srgb(shown)).astype(np.uint8), second.image.astype(np.uint8)

    def light(self, role: Role = "1") -> Linear:
        """Scene-linear image (H, W, 3); that of I1 is what the merged image should be."""
        return np.clip(np.asarray(self.source.array("linear", role), dtype=np.float32), 0, None)


def merge(first: ExposedImage, second: ExposedImage) -> Linear:
    """Scene-linear light of two exposures of one view: a mean weighted by a hat and by the exposure.

    The hat is that of Debevec and Malik, SIGGRAPH 1997, eq. 4, over sRGB levels, kept above zero at its dark end only,
    so that a clipped pixel says nothing unless both are clipped; the longer exposure counts more (Robertson et al.,
    ICIP 1999). There is no deghosting: what is compared is the alignment.
    """
    weights = []
    for shot in (first, second):
        level = shot.image.astype(np.float32) / 255
        hat = np.where(level < 0.5, np.maximum(level, 1 / 255), 1 - level).astype(np.float32)
        weights.append(hat * np.float32(2.0**shot.stops))
    light = [camera.radiance(shot.image, shot.stops) for shot in (first, second)]
    total = weights[0] + weights[1]
    mean = (weights[0] * light[0] + weights[1] * light[1]) / np.maximum(total, 1e-12)
    shorter = light[0] if first.stops < second.stops else light[1]
    return np.where(total > 0, mean, shorter).astype(np.float32)


def psnr_mu(light: Linear, truth: Linear, mask: NDArray[np.bool_] | None = None) -> float:
    """PSNR in dB of two scene-linear images (H, W, 3) under the mu-law, both over the 99.9th percentile of the truth.

    inf when equal, nan for no pixel.
    """
    scale = max(float(np.quantile(truth, 0.999)), 1e-9)
    a, b = (255 * np.log1p(MU * np.clip(x / scale, 0, 1)) / np.log1p(MU) for x in (light, truth))
    return psnr(a, b, mask)


def hdr_scoring(settings: HdrSettings) -> Scoring:
    """Merges I1 with the aligned I2 and compares with the scene-linear I1."""

    def prepare(sample: HdrSample) -> Score:
        first, second = sample.shots()
        truth = sample.light()
        masks: dict[str, NDArray[np.bool_] | None] = {"all": None, "saturated": first.saturated}
        dynamic = sample.truth(("dynamic_union",)).get("dynamic_union")
        if dynamic is not None:
            masks["background"] = ~dynamic.astype(bool)

        def score(answer: Aligned) -> dict[str, float]:
            merged = merge(first, ExposedImage(answer.image, second.stops, np.zeros(0, dtype=bool)))
            values = {f"psnr_mu/{name}": psnr_mu(merged, truth, mask) for name, mask in masks.items()}
            return {name: value for name, value in values.items() if not np.isnan(value)}

        return score

    return Scoring(fingerprint(["hdr", 1, vars(settings) | {"noise": vars(settings.noise)}]), prepare)


def single_exposure(sample: HdrSample) -> float:
    """PSNR-mu of I1 alone: what a merge has to beat."""
    first, _ = sample.shots()
    return psnr_mu(camera.radiance(first.image, first.stops), sample.light())
