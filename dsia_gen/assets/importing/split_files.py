"""Files that hold whole scenes, split into their objects: each becomes a file in the asset folder."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from dsia_gen.assets.importing.archives import MARK, unpacked
from dsia_gen.assets.importing.discover import UNPACKED, Discovery, Found, ImportRoot, discover
from dsia_gen.assets.importing.import_worker import START_SECONDS
from dsia_gen.core.blender_environments import blender_command
from dsia_gen.core.errors import AssetError, ItemLimitError, WorkerError
from dsia_gen.core.supervise import Limits, run
from dsia_gen.spec.worker_messages import SPLIT_EVENTS, ItemRefused, SplitRequest

WORKER = "dsia_gen.blender.importing.split_process"
_TOLD = ".missing.txt"


@dataclass(frozen=True)
class SplitFile:
    """What became of a file: the objects that were made of it, none where it holds a single one, and a word on it."""

    pieces: Discovery
    note: str = ""


def split_file(item: Found, target: Path, seconds: float, memory_gib: float) -> SplitFile:
    """Split a file into its objects below `<target>/unpacked`, unless that was done before with the same bytes.

    AssetError, with the reason, when it cannot be split.
    """
    place = unpacked(item.path, item.name, target, lambda half: _write_pieces(item, half, seconds, memory_gib))
    prefix = f"{UNPACKED}/{item.name}/"
    pieces = discover(ImportRoot(place, prefix))
    for own in (MARK, _TOLD):
        pieces.passed.pop(prefix + own, None)
    missing = (place / _TOLD).read_text(encoding="utf-8") if (place / _TOLD).is_file() else ""
    return SplitFile(pieces, f"{item.name}: {missing} missing, plain colour instead" if missing else "")


def _write_pieces(item: Found, out: Path, seconds: float, memory_gib: float) -> None:
    request = SplitRequest(folder=str(item.root.folder), path=item.inner, out=out, memory_gib=memory_gib)
    limits = Limits(first_seconds=START_SECONDS + seconds, item_seconds=seconds)
    missing = dict[str, None]()
    try:
        with closing(
            run(WORKER, request, SPLIT_EVENTS, name="Blender", limits=limits, command=blender_command)
        ) as events:
            for event in events:
                if isinstance(event, ItemRefused):
                    raise AssetError(event.reason.replace(f"{item.root.folder}/", ""))
                missing |= dict.fromkeys(event.missing)
    except ItemLimitError as error:
        step = "simplify it, or raise --timeout"
        raise AssetError(f"{item.name} was not split within {seconds:g} s; {step}") from error
    except WorkerError as error:
        ended = error.ended or "ended early"
        raise AssetError(
            f"the process that split {item.name} {ended}: the file is broken, or needs more than {memory_gib:g} GiB of "
            "memory; export it again, or raise --memory"
        ) from error
    if missing:
        (out / _TOLD).write_text(", ".join(missing), encoding="utf-8")
