"""Devices: the best one is found, the one asked for is used or refused, never silently another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.blender import build, device  # noqa: E402
from dsia_gen.core.errors import DeviceError  # noqa: E402

pytestmark = pytest.mark.blender


@dataclass
class FakeGpu:
    type: str
    name: str
    use: bool = False
    id: str = ""


@dataclass
class FakePreferences:
    """The part of Cycles' preferences that chooses devices, for a machine with the given GPUs."""

    gpus: list[FakeGpu]
    works: bool = True
    compute_device_type: str = "NONE"
    devices: list[FakeGpu] = field(default_factory=list)

    def get_device_types(self, context: Any) -> list[tuple[str, ...]]:
        return [(kind, kind, "") for kind in ("NONE", "CUDA", "OPTIX", "HIP")]

    def get_devices_for_type(self, kind: str) -> list[FakeGpu]:
        return [gpu for gpu in [*self.gpus, FakeGpu("CPU", "Some CPU")] if gpu.type in (kind, "CPU")]

    def refresh_devices(self) -> None:
        self.devices = [*self.gpus, FakeGpu("CPU", "Some CPU")]

    def has_active_device(self) -> bool:
        return self.works and any(gpu.use and gpu.type == self.compute_device_type for gpu in self.devices)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> FakePreferences:
    build.empty_scene()
    gpus = [FakeGpu("CUDA", "A100"), FakeGpu("OPTIX", "A100"), FakeGpu("OPTIX", "A100 too")]
    preferences = FakePreferences(gpus)
    monkeypatch.setattr(device, "cycles_preferences", lambda: preferences)
    return preferences


def test_auto_takes_the_best_kind_and_one_gpu_of_it(machine: FakePreferences) -> None:
    assert device.choose_device("auto") == device.Device("OPTIX", "A100")
    assert [gpu.use for gpu in machine.devices] == [False, True, False, False]
    assert bpy.context.scene.cycles.device == "GPU"


def test_the_kind_asked_for_is_used(machine: FakePreferences) -> None:
    assert device.choose_device("cuda") == device.Device("CUDA", "A100")
    assert machine.compute_device_type == "CUDA"


def test_cpu_disables_gpus(machine: FakePreferences) -> None:
    assert device.choose_device("cpu") == device.Device("CPU", "Some CPU")
    assert machine.compute_device_type == "NONE"
    assert bpy.context.scene.cycles.device == "CPU"


def test_auto_without_gpu_is_the_cpu(machine: FakePreferences) -> None:
    machine.gpus.clear()
    assert device.choose_device("auto").type == "CPU"


@pytest.mark.parametrize("kind", ["hip", "metal"])
def test_absent_kind_is_refused_with_what_was_found(machine: FakePreferences, kind: str) -> None:
    with pytest.raises(DeviceError, match=rf"no {kind.upper()} device.*OPTIX A100 too, CUDA A100, the CPU"):
        device.choose_device(kind)


def test_gpu_that_cannot_be_enabled_is_refused(machine: FakePreferences) -> None:
    machine.works = False
    with pytest.raises(DeviceError, match="could not be enabled"):
        device.choose_device("auto")


def test_unknown_name_lists_the_known_ones(machine: FakePreferences) -> None:
    with pytest.raises(DeviceError, match="optix"):
        device.choose_device("gpu")


def test_the_assigned_gpu_renders(machine: FakePreferences, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSIA_GEN_GPUS", "2")
    machine.gpus[:] = [FakeGpu("CUDA", "the third"), FakeGpu("OPTIX", "the third")]
    assert device.choose_device("auto") == device.Device("OPTIX", "the third")


def test_without_an_assigned_gpu_none_renders(machine: FakePreferences, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSIA_GEN_GPUS", "")
    assert device.choose_device("auto").type == "CPU"
    with pytest.raises(DeviceError, match=r"no GPU for cuda; give the job resources\.gpus"):
        device.choose_device("cuda")


def test_a_neighbours_gpu_is_not_taken(machine: FakePreferences, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSIA_GEN_GPUS", "2")
    with pytest.raises(DeviceError, match="GPU 2 alone, and Cycles sees OPTIX A100, OPTIX A100 too"):
        device.choose_device("auto")


def test_an_assigned_gpu_that_is_not_there_is_no_reason_for_the_cpu(
    machine: FakePreferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSIA_GEN_GPUS", "2")
    machine.gpus.clear()
    with pytest.raises(DeviceError, match="gave this scene GPU 2, and Cycles finds none"):
        device.choose_device("auto")
