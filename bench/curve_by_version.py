"""The curve of samples on more than one version of Blender: `python -m bench.curve_by_version measure|table FOLDER`.

`measure` is run once with each version's Python: it renders the settings of `bench.curve` at half of its width and
height and leaves the points of each configuration in the folder. `table` puts those of all versions side by side.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bench.curve import KINDS, Point, measure_config
from bench.scale import STANDARD

HALF = replace(STANDARD, noise_resolution=(240, 135))


def main(words: Sequence[str] | None = None) -> None:
    """Measure with the Blender of this Python, or print the table of what lies in the folder."""
    parser = argparse.ArgumentParser(prog="python -m bench.curve_by_version", description=__doc__)
    parser.add_argument("what", choices=["measure", "table"])
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(words)
    if options.what == "table":
        print(table(points_of(options.folder)))
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    for config in HALF.loop_configs:
        points = [asdict(point) for point in measure_config(HALF, config)]
        path = options.folder / f"curve_{importlib.metadata.version('bpy')}_{config}.json"
        path.write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")


def points_of(folder: Path) -> dict[str, list[Point]]:
    """The points in a folder, by version of Blender."""
    found: dict[str, list[Point]] = {}
    for path in sorted(folder.glob("curve_*_*.json")):
        points = [Point(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
        found.setdefault(path.stem.split("_")[1], []).extend(points)
    return found


def table(versions: dict[str, list[Point]]) -> str:
    """A Markdown table: settings down; PSNR and processor seconds of each configuration and version across."""
    places = {(version, p.config, p.kind, p.samples): p for version, points in versions.items() for p in points}
    columns = sorted({(config, version) for version, config, _, _ in places}, key=lambda c: (c[0] == "indoor", c))
    lines = [f"| settings | samples | {' | '.join(f'{config}, {version}' for config, version in columns)} |"]
    lines.append(f"|---|---|{'---|' * len(columns)}")
    for kind, (counts, _) in KINDS.items():
        for n in counts:
            cells = [places.get((version, config, kind, n)) for config, version in columns]
            texts = (f"{p.decibels:.1f} dB, {p.seconds:.2g} s" if p else "" for p in cells)
            lines.append(f"| {kind} | {n} | {' | '.join(texts)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
