"""What became of each file of an imported folder, as a document and as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dsia_gen.spec.import_request import Measured


@dataclass(frozen=True)
class ImportOutcome:
    """What became of a file.

    Parameters
    ----------
    name : str
        Path below the imported folder.
    state : {"new", "kept", "refused"}
        Opened in this run, or in an earlier one, or not used.
    ids : tuple of str
        Ids of its entries.
    found : Measured, optional
        What was measured.
    reason : str
        Why it was refused.
    """

    name: str
    state: Literal["new", "kept", "refused"]
    ids: tuple[str, ...] = ()
    found: Measured | None = None
    reason: str = ""


@dataclass(frozen=True)
class ImportReport:
    """All files of a run.

    Parameters
    ----------
    folder : Path
        The imported folder.
    target : Path
        The asset folder.
    outcomes : list of ImportOutcome
        Of files that are assets, or were refused, in order of the names.
    parts : dict of str to str
        Files that belong to another one, and its name.
    passed : dict of str to str
        Files that are not assets, and what they are.
    notes : list of str
        What the user should know of the run as a whole.
    """

    folder: Path
    target: Path
    outcomes: list[ImportOutcome] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    passed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def came(self) -> bool:
        """Whether anything of the folder became an asset.

        Returns
        -------
        bool
            Whether some file is new or kept.
        """
        return any(outcome.state != "refused" for outcome in self.outcomes)

    def total(self) -> str:
        """Account for every file.

        Returns
        -------
        str
            How many files there are, and how many of them have which end.
        """
        kinds = Counter(self.passed.values())
        listed = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        ends = [f"{len(self.of(state))} {state}" for state in ("new", "kept", "refused")]
        ends += [f"{len(self.parts)} part of others"] if self.parts else []
        ends += [f"{len(self.passed)} passed over ({listed})"] if self.passed else []
        count = len(self.outcomes) + len(self.parts) + len(self.passed)
        return f"{count:,} {'file' if count == 1 else 'files'}: {', '.join(ends)}"

    def of(self, state: str) -> list[ImportOutcome]:
        """Select outcomes.

        Parameters
        ----------
        state : {"new", "kept", "refused"}
            The state.

        Returns
        -------
        list of ImportOutcome
            Those of the state.
        """
        return [outcome for outcome in self.outcomes if outcome.state == state]

    def to_dict(self) -> dict[str, object]:
        """Make a document for scripts.

        Returns
        -------
        dict
            Plain JSON.
        """
        lines = []
        for o in self.outcomes:
            found = None if o.found is None else o.found.model_dump(mode="json")
            lines.append({"file": o.name, "state": o.state, "ids": list(o.ids), "reason": o.reason, "found": found})
        counts = {state: len(self.of(state)) for state in ("new", "kept", "refused")}
        others = {"parts": self.parts, "passed": self.passed, "notes": self.notes}
        return {"folder": str(self.folder), "target": str(self.target), **counts, "files": lines, **others}


def summary(outcomes: Sequence[ImportOutcome]) -> Iterator[list[str]]:
    """Make the rows of a table of files.

    Parameters
    ----------
    outcomes : Sequence of ImportOutcome
        Outcomes of a run.

    Yields
    ------
    list of str
        Name, kind, size, content and result.
    """
    for outcome in outcomes:
        found = outcome.found
        if found is None:
            result = f"refused: {outcome.reason}" if outcome.reason else f"listed as {', '.join(outcome.ids)}"
            yield [outcome.name, "", "", "", result]
            continue
        size = f"{found.pixels[0]} x {found.pixels[1]} px" if found.pixels else ""
        if found.size is not None:
            size = " x ".join(f"{side:.3g}" for side in found.size) + " m"
        content = []
        if found.triangles is not None:
            content.append(f"{found.triangles:,} triangles")
        if found.bones:
            content.append(f"{found.bones} bones ({found.skeleton})")
        if found.frames:
            content.append(f"{found.frames} frames at {found.fps:g} fps")
        if found.textures:
            content.append(f"{found.textures - len(found.missing)} of {found.textures} textures")
        yield [outcome.name, found.kind, size, ", ".join(content), "; ".join((outcome.state, *found.notes))]
        for other in found.others:
            tall = f"{other.height:.3g} m tall" if other.height is not None else ""
            yield [f"  figure {other.name}", other.kind, tall, f"{other.bones} bones", "; ".join(other.notes)]
        for clip in found.clips:
            long = f"{clip.frames} frames at {clip.fps:g} fps"
            yield [f"  {clip.name or 'its clip'}", "motion", "", long, "; ".join((outcome.state, *clip.notes))]
