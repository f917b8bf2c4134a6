"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from dsia_gen.evaluate.curves import AXES
from dsia_gen.evaluate.formatting import MISSING, half_width, number, p_value, seconds, with_interval
from dsia_gen.evaluate.hdr import REGIONS as HDR_REGIONS
from dsia_gen.evaluate.hdr import VDP, HdrSettings
from dsia_gen.evaluate.perceptual import PERCEPTUAL
from dsia_gen.evaluate.regions import REGIONS
from dsia_gen.evaluate.summary import Summary, best_of, missing, remarks
from dsia_gen.evaluate.tables import MEASURES, RegionTable, Row


def markdown(summary: Summary) -> str:
    """report.md."""
    parts = [f"# Evaluation on {summary.name}", *(f"- {line}" for line in remarks(summary)), "", *_inputs(summary)]
    for table in summary.tables:
        parts += _region(table)
    parts += _missing(summary) + _frames(summary) + _ablations(summary) + _curves(summary) + _hdr(summary)
    parts += _endpoints(summary) + _speeds(summary) + _tests(summary)
    return "\n".join(parts).rstrip() + "\n"


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return [*lines, *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows), ""]


def _inputs(summary: Summary) -> list[str]:
    rows = [
        (e.info.title, f"`{e.name}`", e.info.inputs, e.info.direction or "-", e.info.citation)
        for e in summary.results.entries
    ]
    return ["## Table 1: what each method needs", "",
            *grid(("method", "name", "inputs", "flow that warps I2", "source"), rows)]  # fmt: skip


def _region(table: RegionTable) -> list[str]:
    about = REGIONS[table.region].about
    share = "" if table.region == "all" else f" ({table.share:.1%} of Igt)"
    columns = ["method", *(f"{column} {title}" for column in table.columns for title in MEASURES.values())]
    best = {(c, m): best_of(table, c, m) for c in table.columns for m in MEASURES}
    rows = [_line(row, table, best) for row in table.rows]
    return [f"## Table 2: {table.title}", "", f"{about[:1].upper()}{about[1:]}{share}. ± is the wider half of the 95% "
            "interval. Bold: best without ground truth.", "", *grid(columns, rows), *_footnotes(table)]  # fmt: skip


def _line(row: Row, table: RegionTable, best: dict[tuple[str, str], float]) -> list[str]:
    if not row.cells:
        return [f"`{row.entry.name}`", *[MISSING] * (len(table.columns) * len(MEASURES))]
    cells = [f"`{row.entry.name}`"]
    for column in table.columns:
        for measure in MEASURES:
            mean = row.cells[column][measure]
            text, wide = number(mean.mean, measure), half_width(mean, measure)
            won = row.entry.info.group != "oracle" and round(mean.mean, 3) == best[column, measure]
            cells.append(
                (f"**{text}**" if won else text) + (f" ± {wide}" if wide and column == table.columns[-1] else "")
            )
    return cells


def _footnotes(table: RegionTable) -> list[str]:
    notes = [f"- `{row.entry.name}`: {note}" for row in table.rows for note in row.notes if table.region == "all"]
    notes += [
        f"- `{r.entry.name}`: {MISSING}, {r.reason}" for r in table.rows if r.reason and r.entry.method is not None
    ]
    return [*notes, ""] if notes else []


def _missing(summary: Summary) -> list[str]:
    absent = missing(summary)
    if not absent:
        return []
    return ["## Not run", "", *(f"- `{name}`: {reason}" for name, reason in absent), ""]


def _frames(summary: Summary) -> list[str]:
    found = summary.results.perceptual
    if not found:
        return []
    columns = [f"{c.source} {PERCEPTUAL[c.measure][0]} ({c.pairs} pairs)" for c in found]
    rows = []
    for entry in summary.results.entries:
        cells = [number(c.means[entry.name].mean, c.measure) if entry.name in c.means else MISSING for c in found]
        rows.append([f"`{entry.name}`", *cells])
    reasons = sorted({f"- {PERCEPTUAL[c.measure][0]}: {c.reason}" for c in found if c.reason})
    note = "Distance between the answer and I1, lower is better. A copy of I1 has zero: what moved is not judged."
    return ["## Table 3: frames without ground truth", "", note, "",
            *grid(["method", *columns], rows), *reasons, ""]  # fmt: skip


def _ablations(summary: Summary) -> list[str]:
    if not summary.ablations:
        return []
    rows = [
        [f"`{a.name}`", a.target, "with" if a.mask else "without", with_interval(a.psnr, "psnr"),
         with_interval(a.ssim, "ssim")] for a in summary.ablations
    ]  # fmt: skip
    return ["## Table 4: ablations", "", *grid(["run", "predicts", "mask module", "PSNR", "SSIM"], rows)]


def _curves(summary: Summary) -> list[str]:
    if not summary.curves:
        return []
    pictures = [f"![PSNR against {AXES[axis]}](figures/psnr_{axis}.svg)" for axis in summary.curves]
    return ["## Figure 8: PSNR against motion and occlusion", "", "\n\n".join(pictures), ""]


def hdr_setting(settings: HdrSettings) -> str:
    """How the bracket was taken, in a sentence."""
    return (
        f"I1 is exposed {settings.reference_stops:g} stops beyond its highlights, I2 {abs(settings.apart):g} stops "
        f"{'shorter' if settings.apart < 0 else 'longer'}; I2 is aligned, both are merged by fixed weights without "
        "deghosting, and compared with scene-linear I1. The foreground of I1 counts here, so an exact answer to the "
        "alignment task pays for what moved: the static background is the fair column."
    )


def _hdr(summary: Summary) -> list[str]:
    hdr = summary.results.hdr
    if hdr is None:
        return []
    head = ["## HDR by alignment and merging (section 4.3.3)", ""]
    if hdr.reason or summary.results.request.hdr is None:
        return [*head, f"Not measured: {hdr.reason}.", ""]
    rows = []
    for entry in summary.results.entries:
        means = hdr.means.get(entry.name)
        cells = [with_interval(means[r], "psnr_mu") for r in HDR_REGIONS] if means else [MISSING] * len(HDR_REGIONS)
        rows.append([f"`{entry.name}`", *cells])
    single = with_interval(hdr.single, "psnr_mu") if hdr.single else MISSING
    return [*head, hdr_setting(summary.results.request.hdr), "",
            *grid(["method", "PSNR-mu", "static background", "clipped in I1"], rows),
            f"I1 alone, without merging: {single} dB. {VDP}.", ""]  # fmt: skip


def _endpoints(summary: Summary) -> list[str]:
    if not summary.endpoints:
        return []
    rows = [
        [f"`{e.name}`", with_interval(e.to_camera, "epe"), with_interval(e.to_full, "epe")] for e in summary.endpoints
    ]
    return ["## End-point error of the flow that was used (px, visible pixels)", "",
            *grid(["method", "against Igt to I2 (what rebuilds Igt)", "against I1 to I2"], rows)]  # fmt: skip


def _speeds(summary: Summary) -> list[str]:
    if not summary.speeds:
        return []
    rows = [[f"`{s.name}`", seconds(s.median), f"{seconds(s.low)} to {seconds(s.high)}"] for s in summary.speeds]
    return ["## Seconds a pair", "", f"At {summary.size}; median and range on the machine that made the results.", "",
            *grid(["method", "median", "range"], rows)]  # fmt: skip


def _tests(summary: Summary) -> list[str]:
    head = ["## Paired tests of PSNR, all pixels", ""]
    if summary.tests_reason:
        return [*head, summary.tests_reason, ""]
    if not summary.tests:
        return []
    rows = [
        [f"`{t.a}` - `{t.b}`", f"{t.difference:+.2f}", f"{number(t.low, 'psnr')} to {number(t.high, 'psnr')}",
         str(t.count), p_value(t.p), p_value(t.p_holm), p_value(t.p_scenes)] for t in summary.tests
    ]  # fmt: skip
    return [*head, "Wilcoxon's signed-rank test, two-sided, over samples, with Holm's correction for all pairs; the "
            "last column is over means of scenes, which are independent (six are needed).", "",
            *grid(["difference", "dB", "95% interval", "samples", "p", "p (Holm)", "p over scenes"], rows)]  # fmt: skip
