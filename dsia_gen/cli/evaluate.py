"""`dsia-gen evaluate`: the tables of the paper's section 4, on any data set and on real frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from typer import Argument, Option

from dsia_gen.cli.common_options import AsJson, echo, parse_pairs, parse_resolution, print_json, print_table
from dsia_gen.cli.train import align_extra
from dsia_gen.core.progress import counting
from dsia_gen.core.seeds import LARGEST_SEED

if TYPE_CHECKING:
    from dsia_gen.evaluate.evaluation_report import WrittenReport
    from dsia_gen.evaluate.hdr import HdrSettings

ALL = "all"
DEFAULT = "identity,reference,homography,multi_homography,ecc,mesh,dis,farneback,oracle_flow,oracle_flow_1_to_2"


def evaluate(
    dataset: Annotated[
        Path | None, Argument(metavar="DATASET", help="data set; may be left out with --sintel and its like")
    ] = None,
    output: Annotated[Path | None, Option("--output", "-o", metavar="REPORT", help="folder to write; resumes")] = None,
    methods: Annotated[str, Option(metavar="A,B", help="methods by name, or all; --list shows them")] = DEFAULT,
    checkpoint: Annotated[
        list[str] | None,
        Option("--checkpoint", metavar="[LABEL=]RUN", help="run of `dsia-gen train aligner|flow`; repeatable"),
    ] = None,
    occlusion: Annotated[
        str, Option(metavar="A,B", help="how occluded pixels are found: exact, consistency, consistency_unflow, own")
    ] = "exact",
    samples: Annotated[
        int | None, Option(min=1, help="at most so many samples, also of each folder, spread evenly")
    ] = None,
    subset: Annotated[list[str] | None, Option(help="LcLf, LcSf, ScLf or ScSf; repeatable")] = None,
    sintel: Annotated[Path | None, Option(metavar="FOLDER", help="MPI Sintel, for table 3 and errors of flow")] = None,
    kitti: Annotated[Path | None, Option(metavar="FOLDER", help="KITTI 2012 or 2015, for errors of flow")] = None,
    hpatches: Annotated[Path | None, Option(metavar="FOLDER", help="HPatches' sequences, for errors of flow")] = None,
    hpatches_size: Annotated[str, Option(metavar="WxH", help="what pictures of HPatches are squashed to")] = "240x240",
    davis: Annotated[Path | None, Option(metavar="FOLDER", help="DAVIS, for table 3")] = None,
    hdr: Annotated[bool, Option("--hdr", help="also merge exposures; needs the output `linear`")] = False,
    hdr_frames: Annotated[
        int, Option(min=2, max=3, help="2: I1 and I2; 3: alternating exposures before, at and after I1")
    ] = 2,
    hdr_stops: Annotated[
        str | None,
        Option(metavar="R,A", help="stops of I1 beyond its highlights, and from one exposure to the next; 2,-3 or 0,2"),
    ] = None,
    perceptual: Annotated[bool, Option("--perceptual", help="also LPIPS and DreamSim between answers and Igt")] = False,
    corruptions: Annotated[
        str,
        Option(
            metavar="A,B",
            help="errors of flow when I2 has gaussian_noise, shot_noise, impulse_noise, defocus_blur, contrast, or all",
        ),
    ] = "",
    severity: Annotated[int, Option(min=1, max=5, help="of the corruptions")] = 5,
    batch: Annotated[int, Option(min=1, max=1024, help="samples that a method is given at once")] = 1,
    workers: Annotated[int, Option(min=1, max=256, help="processes that share the samples, one GPU each in turn")] = 1,
    precision: Annotated[str, Option(metavar="fp32|bf16", help="of trained aligners; bf16 suits GPUs")] = "fp32",
    weights: Annotated[
        list[str] | None,
        Option(
            metavar="METHOD=WEIGHTS",
            help="file of a method or measure (raft, lpips_vgg), or a published set; repeatable",
        ),
    ] = None,
    seed: Annotated[int, Option(min=0, max=LARGEST_SEED, help="seed of the aligner's noise, and of exposures")] = 0,
    device: Annotated[str, Option(help="auto, cpu or cuda")] = "auto",
    show: Annotated[bool, Option("--list", help="show the methods and stop")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare methods of alignment: PSNR, SSIM, LPIPS, DreamSim and HDR, with a report to open in a browser."""
    with align_extra():
        from dsia_gen.align.methods import METHODS, MethodOptions, method_names
        from dsia_gen.evaluate.evaluation_report import write_evaluation
        from dsia_gen.evaluate.run_evaluation import Request
    if show:
        infos = [method.info for _, method in METHODS.items()]
        rows = [[info.name, info.title, info.inputs, info.citation] for info in infos]
        print_table("methods", ["name", "what", "needs", "source"], rows)
        return
    if output is None:
        raise typer.BadParameter("say where the report goes: -o REPORT", param_hint="--output")
    checks = tuple(_words(occlusion))
    half: Literal["fp32", "bf16"] | None = {"fp32": "fp32", "bf16": "bf16"}.get(precision)  # type: ignore[assignment]
    if half is None:
        raise typer.BadParameter(f"{precision!r} is neither fp32 nor bf16", param_hint="--precision")
    request = Request(
        methods=tuple(method_names() if methods == ALL else _words(methods)),
        dataset=dataset,
        checkpoints=tuple(checkpoint or ()),
        checks=checks,
        samples=samples,
        subsets=tuple(subset or ()),
        sintel=sintel,
        kitti=kitti,
        hpatches=hpatches,
        hpatches_size=parse_resolution(hpatches_size, "--hpatches-size"),
        davis=davis,
        hdr=_exposures(hdr_stops, hdr_frames, seed) if hdr else None,
        options=MethodOptions(
            device, seed, parse_pairs(weights, "--weights", "raft=WEIGHTS"), check="own" in checks, precision=half
        ),
        perceptual=perceptual,
        corruptions=tuple(_words(corruptions)),
        severity=severity,
        batch=batch,
        workers=workers,
    )
    _report(write_evaluation(request, output, lambda title: counting(title, "pair")), as_json)


def _exposures(stops: str | None, frames: int, seed: int) -> HdrSettings:
    from dsia_gen.evaluate.hdr import ALTERNATING, HdrSettings

    settings = HdrSettings(seed=seed, frames=3 if frames == 3 else 2)
    if stops is None and frames == 2:
        return settings
    try:
        reference, apart = ALTERNATING if stops is None else (float(part) for part in stops.split(","))
    except ValueError:
        raise typer.BadParameter(f"{stops!r} is not of the form 2,-3", param_hint="--hdr-stops") from None
    return replace(settings, reference_stops=reference, apart=apart)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _report(written: WrittenReport, as_json: bool) -> None:
    from dsia_gen.evaluate.evaluation_report import document
    from dsia_gen.evaluate.formatting import number, with_interval
    from dsia_gen.evaluate.report_content import flow_set_texts, robustness_texts

    for warning in written.warnings:
        echo(f"n/a: {warning}", err=True)
    if as_json:
        print_json(document(written.summary))
        return
    for table in written.summary.tables[:2]:
        rows = []
        for row in table.rows:
            cells = [row.cells[c][m] for c in table.columns for m in ("psnr", "ssim")] if row.cells else []
            kinds = ["psnr", "ssim"] * len(table.columns)
            texts = [number(mean.mean, kind) for mean, kind in zip(cells, kinds, strict=False)]
            texts[-2:] = [with_interval(mean, kind) for mean, kind in zip(cells[-2:], kinds[-2:], strict=False)]
            rows.append([row.entry.name, *(texts or ["n/a"] * len(kinds))])
        columns = [f"{column} {measure}" for column in table.columns for measure in ("PSNR", "SSIM")]
        print_table(table.title, ["method", *columns], rows)
    for text in (*flow_set_texts(written.summary), *robustness_texts(written.summary)):
        print_table(text.title, list(text.columns), [[cell.strip("`") for cell in row] for row in text.rows])
    echo(f"report: {written.folder / 'index.html'}")
