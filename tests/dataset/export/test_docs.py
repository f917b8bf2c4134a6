"""The examples of docs/exports.md run as they stand, and the table holds every format."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dsia_gen.dataset import Dataset
from dsia_gen.dataset.export import FORMATS, ExportOptions, export
from tests.dataset.synthetic import write_dataset

pytestmark = pytest.mark.slow

LIBRARIES = ("pandas", "webdataset", "datasets", "mlcroissant", "cv2")


def examples(page: str) -> list[tuple[str, str]]:
    """Heading and code of each Python example."""
    parts = re.split(r"^### (\w+)$", page, flags=re.MULTILINE)
    found = []
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        found += [(name, code) for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL)]
    return found


def test_examples_run(
    checkout: Path, odd: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exported: Callable[[str], Path]
) -> None:
    for library in LIBRARIES:
        pytest.importorskip(library)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    # the environment is read when the library is loaded, which another test may have done
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    found = examples((checkout / "docs" / "exports.md").read_text())
    assert {name for name, _ in found} == set(FORMATS)
    for name, code in found:
        if not Path(name).exists():
            source = odd.layout if name != "photographic" else write_dataset(tmp_path / "linear", scenes=1)
            export(source.root, name, name, ExportOptions(ratios=(1, 0, 0)))
        values: dict[str, object] = {}
        exec(code, values)
        if "flow" in values and name != "photographic":
            assert values["flow"].shape == (35, 61, 2), name  # type: ignore[attr-defined]


def test_the_table_holds_every_format(checkout: Path) -> None:
    page = (checkout / "docs" / "exports.md").read_text()
    for name, form in FORMATS.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}`"))
        assert name == "dmaligner" or all(f"`{output}`" in row for output in form.needs())
