"""What a check is, what it finds, the bounds it uses, and the one list of all checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from dsia_gen.core.document import Document
from dsia_gen.core.registry import Registry

Scope = Literal["dataset", "scene", "view", "sample"]
Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """What a check says: a sentence, and the file below the scene's (or data set's) folder that it is about."""

    message: str
    file: str = ""
    severity: Severity = "error"


class Problem(Document):
    """A finding with its place. `scene` and `sample` are empty where it is about more than one."""

    check: str
    scene: str
    sample: str
    file: str
    message: str
    severity: Severity

    def line(self) -> str:
        """One line for people."""
        place = self.sample or self.scene or "data set"
        return f"{self.severity}: {place}{': ' + self.file if self.file else ''}: {self.message} [{self.check}]"


@dataclass(frozen=True)
class CheckBounds:
    """Where a check begins to complain. Lengths in pixels, image levels of 255, shares of the pixels looked at."""

    black_level: float = 3.0
    """An image with a lower mean level is black."""
    overexposed_share: float = 0.6
    """An image with a larger share of pixels at 254 or above in all channels is overexposed."""
    constant_deviation: float = 1.0
    """An image with a smaller standard deviation of its levels shows nothing."""
    unit_length: float = 1e-4
    """How far a unit vector may be from length 1, and by how much one that faces the camera may point away."""
    nan_share: float = 0.95
    """A flow with a larger share of NaN says nothing."""
    flow_px: float = 0.02
    flow_relative: float = 1e-3
    flow_share: float = 1e-4
    """Flow and what depth and cameras say may differ by px + relative * length, on at most this share."""
    still_px: float = 1e-3
    """Flow of a static pixel under a fixed camera."""
    frame_px: float = 0.01
    """How far on the wrong side of the image border a target may lie for its occlusion reason."""
    samples: int = 6000
    """Checks that look up other pixels use an even grid of about so many."""
    cycle_px: float = 0.25
    cycle_relative: float = 0.02
    cycle_share: float = 0.01
    """Flow there and back again, or over a third view, may be off by px + relative * length, on at most this share."""
    depth_relative: float = 0.05
    depth_share: float = 0.005
    """Depth of a visible point in the target view against that view's own depth, on at most this share."""
    hidden_relative: float = 1e-4
    hidden_share: float = 0.1
    """Share of hidden points that may lie less than this far behind what the target view sees."""
    few: int = 64
    """Shares over fewer pixels than this mean nothing."""
    motion_relative: float = 0.01
    motion_px: float = 0.01
    """Recorded mean motions against the flows."""
    moved_metres: float = 1e-3
    """A rigid instance that is displaced by more must be dynamic."""
    warp_psnr: float = 24.0
    """I2 warped onto Igt where visible and reliable, dB."""
    static_psnr: float = 26.0
    """I1 against Igt where nothing moves and the light is the same, dB."""


Run = Callable[[Any], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """A named check: `run` takes a subject of its scope and yields findings."""

    name: str
    scope: Scope
    about: str
    run: Run
    photometric: bool = False


CHECKS: Registry[Check] = Registry("checks", "check", members=("scope", "about", "run", "photometric"))
"""Every check by name; those of this package are registered by `check`."""


def check(scope: Scope, *, photometric: bool = False) -> Callable[[Run], Run]:
    """Register a function as the check of its name; the first line of its docstring says what it is about."""

    def register(run: Run) -> Run:
        about = (run.__doc__ or "").strip().splitlines()[0]
        CHECKS.register(run.__name__, Check(run.__name__, scope, about, run, photometric))
        return run

    return register


def run_checks(
    scope: Scope, subject: Any, *, scene: str = "", sample: str = "", photometric: bool = True
) -> Iterator[Problem]:
    """The problems that all checks of a scope find in a subject."""
    for _, entry in CHECKS.items():
        if entry.scope == scope and (photometric or not entry.photometric):
            for finding in entry.run(subject):
                yield Problem(check=entry.name, scene=scene, sample=sample, **vars(finding))
