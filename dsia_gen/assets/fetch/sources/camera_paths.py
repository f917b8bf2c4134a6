"""Camera paths recovered from videos: RealEstate10K (Zhou et al. 2018) and MannequinChallenge (Li et al. 2019).

Each is one archive of text files, `<Name>/<split>/<clip>.txt`; the archive is kept, because it holds far more than is
asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dsia_gen.assets.fetch.archive import members, unpack
from dsia_gen.assets.fetch.asset_source import AssetBundle, Query
from dsia_gen.assets.fetch.web import RemoteFile, Web
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.errors import AssetError
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.spec.asset import AssetKind

_CLIP = re.compile(r"(?:.*/)?(train|validation|test)/([A-Za-z0-9_-]+)\.txt")


@dataclass(frozen=True)
class CameraPaths:
    """Clips of one archive, by split and name (test/0c11dbe781b1c11c) or by name alone."""

    name: str
    base: str
    archive: str
    title: str
    page: str
    credit: str
    about: str
    kind: AssetKind = "trajectory"
    keeps_archives: bool = True

    def choose(self, web: Web, base: str, query: Query) -> Sequence[AssetBundle]:
        """The archive; what is in it shows when it is there."""
        ids = tuple(f"{self.name}/{name}" for name in query.ids) if all("/" in name for name in query.ids) else ()
        return [AssetBundle(self.name, ids)]

    def files(self, web: Web, base: str, bundle: AssetBundle, query: Query) -> Mapping[str, RemoteFile]:
        """The archive."""
        return {self.archive: RemoteFile(f"{base}/{self.archive}")}

    def unpack(self, bundle: AssetBundle, staged: Mapping[str, Path], out: Path, query: Query) -> list[Entry]:
        """The clips that were named, or the first in alphabetical order."""
        (archive,) = staged.values()
        # Clips as split/name with the name of the member that holds them.
        found = [(match, member.name) for member in members(archive) if (match := _CLIP.fullmatch(member.name))]
        clips = {f"{match[1]}/{match[2]}": name for match, name in found}
        if not clips:
            raise AssetError(f"{archive.name} holds no camera paths (train|validation|test/*.txt); the source changed")
        chosen = []
        for name in query.ids:
            matches = [clip for clip in clips if clip == name or clip.endswith(f"/{name}")]
            if not matches:
                raise AssetError(f"the archive has no clip {name!r}{suggestion(name, sorted(clips)[:2000])}")
            chosen.append(matches[0])
        chosen = chosen or sorted(c for c in clips if query.wants(c))[: query.count]
        if not chosen:
            raise AssetError(f"no clip of {archive.name} fits {' '.join(query.words)!r}")
        wanted = {clips[clip]: f"trajectories/{self.name}/{clip}.txt" for clip in chosen}
        unpack(archive, out, wanted.get)
        return [
            Entry(
                id=f"{self.name}/{clip}",
                kind="trajectory",
                file=wanted[clips[clip]],
                fetch=f"{self.name}:{clip}",
                source=f"{self.title}, {clip}",
                get=self.page,
                licence="CC-BY-4.0",
                attribution=self.credit,
                redistribution="yes",
                training="yes",
                tags=["outdoor", "indoor", clip.partition("/")[0]],
            )
            for clip in dict.fromkeys(chosen)
        ]


REALESTATE10K = CameraPaths(
    name="realestate10k",
    base="https://storage.googleapis.com/realestate10k-public-files",
    archive="RealEstate10K.tar.gz",
    title="RealEstate10K",
    page="https://google.github.io/realestate10k",
    credit="Google RealEstate10K (Zhou et al. 2018)",
    about="RealEstate10K: 80,000 camera paths through buildings, CC-BY-4.0; one archive of about 720 MiB",
)
MANNEQUINCHALLENGE = CameraPaths(
    name="mannequinchallenge",
    base="https://storage.googleapis.com/mannequinchallenge-data",
    archive="MannequinChallenge.tar",
    title="MannequinChallenge",
    page="https://google.github.io/mannequinchallenge",
    credit="Google MannequinChallenge (Li et al. 2019)",
    about="MannequinChallenge: camera paths around people, CC-BY-4.0; one archive of about 40 MiB",
)
