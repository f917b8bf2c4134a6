"""Fetching: many downloads at once, each unpacked, compared with what the folder had, and recorded in its manifest."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from dsia_gen.assets.fetch.asset_source import AssetBundle, FetchSource, Query, base_address, plain_name
from dsia_gen.assets.fetch.web import RemoteFile, Web, partial_file
from dsia_gen.assets.manifest import Entry, folder_entries, record_entries
from dsia_gen.core.errors import AssetError
from dsia_gen.core.io import file_hash, move

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
    """What a fetch tells on its way; thread-safe.

    `on_plan` gets the number of files to come and their bytes, as far as the source states them; `on_size` a file that
    has begun and its bytes, where the source did not; `on_bytes` the bytes that came, negative when they are lost;
    `on_done` the number of bundles that are done, and of all.
    """

    on_plan: Callable[[int, int], None] = lambda _files, _size: None
    on_size: Callable[[str, int], None] = lambda _name, _size: None
    on_bytes: Callable[[int], None] = lambda _: None
    on_done: Callable[[int, int], None] = lambda _done, _total: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count_bytes(self, number: int) -> None:
        with self._lock:
            self.on_bytes(number)

    def tell_size(self, name: str, size: int) -> None:
        with self._lock:
            self.on_size(name, size)


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
    waiting: dict[Future[list[Entry]], AssetBundle] = {}
    try:
        located = list(pool.map(work.locate, missing))
        coming = {name: r for files in located if not isinstance(files, AssetError) for name, r in files.items()}
        pending = list(work.pending(coming))
        work.progress.on_plan(len(pending), sum(size or 0 for size in pending))
        futures = {
            pool.submit(work.download, bundle, files): bundle for bundle, files in zip(missing, located, strict=True)
        }
        waiting |= futures
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

    def locate(self, bundle: AssetBundle) -> Mapping[str, RemoteFile] | AssetError:
        """The downloads of a bundle, or why there are none."""
        try:
            files = self.source.files(self.web, self.base, bundle, self.query)
            return {plain_name(name): remote for name, remote in files.items()}
        except AssetError as error:
            return error

    def pending(self, files: Mapping[str, RemoteFile]) -> Iterator[int | None]:
        """Bytes to come of each file that is not here yet; None where the source does not say."""
        for name, remote in files.items():
            path = self.staging / name
            if not (self.source.keeps_archives and path.is_file()):
                part = partial_file(path)
                have = part.stat().st_size if part.is_file() else 0
                yield None if remote.size is None else max(0, remote.size - have)

    def download(self, bundle: AssetBundle, files: Mapping[str, RemoteFile] | AssetError) -> list[Entry]:
        """Download a bundle, unpack it aside, compare it with the record, and move it to its place."""
        if isinstance(files, AssetError):
            raise files
        staged = {}
        for name, remote in files.items():
            staged[name] = self.staging / name
            if not (self.source.keeps_archives and staged[name].is_file()):
                tell = partial(self.progress.tell_size, name) if remote.size is None else lambda _: None
                self.web.download(remote, staged[name], self.progress.count_bytes, tell)
        out = self.staging / f"{bundle.name.replace('/', '_')}.unpacked"
        shutil.rmtree(out, ignore_errors=True)
        try:
            out.mkdir(parents=True)
            entries = [self.confirmed(entry, out) for entry in self.source.unpack(bundle, staged, out, self.query)]
            for path in (path for entry in entries for path in (str(entry.file), *entry.files)):
                if (out / path).exists():  # entries may share a file, and an earlier one has moved it
                    (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                    move(out / path, self.root / path)
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
