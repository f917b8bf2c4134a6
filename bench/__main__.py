"""`python -m bench --all | --quick | --full | --gpu | --only NAME ...`: measure, print, keep it in results.json.

What is named in --only replaces its own figures in that file and results.md; the rest stays. A quick run has files of
its own below out/bench. `--publish` puts the table of results.json into docs/performance.md and measures nothing.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import (
    annotation,
    curve,
    data,
    evaluation,
    exactness,
    export,
    farm,
    gpu,
    importing,
    one_pair,
    plain_loop,
    results,
    scaling,
    startup,
    validation,
    whole_scene,
)
from bench.figures import Figure
from bench.scale import FULL, QUICK, ROOT, SCRATCH, STANDARD, Scale
from dsia_gen.core.cpus import cores
from dsia_gen.core.errors import DeviceError


def _ray(scale: Scale) -> list[Figure]:
    """The Ray executor, where the extra is installed."""
    if importlib.util.find_spec("ray") is None:
        return []
    from bench import ray_farm

    return ray_farm.measure(scale)


def _aligner(scale: Scale) -> list[Figure]:
    """Training and answers, where the extra is installed."""
    if importlib.util.find_spec("torch") is None:
        return []
    from bench import aligner

    return aligner.measure(scale)


MEASURES: dict[str, Callable[[Scale], list[Figure]]] = {
    "startup": startup.measure,
    "exactness": exactness.measure,
    "annotation": annotation.measure,
    "scene": whole_scene.measure,
    "loop": plain_loop.measure,
    "farm": farm.measure,
    "ray": _ray,
    "scaling": scaling.measure,
    "aligner": _aligner,
    "evaluation": evaluation.measure,
    "export": export.measure,
    "import": importing.measure,
    "data": data.measure,
}
ASKED: dict[str, Callable[[Scale], list[Figure]]] = {
    "curve": curve.measure,
    "gpu": gpu.measure,
    "one_pair": one_pair.measure,
    "validation": validation.measure,
}
"""Measured only when named: the curve, pairs against a loop and the scenes of the validation take long, the GPU has to
be there."""
RESULTS = ROOT / "bench" / "results.json"
PAGE = ROOT / "docs" / "performance.md"


def main() -> int:
    """Run the measurements asked for; 1 when a figure that has a goal misses it, or the GPU asked for is missing."""
    options = _parse()
    if options.publish:
        results.publish(RESULTS, PAGE)
        return 0
    scale = QUICK if options.quick else FULL if options.full else STANDARD
    try:
        scale = _on_gpu(scale) if options.gpu else scale
        clean = scale.clean_scenes if options.clean is None else options.clean
        scale = replace(scale, clean_scenes=clean, clean_data=tuple(options.data))
    except DeviceError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    names = options.only or [*MEASURES, *(["gpu"] if options.gpu else [])]
    figures = [figure for name in names for figure in _measure(name, scale, quick=options.quick)]
    _print(figures)
    return int(any(figure.reached is False for figure in figures))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--all", action="store_true", help="everything at its usual size: about 65 minutes on 2 cores")
    parser.add_argument(
        "--quick", action="store_true", help="small pictures, few repeats, no verdicts: shows that it runs"
    )
    parser.add_argument("--full", action="store_true", help="960x540 with the default samples: hours without a GPU")
    parser.add_argument("--gpu", action="store_true", help="render on the fastest GPU, and measure it")
    parser.add_argument("--only", nargs="+", choices=[*MEASURES, *ASKED], help="only these")
    parser.add_argument("--clean", type=int, metavar="N", help="scenes to render that the validation shall pass")
    parser.add_argument(
        "--data", nargs="+", type=Path, default=[], metavar="FOLDER", help="data sets that it shall pass as well"
    )
    parser.add_argument("--publish", action="store_true", help="write the kept results into docs/performance.md")
    if len(sys.argv) == 1:
        parser.print_usage(sys.stderr)
        print("say what to measure: --all, or --only NAME; --quick shows that it runs", file=sys.stderr)
        sys.exit(2)
    return parser.parse_args()


def _on_gpu(scale: Scale) -> Scale:
    """The same sizes on the fastest GPU."""
    kind, name = gpu.find_gpu()
    print(f"rendering on {name} ({kind})", file=sys.stderr, flush=True)
    return replace(scale, device=kind)


def _measure(name: str, scale: Scale, *, quick: bool) -> list[Figure]:
    """One measurement, kept at once, so that an end before the end loses little."""
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    begun = time.perf_counter()
    figures = (MEASURES | ASKED)[name](scale)
    print(f"  {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    figures = [replace(figure, goal=None) if quick else figure for figure in figures]
    results.keep(_file(scale, quick=quick), name, figures)
    return figures


def _file(scale: Scale, *, quick: bool) -> Path:
    if quick:
        return SCRATCH / "quick.json"
    return RESULTS if scale.device == "cpu" else RESULTS.with_name(f"results_{scale.device}.json")


def _print(figures: list[Figure]) -> None:
    table = Table(title=f"{cores()} cores", title_justify="left")
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
