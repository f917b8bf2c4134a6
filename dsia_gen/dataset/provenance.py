"""Which software rendered a scene, as its run.json records it, and what of that may be mixed in one data set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dsia_gen.spec.record import Record

KEY, OLD_KEY = "fingerprint", "recipe"
"""Of run.json. Version 0.1 wrote the hash of the content alone, under the old key."""


class Fingerprint(Record):
    """What a scene was made of. Versions that are not known are empty.

    `content` is a hash of all that the job says of the scene and of its resolved configuration; `blender` and
    `dsia_gen` are versions of what rendered it.
    """

    content: str
    blender: str = ""
    dsia_gen: str = ""

    def same_renderer(self, other: Fingerprint) -> bool:
        """Whether both were rendered by the same software, as far as that is known.

        Of Blender every release counts. Patch releases of dsia-gen (0.1.0, 0.1.1) do not change what is rendered.
        """
        pairs = [(_numbers(self.blender), _numbers(other.blender))]
        pairs.append((_numbers(self.dsia_gen)[:2], _numbers(other.dsia_gen)[:2]))
        return all(a == b for a, b in pairs if a and b)

    def comparable(self, other: Fingerprint) -> bool:
        """Whether equal configurations give equal `content`: another version may have other fields and defaults."""
        return _numbers(self.dsia_gen)[:2] == _numbers(other.dsia_gen)[:2] or not self.dsia_gen

    @property
    def renderer(self) -> str:
        """The software in words."""
        return f"Blender {self.blender or '(unknown version)'} with dsia-gen {self.dsia_gen or '(unknown version)'}"


def recorded_fingerprint(run: Mapping[str, Any]) -> Fingerprint | None:
    """The fingerprint in the document of a run.json."""
    found, old = run.get(KEY), run.get(OLD_KEY)
    if isinstance(found, dict) and isinstance(found.get("content"), str):
        return Fingerprint.model_validate({name: found.get(name, "") for name in Fingerprint.model_fields})
    if not isinstance(old, str):
        return None
    worker = run.get("worker")
    blender = worker.get("blender", "") if isinstance(worker, dict) else ""
    return Fingerprint(content=old, blender=str(blender), dsia_gen=str(run.get("dsia_gen", "")))


def renderers(runs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The versions that rendered the scenes of some run.json documents, with the number of scenes of each."""
    counts: dict[tuple[str, str], int] = {}
    for run in runs:
        found = recorded_fingerprint(run)
        key = (found.blender, found.dsia_gen) if found is not None else ("", "")
        counts[key] = counts.get(key, 0) + 1
    return [{"blender": b, "dsia_gen": d, "scenes": count} for (b, d), count in sorted(counts.items())]


def mixture(versions: Sequence[Mapping[str, Any]]) -> str:
    """A sentence that names the renderers of a data set, where they are several; empty otherwise."""
    found = [Fingerprint(content="", blender=row["blender"], dsia_gen=row["dsia_gen"]) for row in versions]
    counts = [row["scenes"] for row in versions]
    if all(one.same_renderer(other) for one in found for other in found):
        return ""
    parts = [f"{one.renderer} ({count} scene{'s' * (count != 1)})" for one, count in zip(found, counts, strict=True)]
    return f"The scenes were rendered by several versions: {', '.join(parts)}."


def _numbers(version: str) -> tuple[int, ...]:
    """(4, 5, 3) of "4.5.3 LTS"; empty for an unknown version."""
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()
