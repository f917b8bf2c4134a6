"""An alignment method: the mean of both images."""

from dsia_gen.align.methods.method import Aligned, AlignmentMethod, ImagePair, MethodInfo


class Mean(AlignmentMethod):
    """Answers with the mean of I1 and I2."""

    info = MethodInfo("mean", "Mean of I1 and I2", "copy", "-")

    def align(self, pair: ImagePair) -> Aligned:
        return Aligned(((pair.image1.astype("u2") + pair.image2) // 2).astype("u1"))
