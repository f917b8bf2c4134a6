"""`dsia-gen dataset`: look at, check and show a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dsia_gen.cli.options import AsJson, print_json

app = typer.Typer(help="Look at, check and show a data set.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="DATASET", help="folder that `dsia-gen render -o` wrote")]


@app.command()
def status(
    dataset: Folder,
    hashes: Annotated[bool, typer.Option("--hashes", help="read every file and compare with the receipts")] = False,
    as_json: AsJson = False,
) -> None:
    """How far a data set is. Exit code 0 when all that the job asks for is there."""
    from dsia_gen.dataset.layout import DatasetLayout
    from dsia_gen.dataset.status import dataset_status

    found = dataset_status(DatasetLayout(dataset), hashes=hashes)
    if as_json:
        print_json(found.to_dict())
    else:
        typer.echo("\n".join(found.lines()))
    if not found.complete:
        raise typer.Exit(1)


@app.command()
def validate(
    dataset: Folder,
    workers: Annotated[int, typer.Option(min=1, help="processes")] = 1,
    photometric: Annotated[bool, typer.Option(help="also warp pictures by the flow and compare")] = True,
    hashes: Annotated[bool, typer.Option(help="also compare every file with its receipt")] = True,
    as_json: AsJson = False,
) -> None:
    """Check every file of a data set. Exit code 0 when nothing is wrong; warnings are for you to look at."""
    import sys

    from tqdm import tqdm

    from dsia_gen.dataset.validate import validate as check

    with tqdm(desc="samples", unit="sample", file=sys.stderr, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        report = check(dataset, photometric=photometric, hashes=hashes, workers=workers, progress=progress)
    typer.echo(report.to_json() if as_json else "\n".join(report.lines()))
    if not report.ok:
        raise typer.Exit(1)


@app.command()
def report(
    dataset: Folder,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="where to; default DATASET/report")
    ] = None,
    max_pairs: Annotated[int, typer.Option(min=1, help="pairs to show; the numbers are of all")] = 200,
    check: Annotated[
        bool, typer.Option("--validate", help="validate first, instead of reading validation.json")
    ] = False,
) -> None:
    """Write a page that shows a data set; open its index.html from disk. One file for up to 40 pairs."""
    import sys

    from tqdm import tqdm

    from dsia_gen.dataset.report import findings_of, write_report
    from dsia_gen.dataset.validate import validate as run_checks

    findings = findings_of(run_checks(dataset)) if check else None
    with tqdm(desc="pairs", unit="pair", file=sys.stderr, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        result = write_report(dataset, output, max_pairs=max_pairs, findings=findings, progress=progress)
    typer.echo("\n".join(result.lines()))
