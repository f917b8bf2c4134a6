"""Frames of videos by OpenCV, whose builds carry FFmpeg, and GIF by Pillow. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import AlignError, StorageError
from dsia_gen.core.io import reading, replacing

Image = NDArray[np.uint8]
WRITTEN = {".mp4": "mp4v", ".mov": "mp4v", ".mkv": "mp4v", ".avi": "MJPG"}
"""Endings of videos that can be written, and their codecs."""
VIDEO_SUFFIXES = frozenset({*WRITTEN, ".webm", ".m4v", ".gif"})
_PLAYLISTS = (b"#EXTM3U", b"ffconcat")


def is_video(path: Path) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES


class VideoFile:
    """A video to read: its frames one after another, upright.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise AlignError(f"{path} is not there; give the path of a video")
        with reading(path), path.open("rb") as stream:
            begin = stream.read(16)
        if begin.startswith(_PLAYLISTS):  # it would have FFmpeg open other files
            raise AlignError(f"{path} is a playlist and not a video; give the video itself")
        self.path = path
        self.rate = 25.0
        self.expected = 0
        """Frames, as far as the file says; 0 where it does not."""
        if path.suffix.lower() != ".gif":
            capture = self._capture()
            cv2 = _opencv()
            rate, count = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
            capture.release()
            self.rate = rate if np.isfinite(rate) and 0 < rate < 1000 else self.rate
            self.expected = max(0, int(count)) if np.isfinite(count) and count < 1e9 else 0

    def frames(self) -> Iterator[Image]:
        """(H, W, 3) uint8 each. AlignError when the file is none."""
        if self.path.suffix.lower() == ".gif":
            yield from self._gif_frames()
            return
        capture = self._capture()
        cv2 = _opencv()
        try:
            while True:
                done, frame = capture.read()
                if not done:
                    return
                yield np.ascontiguousarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
        finally:
            capture.release()

    def _capture(self) -> Any:
        cv2 = _opencv()
        capture = cv2.VideoCapture(str(self.path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise AlignError(f"{self.path} cannot be read as a video; it is damaged, or its codec is not known")
        return capture

    def _gif_frames(self) -> Iterator[Image]:
        try:
            for frame in iio.imiter(self.path, plugin="pillow", mode="RGB"):
                yield np.ascontiguousarray(frame)
        except (OSError, ValueError, SyntaxError) as error:
            raise AlignError(f"{self.path} cannot be read as a video ({' '.join(str(error).split())[:150]})") from error


class VideoWriter:
    """A video to write; it gets its name when it is whole."""

    def __init__(self, path: Path, rate: float) -> None:
        self.path, self.rate = path, rate
        self._replacing = replacing(path)
        self._temporary: Path | None = None
        self._writer: Any = None

    def __enter__(self) -> VideoWriter:
        self._temporary = self._replacing.__enter__()
        return self

    def write(self, image: Image) -> None:
        """Append a frame (H, W, 3)."""
        cv2 = _opencv()
        if self._writer is None:
            codec = cv2.VideoWriter_fourcc(*WRITTEN[self.path.suffix.lower()])
            self._writer = cv2.VideoWriter(str(self._temporary), cv2.CAP_FFMPEG, codec, self.rate, image.shape[1::-1])
            if not self._writer.isOpened():
                height, width = image.shape[:2]
                raise StorageError(f"cannot write {self.path} as a video of {width}x{height}; give a folder instead")
        self._writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))

    def __exit__(self, *error: Any) -> None:
        if self._writer is not None:
            self._writer.release()
        self._replacing.__exit__(*error)


def _opencv() -> Any:
    from dsia_gen.align.methods.method import opencv

    return opencv()
