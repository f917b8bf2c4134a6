"""RANSAC-Flow as registered methods, coarse alone and whole, and as something that can be trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from dsia_gen.align.matching.coarse_config import CoarseConfig
from dsia_gen.align.matching.features.features_config import features_of
from dsia_gen.align.methods import Aligned, AlignmentMethod, ImagePair, MethodInfo, MethodOptions, UnavailableError
from dsia_gen.align.methods.flow_warp import DIRECTION
from dsia_gen.align.methods.method import unmoved
from dsia_gen.align.methods.pipeline_method import PipelineMethod, pipeline_method
from dsia_gen.align.methods.ransac_flow.ransac_config import TOO_FEW, RansacConfig
from dsia_gen.align.training.trainable import Trainable
from dsia_gen.core.image_metrics import backward_warp

if TYPE_CHECKING:
    from dsia_gen.align.matching.coarse import CoarseMatcher
    from dsia_gen.align.training.task import TrainingTask

_CITATION = "Shen et al., ECCV 2020; features of XFeat (Potje et al., CVPR 2024) unless others are named"
_PLANES = 5


@dataclass(frozen=True)
class RansacCoarse(AlignmentMethod):
    """One homography of deep features, or several of which each pixel takes the one whose features agree best."""

    info: MethodInfo
    planes: int
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    matcher: CoarseMatcher | None = None

    def open(self, options: MethodOptions) -> AlignmentMethod:
        """With the features that `options.weights` names for this method: see `features_of`."""
        from dsia_gen.align.devices import device_by_name
        from dsia_gen.align.matching.coarse import CoarseMatcher
        from dsia_gen.align.matching.features.open_features import open_features
        from dsia_gen.align.weight_files import tensors_hash

        super().open(options)
        config = CoarseConfig(features=features_of(options.weights.get(self.info.name, "xfeat")), planes=self.planes)
        extractor = open_features(config.features).to(device_by_name(options.device))
        settings: dict[str, JsonValue] = {
            "config": config.model_dump(mode="json"), "weights": tensors_hash(extractor.state_dict())
        }  # fmt: skip
        return replace(self, settings=settings, matcher=CoarseMatcher(extractor, config))

    def align(self, pair: ImagePair) -> Aligned:
        """I2 by the flow; I2 itself, with a note, where no homography is found."""
        from dsia_gen.align.matching.coarse import chosen_flow

        if self.matcher is None:
            opened = self.open(MethodOptions())
            return opened.align(pair)
        size, size2 = ((image.shape[0], image.shape[1]) for image in (pair.image1, pair.image2))
        found = self.matcher.matches(pair.image1, pair.image2)
        matrices = self.matcher.homographies(found, size2, self.planes)
        if not matrices:
            return unmoved(pair.image2, TOO_FEW)
        flow = chosen_flow(matrices, found, size, size2)
        return Aligned(backward_warp(pair.image2, flow), flow)


def _coarse(name: str, title: str, planes: int) -> RansacCoarse:
    return RansacCoarse(MethodInfo(name, title, "warp", _CITATION, direction=DIRECTION), planes)


RANSAC_COARSE = _coarse("ransac_coarse", "RANSAC-Flow, coarse", 1)
RANSAC_COARSE_MULTI = _coarse("ransac_coarse_multi", "RANSAC-Flow, coarse, several", _PLANES)
_INFO = MethodInfo("ransac_flow", "RANSAC-Flow", "warp", _CITATION, direction=DIRECTION)


class RansacFlowMethod(AlignmentMethod):
    """RANSAC-Flow before its weights are loaded."""

    info = _INFO

    def open(self, options: MethodOptions) -> AlignmentMethod:
        """The run, or the authors' file of weights, that `options.weights` names for this method."""
        given = options.weights.get(_INFO.name)
        if given is None:
            raise UnavailableError(
                "no weights: give --checkpoint RUN of `dsia-gen train ransac`, or --weights ransac_flow=FILE"
            )
        if Path(given).is_file():
            return opened_release(Path(given), options)
        return opened_run(given, _INFO.name, options)

    def align(self, pair: ImagePair) -> Aligned:
        """As the opened method."""
        return self.open(MethodOptions()).align(pair)


def opened_run(run: str, label: str, options: MethodOptions) -> PipelineMethod:
    """The pipeline of a run as a method that is called `label`."""
    from dsia_gen.align.methods.ransac_flow.ransac_pipeline import RansacPipeline

    return pipeline_method(RansacPipeline.from_pretrained(run), _INFO, label, options)


def opened_release(path: Path, options: MethodOptions) -> PipelineMethod:
    """The authors' weights, with the sizes of the paper."""
    from dsia_gen.align.methods.ransac_flow.ransac_pipeline import RansacPipeline

    config = RansacConfig.load("ransac_flow", ["network.convention=corners", "coarse.features.kind=xfeat"])
    return pipeline_method(RansacPipeline.from_release(path, config), _INFO, _INFO.name, options)


class RansacTraining(Trainable):
    """`dsia-gen train ransac`."""

    name = "ransac"
    help = "Train the fine network of RANSAC-Flow without labels; the same command goes on after an interruption."
    about = "RANSAC-Flow: homographies of deep features, refined by a network that learned from images alone."
    config = RansacConfig
    folder = "pipeline"
    method = "ransac_flow"
    parts_rest = True

    def task(self, config: RansacConfig, run: Path) -> TrainingTask:
        """Training from nothing or from other weights."""
        from dsia_gen.align.methods.ransac_flow.ransac_task import RansacTask

        return RansacTask(config, run)

    def recognises(self, run: Path) -> bool:
        """Whether a folder holds a saved pipeline or a finished run."""
        return any((folder / "ransac.json").is_file() for folder in (run, run / "pipeline"))

    def open_run(self, run: str, label: str, options: MethodOptions) -> AlignmentMethod:
        """The pipeline of a run as a method."""
        return opened_run(run, label, options)

    def card(self, config: Any, run: str) -> list[str]:  # noqa: ARG002
        """What is the paper's, and what is not."""
        features = config.coarse.features.kind
        unsupervised = (
            "XFeat was trained with supervision of matching, so the whole is not unsupervised. "
            if features == "xfeat" else ""
        )  # fmt: skip
        return [
            "After Shen et al., RANSAC-Flow (ECCV 2020): eq. 1 to 5 in the order of its three stages. Unlike there, "
            f"homographies are fitted by MAGSAC++ to features of {features}. {unsupervised}"
            "Losses are means over matchable pixels, and images have their pixel centres at whole numbers."
        ]

    def limits(self, config: Any) -> list[str]:
        """How far a pass reaches."""
        reach = config.network.radius * config.network.encoder.stride
        return [
            f"A pass of the fine network moves a pixel by at most {reach} px of the image that it sees: what is "
            "further from every homography is not found. Where nothing matches, lines bend: see the confidence."
        ]
