"""Motion Guidance as a user calls it: an image and the flow that it should have, in; the image that has moved, out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from dsia_gen.align.devices import out_of_memory
from dsia_gen.align.diffusion.noise import generator_for
from dsia_gen.align.diffusion.noise_schedule import NoiseSchedule
from dsia_gen.align.matching.geometry import resize, resize_flow, splat
from dsia_gen.align.methods.method import Image, opencv
from dsia_gen.align.methods.motion_guidance.flow_estimators import ExactFlow, FlowEstimator
from dsia_gen.align.methods.motion_guidance.guidance_config import GuidanceConfig
from dsia_gen.align.methods.motion_guidance.guidance_prior import GuidancePrior
from dsia_gen.align.methods.motion_guidance.guided_sampler import KeptLatents, guided_latents, inverted, noised
from dsia_gen.align.methods.motion_guidance.motion_energy import EnergyTerms, MotionEnergy, hidden_by
from dsia_gen.align.photos import has_one_colour
from dsia_gen.align.step_progress import StepProgress, silent
from dsia_gen.align.weight_files import load_tensors, save_tensors
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import make_folder, replacing

Mask = NDArray[np.bool_]
Flow = NDArray[np.floating[Any]]
_STILL = 0.25
"""Pixels below which nothing moves."""
_LEFT = 0.1
"""Share of the moved source in the latents that sampling begins with, below which it begins with noise."""
_SMALLEST_EDIT = 8
"""Pixels of the shorter side below which there is nothing to estimate motion in."""


@dataclass(frozen=True)
class GuidedImage:
    """An edited image."""

    image: Image
    """(H, W, 3) uint8."""
    flow: NDArray[np.float32] | None = None
    """(H, W, 2) px: the motion from the source to it, as the estimator sees it; None where none was guided."""
    hidden: Mask | None = None
    """(H, W): pixels of the source that are not to be seen in it."""
    kept: Mask | None = None
    """(H, W): pixels that are the source's."""
    flow_error: float = float("nan")
    """Mean distance in px between that motion and the wanted one, where the image shows the source."""
    notes: tuple[str, ...] = ()


class MotionGuide:
    """A prior, an estimator of motion and settings. Without an estimator the wanted flow stands for what is seen."""

    def __init__(self, prior: GuidancePrior, estimator: FlowEstimator | None, config: GuidanceConfig) -> None:
        self.prior = prior
        self.estimator = estimator
        self.config = config
        for module in prior.modules:
            module.requires_grad_(False)
        self._inverted: tuple[str, Mapping[int, Tensor]] | None = None

    def edit(
        self,
        image: Image,
        flow: Flow,
        *,
        keep: Mask | None = None,
        hidden: Mask | None = None,
        reference: Image | None = None,
        seed: int = 0,
        on_step: StepProgress = silent,
    ) -> GuidedImage:
        """Move an image (H, W, 3) uint8 by a flow (H, W, 2) px from it to the answer; not finite: nothing is wanted.

        Pixels of `keep` (H, W) stay as they are, by default those far from all that moves; `hidden` are not to be seen
        in the answer, by default what the flow covers. An aligner as prior also sees a `reference`, the view that the
        answer has, by default the moved image. AlignError when sizes do not fit or all of the flow is unknown.
        """
        check_edit(image, flow, keep, hidden, reference)
        known = np.isfinite(flow).all(axis=-1)
        notes = [] if known.all() else [f"{100 * (1 - known.mean()):.1f}% of the flow is unknown, and not wanted"]
        keep = unmoved(flow, self.config.margin) if keep is None else keep
        if has_one_colour(image):
            return GuidedImage(image, kept=keep, notes=(*notes, "the image has one colour, in which no motion is seen"))
        if keep.all():
            return GuidedImage(image, kept=keep, notes=(*notes, "nothing is edited: the mask keeps every pixel"))
        size = working_size((image.shape[0], image.shape[1]), self.config.side)
        small = reduced_image(image, size)
        if size != image.shape[:2]:
            notes.append(f"edited at {size[1]}x{size[0]} and enlarged (guidance.side)")
        wanted = reduced(flow, size)
        mask = torch.from_numpy(np.ascontiguousarray(keep))[None, None].float()
        small_keep = (resize(mask, size) > 1 - 1e-6)[0, 0].numpy()
        covered = None if hidden is None else resize(torch.from_numpy(hidden)[None, None].float(), size) >= 0.5
        guide = self
        if self.prior.needs_pair:
            beside = moved_image(small, wanted) if reference is None else reduced_image(reference, size)
            guide = MotionGuide(self.prior.shown(beside, small), self.estimator, self.config)
        with out_of_memory("guidance.side"):
            found = guide._edited(small, wanted, small_keep, covered, seed, on_step)
        if size != image.shape[:2]:
            found = enlarged(found, (image.shape[0], image.shape[1]))
        answer = np.where(keep[..., None], image, found.image)
        return replace(found, image=answer, kept=keep, notes=(*notes, *found.notes))

    def _edited(
        self, image: Image, flow: Tensor, keep: Mask, hidden: Tensor | None, seed: int, on_step: StepProgress
    ) -> GuidedImage:
        """The same at the size that is worked at; flow (1, 2, H, W)."""
        device, size = self.prior.device, (image.shape[0], image.shape[1])
        source = torch.from_numpy(image).to(device).permute(2, 0, 1)[None].float() / 255
        flow = flow.to(device)
        if not self.config.occlusion:
            hidden = torch.zeros_like(flow[:, :1], dtype=torch.bool)
        hidden = hidden_by(flow) if hidden is None else hidden.to(device)
        notes = start_notes(self.prior.schedule, self.config)
        estimator = self.estimator
        if estimator is not None and min(size) < _SMALLEST_EDIT:
            estimator = None
            notes.append(f"{size[1]}x{size[0]} is too small for motion to be estimated; the wanted flow was taken")
        energy = MotionEnergy(source, flow, hidden, estimator or ExactFlow(flow), self.config)
        latents, skipped = self.sample(image, flow, keep, energy, seed, on_step)
        with torch.no_grad():
            x = self.prior.decode(latents, size)
            if not torch.isfinite(x).all():
                raise AlignError("guidance led to values that are not finite; lower guidance.weight or guidance.clip")
            terms = energy(x.clamp(0, 1))
        if skipped:
            notes.append(f"{skipped} steps were not guided, since their gradient was not finite")
        levels = (x[0].clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
        shown = (energy.known & ~hidden)[0, 0]
        apart = (terms.flow - energy.flow)[0].norm(dim=0)[shown]
        error = float(apart.mean()) if estimator is not None and len(apart) else float("nan")
        seen = terms.flow[0].permute(1, 2, 0).cpu().numpy() if estimator is not None else None
        return GuidedImage(levels, seen, hidden[0, 0].cpu().numpy(), keep, error, tuple(notes))

    def sample(
        self, image: Image, flow: Tensor, keep: Mask, energy: Callable[[Tensor], EnergyTerms], seed: int,
        on_step: StepProgress,
    ) -> tuple[Tensor, int]:  # fmt: skip
        """Clean latents of the answer, and how many steps could not be guided."""
        prior, config, schedule = self.prior, self.config, self.prior.schedule
        generator, size = generator_for(seed), (image.shape[0], image.shape[1])
        clean = prior.encode(image)
        begun = torch.randn(clean.shape[1:], generator=generator)[None].to(clean)
        at: Mapping[int, Tensor] = {}
        if keep.any() and config.source_latents == "noised":
            at = noised(schedule, clean, config.step_size, generator)
        elif keep.any() or config.start == "inverted":
            at = self.inverted_source(image, clean)
        first = first_timestep(schedule, config)
        if config.start == "inverted":
            begun = at[first] if first in at else self.inverted_source(image, clean)[first]
        elif config.start == "warped":
            moved = prior.encode(moved_image(image, flow.cpu()))
            begun = schedule.add_noise(moved, begun, torch.tensor([first]))

        def of_latents(x0: Tensor) -> Tensor:
            return energy(prior.decode(x0, size)).total

        kept = KeptLatents(prior.kept_cells(keep), clean, at) if keep.any() else None
        found = guided_latents(prior.denoise, schedule, begun, of_latents, config, generator, kept, first, on_step)
        return found.latents, found.skipped

    def inverted_source(self, image: Image, clean: Tensor) -> Mapping[int, Tensor]:
        """Latents of the source at each timestep; kept for its next edit, in the folder `latents` for other runs."""
        text = f"{self.prior.hash()} {self.config.step_size} {image.shape}".encode()
        key = hashlib.sha256(text + np.ascontiguousarray(image).tobytes()).hexdigest()
        if self._inverted is not None and self._inverted[0] == key:
            return self._inverted[1]
        path = Path(self.config.latents) / f"{key}.safetensors" if self.config.latents else None
        found = kept_latents(path, self.config.step_size, self.prior.schedule.timesteps) if path is not None else None
        if found is None:
            found = inverted(self.prior.denoise, self.prior.schedule, clean, self.config.step_size)
            if path is not None:
                make_folder(path.parent)
                with replacing(path) as temporary:
                    save_tensors(temporary, {str(t): value for t, value in found.items()})
        found = {t: value.to(clean) for t, value in found.items()}
        self._inverted = key, found
        return found


def first_timestep(schedule: NoiseSchedule, config: GuidanceConfig) -> int:
    """The timestep at which sampling begins."""
    times = [t for t, _ in schedule.timestep_pairs(config.step_size)]
    if config.start == "noise":
        return times[0]
    return next((t for t in times if t <= config.start_at * schedule.timesteps), times[-1])


def start_notes(schedule: NoiseSchedule, config: GuidanceConfig) -> list[str]:
    """A sentence where sampling is to begin with the moved source, and noise leaves next to nothing of it."""
    if config.start != "warped":
        return []
    left = float(schedule.alpha_sigma(torch.tensor([first_timestep(schedule, config)]), torch.zeros(1, 1, 1, 1))[0])
    if left >= _LEFT:
        return []
    return [f"{100 * left:.1f}% of the moved source are left where sampling begins; lower guidance.start_at"]


def kept_latents(path: Path, step_size: int, timesteps: int) -> dict[int, Tensor] | None:
    """Latents of a file by timestep; None where there is none, or a damaged one, which is made again."""
    try:
        named = load_tensors(path)
    except AlignError:
        return None
    times = list(range(timesteps - 1, -1, -step_size))
    return {t: named[str(t)] for t in times} if all(str(t) in named for t in times) else None


def check_edit(
    image: Image, flow: Flow, keep: Mask | None, hidden: Mask | None, reference: Image | None = None
) -> None:
    """AlignError when image, flow and masks do not fit together, or nothing of the flow is known."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise AlignError(f"the image is {image.dtype} {image.shape}; give 8-bit RGB, (height, width, 3)")
    if flow.ndim != 3 or flow.shape[2] != 2:
        raise AlignError(f"the flow has the shape {flow.shape}; give (height, width, 2): pixels to the right and down")
    others = {"flow": flow, "mask": keep, "mask of what is hidden": hidden, "reference": reference}
    for name, array in others.items():
        if array is not None and array.shape[:2] != image.shape[:2]:
            sizes = " and ".join(f"{a.shape[1]}x{a.shape[0]}" for a in (array, image))
            raise AlignError(f"the {name} and the image have different sizes, {sizes}; give those of one size")
    if not np.isfinite(flow).all(axis=-1).any():
        raise AlignError("the flow is unknown at every pixel (not finite); give one that says where something moves")


def unmoved(flow: Flow, margin: int) -> Mask:
    """(H, W): pixels further than `margin` from all that a flow (H, W, 2) moves, and from where it moves it.

    Pixels without a flow are edited.
    """
    moves = ~(np.linalg.norm(flow, axis=-1) <= _STILL)
    values = torch.from_numpy(np.nan_to_num(flow, posinf=0, neginf=0)).permute(2, 0, 1)[None].float()
    plane = torch.from_numpy(moves)[None, None].float()
    landed, _ = splat(plane, values, torch.ones_like(plane))
    touched = ((plane > 0) | (landed > 1e-3)).float()
    grown = torch.nn.functional.max_pool2d(touched, 2 * margin + 1, stride=1, padding=margin)
    return np.asarray(grown[0, 0].numpy() == 0)


def working_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Height and width at which images of a size are edited."""
    factor = min(1.0, side / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def reduced_image(image: Image, size: tuple[int, int]) -> Image:
    """The image at a height and width, averaged."""
    if image.shape[:2] == size:
        return image
    return np.asarray(opencv().resize(image, size[::-1], interpolation=opencv().INTER_AREA))


def reduced(flow: Flow, size: tuple[int, int]) -> Tensor:
    """(1, 2, h, w) px of the flow (H, W, 2) at another size; NaN where it is unknown."""
    whole = torch.from_numpy(np.ascontiguousarray(flow, dtype=np.float32)).permute(2, 0, 1)[None]
    whole = torch.where(torch.isfinite(whole).all(dim=1, keepdim=True), whole, torch.nan)
    return resize_flow(whole, size)


def enlarged(found: GuidedImage, size: tuple[int, int]) -> GuidedImage:
    """An answer at a larger size; its error in pixels of that."""
    factor = size[1] / found.image.shape[1]
    large = np.asarray(opencv().resize(found.image, size[::-1], interpolation=opencv().INTER_CUBIC))
    flow = None if found.flow is None else resize_flow(torch.from_numpy(found.flow).permute(2, 0, 1)[None], size)
    hidden = None if found.hidden is None else resize(torch.from_numpy(found.hidden)[None, None].float(), size) >= 0.5
    return replace(
        found,
        image=large,
        flow=None if flow is None else np.ascontiguousarray(flow[0].permute(1, 2, 0).numpy()),
        hidden=None if hidden is None else hidden[0, 0].numpy(),
        flow_error=found.flow_error * factor,
    )


def moved_image(image: Image, flow: Tensor) -> Image:
    """The image (H, W, 3) with its pixels where a flow (1, 2, H, W) moves them; the nearest where nothing arrives.

    What moves further covers what moves less.
    """
    values = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    known = torch.isfinite(flow).all(dim=1, keepdim=True)
    motion = torch.where(known, flow, torch.zeros_like(flow))
    speed = motion.norm(dim=1, keepdim=True)
    weights = torch.exp((speed - speed.max()).clamp(min=-60)) * known
    sums, total = splat(values.double(), motion.double(), weights.double())
    moved = (sums / total.clamp(min=1e-30))[0].round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()
    arrived = (total > 1e-30)[0, 0].numpy()
    if not arrived.any():
        return image
    nearest = distance_transform_edt(~arrived, return_distances=False, return_indices=True)
    return np.ascontiguousarray(moved[nearest[0], nearest[1]])
