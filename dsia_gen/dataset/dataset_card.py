"""The card of a data set: what is in it, how it was made, seeds, licences, known limits, how to cite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Info = Mapping[str, Any]
"""The document of dataset.json."""

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
    "The pictures are rendered, not photographed: tune on real pictures before trusting figures on real pictures.",
    "Glass, mirrors, borders of cut-outs and pixels that straddle an edge have ground truth for the surface hit first "
    "alone; the mask `unreliable` flags them. Things thinner than a pixel may be missed.",
    "Shadows and light changes have no flow; `light_change` marks where I1 and Igt differ outside moving things.",
    "Flow of the sky comes from the rotation of the camera alone, and its depth is infinite.",
    "The subsets (LcLf, LcSf, ScLf, ScSf) follow thresholds in pixels that are in job.yaml; the paper gives none.",
)


def summary(info: Info) -> str:
    """One paragraph: what the data set is."""
    counts = info["counts"]
    size = f" at {info['resolution'][0]}x{info['resolution'][1]}" if info.get("resolution") else ""
    return (
        f"{_many(counts['pairs'], 'triplet')} from {_many(counts['scenes'], 'rendered dynamic scene')}{size}, for "
        "image alignment: I1 (time t1, pose P1), I2 (t2, P2) and Igt, the scene at t2 seen from P1, with exact ground "
        "truth computed from the geometry that was rendered."
    )


def dataset_card(info: Info) -> str:
    """The card in Markdown; a function of dataset.json alone."""
    parts = [
        f"# {info['name']}",
        summary(info),
        "## What is in it\n\n" + "\n".join(_contents(info)),
        "## Outputs\n\n" + "\n".join(_outputs(info["outputs"])),
        "## Conventions\n\n" + "\n".join(f"- {name}: {text}" for name, text in info["conventions"].items())
        + "\n- occlusion: " + ", ".join(f"{k} {v.replace('_', ' ')}" for k, v in info["occlusion_reasons"].items()),
        "## How it was made\n\n" + "\n".join(_making(info)),
        "## Licences\n\n" + "\n".join(_licences(info["licences"])),
        "## Known limits\n\n" + "\n".join(f"- {limit}" for limit in LIMITS),
        f"## How to cite\n\n```bibtex\n{CITATION}\n```\n\nName the content hash `{info['content_hash']}`, "
        "which tells this state of the data from any other.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _contents(info: Info) -> list[str]:
    counts = info["counts"]
    lines = ["| | |", "|---|---|", f"| scenes | {counts['scenes']} |", f"| pairs | {counts['pairs']} |"]
    lines += [f"| rendered views | {counts['views']} |", f"| bytes | {counts['bytes']:,} |"]
    for name in ("subsets", "settings", "configs"):
        text = ", ".join(f"{key} {value}" for key, value in counts[name].items()) or "not measured"
        lines.append(f"| {name} | {text} |")
    return lines


def _outputs(outputs: Iterable[Mapping[str, Any]]) -> list[str]:
    lines = ["| output | of a | type | unit | invalid | what it is |", "|---|---|---|---|---|---|"]
    keys = ("scope", "dtype", "unit", "invalid", "about")
    return lines + [f"| `{row['name']}` | {' | '.join(str(row[key]) for key in keys)} |" for row in outputs]


def _making(info: Info) -> list[str]:
    versions = ", ".join(info["made_by"]["dsia-gen"])
    return [
        f"- dsia-gen {versions}: scenes are sampled from a configuration and a seed, rendered with Blender's Cycles, "
        "and annotated from the frozen triangles with ray casting in float64.",
        f"- job seed: {info['seed'] if info['seed'] is not None else 'unknown'}; each scene's own seed and the hash of "
        "its specification are in dataset.json, and one scene can be made again alone.",
        "- the whole configuration is in job.yaml of the data set.",
    ]


def _licences(ledger: list[Mapping[str, Any]]) -> list[str]:
    if not ledger:
        return ["No assets are named."]
    lines = ["Each asset with its licence and makers is in ATTRIBUTION.md. In short:", ""]
    lines += ["| licence | assets | may be passed on | may be trained on |", "|---|---|---|---|"]
    for licence, assets in sorted(_by_licence(ledger).items()):
        rights = [_counted(asset.get(key, "unknown") for asset in assets) for key in ("redistribution", "training")]
        lines.append(f"| {licence} | {len(assets)} | {' | '.join(rights)} |")
    return lines


def _by_licence(ledger: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for asset in ledger:
        groups.setdefault(str(asset["licence"]).replace("|", "\\|"), []).append(asset)
    return groups


def _counted(values: Iterable[Any]) -> str:
    counts = Counter(map(str, values))
    return next(iter(counts)) if len(counts) == 1 else ", ".join(f"{k} {v}" for k, v in sorted(counts.items()))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
