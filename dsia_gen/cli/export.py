"""`dsia-gen dataset export`: a data set in the layout that another program reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from dsia_gen.cli.common_options import AsJson, Overrides, announce_download, echo, parse_resolution, print_json
from dsia_gen.core.progress import counting
from dsia_gen.core.seeds import LARGEST_SEED


def export(
    dataset: Annotated[str, Argument(metavar="DATASET", help="folder or address of a data set")],
    form: Annotated[
        str,
        Option(
            "--format", "-f", help="dmaligner, webdataset, huggingface, sintel, kitti, kubric, fiftyone, photographic"
        ),
    ],
    output: Annotated[Path, Option("--output", "-o", metavar="FOLDER", help="a folder of its own")],
    where: Annotated[
        str | None, Option(metavar="CONDITION", help="on samples.csv: 'subset == \"LcLf\" and p1 < 5'")
    ] = None,
    drop: Annotated[
        Path | None, Option(metavar="FILE", help="sample ids to leave out, or what `validate --json` wrote")
    ] = None,
    keep_bad: Annotated[bool, Option("--keep-bad", help="also take what validation.json says to drop")] = False,
    split: Annotated[str, Option(help="shares of the scenes")] = "train=0.8,val=0.1,test=0.1",
    seed: Annotated[int, Option(min=0, max=LARGEST_SEED, help="of the split and of the order in shards")] = 0,
    size: Annotated[str | None, Option(metavar="WxH", help="pixels; default the data set's")] = None,
    fit: Annotated[str, Option(help="with --size: resize (stretch) or crop (scale, then cut evenly)")] = "resize",
    outputs: Annotated[
        str | None, Option(help="webdataset, huggingface, fiftyone: outputs or groups to take along, with commas")
    ] = None,
    shard_mb: Annotated[float, Option(min=0.001, help="webdataset, huggingface: size of a shard")] = 512,
    raw: Annotated[bool, Option("--raw", help="webdataset: arrays as .npy, large and quick to read")] = False,
    settings: Annotated[
        Path | None, Option(metavar="FILE", help="photographic: a YAML file, see docs/exports.md")
    ] = None,
    overrides: Overrides = None,
    workers: Annotated[int, Option(min=1, help="processes")] = 1,
    as_json: AsJson = False,
) -> None:
    """Write a data set in the layout that another program reads: docs/exports.md says which.

    The same command again writes what is missing or has changed, and nothing else.
    """
    from dataclasses import asdict

    from dsia_gen.dataset.export import export as run_export
    from dsia_gen.dataset.export import parse_options

    pixels = parse_resolution(size, "--size") if size else None
    options = parse_options(
        form, split=split, seed=seed, size=pixels, fit=fit, outputs=outputs, shard_mb=shard_mb, raw=raw,
        settings=settings, overrides=overrides or (),
    )  # fmt: skip
    announce_download(dataset)
    with counting("samples", "sample") as progress:
        result = run_export(
            dataset, output, form, options,
            where=where, drop=drop, keep_bad=keep_bad, workers=workers, progress=progress,
        )  # fmt: skip
    if as_json:
        print_json(asdict(result))
    else:
        echo("\n".join(result.lines()))
