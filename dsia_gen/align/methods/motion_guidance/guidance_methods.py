"""Motion Guidance as registered methods: by the camera's estimated motion, and by the exact one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from dsia_gen.align.matching.robust_homography import homography_flow
from dsia_gen.align.methods import Aligned, AlignmentMethod, ImagePair, MethodInfo, MethodOptions, UnavailableError
from dsia_gen.align.methods.geometric_warp import GeometricSettings
from dsia_gen.align.methods.homography import fit_homography
from dsia_gen.align.step_progress import StepProgress, silent

if TYPE_CHECKING:
    from dsia_gen.align.methods.motion_guidance.guidance_pipeline import MotionGuide

NAME, EXACT = "motion_guidance", "motion_guidance_exact"
FLOW, FEATURES = f"{NAME}.flow", f"{NAME}.features"
"""Names by which `--weights` gives the run of a flow network, and the features of the homography."""
_CITATION = "Geng and Owens, ICLR 2024 (by its release); this project"
_INFO = MethodInfo(NAME, "Motion Guidance", "synthesis", _CITATION)
_EXACT_INFO = MethodInfo(
    EXACT, "Motion Guidance, exact flow", "oracle", _CITATION, "1 image (I2) + exact flow I2 to Igt",
    "I2 to Igt: draws Igt, also what I2 does not show", ("flow_2_to_gt", "occlusion_2_to_gt"),
)  # fmt: skip


@dataclass(frozen=True)
class MotionTarget:
    """What the camera's motion should be: flow (H, W, 2) px from I2, or None and why; pixels that it hides."""

    flow: NDArray[np.float32] | None
    hidden: NDArray[np.bool_] | None = None
    note: str = ""


TargetOf = Callable[[ImagePair], MotionTarget]


@dataclass(frozen=True)
class GuidanceMethod(AlignmentMethod):
    """Motion Guidance before its weights are loaded."""

    info: MethodInfo

    def open(self, options: MethodOptions) -> AlignmentMethod:
        """With the prior, or the aligner, that `options.weights` names for this method, or else for `NAME`."""
        given = options.weights.get(self.info.name, options.weights.get(NAME))
        if given is None:
            needed = f"--weights {self.info.name}=RUN of `dsia-gen train prior` or `train aligner`"
            raise UnavailableError(f"no weights: give {needed}")
        return opened_guidance(given, self.info.name, options, self.info)

    def align(self, pair: ImagePair) -> Aligned:
        """As the opened method."""
        return self.open(MethodOptions()).align(pair)


MOTION_GUIDANCE = GuidanceMethod(_INFO)
MOTION_GUIDANCE_EXACT = GuidanceMethod(_EXACT_INFO)


@dataclass(frozen=True)
class OpenedGuidance(AlignmentMethod):
    """I2, moved by the camera's motion as a prior draws it."""

    info: MethodInfo
    guide: MotionGuide
    target: TargetOf
    seed: int
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    on_step: StepProgress = silent

    def align(self, pair: ImagePair) -> Aligned:
        """The guided image; I2 itself, with a note, where no motion is found."""
        wanted = self.target(pair)
        if wanted.flow is None or not np.isfinite(wanted.flow).all(axis=-1).any():
            return Aligned(pair.image2, note=f"{wanted.note or 'the flow is unknown'}; answered with I2")
        found = self.guide.edit(
            pair.image2, wanted.flow, hidden=wanted.hidden, reference=pair.image1, seed=self.seed, on_step=self.on_step
        )
        return Aligned(found.image, note="; ".join([*([wanted.note] if wanted.note else []), *found.notes]))


def opened_guidance(run: str, label: str, options: MethodOptions, info: MethodInfo = _INFO) -> AlignmentMethod:
    """Motion Guidance with the prior or aligner of a run, as a method that is called `label`."""
    from dsia_gen.align.methods.motion_guidance.guidance_runs import load_guide, overrides_of

    overrides = overrides_of(options.settings)
    loaded = load_guide(run, options.weights.get(FLOW), options.device, overrides, label)
    target: TargetOf = exact_target
    settings: dict[str, JsonValue] = {
        "guidance": loaded.guide.config.model_dump(mode="json", exclude={"latents"}), "prior": loaded.prior_hash,
        "flow": loaded.flow_hash, "seed": options.seed,
    }  # fmt: skip
    if info is not _EXACT_INFO:
        target, settings["homography"] = homography_target(options)
    return OpenedGuidance(info.of_run(label), loaded.guide, target, options.seed, settings, options.on_step)


def exact_target(pair: ImagePair) -> MotionTarget:
    """The exact flow from I2 to Igt, and what it hides."""
    return MotionTarget(pair.truth["flow_2_to_gt"], np.asarray(pair.truth["occlusion_2_to_gt"]) != 0)


def homography_target(options: MethodOptions) -> tuple[TargetOf, JsonValue]:
    """The homography from I2 to I1 as a function of a pair, and the JSON that says how it is found.

    By the features that `options.weights` names; by default those of XFeat where they are installed, and SIFT else.
    """
    from dsia_gen.align.devices import device_by_name
    from dsia_gen.align.matching.coarse import CoarseMatcher
    from dsia_gen.align.matching.coarse_config import CoarseConfig
    from dsia_gen.align.matching.features.features_config import features_of
    from dsia_gen.align.matching.features.open_features import open_features
    from dsia_gen.align.weight_files import tensors_hash

    given = options.weights.get(FEATURES)
    config = CoarseConfig(features=features_of(given or "xfeat"))
    try:
        extractor = open_features(config.features).to(device_by_name(options.device))
    except UnavailableError:
        if given is not None:
            raise
        return sift_target, "sift"
    matcher = CoarseMatcher(extractor, config)

    def target(pair: ImagePair) -> MotionTarget:
        found = matcher.matches(pair.image2, pair.image1)
        size = (pair.image1.shape[0], pair.image1.shape[1])
        matrices = matcher.homographies(found, size, 1)
        if not matrices:
            return MotionTarget(None, note=f"only {len(found.points1)} matches, or no homography among them")
        return MotionTarget(homography_flow(matrices[0], *size))

    return target, {"config": config.model_dump(mode="json"), "weights": tensors_hash(extractor.state_dict())}


def sift_target(pair: ImagePair) -> MotionTarget:
    """The homography of SIFT features."""
    fitted = fit_homography(pair.image2, pair.image1, GeometricSettings())
    return MotionTarget(fitted.flow, note=fitted.note)
