"""`dsia-gen doctor`: what works on this machine, and what to do about the rest."""

from __future__ import annotations

from typing import Annotated

import typer
from typer import Option

from dsia_gen.cli.common_options import AsJson, echo, print_json

MARKS = {"ok": "  ok   ", "missing": "  --   ", "broken": "BROKEN "}


def doctor(
    as_json: AsJson = False,
    quick: Annotated[bool, Option("--quick", help="leave Blender out (it takes seconds to load)")] = False,
) -> None:
    """What works on this machine and what to do about the rest. Exit code 1 when rendering cannot work."""
    from dsia_gen.cli.diagnosis import examine

    findings = examine(blender=not quick)
    broken = any(finding.state == "broken" for finding in findings)
    if as_json:
        print_json({"ok": not broken, "findings": [finding.to_dict() for finding in findings]})
    else:
        for finding in findings:
            echo(f"{MARKS[finding.state]}{finding.name:<18} {finding.value}")
            for line in finding.advice:
                echo(f"{'':26}{line}")
        echo("rendering cannot work yet: see the lines marked BROKEN" if broken else "ready to render")
    if broken:
        raise typer.Exit(1)
