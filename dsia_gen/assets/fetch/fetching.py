"""Fetching: many downloads at once, each unpacked, compared with what the folder had, and recorded in its manifest."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dsia_gen.assets.fetch.asset_source import AssetBundle, FetchSource, Query, base_address, plain_name
from dsia_gen.assets.fetch.web import Web
from dsia_gen.assets.manifest import Entry, folder_entries, record_entries
from dsia_gen.core.errors import AssetError
from dsia_gen.core.io import file_hash

_RECORD_EVERY = 20
"""Entries between two writings of the manifest, which grows with the folder."""


@dataclass
class FetchReport:
    """What came of a fetch: ids that are new, ids that were there, and what failed with its reason."""

    source: str
    folder: Path
    fetched: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    archives: list[Path] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether all that was asked for is in the folder."""
        return not self.failed

    def to_dict(self) -> dict[str, object]:
        """For scripts."""
        return asdict(self) | {"folder": str(self.folder), "archives": [str(path) for path in self.archives]}


@dataclass
class Progress:
    """Called with the bytes that came (negative when they are lost) and the bundles that are done; thread-safe."""

    on_bytes: Callable[[int], None] = lambda _: None
    on_done: Callable[[int, int], None] = lambda _done, _total: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count_bytes(self, number: int) -> None:
        with self._lock:
            self.on_bytes(number)


def fetch(
    source: FetchSource,
    query: Query,
    root: Path,
    web: Web | None = None,
    *,
    base: str | None = None,
    workers: int = 4,
    progress: Progress | None = None,
) -> FetchReport:
    """Download what `query` asks of `source` into the folder `root` and record it in the folder's manifest.

    What the folder already has, with the hashes of its manifest, is not loaded again. A failure of one bundle leaves
    the others alone and is in the report; an interruption keeps what is complete, and the next fetch continues.
    """
    web = web or Web()
    known = {entry.id: entry for entry in folder_entries(root)}
    work = _Work(source, query, root, web, base_address(source, base), known, progress or Progress())
    report = FetchReport(source.name, root)
    bundles = source.choose(web, work.base, query)
    there = [b for b in bundles if b.ids and all(name in known and intact(root, known[name]) for name in b.ids)]
    report.kept = [name for bundle in there for name in bundle.ids]
    missing = [bundle for bundle in bundles if bundle not in there]
    unrecorded: list[Entry] = []
    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="fetch")
    futures = {pool.submit(work.download, bundle): bundle for bundle in missing}
    waiting = dict(futures)
    try:
        for done, future in enumerate(as_completed(futures), start=1):
            del waiting[future]
            try:
                unrecorded += future.result()
            except AssetError as error:
                report.failed[futures[future].name] = str(error)
            work.progress.on_done(done, len(missing))
            if len(unrecorded) >= _RECORD_EVERY:
                work.record(unrecorded, report)
                unrecorded = []
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        # After an interruption, those that were under way have ended by now.
        complete = [future for future in waiting if not future.cancelled() and future.exception() is None]
        work.record([*unrecorded, *(entry for future in complete for entry in future.result())], report)
        downloads = root / ".downloads"
        for path in (*sorted(downloads.rglob("*"), reverse=True), downloads):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        report.archives = sorted(work.staging.glob("*")) if source.keeps_archives else []
    return report


@dataclass(frozen=True)
class _Work:
    source: FetchSource
    query: Query
    root: Path
    web: Web
    base: str
    known: Mapping[str, Entry]
    progress: Progress

    @property
    def staging(self) -> Path:
        """Where downloads lie until they are complete; an interrupted fetch continues from there."""
        return self.root / ".downloads" / self.source.name

    def download(self, bundle: AssetBundle) -> list[Entry]:
        """Download a bundle, unpack it aside, compare it with the record, and move it to its place."""
        staged = {}
        for name, remote in self.source.files(self.web, self.base, bundle, self.query).items():
            staged[plain_name(name)] = self.staging / name
            if not (self.source.keeps_archives and staged[name].is_file()):
                self.web.download(remote, staged[name], self.progress.count_bytes)
        out = self.staging / f"{bundle.name.replace('/', '_')}.unpacked"
        shutil.rmtree(out, ignore_errors=True)
        try:
            out.mkdir(parents=True)
            entries = [self.confirmed(entry, out) for entry in self.source.unpack(bundle, staged, out, self.query)]
            for path in (path for entry in entries for path in (str(entry.file), *entry.files)):
                if (out / path).exists():  # entries may share a file, and an earlier one has moved it
                    (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                    (out / path).replace(self.root / path)
        except OSError as error:
            raise AssetError(f"{bundle.name} cannot be unpacked: {error.strerror or error}") from error
        finally:
            shutil.rmtree(out, ignore_errors=True)
        if not self.source.keeps_archives:
            for archive in staged.values():
                archive.unlink(missing_ok=True)
        return entries

    def confirmed(self, entry: Entry, out: Path) -> Entry:
        """The entry to record, with hashes: the user's corrections stay, and other bytes than recorded are an error."""
        hashes = {path: file_hash(out / path) for path in entry.files}
        found = entry.model_copy(update={"sha256": file_hash(out / str(entry.file)), "files": hashes})
        known = self.known.get(entry.id)
        if known is None:
            return found
        if known.sha256 and known.sha256 != found.sha256:
            raise AssetError(
                f"{found.id}: the source now has other bytes than manifest.yaml records (SHA-256 {found.sha256} "
                f"instead of {known.sha256}); remove the entry there to accept them"
            )
        return known.model_copy(update={"file": found.file, "files": found.files, "sha256": found.sha256})

    def record(self, entries: Sequence[Entry], report: FetchReport) -> None:
        """Put entries into the manifest and the report."""
        new = [entry for entry in entries if self.known.get(entry.id) != entry]
        report.kept += [entry.id for entry in entries if entry not in new]
        if new:
            record_entries(self.root, new)
            report.fetched += [entry.id for entry in new]


def intact(root: Path, entry: Entry) -> bool:
    """Whether every file of an entry is below `root` with the hash that the entry records."""
    files = {**entry.files, **({entry.file: entry.sha256} if entry.file else {})}
    return bool(files) and all(
        (root / path).is_file() and (not stated or file_hash(root / path) == stated) for path, stated in files.items()
    )
