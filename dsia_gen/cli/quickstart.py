"""`dsia-gen quickstart`: from nothing to a page that shows a small data set."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from dsia_gen.cli.blender import BlenderName
from dsia_gen.cli.common_options import echo
from dsia_gen.cli.completion import presets
from dsia_gen.cli.dataset import validate
from dsia_gen.cli.render import render
from dsia_gen.core.progress import counting


def quickstart(
    job: Annotated[
        str, Argument(help="a preset of render_jobs or a YAML file", autocompletion=presets("render_jobs"))
    ] = "quickstart",
    output: Annotated[
        Path, Option("--output", "-o", metavar="DATASET", help="folder or address (s3://...) of the data set")
    ] = Path("out/quickstart"),
    workers: Annotated[int | None, Option(min=1, help="scenes at once; they share the cores (1 if not given)")] = None,
    blender: BlenderName = None,
    show: Annotated[
        bool, Option("--open/--no-open", help="open the page in a browser, where there is a display")
    ] = True,
) -> None:
    """Render a small data set with the built-in library, check it, and open a page that shows it.

    The same command goes on after a stop. Exit code 0 when all is rendered and right.
    """
    from dsia_gen.core.locations import is_address
    from dsia_gen.dataset.report import write_report

    render(job, output, workers=workers, blender=blender)
    right = True
    try:
        validate(output, workers=workers or 1)
    except typer.Exit:  # the page shows what is wrong
        right = False
    with counting("pairs", "pair") as progress:
        # a page is read from a disk
        page = write_report(output, f"{output.name}-report" if is_address(output) else None, progress=progress)
    echo("\n".join(page.lines()))
    if show and can_open_pages(os.environ, sys.platform):
        import webbrowser

        if webbrowser.open(page.index.resolve().as_uri()):
            echo("opened in a browser")
    if not right:
        raise typer.Exit(1)


def can_open_pages(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a person would see a page: there is a display, or a browser was named for this session."""
    if environment.get("CI"):
        return False
    if environment.get("BROWSER"):
        return True
    if environment.get("SSH_CONNECTION"):
        return bool(environment.get("DISPLAY"))
    return platform in ("win32", "darwin") or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
