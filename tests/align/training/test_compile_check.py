"""What torch.compile makes of a module learns what the module learns, or is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the [align] extra")

from torch import nn  # noqa: E402

from dsia_gen.align.training.compile_check import check_compiled  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.core.errors import AlignError  # noqa: E402
from tests.align.make import aligner_config  # noqa: E402

pytestmark = pytest.mark.torch


class Plain(nn.Module):
    """Three layers, of which one has a state; one weight has no gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.middle, self.last = nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)
        self.unused = nn.Parameter(torch.ones(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(torch.tanh(self.middle(self.first(x))))


class Compiled(nn.Module):
    """As a compiler might make it: `lose` is the layer whose gradient is lost, `noise` that of half precision."""

    def __init__(self, plain: nn.Module, lose: str | None = None, noise: float = 0.0) -> None:
        super().__init__()
        self._orig_mod, self.lose, self.noise = plain, lose, noise

    def forward(self, *given: object) -> object:
        if isinstance(self._orig_mod, Plain) and self.lose:
            lost = getattr(self._orig_mod, self.lose)
            for weight in lost.parameters():
                weight.register_hook(torch.zeros_like)
        for weight in self._orig_mod.parameters() if self.noise else ():
            if weight.requires_grad:
                weight.register_hook(lambda g: g * (1 + self.noise * torch.randn_like(g)))
        return self._orig_mod(*given)


def loss_of(module: nn.Module) -> torch.Tensor:
    drawn = torch.randn(8, 4)
    return (module(drawn) - torch.randn(8, 3)).square().mean()


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_one_that_learns_the_same_passes_and_leaves_no_trace(noise: float) -> None:
    torch.manual_seed(0)
    plain = Plain()
    before = {name: value.clone() for name, value in plain.state_dict().items()}
    state = torch.get_rng_state()
    check_compiled("some", "network", Compiled(plain, noise=noise), loss_of)
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(value, before[name]) for name, value in plain.state_dict().items())
    assert all(weight.grad is None for weight in plain.parameters())


@pytest.mark.parametrize("layer", ["first", "middle", "last"])
def test_a_lost_part_is_refused_in_a_sentence(layer: str) -> None:
    torch.manual_seed(0)
    with pytest.raises(AlignError, match=rf"^train\.compile=some gives \d of \d weights of network .*{layer}.*=none$"):
        check_compiled("some", "network", Compiled(Plain(), lose=layer), loss_of)


def test_a_training_does_not_begin_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(module: nn.Module, **_: object) -> nn.Module:
        return Compiled(module, noise=3.0)

    monkeypatch.setattr(torch, "compile", wrong)
    with pytest.raises(AlignError, match=r"set train\.compile=none$"):
        train(aligner_config(train={"steps": 1, "compile": "inductor"}), tmp_path, progress=False)
    assert not (tmp_path / "checkpoints").exists()
