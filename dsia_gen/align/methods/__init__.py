"""Methods by name. A new one is a row here; everything else follows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dsia_gen.align.methods.geometric import FITS, Geometric
from dsia_gen.align.methods.learned import LEARNED, dmaligner_info, learned_info, open_learned, open_run
from dsia_gen.align.methods.method import (
    Aligned,
    Image,
    Method,
    MethodInfo,
    Options,
    Truth,
    UnavailableError,
    opencv,
)
from dsia_gen.align.methods.opencv_flow import ESTIMATES, FlowMethod
from dsia_gen.align.methods.simple import IDENTITY, ORACLE_CAMERA, ORACLE_FULL, REFERENCE, Copy, Oracle
from dsia_gen.core.errors import AlignError
from dsia_gen.core.strict_yaml import suggestion

DMALIGNER = "dmaligner"
_SIMPLE: dict[str, Method] = {
    "identity": Copy(IDENTITY, second=True),
    "reference": Copy(REFERENCE, second=False),
    "oracle_flow": Oracle(ORACLE_CAMERA),
    "oracle_flow_1_to_2": Oracle(ORACLE_FULL),
}
NAMES = ("identity", "reference", *FITS, *ESTIMATES, *LEARNED, "oracle_flow", "oracle_flow_1_to_2", DMALIGNER)
"""All methods, in the order of the tables."""
WITHOUT_LEARNING = ("identity", "reference", *FITS, *ESTIMATES, "oracle_flow", "oracle_flow_1_to_2")
"""Methods that need no weights."""

__all__ = ["DMALIGNER", "NAMES", "WITHOUT_LEARNING", "Aligned", "Image", "Method", "MethodInfo", "Options", "Truth",
           "UnavailableError", "checked_names", "method_info", "open_method", "open_run"]  # fmt: skip


def checked_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once, in the order of the tables; AlignError names the nearest known for one that is not."""
    for name in names:
        if name not in NAMES:
            raise AlignError(f"{name!r} is not a method{suggestion(name, list(NAMES))}")
    return tuple(name for name in NAMES if name in names)


def method_info(name: str) -> MethodInfo:
    """What a method says about itself, also where it cannot run."""
    if name in _SIMPLE:
        return _SIMPLE[name].info
    if name in FITS:
        return FITS[name][0]
    if name in ESTIMATES:
        return ESTIMATES[name][0]
    return dmaligner_info(name) if name == DMALIGNER else learned_info(checked_names([name])[0])


def open_method(name: str, options: Options, checkpoint: Path | str | None = None) -> Method:
    """A method ready to align; UnavailableError says what is missing and how to get it."""
    if name in _SIMPLE:
        return _SIMPLE[name]
    if name in FITS:
        opencv()
        return Geometric(*FITS[name])
    if name in ESTIMATES:
        info, estimate = ESTIMATES[name]
        return FlowMethod(info, estimate, {"opencv": opencv().__version__}, options.check)
    if name != DMALIGNER:
        return open_learned(name, options)
    if checkpoint is None:
        raise UnavailableError("no weights: give --checkpoint RUN of `dsia-gen train aligner`")
    return open_run(name, checkpoint, options)
