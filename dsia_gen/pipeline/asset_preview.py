"""Contact sheets of assets: a tile for each, or for each character in each motion, as a scene would build it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from posixpath import commonpath
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image, ImageDraw

from dsia_gen.assets.library import Library
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.blender_environments import blender_command
from dsia_gen.core.errors import AssetError, DsiaError, WorkerError
from dsia_gen.core.supervise import Limits, run
from dsia_gen.pipeline.preview import GUTTER, INK, LABEL, PAPER, font
from dsia_gen.sampling.thumbnails import image_of, performance_of, thumbnail_of
from dsia_gen.spec.thumbnail_request import Thumbnail, ThumbnailSheet
from dsia_gen.spec.worker_messages import THUMBNAIL_EVENTS, ItemRefused, ThumbnailDone, ThumbnailEvent, ThumbnailRequest

MODULE = "dsia_gen.blender.thumbnail_worker"
LIMITS = Limits(first_seconds=600.0, item_seconds=120.0)
BATCH = 40
"""Thumbnails for which one process is kept: Blender leaks a little with each file."""
COLUMNS, ROWS = 8, 8
LINE, WIDE = 15, 110
"""Height of a line of a label, and the side of a tile from which on labels are larger, in pixels."""
FAINT, BAD = (110, 110, 108), (150, 40, 30)
Progress = Callable[[int, int], None]
ThumbnailRenderer = Callable[[ThumbnailRequest], Iterator[ThumbnailEvent]]
"""Renders thumbnails as `render_thumbnails` does; fakes need no Blender."""


@dataclass(frozen=True)
class AssetTile:
    """A picture of an asset, or of a character in a motion, or the reason why there is none."""

    entry: Entry
    picture: Image.Image | None
    reason: str = ""
    motion: Entry | None = None

    @property
    def name(self) -> str:
        """The id of the asset, and of what it does."""
        return self.entry.id if self.motion is None else f"{self.entry.id} x {self.motion.id}"


@dataclass(frozen=True)
class Look:
    """How tiles are rendered: side in pixels, paths a pixel, device, threads (0 is all cores)."""

    pixels: int = 160
    samples: int = 16
    device: str = "cpu"
    threads: int = 0


def chosen(library: Library, kind: str | None = None, ids: Sequence[str] = (), tag: str | None = None) -> list[Entry]:
    """Entries on this machine, of some kinds and with one of some tags (`a,b`), or those named; AssetError for none.

    A user's files are on this machine when the library has an asset folder; a manifest alone only says what they were.
    """
    unknown = [name for name in ids if name not in library.entries]
    if unknown:
        raise AssetError(f"asset {unknown[0]!r} is in none of the manifests; see `dsia-gen assets list`")
    here = [e for e in library.entries.values() if library.root is not None or e.file is None or e.root != "user"]
    entries = [library.entries[name] for name in ids] or here
    kinds, tags = set((kind or "").split(",")), set((tag or "").split(","))
    found = [
        e
        for e in entries
        if not e.remote and (kind is None or e.kind in kinds) and (tag is None or not tags.isdisjoint(e.tags))
    ]
    if not found:
        raise AssetError("no asset to show; check the manifests, --kind, --tag and --id, or fetch some first")
    return found


def render_thumbnails(request: ThumbnailRequest) -> Iterator[ThumbnailEvent]:
    """Events of one Blender process that renders thumbnails; WorkerError when it dies or one takes too long."""
    request.out.mkdir(parents=True, exist_ok=True)
    yield from run(MODULE, request, THUMBNAIL_EVENTS, name="Blender", limits=LIMITS, command=blender_command,
                   threads=request.threads)  # fmt: skip


def tiles(
    entries: Sequence[Entry],
    library: Library,
    assets: Path | None = None,
    look: Look | None = None,
    progress: Progress = lambda _done, _all: None,
    renderer: ThumbnailRenderer = render_thumbnails,
    motions: Sequence[Entry] = (),
) -> list[AssetTile]:
    """A tile for each entry, in order; with `motions` one for each entry in each of them. What cannot be shown says
    why, and the rest go on.

    Raises WorkerError only when Blender itself does not start.
    """
    look = look or Look()
    played: list[Entry | None] = list(motions) or [None]
    subjects = [(entry, motion) for entry in entries for motion in played]
    made: dict[int, AssetTile] = {}
    waiting: list[tuple[int, Thumbnail]] = []
    for k, (entry, motion) in enumerate(subjects):
        try:
            thumbnail = thumbnail_of(entry, library) if motion is None else performance_of(entry, motion, library)
            if thumbnail is None:
                made[k] = AssetTile(entry, image_of(entry, library, look.pixels))
            else:
                waiting.append((k, thumbnail))
        except DsiaError as error:
            made[k] = AssetTile(entry, None, str(error), motion)
    progress(len(made), len(subjects))
    while waiting:  # from one process after another: when one dies, the asset at which it was is left out
        batch = waiting[:BATCH]
        told = partial(_tell, progress, len(made), len(subjects))
        answers = _answers([thumbnail for _, thumbnail in batch], assets, look, renderer, told)
        for (k, _), (picture, reason) in zip(batch, answers, strict=False):
            entry, motion = subjects[k]
            made[k] = AssetTile(entry, picture, reason, motion)
        waiting = waiting[len(answers) :]
    return [made[k] for k in range(len(subjects))]


def _tell(progress: Progress, before: int, whole: int, more: int) -> None:
    progress(before + more, whole)


def _answers(
    thumbnails: Sequence[Thumbnail], assets: Path | None, look: Look, renderer: ThumbnailRenderer,
    told: Callable[[int], None],
) -> list[tuple[Image.Image | None, str]]:  # fmt: skip
    """A picture or a reason for the thumbnails that one process came to, at least the first; `told` their count."""
    sheet = ThumbnailSheet(thumbnails=tuple(thumbnails), size=(look.pixels, look.pixels), samples=look.samples)
    answers: list[tuple[Image.Image | None, str]] = []
    begun = False
    with TemporaryDirectory(prefix="dsia-gen-") as name:
        out = Path(name)
        request = ThumbnailRequest(sheet=sheet, out=out, assets=assets, device=look.device, threads=look.threads)
        try:
            for event in renderer(request):
                begun = True
                if isinstance(event, ThumbnailDone):
                    with Image.open(out / f"{event.index}.png") as picture:
                        answers.append((picture.convert("RGB"), ""))
                elif isinstance(event, ItemRefused):
                    answers.append((None, event.reason))
                told(len(answers))
        except WorkerError as error:
            if not begun:
                raise
            answers.append((None, f"Blender died of it or took too long ({str(error).splitlines()[0]})"))
            told(len(answers))
    if not answers:
        raise WorkerError("Blender rendered no thumbnail; run 'dsia-gen doctor' for the next step")
    return answers


# --- the sheet ----------------------------------------------------------------------------------------------------


def sheets(
    shown: Sequence[AssetTile], pixels: int = 160, columns: int = COLUMNS, rows: int = ROWS
) -> list[Image.Image]:
    """Sheets of up to `rows` rows of `columns` tiles, each with its id under it.

    What all ids begin with (`builtin/object/`) stands once, at the foot.
    """
    common = shared_folder([tile.entry.id for tile in shown])
    foot, found = LABEL if common else 0, []
    for first in range(0, len(shown), columns * rows):
        page = shown[first : first + columns * rows]
        across, down = min(columns, len(page)), -(-len(page) // columns)
        labels = [label_lines(tile.entry.id.removeprefix(common), pixels) for tile in page]
        cell = (pixels + GUTTER, pixels + max(map(len, labels)) * LINE + 2 * GUTTER)
        sheet = Image.new("RGB", (across * cell[0] + GUTTER, down * cell[1] + GUTTER + foot), PAPER)
        draw = ImageDraw.Draw(sheet)
        for k, (tile, label) in enumerate(zip(page, labels, strict=True)):
            x, y = GUTTER + k % columns * cell[0], GUTTER + k // columns * cell[1]
            sheet.paste(square(tile, pixels), (x, y))
            for n, line in enumerate(label):
                draw.text((x + 1, y + pixels + 2 + n * LINE), line, fill=INK, font=_type(pixels))
        if common:
            draw.text((GUTTER + 1, down * cell[1] + GUTTER), f"{common}...", fill=FAINT, font=_type(pixels))
        found.append(sheet)
    return found


def grid(shown: Sequence[AssetTile], pixels: int = 160) -> Image.Image:
    """A sheet with a row for each character and a column for each motion, named at the left and at the top."""
    rows = list(dict.fromkeys(tile.entry.id for tile in shown))
    columns = list(dict.fromkeys(tile.motion.id for tile in shown if tile.motion is not None))
    heads = [label_lines(_short(name, columns), pixels) for name in columns]
    head = max(map(len, heads)) * LINE + 2 * GUTTER
    step = pixels + GUTTER
    side = 2 * GUTTER + max(int(_type(pixels).getlength(_short(name, rows))) for name in rows)
    sheet = Image.new("RGB", (side + len(columns) * step + GUTTER, head + len(rows) * step + GUTTER), PAPER)
    draw = ImageDraw.Draw(sheet)
    for column, lines in enumerate(heads):
        for n, line in enumerate(lines):
            draw.text((side + column * step + 1, GUTTER + n * LINE), line, fill=INK, font=_type(pixels))
    for row, name in enumerate(rows):
        draw.text((GUTTER, head + row * step + pixels // 2), _short(name, rows), fill=INK, font=_type(pixels))
    for tile in shown:
        assert tile.motion is not None
        place = (side + columns.index(tile.motion.id) * step, head + rows.index(tile.entry.id) * step)
        sheet.paste(square(tile, pixels), place)
    return sheet


def _short(name: str, names: Sequence[str]) -> str:
    return name.removeprefix(shared_folder(names)) if len(names) > 1 else name


def shared_folder(names: Sequence[str]) -> str:
    """What several names begin with, up to a slash; nothing for one name."""
    folder = commonpath([name.rpartition("/")[0] for name in names]) if len(names) > 1 else ""
    return f"{folder}/" if folder else ""


def _type(pixels: int) -> Any:
    """The face of labels under tiles of a side in pixels."""
    return font(13 if pixels >= WIDE else 10)


def square(tile: AssetTile, pixels: int) -> Image.Image:
    """The image of a tile in the middle of a square of a side in pixels; the reason where there is none."""
    square = Image.new("RGB", (pixels, pixels), (232, 232, 230))
    if tile.picture is not None:
        width, height = tile.picture.size
        square.paste(tile.picture, ((pixels - width) // 2, (pixels - height) // 2))
        return square
    draw = ImageDraw.Draw(square)
    for n, line in enumerate(_wrapped(tile.reason, pixels - 8)[: (pixels - 8) // 12]):
        draw.text((4, 4 + 12 * n), line, fill=BAD, font=font(10))
    return square


def label_lines(name: str, pixels: int) -> list[str]:
    """The id in one or two lines: broken after a slash, cut in the middle where it is longer still."""
    if _type(pixels).getlength(name) <= pixels:
        return [name]
    head, slash, tail = name.rpartition("/")
    return [_cut(head + slash, pixels), _cut(tail, pixels)] if slash else [_cut(name, pixels)]


def _cut(text: str, pixels: int) -> str:
    short = text
    for half in range(len(text) // 2, 1, -1):
        if _type(pixels).getlength(short) <= pixels:
            break
        short = text[:half] + ".." + text[-half:]
    return short


def _wrapped(text: str, pixels: int) -> list[str]:
    """Lines no wider than `pixels`; words longer than that are broken."""
    lines, line = [], ""
    for word in text.replace("/", "/ ").split():
        joined = f"{line} {word}".strip() if not line.endswith("/") else line + word
        if line and font(10).getlength(joined) > pixels:
            lines.append(line)
            joined = word
        line = joined
    return [*lines, line]


def page_paths(output: Path, pages: int) -> list[Path]:
    """Where sheets go: the output itself, or NAME_1.png, NAME_2.png, ... for several."""
    if pages == 1:
        return [output]
    return [output.with_name(f"{output.stem}_{k}{output.suffix}") for k in range(1, pages + 1)]
