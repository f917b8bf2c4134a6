"""What an export is made of: options, chosen samples, tasks, and the contract of a format."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import JsonValue, TypeAdapter

from dsia_gen.core.strict_yaml import Config
from dsia_gen.dataset.dataset_card import dataset_card
from dsia_gen.dataset.documents.sample_row import SampleRow
from dsia_gen.dataset.export.frame import Fit
from dsia_gen.dataset.export.sample_source import SampleSource
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.dataset.reader import Dataset

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")


@dataclass(frozen=True)
class ExportOptions:
    """What a user may ask of an export.

    Parameters
    ----------
    size : tuple of int or None
        Width and height in pixels; None keeps those of the data set.
    fit : Fit
        How another size is reached: `resize` or `crop`.
    outputs : tuple of str or None
        Outputs to take along where a format carries any; None takes all that the data set has.
    ratios : tuple of float
        Shares of train, val and test.
    seed : int
        Decides the splits and the order of samples in shards.
    shard_bytes : int
        Where a shard ends, in bytes of input.
    raw : bool
        Whether shards hold arrays as .npy.
    settings : str
        What belongs to one format alone, as JSON.
    """

    size: tuple[int, int] | None = None
    fit: Fit = "resize"
    outputs: tuple[str, ...] | None = None
    ratios: tuple[float, float, float] = (0.8, 0.1, 0.1)
    seed: int = 0
    shard_bytes: int = 512 * 2**20
    raw: bool = False
    settings: str = "{}"

    def document(self) -> dict[str, JsonValue]:
        """The options as a plain document.

        Returns
        -------
        dict
            Values that JSON knows.
        """
        return _OPTIONS.dump_python(self, mode="json")


@dataclass(frozen=True)
class ExportItem:
    """A chosen sample.

    Parameters
    ----------
    id, scene : str
        Names of the sample and of its scene.
    split : Split
        `train`, `val` or `test`.
    content : str
        Hash of the content of its scene.
    row : SampleRow
        Its row of samples.csv.
    """

    id: str
    scene: str
    split: Split
    content: str
    row: SampleRow = field(repr=False)

    @property
    def subset(self) -> str | None:
        """LcLf, LcSf, ScLf or ScSf.

        Returns
        -------
        str or None
            None where it was not measured.
        """
        return self.row.subset


@dataclass(frozen=True)
class Chosen:
    """The samples of an export with the data set that they come from.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    items : tuple of ExportItem
        The chosen samples, by split.
    options : ExportOptions
        What the user asked for.
    """

    dataset: Dataset
    items: tuple[ExportItem, ...]
    options: ExportOptions

    @property
    def outputs(self) -> tuple[str, ...]:
        """Outputs to take along."""
        return self.options.outputs if self.options.outputs is not None else self.dataset.outputs

    def of_split(self, split: Split) -> tuple[ExportItem, ...]:
        """The items of a split.

        Parameters
        ----------
        split : Split
            `train`, `val` or `test`.

        Returns
        -------
        tuple of ExportItem
            In order.
        """
        return tuple(item for item in self.items if item.split == split)

    def scenes(self) -> dict[tuple[Split, str], tuple[ExportItem, ...]]:
        """The items by split and scene.

        Returns
        -------
        dict of tuple of str to tuple of ExportItem
            In order.
        """
        groups: dict[tuple[Split, str], list[ExportItem]] = {}
        for item in self.items:
            groups.setdefault((item.split, item.scene), []).append(item)
        return {key: tuple(items) for key, items in groups.items()}


@dataclass(frozen=True)
class ExportTask:
    """A part of an export that is made in one go, and again when anything it depends on has changed.

    Parameters
    ----------
    name : str
        Name of the part within the export.
    split : Split
        `train`, `val` or `test`.
    items : tuple of ExportItem
        Its samples.
    names : tuple of str
        What the format calls the items, one for each.
    outputs : tuple of str
        Outputs that go along where the format carries any.
    raw : bool
        Whether arrays are written as .npy.
    """

    name: str
    split: Split
    items: tuple[ExportItem, ...]
    names: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    raw: bool = False

    def key(self, form: ExportFormat, options: ExportOptions) -> str:
        """A hash of all that decides the bytes of this part.

        Parameters
        ----------
        form : ExportFormat
            The format.
        options : ExportOptions
            What the user asked for.

        Returns
        -------
        str
            SHA-256 (hex).
        """
        content = [(item.id, item.content, name) for item, name in zip(self.items, self.names, strict=True)]
        made_by = [form.name, form.version, options.size, options.fit]
        return digest([*made_by, self.name, self.split, self.outputs, self.raw, options.settings, content])


class ExportFormat(ABC):
    """A way to write samples. Formats hold no state: everything is in the options and the task."""

    name: ClassVar[str]
    about: ClassVar[str]
    version: ClassVar[int] = 1
    """Raised when the same samples give other bytes than before."""
    optional: ClassVar[bool] = False
    """Whether the user chooses the outputs that go along."""
    settings: ClassVar[type[Config] | None] = None
    """What the user may set beside the options, None for nothing."""

    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """Outputs that a data set must have.

        Returns
        -------
        tuple of str
            Names of outputs.
        """

    def check(self, chosen: Chosen) -> None:  # noqa: B027
        """Look at the options before anything is written.

        Parameters
        ----------
        chosen : Chosen
            The samples and options.

        Raises
        ------
        ConfigError
            For options that this format cannot take.
        StorageError
            For a data set that it cannot take.
        """

    @abstractmethod
    def tasks(self, chosen: Chosen) -> list[ExportTask]:
        """The parts of the export.

        Parameters
        ----------
        chosen : Chosen
            The samples and options.

        Returns
        -------
        list of ExportTask
            In order.
        """

    @abstractmethod
    def write(self, task: ExportTask, source: SampleSource, sink: Sink) -> None:
        """Write the files of one part; may run in another process.

        Parameters
        ----------
        task : ExportTask
            The part.
        source : SampleSource
            Samples by id, at the size asked for.
        sink : Sink
            Takes the files.
        """

    def card(self, chosen: Chosen, tasks: Iterable[ExportTask]) -> str:  # noqa: ARG002
        """README.md of the export: the card of the data set, and what of it is here.

        Parameters
        ----------
        chosen : Chosen
            The samples and options.
        tasks : iterable of ExportTask
            All parts.

        Returns
        -------
        str
            Markdown.
        """
        counts = ", ".join(f"{split} {len(chosen.of_split(split))}" for split in SPLITS)
        return (
            f"{dataset_card(chosen.dataset.info)}\n## This export\n\n"
            f"`{self.name}` ({self.about}): {len(chosen.items)} of {len(chosen.dataset)} samples ({counts}), split by "
            "scene. samples.csv lists them, lists/ those of each split and subset, export.json how it was asked for.\n"
        )

    def finish(self, chosen: Chosen, tasks: Iterable[ExportTask], sink: Sink) -> None:  # noqa: B027
        """Write the files that belong to the export as a whole: lists, cards, metadata.

        Parameters
        ----------
        chosen : Chosen
            The samples and options.
        tasks : iterable of ExportTask
            All parts.
        sink : Sink
            Takes the files.
        """


def scene_tasks(chosen: Chosen, names: Mapping[str, str]) -> list[ExportTask]:
    """One task for each scene.

    Parameters
    ----------
    chosen : Chosen
        The samples and options.
    names : mapping of str to str
        What the format calls each sample, by its id.

    Returns
    -------
    list of ExportTask
        In order.
    """
    return [
        ExportTask(f"{split}/{scene}", split, items, tuple(names[item.id] for item in items))
        for (split, scene), items in chosen.scenes().items()
    ]


def digest(document: Any) -> str:
    """A hash of a plain document.

    Parameters
    ----------
    document : object
        Lists, tuples, mappings and values that JSON knows.

    Returns
    -------
    str
        SHA-256 (hex).
    """
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()


_OPTIONS = TypeAdapter(ExportOptions)
