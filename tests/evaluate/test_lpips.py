"""LPIPS: the trunks are torchvision's, the distance is torchmetrics', and missing weights are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.methods import MethodOptions, UnavailableError  # noqa: E402
from dsia_gen.dataset import DatasetLayout  # noqa: E402
from dsia_gen.evaluate.evaluation_report import write_evaluation  # noqa: E402
from dsia_gen.evaluate.lpips import TRUNKS, Lpips, open_trunk  # noqa: E402
from dsia_gen.evaluate.perceptual import open_lpips  # noqa: E402
from dsia_gen.evaluate.run_evaluation import Request  # noqa: E402
from tests.evaluate.conftest import no_bar  # noqa: E402

pytestmark = pytest.mark.torch
# of torchvision 0.20: the names and shapes of convolutions that its files of weights hold
SHAPES = {
    "alex": {0: (64, 3, 11, 11), 3: (192, 64, 5, 5), 6: (384, 192, 3, 3), 8: (256, 384, 3, 3), 10: (256, 256, 3, 3)},
    "vgg": {
        0: (64, 3, 3, 3), 2: (64, 64, 3, 3), 5: (128, 64, 3, 3), 7: (128, 128, 3, 3), 10: (256, 128, 3, 3),
        12: (256, 256, 3, 3), 14: (256, 256, 3, 3), 17: (512, 256, 3, 3), 19: (512, 512, 3, 3), 21: (512, 512, 3, 3),
        24: (512, 512, 3, 3), 26: (512, 512, 3, 3), 28: (512, 512, 3, 3),
    },
}  # fmt: skip


def weights_file(name: str, path: Path) -> Path:
    """Fresh weights under torchvision's names, with a layer that the trunk does not have."""
    torch.manual_seed(1)
    state = {f"features.{key}": value for key, value in Lpips(TRUNKS[name]).trunk.state_dict().items()}
    torch.save({**state, "classifier.6.weight": torch.zeros(3)}, path)
    return path


@pytest.mark.parametrize("name", ["alex", "vgg"])
def test_the_trunk_has_the_layers_of_torchvision(name: str) -> None:
    own = Lpips(TRUNKS[name]).trunk.state_dict()
    assert {key: tuple(value.shape) for key, value in own.items() if key.endswith("weight")} == {
        f"{place}.weight": shape for place, shape in SHAPES[name].items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["alex", "vgg"])
def test_the_distance_is_that_of_torchmetrics_on_the_same_trunk(name: str, tmp_path: Path) -> None:
    lpips = pytest.importorskip("torchmetrics.functional.image.lpips")
    network = open_trunk(name, str(weights_file(name, tmp_path / "w.pth")))

    class Slices(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
            found = []
            for place, layer in enumerate(network.trunk):
                x = layer(x)
                found += [x] if place in network.taps else []
            return found

    other = lpips._LPIPS.__new__(lpips._LPIPS)
    torch.nn.Module.__init__(other)
    other.scaling_layer, other.resize, other.spatial, other.L, other.net = (
        lpips.ScalingLayer(),
        None,
        False,
        5,
        Slices(),
    )
    heads = [lpips.NetLinLayer(head.shape[1], use_dropout=True).eval() for head in network.heads]
    for head, values in zip(heads, network.heads, strict=True):
        head.model[-1].weight = torch.nn.Parameter(values)
    other.lins = torch.nn.ModuleList(heads)
    a, b = torch.rand(2, 3, 64, 64) * 2 - 1, torch.rand(2, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        torch.testing.assert_close(network(a, b), other.eval()(a, b).flatten())
        assert network(a, a).abs().max() == 0


def test_levels_become_what_the_network_was_trained_on(tmp_path: Path) -> None:
    distance = open_lpips("alex", "cpu", str(weights_file("alex", tmp_path / "w.pth")))
    black, white = np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), 255, np.uint8)
    network = open_trunk("alex", str(tmp_path / "w.pth"))
    ends = torch.full((1, 3, 64, 64), -1.0), torch.full((1, 3, 64, 64), 1.0)
    assert distance(black, white) == pytest.approx(float(network(*ends)))


def test_missing_and_foreign_weights_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(UnavailableError, match=r"vgg16-397923af.pth; download https://\S+vgg16-397923af.pth"):
        open_trunk("vgg")
    with pytest.raises(UnavailableError, match=r"has no features.0.weight of this shape"):
        open_trunk("vgg", str(weights_file("alex", tmp_path / "alex.pth")))
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(UnavailableError, match=r"text\.pth cannot be read without running code"):
        open_trunk("alex", str(tmp_path / "text.pth"))


@pytest.mark.slow
def test_answers_are_compared_with_igt_where_that_is_asked_for(layout: DatasetLayout, tmp_path: Path) -> None:
    path = weights_file("alex", tmp_path / "w.pth")
    options = MethodOptions(weights={"lpips": str(path)})
    request = Request(("identity", "reference"), layout.root, samples=2, options=options, perceptual=True)
    written = write_evaluation(request, tmp_path / "report", no_bar)
    columns = {column.measure: column for column in written.summary.results.perceptual}
    distance = open_lpips("alex", "cpu", str(path))
    expected = np.mean([distance(s.images()[0], s.target()) for s in written.summary.results.samples])
    assert columns["lpips"].means["reference"].mean == pytest.approx(expected)
    text = (tmp_path / "report" / "report.md").read_text()
    assert "## Perceptual distance to Igt" in text and columns["dreamsim"].reason in text
