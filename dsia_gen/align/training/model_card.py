"""The model card of a run: what was trained, on what, how well, and what the paper left to choose."""

from __future__ import annotations

from pathlib import Path

import yaml

from dsia_gen import __version__
from dsia_gen.align.training.run_config import RunConfig
from dsia_gen.align.training.trainable import Trainable
from dsia_gen.align.training.trainer import TrainingOutcome
from dsia_gen.core.escaping import markdown_code, markdown_text
from dsia_gen.core.io import replace_bytes


def write_card(run: Path, kind: Trainable, config: RunConfig, outcome: TrainingOutcome) -> None:
    """Write README.md into the run, and into the folder that holds what was trained."""
    text = model_card(run.name, kind, config, outcome).encode()
    replace_bytes(run / "README.md", text)
    if kind.folder and (run / kind.folder).is_dir():
        replace_bytes(run / kind.folder / "README.md", text)


def model_card(run: str, kind: Trainable, config: RunConfig, outcome: TrainingOutcome) -> str:
    """Markdown."""
    data, train = config.data, config.train
    limits = ["It learned from rendered scenes; other cameras, light and motion may be beyond it."]
    limits += kind.limits(config)
    if data.path is None:
        source = f"{data.synthetic.count} synthetic triplets of {data.synthetic.width}x{data.synthetic.height}"
        limits.append("Synthetic triplets only: this run shows that training works, and nothing more.")
    else:
        subsets = f", subsets {markdown_text(', '.join(data.subsets))}" if data.subsets else ""
        held_out = f"{data.holdout:.0%} of the scenes" if data.holdout else "none: training samples were measured"
        source = f"the data set {markdown_code(Path(data.path).name)}{subsets} (held out for validation: {held_out})"
    table = ["| measure | mean | standard error |", "|---|---|---|"]
    for name, value in sorted(outcome.validation.items()):
        table.append(
            f"| {name} | {value:.3f} | {outcome.errors[name]:.3f} |"
            if name in outcome.errors
            else f"| {name} | {value:.3f} | - |"
        )
    parts = [
        f"# {markdown_text(config.name)}",
        kind.about,
        f"Trained with dsia-gen {__version__} for {train.steps} steps of {train.batch_size} x {train.accumulate} "
        f"samples a process, on {source}.",
        "## Measured on validation samples",
        "\n".join(table) if outcome.validation else "Nothing was measured.",
        *kind.card(config, run),
    ]
    if outcome.notes:
        parts += ["## Start", *(markdown_text(note) for note in outcome.notes)]
    if outcome.skipped:
        reasons = (f"- {markdown_text(reason)} ({n}x)" for reason, n in outcome.skipped.items())
        parts += ["## Samples that could not be read", *reasons]
    settings = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    parts += ["## Limits", " ".join(limits), "## Configuration", f"```yaml\n{settings}```"]
    return "\n\n".join(parts) + "\n"
