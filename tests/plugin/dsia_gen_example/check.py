"""A check of a data set: images are not too small."""

from collections.abc import Iterator

from dsia_gen.dataset.checks.findings import Check, Finding
from dsia_gen.dataset.checks.subject import ViewSubject


def large_enough(view: ViewSubject) -> Iterator[Finding]:
    image = view.array("image")
    if image is not None and image.shape[1] < 640:
        yield Finding(f"is only {image.shape[1]} pixels wide", view.file("image"), "warning")


LARGE_ENOUGH = Check("large_enough", "view", "Images are 640 pixels wide at least.", large_enough)
