"""What an aligned set says of itself: a page to look at, and a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dsia_gen.core.escaping import markdown_text
from dsia_gen.core.web_page import web_page

if TYPE_CHECKING:
    from dsia_gen.align.align_sets import AlignedSet
    from dsia_gen.align.methods.spacejam.joint_alignment import JointAlignment

_ROWS = (
    ("gradient", "gradient energy of the average at 32 px", "more is sharper"),
    ("similarity", "SSIM of pairs", "more is more alike"),
    ("features", "distance of features", "less is more alike"),
    ("entropy", "entropy of the average, bits", ""),
)


def set_page(result: AlignedSet, alignment: JointAlignment, names: Sequence[str], averages: tuple[str, str]) -> str:
    """index.html; images lie beside it."""
    images = [
        {"name": name, "file": file, "mirrored": bool(version)}
        for name, file, version in zip(alignment.names, names, alignment.versions, strict=True)
    ]
    return web_page(
        "dsia_gen.align",
        "set_page.html",
        (),
        f"{result.name} · aligned",
        result=result,
        images=images,
        averages=averages,
        rows=figures(result),
        curve=_polyline(alignment.curve),
        config=alignment.config,
    )


def figures(result: AlignedSet) -> list[tuple[str, str, str, str]]:
    """Rows of a table: measure, before, after, what is better."""
    before, after = result.before, result.after
    return [
        (title, f"{getattr(before, name):.4g}", f"{getattr(after, name):.4g}", better) for name, title, better in _ROWS
    ]


def _polyline(curve: Sequence[tuple[int, float]]) -> str:
    """Points of the loss in a picture of 600 by 120, from 0 to its largest."""
    if len(curve) < 2:
        return ""
    last, largest = curve[-1][0] or 1, max(loss for _, loss in curve) or 1.0
    return " ".join(f"{600 * step / last:.1f},{120 - 118 * max(0.0, loss) / largest:.1f}" for step, loss in curve)


def set_card(result: AlignedSet, alignment: JointAlignment) -> str:
    """README.md."""
    config = alignment.config
    table = ["| measure | before | after |", "|---|---|---|"]
    table += [f"| {title} | {before} | {after} |" for title, before, after, _ in figures(result)]
    notes = [f"- {markdown_text(note)}" for note in result.notes] or ["- nothing unusual"]
    about = (
        "After Barel et al., SpaceJAM (ECCV 2024): principal components of features, an auto-encoder, a recurrent "
        "network in Lie algebras, the inverse-compositional loss, groups from rigid to homography, mirrored versions."
    )
    ours = (
        f"Not the paper's: features of {config.features.kind}, maps of {config.size}x{config.size}, {config.steps} "
        f"steps with a rate of {config.rate:g}, at most {config.losses.pairs} pairs a step; images lie in the middle "
        "of a square; beyond an image stands the code of an empty cell; versions are chosen by synchronisation; the "
        "shared frame is moved so that the mean transform is the identity."
        + (
            " The fit began where place, size and roll of the masked objects agree."
            if alignment.starts is not None
            else ""
        )
    )
    limits = (
        "One homography an image: what turns out of the plane, bends or is seen from another side is not aligned. "
        "The networks know this set alone."
    )
    use = """```python
from pathlib import Path

from dsia_gen.align.methods.spacejam.joint_alignment import JointAlignment

found = JointAlignment.load(Path("OUT"))
flow = found.flow(0, 1)  # pixels from image 0 to image 1
```"""
    title = f"# {markdown_text(result.name)}: {result.images} images, aligned jointly"
    sections = [("Measured", "\n".join(table)), ("Notes", "\n".join(notes)), ("Limits", limits), ("Use", use)]
    parts = [title, about, ours, *(f"## {head}\n\n{text}" for head, text in sections)]
    return "\n\n".join(parts) + "\n"
