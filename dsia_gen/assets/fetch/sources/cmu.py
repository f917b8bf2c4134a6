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
        listed = _listed()
        trials: dict[str, list[str]] = defaultdict(list)
        names = query.ids or [name for name, words in listed.items() if query.wants(words)][: query.count]
        if not names:
            raise AssetError(
                f"no listed CMU motion fits {' '.join(query.words)!r}; `dsia-gen assets list motions` shows them"
            )
        for name in names:
            subject, wanted = _resolve(web, base, name)
            trials[subject] += wanted
        return [
            AssetBundle(subject, tuple(f"cmu/{trial}" for trial in wanted), {"words": listed})
            for subject, wanted in trials.items()
        ]

    def files(self, web: Web, base: str, bundle: AssetBundle, query: Query) -> Mapping[str, RemoteFile]:
        """The skeleton and the trials of a subject."""
        names = [f"{bundle.name}.asf", *(f"{_trial(name)}.amc" for name in bundle.ids)]
        return {name: RemoteFile(f"{base}/subjects/{bundle.name}/{name}") for name in names}

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        """`motions/cmu/02/02_01.amc` beside `02.asf`."""
        folder = f"motions/cmu/{bundle.name}"
        (out / folder).mkdir(parents=True)
        for name, path in staged.items():
            _expect(path, name)
            path.replace(out / folder / name)
        return [self._entry(bundle, folder, _trial(name)) for name in bundle.ids]

    def _entry(self, bundle: AssetBundle, folder: str, trial: str) -> Entry:
        words = bundle.info["words"].get(trial, trial).removeprefix(trial).split(", ")
        return Entry(
            id=f"cmu/{trial}",
            kind="motion",
            file=f"{folder}/{trial}.amc",
            files={f"{folder}/{bundle.name}.asf": ""},
            fetch=f"{self.name}:{trial}",
            source=f"CMU Graphics Lab Motion Capture Database, subject {int(bundle.name)}, trial {int(trial[-2:])}",
            licence=LICENCE,
            attribution=CREDIT,
            redistribution="unknown",
            training="yes",
            tags=["outdoor", "indoor", *(word.strip() for word in words if word.strip())],
        )


def _listed() -> dict[str, str]:
    """Trials of the manifest of motions with what they show: 02_01 -> '02_01 walk'."""
    _, manifest = load_manifest("motions")
    trials = [(e.fetch.partition(":")[2], e.tags) for e in manifest.assets if e.fetch and e.fetch.startswith("cmu:")]
    return {trial: f"{trial} {', '.join(t for t in tags if t not in ('outdoor', 'indoor'))}" for trial, tags in trials}


def _resolve(web: Web, base: str, name: str) -> tuple[str, list[str]]:
    if match := _TRIAL.fullmatch(name):
        return match[1], [name]
    if not _SUBJECT.fullmatch(name):
        raise AssetError(f"{name!r} is neither a trial of CMU (as 02_01) nor a subject (as 02)")
    page = web.text(f"{base}/search.php?subjectnumber={int(name)}") or ""
    trials = sorted(set(re.findall(rf"\b({name}_\d\d)\.amc\b", page)))
    if not trials:
        raise AssetError(f"CMU lists no trials of subject {name}; numbers below 100 have two digits")
    return name, trials


def _trial(entry_id: str) -> str:
    return entry_id.removeprefix("cmu/")


def _expect(path: Path, name: str) -> None:
    """Refuse a page that stands where a motion should: the site answers some wrong names with HTML."""
    with path.open("rb") as stream:
        head = stream.read(512).lstrip().lower()
    if head.startswith((b"<!doctype", b"<html")):
        raise AssetError(f"{name} is a web page and no motion; does the trial exist?")
