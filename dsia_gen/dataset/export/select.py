"""Which samples an export holds, and in which split each is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from pathlib import Path

from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.core.io import reading
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.dataset.documents.sample_row import SampleRow
from dsia_gen.dataset.export.contract import SPLITS, Chosen, ExportItem, ExportOptions, Split
from dsia_gen.dataset.export.where import parse_where
from dsia_gen.dataset.reader import Dataset
from dsia_gen.dataset.sample_table import sample_columns


def choose(dataset: Dataset, options: ExportOptions, where: str | None = None, drop: Collection[str] = ()) -> Chosen:
    """The samples for which `where` holds and that are not in `drop`. StorageError when none is left."""
    condition = parse_where(where, tuple(sample_columns())) if where else None
    content = {scene.name: scene.content_hash for scene in dataset.info.scenes}
    rows = [row for row in dataset.rows if row.sample not in drop and (condition is None or condition(row))]
    if not rows:
        raise StorageError(f"not one of the {len(dataset)} samples of {dataset.layout.address} is left to export; "
                           "look at --where and --drop")  # fmt: skip
    items = [ExportItem(row.sample, row.scene, split_of(row, options), content.get(row.scene, ""), row) for row in rows]
    return Chosen(dataset, tuple(sorted(items, key=lambda item: SPLITS.index(item.split))), options)


def split_of(row: SampleRow, options: ExportOptions) -> Split:
    """The split of a scene: by a hash of its configuration and seed, so that no other scene has a say in it."""
    text = f"{options.seed}/{row.config}/{row.seed}"
    share = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64 * sum(options.ratios)
    for split, ratio in zip(SPLITS, options.ratios, strict=True):
        if share < ratio:
            return split
        share -= ratio
    return next(split for split, ratio in reversed([*zip(SPLITS, options.ratios, strict=True)]) if ratio > 0)


def parse_ratios(text: str) -> tuple[float, float, float]:
    """Ratios of `train=0.8,val=0.1,test=0.1`; a split that is not named gets none."""
    ratios = dict.fromkeys(SPLITS, 0.0)
    for part in text.split(","):
        name, _, number = part.strip().partition("=")
        if name not in ratios:
            raise ConfigError("--split", [f"{name!r} is not a split{suggestion(name, SPLITS)}"])
        try:
            ratios[name] = float(number)
        except ValueError:
            raise ConfigError("--split", [f"{part.strip()!r} is not of the form train=0.8"]) from None
    values = tuple(ratios.values())
    if not all(0 <= value < 1e9 for value in values) or sum(values) <= 0:
        raise ConfigError("--split", [f"{text!r}: ratios are not negative, and one is above zero"])
    return values  # type: ignore[return-value]


def read_drop(path: Path, known: Collection[str]) -> frozenset[str]:
    """Sample ids of a text file, one a line, or of what `dataset validate --json` wrote. Unknown ids are an error."""
    with reading(path):
        text = path.read_text(encoding="utf-8")
    names = text.split()
    if text.lstrip().startswith("{"):
        try:
            names = [str(name) for name in json.loads(text)["drop"]]
        except (ValueError, KeyError, TypeError) as error:
            raise StorageError(f"{path} is not what `dsia-gen dataset validate --json` writes ({error})") from error
    unknown = [name for name in names if name not in known]
    if unknown:
        raise StorageError(f"{path} names {unknown[0]!r}, which is not a sample of this data set, as {len(unknown)} "
                           f"of its names are not; give ids such as {next(iter(known), '00000_0000')}")  # fmt: skip
    return frozenset(names)
