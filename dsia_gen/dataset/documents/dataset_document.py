"""dataset.json: the index of a data set."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from dsia_gen.core.document import Document
from dsia_gen.core.inside_path import PlainName
from dsia_gen.dataset.documents.run_document import Bytes, FailureDocument, Seconds, Whole
from dsia_gen.dataset.documents.scene_document import LicenceEntry, Pixels, Seed
from dsia_gen.dataset.provenance import RendererEntry
from dsia_gen.spec.outputs import OUTPUTS

Counts = dict[str, Whole]


Sum = Annotated[float, Field(ge=0, le=1e18)]
"""Of seconds over all scenes, and what is made of it."""


def _known(name: str) -> str:
    if name not in OUTPUTS:
        raise ValueError(f"{name!r:.40} is not in the table of outputs; a later version may know it")
    return name


class VersionsEntry(Document):
    """Versions of the programs that made the scenes.

    Parameters
    ----------
    package : list of str
        Versions of dsia-gen, sorted; the key in the file is `dsia-gen`.
    """

    package: Annotated[list[str], Field(alias="dsia-gen", default_factory=list)]


Motion = Annotated[float, Field(ge=0, le=1e9)]
"""Pixels."""


class CountsEntry(Document):
    """How much is in a data set.

    Parameters
    ----------
    scenes : int
        Finished scenes.
    pairs : int
        Pairs.
    views : int
        Rendered views.
    bytes : int
        Size of all files but run.json and receipts.
    subsets : dict of str to int
        Pairs of each subset.
    settings : dict of str to int
        Scenes of each setting.
    configs : dict of str to int
        Scenes of each configuration.
    """

    scenes: Whole = 0
    pairs: Whole = 0
    views: Whole = 0
    bytes: Bytes = 0
    subsets: Counts = Field(default_factory=dict)
    settings: Counts = Field(default_factory=dict)
    configs: Counts = Field(default_factory=dict)


class SubsetThresholdsEntry(Document):
    """From which motion on a pair counts as one of large motion.

    Parameters
    ----------
    camera_px, foreground_px : float
        Pixels of the images of the data set.
    camera_px_at_960, foreground_px_at_960 : float
        The same at a width of 960 pixels.
    """

    camera_px: Motion
    foreground_px: Motion
    camera_px_at_960: Motion
    foreground_px_at_960: Motion

    def __str__(self) -> str:
        return (
            f"large camera motion (Lc) from {self.camera_px:.4g} px on, large foreground motion (Lf) from "
            f"{self.foreground_px:.4g} px on ({self.camera_px_at_960:.4g} and {self.foreground_px_at_960:.4g} px at a "
            "width of 960)"
        )


class OutputEntry(Document):
    """An output that every scene has: a row of the table of outputs.

    Parameters
    ----------
    name : str
        Name of the output.
    scope : str
        view or pair.
    format : str
        Format of its file.
    dtype : str
        NumPy type of its array.
    channels : list of str
        Channels of an EXR file.
    unit : str
        Unit of its values.
    invalid : str
        Value where there is none.
    about : str
        What it is.
    example : str
        Path of such a file below the data set's folder.
    """

    name: Annotated[str, AfterValidator(_known)]
    scope: str = ""
    format: str = ""
    dtype: str = ""
    channels: list[str] = Field(default_factory=list)
    unit: str = ""
    invalid: str = ""
    about: str = ""
    example: str = ""


class IndexedSceneEntry(Document):
    """A finished scene.

    Parameters
    ----------
    name : str
        Name of its folder.
    config : str
        Name of its configuration.
    setting : str
        outdoor or indoor.
    seed : int
        Seed that it was sampled with.
    pairs : int
        Number of its pairs.
    spec_hash : str
        SHA-256 (hex) of its specification.
    content_hash : str
        SHA-256 (hex) over its files.
    device : str
        What rendered it.
    seconds : float
        Sum of its stages.
    peak_bytes : int
        Largest resident size of a process.
    """

    name: PlainName
    config: str = ""
    setting: str = ""
    seed: Seed = 0
    pairs: Whole = 0
    spec_hash: str = ""
    content_hash: str = ""
    device: str = "unknown"
    seconds: Seconds = 0.0
    peak_bytes: Bytes = 0


class LedgerEntry(LicenceEntry):
    """An asset of the data set.

    Parameters
    ----------
    id, kind, source, licence, attribution, redistribution, training, sha256 : str
        As in `LicenceEntry`.
    scenes : int
        Scenes that use it.
    """

    sha256: str = ""
    scenes: Whole = 0


class PermissionsEntry(Document):
    """How many assets may be used for what.

    Parameters
    ----------
    rule : str or None
        What the job demands of its assets.
    redistribution : dict of str to int
        Assets by whether they may be passed on: yes, no or unknown.
    training : dict of str to int
        Assets by whether models may be trained on them.
    """

    rule: str | None = None
    redistribution: Counts = Field(default_factory=dict)
    training: Counts = Field(default_factory=dict)


class Throughput(Document):
    """How fast scenes were made. Seconds are sums over scenes, so that with many workers they exceed busy_seconds.

    Parameters
    ----------
    scenes : int
        Scenes that the figures are of.
    views : int
        Their views.
    busy_seconds : float
        Time in which at least one of them was in work.
    seconds : dict of str to float
        Seconds of each stage, in the order of the stages.
    peak_bytes : int
        Largest resident size of a process.
    devices : dict of str to int
        Scenes by the device that rendered them.
    hosts : dict of str to int
        Scenes by the machine.
    views_an_hour : float or None
        Over all workers, breaks between runs left out; None where no scene says when it was made.
    """

    scenes: Whole = 0
    views: Whole = 0
    busy_seconds: Sum = 0.0
    seconds: dict[str, Sum] = Field(default_factory=dict)
    peak_bytes: Bytes = 0
    devices: Counts = Field(default_factory=dict)
    hosts: Counts = Field(default_factory=dict)
    views_an_hour: Sum | None = None

    def seconds_left(self, scenes: int) -> float | None:
        """About how long further scenes take at this throughput.

        Parameters
        ----------
        scenes : int
            How many.

        Returns
        -------
        float or None
            Seconds; None when it is not known.
        """
        if not scenes:
            return 0.0
        return scenes * self.busy_seconds / self.scenes if self.scenes and self.views and self.busy_seconds else None


class DatasetDocument(Document):
    """The content of dataset.json.

    Parameters
    ----------
    version : int
        Version of this document.
    name : str
        Name of the data set.
    made_by : VersionsEntry
        Versions of the programs.
    content_hash : str
        SHA-256 (hex) over the content hashes of the scenes: it tells one state of a data set from another.
    resolution : tuple of int or None
        (width, height) in pixels; None when scenes differ.
    renderers : list of RendererEntry
        Versions that rendered the scenes.
    counts : CountsEntry
        How much there is.
    subset_thresholds : SubsetThresholdsEntry or None
        Where small motion ends and large motion begins; None of an early version, or without a job.
    seed : int or None
        Seed of the job.
    conventions : dict of str to str
        Frames, axes and units in words.
    occlusion_reasons : dict of str to str
        Names of the values of an occlusion map.
    outputs : list of OutputEntry
        Outputs that every scene has.
    scenes : list of IndexedSceneEntry
        Finished scenes, by name.
    licences : list of LedgerEntry
        Every asset once, by id and hash.
    placements : dict of str to dict of str to int
        Instances that show each asset, by what they are for.
    permissions : PermissionsEntry
        The ledger in numbers.
    timings : Throughput
        How fast the scenes were made.
    failed : list of FailureDocument
        Scenes that could not be made.
    unfinished : list of str
        Folders that are not a finished scene.
    written_by : str
        Version of dsia-gen that wrote this document; empty of an early version.
    job_sha256 : str
        SHA-256 (hex) of job.yaml at that time; empty where there was none.
    """

    version: int = 1
    name: str
    made_by: VersionsEntry = Field(default_factory=lambda: VersionsEntry(package=[]))
    renderers: list[RendererEntry] = Field(default_factory=list)
    content_hash: str = ""
    resolution: tuple[Pixels, Pixels] | None = None
    counts: CountsEntry = Field(default_factory=CountsEntry)
    subset_thresholds: SubsetThresholdsEntry | None = None
    seed: Seed | None = None
    conventions: dict[str, str] = Field(default_factory=dict)
    occlusion_reasons: dict[str, str] = Field(default_factory=dict)
    outputs: list[OutputEntry]
    scenes: list[IndexedSceneEntry] = Field(default_factory=list)
    licences: list[LedgerEntry] = Field(default_factory=list)
    placements: dict[str, Counts] = Field(default_factory=dict)
    permissions: PermissionsEntry = Field(default_factory=PermissionsEntry)
    timings: Throughput = Field(default_factory=Throughput)
    failed: list[FailureDocument] = Field(default_factory=list)
    unfinished: list[str] = Field(default_factory=list)
    written_by: str = ""
    job_sha256: str = ""

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the outputs that every scene has."""
        return tuple(output.name for output in self.outputs)
