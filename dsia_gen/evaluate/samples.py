"""What is evaluated: samples of a data set, each with a key that changes when its files do. Needs no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import file_hash
from dsia_gen.dataset.layout import relative_file
from dsia_gen.dataset.reader import Dataset, Sample
from dsia_gen.dataset.receipt import Receipt, read_receipt
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.views import ROLES

MOTIONS = ("camera_motion_px", "foreground_motion_px", "occluded_gt_to_2")
"""Columns of samples.csv that Figure 8 is drawn over."""


@dataclass(frozen=True)
class EvaluationSample:
    """A sample of a data set, and what the tables sort it by."""

    source: Sample
    data_key: str
    """Hash of the files that the answer and its measures depend on."""
    motion: Mapping[str, float] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.source.id

    @property
    def group(self) -> str:
        """The scene: samples of one scene are not independent."""
        return self.source.scene.name

    @property
    def subset(self) -> str:
        """LcLf, LcSf, ScLf or ScSf, or "" where it was not measured."""
        return self.source.subset or ""

    def images(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """I1 and I2."""
        return self.source.image("1"), self.source.image("2")

    def pairs(self) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        """I1 and I2, the one pair of a sample."""
        return [self.images()]

    def target(self) -> NDArray[np.uint8]:
        """Igt."""
        return self.source.image("gt")

    def truth(self, outputs: Sequence[str]) -> dict[str, NDArray[Any]]:
        """The outputs asked for that the sample has; those of a view are taken from Igt."""
        return {
            name: np.asarray(self.source.array(name, "gt" if OUTPUTS[name].scope == "view" else None))
            for name in outputs
            if name in self.source
        }

    def truths(self, outputs: Sequence[str]) -> list[dict[str, NDArray[Any]]]:
        """That of its pair."""
        return [self.truth(outputs)]

    def reference(self) -> NDArray[np.uint8]:
        """What an answer should look like: Igt."""
        return self.target()


def evaluation_samples(data: Dataset, outputs: Sequence[str]) -> tuple[EvaluationSample, ...]:
    """The samples in the order of their names. `outputs` beside the images enter the key."""
    receipts: dict[str, Receipt | None] = {}
    found = []
    for sample in data:
        folder = sample.scene.folder
        if sample.scene.name not in receipts:
            try:
                receipts[sample.scene.name] = read_receipt(folder)
            except StorageError:  # there is none: the files have to be hashed
                receipts[sample.scene.name] = None
        receipt = receipts[sample.scene.name]
        hashes: dict[str, str | None] = {}
        for output in ("image", *outputs):
            if OUTPUTS[output].scope == "pair":
                files = [relative_file(output, pair=sample.pair)]
            else:
                files = [relative_file(output, view=sample.pair.view(role)) for role in ROLES]
            for name in files:
                if receipt is not None:  # nothing has to be fetched or read
                    entry = receipt.files.get(name)
                    hashes[name] = entry.sha256 if entry else None
                else:
                    path = folder.fetch(name)
                    hashes[name] = file_hash(path) if path.is_file() else None
        motion = {key: value for key in MOTIONS if (value := sample.row.number(key)) is not None}
        found.append(EvaluationSample(sample, fingerprint(hashes), motion))
    return tuple(sorted(found, key=lambda sample: sample.id))


def fingerprint(document: Any) -> str:
    """A short hash of JSON values."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
