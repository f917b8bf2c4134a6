"""Which software rendered a scene, as its run.json records it, and what of that may be mixed in one data set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from dsia_gen.core.document import Document


class RendererEntry(Document):
    """Software that rendered scenes of a data set, and how many."""

    blender: str = ""
    dsia_gen: str = ""
    scenes: int = 0


class Fingerprint(Document):
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


def renderers(found: Iterable[Fingerprint | None]) -> list[RendererEntry]:
    """The versions that rendered some scenes, with the number of scenes of each."""
    counts = Counter(("", "") if one is None else (one.blender, one.dsia_gen) for one in found)
    return [RendererEntry(blender=b, dsia_gen=d, scenes=count) for (b, d), count in sorted(counts.items())]


def mixture(versions: Sequence[RendererEntry]) -> str:
    """A sentence that names the renderers of a data set, where they are several; empty otherwise."""
    found = [Fingerprint(content="", blender=row.blender, dsia_gen=row.dsia_gen) for row in versions]
    if all(one.same_renderer(other) for one in found for other in found):
        return ""
    parts = [
        f"{one.renderer} ({row.scenes} scene{'s' * (row.scenes != 1)})"
        for one, row in zip(found, versions, strict=True)
    ]
    return f"The scenes were rendered by several versions: {', '.join(parts)}."


def _numbers(version: str) -> tuple[int, ...]:
    """(4, 5, 3) of "4.5.3 LTS"; empty for an unknown version."""
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()
