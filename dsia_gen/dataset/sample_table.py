"""The columns of samples.csv: which pair a row is about, what was measured on it, and its files."""

from __future__ import annotations

from dsia_gen.annotate.pair_measures import IMAGE_MEASURES, PAIR_MEASURES
from dsia_gen.spec.outputs import Place
from dsia_gen.spec.views import ROLES, Role

KEY_COLUMNS: dict[str, type] = {
    "sample": str, "scene": str, "pair": int, "t1": int, "p1": int, "t2": int, "p2": int,
    "config": str, "setting": str, "seed": int,
}  # fmt: skip
"""Columns that say which pair a row is about, with the type of their values."""
FILE_COLUMNS: dict[str, Place] = {
    "img1": ("image", "1"),
    "img2": ("image", "2"),
    "gt": ("image", "gt"),
    "dynamic_union": ("dynamic_union", None),
}
"""Columns that hold paths below the data set's folder, with the arrays that lie there."""


def measure_columns() -> tuple[str, ...]:
    """Columns that are copied from the measures of the pair in scene.json, in table order."""
    return tuple(row.name for row in PAIR_MEASURES.values() if row.unit != "ids")


def image_columns() -> dict[str, tuple[str, Role]]:
    """Columns of what is measured on the three images: the measure and the role of each."""
    return {f"{name}_{role}": (name, role) for name in IMAGE_MEASURES for role in ROLES}


def sample_columns() -> dict[str, type]:
    """Every column of samples.csv with the type of its values, in order."""
    measured = {name: str if PAIR_MEASURES[name].unit == "text" else float for name in measure_columns()}
    return KEY_COLUMNS | measured | dict.fromkeys(image_columns(), float) | dict.fromkeys(FILE_COLUMNS, str)
