"""What a corruption works on: one scene and one pair of a small data set, and the tools that keep receipts in line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dsia_gen.core.io import json_bytes
from dsia_gen.dataset import DatasetLayout, update_index
from dsia_gen.dataset.array_files import read_array, write_array
from dsia_gen.dataset.layout import pair_name
from dsia_gen.dataset.receipt import make_receipt, read_receipt
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.views import ROLES, Role

Array = np.ndarray[Any, Any]
Change = Callable[[Array, "Target"], Array]
Json = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A pair of a scene of a data set, with the keys of its views by role."""

    layout: DatasetLayout
    scene: str
    pair: int
    views: dict[Role, str]

    @classmethod
    def of(cls, layout: DatasetLayout, scene: int = 0, pair: int = 1) -> Target:
        """The pair of that number of a scene, or its last."""
        name = layout.scene_names()[scene]
        pairs = json.loads((layout.scenes / name / "scene.json").read_bytes())["pairs"]
        entry = pairs[min(pair, len(pairs) - 1)]
        return cls(layout, name, entry["index"], {role: entry["views"][role] for role in ROLES})

    @property
    def folder(self) -> Path:
        return self.layout.scenes / self.scene

    @property
    def other_scene(self) -> Target:
        """A pair of the next scene."""
        return Target.of(self.layout, scene=1)

    @property
    def other_pair(self) -> Target:
        """The first pair of this scene."""
        return Target.of(self.layout, pair=0)

    def file(self, output: str, role: Role = "1") -> Path:
        """The file of an output."""
        row = OUTPUTS[output]
        below = f"views/{self.views[role]}" if row.scope == "view" else f"pairs/{pair_name(self.pair)}"
        return self.folder / below / f"{output}{row.suffix}"

    def array(self, output: str, role: Role = "1") -> Array:
        return read_array(OUTPUTS[output], self.file(output, role)).copy()

    def write(self, output: str, array: Array, role: Role = "1") -> None:
        row = OUTPUTS[output]
        dtype = np.dtype(bool) if row.kind == "mask" else np.dtype(row.dtype)
        write_array(row, self.file(output, role), array.astype(dtype))

    def seal(self) -> None:
        """A receipt and an index for what lies there now, so that hashes agree and only a look inside tells."""
        folder = self.layout.scene(self.scene)
        old = read_receipt(folder)
        receipt = make_receipt(folder, old.spec_hash, old.outputs, old.package_version)
        (self.folder / "receipt.json").write_bytes(json_bytes(receipt.model_dump(mode="json")))
        update_index(self.layout)


@dataclass(frozen=True)
class Corruption:
    """A named way to make a data set false.

    `sealed` falsifies the receipt and the index along, as a careful forger does. `reason` says why a validation that
    passes it cannot know better; without it the corruption must be found.
    """

    name: str
    group: Literal["files", "arrays", "documents", "index"]
    spoil: Callable[[Target], Any]
    sealed: bool = True
    reason: str = ""

    def apply(self, target: Target) -> None:
        self.spoil(target)
        if self.sealed:
            target.seal()


def edited(output: str, change: Change, role: Role = "1") -> Callable[[Target], None]:
    """Change an array of the pair."""

    def spoil(target: Target) -> None:
        target.write(output, change(target.array(output, role), target), role)

    return spoil


def rewritten(file: str, change: Callable[[Json], Any]) -> Callable[[Target], None]:
    """Change a JSON document of the scene."""

    def spoil(target: Target) -> None:
        path = target.folder / file
        content = json.loads(path.read_bytes())
        change(content)
        path.write_text(json.dumps(content))

    return spoil


def reindexed(change: Callable[[Json], Any]) -> Callable[[Target], None]:
    """Change dataset.json."""

    def spoil(target: Target) -> None:
        content = json.loads(target.layout.index.read_bytes())
        change(content)
        target.layout.index.write_bytes(json_bytes(content))

    return spoil
