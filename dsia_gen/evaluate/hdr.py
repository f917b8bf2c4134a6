"""Alignment for HDR (section 4.3.3): exposures of two or three scene-linear frames, aligned, merged, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

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
    """How the frames are exposed. A frame is metered so that a share of `metered` of I1 is below 0.9.

    Of two frames, I1 is exposed longer than that by `reference_stops`, so that its highlights are lost; I2 is taken
    `apart` stops from I1. Of three, before, at and after I1, exposures alternate as in HDR video (Xu et al., HDRFlow,
    CVPR 2024): short, middle and long, |`apart`| stops from one to the next, the middle `reference_stops` from the
    metered one; the frame of I1 has each of them in turn.
    """

    reference_stops: float = 2.0
    apart: float = -3.0
    metered: float = 0.99
    noise: SensorNoise = field(default_factory=SensorNoise)
    seed: int = 0
    frames: Literal[2, 3] = 2


ALTERNATING = (0.0, 2.0)
"""`reference_stops` and `apart` of three frames where none are given."""


@dataclass(frozen=True)
class FrameBefore:
    """The frame before I1: I2 of a sample whose I1 is that of this one, or I1 of one whose I2 is that I1."""

    sample: EvaluationSample
    backward: bool
    """Whether it is the second: its images and flows change places."""

    def light(self) -> NDArray[np.float32]:
        """Scene-linear (H, W, 3)."""
        return np.asarray(self.sample.source.array("linear", "1" if self.backward else "2"), dtype=np.float32)

    def truth(self, outputs: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Ground truth from I1 to this frame by the names of the table of outputs, as far as the data set has it."""
        if not self.backward:
            return self.sample.truth(outputs)
        if "flow_1_to_2" not in outputs or "flow_2_to_1" not in self.sample.source:
            return {}
        return {"flow_1_to_2": np.asarray(self.sample.source.array("flow_2_to_1"))}


@dataclass(frozen=True)
class HdrSample(EvaluationSample):
    """A sample as a bracket of two frames, or of three where there is a frame `before` I1."""

    settings: HdrSettings = HdrSettings()
    before: FrameBefore | None = None
    phase: int = 0
    """Which exposure I1 has: 0 is short, 1 middle, 2 long."""

    def shots(self) -> tuple[ExposedImage, ...]:
        """I1, I2 and, of three frames, the one before, as the camera takes them."""
        lights = [self.light("1"), self.light("2")]
        base = camera.metered_stops(lights[0], self.settings.metered) + self.settings.reference_stops
        stops = [base, base + self.settings.apart]
        if self.before is not None:
            lights.append(np.clip(self.before.light(), 0, None))
            step = abs(self.settings.apart)
            # before, I1 and I2 have consecutive exposures of the cycle
            stops = [base + step * ((self.phase + shift) % 3 - 1) for shift in (0, 1, -1)]
        seed = int(fingerprint([self.settings.seed, self.id])[:7], 16)
        noise = self.settings.noise
        return tuple(
            camera.photograph(light, stop, noise, seed + k)
            for k, (light, stop) in enumerate(zip(lights, stops, strict=True))
        )

    def pairs(self) -> list[tuple[Image, Image]]:
        """I1 and each other frame, both at the brightness of that frame, as a method is to see them."""
        first, *others = self.shots()
        light = camera.decode_srgb(first.image / np.float32(255))
        shown = [camera.encode_srgb(camera.expose(light, other.stops - first.stops)) for other in others]
        return [
            (camera.quantise(one).astype(np.uint8), other.image.astype(np.uint8))
            for one, other in zip(shown, others, strict=True)
        ]

    def truths(self, outputs: Sequence[str]) -> list[dict[str, NDArray[Any]]]:
        """Ground truth of each pair."""
        return [self.truth(outputs), *([self.before.truth(outputs)] if self.before is not None else [])]

    def light(self, role: Role = "1") -> Linear:
        """Scene-linear image (H, W, 3); that of I1 is what the merged image should be."""
        return np.clip(np.asarray(self.source.array("linear", role), dtype=np.float32), 0, None)


def hdr_samples(samples: Sequence[EvaluationSample], settings: HdrSettings) -> list[HdrSample]:
    """Samples as brackets; of three frames those that have a frame before I1."""
    if settings.frames == 2:
        return [HdrSample(**vars(sample), settings=settings) for sample in samples]
    ending: dict[object, FrameBefore] = {}
    for sample in samples:
        pair, scene = sample.source.pair, sample.group
        if pair.t2 < pair.t1:
            ending[scene, pair.view("1")] = FrameBefore(sample, backward=False)
        elif pair.t2 > pair.t1:
            ending.setdefault((scene, pair.view("2")), FrameBefore(sample, backward=True))
    found: list[HdrSample] = []
    for sample in samples:
        before = ending.get((sample.group, sample.source.pair.view("1")))
        if before is not None and sample.source.pair.t2 > sample.source.pair.t1:
            phase = len(found) % 3
            key = fingerprint([sample.data_key, before.sample.data_key, before.backward, phase])
            values = {**vars(sample), "data_key": key}
            found.append(HdrSample(**values, settings=settings, before=before, phase=phase))
    return found


def merge(*shots: ExposedImage) -> Linear:
    """Scene-linear light of exposures of one view: a mean weighted by a hat and by the exposure.

    The hat is that of Debevec and Malik, SIGGRAPH 1997, eq. 4, over sRGB levels, kept above zero at its dark end only,
    so that a clipped pixel says nothing unless all are clipped; the longer exposure counts more (Robertson et al.,
    ICIP 1999). There is no deghosting: what is compared is the alignment.
    """
    weights = []
    for shot in shots:
        level = shot.image.astype(np.float32) / 255
        hat = np.where(level < 0.5, np.maximum(level, 1 / 255), 1 - level).astype(np.float32)
        weights.append(hat * np.float32(2.0**shot.stops))
    light = [camera.radiance(shot.image, shot.stops) for shot in shots]
    total = np.sum(weights, axis=0)
    mean = np.sum([weight * value for weight, value in zip(weights, light, strict=True)], axis=0) / np.maximum(
        total, 1e-12
    )
    shortest = light[int(np.argmin([shot.stops for shot in shots]))]
    return np.where(total > 0, mean, shortest).astype(np.float32)


def psnr_mu(light: Linear, truth: Linear, mask: NDArray[np.bool_] | None = None) -> float:
    """PSNR in dB of two scene-linear images (H, W, 3) under the mu-law, both over the 99.9th percentile of the truth.

    inf when equal, nan for no pixel.
    """
    scale = max(float(np.quantile(truth, 0.999)), 1e-9)
    a, b = (255 * np.log1p(MU * np.clip(x / scale, 0, 1)) / np.log1p(MU) for x in (light, truth))
    return psnr(a, b, mask)


def hdr_scoring(settings: HdrSettings) -> Scoring:
    """Merges I1 with the aligned frames and compares with the scene-linear I1."""

    def prepare(sample: HdrSample) -> Score:
        first, *others = sample.shots()
        truth = sample.light()
        masks: dict[str, NDArray[np.bool_] | None] = {"all": None, "saturated": first.saturated}
        dynamic = sample.truth(("dynamic_union",)).get("dynamic_union")
        if dynamic is not None:
            masks["background"] = ~dynamic.astype(bool)

        def score(answers: Sequence[Aligned]) -> dict[str, float]:
            aligned = [
                ExposedImage(answer.image, other.stops, np.zeros(0, dtype=bool))
                for answer, other in zip(answers, others, strict=True)
            ]
            merged = merge(first, *aligned)
            values = {f"psnr_mu/{name}": psnr_mu(merged, truth, mask) for name, mask in masks.items()}
            return {name: value for name, value in values.items() if not np.isnan(value)}

        return score

    return Scoring(fingerprint(["hdr", 2, vars(settings) | {"noise": vars(settings.noise)}]), prepare)


def single_exposure(sample: HdrSample) -> float:
    """PSNR-mu of I1 alone: what a merge has to beat."""
    first = sample.shots()[0]
    return psnr_mu(camera.radiance(first.image, first.stops), sample.light())
