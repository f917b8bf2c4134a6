"""Corruptions of arrays: each output, falsified in each of the ways that its kind allows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from dsia_gen.spec.outputs import FLOW_ENDS
from dsia_gen.spec.views import ROLES, Role
from tests.dataset.corruption.target import Array, Change, Corruption, Target, edited

_ROW = 0.6
"""Height of the image at which a row is marked."""


_HARDLY_HIDDEN = {("2_to_1", "all visible"), ("2_to_gt", "all visible")}
_FEW = "no share is recorded of these directions, and its few self-occluded pixels lie within what depth can tell"


def _row(value: float) -> Change:
    def change(a: Array, _: Target) -> Array:
        a[int(_ROW * len(a))] = value
        return a

    return change


def _block(value: float, *, added: bool = False) -> Change:
    """Set, or add to, a block of a sixth of width and height in the middle."""

    def change(a: Array, _: Target) -> Array:
        h, w = a.shape[:2]
        part = a[h // 2 : h // 2 + h // 6, w // 2 : w // 2 + w // 6]
        part[...] = part + a.dtype.type(value) if added else value
        return a

    return change


def _copied(output: str, role: Role, source: str) -> Corruption:
    """The same output of another pair or scene, byte for byte."""

    def spoil(target: Target) -> None:
        other = target.other_scene if source == "scene" else target.other_pair
        data = other.file(output, role).read_bytes()
        target.file(output, role).write_bytes(data)

    suffix = "" if output.startswith(("flow", "occlusion", "dynamic", "light", "scene")) else f" {role}"
    return Corruption(f"{output}{suffix} of another {source}", "arrays", spoil)


def _movers(change: Change, role: Role = "1") -> Change:
    """A change of what moves alone."""

    def on_movers(a: Array, target: Target) -> Array:
        mask = target.array("dynamic_1" if role == "1" else "dynamic_gt")
        if role == "2":
            moved = [i for i in np.unique(target.array("instances", "1")[target.array("dynamic_1")]) if i]
            mask = np.isin(target.array("instances", "2"), moved)
        changed = change(a.copy(), target)
        a[mask] = changed[mask]
        return a

    return on_movers


FLOW: dict[str, Change] = {
    "x 1.02": lambda a, _: a * np.float32(1.02),
    "of movers x 1.02": _movers(lambda a, _: a * np.float32(1.02)),
    "+ 0.3 px": lambda a, _: a + np.float32(0.3),
    "negated": lambda a, _: -a,
    "mirrored": lambda a, _: a[:, ::-1].copy(),
    "with u and v swapped": lambda a, _: a[..., ::-1].copy(),
    "of zeros": lambda a, _: np.where(np.isfinite(a), np.float32(0), a),
    "with a marked row": _row(3.0),
    "with a block off by a pixel": _block(1.0, added=True),
    "with a pixel of NaN": lambda a, _: _set(a, (5, 5), np.nan),
}
DEPTH: dict[str, Change] = {
    "x 1.02": lambda a, _: a * np.float32(1.02),
    "x 0.5": lambda a, _: a * np.float32(0.5),
    "of movers x 1.1": _movers(lambda a, _: a * np.float32(1.1)),
    "mirrored": lambda a, _: a[:, ::-1].copy(),
    "along the ray": lambda a, _: a * np.hypot(1, np.linspace(-0.6, 0.6, a.shape[1])).astype(np.float32),
    "inverted": lambda a, _: 1 / a,
    "with a marked row": _row(2.0),
    "with a block 20 cm nearer": _block(-0.2, added=True),
    "with a pixel of NaN": lambda a, _: _set(a, (5, 5), np.nan),
}
IMAGE: dict[str, Change] = {
    "mirrored": lambda a, _: a[:, ::-1].copy(),
    "upside down": lambda a, _: a[::-1].copy(),
    "a pixel to the right": lambda a, _: np.roll(a, 1, axis=1),
    "a pixel down": lambda a, _: np.roll(a, 1, axis=0),
    "5% darker": lambda a, _: (a * 0.95).astype(np.uint8),
    "with R and B swapped": lambda a, _: a[..., ::-1].copy(),
    "grey": lambda a, _: np.repeat(a.mean(axis=-1, keepdims=True).astype(np.uint8), 3, axis=-1),
    "with noise": lambda a, _: _noisy(a, 12),
    "blurred": lambda a, _: ndimage.gaussian_filter(a, (1.5, 1.5, 0)),
    "with a marked row": _row(255),
    "with a painted block": _block(200),
    "with a pixel changed": lambda a, _: _set(a, (5, 5), 255 - a[5, 5]),
}
REASONS: dict[str, Change] = {
    "all visible": lambda a, _: np.where((a == 2) | (a == 3), 0, a),
    "all occluded": lambda a, _: np.where(a == 0, 3, a),
    "all self-occluded": lambda a, _: np.where(a == 0, 2, a),
    "mirrored": lambda a, _: a[:, ::-1].copy(),
    "with a marked row": _row(3),
    "with a block of occluded": _block(3),
}
MASKS: dict[str, Change] = {
    "empty": lambda a, _: np.zeros_like(a),
    "full": lambda a, _: np.ones_like(a),
    "mirrored": lambda a, _: a[:, ::-1].copy(),
    "grown by a pixel": lambda a, _: ndimage.binary_dilation(a),
    "with a marked row": _row(True),
}
IDS: dict[str, Change] = {
    "mirrored": lambda a, _: a[:, ::-1].copy(),
    "a pixel to the right": lambda a, _: np.roll(a, 1, axis=1),
    "with two instances swapped": lambda a, _: _swapped(a),
    "with a block of the environment": _block(0),
    "with an unknown id": lambda a, _: _set(a, (5, 5), 999),
}
VECTORS: dict[str, Change] = {
    "negated": lambda a, _: -a,
    "with y up": lambda a, _: a * np.array([1, -1, 1], a.dtype),
    "x 1.02": lambda a, _: a * a.dtype.type(1.02),
    "mirrored": lambda a, _: a[:, ::-1].copy(),
}


def _set(a: Array, where: tuple[int, int], value: object) -> Array:
    a[where] = value
    return a


def _noisy(a: Array, deviation: float) -> Array:
    noise = np.random.default_rng(0).normal(0, deviation, a.shape)
    return np.clip(a + noise, 0, 255).astype(np.uint8)


def _swapped(a: Array) -> Array:
    ids = np.argsort(np.bincount(a.reshape(-1)))[::-1][:2]
    first, second = (a == ids[0]), (a == ids[1])
    a[first], a[second] = ids[1], ids[0]
    return a


def _by_role(output: str, changes: dict[str, Change]) -> Iterator[Corruption]:
    for role in ROLES:
        for name, change in changes.items():
            yield Corruption(f"{output} {role} {name}", "arrays", edited(output, change, role))


def _depths() -> Iterator[Corruption]:
    for role in ROLES:
        for name, change in DEPTH.items():
            if name == "of movers x 1.1":
                change = _movers(lambda a, _: a * np.float32(1.1), role)
            yield Corruption(f"depth {role} {name}", "arrays", edited("depth", change, role))


def _flows() -> Iterator[Corruption]:
    for direction, (source, _) in FLOW_ENDS.items():
        for name, change in FLOW.items():
            if name == "of movers x 1.02":
                change = _movers(lambda a, _: a * np.float32(1.02), source)
            yield Corruption(f"flow_{direction} {name}", "arrays", edited(f"flow_{direction}", change))


def _swap_views(output: str, a: Role, b: Role) -> Corruption:
    def spoil(target: Target) -> None:
        first, second = target.file(output, a), target.file(output, b)
        held = first.read_bytes()
        shutil.copyfile(second, first)
        second.write_bytes(held)

    return Corruption(f"{output} of {a} and {b} swapped", "arrays", spoil)


def _image_from(source: Role, to: Role) -> Corruption:
    def spoil(target: Target) -> None:
        shutil.copyfile(target.file("image", source), target.file("image", to))

    return Corruption(f"image {to} is image {source}", "arrays", spoil)


def _all_images(name: str, change: Change) -> Corruption:
    def spoil(target: Target) -> None:
        for view in sorted((target.folder / "views").iterdir()):
            views: dict[Role, str] = {"1": view.name, "2": view.name, "gt": view.name}
            edited("image", change)(Target(target.layout, target.scene, target.pair, views))

    return Corruption(f"all images {name}", "arrays", spoil)


ARRAYS: tuple[Corruption, ...] = (
    *_by_role("image", IMAGE),
    *(_copied("image", role, source) for role in ROLES for source in ("scene",)),
    _copied("image", "2", "pair"),
    _image_from("1", "gt"),
    _image_from("2", "gt"),
    _image_from("gt", "1"),
    _swap_views("image", "1", "gt"),
    _swap_views("image", "2", "gt"),
    _all_images("with R and B swapped", IMAGE["with R and B swapped"]),
    _all_images("5% darker", IMAGE["5% darker"]),
    _all_images("mirrored", IMAGE["mirrored"]),
    *(
        Corruption(f"linear 1 {name}", "arrays", edited("linear", change))
        for name, change in {
            "x 1.02": lambda a, _: a * np.float16(1.02),
            "mirrored": lambda a, _: a[:, ::-1].copy(),
            "of zeros": lambda a, _: np.zeros_like(a),
            "with R and B swapped": lambda a, _: a[..., ::-1].copy(),
        }.items()
    ),
    _copied("linear", "1", "scene"),
    _copied("linear", "gt", "pair"),
    Corruption("image_blurred 1 mirrored", "arrays", edited("image_blurred", IMAGE["mirrored"])),
    Corruption("image_blurred 1 darker", "arrays", edited("image_blurred", IMAGE["5% darker"])),
    _copied("image_blurred", "gt", "scene"),
    *_depths(),
    *(_copied("depth", role, "scene") for role in ROLES),
    _copied("depth", "gt", "pair"),
    _swap_views("depth", "1", "gt"),
    *_flows(),
    *(_copied(f"flow_{direction}", "1", "pair") for direction in FLOW_ENDS),
    _copied("flow_1_to_2", "1", "scene"),
    *(
        Corruption(
            f"occlusion_{direction} {name}",
            "arrays",
            edited(f"occlusion_{direction}", change),
            reason=_FEW if (direction, name) in _HARDLY_HIDDEN else "",
        )
        for direction in FLOW_ENDS
        for name, change in REASONS.items()
    ),
    *(
        Corruption(f"{output} {name}", "arrays", edited(output, change))
        for output in ("dynamic_1", "dynamic_gt", "dynamic_union", "light_change")
        for name, change in MASKS.items()
    ),
    *_by_role("unreliable", {name: MASKS[name] for name in ("empty", "full", "mirrored")}),
    *_by_role("instances", IDS),
    *(Corruption(f"normals 1 {name}", "arrays", edited("normals", change)) for name, change in VECTORS.items()),
    _copied("normals", "1", "scene"),
    *(
        Corruption(f"object_coordinates 1 {name}", "arrays", edited("object_coordinates", change))
        for name, change in VECTORS.items()
    ),
    _copied("object_coordinates", "1", "scene"),
    *(
        Corruption(f"{output} {name}", "arrays", edited(output, change))
        for output in ("scene_flow_1_to_gt", "scene_flow_gt_to_1")
        for name, change in VECTORS.items()
    ),
)
