"""`dsia-gen completion`: the script with which a shell completes commands, options and names."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from typer import Argument

from dsia_gen.cli.common_options import echo
from dsia_gen.config.presets import Folder, preset_names

PROGRAM = "dsia-gen"
VARIABLE = "_DSIA_GEN_COMPLETE"
"""Set by the script when the shell asks for completions."""


class Shell(StrEnum):
    """Shells that have a script."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


def completion(shell: Annotated[Shell, Argument(help="for which shell")]) -> None:
    """Print the script that completes commands, options and names of presets in a shell.

    bash: `dsia-gen completion bash > ~/.local/share/bash-completion/completions/dsia-gen`; zsh, with `~/.zfunc` in
    fpath: `dsia-gen completion zsh > ~/.zfunc/_dsia-gen`; fish: `dsia-gen completion fish >
    ~/.config/fish/completions/dsia-gen.fish`. A new shell has it.
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    echo(get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell.value))


def answer_shell() -> None:
    """Make ready to answer a shell where one asks."""
    if VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        completion_init()


def presets(folder: Folder) -> Callable[[str], list[str]]:
    """Completes the names of the presets in a folder; without a match the shell completes files."""

    def names(incomplete: str) -> list[str]:
        return [name for name in preset_names(folder) if name.startswith(incomplete)]

    return names
