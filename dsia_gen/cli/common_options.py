"""Options that several commands share, and small helpers for what they print."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Option

from dsia_gen.core.errors import AssetError, StorageError
from dsia_gen.core.escaping import printable
from dsia_gen.core.locations import place_of
from dsia_gen.core.seeds import LARGEST_SEED

Overrides = Annotated[
    list[str] | None, Option("--set", metavar="KEY=VALUE", help="override a field; dots reach inside, repeatable")
]


def existing_assets(given: Path | None) -> Path | None:
    """A folder of assets that is there, or an address."""
    place = place_of(given) if given is not None else None
    if isinstance(place, Path) and not place.expanduser().is_dir():
        raise AssetError(
            f"--assets: there is no folder {given}; give one that `dsia-gen assets import` or `assets fetch` wrote, or "
            "leave the option out"
        )
    return given


def output_file(given: Path | None) -> Path | None:
    """A file that can be written: its folder is there, and it is not one itself; `-` is stdout."""
    if given is not None and str(given) != "-":
        require_place(given, "--output")
    return given


def require_place(file: Path, option: str, suffix: str = "") -> None:
    """StorageError unless a file can be written: its folder is there, it is not one itself, and ends with `suffix`."""
    if file.is_dir():
        raise StorageError(f"{option}: {file} is a folder; give the name of a file in it")
    if not file.parent.is_dir():
        raise StorageError(f"{option}: there is no folder {file.parent}; make it, or write the file elsewhere")
    if not file.name.endswith(suffix):
        raise StorageError(f"{option}: {file.name} does not end with {suffix}; give such a name")


AssetFolder = Annotated[
    Path | None,
    Option("--assets", metavar="FOLDER", help="folder or address of your own assets", callback=existing_assets),
]
Seed = Annotated[int, Option("--seed", min=0, max=LARGEST_SEED, help="seed of the scene")]
AsJson = Annotated[bool, Option("--json", help="print JSON for scripts")]
Resolution = Annotated[str, Option("--resolution", metavar="WxH", help="pixels")]
Device = Annotated[
    str, Option("--device", help="auto, cpu, cuda, optix, hip, oneapi or metal; a missing one is an error")
]


def parse_resolution(text: str, option: str = "--resolution") -> tuple[int, int]:
    """Width and height of `960x540`."""
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not of the form 960x540", param_hint=option) from None
    if min(width, height) < 16 or max(width, height) > 16384:
        raise typer.BadParameter(f"{text} is outside 16x16 to 16384x16384", param_hint=option)
    return width, height


def parse_pairs(given: Sequence[str] | None, option: str, example: str) -> dict[str, str]:
    """The values of a repeatable option of the form NAME=VALUE."""
    pairs = [text.partition("=") for text in given or ()]
    for name, equals, value in pairs:
        if not name or not value:
            raise typer.BadParameter(f"{name + equals + value!r} is not of the form {example}", param_hint=option)
    return {name: value for name, _, value in pairs}


def announce_download(dataset: Path | str) -> None:
    """Tell on stderr how much of a data set in a store is about to be downloaded, where it is much."""
    from dsia_gen.core.progress import LARGE_DOWNLOAD, byte_size
    from dsia_gen.dataset.layout import DatasetLayout

    layout = DatasetLayout(dataset)
    if layout.mirror is not None and (size := layout.mirror.pending_bytes()) >= LARGE_DOWNLOAD:
        echo(f"downloading {layout.address}: {byte_size(size)} to {layout.root}, where it is kept", err=True)


def echo(text: str, err: bool = False, nl: bool = True) -> None:
    """A line on stdout or stderr; names from files give a terminal no orders."""
    typer.echo(printable(text), err=err, nl=nl)


def print_json(document: Any) -> None:
    """JSON on stdout."""
    echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def print_table(title: str, columns: list[str], rows: list[list[str]], cut: Sequence[str] = ()) -> None:
    """A table on stdout: as wide as the terminal, with cells folded into lines; into a pipe as wide as it is, a row a
    line.

    On a terminal, cells of the columns `cut` stay on one line that may end early; where there is no room, the last of
    them are left out, and the title says so.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False)
    cells = [list(map(printable, row)) for row in rows]
    room = None
    if sys.stdout.isatty() and cut:
        room = _room(console.width, columns, cells, cut)
        if missing := [column for column in columns if column not in room]:
            title += f" (without {', '.join(missing)}: a wider terminal, a pipe or --json has all)"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    shown = [k for k, column in enumerate(columns) if room is None or column in room]
    for column in (columns[k] for k in shown):
        one_line = room is not None and column in cut
        table.add_column(
            column, overflow="ellipsis" if one_line else "fold", no_wrap=one_line, max_width=(room or {}).get(column)
        )
    for row in cells:
        table.add_row(*(row[k] for k in shown))
    if not sys.stdout.isatty():
        console.width = max(160, console.measure(table, options=console.options.update(max_width=100_000)).maximum)
    console.print(table)


def _room(width: int, columns: list[str], cells: list[list[str]], cut: Sequence[str]) -> dict[str, int]:
    """Letters of each column that a table has room for.

    Those of `cut` share what the others leave, 10 each or all that they hold, and the last of them go where that is too
    much. The first column folds beyond 34 letters and two fifths.
    """
    from rich.cells import cell_len

    between = 3  # letters between columns, and around the table
    want = {
        column: max(map(cell_len, (column, *(row[k] for row in cells))), default=0) for k, column in enumerate(columns)
    }
    want[columns[0]] = min(want[columns[0]], max(2 * width // 5, 34))
    room = {column: want[column] for column in columns if column not in cut}
    left = width - between - sum(letters + between for letters in room.values())
    kept = list(cut)
    while kept and sum(min(want[column], 10) + between for column in kept) > left:
        kept.pop()
    left -= between * len(kept)
    for done, column in enumerate(sorted(kept, key=want.__getitem__)):  # the short ones leave room to the long ones
        room[column] = min(want[column], left // (len(kept) - done))
        left -= room[column]
    return room
