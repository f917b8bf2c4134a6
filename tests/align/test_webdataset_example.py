"""The example of WebDataset in docs/exports.md, as it is printed: it trains on an export."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("webdataset")

from dsia_gen.dataset.export.contract import ExportOptions  # noqa: E402
from dsia_gen.dataset.export.run_export import export  # noqa: E402
from tests.dataset.synthetic import write_dataset  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.mark.slow
def test_the_loss_of_the_example_falls(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (checkout / "docs" / "exports.md").read_text()
    code = next(part for part in text.split("```python\n")[1:] if "torch.optim" in part).partition("```")[0]
    layout = write_dataset(tmp_path / "data", scenes=2)
    export(layout.root, tmp_path / "webdataset", "webdataset", ExportOptions(ratios=(1.0, 0.0, 0.0)))
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(code, "docs/exports.md", "exec"), names)
    losses = names["losses"]
    assert isinstance(losses, list) and sum(losses[-3:]) < 0.5 * sum(losses[:3])
