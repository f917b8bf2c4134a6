"""The one place that turns an error into what a user sees and the shell gets."""

from __future__ import annotations

import errno
import warnings
from pathlib import Path
from typing import Any

from dsia_gen.cli.common_options import echo
from dsia_gen.core.errors import DsiaError, RenamedKeyWarning
from dsia_gen.core.io import storage_error

UNEXPECTED = 70
"""Exit code of a fault in the program (EX_SOFTWARE of sysexits.h); known errors carry theirs."""


def report(error: Exception) -> int:
    """Show an error on stderr; its exit code."""
    if isinstance(error, OSError) and error.errno in (errno.ENAMETOOLONG, errno.ELOOP) and error.filename:
        error = storage_error("open", Path(f"{error.filename!s:.200}"), error)
    if isinstance(error, DsiaError):
        echo(f"error: {error}", err=True)
        return error.exit_code
    words = " ".join(str(error).split())
    echo(
        f"unexpected {type(error).__name__}: {words}\nThis is a fault in dsia-gen; "
        "run the same command with --debug to see where, and report it.",
        err=True,
    )
    return UNEXPECTED


_show_python = warnings.showwarning


def show_warning(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    """Stands in for `warnings.showwarning`: a note about a configuration is one sentence, without a place in code."""
    if issubclass(category, RenamedKeyWarning):
        echo(f"note: {message}", err=True)
    else:
        _show_python(message, category, *where, **more)
