"""What is evaluated: samples of a data set as cases with a key that changes when their files do. Needs no torch."""

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
class Case:
    """A sample, and what the tables sort it by."""

    sample: Sample
    data_key: str
    """Hash of the files that the answer and its measures depend on."""
    motion: Mapping[str, float] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.sample.id

    @property
    def group(self) -> str:
        """The scene: samples of one scene are not independent."""
        return self.sample.scene.name

    @property
    def subset(self) -> str:
        """LcLf, LcSf, ScLf or ScSf, or "" where it was not measured."""
        return self.sample.subset or ""

    def images(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """I1 and I2."""
        return self.sample.image("1"), self.sample.image("2")

    def target(self) -> NDArray[np.uint8]:
        """Igt."""
        return self.sample.image("gt")

    def truth(self, outputs: Sequence[str]) -> dict[str, NDArray[Any]]:
        """The outputs asked for that the sample has; those of a view are taken from Igt."""
        return {name: self._array(name) for name in outputs if name in self.sample}

    def _array(self, name: str) -> NDArray[Any]:
        return np.asarray(self.sample.array(name, "gt" if OUTPUTS[name].scope == "view" else None))


def cases_of(data: Dataset, outputs: Sequence[str]) -> tuple[Case, ...]:
    """The samples in the order of their names. `outputs` beside the images enter the key."""
    receipts: dict[str, Receipt | None] = {}
    found = []
    for sample in data:
        name = sample.scene.name
        if name not in receipts:
            receipts[name] = _receipt(sample)
        motion = {key: float(sample.row[key]) for key in MOTIONS if sample.row.get(key) is not None}
        found.append(Case(sample, _data_key(sample, receipts[name], outputs), motion))
    return tuple(sorted(found, key=lambda case: case.id))


def _receipt(sample: Sample) -> Receipt | None:
    """The receipt of the sample's scene; None where there is none, and the files have to be hashed."""
    try:
        return read_receipt(sample.scene.folder)
    except StorageError:
        return None


def _data_key(sample: Sample, receipt: Receipt | None, outputs: Sequence[str]) -> str:
    hashes: dict[str, str | None] = {}
    for output in ("image", *outputs):
        for name in _files(sample, output):
            if receipt is not None:  # nothing has to be fetched or read
                entry = receipt.files.get(name)
                hashes[name] = entry.sha256 if entry else None
            else:
                path = sample.scene.folder.path / name
                hashes[name] = file_hash(path) if path.is_file() else None
    return fingerprint(hashes)


def _files(sample: Sample, output: str) -> list[str]:
    """Paths of an output of a sample below its scene."""
    if OUTPUTS[output].scope == "pair":
        return [relative_file(output, pair=sample.pair)]
    return [relative_file(output, view=sample.pair.view(role)) for role in ROLES]


def fingerprint(document: Any) -> str:
    """A short hash of JSON values."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
