"""The command line: one thin command a verb. Anything heavy is imported inside the command that needs it."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

import typer
from typer import Option

from dsia_gen import __version__
from dsia_gen.cli import (
    align,
    align_set,
    assets,
    blender,
    completion,
    config,
    dataset,
    doctor,
    evaluate,
    evaluate_sets,
    guide,
    quickstart,
    render,
    scene,
    stopping,
    train,
)
from dsia_gen.cli.common_options import echo
from dsia_gen.cli.error_output import report, show_warning
from dsia_gen.core.errors import DsiaError
from dsia_gen.core.leaving import leaving

DEBUG = "--debug"

app = typer.Typer(
    name="dsia-gen",
    help="Render data sets for image alignment: I1, I2, Igt and exact ground truth from dynamic 3D scenes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("quickstart")(quickstart.quickstart)
app.command("doctor")(doctor.doctor)
app.command("completion", no_args_is_help=True)(completion.completion)
app.command("render")(render.render)
app.command("align")(align.align)
app.command("align-set")(align_set.align_set)
app.command("evaluate")(evaluate.evaluate)
app.command("evaluate-sets")(evaluate_sets.evaluate_sets)
app.command("guide", no_args_is_help=True)(guide.guide)
app.add_typer(scene.app, name="scene")
app.add_typer(config.app, name="config")
app.add_typer(dataset.app, name="dataset")
app.add_typer(assets.app, name="assets")
app.add_typer(blender.app, name="blender")
app.command("train", no_args_is_help=True)(train.train)


def _version(wanted: bool) -> None:
    if wanted:
        echo(f"dsia-gen {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, Option("--version", callback=_version, is_eager=True, help="print it")] = False,
    debug: Annotated[bool, Option(DEBUG, help="show the traceback of an error; works anywhere")] = False,
) -> None:
    """Options of every command."""


def run() -> None:
    """Entry point of the console script."""
    stopping.Stopping().install()
    arguments = [word for word in sys.argv[1:] if word != DEBUG]
    warnings.showwarning = show_warning
    completion.answer_shell()
    try:
        app(args=arguments, prog_name="dsia-gen")
    except Exception as error:
        if leaving() and not isinstance(error, DsiaError):  # of a thread or a library that was cut off
            stopping.end(stopping.INTERRUPTED)
        if len(arguments) != len(sys.argv) - 1:
            raise
        sys.exit(report(error))
    except (SystemExit, KeyboardInterrupt):
        if leaving():
            stopping.end(stopping.INTERRUPTED)
        raise
