"""What Blender processes are asked and what they answer. Pure data; `dsia_gen.core.supervise` carries it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, TypeAdapter

from dsia_gen.spec.import_request import Measured
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.record import Record
from dsia_gen.spec.thumbnail_request import ThumbnailSheet
from dsia_gen.spec.views import View


class RenderRequest(Record):
    """Render the scene of the specification file `spec` into `out`, or save it as `blend` instead.

    `out` gets geometry.npz, <output>/<view>.<suffix> for each of `outputs` (rendered rows of the table of outputs) and,
    last, worker.json. `threads` 0 uses all cores; `assets` is the folder of root `user`; `views` None is all of them;
    `seed` is one Cycles seed for all views instead of each view's own. With `drafts` all views are first rendered small
    with a few samples, into the folder `draft_folder` and before the geometry is frozen; the stage `drafts` ends then.
    `geometry` False leaves geometry.npz out; with `rest` it holds the rest shapes of instances too. `in_turn` renders
    on a GPU only while no other such request does; the stage `wait` ends then. Further requests to the same process are
    for other pairs of its scene.
    """

    spec: Path
    out: Path
    device: str = "auto"
    threads: int = 0
    assets: Path | None = None
    outputs: tuple[str, ...] = ("image",)
    views: tuple[str, ...] | None = None
    seed: int | None = None
    drafts: bool = False
    blend: Path | None = None
    geometry: bool = True
    rest: bool = False
    in_turn: bool = False


def rendered_file(out: Path, output: str, view: View) -> Path:
    """Where a render into `out` puts the file of an output of a view."""
    return out / output / f"{view.key}{OUTPUTS[output].suffix}"


def draft_folder(out: Path) -> Path:
    """Where a render into `out` puts its drafts, by the same names."""
    return out / "drafts"


class StageEnded(Record):
    """A stage of a render is over."""

    event: Literal["stage"] = "stage"
    name: str
    seconds: float


RENDERED_LAST = ("image_blurred",)
"""Outputs that are rendered in passes of their own, when the others of all views are there."""


class ViewRendered(Record):
    """What is rendered of a view is on disk, but for RENDERED_LAST."""

    event: Literal["view"] = "view"
    key: str
    seconds: float


class TurnAwaited(Record):
    """The scene is built, and another one renders on its GPU."""

    event: Literal["awaited"] = "awaited"
    waits: ClassVar[bool] = True


WAIT = "wait"
"""The stage that ends when a scene has come to its turn on a GPU. Where a CPU renders there is none."""
RenderEvent = StageEnded | ViewRendered | TurnAwaited
RENDER_EVENTS: TypeAdapter[RenderEvent] = TypeAdapter(Annotated[RenderEvent, Field(discriminator="event")])


class ItemBegun(Record):
    """The process opens item `index` of its request: if it dies now, that item is why."""

    event: Literal["begun"] = "begun"
    index: int


class ItemRefused(Record):
    """Item `index` cannot be used, for a reason."""

    event: Literal["refused"] = "refused"
    index: int
    reason: str


class ThumbnailRequest(Record):
    """Render the thumbnails of a sheet to <out>/<index>.png."""

    sheet: ThumbnailSheet
    out: Path
    assets: Path | None = None
    device: str = "cpu"
    threads: int = 0


class ThumbnailDone(Record):
    """Thumbnail `index` is on disk."""

    event: Literal["done"] = "done"
    index: int


ThumbnailEvent = ItemBegun | ItemRefused | ThumbnailDone
THUMBNAIL_EVENTS: TypeAdapter[ThumbnailEvent] = TypeAdapter(Annotated[ThumbnailEvent, Field(discriminator="event")])


class FileMeasured(Record):
    """File `index` was opened and measured."""

    event: Literal["measured"] = "measured"
    index: int
    found: Measured


ImportEvent = ItemBegun | ItemRefused | FileMeasured
IMPORT_EVENTS: TypeAdapter[ImportEvent] = TypeAdapter(Annotated[ImportEvent, Field(discriminator="event")])


class SplitRequest(Record):
    """Write each object of the file `path`, below `folder`, to <out>/<name>.glb; refuse more than `most` of them."""

    folder: str
    path: str
    out: Path
    memory_gib: float = 6.0
    most: int = 2000


class PieceWritten(Record):
    """An object of a file has become a file of its own; `missing` are textures of the whole file that are not there."""

    event: Literal["piece"] = "piece"
    name: str
    missing: tuple[str, ...] = ()


SplitEvent = PieceWritten | ItemRefused
SPLIT_EVENTS: TypeAdapter[SplitEvent] = TypeAdapter(Annotated[SplitEvent, Field(discriminator="event")])
