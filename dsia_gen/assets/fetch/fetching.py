"""Fetching: many downloads at once, each unpacked, compared with what the folder had, and recorded in its manifest."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
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
        return {
            "source": self.source,
            "folder": str(self.folder),
            "fetched": self.fetched,
            "kept": self.kept,
            "failed": self.failed,
            "archives": [str(path) for path in self.archives],
        }


@dataclass
class Progress:
    """Told of bytes as they come (fewer than none when they are lost) and of bundles that are done; thread-safe."""

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
    """Bring what `query` asks of `source` into the folder `root` and record it in the folder's manifest.

    What the folder already has, with the hashes of its manifest, is not loaded again. A failure of one bundle leaves
    the others alone and is told in the report; an interruption keeps what is whole, and the next fetch goes on.
    """
    web = web or Web()
    known = {entry.id: entry for entry in folder_entries(root)}
    address = base_address(source, base)
    report = FetchReport(source.name, root)
    bundles = source.choose(web, address, query)
    missing = [bundle for bundle in bundles if not _has(root, bundle, known)]
    report.kept = [name for bundle in bundles if bundle not in missing for name in bundle.ids]
    _run(_Work(source, query, root, web, address, known, progress or Progress()), missing, report, workers)
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
        """Where downloads lie until they are whole; a broken fetch goes on from there."""
        return self.root / ".downloads" / self.source.name

    def bring(self, bundle: AssetBundle) -> list[Entry]:
        """Download one bundle, unpack it aside, compare it with the record, and move it to its place."""
        staged = self._download(bundle)
        out = self.staging / f"{bundle.name.replace('/', '_')}.unpacked"
        shutil.rmtree(out, ignore_errors=True)
        try:
            out.mkdir(parents=True)
            found = self.source.unpack(bundle, staged, out, self.query)
            entries = [_confirmed(_hashed(entry, out), self.known.get(entry.id)) for entry in found]
            for entry in entries:
                _place(entry, out, self.root)
        except OSError as error:
            raise AssetError(f"{bundle.name} cannot be unpacked: {error.strerror or error}") from error
        finally:
            shutil.rmtree(out, ignore_errors=True)
        if not self.source.keeps_archives:
            for path in staged.values():
                path.unlink(missing_ok=True)
        return entries

    def _download(self, bundle: AssetBundle) -> dict[str, Path]:
        staged = {}
        for name, remote in self.source.files(self.web, self.base, bundle, self.query).items():
            plain_name(name)
            staged[name] = self.staging / name
            if not (self.source.keeps_archives and staged[name].is_file()):
                self.web.download(remote, staged[name], self.progress.count_bytes)
        return staged


def _hashed(entry: Entry, out: Path) -> Entry:
    files = {path: file_hash(out / path) for path in entry.files}
    return entry.model_copy(update={"sha256": file_hash(out / str(entry.file)), "files": files})


def _confirmed(found: Entry, known: Entry | None) -> Entry:
    """The entry to record: a person's corrections stay, and other bytes than those recorded are an error."""
    if known is None:
        return found
    if known.sha256 and known.sha256 != found.sha256:
        raise AssetError(
            f"{found.id}: the source now has other bytes than manifest.yaml records (SHA-256 {found.sha256} instead of "
            f"{known.sha256}); remove the entry there to accept them"
        )
    return known.model_copy(update={"file": found.file, "files": found.files, "sha256": found.sha256})


def _place(entry: Entry, out: Path, root: Path) -> None:
    for path in (str(entry.file), *entry.files):
        if (out / path).exists():  # entries may share a file, and an earlier one has moved it
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).replace(root / path)


def _has(root: Path, bundle: AssetBundle, known: Mapping[str, Entry]) -> bool:
    return bool(bundle.ids) and all(name in known and intact(root, known[name]) for name in bundle.ids)


def intact(root: Path, entry: Entry) -> bool:
    """Whether every file of an entry is below `root` with the hash that the entry records."""
    files = {**entry.files, **({entry.file: entry.sha256} if entry.file else {})}
    return bool(files) and all(
        (root / path).is_file() and (not stated or file_hash(root / path) == stated) for path, stated in files.items()
    )


def _run(work: _Work, bundles: Sequence[AssetBundle], report: FetchReport, workers: int) -> None:
    unrecorded: list[Entry] = []
    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="fetch")
    futures = {pool.submit(work.bring, bundle): bundle for bundle in bundles}
    waiting = dict(futures)
    try:
        for done, future in enumerate(as_completed(futures), start=1):
            del waiting[future]
            try:
                unrecorded += future.result()
            except AssetError as error:
                report.failed[futures[future].name] = str(error)
            work.progress.on_done(done, len(bundles))
            if len(unrecorded) >= _RECORD_EVERY:
                unrecorded = _record(work, unrecorded, report)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        # After an interruption, those that were under way have ended by now.
        whole = [future for future in waiting if not future.cancelled() and future.exception() is None]
        _record(work, [*unrecorded, *(entry for future in whole for entry in future.result())], report)
        _tidy(work.root / ".downloads")
        report.archives = sorted(work.staging.glob("*")) if work.source.keeps_archives else []


def _record(work: _Work, entries: Sequence[Entry], report: FetchReport) -> list[Entry]:
    new = [entry for entry in entries if work.known.get(entry.id) != entry]
    report.kept += [entry.id for entry in entries if work.known.get(entry.id) == entry]
    if new:
        record_entries(work.root, new)
        report.fetched += [entry.id for entry in new]
    return []


def _tidy(folder: Path) -> None:
    """Remove the folders that downloads left empty."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
