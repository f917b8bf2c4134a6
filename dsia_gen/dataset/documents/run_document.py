"""run.json and error.json: how a scene was made, or why it was not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from dsia_gen.core.document import Document
from dsia_gen.dataset.provenance import Fingerprint

Seconds = Annotated[float, Field(ge=0, le=1e9)]
"""Up to thirty years: sums over a data set stay finite."""
Bytes = Annotated[int, Field(ge=0, le=2**60)]
Whole = Annotated[int, Field(ge=0, le=2**53)]


class DeviceEntry(Document):
    """A render device.

    Parameters
    ----------
    asked : str
        Device that the job asked for.
    type : str
        Kind of device that rendered, such as CPU or OPTIX.
    name : str
        Name of that device.
    """

    asked: str = ""
    type: str = ""
    name: str = ""


class WorkerDocument(Document):
    """The content of worker.json: what the Blender process reports of itself.

    Parameters
    ----------
    blender : str
        Version of Blender.
    device : DeviceEntry or str or None
        What rendered.
    seconds : dict of str to float
        Seconds of each stage in Blender.
    view_seconds : dict of str to float
        Seconds of rendering each view, by its key.
    peak_memory_mib : float
        Largest resident size in MiB.
    triangles : int
        Triangles of the frozen geometry.
    """

    blender: str = ""
    device: DeviceEntry | str | None = None
    seconds: dict[str, Seconds] = Field(default_factory=dict)
    view_seconds: dict[str, Seconds] = Field(default_factory=dict)
    peak_memory_mib: Annotated[float, Field(ge=0, le=1e12)] = 0.0
    triangles: Whole = 0


class RunDocument(Document):
    """The content of run.json: what may differ from run to run.

    Parameters
    ----------
    fingerprint : Fingerprint or None
        What the scene was made of; a resume compares it.
    recipe : str or None
        What version 0.1 wrote for the content of a fingerprint.
    dsia_gen : str
        What version 0.1 wrote for the version of this package.
    host : str
        Name of the machine.
    platform : str
        Its system.
    begun : str
        When work began, ISO 8601.
    ended : str
        When it ended, ISO 8601.
    seconds : dict of str to float
        Seconds of each stage.
    view_seconds : dict of str to float
        Seconds of rendering each view, by its key.
    peak_bytes : int
        Largest resident size of a process.
    peak_bytes_of : dict of str to int
        The same by process.
    worker : WorkerDocument
        What the Blender process reported.
    """

    fingerprint: Fingerprint | None = None
    recipe: str | None = None
    dsia_gen: str = ""
    host: str = ""
    platform: str = ""
    begun: str = ""
    ended: str = ""
    seconds: dict[str, Seconds] = Field(default_factory=dict)
    view_seconds: dict[str, Seconds] = Field(default_factory=dict)
    peak_bytes: Bytes = 0
    peak_bytes_of: dict[str, Bytes] = Field(default_factory=dict)
    worker: WorkerDocument = Field(default_factory=WorkerDocument)

    @property
    def made_by(self) -> Fingerprint | None:
        """What the scene was made of, of version 0.1 too; None where it is not recorded."""
        if self.fingerprint is not None or self.recipe is None:
            return self.fingerprint
        return Fingerprint(content=self.recipe, blender=self.worker.blender, dsia_gen=self.dsia_gen)

    @property
    def device(self) -> str:
        """Type and name of the device that rendered the scene."""
        device = self.worker.device
        words = (device.type, device.name) if isinstance(device, DeviceEntry) else (device,)
        return " ".join(filter(None, words)) or "unknown"

    @property
    def span(self) -> tuple[float, float] | None:
        """When the scene was begun and ended, in seconds of the epoch; None when that is not known."""
        try:
            begun, ended = (datetime.fromisoformat(text).timestamp() for text in (self.begun, self.ended))
        except (ValueError, OverflowError, OSError):
            return None
        return (begun, ended) if ended >= begun else None


class FailureDocument(Document):
    """The content of error.json, and an entry of `failed` in dataset.json: a scene that could not be made.

    Parameters
    ----------
    scene : str
        Name of the scene.
    index : int
        Its number in the job.
    name : str
        Name of the scene, as the farm has it.
    error : str
        Name of the exception.
    message : str
        What went wrong, in one sentence.
    attempts : int
        How often it was tried.
    views : int
        Views of the scene.
    pairs : int
        Pairs of the scene.
    seconds : dict of str to float
        Seconds of each stage.
    peak_bytes : int
        Largest resident size of a process.
    """

    scene: str = ""
    index: Whole = 0
    name: str = ""
    error: str = ""
    message: str = ""
    attempts: Whole = 1
    views: Whole = 0
    pairs: Whole = 0
    seconds: dict[str, Seconds] = Field(default_factory=dict)
    peak_bytes: Bytes = 0
