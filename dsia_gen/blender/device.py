"""The device that renders: chosen, enabled, and checked, never silently another one. `python -m` lists them as JSON."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import Any, Literal, get_args

import bpy

from dsia_gen.core.assigned_gpus import assigned_gpus
from dsia_gen.core.errors import DeviceError

DeviceName = Literal["auto", "cpu", "cuda", "optix", "hip", "oneapi", "metal"]
DEVICE_NAMES: tuple[DeviceName, ...] = get_args(DeviceName)
PREFERENCE = ("OPTIX", "CUDA", "HIP", "ONEAPI", "METAL")
"""Kinds of GPU, the fastest first."""


@dataclass(frozen=True)
class Device:
    """A device that renders. `type` is CPU or one of PREFERENCE; `id` is that of a GPU in Cycles, empty for the CPU."""

    type: str
    name: str
    id: str = ""


def choose_device(wanted: str) -> Device:
    """Make Cycles render on the device `wanted` (one of DEVICE_NAMES) and return what it is.

    `auto` takes the best GPU that is there, and the CPU otherwise. One GPU is enabled, the first of its kind.
    Where a scheduler assigned GPUs to this process, one of them renders; where it assigned none, no GPU does.
    Raises DeviceError, naming what was found, when the GPU that was asked for or assigned is not there, cannot be
    enabled, or cannot be distinguished from others.
    """
    if wanted not in DEVICE_NAMES:
        raise DeviceError(f"device {wanted!r} is not one of {', '.join(DEVICE_NAMES)}")
    preferences = cycles_preferences()
    if wanted == "cpu":
        return _use_cpu(preferences)
    assigned = assigned_gpus()
    if assigned == ():
        if wanted != "auto":
            raise DeviceError(
                f"the scheduler gave this scene no GPU for {wanted}; give the job resources.gpus, 1 or less"
            )
        return _use_cpu(preferences)
    kinds = _kinds(preferences)
    if assigned:
        # The masks in the environment must leave Cycles what was assigned: neither nothing nor a neighbour's GPU.
        gpus = f"GPU {', '.join(assigned)}"
        if not any(kinds.values()):
            raise DeviceError(f"the scheduler gave this scene {gpus}, and Cycles finds none (found: {_listed(kinds)})")
        if any(len(names) > len(assigned) for names in kinds.values()):
            raise DeviceError(f"the scheduler gave this scene {gpus} alone, and Cycles sees {_listed(kinds)}")
    if wanted != "auto":
        return _use_gpu(preferences, kinds, wanted.upper())
    best = next((kind for kind in PREFERENCE if kinds.get(kind)), None)
    return _use_gpu(preferences, kinds, best) if best else _use_cpu(preferences)


def found_devices() -> tuple[Device, ...]:
    """Every device that Cycles can see, the CPU included."""
    preferences = cycles_preferences()
    gpus = [Device(kind, name) for kind, names in _kinds(preferences).items() for name in names]
    return (*gpus, Device("CPU", _cpu_name(preferences)))


def cycles_preferences() -> Any:
    """The settings of the Cycles add-on, where devices are enabled."""
    return bpy.context.preferences.addons["cycles"].preferences


def _kinds(preferences: Any) -> dict[str, list[str]]:
    """Names of the GPUs of each kind that this Blender is built for."""
    offered = [row[0] for row in preferences.get_device_types(bpy.context)]
    kinds = {}
    for kind in PREFERENCE:
        if kind in offered:
            listed = preferences.get_devices_for_type(kind) or []
            kinds[kind] = [device.name for device in listed if device.type == kind]
    return kinds


def _cpu_name(preferences: Any) -> str:
    preferences.refresh_devices()
    return next((device.name for device in preferences.devices if device.type == "CPU"), "CPU")


def _use_cpu(preferences: Any) -> Device:
    preferences.compute_device_type = "NONE"
    bpy.context.scene.cycles.device = "CPU"
    return Device("CPU", _cpu_name(preferences))


def _use_gpu(preferences: Any, kinds: dict[str, list[str]], kind: str) -> Device:
    if not kinds.get(kind):
        raise DeviceError(f"no {kind} device was found (found: {_listed(kinds)}), ask for another one or for auto")
    preferences.compute_device_type = kind
    preferences.refresh_devices()
    chosen = None
    for device in preferences.devices:
        device.use = chosen is None and device.type == kind
        chosen = device if device.use else chosen
    bpy.context.scene.cycles.device = "GPU"
    if chosen is None or not preferences.has_active_device():
        raise DeviceError(f"{kind} device {kinds[kind][0]!r} could not be enabled (found: {_listed(kinds)})")
    return Device(kind, chosen.name, chosen.id)


def _listed(kinds: dict[str, list[str]]) -> str:
    return ", ".join([*(f"{kind} {name}" for kind, names in kinds.items() for name in names), "the CPU"])


if __name__ == "__main__":
    sys.stdout.write(json.dumps([[device.type, device.name] for device in found_devices()]) + "\n")
    sys.stdout.flush()
    os._exit(0)  # without Blender's own clean-up, which has been seen to crash after the answer was given
