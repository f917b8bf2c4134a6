"""Copies of I1 and I2: the lower end of the scale."""

from __future__ import annotations

from dsia_gen.align.methods.method import Aligned, AlignmentMethod, ImagePair, MethodInfo


class Identity(AlignmentMethod):
    """Answers with I2."""

    info = MethodInfo("identity", "I2 as it is", "copy", "-", "1 image (I2)")

    def align(self, pair: ImagePair) -> Aligned:
        """I2 itself."""
        return Aligned(pair.image2)


class Reference(AlignmentMethod):
    """Answers with I1."""

    info = MethodInfo("reference", "I1 as it is", "copy", "-", "1 image (I1)")

    def align(self, pair: ImagePair) -> Aligned:
        """I1 itself."""
        return Aligned(pair.image1)
