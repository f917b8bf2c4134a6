"""Table 2 as LaTeX (booktabs), one block of rows for each way to count pixels."""

from __future__ import annotations

from dsia_gen.evaluate.formatting import number
from dsia_gen.evaluate.summary import Summary, is_best
from dsia_gen.evaluate.tables import MEASURES

_SPECIAL = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
            "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}  # fmt: skip


def latex(summary: Summary) -> str:
    """table2.tex: a table that needs the package booktabs."""
    columns = summary.tables[0].columns if summary.tables else ()
    head = " & ".join(["Method", *(rf"\multicolumn{{2}}{{c}}{{{escaped(c)}}}" for c in columns)])
    second = " & ".join(["", *(rf"{title}$\uparrow$" for _ in columns for title in MEASURES.values())])
    lines = [
        f"% {len(summary.results.samples)} samples from {summary.scenes} scenes at {summary.size}",
        rf"\begin{{tabular}}{{l{'cc' * len(columns)}}}",
        r"\toprule",
        rf"{head} \\",
        rf"{second} \\",
    ]
    for table in summary.tables:
        lines += [r"\midrule", rf"\multicolumn{{{1 + 2 * len(columns)}}}{{l}}{{\emph{{{escaped(table.title)}}}}} \\"]
        for row in table.rows:
            cells = [escaped(row.entry.info.title)]
            if not row.cells:
                cells.append(rf"\multicolumn{{{2 * len(columns)}}}{{c}}{{n/a}}")
            for column in columns if row.cells else ():
                for measure in MEASURES:
                    text = number(row.cells[column][measure].mean, measure).replace("inf", r"$\infty$")
                    cells.append(rf"\textbf{{{text}}}" if is_best(row, table, column, measure) else text)
            lines.append(rf"{' & '.join(cells)} \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def escaped(text: str) -> str:
    """Text that LaTeX sets as it is."""
    return "".join(_SPECIAL.get(letter, letter) for letter in text)
