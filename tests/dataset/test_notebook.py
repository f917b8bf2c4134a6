"""What a notebook shows of samples and data sets: images that are those of the data, and names that are text."""

from __future__ import annotations

import base64
import io
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from PIL import Image

from dsia_gen.dataset import DatasetLayout, open_dataset
from tests.files import rewrite_samples

EVIL = "<img src=x onerror=alert(1)>\u202e"


class Elements(HTMLParser):
    """Names of all elements and attributes of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, frozenset[str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, frozenset(name for name, _ in attrs)))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def images(text: str) -> list[np.ndarray]:
    found = re.findall(r'src="data:image/webp;base64,([^"]+)"', text)
    return [np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")) for data in found]


def test_a_sample_shows_its_images_and_flows(good: DatasetLayout) -> None:
    sample = open_dataset(good.root)["00000_0001"]
    text = sample._repr_html_()
    shown = images(text)
    assert len(shown) == 5
    for image, role in zip(shown, ("1", "2", "gt"), strict=False):
        assert np.abs(image.astype(int) - sample.image(role)).mean() < 12  # type: ignore[arg-type]
    assert "00000_0001" in text and f"{sample.row.number('camera_motion_px'):.3g} px" in text
    assert Elements(text).open == []


def test_a_data_set_shows_how_much_there_is(good: DatasetLayout) -> None:
    data = open_dataset(good.root)
    text = data._repr_html_()
    assert f"{len(data)} samples" in text and "2 scenes" in text and "flow_gt_to_2" in text
    assert len(images(text)) == 3 * min(4, len(data))
    assert images(data[:0]._repr_html_()) == []
    assert Elements(text).open == []


def test_names_of_files_are_text(good: DatasetLayout, tmp_path: Path) -> None:
    layout = DatasetLayout(shutil.copytree(good.root, tmp_path / "rectangles"))
    rewrite_samples(layout, lambda rows: [{**row, "config": EVIL, "setting": EVIL} for row in rows])
    document = layout.index.read_text().replace('"name": "rectangles"', '"name": "<script>alert(1)</script>"', 1)
    layout.index.write_text(document)
    data = open_dataset(layout.root)
    for text in (data._repr_html_(), data[0]._repr_html_()):
        assert {tag for tag, _ in Elements(text).found} <= {"p", "b", "div", "figure", "img", "figcaption"}
        assert not any("onerror" in names for _, names in Elements(text).found)
        assert "\u202e" not in text


def test_a_file_that_cannot_be_read_is_named(good: DatasetLayout, tmp_path: Path) -> None:
    layout = DatasetLayout(shutil.copytree(good.root, tmp_path / "rectangles"))
    sample = open_dataset(layout.root)[0]
    sample.file("image", "gt").write_bytes(b"no image")
    sample.file("flow_gt_to_2").unlink()
    text = open_dataset(layout.root)[0]._repr_html_()
    assert "Igt: " in text and "image.png" in text
    assert len(images(text)) == 3


def test_a_scene_that_cannot_be_read_is_named(good: DatasetLayout, tmp_path: Path) -> None:
    layout = DatasetLayout(shutil.copytree(good.root, tmp_path / "rectangles"))
    layout.scene("00000").scene.write_text("{<b>")
    data = open_dataset(layout.root)
    assert "scene.json" in data[0]._repr_html_() and images(data[0]._repr_html_()) == []
    assert "scene.json" in data._repr_html_() and len(images(data._repr_html_())) == 3, "the other scene is shown"
