"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from dsia_gen.core.escaping import markdown_code, markdown_text
from dsia_gen.evaluate.curves import AXES
from dsia_gen.evaluate.formatting import MISSING, half_width, number
from dsia_gen.evaluate.report_content import region_about, text_tables
from dsia_gen.evaluate.summary import Summary, is_best, missing, remarks
from dsia_gen.evaluate.tables import MEASURES, RegionRow, RegionTable


def markdown(summary: Summary) -> str:
    """report.md."""
    first, *others = text_tables(summary)
    about = (f"- {markdown_text(line)}" for line in remarks(summary))
    lines = [f"# Evaluation on {markdown_text(summary.name)}", *about, ""]
    lines += [f"## {first.title}", "", *grid(first.columns, _texts(first.rows))]
    for table in summary.tables:
        columns = ["method", *(f"{column} {title}" for column in table.columns for title in MEASURES.values())]
        note = f"{region_about(table)} ± is the wider half of the 95% interval. Bold: best without ground truth."
        lines += [f"## Table 2: {table.title}", "", note, ""]
        lines += grid(columns, [_cells(row, table) for row in table.rows])
        notes = [_note(row.entry.name, note) for row in table.rows for note in row.notes if table.region == "all"]
        empty = [row for row in table.rows if row.reason and row.entry.method is not None]
        notes += [_note(row.entry.name, f"{MISSING}, {row.reason}") for row in empty]
        lines += [*notes, ""] if notes else []
    absent = missing(summary)
    if absent:
        lines += ["## Not run", "", *(_note(name, reason) for name, reason in absent), ""]
    if summary.curves:
        lines += ["## Figure 8: PSNR against motion and occlusion", ""]
        for axis in summary.curves:
            lines += [f"![PSNR against {AXES[axis]}](figures/psnr_{axis}.svg)", ""]
    for text in others:
        lines += [f"## {text.title}", "", *([text.about, ""] if text.about else [])]
        lines += grid(text.columns, _texts(text.rows)) if text.rows else []
        lines += [*(f"- {markdown_text(note)}" for note in text.notes), ""] if text.notes else []
    return "\n".join(lines).rstrip() + "\n"


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table whose cells are Markdown."""
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _note(name: str, text: str) -> str:
    return f"- {markdown_code(name)}: {markdown_text(text)}"


def _texts(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[markdown_text(cell) for cell in row] for row in rows]


def _cells(row: RegionRow, table: RegionTable) -> list[str]:
    cells = [markdown_code(row.entry.name)]
    for column in table.columns:
        for measure in MEASURES:
            if not row.cells:
                cells.append(MISSING)
                continue
            mean = row.cells[column][measure]
            text, wide = number(mean.mean, measure), half_width(mean, measure)
            text = f"**{text}**" if is_best(row, table, column, measure) else text
            cells.append(f"{text} ± {wide}" if wide and column == table.columns[-1] else text)
    return cells
