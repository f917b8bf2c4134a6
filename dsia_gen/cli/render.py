"""`dsia-gen render`: a whole job."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from dsia_gen.cli.blender import BlenderName, with_blender
from dsia_gen.cli.common_options import AsJson, AssetFolder, Overrides, echo, parse_pairs, print_json, print_table
from dsia_gen.cli.stopping import INTERRUPTED

if TYPE_CHECKING:
    from dsia_gen.config.job import JobConfig
    from dsia_gen.farm.run_job import JobReport

AllowMixed = Annotated[
    bool, Option("--allow-mixed", help="keep scenes that another version of Blender or dsia-gen rendered")
]


def render(
    job: Annotated[str, Argument(help="a preset of render_jobs (quickstart, ...) or a YAML file")],
    output: Annotated[
        Path, Option("--output", "-o", metavar="DATASET", help="folder or address (s3://...) of the data set")
    ],
    executor: Annotated[str, Option(help="inline, local, ray, slurm, or one that a package adds")] = "local",
    workers: Annotated[
        int | None,
        Option(min=1, help="scenes at once; local: they share the cores (1 if not given); ray: at most so many"),
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
    dry_run: Annotated[bool, Option("--dry-run", help="print what would be made, and make nothing")] = False,
    quiet: Annotated[bool, Option("--quiet", "-q", help="no progress bars")] = False,
    as_json: AsJson = False,
) -> None:
    """Render a job into a data set; finished scenes are skipped, so the same command resumes."""
    from dsia_gen.config.job import JobConfig
    from dsia_gen.config.presets import find_preset
    from dsia_gen.core.blender_environments import chosen_blender
    from dsia_gen.core.strict_yaml import read_config
    from dsia_gen.farm.executor import EXECUTORS, ExecutorOptions
    from dsia_gen.farm.run_job import render_job
    from dsia_gen.pipeline.licence_filter import licence_losses

    given = [f"{name}={value}" for name, value in (("assets", assets), ("blender", blender)) if value]
    config = read_config(JobConfig, find_preset("render_jobs", job), [*(overrides or []), *given])
    if config.licences != "any":
        lost = licence_losses(config)
        what = ", ".join(f"{count} {kind}{'s' * (count != 1)}" for kind, count in lost.items()) or "nothing"
        echo(f"licences: {config.licences} leaves out {what} of this job's assets", err=True)
    chosen_blender(config.blender)  # an unknown one is an error before anything is made
    if dry_run:
        _print_plan(config, as_json)
        return
    settings = parse_pairs(option, "--executor-option", "partition=gpu")
    try:
        runner = EXECUTORS.get(executor)(ExecutorOptions(workers, address, dashboard, settings))
        # workers on other machines install their own
        with with_blender(config.blender) if getattr(runner, "renders_here", False) else nullcontext():
            report = render_job(config, output, runner, show=not quiet, allow_mixed=allow_mixed)
    except KeyboardInterrupt as stop:
        for note in getattr(stop, "__notes__", []):
            echo(note, err=True)
        echo(f"stopped; finished scenes are in {output}, and the same command goes on from there", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _print_report(config, report, as_json)
    if not report.complete:
        raise typer.Exit(1)


def _print_plan(job: JobConfig, as_json: bool) -> None:
    from dsia_gen.pipeline.estimate import plan_summary

    summary = plan_summary(job)
    if as_json:
        print_json(summary)
        return
    columns = ("config", "scenes", "pairs", "views")
    print_table(job.name, list(columns), [[f"{group[key]:,}" if key != "config" else group[key] for key in columns]
                                          for group in summary["groups"]])  # fmt: skip
    hours = [[device, _duration(3600 * value)] for device, value in summary["hours"].items()]
    print_table("expected time, one device", ["device", "time"], hours)
    width, height = job.resolution
    counts = f"{len(summary['scenes']):,} scenes, {summary['pairs']:,} pairs, {summary['views']:,} views"
    echo(f"{counts} of {width}x{height}, at least {summary['bytes'] / 1e9:,.1f} GB")


def _print_report(job: JobConfig, report: JobReport, as_json: bool) -> None:
    if as_json:
        print_json(report.to_dict())
        return
    made = [result for result in report.results if result.ok]
    pairs = sum(result.pairs for result in made)
    echo(
        f"{job.name}: {len(made)} scenes with {pairs} pairs made in {_duration(report.seconds)}, "
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


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
