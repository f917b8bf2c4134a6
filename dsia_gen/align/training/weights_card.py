"""What lies beside weights that are passed on: what they are, what they learned from, how well they do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from dsia_gen.core.bounds import NameText
from dsia_gen.core.errors import AlignError
from dsia_gen.core.escaping import markdown_text
from dsia_gen.core.inside_path import PlainName
from dsia_gen.core.io import file_hash, reading

CARD = "card.json"
LICENCE = "Apache-2.0"
LARGEST_BYTES = 15_000_000
"""Of weights that are part of the package."""
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
MeasureName = Annotated[str, Field(pattern=r"^[\w./ ,:-]{1,100}$")]
Figure = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10**12)]


class TrainingStage(BaseModel):
    """One training; a later one started from the weights of the one before."""

    name: NameText
    steps: Count
    samples: Count
    """That it saw, repeated ones included."""
    data: str
    job_sha256: Hash | Literal[""] = ""
    """SHA-256 of the job that made the data set; empty for made-up scenes, whose settings `data` holds."""


class WeightsCard(BaseModel):
    """card.json."""

    format: Literal[1] = 1
    kind: NameText
    about: str
    licence: str = LICENCE
    file: PlainName
    sha256: Hash
    """Of the file."""
    bytes: Count
    weights: Hash
    """Over names, shapes and values of the tensors; what a pipeline answers as its hash."""
    written_by: str
    stages: list[TrainingStage]
    figures: dict[MeasureName, Figure]


def read_weights_card(folder: Path) -> WeightsCard:
    """The card of a folder. AlignError when it is missing, damaged, or of other weights."""
    path = folder / CARD
    try:
        with reading(path):
            card = WeightsCard.model_validate_json(path.read_bytes())
    except ValidationError as error:
        reason = " ".join(str(error).split())[:160]
        raise AlignError(f"{path} is not a card of weights ({reason}); install the package again") from error
    if file_hash(folder / card.file) != card.sha256:
        raise AlignError(f"{folder / card.file} is not the file of its card; install the package again")
    return card


def card_text(card: WeightsCard) -> str:
    """README.md: the card for people."""
    stages = ["| stage | steps | samples seen | data | job (SHA-256) |", "|---|---|---|---|---|"]
    stages += [
        f"| {markdown_text(s.name)} | {s.steps:,} | {s.samples:,} | {markdown_text(s.data)} | {s.job_sha256 or '-'} |"
        for s in card.stages
    ]
    figures = ["| measure | value |", "|---|---|"]
    figures += [f"| {markdown_text(name)} | {value:.3f} |" for name, value in sorted(card.figures.items())]
    parts = [
        f"---\nlicense: {card.licence.lower()}\nlibrary_name: dsia-gen\npipeline_tag: image-to-image\n---",
        f"# {markdown_text(card.kind)}",
        card.about,
        f"`{card.file}`: {card.bytes / 1e6:.1f} MB of safetensors, SHA-256 `{card.sha256}`, licence {card.licence}. "
        f"Written by dsia-gen {card.written_by}; `{CARD}` holds all of this for programs.",
        "## Trained on",
        "\n".join(stages),
        "## Measured",
        "\n".join(figures) if card.figures else "Nothing was measured.",
        "## Use",
        "```python\nfrom dsia_gen.align import AlignerPipeline\n\npipeline = AlignerPipeline.from_pretrained()\n"
        'answer = pipeline("I1.png", "I2.png")  # answer.image, answer.flow, answer.mask, answer.confidence\n```',
        "## Limits",
        "It learned from made-up and rendered scenes only. What moves much, changes its shape, or is seen by one of "
        "the two images alone is guessed; the confidence is low there.",
    ]
    return "\n\n".join(parts) + "\n"
