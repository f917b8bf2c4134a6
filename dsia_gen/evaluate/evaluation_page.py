"""The report as a page that opens from disk: tables, curves, and pictures to flip between."""

from __future__ import annotations

import html
from collections.abc import Sequence

from markupsafe import Markup

from dsia_gen.core.web_page import script_json, web_page
from dsia_gen.evaluate.curves import AXES
from dsia_gen.evaluate.formatting import MISSING, half_width, number, p_value, seconds, with_interval
from dsia_gen.evaluate.gallery import LARGEST_ERROR, Shown
from dsia_gen.evaluate.hdr import REGIONS as HDR_REGIONS
from dsia_gen.evaluate.hdr import VDP
from dsia_gen.evaluate.loop import Entry
from dsia_gen.evaluate.markdown import hdr_setting
from dsia_gen.evaluate.perceptual import PERCEPTUAL
from dsia_gen.evaluate.regions import REGIONS
from dsia_gen.evaluate.summary import Summary, best_of, remarks
from dsia_gen.evaluate.tables import MEASURES, RegionTable, Row

_GROUPS = {"copy": "copy", "warp": "warp of I2", "oracle": "ground truth", "synthesis": "synthesis"}


def page(summary: Summary, gallery: Sequence[Shown]) -> str:
    """index.html; pictures and figures lie beside it."""
    body = "\n".join(part for part in (
        _head(summary), _tables(summary), _curves(summary), _gallery(summary, gallery), _frames(summary),
        _ablations(summary), _hdr(summary), _more(summary), _samples(summary),
    ) if part)  # fmt: skip
    title, samples = f"{summary.name} · evaluation", script_json(_sample_table(summary))
    return web_page("dsia_gen.evaluate", "page.html", ("page.js",), title, content=Markup(body), samples=samples)


def escape(text: str) -> str:
    return html.escape(text, quote=True)


def _section(key: str, title: str, *parts: str) -> str:
    return f'<section id="{key}"><h2>{escape(title)}</h2>{"".join(parts)}</section>'


def _paragraph(text: str, kind: str = "soft") -> str:
    return f'<p class="{kind}">{escape(text)}</p>'


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
    """Cells are markup."""
    head = "".join(f"<th>{column}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="table {kind}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _name(entry: Entry) -> str:
    return f'<span class="method"><b>{escape(entry.info.title)}</b> <code>{escape(entry.name)}</code></span>'


def _head(summary: Summary) -> str:
    lines = "".join(f"<li>{_ticks(line)}</li>" for line in remarks(summary))
    ran = sum(entry.method is not None for entry in summary.results.entries)
    absent = len(summary.results.entries) - ran
    what = f"{ran} methods" + (f", {absent} more that could not run" if absent else "")
    return (
        f'<header class="masthead"><p class="kicker">Alignment, evaluated</p><h1>{escape(summary.name)}</h1>'
        f'<p class="summary">{escape(what)}</p><ul class="remarks">{lines}</ul></header>'
    )


def _ticks(text: str) -> str:
    """Text with `names` set as code."""
    return "".join(f"<code>{escape(p)}</code>" if k % 2 else escape(p) for k, p in enumerate(text.split("`")))


def _tables(summary: Summary) -> str:
    if not summary.tables:
        return ""
    buttons = "".join(
        f'<button type="button" data-region="{t.region}" aria-pressed="{"false" if k else "true"}">'
        f"{escape(t.title)}</button>"
        for k, t in enumerate(summary.tables)
    )
    panels = "".join(_region(table, hidden=k > 0) for k, table in enumerate(summary.tables))
    return _section("quality", "Table 2: PSNR and SSIM", f'<div class="chips" role="group">{buttons}</div>', panels)


def _region(table: RegionTable, hidden: bool) -> str:
    about = REGIONS[table.region].about + ("" if table.region == "all" else f", {table.share:.1%} of Igt on average")
    first = "".join(f'<th colspan="2">{escape(column)}</th>' for column in table.columns)
    second = "".join(f"<th>{title}</th>" for _ in table.columns for title in MEASURES.values())
    best = {(c, m): best_of(table, c, m) for c in table.columns for m in MEASURES}
    rows = "".join(_row(row, table, best) for row in table.rows)
    return (
        f'<div class="region" data-region="{table.region}"{" hidden" if hidden else ""}>'
        f"{_paragraph(about[:1].upper() + about[1:])}"
        f'<div class="table numbers"><table><thead><tr><th rowspan="2">method</th>{first}</tr><tr>{second}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></div>"
    )


def _row(row: Row, table: RegionTable, best: dict[tuple[str, str], float]) -> str:
    group = row.entry.info.group
    name = f"<td>{_name(row.entry)}{_notes(row)}</td>"
    if not row.cells:
        reason = f'<td class="none" colspan="{2 * len(table.columns)}">{MISSING}: {escape(row.reason)}</td>'
        return f'<tr class="{group}">{name}{reason}</tr>'
    cells = ""
    for column in table.columns:
        for measure in MEASURES:
            mean = row.cells[column][measure]
            won = group != "oracle" and round(mean.mean, 3) == best[column, measure]
            wide = half_width(mean, measure)
            title = f' title="95%: {with_interval(mean, measure)}, {mean.count} samples"'
            note = f"<small>± {wide}</small>" if wide and column == table.columns[-1] else ""
            cells += f"<td{title}{' class=best' if won else ''}>{number(mean.mean, measure)}{note}</td>"
    return f'<tr class="{group}">{name}{cells}</tr>'


def _notes(row: Row) -> str:
    return "".join(f'<small class="note">{escape(note)}</small>' for note in row.notes)


def _curves(summary: Summary) -> str:
    pictures = "".join(
        f'<figure><img src="figures/psnr_{axis}.svg" alt="{escape(AXES[axis])}" loading="lazy"></figure>'
        for axis in summary.curves
    )
    return _section("curves", "Figure 8: PSNR against motion and occlusion",
                    _paragraph("Bins hold equally many samples; bands are 95% intervals."),
                    f'<div class="figures">{pictures}</div>') if pictures else ""  # fmt: skip


def _gallery(summary: Summary, gallery: Sequence[Shown]) -> str:
    blocks = []
    for entry in summary.results.entries:
        lines = "".join(_shown(line) for line in gallery if line.method == entry.name)
        if lines:
            blocks.append(f'<article class="method-block {entry.info.group}"><h3>{_name(entry)}</h3>{lines}</article>')
    if not blocks:
        return ""
    note = (
        f"By PSNR over all pixels. Click a picture to flip between the five at one place (keys 1 to 5, or arrows). "
        f"Errors are mean absolute differences: black is none, brightest is {LARGEST_ERROR} of 255 levels or more."
    )
    return _section("gallery", "Worst, median and best", _paragraph(note), *blocks)


def _shown(line: Shown) -> str:
    figures = "".join(
        f'<figure><img src="{escape(file)}" alt="{escape(title)} of {escape(line.sample)}" '
        f'data-title="{escape(title)}" loading="lazy" tabindex="0"><figcaption>{escape(title)}</figcaption></figure>'
        for title, file in line.pictures.items()
    )
    values = f"{number(line.values['psnr/all'], 'psnr')} dB, SSIM {number(line.values['ssim/all'], 'ssim')}"
    return (
        f'<div class="strip" data-label="{escape(line.method)}, {escape(line.sample)}"><p><b>{line.rank}</b> '
        f"<code>{escape(line.sample)}</code> {escape(line.subset)} <span>{values}</span></p>"
        f'<div class="five">{figures}</div></div>'
    )


def _frames(summary: Summary) -> str:
    found = summary.results.perceptual
    if not found:
        return ""
    columns = ["method", *(escape(f"{c.source} {PERCEPTUAL[c.measure][0]} ({c.pairs} pairs)") for c in found)]
    rows = [
        [_name(e), *(number(c.means[e.name].mean, c.measure) if e.name in c.means else MISSING for c in found)]
        for e in summary.results.entries
    ]
    reasons = sorted({f"{PERCEPTUAL[c.measure][0]}: {c.reason}" for c in found if c.reason})
    note = "Distance between the answer and I1, lower is better; a copy of I1 has zero, and what moved is not judged."
    table = _table(columns, rows, "numbers")
    return _section("frames", "Table 3: frames without ground truth", _paragraph(note), table,
                    *(_paragraph(reason, "none") for reason in reasons))  # fmt: skip


def _ablations(summary: Summary) -> str:
    rows = [
        [f"<code>{escape(a.name)}</code>", escape(a.target), "with" if a.mask else "without",
         with_interval(a.psnr, "psnr"), with_interval(a.ssim, "ssim")] for a in summary.ablations
    ]  # fmt: skip
    columns = ["run", "predicts", "mask module", "PSNR", "SSIM"]
    return _section("ablations", "Table 4: ablations", _table(columns, rows, "numbers")) if rows else ""


def _hdr(summary: Summary) -> str:
    hdr, settings = summary.results.hdr, summary.results.request.hdr
    if hdr is None or settings is None:
        return ""
    if hdr.reason:
        return _section("hdr", "HDR by alignment and merging", _paragraph(f"Not measured: {hdr.reason}.", "none"))
    rows = []
    for entry in summary.results.entries:
        means = hdr.means.get(entry.name)
        cells = [with_interval(means[r], "psnr_mu") for r in HDR_REGIONS] if means else [MISSING] * len(HDR_REGIONS)
        rows.append([_name(entry), *cells])
    single = with_interval(hdr.single, "psnr_mu") if hdr.single else MISSING
    return _section("hdr", "HDR by alignment and merging", _paragraph(hdr_setting(settings)),
                    _table(["method", "PSNR-mu", "static background", "clipped in I1"], rows, "numbers"),
                    _paragraph(f"I1 alone, without merging: {single} dB. {VDP}."))  # fmt: skip


def _more(summary: Summary) -> str:
    parts = [_details("Table 1: what each method needs", _table(
        ["method", "kind", "inputs", "flow that warps I2", "source"],
        [[_name(e), _GROUPS[e.info.group], escape(e.info.inputs), escape(e.info.direction or "-"),
          escape(e.info.citation)] for e in summary.results.entries]))]  # fmt: skip
    if summary.speeds:
        rows = [[f"<code>{escape(s.name)}</code>", seconds(s.median), f"{seconds(s.low)} to {seconds(s.high)}"]
                for s in summary.speeds]  # fmt: skip
        parts.append(_details("Seconds a pair", _table(["method", "median", "range"], rows, "numbers")))
    if summary.endpoints:
        rows = [[f"<code>{escape(e.name)}</code>", with_interval(e.to_camera, "epe"), with_interval(e.to_full, "epe")]
                for e in summary.endpoints]  # fmt: skip
        columns = ["method", "px against Igt to I2", "px against I1 to I2"]
        parts.append(_details("End-point error of the flow that was used", _table(columns, rows, "numbers")))
    if summary.tests:
        rows = [[f"<code>{escape(t.a)}</code> - <code>{escape(t.b)}</code>", f"{t.difference:+.2f}",
                 f"{number(t.low, 'psnr')} to {number(t.high, 'psnr')}", str(t.count), p_value(t.p), p_value(t.p_holm),
                 p_value(t.p_scenes)] for t in summary.tests]  # fmt: skip
        columns = ["difference", "dB", "95% interval", "samples", "p", "p (Holm)", "p over scenes"]
        parts.append(_details("Paired tests of PSNR, all pixels (Wilcoxon)", _table(columns, rows, "numbers")))
    elif summary.tests_reason:
        parts.append(_paragraph(summary.tests_reason, "none"))
    return _section("more", "Methods, time and tests", *parts)


def _details(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def _samples(summary: Summary) -> str:
    if not summary.results.cases:
        return ""
    return _section("samples", "Every sample", _paragraph("PSNR over all pixels in dB. Click a heading to sort."),
                    '<div class="table numbers"><table id="every"></table></div>'
                    '<p><button type="button" id="every-more" class="plain" hidden>Show all</button></p>')  # fmt: skip


def _sample_table(summary: Summary) -> dict[str, list[object]]:
    """What the page's script lists: headings, and a row for each sample."""
    methods = [entry.name for entry in summary.results.entries if entry.name in summary.results.records]
    rows: list[object] = []
    for case in summary.results.cases:
        values = [summary.results.records[m].get(case.id) for m in methods]
        cells = [number(v.values["psnr/all"], "psnr") if v and "psnr/all" in v.values else "-" for v in values]
        motions = [f"{case.motion[k]:.2f}" if k in case.motion else "-" for k in AXES]
        rows.append([case.id, case.subset, *motions, *cells])
    return {"columns": ["sample", "subset", "camera px", "foreground px", "occluded", *methods], "rows": rows}
