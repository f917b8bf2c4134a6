"""`dsia-gen render`: a whole job."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Argument, Option

from dsia_gen.cli.blender import BlenderName, with_blender
from dsia_gen.cli.common_options import (
    AsJson,
    AssetFolder,
    Overrides,
    echo,
    existing_assets,
    parse_pairs,
    print_json,
    print_table,
)
from dsia_gen.cli.completion import presets
from dsia_gen.cli.stopping import INTERRUPTED
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.locations import place_of
from dsia_gen.core.progress import amount, byte_size, duration

if TYPE_CHECKING:
    from dsia_gen.config.job import JobConfig
    from dsia_gen.farm.run_job import JobReport

SAMPLED = 6
"""Scenes that a dry run samples to foresee their motion."""
AllowMixed = Annotated[
    bool, Option("--allow-mixed", help="keep scenes that another version of Blender or dsia-gen rendered")
]


def render(
    job: Annotated[
        str,
        Argument(
            help="a preset of render_jobs (quickstart, ...), a YAML file, or job.yaml of a data set to go on with",
            autocompletion=presets("render_jobs"),
        ),
    ],
    output: Annotated[
        Path | None,
        Option(
            "--output",
            "-o",
            metavar="DATASET",
            help="folder or address (s3://...) of the data set; of job.yaml in a data set it is that one",
        ),
    ] = None,
    executor: Annotated[str, Option(help="inline, local, ray, slurm, or one that a package adds")] = "local",
    workers: Annotated[
        int | None,
        Option(min=1, help="scenes at once; local: they share the cores (left out 1, two beside a GPU); ray: at most"),
    ] = None,
    address: Annotated[
        str | None,
        Option(help="ray: cluster to use, `auto` or HOST:PORT; without it, and RAY_ADDRESS, Ray is started here"),
    ] = None,
    dashboard: Annotated[
        str | None,
        Option(metavar="HOST", help="ray started here: show Ray's dashboard at this host; 127.0.0.1 is private"),
    ] = None,
    option: Annotated[
        list[str] | None, Option("--executor-option", metavar="KEY=VALUE", help="of this executor alone; repeatable")
    ] = None,
    overrides: Overrides = None,
    assets: AssetFolder = None,
    blender: BlenderName = None,
    allow_mixed: AllowMixed = False,
    remake: Annotated[
        bool, Option("--remake", help="render finished scenes again whose configuration has changed since")
    ] = False,
    mesh_cache: Annotated[
        bool, Option("--mesh-cache/--no-mesh-cache", help="keep and use meshes of built-in people on each machine")
    ] = True,
    dry_run: Annotated[bool, Option("--dry-run", help="print what would be made, and make nothing")] = False,
    quiet: Annotated[bool, Option("--quiet", "-q", help="no progress bars")] = False,
    as_json: AsJson = False,
) -> None:
    """Render a job into a data set; finished scenes are skipped, so the same command resumes."""
    from dsia_gen.config.job_file import load_job
    from dsia_gen.core.blender_environments import chosen_line
    from dsia_gen.farm.executor import ExecutorOptions, open_executor
    from dsia_gen.farm.run_job import render_job
    from dsia_gen.pipeline.licence_filter import licence_losses

    file, dataset = _job_file(job)
    places = {"assets": _from_here(assets) if assets else None, "blender": blender}
    given = [f"{name}={value}" for name, value in places.items() if value]
    given += [] if mesh_cache else ["resources.mesh_cache=false"]
    config = load_job(file, [*(overrides or []), *given])
    existing_assets(Path(config.assets) if config.assets else None)
    settings = parse_pairs(option, "--executor-option", "partition=gpu")
    runner = open_executor(executor, ExecutorOptions(workers, address, dashboard, settings))
    if config.licences != "any":
        lost = licence_losses(config)
        what = ", ".join(f"{count} {kind}{'s' * (count != 1)}" for kind, count in lost.items()) or "nothing"
        echo(f"licences: {config.licences} leaves out {what} of this job's assets", err=True)
    chosen_line(config.blender)  # an unknown one is an error before anything is made
    if dry_run:
        _print_plan(config, as_json)
        return
    output = output or dataset
    if output is None:
        raise ConfigError("--output", [f"say where the data set of {job} is to be: add -o FOLDER"])
    try:
        # workers on other machines install their own
        with with_blender(config.blender) if getattr(runner, "renders_here", False) else nullcontext():
            report = render_job(config, output, runner, show=not quiet, allow_mixed=allow_mixed, remake=remake)
    except KeyboardInterrupt as stop:
        for note in getattr(stop, "__notes__", []):
            echo(note, err=True)
        echo(f"stopped; finished scenes are in {output}, and the same command goes on from there", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _print_report(config, report, as_json)
    if not report.complete:
        raise typer.Exit(1)


def _job_file(job: str) -> tuple[str, Path | None]:
    """The file of a job on this machine, and the data set that it lies in, if it is that of one."""
    from dsia_gen.dataset.layout import DatasetLayout

    parent, _, name = job.replace("\\", "/").rpartition("/")
    layout = DatasetLayout(parent or ".")
    if name != layout.job.name:
        return job, None
    file = layout.fetch(layout.job)
    return str(file), Path(layout.address) if layout.scene_names() or layout.fetch(layout.index).is_file() else None


def _from_here(assets: Path) -> str:
    place = place_of(assets)
    return str(place.expanduser().resolve()) if isinstance(place, Path) else place


def _print_plan(job: JobConfig, as_json: bool) -> None:
    from dsia_gen.pipeline.estimate import plan_summary

    summary = plan_summary(job, SAMPLED)
    problems = [m["problem"] for group in summary["groups"] for m in group["motion"] if m["problem"]]
    if as_json:
        print_json(summary)
    else:
        _print_summary(job, summary)
    if problems:
        raise typer.Exit(ConfigError.exit_code)


def _print_summary(job: JobConfig, summary: dict[str, Any]) -> None:
    columns = ("config", "scenes", "pairs", "views")
    print_table(job.name, list(columns), [[f"{group[key]:,}" if key != "config" else group[key] for key in columns]
                                          for group in summary["groups"]])  # fmt: skip
    _print_motion(summary, *job.resolution)
    hours = [[device, duration(3600 * value)] for device, value in summary["hours"].items()]
    print_table("expected time, one device", ["device", "time"], hours)
    width, height = job.resolution
    counts = f"{len(summary['scenes']):,} scenes, {summary['pairs']:,} pairs, {summary['views']:,} views"
    echo(f"{counts} of {width}x{height}, at least {byte_size(summary['bytes'])}")
    for group in summary["groups"]:
        for motion in (m for m in group["motion"] if m["problem"]):
            echo(f"error: {group['config']}: {motion['problem']}", err=True)


def _print_motion(summary: dict[str, Any], width: int, height: int) -> None:
    """Targets, what is foreseen and the thresholds of the subsets, all in pixels of the job's images."""
    from dsia_gen.spec.views import REFERENCE_WIDTH

    columns = ["config", "motion", "asked", "foreseen", "pairs inside", "scenes sampled"]
    rows = []
    for group in summary["groups"]:
        for motion in group["motion"]:
            asked = " or ".join(f"{low:.4g} to {high:.4g}" for low, high in motion["asked"])
            low, high = motion["foreseen"]
            found = [f"{low:.3g} to {high:.3g}", f"{motion['inside']:.0%}", str(motion["scenes"])]
            rows.append([group["config"], motion["key"], asked, *found])
    print_table(f"motion in pixels of {width}x{height}", columns, rows)
    limits = summary["subsets"]
    at_960 = {key: value * REFERENCE_WIDTH / width for key, value in limits.items()}
    echo(
        f"subsets: large camera motion from {limits['camera_px']:.4g} px on, large foreground motion from "
        f"{limits['foreground_px']:.4g} px on ({at_960['camera_px']:.4g} and {at_960['foreground_px']:.4g} px at a "
        f"width of {REFERENCE_WIDTH})"
    )


def _print_report(job: JobConfig, report: JobReport, as_json: bool) -> None:
    if as_json:
        print_json(report.to_dict())
        return
    made = [result for result in report.results if result.ok]
    pairs = sum(result.pairs for result in made)
    echo(
        f"{job.name}: {amount(len(made), 'scene')} with {amount(pairs, 'pair')} made in {duration(report.seconds)}, "
        f"{len(report.skipped)} were finished before"
    )
    if report.failed:
        rows = [[r.name, str(r.attempts), r.error, r.message] for r in report.failed]
        print_table(f"{len(rows)} failed", ["scene", "tries", "error", "message"], rows)
        echo(f"logs are in {report.root}/failed; the same command tries these scenes again")
    if report.not_run:
        echo(f"{len(report.not_run)} scenes were not begun after that")
    if report.lost:
        from dsia_gen.farm.run_job import names_of

        verb = "was" if len(report.lost) == 1 else "were"
        echo(f"{names_of(report.lost)} {verb} removed or damaged while this ran; the same command goes on", err=True)
    if report.complete:
        echo(f"look at it: dsia-gen dataset report {report.root}")
