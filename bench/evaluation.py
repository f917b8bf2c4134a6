"""Seconds a pair of every method of alignment that can run here, and of measuring one answer."""

from __future__ import annotations

from bench.figures import Figure, seconds
from bench.scale import Scale


def measure(scale: Scale) -> list[Figure]:
    """One figure a method on one synthetic pair at the run's size; what cannot run is named in a note."""
    from dsia_gen.align.methods import METHODS, Aligned, ImagePair, MethodOptions, UnavailableError
    from dsia_gen.align.training.run_config import SyntheticConfig
    from dsia_gen.align.training.synthetic import SyntheticTriplets
    from dsia_gen.evaluate import measures

    width, height = scale.resolution
    sample = SyntheticTriplets(SyntheticConfig(count=1, width=width, height=height))[0]
    images = sample.image("1"), sample.image("2")
    figures, absent = [], []
    for name, unopened in METHODS.items():
        try:
            method = unopened.open(MethodOptions())
        except UnavailableError:
            absent.append(name)
            continue
        truth = dict.fromkeys(method.info.truth, sample["flow_gt_to_2"])
        samples = seconds(lambda method=method, truth=truth: method.align(ImagePair(*images, truth)), scale.repeats)
        figures.append(Figure(f"align {name}, {width}x{height}", "s", samples))
    answer = Aligned(images[1])
    scoring = seconds(lambda: measures.measure(answer, sample.image("gt"), {"all": None}), scale.repeats)
    note = f"no library or weights here for {', '.join(absent)}" if absent else ""
    return [*figures, Figure(f"PSNR and SSIM of one answer, {width}x{height}", "s", scoring, note=note)]
