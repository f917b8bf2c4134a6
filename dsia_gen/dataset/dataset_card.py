"""The card of a data set: what is in it, how it was made, seeds, licences, known limits, how to cite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from dsia_gen.core.escaping import markdown_code, markdown_text
from dsia_gen.dataset.documents.dataset_document import DatasetDocument, LedgerEntry
from dsia_gen.dataset.provenance import mixture

CITATION = """@software{dsia_gen,
  title = {dsia-gen: data sets for image alignment with exact ground truth},
  url = {https://github.com/dsia-gen/dsia-gen}
}
@inproceedings{dmaligner,
  title = {DMAligner: Enhancing Image Alignment via Diffusion Model Based View Synthesis},
  year = {2026},
  note = {arXiv:2602.23022}
}"""

LIMITS = (
    "The images are rendered, not photographed: tune on real images before trusting figures on real images.",
    "Glass, mirrors, borders of cut-outs and pixels that straddle an edge have ground truth for the surface hit first "
    "alone; the mask `unreliable` flags them. Objects thinner than a pixel may be missed.",
    "Shadows and light changes have no flow; `light_change` marks where I1 and Igt differ outside moving objects.",
    "Flow of the sky comes from the rotation of the camera alone, and its depth is infinite.",
    "The subsets (LcLf, LcSf, ScLf, ScSf) follow thresholds in pixels that are in job.yaml; the paper gives none.",
)


def summary(info: DatasetDocument) -> str:
    """One paragraph: what the data set is."""
    size = f" at {info.resolution[0]}x{info.resolution[1]}" if info.resolution else ""
    return (
        f"{_many(info.counts.pairs, 'triplet')} from {_many(info.counts.scenes, 'rendered dynamic scene')}{size}, for "
        "image alignment: I1 (time t1, pose P1), I2 (t2, P2) and Igt, the scene at t2 seen from P1, with exact ground "
        "truth computed from the geometry that was rendered."
    )


def dataset_card(info: DatasetDocument) -> str:
    """The card in Markdown; a function of dataset.json alone."""
    counts = info.counts
    contents = ["| | |", "|---|---|", f"| scenes | {counts.scenes} |", f"| pairs | {counts.pairs} |"]
    contents += [f"| rendered views | {counts.views} |", f"| bytes | {counts.bytes:,} |"]
    for name, found in (("subsets", counts.subsets), ("settings", counts.settings), ("configs", counts.configs)):
        contents.append(f"| {name} | {_listed(found) or 'not measured'} |")
    if info.subset_thresholds is not None:
        contents.append(f"| thresholds of the subsets | {markdown_text(str(info.subset_thresholds))} |")
    outputs = ["| output | of a | type | unit | invalid | what it is |", "|---|---|---|---|---|---|"]
    for o in info.outputs:
        told = (o.scope, o.dtype, o.unit, o.invalid, o.about)
        outputs.append(f"| {markdown_code(o.name)} | {' | '.join(map(markdown_text, told))} |")
    versions = markdown_text(", ".join(info.made_by.package))
    conventions = [f"- {markdown_text(f'{name}: {text}')}" for name, text in info.conventions.items()]
    reasons = [markdown_text(f"{k} {v.replace('_', ' ')}") for k, v in info.occlusion_reasons.items()]
    making = [
        f"- dsia-gen {versions}: scenes are sampled from a configuration and a seed, rendered "
        "with Blender's Cycles, and annotated from the frozen triangles with ray casting in float64.",
        f"- job seed: {info.seed if info.seed is not None else 'unknown'}; each scene's own seed and the hash of "
        "its specification are in dataset.json, and one scene can be made again alone.",
        "- the whole configuration is in job.yaml of the data set.",
    ]
    making += [f"- {markdown_text(mixed)}" for mixed in (mixture(info.renderers),) if mixed]
    parts = [
        f"# {markdown_text(info.name)}",
        summary(info),
        "## What is in it\n\n" + "\n".join(contents),
        "## Outputs\n\n" + "\n".join(outputs),
        "## Conventions\n\n" + "\n".join([*conventions, f"- occlusion: {', '.join(reasons)}"]),
        "## How it was made\n\n" + "\n".join(making),
        "## Licences\n\n" + "\n".join(_licences(info.licences)),
        "## Known limits\n\n" + "\n".join(f"- {limit}" for limit in LIMITS),
        f"## How to cite\n\n```bibtex\n{CITATION}\n```\n\nName the content hash {markdown_code(info.content_hash)}, "
        "which distinguishes this state of the data from any other.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _licences(ledger: list[LedgerEntry]) -> list[str]:
    if not ledger:
        return ["No assets are named."]
    lines = ["Each asset with its licence and makers is in ATTRIBUTION.md. In short:", ""]
    lines += ["| licence | assets | may be passed on | may be trained on |", "|---|---|---|---|"]
    groups: dict[str, list[LedgerEntry]] = {}
    for asset in ledger:
        groups.setdefault(markdown_text(asset.licence), []).append(asset)
    for licence, assets in sorted(groups.items()):
        rights = (_counted(asset.redistribution for asset in assets), _counted(asset.training for asset in assets))
        lines.append(f"| {licence} | {len(assets)} | {' | '.join(rights)} |")
    return lines


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{markdown_text(name)} {count}" for name, count in counts.items())


def _counted(values: Iterable[str]) -> str:
    counts = Counter(values)
    return markdown_text(next(iter(counts))) if len(counts) == 1 else _listed(dict(sorted(counts.items())))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
