"""SpaceJAM as a method that is compared: the two images of a pair are a set, to which it is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import JsonValue

from dsia_gen.align.matching.features.features_config import features_of
from dsia_gen.align.methods.flow_warp import DIRECTION
from dsia_gen.align.methods.method import (
    EQUAL,
    Aligned,
    AlignmentMethod,
    ImagePair,
    MethodInfo,
    MethodOptions,
    refuse_settings,
    unmoved,
)
from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig
from dsia_gen.core.errors import AlignError
from dsia_gen.core.image_metrics import backward_warp

if TYPE_CHECKING:
    from dsia_gen.align.matching.features.extractor import Extractor

PRESET = "spacejam_pair"
_CITATION = "Barel et al., ECCV 2024; features of EfficientNet-Lite0 unless others are named"


@dataclass(frozen=True)
class SpaceJamMethod(AlignmentMethod):
    """I2 by one homography, that of I2 to the frame which both share and from there to I1."""

    info: MethodInfo
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    config: SpaceJamConfig | None = None
    extractor: Extractor | None = None
    device: str = "cpu"

    def open(self, options: MethodOptions) -> AlignmentMethod:
        """With the features that `options.weights` names for this method: KIND, KIND:FILE, or the run of an encoder."""
        from dsia_gen.align.devices import device_by_name
        from dsia_gen.align.matching.features.open_features import open_features
        from dsia_gen.align.weight_files import tensors_hash

        refuse_settings(self.info.name, options)
        config = SpaceJamConfig.load(PRESET).model_copy(update={"seed": options.seed % 2**31})
        given = options.weights.get(self.info.name)
        if given is not None:
            config = config.model_copy(update={"features": features_of(given)})
        extractor = open_features(config.features)
        settings: dict[str, JsonValue] = {
            "config": config.model_dump(mode="json"), "weights": tensors_hash(extractor.state_dict())
        }  # fmt: skip
        device = device_by_name(options.device)
        return replace(self, settings=settings, config=config, extractor=extractor.to(device), device=device)

    def align(self, pair: ImagePair) -> Aligned:
        """I2 by the flow; I2 itself, with a note, where there is nothing to align."""
        from dsia_gen.align.methods.spacejam.joint_alignment import align_set
        from dsia_gen.align.methods.spacejam.set_image import SetImage

        if self.config is None:
            opened = self.open(MethodOptions())
            return opened.align(pair)
        if np.array_equal(pair.image1, pair.image2):
            return unmoved(pair.image2, EQUAL, confidence=1)
        images = [SetImage("I1", pair.image1), SetImage("I2", pair.image2)]
        try:
            found = align_set(images, self.config, device=self.device, extractor=self.extractor)
        except AlignError as error:
            return unmoved(pair.image2, f"{str(error).split(';')[0]}; answered with I2", confidence=0)
        flow = found.flow(0, 1)
        return Aligned(backward_warp(pair.image2, flow), flow, note="; ".join(found.notes))


SPACEJAM = SpaceJamMethod(MethodInfo("spacejam", "SpaceJAM", "warp", _CITATION, direction=DIRECTION))
