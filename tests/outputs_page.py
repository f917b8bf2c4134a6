"""The page docs/outputs.md, as `make tables` writes it from the table of outputs."""

from __future__ import annotations

from dsia_gen.spec.outputs import GROUPS, OUTPUTS, Occlusion


def outputs_markdown() -> str:
    """The table as a page of documentation (docs/outputs.md).

    Returns
    -------
    str
        Markdown.
    """
    lines = [
        "# Outputs",
        "",
        "Written by `make tables` from `dsia_gen/spec/outputs.py`. A *view* output exists once for each view (time,",
        "pose) and serves every pair that uses the view; a *pair* output once for each pair.",
        "",
        "| name | kind | of a | file | type | channels | unit | invalid | what it is | default |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for o in OUTPUTS.values():
        channels = ", ".join(o.channels) or "1"
        default = "yes" if o.default else "on request"
        cells = (f"`{o.name}`", o.kind, o.scope, o.suffix, o.dtype, channels, o.unit, o.invalid, o.about, default)
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Groups that a job may name instead:", ""]
    for name, belongs in GROUPS.items():
        lines.append(f"- `{name}`: {', '.join(f'`{o.name}`' for o in OUTPUTS.values() if belongs(o))}")
    lines += ["", "Occlusion reasons:", ""]
    lines += [f"- {reason.value}: {reason.name.lower().replace('_', ' ')}" for reason in Occlusion]
    return "\n".join(lines) + "\n"
