"""Fits the networks of SpaceJAM to one set: first the auto-encoder, then both, by the inverse-compositional loss."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dsia_gen.align.methods.spacejam.joint_features import JointMaps
from dsia_gen.align.methods.spacejam.joint_network import JointNetwork, mean_square, warped
from dsia_gen.align.methods.spacejam.lie_groups import mirrored
from dsia_gen.align.methods.spacejam.reflections import agreeing_versions, preference_for_same
from dsia_gen.align.methods.spacejam.spacejam_config import GroupName, SpaceJamConfig
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import disk, replacing

Matrices = NDArray[np.float64]
Progress = Callable[[int, int], None]
_DECIDING_PAIRS = 240
"""Ordered pairs by which versions are chosen, at most: more than enough to join thirty images."""
_CHECKPOINTS = 10


@dataclass
class FittedSet:
    """What a fit found.

    `matrices` (N, 3, 3) lead from the shared frame to the images as they are, in coordinates from -1 to 1; `versions`
    (N,) says which images were mirrored on the way; `curve` has rows (step, loss); `skipped` steps had no finite loss.
    """

    network: JointNetwork
    matrices: Matrices
    versions: NDArray[np.bool_]
    curve: list[tuple[int, float]]
    skipped: int
    steps: int


@dataclass
class _State:
    """All that changes while a set is fitted."""

    network: JointNetwork
    coder_steps: torch.optim.Adam
    localiser_steps: torch.optim.Adam
    generator: torch.Generator
    versions: Tensor
    step: int = 0
    skipped: int = 0
    curve: list[tuple[int, float]] = field(default_factory=list)

    def dump(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(), "coder": self.coder_steps.state_dict(),
            "localiser": self.localiser_steps.state_dict(), "generator": self.generator.get_state(),
            "versions": self.versions, "step": self.step, "skipped": self.skipped, "curve": self.curve,
        }  # fmt: skip

    def restore(self, saved: dict[str, Any]) -> None:
        self.network.load_state_dict(saved["network"])
        self.coder_steps.load_state_dict(saved["coder"])
        self.localiser_steps.load_state_dict(saved["localiser"])
        self.generator.set_state(saved["generator"].cpu())
        self.versions = saved["versions"]
        self.step, self.skipped = int(saved["step"]), int(saved["skipped"])
        self.curve = [(int(step), float(loss)) for step, loss in saved["curve"]]


def fit_set(
    maps: JointMaps,
    config: SpaceJamConfig,
    *,
    device: str = "cpu",
    progress: Progress = lambda _done, _all: None,
    checkpoint: Path | None = None,
) -> FittedSet:
    """Fit a set, deterministic by the seed of the configuration.

    With `checkpoint` the state is kept in that file, from which the same fit goes on; it is removed at the end.
    AlignError for a set of fewer than two images.
    """
    if len(maps.keys) < 2:
        raise AlignError("a set of one image has nothing to be aligned with; give at least two images")
    keys = maps.keys.to(device)
    state = _new_state(config, keys)
    key = hashlib.sha256(repr(config.model_dump(mode="json")).encode() + maps.keys.numpy().tobytes()).hexdigest()
    if checkpoint is not None:
        _go_on(state, checkpoint, key)
    total = config.coder.steps + config.steps
    every = max(1, total // _CHECKPOINTS)
    while state.step < total:
        if state.step < config.coder.steps:
            _coder_step(state, keys, config)
        else:
            _joint_step(state, keys, config)
        state.step += 1
        progress(state.step, total)
        if checkpoint is not None and state.step % every == 0 and state.step < total:
            with replacing(checkpoint) as temporary:
                torch.save({"key": key, "state": state.dump()}, temporary)
    state.network.eval()
    with torch.inference_mode():
        seen = _as_seen(keys, state.versions)
        found = state.network.transforms(*state.network.codes(seen), config.group_at(1.0))
        matrices = mirrored(torch.from_numpy(centred(found.cpu().numpy())), state.versions.cpu())
    if checkpoint is not None:
        with disk("remove", checkpoint):
            checkpoint.unlink(missing_ok=True)
    versions = state.versions.cpu().numpy()
    return FittedSet(state.network, matrices.numpy(), versions, state.curve, state.skipped, config.steps)


def _new_state(config: SpaceJamConfig, keys: Tensor) -> _State:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = JointNetwork(config, keys.shape[1])
    network = network.to(keys.device).train()
    return _State(
        network,
        torch.optim.Adam(network.coder.parameters(), config.coder.rate),
        torch.optim.Adam(network.localiser.parameters(), config.rate),
        torch.Generator().manual_seed(config.seed),
        torch.zeros(len(keys), dtype=torch.bool, device=keys.device),
    )


def _go_on(state: _State, checkpoint: Path, key: str) -> None:
    """Restore a checkpoint of the same fit; one that is damaged or of another fit is left aside."""
    if not checkpoint.is_file():
        return
    try:
        saved = torch.load(checkpoint, map_location=state.versions.device, weights_only=True)
        if saved["key"] == key:
            state.restore(saved["state"])
    except Exception:  # what a damaged archive raises is not documented; the fit begins again
        return


def _batch(state: _State, count: int, most: int) -> Tensor:
    """Indices of the images of a step."""
    return (
        torch.arange(count) if count <= most else torch.randperm(count, generator=state.generator)[:most].sort().values
    )


def _coder_step(state: _State, keys: Tensor, config: SpaceJamConfig) -> None:
    """Eq. 4."""
    shown = keys[_batch(state, len(keys), config.batch).to(keys.device)]
    loss = mean_square(state.network.coder(shown), shown).mean()
    state.coder_steps.zero_grad()
    loss.backward()
    state.coder_steps.step()
    if state.step + 1 == config.coder.steps and not math.isfinite(float(loss.detach())):
        raise AlignError("the auto-encoder did not converge; lower coder.rate")


def _joint_step(state: _State, keys: Tensor, config: SpaceJamConfig) -> None:
    """Eq. 5 on some pairs of a batch, while versions are open by the better one of each pair."""
    done = state.step - config.coder.steps
    share = done / config.steps
    group, reflections = config.group_at(share), config.reflections
    if reflections.enabled and done in _decisions(config):
        state.versions = _chosen_versions(state, keys, config, group)
    for optimizer, rate in ((state.coder_steps, config.coder.rate), (state.localiser_steps, config.rate)):
        for part in optimizer.param_groups:
            part["lr"] = rate * config.decay ** int(10 * share)
    indices = _batch(state, len(keys), config.batch).to(keys.device)
    pairs = _pairs(state, len(indices), config.losses.pairs).to(keys.device)
    if config.losses.target == "atlas":
        loss = _atlas_loss(state.network, _as_seen(keys, state.versions)[indices], group)
    elif reflections.enabled and share < reflections.begin:
        both = torch.cat([keys[indices], keys[indices].flip(-1)])
        few = pairs[:, : max(1, pairs.shape[1] // 4)]
        loss = _open_losses(state.network, both, few, group, config).min(dim=2).values.mean()
    else:
        shown = _as_seen(keys, state.versions)[indices]
        loss = pair_losses(state.network, shown, pairs, group, config.losses.space).mean()
    state.coder_steps.zero_grad()
    state.localiser_steps.zero_grad()
    if bool(torch.isfinite(loss)):
        loss.backward()
        gradients = [p.grad for p in state.network.parameters() if p.grad is not None]
        if all(bool(torch.isfinite(gradient).all()) for gradient in gradients):
            state.coder_steps.step()
            state.localiser_steps.step()
        else:
            state.skipped += 1
    else:
        state.skipped += 1
    if done % max(1, config.steps // 200) == 0:
        state.curve.append((done, float(loss.detach())))


def _as_seen(keys: Tensor, versions: Tensor) -> Tensor:
    """Maps (N, C, h, w), mirrored where a version says so."""
    return torch.where(versions[:, None, None, None], keys.flip(-1), keys)


def _pairs(state: _State, count: int, most: int) -> Tensor:
    """(2, P) ordered pairs of different images of a batch."""
    first, second = torch.meshgrid(torch.arange(count), torch.arange(count), indexing="ij")
    pairs = torch.stack([first[first != second], second[first != second]])
    if pairs.shape[1] > most:
        pairs = pairs[:, torch.randperm(pairs.shape[1], generator=state.generator)[:most]]
    return pairs


def pair_losses(network: JointNetwork, keys: Tensor, pairs: Tensor, group: GroupName, space: str) -> Tensor:
    """(P,) losses of warping the first image of each pair (2, P) onto the second, for components (N, K, h, w)."""
    codes, empty = network.codes(keys)
    matrices = network.transforms(codes, empty, group)
    return compared(network, keys, codes, empty, matrices, pairs, space)


def compared(
    network: JointNetwork, keys: Tensor, codes: Tensor, empty: Tensor, matrices: Tensor, pairs: Tensor, space: str
) -> Tensor:
    """(P,) mean squares of the second image less the first one through T_i T_j^-1, eq. 5, decoded or as components."""
    first, second = pairs
    between = matrices[first] @ torch.linalg.inv_ex(matrices[second]).inverse
    if space == "keys":
        return mean_square(warped(keys[first], between), keys[second])
    return mean_square(network.coder.decode(warped(codes[first], between, empty)), keys[second])


def _open_losses(
    network: JointNetwork, both: Tensor, pairs: Tensor, group: GroupName, config: SpaceJamConfig
) -> Tensor:
    """(P, 2, 2) losses of both versions of the first image against both of the second."""
    count = len(both) // 2
    codes, empty = network.codes(both)
    matrices = network.transforms(codes, empty, group)
    rows = [
        torch.stack([
            compared(network, both, codes, empty, matrices, pairs + count * torch.tensor([[r], [k]]).to(pairs),
                     config.losses.space)
            for k in (0, 1)
        ], dim=1)
        for r in (0, 1)
    ]  # fmt: skip
    return torch.stack(rows, dim=1)


def _atlas_loss(network: JointNetwork, keys: Tensor, group: GroupName) -> Tensor:
    """Distance to the mean of the aligned set, to compare with: it has trivial minima."""
    codes, empty = network.codes(keys)
    aligned = warped(keys, network.transforms(codes, empty, group))
    return mean_square(aligned, aligned.mean(dim=0, keepdim=True).expand_as(aligned)).mean()


def _decisions(config: SpaceJamConfig) -> set[int]:
    """Steps at which versions are chosen."""
    begin, end = config.reflections.begin, config.reflections.end
    shares = np.linspace(begin, end, config.reflections.decisions) if config.reflections.decisions > 1 else [begin]
    return {min(config.steps - 1, math.ceil(share * config.steps)) for share in shares}


def _chosen_versions(state: _State, keys: Tensor, config: SpaceJamConfig, group: GroupName) -> Tensor:
    """(N,) versions under which all pairs agree best."""
    count = len(keys)
    pairs = _pairs(state, count, _DECIDING_PAIRS)
    ring = torch.stack([torch.arange(count), (torch.arange(count) + 1) % count])
    pairs = torch.cat([pairs, ring], dim=1).to(keys.device)
    both = torch.cat([keys, keys.flip(-1)])
    training = state.network.training
    state.network.eval()
    with torch.no_grad():
        losses = torch.cat([
            _open_losses(state.network, both, part, group, config) for part in pairs.split(60, dim=1)
        ])  # fmt: skip
    state.network.train(training)
    same = (losses[:, 0, 0] + losses[:, 1, 1]) / 2
    other = (losses[:, 0, 1] + losses[:, 1, 0]) / 2
    preference = preference_for_same(same, other, config.reflections.margin)
    found = agreeing_versions(count, pairs.cpu().numpy(), preference.double().cpu().numpy())
    return torch.from_numpy(found).to(keys.device)


def centred_images(matrices: Matrices, versions: NDArray[np.bool_]) -> Matrices:
    """Transforms (N, 3, 3) into images, some mirrored, after the same change of the shared frame."""
    upright = mirrored(torch.from_numpy(matrices), torch.from_numpy(versions)).numpy()
    found: Matrices = mirrored(torch.from_numpy(centred(upright)), torch.from_numpy(versions)).numpy()
    return found


def centred(matrices: Matrices) -> Matrices:
    """Transforms (N, 3, 3) after a common change of the shared frame that makes their mean the identity.

    The loss does not see such a change; without it the frame is wherever the fit left it. The mean is that of
    logarithms; where there is none, the transforms stay.
    """
    from scipy.linalg import expm, logm

    found = matrices / np.cbrt(np.linalg.det(matrices))[:, None, None]
    for _ in range(5):
        logarithms = [logm(matrix) for matrix in found]
        if not all(np.isfinite(item).all() and np.abs(np.imag(item)).max() < 1e-6 for item in logarithms):
            break
        found = found @ expm(-np.mean(np.real(logarithms), axis=0))
    if not np.isfinite(found).all():
        return matrices
    last = found[:, 2:, 2:]
    return found / np.where(np.abs(last) > 1e-6, last, 1.0)
