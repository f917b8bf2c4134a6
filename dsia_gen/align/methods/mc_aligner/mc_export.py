"""The weights of a run as they are passed on: half precision, without optimizer, with a card."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from dsia_gen import __version__
from dsia_gen.align.methods.mc_aligner.mc_config import CONFIG_FILE, WEIGHTS_FILE, McConfig
from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline
from dsia_gen.align.training.checkpoint import latest_checkpoint
from dsia_gen.align.training.weights_card import CARD, TrainingStage, WeightsCard, card_text, read_weights_card
from dsia_gen.align.weight_files import load_tensors, save_tensors, tensors_hash
from dsia_gen.core.errors import AlignError, DsiaError
from dsia_gen.core.inside_path import PlainName
from dsia_gen.core.io import file_hash, json_bytes, replace_bytes, replacing
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.reader import open_dataset


def export_mc_aligner(run: Path, folder: Path, about: str, figures: Mapping[str, float] | None = None) -> WeightsCard:
    """Write weights, configuration and card of a run, finished or not, into a folder.

    `figures` are measured on data that the run did not see; without them the card has those of its last validation.
    """
    pipeline = McPipeline.from_pretrained(run)
    tensors = {name: cast(tensor.detach(), torch.float16) for name, tensor in pipeline.network.state_dict().items()}
    lost = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if lost:
        raise AlignError(f"{run} has weights beyond half precision or not finite, the first is {lost[0]}; train again")
    with replacing(folder / WEIGHTS_FILE) as temporary:
        save_tensors(temporary, tensors)
    # paths of this machine say nothing elsewhere
    data = pipeline.config.data
    named = data.model_copy(update={"path": Path(data.path).name if data.path else None, "kept": None})
    config = pipeline.config.model_copy(update={"weights": None, "data": named})
    replace_bytes(folder / CONFIG_FILE, json_bytes(config.model_dump(mode="json")))
    found = latest_checkpoint(run)
    measured = figures if figures is not None else found.state.validation if found else {}
    size = (folder / WEIGHTS_FILE).stat().st_size
    read = load_tensors(folder / WEIGHTS_FILE)
    hashed = tensors_hash({name: cast(value, torch.float32) for name, value in read.items()})
    card = WeightsCard(
        kind="mc_aligner", about=about, file=PlainName(WEIGHTS_FILE), sha256=file_hash(folder / WEIGHTS_FILE),
        bytes=size, weights=hashed, written_by=__version__, stages=training_stages(run, pipeline.config),
        figures={name: value for name, value in measured.items() if math.isfinite(value)},
    )  # fmt: skip
    replace_bytes(folder / "README.md", card_text(card).encode())
    replace_bytes(folder / CARD, json_bytes(card.model_dump(mode="json")))
    return card


def cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """A tensor in another precision; counts stay counts."""
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


def training_stages(run: Path, config: McConfig, limit: int = 16) -> list[TrainingStage]:
    """The trainings that led to a run, the first one first, as far as what it started from is there.

    Weights that were passed on tell theirs by their card.
    """
    if (run / CARD).is_file():
        return read_weights_card(run).stages
    before: list[TrainingStage] = []
    source = Path(config.weights or "")
    source = source.parent if source.name == WEIGHTS_FILE else source
    if config.weights and limit > 1 and source.is_dir():
        before = training_stages(source, McPipeline.from_pretrained(source).config, limit - 1)
    data, train = config.data, config.train
    found = latest_checkpoint(run)
    steps = found.step if found else train.steps
    job = ""
    if data.path is None:
        made = data.synthetic
        text = f"{made.kind} scenes made up in numpy, {made.width}x{made.height}, seed {made.seed}"
    else:
        layout = DatasetLayout(Path(data.path))
        text = f"data set {data_set_name(Path(data.path))}"
        job = file_hash(Path(layout.job)) if Path(layout.job).is_file() else ""
    samples = steps * train.batch_size * train.accumulate
    return [*before, TrainingStage(name=config.name, steps=steps, samples=samples, data=text, job_sha256=job)]


def data_set_name(path: Path) -> str:
    """What a data set calls itself; the folder's name where nothing is left of it."""
    try:
        return open_dataset(path).name
    except (DsiaError, OSError):
        return path.name
