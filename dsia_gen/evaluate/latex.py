"""Table 2 as LaTeX (booktabs), one block of rows for each way to count pixels."""

from __future__ import annotations

from dsia_gen.evaluate.formatting import number
from dsia_gen.evaluate.summary import Summary, best_of, chosen_columns
from dsia_gen.evaluate.tables import MEASURES, RegionTable, Row

_SPECIAL = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
            "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}  # fmt: skip


def latex(summary: Summary) -> str:
    """table2.tex: a table that needs the package booktabs."""
    columns = chosen_columns(summary.tables)
    head = " & ".join(["Method", *(rf"\multicolumn{{2}}{{c}}{{{escaped(c)}}}" for c in columns)])
    second = " & ".join(["", *(rf"{title}$\uparrow$" for _ in columns for title in MEASURES.values())])
    lines = [
        f"% {len(summary.results.cases)} samples from {summary.scenes} scenes at {summary.size}",
        rf"\begin{{tabular}}{{l{'cc' * len(columns)}}}",
        r"\toprule",
        rf"{head} \\",
        rf"{second} \\",
    ]
    for table in summary.tables:
        lines += [r"\midrule", rf"\multicolumn{{{1 + 2 * len(columns)}}}{{l}}{{\emph{{{escaped(table.title)}}}}} \\"]
        lines += [_line(row, table) for row in table.rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _line(row: Row, table: RegionTable) -> str:
    title = escaped(row.entry.info.title)
    if not row.cells:
        return rf"{title} & \multicolumn{{{2 * len(table.columns)}}}{{c}}{{n/a}} \\"
    cells = []
    for column in table.columns:
        for measure in MEASURES:
            value = row.cells[column][measure].mean
            text = number(value, measure).replace("inf", r"$\infty$")
            won = row.entry.info.group != "oracle" and round(value, 3) == best_of(table, column, measure)
            cells.append(rf"\textbf{{{text}}}" if won else text)
    return rf"{' & '.join([title, *cells])} \\"


def escaped(text: str) -> str:
    """Text that LaTeX sets as it is."""
    return "".join(_SPECIAL.get(letter, letter) for letter in text)
