"""`dsia-gen blender`: the environments that Blender runs in, and the choice of one for a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from typer import Option

from dsia_gen.cli.common_options import AsJson, echo, print_json, print_table

app = typer.Typer(help="The Blender that renders: see, install and remove it.", no_args_is_help=True)

BlenderName = Annotated[
    str | None, Option("--blender", metavar="LINE", help="render with this Blender, 5.2 or 4.5; installed if missing")
]


@contextmanager
def with_blender(name: str | None) -> Iterator[None]:
    """Use a line of Blender inside the block; it is installed first where it is missing, repaired where damaged."""
    from dsia_gen.core.blender_environments import blender_choice
    from dsia_gen.core.blender_installation import ensure_blender

    with blender_choice(name):
        ensure_blender(lambda line: echo(line, err=True), thorough=True)
        yield


@app.command("list")
def list_blenders(as_json: AsJson = False) -> None:
    """Each Blender that dsia-gen knows, where it is, and which one is used here."""
    from dsia_gen.core.blender_environments import blender_home, blender_rows

    rows = blender_rows()
    if as_json:
        print_json({"folder": str(blender_home()), "blenders": [row.to_dict() for row in rows]})
        return
    shown = [["*" if row.used else "", row.line, row.version, row.python, row.state, row.place] for row in rows]
    print_table("Blender (* is used here)", ["", "line", "version", "Python", "state", "where"], shown)


@app.command("install")
def install(
    version: Annotated[
        str | None, Option(metavar="LINE", help="5.2 or 4.5; if none, what a command without --blender would use")
    ] = None,
    wheels: Annotated[
        Path | None, Option(metavar="FOLDER", help="take all packages from this folder, without a network")
    ] = None,
    again: Annotated[bool, Option("--again", help="install it again although it is there")] = False,
) -> None:
    """Install Blender with the Python that it needs into the user's cache; a damaged one is repaired."""
    from dsia_gen.core.blender_environments import BlenderPython, chosen_blender
    from dsia_gen.core.blender_installation import blender_start_problem, install_blender
    from dsia_gen.core.blender_lines import line_named
    from dsia_gen.core.errors import BlenderError, ConfigError

    if wheels is not None and not wheels.is_dir():
        raise ConfigError("--wheels", [f"{wheels} is not a folder; name the one that holds the packages"])
    found = chosen_blender() if version is None else line_named(version, "--version")
    if not isinstance(found, BlenderPython):
        found = install_blender(found, lambda text: echo(text, err=True), wheels=wheels, again=again)
    problem = blender_start_problem(found)
    if problem:
        raise BlenderError(f"Blender {found.version} of {found.home} does not start ({problem}); run: dsia-gen doctor")
    echo(f"Blender {found.version} is in {found.home}")


@app.command("remove")
def remove(version: Annotated[str, Option(metavar="LINE", help="5.2 or 4.5")]) -> None:
    """Remove the environments of a line of Blender from the user's cache."""
    from dsia_gen.core.blender_environments import blender_home
    from dsia_gen.core.blender_installation import remove_blender
    from dsia_gen.core.blender_lines import line_named
    from dsia_gen.core.errors import BlenderError

    line = line_named(version, "--version")
    removed = remove_blender(line)
    if not removed:
        where = f"in {blender_home()}"
        raise BlenderError(f"there is no Blender {line.name} {where}; `dsia-gen blender list` shows what is there")
    for folder in removed:
        echo(f"removed {folder}")
