"""The CMU motion capture database: 2,500 trials of 144 subjects as ASF (skeleton) and AMC (motion).

`/subjects/02/02.asf` is a subject's skeleton, `/subjects/02/02_01.amc` a trial. The site asks not to be crawled, so a
number of trials is taken from those that the manifest of motions lists, and only a whole subject is looked up there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from dsia_gen.assets.catalogue import load_manifest
from dsia_gen.assets.fetch.asset_source import AssetBundle, Query
from dsia_gen.assets.fetch.web import RemoteFile, Web
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.errors import AssetError
from dsia_gen.spec.asset import AssetKind

_TRIAL = re.compile(r"(\d{2,3})_(\d{2})")
_SUBJECT = re.compile(r"\d{2,3}")
LICENCE = "free for all uses; the data may not be resold, even converted"
CREDIT = "mocap.cs.cmu.edu, created with funding from NSF EIA-0196217"


class CmuMotions:
    """Trials by subject: each comes with the skeleton that it was recorded on."""

    name: ClassVar[str] = "cmu"
    kind: ClassVar[AssetKind] = "motion"
    base: ClassVar[str] = "http://mocap.cs.cmu.edu"
    about: ClassVar[str] = "CMU Graphics Lab: motion capture, free for all uses; --id 02_01 or a subject, 02"
    keeps_archives: ClassVar[bool] = False

    def choose(self, web: Web, base: str, query: Query) -> Sequence[AssetBundle]:
        """Trials (02_01) or subjects (02) by number, or the first of the manifest's; one bundle a subject."""
        # Trials of the manifest of motions with what they show: 02_01 -> '02_01 walk'.
        listed: dict[str, str] = {}
        for entry in load_manifest("motions")[1].assets:
            if entry.fetch and entry.fetch.startswith("cmu:"):
                trial = entry.fetch.removeprefix("cmu:")
                listed[trial] = f"{trial} {', '.join(t for t in entry.tags if t not in ('outdoor', 'indoor'))}"
        trials: dict[str, list[str]] = defaultdict(list)
        names = query.ids or [name for name, words in listed.items() if query.wants(words)][: query.count]
        if not names:
            step = "`dsia-gen assets list motions` shows them"
            raise AssetError(f"no listed CMU motion fits {' '.join(query.words)!r}; {step}")
        for name in names:
            if match := _TRIAL.fullmatch(name):
                trials[match[1]].append(name)
                continue
            if not _SUBJECT.fullmatch(name):
                raise AssetError(f"{name!r} is neither a trial of CMU (as 02_01) nor a subject (as 02)")
            page = web.text(f"{base}/search.php?subjectnumber={int(name)}") or ""
            found = sorted(set(re.findall(rf"\b({name}_\d\d)\.amc\b", page)))
            if not found:
                raise AssetError(f"CMU lists no trials of subject {name}; numbers below 100 have two digits")
            trials[name] += found
        return [
            AssetBundle(subject, tuple(f"cmu/{trial}" for trial in wanted), {"words": listed})
            for subject, wanted in trials.items()
        ]

    def files(self, web: Web, base: str, bundle: AssetBundle, query: Query) -> Mapping[str, RemoteFile]:
        """The skeleton and the trials of a subject."""
        names = [f"{bundle.name}.asf", *(f"{name.removeprefix('cmu/')}.amc" for name in bundle.ids)]
        return {name: RemoteFile(f"{base}/subjects/{bundle.name}/{name}") for name in names}

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        """`motions/cmu/02/02_01.amc` beside `02.asf`."""
        folder = f"motions/cmu/{bundle.name}"
        (out / folder).mkdir(parents=True)
        for name, path in staged.items():
            # The site answers some wrong names with a page.
            with path.open("rb") as stream:
                head = stream.read(512).lstrip().lower()
            if head.startswith((b"<!doctype", b"<html")):
                raise AssetError(f"{name} is a web page and not a motion; does the trial exist?")
            path.replace(out / folder / name)
        entries = []
        for trial in (name.removeprefix("cmu/") for name in bundle.ids):
            words = bundle.info["words"].get(trial, trial).removeprefix(trial).split(", ")
            entries.append(
                Entry(
                    id=f"cmu/{trial}",
                    kind="motion",
                    file=f"{folder}/{trial}.amc",
                    files={f"{folder}/{bundle.name}.asf": ""},
                    fetch=f"{self.name}:{trial}",
                    source="CMU Graphics Lab Motion Capture Database, "
                    f"subject {int(bundle.name)}, trial {int(trial[-2:])}",
                    licence=LICENCE,
                    attribution=CREDIT,
                    redistribution="unknown",
                    training="yes",
                    tags=["outdoor", "indoor", *(word.strip() for word in words if word.strip())],
                )
            )
        return entries
