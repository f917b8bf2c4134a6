"""Aligns what the command line was given: two files, two folders, a video or two."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from dsia_gen.align.align_photos import align_photos
from dsia_gen.align.images import ImageWork, folder_pairs, two_video_pairs, video_pairs
from dsia_gen.align.methods.method import Aligned, AlignmentMethod, ImagePair
from dsia_gen.align.photo_files import check_holds, suffix_for, write_photo
from dsia_gen.align.photos import Photo
from dsia_gen.align.step_progress import StepProgress, silent
from dsia_gen.align.videos import VIDEO_SUFFIXES, WRITTEN, VideoFile, VideoWriter, is_video
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import replace_bytes
from dsia_gen.dataset.array_files import write_array
from dsia_gen.dataset.export.encode import flo
from dsia_gen.spec.outputs import OUTPUTS

FlowFormat = Literal["flo", "npz", "exr"]
ANSWERS = ("image", "flow", "mask", "confidence", "uncertainty")
"""What can be written of an answer, in this order."""
UNCERTAINTY_LEVELS = 256
"""Levels of a pixel of error in a PNG of 16 bits, as KITTI's maps of disparity have them."""
_UNCERTAINTY_ENDINGS = {"flo": ".png", "npz": ".npz", "exr": ".exr"}
"""A .flo holds flows alone."""


@dataclass(frozen=True)
class AlignRequest:
    """What to align, and what to write where."""

    inputs: tuple[Path, ...]
    output: Path
    """An image for two images; otherwise a folder, or for videos also a video."""
    outputs: tuple[str, ...] = ("image",)
    """Names of `ANSWERS`."""
    masks: Path | None = None
    """A further folder for masks."""
    gap: int = 1
    flow_format: FlowFormat = "flo"


@dataclass(frozen=True)
class AlignedFiles:
    """What became of one pair."""

    name: str
    files: dict[str, Path] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class AlignPlan:
    """The pairs that the inputs mean."""

    works: Iterable[ImageWork]
    count: int
    """As far as it is known; 0 where it is not."""
    single: bool = False
    rate: float = 25.0
    notes: tuple[str, ...] = ()


def plan(request: AlignRequest) -> AlignPlan:
    """The pairs, before anything is loaded. AlignError when the inputs mean none or the output cannot be written."""
    inputs, gap = request.inputs, request.gap
    missing = [path for path in inputs if not path.exists()]
    if missing:
        raise AlignError(f"{missing[0]} is not there; give two images, two folders, or one or two videos")
    if gap < 1:
        raise AlignError(f"the gap between frames must be at least 1, not {gap}")
    unknown = [name for name in request.outputs if name not in ANSWERS]
    if unknown or not request.outputs:
        raise AlignError(f"--outputs knows {', '.join(ANSWERS)}, not {unknown[0] if unknown else 'nothing'}")
    if any(path.resolve() == request.output.resolve() for path in inputs):
        raise AlignError(f"{request.output} is one of the inputs and would be written over; give another output")
    videos = [path.is_file() and is_video(path) for path in inputs]
    single = len(inputs) == 2 and not any(videos) and all(path.is_file() for path in inputs)
    if request.output.suffix.lower() in VIDEO_SUFFIXES - {".gif"} and not all(videos):
        raise AlignError(f"{request.output} is the name of a video, which only videos are aligned to; give a folder")
    if request.output.suffix.lower() in VIDEO_SUFFIXES - set(WRITTEN) and all(videos):
        raise AlignError(f"{request.output} cannot be written; end it in {', '.join(WRITTEN)}, or give a folder")
    if len(inputs) == 1 and videos[0]:
        video = VideoFile(inputs[0])
        return AlignPlan(video_pairs(inputs[0], gap), max(0, video.expected - gap), rate=video.rate)
    if len(inputs) != 2:
        raise AlignError(f"give two images, two folders, or one or two videos; got {len(inputs)} path(s)")
    if all(videos):
        first, second = (VideoFile(path) for path in inputs)
        notes: tuple[str, ...] = ()
        if first.expected != second.expected:
            lengths = f"{first.expected} and {second.expected}"
            notes = (f"the videos have {lengths} frames; the frames that only one has are left out",)
        return AlignPlan(two_video_pairs(*inputs), min(first.expected, second.expected), rate=first.rate, notes=notes)
    if inputs[0].is_dir() and inputs[1].is_dir():
        works = folder_pairs(*inputs)
        return AlignPlan(works, len(works))
    if not single:
        kinds = [
            "a folder" if path.is_dir() else "a video" if video else "an image"
            for path, video in zip(inputs, videos, strict=True)
        ]
        raise AlignError(f"one input is {kinds[0]} and the other is {kinds[1]}; give two images, folders or videos")
    return AlignPlan([ImageWork(inputs[1].stem, *inputs)], 1, single=True)


def align_inputs(
    method: AlignmentMethod, request: AlignRequest, planned: AlignPlan, on_pair: StepProgress = silent
) -> Iterator[AlignedFiles]:
    """Align pair after pair and write what is asked for; yields what became of each.

    In folders and videos a pair that cannot be aligned is told, and the others are aligned. AlignError for a lone
    pair, and where nothing was aligned.
    """
    done = tried = 0
    with ExitStack() as stack:
        writer = None
        if request.output.suffix.lower() in WRITTEN and not planned.single:
            writer = stack.enter_context(VideoWriter(request.output, planned.rate))
        for work in planned.works:
            tried += 1
            try:
                result = _align_one(method, request, work, planned.single, writer)
                done += 1
            except AlignError as error:
                if planned.single:
                    raise
                result = AlignedFiles(work.name, error=str(error))
            yield result
            on_pair(tried, max(tried, planned.count))
        if done == 0:
            reason = (
                "none of its pairs could be"
                if tried
                else f"it has too few frames for a gap of {request.gap}; nothing was"
            )
            raise AlignError(f"{request.inputs[0]}: {reason} aligned")
    expected = planned.count
    if tried < expected and not planned.single:
        yield AlignedFiles("", notes=(f"{expected} pairs were expected, but the files end after {tried}",))


def _align_one(
    method: AlignmentMethod, request: AlignRequest, work: ImageWork, single: bool, writer: VideoWriter | None
) -> AlignedFiles:
    first, second = work.photos()
    paths = answer_paths(request, work.name, first, single)
    if writer is None and "image" in paths:
        check_holds(paths["image"], first)
    answer = align_photos(lambda a, b: method.align(ImagePair(a, b)), first, second, method.info.group, work.name)
    notes, absent = [note for note in answer.note.split("; ") if note], []
    written: dict[str, Path] = {}
    for name, path in paths.items():
        if name == "image" and writer is not None:
            writer.write(answer.image)
        elif not _write(name, path, answer, first.profile):
            absent.append(f"{method.info.name} has no {name}")
            continue
        written[name] = request.output if name == "image" and writer is not None else path
    if request.masks is not None and answer.mask is not None:
        _write("mask", request.masks / f"{work.name}.png", answer, None)
    elif not written:
        raise AlignError(f"{', '.join(absent)}, so nothing was written; ask for image, or take another method")
    return AlignedFiles(work.name, written, (*notes, *absent))


def answer_paths(request: AlignRequest, name: str, first: Photo, single: bool) -> dict[str, Path]:
    """Where the parts of an answer go: beside the image of a lone pair, into folders of their own otherwise."""
    output, endings = request.output, {"flow": f".{request.flow_format}", "mask": ".png", "confidence": ".png"}
    endings["uncertainty"] = _UNCERTAINTY_ENDINGS[request.flow_format]
    chosen = [part for part in ANSWERS if part in request.outputs]
    lone = single and not output.is_dir() and bool(output.suffix)
    if lone:
        beside = {part: output.with_name(f"{output.stem}_{part}{endings[part]}") for part in chosen if part != "image"}
        return {"image": output, **beside} if "image" in chosen else beside
    folder = output.with_suffix("") if output.suffix.lower() in WRITTEN and not single else output
    ending = Path(name).suffix.lower()
    # files a.png and a.jpg of one folder keep their endings in the names of their answers
    stem = name if ending else Path(name).name
    paths = {part: folder / part / f"{stem}{endings[part]}" for part in chosen if part != "image"}
    return {"image": folder / f"{stem}{suffix_for(first)}", **paths} if "image" in chosen else paths


def _write(part: str, path: Path, answer: Aligned, profile: bytes | None) -> bool:
    """Write a part of an answer; False where the answer has none."""
    if part == "image":
        write_photo(path, answer.image, profile)
        return True
    values = {"flow": answer.flow, "uncertainty": answer.uncertainty}.get(part)
    if part in ("flow", "uncertainty"):
        if values is None:
            return False
        if path.suffix == ".npz":
            stream = io.BytesIO()
            np.savez_compressed(stream, **{part: values})
            replace_bytes(path, stream.getvalue())
        elif path.suffix == ".exr" and part == "flow":
            write_array(OUTPUTS["flow_gt_to_2"], path, values)
        elif path.suffix == ".flo":
            replace_bytes(path, flo(values))
        elif path.suffix == ".exr":
            write_photo(path, values)
        else:
            levels = np.clip(values.astype(np.float64) * UNCERTAINTY_LEVELS, 0, np.iinfo(np.uint16).max)
            write_photo(path, np.rint(levels).astype(np.uint16))
        return True
    plane = answer.mask if part == "mask" else answer.confidence
    if plane is None:
        return False
    write_photo(path, np.rint(np.clip(plane, 0, 1) * 255).astype(np.uint8))
    return True
