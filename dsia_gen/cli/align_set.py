"""`dsia-gen align-set`: a set of images of one thing, or several sets, aligned jointly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from dsia_gen.cli.common_options import AsJson, Overrides, echo, print_json
from dsia_gen.cli.completion import presets
from dsia_gen.cli.train import align_extra
from dsia_gen.core.progress import counting

if TYPE_CHECKING:
    from dsia_gen.align.align_sets import AlignedSet


def align_set(
    folder: Annotated[Path, Argument(metavar="FOLDER|SETS", help="images, or what `dsia-gen dataset sets` wrote")],
    output: Annotated[Path, Option("--output", "-o", metavar="OUT", help="folder to write; resumes")],
    config: Annotated[
        str,
        Option(
            metavar="PRESET|FILE", help="settings: spacejam_tiny or spacejam", autocompletion=presets("align_configs")
        ),
    ] = "spacejam_tiny",
    overrides: Overrides = None,
    size: Annotated[int, Option(min=16, max=4096, help="side of the aligned images in pixels")] = 256,
    device: Annotated[str, Option(help="auto, cpu or cuda")] = "auto",
    quiet: Annotated[bool, Option("--quiet", "-q", help="no progress bars")] = False,
    as_json: AsJson = False,
) -> None:
    """Align a set of images jointly: aligned images, averages before and after, transforms and a page to look at.

    NAME_mask.png beside NAME says where its object is, and so does transparency; without, what images have in common is
    looked for.
    """
    with align_extra():
        from dsia_gen.align.align_sets import align_sets
        from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig
        from dsia_gen.align.set_files import sets_at

        settings = SpaceJamConfig.load(config, overrides or ())
        works = sets_at(folder)
        rows: list[AlignedSet] = []
        with counting("align", "step", quiet) as progress:
            for row in align_sets(works, output, settings, device=device, size=size, progress=progress):
                rows.append(row)
    failed = [row for row in rows if row.error]
    if as_json:
        print_json({"output": output, "failed": len(failed), "sets": [_plain(row) for row in rows]})
    else:
        for row in rows:
            prefix = f"{row.name}: " if len(rows) > 1 else ""
            for note in row.notes:
                echo(f"note: {prefix}{note}", err=True)
            if row.error:
                echo(f"not aligned: {prefix}{row.error}", err=True)
        echo(f"{len(rows) - len(failed)} sets aligned: {output}" if len(rows) > 1 else _summary(rows[0], output))
    if failed:
        raise typer.Exit(1)


def _summary(row: AlignedSet, output: Path) -> str:
    return "nothing is written" if row.error else f"{row.images} images aligned: open {output / 'index.html'}"


def _plain(row: AlignedSet) -> dict[str, object]:
    measures = {
        when: {name: getattr(found, name) for name in ("gradient", "similarity", "entropy", "features")}
        for when, found in (("before", row.before), ("after", row.after))
        if found is not None
    }
    return {"name": row.name, "images": row.images, "notes": row.notes, "error": row.error, **measures}
