"""results.json holds the last figures of each measurement with their date; a run replaces those that it measured."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dsia_gen
from bench.figures import Figure
from dsia_gen.core.cpus import cores

HEAD = "| what | measured | range | to reach | reached | `--only` | date |\n|---|---|---|---|---|---|---|"
BEGIN, END = "<!-- results: python -m bench --publish -->", "<!-- end of results -->"
PLOTS = ("samples", "scaling")

Row = dict[str, Any]


def keep(path: Path, measure: str, figures: Sequence[Figure]) -> list[Row]:
    """Replace the figures of one measurement in a file; all rows that it then holds."""
    now = {"measure": measure, "when": datetime.now(UTC).isoformat(timespec="seconds")}
    rows = [row for row in load(path) if row.get("measure") != measure]
    rows += [{**figure.to_dict(), "row": figure.row(), **now} for figure in figures]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**machine(), "figures": rows}, indent=2) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(markdown(rows), encoding="utf-8")
    return rows


def load(path: Path) -> list[Row]:
    """The rows of a file; none where there is no file of this version."""
    if not path.is_file():
        return []
    return [row for row in json.loads(path.read_text(encoding="utf-8"))["figures"] if "measure" in row]


def machine() -> dict[str, Any]:
    """What ran, and where."""
    return {
        "dsia_gen": dsia_gen.__version__,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cores": cores(),
    }


def markdown(rows: Sequence[Row]) -> str:
    """A table of rows."""
    lines = [f"| {' | '.join(row['row'])} | {row['measure']} | {row['when'][:10]} |" for row in rows]
    return "\n".join([HEAD, *lines]) + "\n"


def publish(path: Path, page: Path) -> None:
    """Put the table of a results file, its notes and the plots that there are between the marks of a page."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = load(path)
    notes = [f"- {row['name']}: {row['note']}" for row in rows if row["note"]]
    plots = [f"\n![{name}](images/{name}.png)" for name in PLOTS if (page.parent / "images" / f"{name}.png").is_file()]
    inside = "\n".join([markdown(rows), *notes, *plots])
    page.write_text(f"{before}{BEGIN}\n{inside}\n{END}{after}", encoding="utf-8")
