"""A motion reader: BVH files that are compressed with gzip."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

from dsia_gen.motion.bvh import read_bvh
from dsia_gen.motion.skeletal_motion import SkeletalMotion


def read_bvhz(path: Path) -> SkeletalMotion:
    """The skeleton and motion of a `.bvhz` file."""
    with TemporaryDirectory() as folder:
        plain = Path(folder) / f"{path.stem}.bvh"
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        return read_bvh(plain)
