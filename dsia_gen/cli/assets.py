"""`dsia-gen assets`: what scenes can be made of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from typer import Argument, Option

from dsia_gen.cli.blender import BlenderName, with_blender
from dsia_gen.cli.common_options import AsJson, AssetFolder, Device, echo, output_file, print_json, print_table
from dsia_gen.cli.stopping import INTERRUPTED
from dsia_gen.core.progress import LARGE_DOWNLOAD, ProgressDisplay, Tally, byte_size, counting
from dsia_gen.core.strict_yaml import suggestion

if TYPE_CHECKING:
    from dsia_gen.assets.manifest import Entry

Manifests = Annotated[
    list[str] | None, Argument(help="manifest presets or files; without them, all presets, or the folder's own")
]
Kinds = Annotated[
    str | None,
    Option("--kind", metavar="A,B", help="only these kinds: character, object, hdri, motion, trajectory, texture"),
]
app = typer.Typer(help="What scenes can be made of.", no_args_is_help=True)


@app.command("list")
def list_assets(
    manifests: Annotated[list[str] | None, Argument(help="manifest presets or files; all presets if none")] = None,
    kind: Kinds = None,
    tag: Annotated[
        list[str] | None, Option(metavar="TAG", help="only those with this tag; repeatable, all are asked for")
    ] = None,
    licence: Annotated[
        str | None, Option(metavar="TEXT", help="only those whose licence has this in its name, such as CC0")
    ] = None,
    state: Annotated[
        str | None,
        Option(metavar="installed|fetchable|missing", help="only what is here, can be fetched, or is not here"),
    ] = None,
    assets: AssetFolder = None,
    as_json: AsJson = False,
) -> None:
    """The entries of the manifests, with their licences; those that can be fetched, too.

    On a terminal the table is as wide as the terminal, an asset a line.
    """
    from dsia_gen.assets.catalogue import load_manifest
    from dsia_gen.assets.manifest import FOLDER_MANIFEST, folder_entries
    from dsia_gen.config.presets import preset_names

    names = manifests or preset_names("assets_manifest")
    entries = [(name, entry) for name in names for entry in load_manifest(name)[1].assets]
    if assets is not None:
        entries += [(FOLDER_MANIFEST, entry) for entry in folder_entries(assets)]
    kinds, tags = _kinds(kind), set(tag or ())
    wanted = _one_of("--state", state, ("installed", "fetchable", "missing"))
    here = {id(entry): entry_state(entry, assets) for _, entry in entries}
    chosen = [
        (name, entry) for name, entry in entries
        if (not kinds or entry.kind in kinds)
        and tags <= set(entry.tags)
        and (licence or "").casefold() in entry.licence.casefold()
        and wanted in (None, here[id(entry)])
    ]  # fmt: skip
    if as_json:
        print_json([{"manifest": name, "state": here[id(e)], **e.model_dump(mode="json")} for name, e in chosen])
        return
    if not chosen and (unknown := sorted(tags - {word for _, entry in entries for word in entry.tags})):
        known = sorted({word for _, entry in entries for word in entry.tags})
        raise typer.BadParameter(f"{unknown[0]!r} is not a tag{suggestion(unknown[0], known)}", param_hint="--tag")
    rows = []
    for _, e in chosen:
        origin = e.builtin or e.file or f"fetch {e.fetch}"
        rows.append([e.id, e.kind, here[id(e)], e.licence, " ".join(e.tags), e.training, origin])
    columns = ["id", "kind", "state", *(cut := ("licence", "tags", "training", "made by or file"))]
    print_table(f"{len(rows)} of {len(entries)} assets", columns, rows, cut)


def entry_state(entry: Entry, folder: Path | None) -> str:
    """`installed` for what is generated or on this machine, `fetchable`, or `missing` for a file that is not there.

    Of an asset folder in a store all files are taken to be there.
    """
    from dsia_gen.core.locations import is_address

    if entry.builtin is not None or entry.root == "bpy":
        return "installed"
    if entry.remote:
        return "fetchable"
    there = folder is not None and (is_address(folder) or (folder.expanduser() / str(entry.file)).is_file())
    return "installed" if there else "missing"


@app.command("fetch")
def fetch_assets(
    source: Annotated[str | None, Argument(help="where from; without it, the sources are listed")] = None,
    output: Annotated[Path | None, Option("--output", "-o", metavar="FOLDER", help="asset folder to fill")] = None,
    count: Annotated[int, Option(min=1, help="how many, where none are named")] = 20,
    ids: Annotated[str | None, Option("--id", metavar="A,B", help="names, separated by commas")] = None,
    listed: Annotated[Path | None, Option("--list", metavar="FILE", help="a text file with a name a line")] = None,
    match: Annotated[str, Option(metavar="WORDS", help="only those whose name or tags hold these words")] = "",
    resolution: Annotated[str, Option(help="of Poly Haven's files: 1k, 2k, 4k, ...")] = "2k",
    workers: Annotated[int, Option(min=1, max=32, help="downloads at once")] = 4,
    max_size: Annotated[float, Option(min=0.001, metavar="GIB", help="largest file that is loaded")] = 4.0,
    base_url: Annotated[str | None, Option(help="address of a mirror; or set DSIA_GEN_<SOURCE>_URL")] = None,
    as_json: AsJson = False,
) -> None:
    """Download assets into a folder that `--assets` can use at once; the same command resumes."""
    from dsia_gen.assets.fetch.asset_source import FETCH_SOURCES, Query
    from dsia_gen.assets.fetch.fetching import Progress, fetch
    from dsia_gen.assets.fetch.web import DownloadLimits, Web

    if source is None:
        print_table("sources", ["name", "kind", "what"], [[s.name, s.kind, s.about] for _, s in FETCH_SOURCES.items()])
        return
    if output is None:
        raise typer.BadParameter("name the folder to fill", param_hint="--output")
    query = Query(count, tuple(_names(ids, listed)), tuple(match.split()), resolution)
    web = Web(DownloadLimits(file_bytes=int(max_size * 2**30)))
    tally = Tally(source)
    with ProgressDisplay(tally.state) as display:

        def on_plan(files: int, size: int) -> None:
            tally.total = size
            if files:
                what = f"{files} file{'s' * (files != 1)} from {source}"
                display.say(f"downloading {what}: {byte_size(size) if size else 'sizes are told as they begin'}")

        def on_size(name: str, size: int) -> None:
            tally.total = (tally.total or 0) + size
            if size >= LARGE_DOWNLOAD:
                display.say(f"downloading {name}: {byte_size(size)}")

        def on_bytes(number: int) -> None:
            tally.done += number

        def on_done(done: int, total: int) -> None:
            tally.note = f"{done} of {total} assets"

        progress = Progress(on_plan, on_size, on_bytes, on_done)
        report = fetch(FETCH_SOURCES.get(source), query, output, web, base=base_url, workers=workers, progress=progress)
    if as_json:
        print_json(report.to_dict())
    else:
        echo(f"{report.source}: {len(report.fetched)} fetched, {len(report.kept)} were there, in {report.folder}")
        for path in report.archives:
            echo(f"{path} is kept for the next fetch from it; delete it when you have all you want")
        if report.failed:
            rows = [[name, message] for name, message in sorted(report.failed.items())]
            print_table(f"{len(rows)} failed; the same command tries them again", ["name", "why"], rows)
        if report.fetched or report.kept:
            echo(f"use them: dsia-gen render JOB --assets {report.folder}")
    if not report.complete:
        raise typer.Exit(1)


def _names(ids: str | None, listed: Path | None) -> list[str]:
    """Names of both options, in order, each once; `#` begins a comment in a list."""
    lines = []
    if listed is not None:
        if not listed.is_file():
            raise typer.BadParameter(f"{listed} is not a file", param_hint="--list")
        lines = [line.partition("#")[0] for line in listed.read_text(encoding="utf-8").splitlines()]
    names = re.split(r"[,\s]+", ids or "") + [line.strip() for line in lines]
    return list(dict.fromkeys(name for name in names if name))


def _kinds(text: str | None) -> list[str]:
    """Kinds of `--kind`, separated by commas; in the plural, too."""
    from dsia_gen.core.strict_yaml import suggestion
    from dsia_gen.spec.asset import AssetKind

    known, found = get_args(AssetKind), []
    for name in _names(text, None):
        kind = name if name in known else name.removesuffix("s")
        if kind not in known:
            what = f"{name!r} is not a kind of asset (known: {', '.join(known)}){suggestion(name, known)}"
            raise typer.BadParameter(what, param_hint="--kind")
        found.append(kind)
    return found


@app.command("check")
def check_assets(manifests: Manifests = None, assets: AssetFolder = None, as_json: AsJson = False) -> None:
    """Hashes, missing files and textures, gaps in licences; exit code 1 when something has to be corrected."""
    from dsia_gen.assets.library import load_library
    from dsia_gen.assets.library_check import check_library
    from dsia_gen.config.presets import preset_names

    names = manifests or ([] if assets else preset_names("assets_manifest"))
    library = load_library(names, assets)
    with counting("check", "asset") as progress:
        found = check_library(library, progress)
    problems = [finding for finding in found if finding.level == "problem"]
    if as_json:
        findings = [finding.to_dict() for finding in found]
        print_json({"assets": len(library.entries), "problems": len(problems), "findings": findings})
    else:
        if found:
            rows = [[f.asset, f.what, f.level, f.message] for f in found]
            print_table("findings", ["asset", "what", "level", "message"], rows)
        echo(f"{len(library.entries)} assets, {len(problems)} problems, {len(found) - len(problems)} notes")
    if problems:
        raise typer.Exit(1)


@app.command("import")
def import_assets(
    folder: Annotated[Path, Argument(metavar="FOLDER", help="your files, in any order and depth")],
    output: Annotated[
        Path | None,
        Option("--output", "-o", metavar="TARGET", help="asset folder to copy them to; FOLDER itself if none"),
    ] = None,
    licence: Annotated[str | None, Option(help="under which you have them, e.g. CC-BY-4.0")] = None,
    source: Annotated[str | None, Option(help="where they come from, e.g. Mixamo")] = None,
    get: Annotated[str | None, Option(help="how another person gets them")] = None,
    attribution: Annotated[str | None, Option(help="whom the licence asks to name")] = None,
    redistribution: Annotated[str | None, Option(metavar="yes|no|unknown", help="may be passed on")] = None,
    training: Annotated[str | None, Option(metavar="yes|no|unknown", help="models may learn from them")] = None,
    tag: Annotated[list[str] | None, Option(help="instead of the tags found; repeatable")] = None,
    prefix: Annotated[str | None, Option(help="of the ids; the folder's name if none")] = None,
    kind: Annotated[str | None, Option(metavar="character|object|motion", help="of mesh files")] = None,
    up: Annotated[str | None, Option(metavar="Y|Z", help="of OBJ, PLY and STL")] = None,
    facing: Annotated[str | None, Option(metavar="-Y|+Y|-X|+X", help="where they look, Z up")] = None,
    scale: Annotated[float | None, Option(min=1e-9, max=1e9, help="metres a unit, of objects")] = None,
    size: Annotated[
        float | None, Option(min=1e-6, max=1e5, help="metres of the largest side, of objects; width, of textures")
    ] = None,
    height: Annotated[float | None, Option(min=0.01, max=1e5, help="metres, of characters")] = None,
    timeout: Annotated[float, Option(min=1, metavar="SECONDS", help="that one file may take")] = 180.0,
    memory: Annotated[float, Option(min=1, metavar="GIB", help="that one file may take")] = 6.0,
    max_triangles: Annotated[int, Option(min=1, help="that one file may have")] = 3_000_000,
    workers: Annotated[int, Option(min=0, help="processes that open files; 0 uses all cores")] = 0,
    again: Annotated[bool, Option("--again", help="also open files that are known")] = False,
    split: Annotated[bool, Option("--split", help="each object of a file with several becomes an asset")] = False,
    blender: BlenderName = None,
    as_json: AsJson = False,
) -> None:
    """Import files of any kind: measure and normalise them, and write a manifest and thumbnails.

    Only what is new or changed is opened, in isolated processes; the same command goes on after an interruption. Exit
    code 1 when some files cannot be used, or nothing can. The result is used with `render JOB --assets TARGET`.
    """
    from dsia_gen.assets.importing.entries import Terms
    from dsia_gen.assets.importing.import_folder import ImportBounds, ImportOverrides, import_folder
    from dsia_gen.assets.importing.import_report import summary
    from dsia_gen.assets.importing.import_worker import ImportLimits

    terms = Terms(
        licence, source, get, attribution, _one_of("--redistribution", redistribution, ("yes", "no", "unknown")),
        _one_of("--training", training, ("yes", "no", "unknown")), tuple(tag or ()), prefix,
    )  # fmt: skip
    overrides = ImportOverrides(
        _one_of("--kind", kind, ("character", "object", "motion")), _one_of("--up", up, ("Y", "Z")),
        _one_of("--facing", facing, ("-Y", "+Y", "-X", "+X")), scale, size, height,
    )  # fmt: skip
    try:
        with with_blender(blender), counting("import", "file") as progress:
            report = import_folder(
                folder, output, overrides=overrides, terms=terms, limits=ImportLimits(timeout, workers=workers),
                bounds=ImportBounds(memory_gib=memory, max_triangles=max_triangles), again=again, split=split,
                progress=progress,
            )  # fmt: skip
    except KeyboardInterrupt:
        echo("interrupted: what was opened is kept, and the same command goes on", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json(report.to_dict())
    else:
        if report.outcomes:
            counts = ", ".join(f"{len(report.of(state))} {state}" for state in ("new", "kept", "refused"))
            columns = ["file", "kind", "size", "what is in it", "result"]
            print_table(counts, columns, list(summary(report.outcomes)))
        for note in report.notes:
            echo(note)
        echo(report.total())
        if report.came:
            echo(f"look at {report.target / 'thumbnails'}, then: dsia-gen render JOB --assets {report.target}")
        else:
            echo(f"nothing in {folder} became an asset; docs/assets.md lists what is read", err=True)
    if report.of("refused") or not report.came:
        raise typer.Exit(1)


def _one_of(option: str, value: str | None, known: tuple[str, ...]) -> Any:
    if value is not None and value not in known:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(known)}", param_hint=option)
    return value


@app.command("preview")
def preview_assets(
    output: Annotated[
        Path, Option("--output", "-o", metavar="PNG", help="contact sheet to write", callback=output_file)
    ],
    manifests: Manifests = None,
    assets: AssetFolder = None,
    kind: Kinds = None,
    tag: Annotated[
        str | None, Option(metavar="A,B", help="only those with one of these tags: foreground, indoor, ...")
    ] = None,
    ids: Annotated[str | None, Option("--id", metavar="A,B", help="only these, separated by commas")] = None,
    motions: Annotated[
        str | None, Option(metavar="A,B|all", help="show each character in each of these motions, in a grid")
    ] = None,
    columns: Annotated[int, Option(min=1, help="tiles in a row")] = 8,
    rows: Annotated[int, Option(min=1, help="rows on a sheet; what is left goes onto further ones")] = 8,
    pixels: Annotated[int, Option(min=48, max=1024, help="side of a tile")] = 160,
    samples: Annotated[int, Option(min=1, max=4096, help="paths a pixel")] = 16,
    threads: Annotated[int, Option(min=0, help="CPU threads; 0 uses all cores")] = 0,
    device: Device = "cpu",
    blender: BlenderName = None,
) -> None:
    """Render a thumbnail of each asset, as scenes would build it, on sheets with the ids.

    With --motions the sheet has a row for each character and a column for each motion.
    """
    from dsia_gen.assets.library import load_library
    from dsia_gen.config.presets import preset_names
    from dsia_gen.pipeline.asset_preview import Look, chosen, grid, page_paths, sheets, tiles
    from dsia_gen.pipeline.preview import save

    library = load_library(manifests or ([] if assets else preset_names("assets_manifest")), assets)
    clips = [] if motions is None else chosen(library, "motion", [] if motions == "all" else _names(motions, None))
    entries = chosen(
        library, (",".join(_kinds(kind)) or None) if motions is None else "character", _names(ids, None), tag
    )
    with with_blender(blender), counting("thumbnails", "asset") as progress:
        shown = tiles(entries, library, assets, Look(pixels, samples, device, threads), progress, motions=clips)
    pages = [grid(shown, pixels)] if clips else sheets(shown, pixels, columns, rows)
    for path, page in zip(page_paths(output, len(pages)), pages, strict=True):
        save(page, path)
        echo(str(path))
    failed = [[tile.name, tile.reason] for tile in shown if tile.picture is None]
    if failed:
        print_table(f"{len(failed)} of {len(shown)} could not be shown", ["asset", "why"], failed)
        raise typer.Exit(1)
