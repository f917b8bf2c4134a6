"""`python -m bench [--quick | --full] [--only NAME]`: measure, print a table, write results.json and results.md."""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import dsia_gen
from bench import annotation, data, evaluation, export, farm, whole_scene
from bench.figures import Figure, markdown
from bench.scale import FULL, QUICK, STANDARD, Scale
from dsia_gen.farm.machine import cores


def _ray(scale: Scale) -> list[Figure]:
    """The Ray executor, where the extra is installed."""
    if importlib.util.find_spec("ray") is None:
        return []
    from bench import ray_farm

    return ray_farm.measure(scale)


MEASURES: dict[str, Callable[[Scale], list[Figure]]] = {
    "annotation": annotation.measure,
    "scene": whole_scene.measure,
    "farm": farm.measure,
    "ray": _ray,
    "evaluation": evaluation.measure,
    "export": export.measure,
    "data": data.measure,
}
HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run the measurements asked for; 1 when a figure that has a goal misses it."""
    options = _parse()
    scale = QUICK if options.quick else FULL if options.full else STANDARD
    figures: list[Figure] = []
    for name in options.only or MEASURES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        figures += [replace(f, goal=None) if options.quick else f for f in MEASURES[name](scale)]
        _write(figures, quick=options.quick)
    _print(figures)
    return int(any(figure.reached is False for figure in figures))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small pictures, few repeats, no verdicts: shows that it runs"
    )
    parser.add_argument("--full", action="store_true", help="960x540 with the default samples: hours without a GPU")
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), help="only these")
    return parser.parse_args()


def _write(figures: list[Figure], *, quick: bool) -> None:
    document = {**_machine(), "quick": quick, "figures": [figure.to_dict() for figure in figures]}
    (HERE / "results.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    (HERE / "results.md").write_text(markdown(figures), encoding="utf-8")


def _machine() -> dict[str, Any]:
    return {
        "dsia_gen": dsia_gen.__version__,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cores": cores(),
    }


def _print(figures: list[Figure]) -> None:
    table = Table(title=f"ratios within one run, {cores()} cores", title_justify="left")
    for column in ("what", "measured", "range", "to reach", "reached"):
        table.add_column(column, overflow="fold")
    for figure in figures:
        table.add_row(*figure.row())
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    for figure in figures:
        if figure.note:
            console.print(f"{figure.name}: {figure.note}", highlight=False, markup=False)


if __name__ == "__main__":
    sys.exit(main())
