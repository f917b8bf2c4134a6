"""Alignment methods by name: a new one is a package and a row here, or an entry point of another package."""

from __future__ import annotations

from collections.abc import Sequence

from dsia_gen.align.methods.method import (
    Aligned,
    AlignmentMethod,
    Image,
    ImagePair,
    MethodInfo,
    MethodOptions,
    Truth,
    UnavailableError,
)
from dsia_gen.core.registry import Registry

__all__ = [
    "METHODS",
    "Aligned",
    "AlignmentMethod",
    "Image",
    "ImagePair",
    "MethodInfo",
    "MethodOptions",
    "Truth",
    "UnavailableError",
    "checked_names",
    "method_names",
    "open_method",
]

_FLOWS = "dsia_gen.align.methods.learned_flow.flow_methods"
METHODS: Registry[AlignmentMethod] = Registry(
    "alignment_methods",
    "method",
    {
        "identity": "dsia_gen.align.methods.copies:Identity",
        "reference": "dsia_gen.align.methods.copies:Reference",
        "homography": "dsia_gen.align.methods.homography:HOMOGRAPHY",
        "homography_dis": "dsia_gen.align.methods.homography_dis:HOMOGRAPHY_DIS",
        "multi_homography": "dsia_gen.align.methods.multi_homography:MULTI_HOMOGRAPHY",
        "mesh": "dsia_gen.align.methods.mesh_homography:MESH",
        "ecc": "dsia_gen.align.methods.ecc:ECC",
        "dis": "dsia_gen.align.methods.dis:DIS",
        "farneback": "dsia_gen.align.methods.farneback:FARNEBACK",
        "blend": "dsia_gen.align.methods.blend:BLEND",
        "raft": f"{_FLOWS}:RAFT",
        "pwcnet": f"{_FLOWS}:PWCNET",
        "gma": f"{_FLOWS}:GMA",
        "gmflow": f"{_FLOWS}:GMFLOW",
        "sea_raft": f"{_FLOWS}:SEA_RAFT",
        "flowformer_pp": f"{_FLOWS}:FLOWFORMER_PP",
        "dpflow": f"{_FLOWS}:DPFLOW",
        "oracle_flow": "dsia_gen.align.methods.oracle:ORACLE_FLOW",
        "oracle_flow_1_to_2": "dsia_gen.align.methods.oracle:ORACLE_FLOW_1_TO_2",
        "ransac_coarse": "dsia_gen.align.methods.ransac_flow.ransac_method:RANSAC_COARSE",
        "ransac_coarse_multi": "dsia_gen.align.methods.ransac_flow.ransac_method:RANSAC_COARSE_MULTI",
        "ransac_flow": "dsia_gen.align.methods.ransac_flow.ransac_method:RansacFlowMethod",
        "diffmatch": "dsia_gen.align.methods.diffmatch.diffmatch_method:DiffMatchMethod",
        "spacejam": "dsia_gen.align.methods.spacejam.spacejam_method:SPACEJAM",
        "motion_guidance": "dsia_gen.align.methods.motion_guidance.guidance_methods:MOTION_GUIDANCE",
        "motion_guidance_exact": "dsia_gen.align.methods.motion_guidance.guidance_methods:MOTION_GUIDANCE_EXACT",
        "mc_aligner": "dsia_gen.align.methods.mc_aligner.mc_method:McMethod",
        "dmaligner": "dsia_gen.align.methods.dmaligner.aligner_method:DMAlignerMethod",
    },
    members=("info", "settings", "open", "align"),
    instances=True,
)
"""In the order of the tables."""


def method_names() -> tuple[str, ...]:
    """Names of all methods that can be loaded, in the order of the tables.

    Returns
    -------
    tuple of str
        Built-in methods, then those of other packages.
    """
    return tuple(name for name, _ in METHODS.items())


def checked_names(names: Sequence[str]) -> tuple[str, ...]:
    """Put names into the order of the tables, each once.

    Parameters
    ----------
    names : Sequence of str
        Names of methods.

    Returns
    -------
    tuple of str
        The same names.

    Raises
    ------
    UnknownNameError
        One is not a method; the message names the nearest.
    """
    for name in names:
        METHODS.get(name)
    return tuple(name for name in METHODS.names() if name in names)


def open_method(name: str, options: MethodOptions) -> AlignmentMethod:
    """Make a method ready to align.

    Parameters
    ----------
    name : str
        Its name.
    options : MethodOptions
        Device, seed, weights and settings.

    Returns
    -------
    AlignmentMethod
        A method whose `align` can be called.

    Raises
    ------
    UnknownNameError
        There is no such method.
    UnavailableError
        Something is missing; the message says how to get it.
    """
    return METHODS.get(name).open(options)
