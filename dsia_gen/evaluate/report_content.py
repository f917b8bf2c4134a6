"""What the report says beside Table 2, as tables of texts that Markdown and the page show alike."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dsia_gen.evaluate.flow_set_tables import SETS
from dsia_gen.evaluate.formatting import MISSING, number, p_value, seconds, with_interval
from dsia_gen.evaluate.hdr import REGIONS as HDR_REGIONS
from dsia_gen.evaluate.hdr import VDP, HdrSettings
from dsia_gen.evaluate.perceptual import PERCEPTUAL
from dsia_gen.evaluate.perceptual_columns import IGT
from dsia_gen.evaluate.regions import REGIONS
from dsia_gen.evaluate.robustness import AVERAGE, CLEAN
from dsia_gen.evaluate.summary import Summary
from dsia_gen.evaluate.tables import DIRECTIONS, FLOW_ERRORS, RegionTable

_GROUPS = {"copy": "copy", "warp": "warp of I2", "oracle": "ground truth", "synthesis": "synthesis"}


@dataclass(frozen=True)
class TextTable:
    """A table of the report; parts between backticks are code. Without rows, `notes` say why."""

    key: str
    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    about: str = ""
    notes: tuple[str, ...] = ()


def text_tables(summary: Summary) -> list[TextTable]:
    """Tables 1, 3 and 4, HDR, light, errors of flow, robustness, time and tests, those that have something to say."""
    entries = summary.results.entries
    rows: list[tuple[str, ...]] = []
    columns: tuple[str, ...]
    infos = [entry.info for entry in entries]
    rows = [(f"`{i.name}`", i.title, _GROUPS[i.group], i.inputs, i.direction or "-", i.citation) for i in infos]
    columns = ("name", "method", "kind", "inputs", "flow that warps I2", "source")
    found = [TextTable("inputs", "Table 1: what each method needs", columns, tuple(rows))]
    found += perceptual_tables(summary)
    if summary.ablations:
        rows = []
        for a in summary.ablations:
            quality = with_interval(a.psnr, "psnr"), with_interval(a.ssim, "ssim")
            rows.append((f"`{a.name}`", a.target, "with" if a.mask else "without", *quality))
        columns = ("run", "predicts", "mask module", "PSNR", "SSIM")
        found.append(TextTable("ablations", "Table 4: ablations", columns, tuple(rows)))
    found += hdr_tables(summary)
    found += light_table(summary) + flow_tables(summary)
    return found + flow_set_texts(summary) + robustness_texts(summary) + timing_and_tests(summary)


def light_table(summary: Summary) -> list[TextTable]:
    """PSNR with and without a gain, over all and over changed pixels."""
    rows = [
        (f"`{row.name}`", *(with_interval(mean, "psnr") for mean in (row.all, row.all_gain, row.changed,
                                                                      row.changed_gain)))
        for row in summary.light
    ]  # fmt: skip
    columns = ("method", "all pixels", "after one gain a channel", "changed pixels", "after one gain a channel")
    about = "PSNR in dB. What a gain brings is light that a method got wrong as a whole, and not alignment."
    return [TextTable("light", "Light and changed pixels", columns, tuple(rows), about)] if rows else []


def flow_tables(summary: Summary) -> list[TextTable]:
    """Errors of the flows that methods used, a table for each direction."""
    found = []
    directions = {entry.name: entry.info.direction for entry in summary.results.entries}
    for key, title in DIRECTIONS.items():
        rows = []
        for row in summary.flows:
            if row.direction == key:
                own = directions[row.name].replace(":", ",").split(",")[0] or "-"
                cells = [
                    with_interval(row.errors[error], "epe" if error.startswith("epe") else "share")
                    if error in row.errors
                    else MISSING
                    for error in FLOW_ERRORS
                ]
                rows.append((f"`{row.name}`", own, *cells))
        about = (
            f"The flow that a method warps I2 by, against the exact flow from {title}; visible pixels, EPE in px. "
            "Fl-all is the share of pixels that are off by more than 3 px and by more than 5% of the exact flow."
        )
        if key == "gt_to_2":
            about += " This is the flow of the camera alone, which rebuilds Igt."
        if rows:
            columns = ("method", "its flow", *FLOW_ERRORS.values())
            found.append(
                TextTable(f"flow_{key}", f"Flow from {title}: EPE, 1 px, 3 px and Fl-all", columns, tuple(rows), about)
            )
    return found


def flow_set_texts(summary: Summary) -> list[TextTable]:
    """Errors of flow on public sets, a table for each."""
    found = []
    for table in summary.results.flow_sets:
        shares = ("visible", "all") if any("visible" in row.fl for row in table.rows) else ("all",)
        rows = [
            (
                f"`{row.name}`",
                *(with_interval(row.epe[column], "epe") if column in row.epe else MISSING for column in table.columns),
                *(number(mean.mean, "share") for mean in row.pck.values()),
                *(number(row.fl.get(kind, math.nan), "share") for kind in shares),
                f"{row.pairs} of {table.pairs}",
            )
            for row in table.rows
        ]
        heads = [f"EPE, {column}" for column in table.columns]
        columns = ("method", *heads, "PCK 1 px", "PCK 3 px", "PCK 5 px", *(f"Fl, {kind}" for kind in shares), "pairs")
        about = (
            "The flow from I1 to I2, EPE in px. EPE and PCK are means over pairs, Fl is the share of outliers (off by "
            "more than 3 px and by more than 5%) among the pixels of all pairs together."
        )
        notes = tuple(f"`{row.name}`: failed on {row.failed} of {table.pairs}" for row in table.rows if row.failed)
        if not rows:
            notes = ("No method that ran has a flow.",)
        found.append(
            TextTable(f"set_{table.source}", f"Flow on {SETS[table.source]}", columns, tuple(rows), about, notes)
        )
    return found


def robustness_texts(summary: Summary) -> list[TextTable]:
    """Errors of flow under corruptions of I2, a table for each source of pairs."""
    found = []
    for table in summary.results.robustness:
        names = (CLEAN, *table.corruptions, AVERAGE)
        rows = [
            (
                f"`{row.name}`",
                *(with_interval(row.errors[name], "epe") for name in names),
                f"{row.errors[AVERAGE].mean - row.errors[CLEAN].mean:+.2f}",
                f"{row.pairs} of {table.pairs}",
            )
            for row in table.rows
        ]
        source = SETS.get(table.source, summary.name)
        about = (
            "EPE in px of the flow from I1 to I2 on visible pixels, where I2 is corrupted as in ImageNet-C (Hendrycks "
            f"and Dietterich, ICLR 2019) at severity {table.severity} of 5; the loss is what they cost on average."
        )
        columns = ("method", *(name.replace("_", " ") for name in names), "loss", "pairs")
        notes = () if rows else ("No method that ran has a flow for every corruption.",)
        title = f"Robustness on {source}"
        found.append(TextTable(f"robustness_{table.source}", title, columns, tuple(rows), about, notes))
    return found


def perceptual_tables(summary: Summary) -> list[TextTable]:
    """Distances to Igt, and table 3: distances to I1 on frames without ground truth."""
    found = []
    for key, title, about in (
        ("perceptual", "Perceptual distance to Igt", "Distance between the answer and Igt, lower is better."),
        ("frames", "Table 3: frames without ground truth",
         "Distance between the answer and I1, lower is better. A copy of I1 has zero: what moved is not judged."),
    ):  # fmt: skip
        columns = [c for c in summary.results.perceptual if (c.source == IGT) == (key == "perceptual")]
        rows = []
        for e in summary.results.entries:
            means = [(c.means.get(e.name), c.measure) for c in columns]
            rows.append((f"`{e.name}`", *(number(mean.mean, measure) if mean else MISSING for mean, measure in means)))
        heads = ("method", *(f"{c.source} {PERCEPTUAL[c.measure][0]} ({c.pairs} pairs)" for c in columns))
        reasons = tuple(sorted({f"{PERCEPTUAL[c.measure][0]}: {c.reason}" for c in columns if c.reason}))
        if columns:
            found.append(TextTable(key, title, heads, tuple(rows), about, reasons))
    return found


def hdr_tables(summary: Summary) -> list[TextTable]:
    """The table of merged exposures, or why there is none; nothing where it was not asked for."""
    hdr, settings = summary.results.hdr, summary.results.request.hdr
    if hdr is None or settings is None:
        return []
    title = "HDR by alignment and merging"
    if hdr.reason:
        return [TextTable("hdr", title, notes=(f"Not measured: {hdr.reason}.",))]
    rows = []
    for entry in summary.results.entries:
        regions = hdr.means.get(entry.name)
        cells = [with_interval(regions[region], "psnr_mu") if regions else MISSING for region in HDR_REGIONS]
        rows.append((f"`{entry.name}`", *cells))
    single = with_interval(hdr.single, "psnr_mu") if hdr.single else MISSING
    columns = ("method", "PSNR-mu", "static background", "clipped in I1")
    note = f"I1 alone, without merging: {single} dB. {VDP}."
    return [TextTable("hdr", title, columns, tuple(rows), hdr_setting(settings, hdr.brackets), (note,))]


def timing_and_tests(summary: Summary) -> list[TextTable]:
    """Seconds a pair, and paired tests between methods."""
    found = []
    if summary.speeds:
        rows = [(f"`{s.name}`", seconds(s.median), f"{seconds(s.low)} to {seconds(s.high)}") for s in summary.speeds]
        about = f"At {summary.size}; median and range on the machine that computed the results."
        found.append(TextTable("speeds", "Seconds a pair", ("method", "median", "range"), tuple(rows), about))
    title = "Paired tests of PSNR, all pixels"
    if summary.tests_reason:
        return [*found, TextTable("tests", title, notes=(summary.tests_reason,))]
    if summary.tests:
        tests = []
        for t in summary.tests:
            low, high = number(t.low, "psnr"), number(t.high, "psnr")
            chances = (p_value(p) for p in (t.p, t.p_holm, t.p_scenes))
            tests.append((f"`{t.a}` - `{t.b}`", f"{t.difference:+.2f}", f"{low} to {high}", str(t.count), *chances))
        about = (
            "Wilcoxon's signed-rank test, two-sided, over samples, with Holm's correction for all pairs; the last "
            "column is over means of scenes, which are independent (six are needed)."
        )
        columns = ("difference", "dB", "95% interval", "samples", "p", "p (Holm)", "p over scenes")
        found.append(TextTable("tests", title, columns, tuple(tests), about))
    return found


def hdr_setting(settings: HdrSettings, brackets: int) -> str:
    """How the bracket was taken, in a few sentences."""
    exposed = (
        f"I1 is exposed {settings.reference_stops:g} stops beyond its highlights, I2 {abs(settings.apart):g} stops "
        f"{'shorter' if settings.apart < 0 else 'longer'}; I2 is aligned, both are merged"
    )
    if settings.frames == 3:
        exposed = (
            f"The frames before, at and after I1 have three exposures in turn, {abs(settings.apart):g} stops from one "
            f"to the next, the middle one {settings.reference_stops:+g} stops from metered; both neighbours are "
            "aligned to I1, all three are merged"
        )
    return (
        f"{brackets} samples. {exposed} by fixed weights without deghosting, and compared with scene-linear I1. The "
        "foreground of I1 counts here, so an exact answer to the alignment task pays for what moved: the static "
        "background is the fair column."
    )


def region_about(table: RegionTable) -> str:
    """Which pixels a table is over."""
    about = REGIONS[table.region].about
    share = "" if table.region == "all" else f" ({table.share:.1%} of Igt on average)"
    return f"{about[:1].upper()}{about[1:]}{share}."
