"""`dsia-gen dataset`: look at, check and show a data set."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from dsia_gen.cli.common_options import AsJson, announce_download, echo, output_file, print_json, require_place
from dsia_gen.cli.export import export
from dsia_gen.core.progress import amount, counting
from dsia_gen.core.seeds import LARGEST_SEED

if TYPE_CHECKING:
    from dsia_gen.dataset.status import DatasetStatus

app = typer.Typer(help="Look at, check and show a data set.", no_args_is_help=True)
app.command()(export)

Folder = Annotated[Path, Argument(metavar="DATASET", help="folder or address that `dsia-gen render -o` wrote")]


@app.command()
def status(
    dataset: Folder,
    hashes: Annotated[bool, Option("--hashes", help="read every file and compare with the receipts")] = False,
    watch: Annotated[bool, Option("--watch", help="look again until the data set is complete")] = False,
    interval: Annotated[float, Option(min=0.1, metavar="SECONDS", help="between two looks")] = 10.0,
    as_json: AsJson = False,
) -> None:
    """How far and how fast a data set is. Exit code 0 when all that the job asks for is there.

    With --watch and --json, one line of JSON a look.
    """
    import time

    from dsia_gen.dataset.layout import DatasetLayout
    from dsia_gen.dataset.status import dataset_status

    layout = DatasetLayout(dataset)
    found = dataset_status(layout, hashes=hashes)
    _show_status(found, as_json, watch)
    while watch and not found.complete:
        time.sleep(interval)
        for name in (*found.running, *found.damaged):
            layout.invalidate(name)
        found = dataset_status(layout, hashes=hashes)
        _show_status(found, as_json, watch)
    if not found.complete:
        raise typer.Exit(1)


def _show_status(found: DatasetStatus, as_json: bool, watch: bool) -> None:
    if as_json and watch:
        echo(json.dumps(found.plain(), ensure_ascii=False))
    elif as_json:
        print_json(found.plain())
    else:
        if watch and sys.stdout.isatty():
            echo("\033[H\033[2J", nl=False)  # a clean page on any terminal
        echo("\n".join(found.lines()))


@app.command()
def validate(
    dataset: Folder,
    workers: Annotated[int, Option(min=1, help="processes")] = 1,
    photometric: Annotated[bool, Option(help="also open images, and warp them by the flow")] = True,
    hashes: Annotated[bool, Option(help="also compare every file with its receipt")] = True,
    as_json: AsJson = False,
) -> None:
    """Check every file of a data set. Exit code 0 when there is no error; warnings need a look.

    The findings are also kept as validation.json in the data set, and the report shows them.
    """
    from dsia_gen.dataset.validate import validate as check

    announce_download(dataset)
    with counting("samples", "sample") as progress:
        report = check(dataset, photometric=photometric, hashes=hashes, workers=workers, progress=progress)
    text = report.document().to_json()
    keep_findings(dataset, text)
    echo(text.decode() if as_json else "\n".join(report.lines()), nl=not as_json)
    if not report.ok:
        raise typer.Exit(1)


def keep_findings(dataset: Path, data: bytes) -> None:
    """Keep the findings beside the data; a data set that cannot be written to can still be checked."""
    from dsia_gen.core.errors import StorageError
    from dsia_gen.dataset.layout import VALIDATION, DatasetLayout

    layout = DatasetLayout(dataset)
    try:
        layout.replace(layout.root / VALIDATION, data)
    except StorageError as error:
        echo(f"the findings are not kept: {error}", err=True)


@app.command()
def report(
    dataset: Folder,
    output: Annotated[
        Path | None, Option("--output", "-o", metavar="FOLDER", help="where to put it; default DATASET/report")
    ] = None,
    max_pairs: Annotated[int, Option(min=1, help="pairs to show; numbers are always those of all")] = 200,
    check: Annotated[bool, Option("--validate", help="validate now, not by validation.json")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a page that shows the data set, to open in a browser without a network.

    Up to 40 pairs it is one file, index.html; above that, index.html with its images beside it.
    """
    from dataclasses import asdict

    from dsia_gen.dataset.report import findings_of, write_report
    from dsia_gen.dataset.validate import validate as run_checks

    findings = None
    if check:
        with counting("samples", "sample") as progress:
            findings = findings_of(run_checks(dataset, progress=progress))
    with counting("pairs", "pair") as progress:
        result = write_report(dataset, output, max_pairs=max_pairs, findings=findings, progress=progress)
    if as_json:
        print_json(asdict(result))
    else:
        echo("\n".join(result.lines()))


@app.command()
def view(
    dataset: Folder,
    names: Annotated[
        list[str] | None, Argument(metavar="[SCENE|PAIR]...", help="scenes such as 00003, or pairs such as 00003_0001")
    ] = None,
    scenes: Annotated[int, Option(min=1, help="without names: the first so many scenes")] = 4,
    save: Annotated[
        Path | None, Option("--save", metavar="FILE.rrd", help="write a file instead, for `rerun FILE.rrd` anywhere")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Open a data set in the viewer of rerun: cameras, depth clouds, flows, instances over time.

    Needs the extra \\[view].
    """
    from dataclasses import asdict

    from dsia_gen.dataset.reader import open_dataset
    from dsia_gen.dataset.rerun_recording import choose_samples, rerun_module, save_recording, show_recording

    if save is not None:
        require_place(save, "--save", ".rrd")
    rerun_module()  # before anything is downloaded
    announce_download(dataset)
    data = open_dataset(dataset)
    chosen = choose_samples(data, names or (), scenes)
    with counting("pairs", "pair") as progress:
        found = show_recording(chosen, progress) if save is None else save_recording(chosen, save, progress)
    if as_json:
        print_json(asdict(found))
    else:
        where = "sent to the viewer" if save is None else f"written to {save}; open it with `rerun {save}`"
        of = "" if len(chosen) == len(data) else f" of {len(data)}"
        echo(f"{found.pairs}{of} pairs of {amount(found.scenes, 'scene')} {where}")
        echo("\n".join(f"left out: {problem}" for problem in found.problems), nl=bool(found.problems), err=True)
    if not found.pairs:
        raise typer.Exit(1)


@app.command()
def animate(
    dataset: Folder,
    output: Annotated[
        Path, Option("--output", "-o", metavar="FILE", help=".gif, .png (APNG) or .webp", callback=output_file)
    ],
    sample: Annotated[str | None, Option(metavar="ID", help="of samples.csv; the first if none")] = None,
    seconds: Annotated[float, Option(min=0.05, max=60, help="that each image is shown")] = 1.0,
) -> None:
    """Write a sample as a moving picture: I1, Igt and I2 in turn, beside the flow from each to the next."""
    from dsia_gen.dataset.animation import animate as write
    from dsia_gen.dataset.reader import open_dataset

    shown = write(open_dataset(dataset), output, sample, seconds)
    echo(f"{output}: {shown.id}")


@app.command()
def digest(
    dataset: Folder,
    output: Annotated[
        Path | None, Option("--output", "-o", metavar="FILE", help="write the digest", callback=output_file)
    ] = None,
    compare: Annotated[
        str | None, Option(metavar="DIGEST", help="file of a digest, or `sample`: compare with it")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a small digest of a data set, or compare with one that another machine made.

    Specifications and built-in meshes must be the same, images and ground truth within bounds. Exit code 1 where they
    are not.
    """
    from dataclasses import asdict

    from dsia_gen.config.presets import preset_folder
    from dsia_gen.core.io import replace_bytes
    from dsia_gen.dataset.digest import compare_digests, dataset_digest, read_digest
    from dsia_gen.dataset.reader import open_dataset

    if output is None and compare is None:
        raise typer.BadParameter("give a file to write, or --compare DIGEST", param_hint="--output")
    kept = None
    if compare is not None:
        preset = preset_folder("render_jobs") / f"{compare}.digest.json"
        kept = read_digest(preset if preset.is_file() else Path(compare))
    announce_download(dataset)
    with counting("scenes", "scene") as progress:
        found = dataset_digest(open_dataset(dataset), progress)
    if output is not None and str(output) == "-":
        echo(found.text(), nl=False)
    elif output is not None:
        replace_bytes(output, found.text().encode())
        echo(f"{output}: digest of {amount(len(found.scenes), 'scene')}", err=as_json)
    if kept is None:
        return
    result = compare_digests(kept, found)
    if as_json:
        print_json({"same": result.same, **asdict(result)})
    else:
        echo("\n".join(result.lines()))
    if not result.same:
        raise typer.Exit(1)


@app.command()
def sets(
    dataset: Folder,
    output: Annotated[Path, Option("--output", "-o", metavar="SETS", help="folder of the sets")],
    asset: Annotated[
        list[str] | None, Option(metavar="GLOB", help="ids of assets, such as '*/toy_car'; may be repeated")
    ] = None,
    kind: Annotated[str | None, Option(help="character or object; both by default")] = None,
    by: Annotated[
        str, Option(help="asset: all instances of an asset are one set; instance: each is its own")
    ] = "asset",
    min_pixels: Annotated[int, Option(min=1, help="pixels that an instance fills in its view")] = 600,
    size: Annotated[int, Option(min=8, max=4096, help="side of the images in pixels")] = 128,
    most: Annotated[int, Option(min=2, help="images of a set, spread over all that there are")] = 30,
    least: Annotated[int, Option(min=2, help="images of a set; smaller ones are left out")] = 3,
    views: Annotated[int, Option(min=1, help="images of one instance in a set of an asset")] = 1,
    max_turn: Annotated[
        float, Option(min=0, max=180, help="degrees out of the image plane from the first image; 180 is any side")
    ] = 30.0,
    min_shared: Annotated[
        float, Option(min=0, max=1, help="share of the surface in common with the first image")
    ] = 0.5,
    framing: Annotated[
        str, Option(help="loose: varied size, place and roll, as photographs; box: upright, the object in the middle")
    ] = "loose",
    seed: Annotated[int, Option(min=0, max=LARGEST_SEED, help="of loose squares")] = 0,
    as_json: AsJson = False,
) -> None:
    """Cut sets of images of one asset, with masks and object coordinates, for joint alignment.

    Each image is a square around one visible instance; sets.json lists them. An asset that is seen from several sides
    gives several sets.
    """
    from dataclasses import asdict

    from dsia_gen.dataset.image_sets import SetsRequest, write_sets
    from dsia_gen.dataset.reader import open_dataset

    if kind not in (None, "character", "object"):
        raise typer.BadParameter(f"{kind!r} is not character or object", param_hint="--kind")
    if by not in ("asset", "instance"):
        raise typer.BadParameter(f"{by!r} is not asset or instance", param_hint="--by")
    if framing not in ("box", "loose"):
        raise typer.BadParameter(f"{framing!r} is not box or loose", param_hint="--framing")
    announce_download(dataset)
    request = SetsRequest(
        tuple(asset or ()), kind, min_pixels, size, most, by, least, views, max_turn, min_shared,  # type: ignore[arg-type]
        framing, seed,  # type: ignore[arg-type]
    )  # fmt: skip
    with counting("scenes", "scene") as progress:
        found = write_sets(open_dataset(dataset), output, request, progress)
    if as_json:
        print_json(asdict(found))
        return
    for note in found.notes:
        echo(f"note: {note}", err=True)
    left = [f"{found.small} instances are smaller than {min_pixels} pixels"] if found.small else []
    left += [f"{found.turned} images are seen from another side than enough others"] if found.turned else []
    left += [f"{len(found.few)} assets are in no set"] if found.few else []
    echo(f"{found.sets} sets, {found.images} images: {output}" + (f"; left out: {', '.join(left)}" if left else ""))
