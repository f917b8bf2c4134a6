"""Imports of files against Blender's own import of them plus a thumbnail, in one process that is warm."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.messages import BENCH_EVENTS, BenchRequest
from bench.scale import QUICK, Scale
from dsia_gen.core.supervise import run

GOAL = 1.3
CELLS = (90, 350)
"""Squares along a side of the surfaces that are imported, of a quick run and of others: 245,000 triangles."""


def measure(scale: Scale) -> list[Figure]:
    """Seconds of the import of a file, over those of Blender's own importer and the render of its thumbnail."""
    figures = []
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        request = BenchRequest.model_validate(
            {"spec": Path(), "out": folder, "cells": CELLS[scale is not QUICK], "repeats": scale.repeats}
        )
        for event in run("bench.importing_process", request, BENCH_EVENTS, name="Blender"):
            found = event.model_dump()
            rounds = [(ours, theirs + picture) for ours, theirs, picture in found["rounds"]]
            note = f"{found['bytes'] / 1e6:.1f} MB; Blender's import alone {min(r[1] for r in found['rounds']):.2f} s"
            figures.append(
                Figure(
                    f"import of {found['name']} / Blender's import and a thumbnail",
                    "x",
                    tuple(ours / plain for ours, plain in rounds),
                    "at most",
                    GOAL,
                    note,
                )
            )
    return figures
