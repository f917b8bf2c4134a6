"""What a check is, what it finds, the bounds it uses, and the one list of all checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from dsia_gen.core.document import Document
from dsia_gen.core.errors import DsiaError
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
    exposure_margin: float = 0.05
    """How far the mean of an image may lie outside the bounds of its scene, which the sampler estimates."""
    constant_deviation: float = 1.0
    """An image with a smaller standard deviation of its levels shows nothing."""
    unit_length: float = 1e-4
    """How far a unit vector may be from length 1, and by how much one that faces the camera may point away."""
    normal_sine: float = 0.1
    """Sine of the angle that normals may stand off the surface of depth, in the median of an image."""
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
    samples: int = 4000
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
    still_relative: float = 1e-5
    """Depth of a static pixel under a fixed camera, at two times."""
    before_relative: float = 1e-3
    before_share: float = 0.01
    """What moves may lie so far behind the static surface of another time, and more of it on at most this share."""
    ids_share: float = 1e-3
    ids_pixels: int = 4
    """Pixels whose occlusion reason the instances of both views may contradict: a share and a few."""
    return_px: float = 0.02
    return_share: float = 0.2
    few_hidden: int = 24
    """Hidden pixels may come back to themselves by less than this, on at most this share of at least so many."""
    scale_px: float = 1.0
    scale_relative: float = 0.01
    """A flow of more than so many pixels may be too long by this share, in the median over what moves."""
    coordinate_margin: float = 0.01
    coordinate_share: float = 0.03
    """How far object coordinates may lie outside those of the four pixels to which a flow leads, on at most this share:
    a part narrower than a pixel, such as a strap, is seen between the centres of pixels that show what is behind it."""
    few: int = 64
    handful: int = 4
    """Shares over fewer pixels than `few`, or of at most `handful` wrong ones, mean nothing."""
    measure_relative: float = 1e-5
    """Recorded measures against the arrays; another platform may sum in another order."""
    moved_metres: float = 1e-3
    """A rigid instance that is displaced by more must be dynamic."""
    warp_psnr: float = 22.0
    """I2 warped onto Igt where visible and reliable, dB."""
    static_psnr: float = 24.0
    """I1 against Igt where nothing moves and the light is the same, dB."""
    other_psnr: float = 14.0
    """Below this, of either, an image is another one: an error, where what is above may be noise or gloss."""
    noise_psnr: float = 4.0
    """No image has to agree better than this many dB below what the noise of both allows."""
    moving_psnr: float = 6.0
    """By how many dB moving pixels may fit better where they were than where their flow leads."""
    shift_px: float = 0.4
    shift_errors: float = 6.0
    shift_explained: float = 0.3
    """An image is shifted against another by more pixels and standard errors, if that explains so much of the rest."""
    linear_correlation: float = 0.9
    blurred_psnr: float = 16.0
    """Least rank correlation of a scene-linear image with the image, and least agreement of blocks of a blurred one."""
    light_pixels: int = 2
    """Pixels of light_change that another platform may round otherwise."""
    edge_pixels: int = 2
    """Neighbours on different instances of which neither may be flagged as unreliable."""
    smooth_relative: float = 2e-4
    interior_share: float = 0.5
    """Bend of inverse depth that counts as smooth, and the share of such interiors that may be flagged."""


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
    """Register a function as the check of its name; the first paragraph of its docstring says what it is about."""

    def register(run: Run) -> Run:
        about = " ".join((run.__doc__ or "").strip().partition("\n\n")[0].split())
        CHECKS.register(run.__name__, Check(run.__name__, scope, about, run, photometric))
        return run

    return register


def run_checks(
    scope: Scope, subject: Any, *, scene: str = "", sample: str = "", photometric: bool = True
) -> Iterator[Problem]:
    """The problems that all checks of a scope find in a subject; a check that cannot be done is one too."""
    for _, entry in CHECKS.items():
        if entry.scope == scope and (photometric or not entry.photometric):
            for finding in _findings(entry, subject):
                yield Problem(check=entry.name, scene=scene, sample=sample, **vars(finding))


def _findings(entry: Check, subject: Any) -> Iterator[Finding]:
    """What a check finds. Data of others may be wrong in any way: that must not end the validation of the rest."""
    try:
        yield from entry.run(subject)
    except (DsiaError, OSError, ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        text = str(error) if isinstance(error, DsiaError) else f"{type(error).__name__}: {error}"
        yield Finding(f"cannot be checked ({' '.join(text.split())})")
